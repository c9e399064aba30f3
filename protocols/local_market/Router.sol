// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import "./Swapper.sol";

/// The router of what has none on npm: PancakeSwap V3 and Uniswap V4; and the manager of positions of V3 and V4. Positions belong to
/// whoever made them.
contract Router is Swapper {
    mapping(bytes32 => uint256) private liquidityOf;

    function swap(Leg calldata leg, uint256 amountIn, uint256 leastOut, uint160 limit)
        external
        returns (uint256 amountOut)
    {
        require(leg.kind != Kind.balancerV2, "the Vault is its own router");
        amountOut = swapLeg(leg, amountIn, msg.sender, msg.sender, limit);
        require(amountOut >= leastOut, "too little received");
    }

    /// Adds liquidity where `delta` is positive, takes it out with its fees where it is negative.
    function modifyV3(address pool, int24 lower, int24 upper, int256 delta) external {
        note(keccak256(abi.encode(msg.sender, pool, lower, upper)), delta);
        expect(pool);
        if (delta > 0) {
            IUniswapV3Pool(pool).mint(address(this), lower, upper, uint128(uint256(delta)), abi.encode(msg.sender));
            return;
        }
        (uint256 amount0, uint256 amount1) = IUniswapV3Pool(pool).burn(lower, upper, uint128(uint256(-delta)));
        IUniswapV3Pool(pool).collect(msg.sender, lower, upper, uint128(amount0), uint128(amount1));
    }

    function modifyV4(
        address manager,
        address tokenA,
        address tokenB,
        uint24 fee,
        int24 spacing,
        int24 lower,
        int24 upper,
        int256 delta
    ) external {
        note(keccak256(abi.encode(msg.sender, manager, tokenA, tokenB, fee, lower, upper)), delta);
        expect(manager);
        PoolKey memory key = keyOf(tokenA, tokenB, fee, spacing);
        IPoolManager(manager).unlock(abi.encode(false, abi.encode(key, lower, upper, delta, msg.sender)));
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata data) external calledBack {
        payBoth(amount0, amount1, abi.decode(data, (address)));
    }

    function pancakeV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata data) external calledBack {
        payBoth(amount0, amount1, abi.decode(data, (address)));
    }

    function payBoth(uint256 amount0, uint256 amount1, address payer) private {
        if (amount0 > 0) pay(IUniswapV3Pool(msg.sender).token0(), payer, msg.sender, amount0);
        if (amount1 > 0) pay(IUniswapV3Pool(msg.sender).token1(), payer, msg.sender, amount1);
    }

    function unlockedOther(bytes memory data) internal override returns (bytes memory) {
        (PoolKey memory key, int24 lower, int24 upper, int256 delta, address owner) =
            abi.decode(data, (PoolKey, int24, int24, int256, address));
        (BalanceDelta amounts,) = IPoolManager(msg.sender)
            .modifyLiquidity(key, ModifyLiquidityParams(lower, upper, delta, bytes32(uint256(uint160(owner)))), "");
        settle(Currency.unwrap(key.currency0), owner, amounts.amount0());
        settle(Currency.unwrap(key.currency1), owner, amounts.amount1());
        return "";
    }

    function note(bytes32 position, int256 delta) private {
        liquidityOf[position] = uint256(int256(liquidityOf[position]) + delta);
        require(int256(liquidityOf[position]) >= 0, "not yours");
    }
}
