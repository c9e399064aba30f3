// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

interface ITickPool {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function swap(address recipient, bool zeroForOne, int256 amount, uint160 limit, bytes calldata data)
        external
        returns (int256, int256);
    function mint(address recipient, int24 lower, int24 upper, uint128 amount, bytes calldata data)
        external
        returns (uint256, uint256);
    function mint(address sender, address recipient, int24 lower, int24 upper, uint128 amount, bytes calldata data)
        external
        returns (uint256, uint256, uint128);
    function burn(int24 lower, int24 upper, uint128 amount) external returns (uint256, uint256);
    function burn(int24 lower, int24 upper, uint128 amount, bytes calldata data) external returns (uint256, uint256);
}

interface IMintable {
    function mint(address to, uint256 value) external;
}

/// Trades with pools of the Uniswap V3 kind and pays whatever they ask for in tokens that it makes (Token.sol).
contract RangeTrader {
    function swap(address pool, bool zeroForOne, int256 amount, uint160 limit) external returns (int256, int256) {
        return ITickPool(pool).swap(address(this), zeroForOne, amount, limit, "");
    }

    function mint(address pool, int24 lower, int24 upper, uint128 amount) external {
        ITickPool(pool).mint(address(this), lower, upper, amount, "");
    }

    function mintAlgebra(address pool, int24 lower, int24 upper, uint128 amount) external {
        ITickPool(pool).mint(address(this), address(this), lower, upper, amount, "");
    }

    function burn(address pool, int24 lower, int24 upper, uint128 amount) external {
        ITickPool(pool).burn(lower, upper, amount);
    }

    function burnIntegral(address pool, int24 lower, int24 upper, uint128 amount) external {
        ITickPool(pool).burn(lower, upper, amount, "");
    }

    function uniswapV3SwapCallback(int256 a, int256 b, bytes calldata) external {
        paySwap(a, b);
    }

    function pancakeV3SwapCallback(int256 a, int256 b, bytes calldata) external {
        paySwap(a, b);
    }

    function algebraSwapCallback(int256 a, int256 b, bytes calldata) external {
        paySwap(a, b);
    }

    function uniswapV3MintCallback(uint256 a, uint256 b, bytes calldata) external {
        pay(a, b);
    }

    function pancakeV3MintCallback(uint256 a, uint256 b, bytes calldata) external {
        pay(a, b);
    }

    function algebraMintCallback(uint256 a, uint256 b, bytes calldata) external {
        pay(a, b);
    }

    function paySwap(int256 a, int256 b) private {
        pay(a > 0 ? uint256(a) : 0, b > 0 ? uint256(b) : 0);
    }

    function pay(uint256 a, uint256 b) private {
        if (a > 0) IMintable(ITickPool(msg.sender).token0()).mint(msg.sender, a);
        if (b > 0) IMintable(ITickPool(msg.sender).token1()).mint(msg.sender, b);
    }
}
