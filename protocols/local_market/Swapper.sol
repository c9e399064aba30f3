// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IUniswapV2Pair} from "@uniswap/v2-core/contracts/interfaces/IUniswapV2Pair.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {IHooks} from "@uniswap/v4-core/src/interfaces/IHooks.sol";
import {IPoolManager} from "@uniswap/v4-core/src/interfaces/IPoolManager.sol";
import {BalanceDelta} from "@uniswap/v4-core/src/types/BalanceDelta.sol";
import {Currency} from "@uniswap/v4-core/src/types/Currency.sol";
import {PoolKey} from "@uniswap/v4-core/src/types/PoolKey.sol";
import {ModifyLiquidityParams, SwapParams} from "@uniswap/v4-core/src/types/PoolOperation.sol";

enum Kind {
    uniswapV2,
    uniswapV3, // and PancakeSwap V3
    uniswapV4,
    balancerV2
}

/// One pool, in one direction. `pool`: the pair or pool, the PoolManager of V4, the Vault of Balancer. `fee` in millionths; `id` is
/// Balancer's pool id.
struct Leg {
    Kind kind;
    address pool;
    address tokenIn;
    address tokenOut;
    uint24 fee;
    int24 spacing;
    bytes32 id;
}

/// Of Balancer V2: its npm package has the deployed code only.
interface IVault {
    struct SingleSwap {
        bytes32 poolId;
        uint8 kind;
        address assetIn;
        address assetOut;
        uint256 amount;
        bytes userData;
    }

    struct FundManagement {
        address sender;
        bool fromInternalBalance;
        address recipient;
        bool toInternalBalance;
    }

    function swap(SingleSwap memory single, FundManagement memory funds, uint256 limit, uint256 deadline)
        external
        payable
        returns (uint256);
}

/// Swaps on any of the market's pools and pays from whom it is told. One pool at a time may call back.
abstract contract Swapper {
    uint160 internal constant LOWEST = 4295128740;
    uint160 internal constant HIGHEST = 1461446703485210103287273052203988822378723970341;

    address private caller;

    modifier calledBack() {
        require(msg.sender == caller, "nobody called this");
        _;
    }

    function expect(address pool) internal {
        caller = pool;
    }

    /// `limit`: the square root of the price to stop at, V3 and V4; 0: none.
    function swapLeg(Leg memory leg, uint256 amountIn, address payer, address to, uint160 limit)
        internal
        returns (uint256 amountOut)
    {
        bool zeroForOne = leg.tokenIn < leg.tokenOut;
        if (limit == 0) limit = zeroForOne ? LOWEST : HIGHEST;
        if (leg.kind == Kind.uniswapV2) {
            (uint256 reserveIn, uint256 reserveOut,) = IUniswapV2Pair(leg.pool).getReserves();
            if (!zeroForOne) (reserveIn, reserveOut) = (reserveOut, reserveIn);
            uint256 afterFee = amountIn * (1e6 - leg.fee) / 1e3;
            amountOut = afterFee * reserveOut / (reserveIn * 1e3 + afterFee);
            pay(leg.tokenIn, payer, leg.pool, amountIn);
            IUniswapV2Pair(leg.pool).swap(zeroForOne ? 0 : amountOut, zeroForOne ? amountOut : 0, to, "");
        } else if (leg.kind == Kind.uniswapV3) {
            caller = leg.pool;
            (int256 amount0, int256 amount1) =
                IUniswapV3Pool(leg.pool).swap(to, zeroForOne, int256(amountIn), limit, abi.encode(leg.tokenIn, payer));
            amountOut = uint256(-(zeroForOne ? amount1 : amount0));
        } else if (leg.kind == Kind.uniswapV4) {
            caller = leg.pool;
            bytes memory swap_ = abi.encode(leg, amountIn, payer, to, limit);
            amountOut = abi.decode(IPoolManager(leg.pool).unlock(abi.encode(true, swap_)), (uint256));
        } else {
            require(payer == address(this), "Balancer is paid by whoever calls it");
            IERC20(leg.tokenIn).approve(leg.pool, amountIn);
            amountOut = IVault(leg.pool)
                .swap(
                    IVault.SingleSwap(leg.id, 0, leg.tokenIn, leg.tokenOut, amountIn, ""),
                    IVault.FundManagement(address(this), false, to, false),
                    0,
                    type(uint256).max
                );
        }
    }

    function pay(address token, address payer, address to, uint256 amount) internal {
        if (payer == address(this)) require(IERC20(token).transfer(to, amount));
        else require(IERC20(token).transferFrom(payer, to, amount));
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external calledBack {
        (address token, address payer) = abi.decode(data, (address, address));
        pay(token, payer, msg.sender, uint256(amount0 > 0 ? amount0 : amount1));
    }

    function pancakeV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external calledBack {
        (address token, address payer) = abi.decode(data, (address, address));
        pay(token, payer, msg.sender, uint256(amount0 > 0 ? amount0 : amount1));
    }

    function unlockCallback(bytes calldata data) external calledBack returns (bytes memory) {
        (bool swaps, bytes memory what) = abi.decode(data, (bool, bytes));
        return swaps ? unlockedSwap(what) : unlockedOther(what);
    }

    function unlockedOther(bytes memory) internal virtual returns (bytes memory) {
        revert("only swaps");
    }

    function unlockedSwap(bytes memory data) private returns (bytes memory) {
        (Leg memory leg, uint256 amountIn, address payer, address to, uint160 limit) =
            abi.decode(data, (Leg, uint256, address, address, uint160));
        bool zeroForOne = leg.tokenIn < leg.tokenOut;
        BalanceDelta delta = IPoolManager(msg.sender)
            .swap(
                keyOf(leg.tokenIn, leg.tokenOut, leg.fee, leg.spacing),
                SwapParams(zeroForOne, -int256(amountIn), limit),
                ""
            );
        (int256 amount0, int256 amount1) = (delta.amount0(), delta.amount1());
        uint256 amountOut = uint256(zeroForOne ? amount1 : amount0);
        settle(leg.tokenIn, payer, zeroForOne ? amount0 : amount1);
        IPoolManager(msg.sender).take(Currency.wrap(leg.tokenOut), to, amountOut);
        return abi.encode(amountOut);
    }

    /// A negative amount is owed to the manager.
    function settle(address token, address payer, int256 amount) internal {
        if (amount > 0) IPoolManager(msg.sender).take(Currency.wrap(token), payer, uint256(amount));
        if (amount >= 0) return;
        IPoolManager(msg.sender).sync(Currency.wrap(token));
        pay(token, payer, msg.sender, uint256(-amount));
        IPoolManager(msg.sender).settle();
    }

    function keyOf(address a, address b, uint24 fee, int24 spacing) internal pure returns (PoolKey memory) {
        if (b < a) (a, b) = (b, a);
        return PoolKey(Currency.wrap(a), Currency.wrap(b), fee, spacing, IHooks(address(0)));
    }
}
