// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import "./Swapper.sol";

/// The contract of one who trades for profit: the rival's arbitrage between two pools, and the legs of the sandwicher. It trades what
/// it holds, for its owner only.
contract Searcher is Swapper {
    address private immutable owner = msg.sender;

    /// What its balance of the first token gained.
    event Realised(uint256 profit);
    event Traded(uint256 amountIn, uint256 amountOut);

    modifier onlyOwner() {
        require(msg.sender == owner, "not the owner");
        _;
    }

    /// Reverts where it would not gain.
    function arbitrage(Leg calldata first, Leg calldata second, uint256 amountIn) external onlyOwner {
        uint256 before = IERC20(first.tokenIn).balanceOf(address(this));
        uint256 between = swapLeg(first, amountIn, address(this), address(this), 0);
        swapLeg(second, between, address(this), address(this), 0);
        uint256 afterwards = IERC20(first.tokenIn).balanceOf(address(this));
        require(afterwards > before, "no profit");
        emit Realised(afterwards - before);
    }

    /// 0: all that it holds.
    function trade(Leg calldata leg, uint256 amountIn) external onlyOwner {
        if (amountIn == 0) amountIn = IERC20(leg.tokenIn).balanceOf(address(this));
        emit Traded(amountIn, swapLeg(leg, amountIn, address(this), address(this), 0));
    }
}
