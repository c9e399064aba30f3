// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {callChecked, scratch, transferToken} from "./Calls.sol";
import {IPoolManager} from "./Interfaces.sol";
import {FLIP, addressAt, amountAt, recipientAt, sizeAt, uint24At} from "./Program.sol";
import {Swaps} from "./Swaps.sol";

/// Uniswap V4: the manager is unlocked, the nested program swaps, takes and settles, and the manager itself requires that nothing is
/// owed at the end. Taking first and settling last is a free flash loan.
abstract contract UniswapV4 is Swaps {
    /// manager ‖ nested.
    function _v4Unlock(uint256 at) internal returns (uint256) {
        unchecked {
            address manager = addressAt(at);
            uint256 size = sizeAt(at + 20);
            bytes4 selector = IPoolManager.unlock.selector;
            uint256 data = scratch();
            assembly ("memory-safe") {
                mstore(data, selector)
                mstore(add(data, 0x04), 0x20)
            }
            _callExpecting(manager, UNLOCK_CALLBACK, data, data + 0x24, at + 22, size);
            return at + 22 + size;
        }
    }

    /// manager ‖ currency0 ‖ currency1 ‖ fee ‖ tick_spacing ‖ hooks ‖ amount_in. Its output stays with the manager until taken.
    function _v4Swap(uint256 op, uint256 at) internal returns (uint256) {
        unchecked {
            bool zeroForOne = op & FLIP == 0;
            uint256 limit = zeroForOne ? LOWEST_LIMIT : HIGHEST_LIMIT;
            uint256 fee = uint24At(at + 60);
            uint256 tickSpacing = uint24At(at + 63);
            address hooks = addressAt(at + 66);
            uint256 amount = amountAt(at + 86);
            bytes4 selector = IPoolManager.swap.selector;
            uint256 data = scratch();
            assembly ("memory-safe") {
                mstore(data, selector)
                mstore(add(data, 0x04), shr(96, calldataload(add(at, 20)))) // currency0
                mstore(add(data, 0x24), shr(96, calldataload(add(at, 40)))) // currency1
                mstore(add(data, 0x44), fee)
                mstore(add(data, 0x64), tickSpacing) // at most 32767: no sign to extend
                mstore(add(data, 0x84), hooks)
                mstore(add(data, 0xa4), zeroForOne)
                mstore(add(data, 0xc4), sub(0, amount)) // negative: exact input
                mstore(add(data, 0xe4), limit)
                mstore(add(data, 0x104), 0x120) // where the hook's data begins
                mstore(add(data, 0x124), 0) // which is none
            }
            callChecked(addressAt(at), 0, data, 0x144);
            return at + 102;
        }
    }

    /// manager ‖ [recipient] ‖ currency ‖ amount.
    function _v4Take(uint256 op, uint256 at) internal returns (uint256) {
        unchecked {
            address manager = addressAt(at);
            address to;
            (to, at) = recipientAt(op, at + 20);
            address currency = addressAt(at);
            uint256 amount = amountAt(at + 20);
            bytes4 selector = IPoolManager.take.selector;
            uint256 data = scratch();
            assembly ("memory-safe") {
                mstore(data, selector)
                mstore(add(data, 0x04), currency)
                mstore(add(data, 0x24), to)
                mstore(add(data, 0x44), amount)
            }
            callChecked(manager, 0, data, 0x64);
            return at + 36;
        }
    }

    /// manager ‖ currency ‖ amount: sync, pay, settle. sync also for native coin: a hook may have left another currency synced.
    function _v4Settle(uint256 at) internal returns (uint256) {
        unchecked {
            address manager = addressAt(at);
            address currency = addressAt(at + 20);
            uint256 amount = amountAt(at + 40);
            bytes4 sync = IPoolManager.sync.selector;
            bytes4 settle = IPoolManager.settle.selector;
            uint256 data = scratch();
            assembly ("memory-safe") {
                mstore(data, sync)
                mstore(add(data, 0x04), currency)
            }
            callChecked(manager, 0, data, 0x24);
            if (currency != address(0)) {
                transferToken(currency, manager, amount);
                amount = 0; // no value
            }
            assembly ("memory-safe") {
                mstore(data, settle)
            }
            callChecked(manager, amount, data, 0x04);
            return at + 56;
        }
    }
}
