// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IPoolManager} from "@uniswap/v4-core/src/interfaces/IPoolManager.sol";
import {BalanceDelta} from "@uniswap/v4-core/src/types/BalanceDelta.sol";
import {Currency} from "@uniswap/v4-core/src/types/Currency.sol";
import {PoolKey} from "@uniswap/v4-core/src/types/PoolKey.sol";
import {ModifyLiquidityParams, SwapParams} from "@uniswap/v4-core/src/types/PoolOperation.sol";

interface IRouter {
    function msgSender() external view returns (address);
}

interface IMintable {
    function mint(address to, uint256 value) external;
    function transfer(address to, uint256 value) external returns (bool);
}

/// Swaps, quotes and adds liquidity with tokens that give themselves to anybody, and with its own coins, wrapped or not.
contract V4Router {
    address constant weth = 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2;
    IPoolManager immutable manager;

    enum Action {
        quote,
        swap,
        modify,
        donate
    }

    error Answer(uint256 amountIn, uint256 amountOut);
    error NotEnoughLiquidity();

    constructor(IPoolManager manager_) {
        manager = manager_;
    }

    receive() external payable {}

    /// Routers tell hooks so whom they swap for.
    function msgSender() external view returns (address) {
        return address(this);
    }

    /// What V4Quoter answers: (in, out); reverts where the swap does or where it cannot swap all of the amount.
    function quote(PoolKey calldata key, bool zeroForOne, int256 amountSpecified)
        external
        returns (uint256 amountIn, uint256 amountOut)
    {
        try manager.unlock(abi.encode(Action.quote, abi.encode(key, zeroForOne, amountSpecified))) {}
        catch (bytes memory reason) {
            if (bytes4(reason) != Answer.selector) {
                assembly {
                    revert(add(reason, 32), mload(reason))
                }
            }
            assembly {
                amountIn := mload(add(reason, 36))
                amountOut := mload(add(reason, 68))
            }
        }
    }

    function swap(PoolKey calldata key, bool zeroForOne, int256 amountSpecified) external returns (uint256, uint256) {
        bytes memory answer = manager.unlock(abi.encode(Action.swap, abi.encode(key, zeroForOne, amountSpecified)));
        return abi.decode(answer, (uint256, uint256));
    }

    function modify(PoolKey calldata key, int24 lower, int24 upper, int256 delta) external {
        manager.unlock(abi.encode(Action.modify, abi.encode(key, lower, upper, delta)));
    }

    function donate(PoolKey calldata key, uint256 amount0, uint256 amount1) external {
        manager.unlock(abi.encode(Action.donate, abi.encode(key, amount0, amount1)));
    }

    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        require(msg.sender == address(manager));
        (Action action, bytes memory arguments) = abi.decode(data, (Action, bytes));
        if (action == Action.modify) {
            (PoolKey memory key, int24 lower, int24 upper, int256 delta) =
                abi.decode(arguments, (PoolKey, int24, int24, int256));
            (BalanceDelta amounts,) = manager.modifyLiquidity(key, ModifyLiquidityParams(lower, upper, delta, 0), "");
            settle(key, amounts);
            return "";
        }
        if (action == Action.donate) {
            (PoolKey memory key, uint256 amount0, uint256 amount1) = abi.decode(arguments, (PoolKey, uint256, uint256));
            settle(key, manager.donate(key, amount0, amount1, ""));
            return "";
        }
        (PoolKey memory key, bool zeroForOne, int256 amountSpecified) = abi.decode(arguments, (PoolKey, bool, int256));
        uint160 limit = zeroForOne ? 4295128740 : 1461446703485210103287273052203988822378723970341;
        BalanceDelta delta = manager.swap(key, SwapParams(zeroForOne, amountSpecified, limit), "");
        (int256 amount0, int256 amount1) = (delta.amount0(), delta.amount1());
        (int256 paid, int256 got) = zeroForOne ? (amount0, amount1) : (amount1, amount0);
        if ((amountSpecified < 0 ? paid : got) != amountSpecified) revert NotEnoughLiquidity();
        uint256 amountIn = uint256(-paid);
        uint256 amountOut = uint256(got);
        if (action == Action.quote) revert Answer(amountIn, amountOut);
        settle(key, delta);
        return abi.encode(amountIn, amountOut);
    }

    function settle(PoolKey memory key, BalanceDelta delta) private {
        settle(key.currency0, delta.amount0());
        settle(key.currency1, delta.amount1());
    }

    function settle(Currency currency, int256 amount) private {
        if (amount > 0) manager.take(currency, address(this), uint256(amount));
        if (amount >= 0) return;
        // -2^127 is an int128, 2^127 is none: in two parts.
        uint256 half = uint256(-amount) / 2;
        pay(currency, half);
        pay(currency, uint256(-amount) - half);
    }

    function pay(Currency currency, uint256 amount) private {
        manager.sync(currency);
        address token = Currency.unwrap(currency);
        if (token == address(0)) {
            manager.settle{value: amount}();
        } else {
            if (token == weth) IMintable(token).transfer(address(manager), amount);
            else IMintable(token).mint(address(manager), amount);
            manager.settle();
        }
    }
}

/// A hook with every right that its address gives it: it sets the stored fee, gives one for a swap, and keeps a part of
/// what is specified.
contract V4Hook {
    uint24 public feeForSwap;
    int128 public kept;

    function set(uint24 feeForSwap_, int128 kept_) external {
        feeForSwap = feeForSwap_;
        kept = kept_;
    }

    function setFee(IPoolManager manager, PoolKey calldata key, uint24 fee) external {
        manager.updateDynamicLPFee(key, fee);
    }

    function beforeSwap(address, PoolKey calldata, SwapParams calldata, bytes calldata)
        external
        view
        returns (bytes4, int256, uint24)
    {
        return (this.beforeSwap.selector, int256(kept) << 128, feeForSwap);
    }

    function afterSwap(address, PoolKey calldata, SwapParams calldata, BalanceDelta, bytes calldata)
        external
        view
        returns (bytes4, int128)
    {
        return (this.afterSwap.selector, kept);
    }

    function beforeAddLiquidity(address, PoolKey calldata, ModifyLiquidityParams calldata, bytes calldata)
        external
        pure
        returns (bytes4)
    {
        return this.beforeAddLiquidity.selector;
    }
}

/// A hook that takes parts of what is swapped for itself or adds to it, and settles that with the manager; its fee
/// depends on how many swaps it saw, and it refuses some amounts.
contract V4TradingHook {
    IPoolManager immutable manager;

    /// Millionths that it takes, negative where it gives: of the specified amount before the swap, of the same as an
    /// amount of the other token, and of the other token's amount after the swap.
    int256 specifiedPart;
    int256 otherPart;
    int256 afterPart;
    uint24 fee;
    bool settles;
    uint256 swaps;

    event Hooked(uint256 swaps);

    constructor(IPoolManager manager_) {
        manager = manager_;
    }

    receive() external payable {}

    function set(int256 specifiedPart_, int256 otherPart_, int256 afterPart_, uint24 fee_, bool settles_) external {
        (specifiedPart, otherPart, afterPart, fee, settles) = (specifiedPart_, otherPart_, afterPart_, fee_, settles_);
    }

    function beforeSwap(address sender, PoolKey calldata key, SwapParams calldata params, bytes calldata)
        external
        returns (bytes4, int256, uint24)
    {
        int256 size = params.amountSpecified < 0 ? -params.amountSpecified : params.amountSpecified;
        require(IRouter(sender).msgSender() == sender);
        require(size % 31 != 7, "not this amount");
        swaps++;
        bool specified0 = params.zeroForOne == (params.amountSpecified < 0);
        int256 specified = size * specifiedPart / 1e6;
        int256 other = size * otherPart / 1e6;
        require(int128(specified) == specified && int128(other) == other);
        settle(specified0 ? key.currency0 : key.currency1, specified);
        settle(specified0 ? key.currency1 : key.currency0, other);
        uint24 feeForSwap = fee == 0 ? 0 : 0x400000 | (fee + uint24(swaps % 7) * 100);
        return (this.beforeSwap.selector, (specified << 128) | int256(uint256(uint128(int128(other)))), feeForSwap);
    }

    function afterSwap(address, PoolKey calldata key, SwapParams calldata params, BalanceDelta delta, bytes calldata)
        external
        returns (bytes4, int128)
    {
        bool specified0 = params.zeroForOne == (params.amountSpecified < 0);
        int256 size = specified0 ? delta.amount1() : delta.amount0();
        int256 part = (size < 0 ? -size : size) * afterPart / 1e6;
        settle(specified0 ? key.currency1 : key.currency0, part);
        emit Hooked(swaps);
        return (this.afterSwap.selector, int128(part));
    }

    function settle(Currency currency, int256 amount) private {
        if (!settles) return;
        if (amount > 0) manager.take(currency, address(this), uint256(amount));
        if (amount >= 0) return;
        manager.sync(currency);
        if (currency.isAddressZero()) {
            manager.settle{value: uint256(-amount)}();
        } else {
            IMintable(Currency.unwrap(currency)).mint(address(manager), uint256(-amount));
            manager.settle();
        }
    }
}
