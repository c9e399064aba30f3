// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {boundedPayment} from "./Bounds.sol";
import {Callbacks} from "./Callbacks.sol";
import {approveToken, callChecked, revokeRest, scratch, transferToken} from "./Calls.sol";
import {IBalancerVault, ICryptoSwap, IStableSwap, IV2Pair, IV3Pool} from "./Interfaces.sol";
import {FLIP, NESTED, TERMS_SIZE, addressAt, amountAt, byteAt, recipientAt, sizeAt, wordAt} from "./Program.sol";

/// Swaps of Uniswap V2 and V3 and their forks (Solidly, PancakeSwap, Algebra, Slipstream), Curve and Balancer V2. Each takes its op
/// and where its body begins, and returns where the next step begins.
///
/// No swap has a lower limit of its own: the check at the end of the run covers all of them at once.
abstract contract Swaps is Callbacks {
    /// TickMath.MIN_SQRT_RATIO + 1 and MAX_SQRT_RATIO - 1: no limit.
    uint256 internal constant LOWEST_LIMIT = 4295128740;
    uint256 internal constant HIGHEST_LIMIT = 1461446703485210103287273052203988822378723970341;

    /// pair ‖ [recipient] ‖ amount_out ‖ [nested]. The pair was paid before, or the nested program pays it.
    function _v2Swap(uint256 op, uint256 at) internal returns (uint256) {
        unchecked {
            address pair = addressAt(at);
            address to;
            (to, at) = recipientAt(op, at + 20);
            bytes4 selector = IV2Pair.swap.selector;
            uint256 amount0 = amountAt(at);
            uint256 amount1 = 0;
            if (op & FLIP == 0) (amount0, amount1) = (amount1, amount0);
            at += 16;
            uint256 data = scratch();
            assembly ("memory-safe") {
                mstore(data, selector)
                mstore(add(data, 0x04), amount0)
                mstore(add(data, 0x24), amount1)
                mstore(add(data, 0x44), to)
                mstore(add(data, 0x64), 0x80)
            }
            if (op & NESTED == 0) {
                assembly ("memory-safe") {
                    mstore(add(data, 0x84), 0)
                }
                callChecked(pair, 0, data, 0xa4);
                return at;
            }
            uint256 size = sizeAt(at);
            _callExpecting(pair, V2_CALLBACK, data, data + 0x84, at + 2, size);
            return at + 2 + size;
        }
    }

    /// pool ‖ [recipient] ‖ token_in ‖ amount_in ‖ [nested]. The pool is told everything from token_in on.
    function _v3Swap(uint256 op, uint256 at) internal returns (uint256) {
        unchecked {
            address pool = addressAt(at);
            address to;
            (to, at) = recipientAt(op, at + 20);
            bool zeroForOne = op & FLIP == 0;
            bytes4 selector = IV3Pool.swap.selector;
            uint256 amountIn = amountAt(at + 20);
            uint256 limit = zeroForOne ? LOWEST_LIMIT : HIGHEST_LIMIT;
            uint256 data = scratch();
            assembly ("memory-safe") {
                mstore(data, selector)
                mstore(add(data, 0x04), to)
                mstore(add(data, 0x24), zeroForOne)
                mstore(add(data, 0x44), amountIn)
                mstore(add(data, 0x64), limit)
                mstore(add(data, 0x84), 0xa0)
            }
            uint256 size = TERMS_SIZE;
            if (op & NESTED != 0) size += 2 + sizeAt(at + TERMS_SIZE);
            _callExpecting(pool, V3_CALLBACK, data, data + 0xa4, at, size);
            return at + size;
        }
    }

    /// Pays what a V3 pool asks for: at most the step's amount, in the step's token.
    function _payV3(uint256 data) internal {
        uint256 owed = boundedPayment(int256(wordAt(0x04)), int256(wordAt(0x24)), amountAt(data + 20));
        transferToken(addressAt(data), msg.sender, owed);
    }

    /// pool ‖ coins (i << 4 | j) ‖ token_in ‖ amount_in. token_in 0: the pool takes native coin.
    function _curveSwap(uint256 op, uint256 at) internal returns (uint256) {
        unchecked {
            address pool = addressAt(at);
            uint256 coins = byteAt(at + 20);
            bytes4 selector = op & FLIP == 0 ? IStableSwap.exchange.selector : ICryptoSwap.exchange.selector;
            address token = addressAt(at + 21);
            uint256 amount = amountAt(at + 41);
            uint256 value = _lend(token, pool, amount);
            uint256 data = scratch();
            assembly ("memory-safe") {
                mstore(data, selector)
                mstore(add(data, 0x04), shr(4, coins))
                mstore(add(data, 0x24), and(coins, 0x0f))
                mstore(add(data, 0x44), amount)
                mstore(add(data, 0x64), 0)
            }
            callChecked(pool, value, data, 0x84);
            if (value == 0) revokeRest(token, pool);
            return at + 57;
        }
    }

    /// vault ‖ [recipient] ‖ pool_id ‖ token_in ‖ token_out ‖ amount_in. Token 0: the Vault takes or pays native coin.
    function _balancerSwap(uint256 op, uint256 at) internal returns (uint256) {
        unchecked {
            address vault = addressAt(at);
            address to;
            (to, at) = recipientAt(op, at + 20);
            address token = addressAt(at + 32);
            uint256 amount = amountAt(at + 72);
            uint256 value = _lend(token, vault, amount);
            uint256 data = scratch();
            bytes4 selector = IBalancerVault.swap.selector;
            assembly ("memory-safe") {
                mstore(data, selector)
                mstore(add(data, 0x04), 0xe0) // where singleSwap begins
                mstore(add(data, 0x24), address()) // funds: sender
                mstore(add(data, 0x44), 0) // from internal balance
                mstore(add(data, 0x64), to)
                mstore(add(data, 0x84), 0) // to internal balance
                mstore(add(data, 0xa4), 0) // limit
                mstore(add(data, 0xc4), not(0)) // deadline
                mstore(add(data, 0xe4), calldataload(at)) // singleSwap: pool id
                mstore(add(data, 0x104), 0) // GIVEN_IN
                mstore(add(data, 0x124), token)
                mstore(add(data, 0x144), shr(96, calldataload(add(at, 52))))
                mstore(add(data, 0x164), amount)
                mstore(add(data, 0x184), 0xc0) // where its userData begins
                mstore(add(data, 0x1a4), 0) // which are none
            }
            callChecked(vault, value, data, 0x1c4);
            if (value == 0) revokeRest(token, vault);
            return at + 88;
        }
    }

    /// Lets `spender` take `amount`: by an allowance, or as value where the token is the native coin.
    function _lend(address token, address spender, uint256 amount) private returns (uint256 value) {
        if (token == address(0)) return amount;
        approveToken(token, spender, amount);
    }
}
