// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeERC20, IERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IManager, IV2Pair, IV3Pool, Key} from "./Protocols.sol";

/// What the executor's gas is held against: a router as they are commonly written. It pulls the first amount from the caller, has every
/// pool pay to itself and pays the next pool, asks V2 pairs for their reserves, and pays out at the end if it is enough.
contract PlainRouter {
    using SafeERC20 for IERC20;

    enum Kind {
        v2,
        v3,
        v4
    }

    struct Hop {
        Kind kind;
        address pool;
        address tokenIn;
        address tokenOut;
        uint24 fee;
        int24 tickSpacing;
    }

    address private expected;

    function swap(Hop[] calldata hops, uint256 amount, uint256 minOut, uint256 deadline) external returns (uint256) {
        require(block.timestamp <= deadline, "late");
        IERC20(hops[0].tokenIn).safeTransferFrom(msg.sender, address(this), amount);
        for (uint256 i = 0; i < hops.length; ++i) {
            if (hops[i].kind == Kind.v2) amount = swapV2(hops[i], amount);
            else if (hops[i].kind == Kind.v3) amount = swapV3(hops[i], amount);
            else amount = swapV4(hops[i], amount);
        }
        require(amount >= minOut, "too little");
        IERC20(hops[hops.length - 1].tokenOut).safeTransfer(msg.sender, amount);
        return amount;
    }

    function swapV2(Hop calldata hop, uint256 amount) private returns (uint256 out) {
        bool zeroForOne = hop.tokenIn < hop.tokenOut;
        (uint256 x, uint256 y,) = IV2Pair(hop.pool).getReserves();
        if (!zeroForOne) (x, y) = (y, x);
        out = amount * 997 * y / (x * 1000 + amount * 997);
        IERC20(hop.tokenIn).safeTransfer(hop.pool, amount);
        IV2Pair(hop.pool).swap(zeroForOne ? 0 : out, zeroForOne ? out : 0, address(this), "");
    }

    function swapV3(Hop calldata hop, uint256 amount) private returns (uint256) {
        bool zeroForOne = hop.tokenIn < hop.tokenOut;
        expected = hop.pool;
        (int256 delta0, int256 delta1) = IV3Pool(hop.pool)
            .swap(
                address(this),
                zeroForOne,
                int256(amount),
                zeroForOne ? 4295128740 : 1461446703485210103287273052203988822378723970341,
                abi.encode(hop.tokenIn)
            );
        expected = address(0);
        return uint256(-(zeroForOne ? delta1 : delta0));
    }

    function uniswapV3SwapCallback(int256 delta0, int256 delta1, bytes calldata data) external {
        require(msg.sender == expected, "not the pool");
        IERC20(abi.decode(data, (address))).safeTransfer(msg.sender, uint256(delta0 > 0 ? delta0 : delta1));
    }

    function swapV4(Hop calldata hop, uint256 amount) private returns (uint256) {
        expected = hop.pool;
        bytes memory answer = IManager(hop.pool).unlock(abi.encode(hop, amount));
        expected = address(0);
        return abi.decode(answer, (uint256));
    }

    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        require(msg.sender == expected, "not the manager");
        (Hop memory hop, uint256 amount) = abi.decode(data, (Hop, uint256));
        bool zeroForOne = hop.tokenIn < hop.tokenOut;
        (address c0, address c1) = zeroForOne ? (hop.tokenIn, hop.tokenOut) : (hop.tokenOut, hop.tokenIn);
        IManager manager = IManager(hop.pool);
        int256 delta = manager.swap(
            Key(c0, c1, hop.fee, hop.tickSpacing, address(0)),
            IManager.Swap(
                zeroForOne, -int256(amount), zeroForOne ? 4295128740 : 1461446703485210103287273052203988822378723970341
            ),
            ""
        );
        uint256 out = uint256(int256(int128(zeroForOne ? delta : delta >> 128)));
        manager.sync(hop.tokenIn);
        IERC20(hop.tokenIn).safeTransfer(hop.pool, amount);
        manager.settle();
        manager.take(hop.tokenOut, address(this), out);
        return abi.encode(out);
    }
}
