// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {callChecked} from "./Calls.sol";
import {Guard} from "./Guard.sol";

/// Callbacks come in through one fallback, whatever a fork calls its function. What makes one genuine is not its name but that it
/// is due: before a pool is called, the guard's word becomes a commitment to who will call back and with which data,
///
///     keccak256(pool ‖ data), its lowest byte replaced by the callback's class
///
/// and the fallback accepts only what matches it, once. The pool hands the data back as it got it, so the program inside is
/// the operator's own, even when the pool, a token, or a stranger who makes an honest lender call us is hostile.
abstract contract Callbacks is Guard {
    // A class says how the arguments are read. The low digit is the position of `bytes data` among them.
    uint256 internal constant V2_CALLBACK = 0x13; // (address, uint256, uint256, bytes)
    uint256 internal constant V3_CALLBACK = 0x22; // (int256 delta0, int256 delta1, bytes)
    uint256 internal constant UNLOCK_CALLBACK = 0x30; // (bytes)
    uint256 internal constant AAVE_CALLBACK = 0x44; // (asset, amount, premium, initiator, bytes)
    uint256 internal constant BALANCER_CALLBACK = 0x53; // (tokens[], amounts[], fees[], bytes)
    uint256 internal constant MORPHO_CALLBACK = 0x61; // (assets, bytes)
    uint256 internal constant ERC3156_CALLBACK = 0x74; // (initiator, token, amount, fee, bytes)
    uint256 internal constant V3_FLASH0_CALLBACK = 0x82; // (fee0, fee1, bytes), token0 was lent
    uint256 internal constant V3_FLASH1_CALLBACK = 0x92; // (fee0, fee1, bytes), token1 was lent

    uint256 private constant CLASS = 0xff;

    /// Calls `pool` and requires that it calls back. The call data begins at memory `data`; its last argument, the bytes that come
    /// back, begins with its length word at memory `tail` and is calldata [at, at + size).
    function _callExpecting(address pool, uint256 class, uint256 data, uint256 tail, uint256 at, uint256 size)
        internal
    {
        uint256 commitment;
        assembly ("memory-safe") {
            let bytesAt := add(tail, 0x20)
            calldatacopy(bytesAt, at, size)
            mstore(tail, pool) // hashed in the place of the length
            commitment := keccak256(tail, add(size, 0x20))
            mstore(tail, size)
            size := sub(add(bytesAt, size), data)
        }
        _expect((commitment & ~CLASS) | class);
        callChecked(pool, 0, data, size);
        _requireTaken();
    }

    /// Takes the callback that is due: its class, and its data as calldata [data, data + size). Reverts when this call is not it.
    function _takeCallback() internal returns (uint256 class, uint256 data, uint256 size) {
        uint256 due = _due();
        class = due & CLASS;
        uint256 commitment;
        assembly ("memory-safe") {
            let length := add(0x04, calldataload(add(0x04, shl(5, and(class, 0x0f)))))
            size := calldataload(length)
            data := add(length, 0x20)
            let memoryAt := mload(0x40)
            mstore(memoryAt, caller())
            calldatacopy(add(memoryAt, 0x20), data, size)
            commitment := keccak256(memoryAt, add(size, 0x20))
        }
        _take(due, (commitment & ~CLASS) | class);
    }
}
