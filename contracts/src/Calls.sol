// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {NativeTransferFailed, NoCode, TokenRefused} from "./Errors.sol";
import {IERC20, IWrappedNative} from "./Interfaces.sol";
import {self} from "./Program.sol";

// Calls of others. Call data is put together behind the free memory pointer and never kept, so memory does not grow from
// step to step.

/// Where call data may be put together.
function scratch() pure returns (uint256 at) {
    assembly ("memory-safe") {
        at := mload(0x40)
    }
}

/// Reverts with what the last call returned.
function passOnRevert() pure {
    assembly ("memory-safe") {
        let at := mload(0x40)
        returndatacopy(at, 0, returndatasize())
        revert(at, returndatasize())
    }
}

/// Calls `target` with memory [data, data + size). What it reverts with is passed on. An address without code is refused:
/// the EVM would call that a success.
function callChecked(address target, uint256 value, uint256 data, uint256 size) {
    bool done;
    bool silent;
    assembly ("memory-safe") {
        done := call(gas(), target, value, data, size, 0, 0)
        silent := iszero(returndatasize())
    }
    if (!done) passOnRevert();
    if (silent && target.code.length == 0) revert NoCode(target);
}

function sendNative(address to, uint256 amount) {
    bool done;
    assembly ("memory-safe") {
        done := call(gas(), to, amount, 0, 0, 0, 0)
    }
    if (!done) revert NativeTransferFailed(to);
}

/// token.selector(account, amount), as transfer and approve are. True when the token said yes: it did not revert, and it
/// answered true or, like USDT, nothing at all while having code.
function tryToken(address token, bytes4 selector, address account, uint256 amount) returns (bool done) {
    bool silent;
    assembly ("memory-safe") {
        let data := mload(0x40)
        mstore(data, selector)
        mstore(add(data, 0x04), account)
        mstore(add(data, 0x24), amount)
        done := call(gas(), token, 0, data, 0x44, 0x00, 0x20)
        silent := iszero(returndatasize())
        if iszero(silent) { done := and(done, and(gt(returndatasize(), 0x1f), eq(mload(0x00), 1))) }
    }
    if (done && silent && token.code.length == 0) revert NoCode(token);
}

/// Reverts with the token's reason where it gave one. An answer of one word is a plain "false"; a reason is longer.
function refuse(address token) pure {
    uint256 size;
    assembly ("memory-safe") {
        size := returndatasize()
    }
    if (size > 0x20) passOnRevert();
    revert TokenRefused(token);
}

function transferToken(address token, address to, uint256 amount) {
    if (!tryToken(token, IERC20.transfer.selector, to, amount)) refuse(token);
}

/// Sets the allowance to exactly `amount`, by way of 0 for tokens (USDT) that change no allowance directly.
function approveToken(address token, address spender, uint256 amount) {
    if (tryToken(token, IERC20.approve.selector, spender, amount)) return;
    if (!tryToken(token, IERC20.approve.selector, spender, 0)) refuse(token);
    if (!tryToken(token, IERC20.approve.selector, spender, amount)) refuse(token);
}

/// Takes back what a spender left of its allowance: it could use it when no run is under way.
function revokeRest(address token, address spender) {
    if (_view(token, IERC20.allowance.selector, self(), spender, 0x44) != 0) {
        if (!tryToken(token, IERC20.approve.selector, spender, 0)) refuse(token);
    }
}

/// This contract's balance; token 0: of native coin.
function ownBalance(address token) view returns (uint256) {
    if (token == address(0)) return self().balance;
    return _view(token, IERC20.balanceOf.selector, self(), address(0), 0x24);
}

function unwrap(address wrappedNative, uint256 amount) {
    bytes4 selector = IWrappedNative.withdraw.selector;
    uint256 data = scratch();
    assembly ("memory-safe") {
        mstore(data, selector)
        mstore(add(data, 0x04), amount)
    }
    callChecked(wrappedNative, 0, data, 0x24);
}

function _view(address token, bytes4 selector, address a, address b, uint256 size) view returns (uint256 answer) {
    bool done;
    assembly ("memory-safe") {
        let data := mload(0x40)
        mstore(data, selector)
        mstore(add(data, 0x04), a)
        mstore(add(data, 0x24), b)
        done := staticcall(gas(), token, data, size, 0x00, 0x20)
        done := and(done, gt(returndatasize(), 0x1f))
        answer := mload(0x00)
    }
    if (!done) refuse(token);
}
