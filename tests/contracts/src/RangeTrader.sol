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
    function transfer(address to, uint256 value) external returns (bool);
}

/// Trades with pools of the Uniswap V3 kind and pays whatever they ask for in tokens that it makes (Token.sol), or in
/// wrapped ether of its own.
contract RangeTrader {
    address constant weth = 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2;

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
        if (a > 0) payToken(ITickPool(msg.sender).token0(), a);
        if (b > 0) payToken(ITickPool(msg.sender).token1(), b);
    }

    function payToken(address token, uint256 amount) private {
        if (token == weth) IMintable(token).transfer(msg.sender, amount);
        else IMintable(token).mint(msg.sender, amount);
    }
}
