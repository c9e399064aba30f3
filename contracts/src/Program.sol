// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

// How a program is written: docs/executor.md. Everything is read from calldata in place; reading past the end gives zeros, and
// whoever walks a program checks that it ends exactly where it should.

uint256 constant TRANSFER = 0x01;
uint256 constant APPROVE = 0x02;
uint256 constant CALL = 0x03;
uint256 constant V2_SWAP = 0x04;
uint256 constant V3_SWAP = 0x05;
uint256 constant CURVE_SWAP = 0x06;
uint256 constant BALANCER_SWAP = 0x07;
uint256 constant V4_UNLOCK = 0x08;
uint256 constant V4_SWAP = 0x09;
uint256 constant V4_TAKE = 0x0a;
uint256 constant V4_SETTLE = 0x0b;
uint256 constant AAVE_V3_LOAN = 0x10;
uint256 constant BALANCER_LOAN = 0x11;
uint256 constant MORPHO_LOAN = 0x12;
uint256 constant ERC3156_LOAN = 0x13;
uint256 constant V3_LOAN = 0x14;

// The bits of an op that name its kind; the others are flags.
uint256 constant KIND = 0x1f;
// token1 goes in and token0 comes out (Curve: the indices are uint256; a V3 loan: token1 is lent).
uint256 constant FLIP = 0x80;
// A recipient follows the first address.
uint256 constant RECIPIENT = 0x40;
// A nested program follows the body.
uint256 constant NESTED = 0x20;

// Bytes of the header: profit token, minimum growth, payment to the builder.
uint256 constant HEADER_SIZE = 48;
// Bytes of token ‖ amount: how the data of a V3 swap's and of a loan's callback begins.
uint256 constant TERMS_SIZE = 36;

function byteAt(uint256 at) pure returns (uint256 value) {
    assembly ("memory-safe") {
        value := byte(0, calldataload(at))
    }
}

function sizeAt(uint256 at) pure returns (uint256 value) {
    assembly ("memory-safe") {
        value := shr(240, calldataload(at))
    }
}

function uint24At(uint256 at) pure returns (uint256 value) {
    assembly ("memory-safe") {
        value := shr(232, calldataload(at))
    }
}

function weiAt(uint256 at) pure returns (uint256 value) {
    assembly ("memory-safe") {
        value := shr(160, calldataload(at))
    }
}

function amountAt(uint256 at) pure returns (uint256 value) {
    assembly ("memory-safe") {
        value := shr(128, calldataload(at))
    }
}

function addressAt(uint256 at) pure returns (address value) {
    assembly ("memory-safe") {
        value := shr(96, calldataload(at))
    }
}

function wordAt(uint256 at) pure returns (uint256 value) {
    assembly ("memory-safe") {
        value := calldataload(at)
    }
}

/// This contract's address; a function outside of contracts has no `this`.
function self() view returns (address value) {
    assembly ("memory-safe") {
        value := address()
    }
}

/// The recipient at `at` where the op says that there is one, else this contract; and where the body goes on.
function recipientAt(uint256 op, uint256 at) view returns (address to, uint256 next) {
    unchecked {
        return op & RECIPIENT != 0 ? (addressAt(at), at + 20) : (self(), at);
    }
}
