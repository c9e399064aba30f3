// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

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

struct PoolKey {
    address currency0;
    address currency1;
    uint24 fee;
    int24 tickSpacing;
    address hooks;
}

struct SwapParams {
    bool zeroForOne;
    int256 amountSpecified;
    uint160 sqrtPriceLimitX96;
}

struct ModifyLiquidityParams {
    int24 tickLower;
    int24 tickUpper;
    int256 liquidityDelta;
    bytes32 salt;
}

interface IToken {
    function balanceOf(address) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function approve(address spender, uint256 value) external returns (bool);
}

interface IPair {
    function getReserves() external view returns (uint112, uint112, uint32);
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}

interface IPoolV3 {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function swap(address recipient, bool zeroForOne, int256 amount, uint160 limit, bytes calldata data)
        external
        returns (int256, int256);
    function mint(address recipient, int24 lower, int24 upper, uint128 amount, bytes calldata data)
        external
        returns (uint256, uint256);
    function burn(int24 lower, int24 upper, uint128 amount) external returns (uint256, uint256);
    function collect(address recipient, int24 lower, int24 upper, uint128 amount0, uint128 amount1)
        external
        returns (uint128, uint128);
}

interface IPoolManager {
    function unlock(bytes calldata data) external returns (bytes memory);
    function swap(PoolKey memory key, SwapParams memory params, bytes calldata hookData) external returns (int256);
    function modifyLiquidity(PoolKey memory key, ModifyLiquidityParams memory params, bytes calldata hookData)
        external
        returns (int256, int256);
    function sync(address currency) external;
    function settle() external payable returns (uint256);
    function take(address currency, address to, uint256 amount) external;
}

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
            (uint256 reserveIn, uint256 reserveOut,) = IPair(leg.pool).getReserves();
            if (!zeroForOne) (reserveIn, reserveOut) = (reserveOut, reserveIn);
            uint256 afterFee = amountIn * (1e6 - leg.fee) / 1e3;
            amountOut = afterFee * reserveOut / (reserveIn * 1e3 + afterFee);
            pay(leg.tokenIn, payer, leg.pool, amountIn);
            IPair(leg.pool).swap(zeroForOne ? 0 : amountOut, zeroForOne ? amountOut : 0, to, "");
        } else if (leg.kind == Kind.uniswapV3) {
            caller = leg.pool;
            (int256 amount0, int256 amount1) =
                IPoolV3(leg.pool).swap(to, zeroForOne, int256(amountIn), limit, abi.encode(leg.tokenIn, payer));
            amountOut = uint256(-(zeroForOne ? amount1 : amount0));
        } else if (leg.kind == Kind.uniswapV4) {
            caller = leg.pool;
            bytes memory swap_ = abi.encode(leg, amountIn, payer, to, limit);
            amountOut = abi.decode(IPoolManager(leg.pool).unlock(abi.encode(true, swap_)), (uint256));
        } else {
            require(payer == address(this), "Balancer is paid by whoever calls it");
            IToken(leg.tokenIn).approve(leg.pool, amountIn);
            amountOut = IVault(leg.pool).swap(
                IVault.SingleSwap(leg.id, 0, leg.tokenIn, leg.tokenOut, amountIn, ""),
                IVault.FundManagement(address(this), false, to, false),
                0,
                type(uint256).max
            );
        }
    }

    function pay(address token, address payer, address to, uint256 amount) internal {
        if (payer == address(this)) require(IToken(token).transfer(to, amount));
        else require(IToken(token).transferFrom(payer, to, amount));
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
        int256 delta = IPoolManager(msg.sender).swap(
            keyOf(leg.tokenIn, leg.tokenOut, leg.fee, leg.spacing), SwapParams(zeroForOne, -int256(amountIn), limit), ""
        );
        (int256 amount0, int256 amount1) = (delta >> 128, int256(int128(delta)));
        uint256 amountOut = uint256(zeroForOne ? amount1 : amount0);
        settle(leg.tokenIn, payer, zeroForOne ? amount0 : amount1);
        IPoolManager(msg.sender).take(leg.tokenOut, to, amountOut);
        return abi.encode(amountOut);
    }

    /// A negative amount is owed to the manager.
    function settle(address token, address payer, int256 amount) internal {
        if (amount > 0) IPoolManager(msg.sender).take(token, payer, uint256(amount));
        if (amount >= 0) return;
        IPoolManager(msg.sender).sync(token);
        pay(token, payer, msg.sender, uint256(-amount));
        IPoolManager(msg.sender).settle();
    }

    function keyOf(address a, address b, uint24 fee, int24 spacing) internal pure returns (PoolKey memory) {
        return a < b ? PoolKey(a, b, fee, spacing, address(0)) : PoolKey(b, a, fee, spacing, address(0));
    }
}
