// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Key} from "./Protocols.sol";

// Programs as docs/executor.md describes them, written without a look at the contract: what the tests run.

uint8 constant FLIP = 0x80;
uint8 constant RECIPIENT = 0x40;
uint8 constant NESTED = 0x20;

function header(address profitToken, uint256 minGrowth, uint256 payment) pure returns (bytes memory) {
    return abi.encodePacked(profitToken, uint128(minGrowth), uint96(payment));
}

function flag(bool zeroForOne) pure returns (uint8) {
    return zeroForOne ? 0 : FLIP;
}

function nest(bytes memory program) pure returns (bytes memory) {
    return abi.encodePacked(uint16(program.length), program);
}

function transferStep(address token, address to, uint256 amount) pure returns (bytes memory) {
    return abi.encodePacked(uint8(0x01), token, to, uint128(amount));
}

function approveStep(address token, address spender, uint256 amount) pure returns (bytes memory) {
    return abi.encodePacked(uint8(0x02), token, spender, uint128(amount));
}

function callStep(address target, uint256 value, bytes memory data) pure returns (bytes memory) {
    return abi.encodePacked(uint8(0x03), target, uint96(value), uint16(data.length), data);
}

function v2Step(address pair, bool zeroForOne, uint256 amountOut) pure returns (bytes memory) {
    return abi.encodePacked(0x04 | flag(zeroForOne), pair, uint128(amountOut));
}

function v2StepTo(address pair, bool zeroForOne, uint256 amountOut, address to) pure returns (bytes memory) {
    return abi.encodePacked(0x04 | RECIPIENT | flag(zeroForOne), pair, to, uint128(amountOut));
}

function v2Flash(address pair, bool zeroForOne, uint256 amountOut, bytes memory nested) pure returns (bytes memory) {
    return abi.encodePacked(0x04 | NESTED | flag(zeroForOne), pair, uint128(amountOut), nest(nested));
}

function v3Step(address pool, bool zeroForOne, address tokenIn, uint256 amountIn) pure returns (bytes memory) {
    return abi.encodePacked(0x05 | flag(zeroForOne), pool, tokenIn, uint128(amountIn));
}

function v3StepTo(address pool, bool zeroForOne, address tokenIn, uint256 amountIn, address to)
    pure
    returns (bytes memory)
{
    return abi.encodePacked(0x05 | RECIPIENT | flag(zeroForOne), pool, to, tokenIn, uint128(amountIn));
}

function v3Flash(address pool, bool zeroForOne, address tokenIn, uint256 amountIn, bytes memory nested)
    pure
    returns (bytes memory)
{
    return abi.encodePacked(0x05 | NESTED | flag(zeroForOne), pool, tokenIn, uint128(amountIn), nest(nested));
}

function curveStep(address pool, bool uintIndices, uint8 i, uint8 j, address tokenIn, uint256 amountIn)
    pure
    returns (bytes memory)
{
    return abi.encodePacked(0x06 | (uintIndices ? FLIP : 0), pool, i << 4 | j, tokenIn, uint128(amountIn));
}

function balancerStep(address vault, bytes32 id, address tokenIn, address tokenOut, uint256 amountIn)
    pure
    returns (bytes memory)
{
    return abi.encodePacked(uint8(0x07), vault, id, tokenIn, tokenOut, uint128(amountIn));
}

function balancerStepTo(address vault, address to, bytes32 id, address tokenIn, address tokenOut, uint256 amountIn)
    pure
    returns (bytes memory)
{
    return abi.encodePacked(uint8(0x47), vault, to, id, tokenIn, tokenOut, uint128(amountIn));
}

function unlockStep(address manager, bytes memory nested) pure returns (bytes memory) {
    return abi.encodePacked(uint8(0x28), manager, nest(nested));
}

function v4Step(address manager, bool zeroForOne, Key memory key, uint256 amountIn) pure returns (bytes memory) {
    bytes memory pool =
        abi.encodePacked(key.currency0, key.currency1, key.fee, uint24(key.tickSpacing), key.hooks, uint128(amountIn));
    return abi.encodePacked(0x09 | flag(zeroForOne), manager, pool);
}

function takeStep(address manager, address currency, uint256 amount) pure returns (bytes memory) {
    return abi.encodePacked(uint8(0x0a), manager, currency, uint128(amount));
}

function takeStepTo(address manager, address to, address currency, uint256 amount) pure returns (bytes memory) {
    return abi.encodePacked(uint8(0x4a), manager, to, currency, uint128(amount));
}

function settleStep(address manager, address currency, uint256 amount) pure returns (bytes memory) {
    return abi.encodePacked(uint8(0x0b), manager, currency, uint128(amount));
}

/// op: 0x30 Aave, 0x31 Balancer, 0x32 Morpho, 0x33 ERC-3156, 0x34 and 0xb4 V3's token0 and token1.
function loanStep(uint8 op, address lender, address token, uint256 amount, bytes memory nested)
    pure
    returns (bytes memory)
{
    return abi.encodePacked(op, lender, token, uint128(amount), nest(nested));
}
