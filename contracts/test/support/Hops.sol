// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Family, Market} from "./Market.sol";
import {Key} from "./Protocols.sol";
import "./Steps.sol";
import {vm} from "./Vm.sol";

/// Swaps with known amounts, and their steps.
abstract contract Hops is Market {
    struct Hop {
        Family family;
        address tokenIn;
        address tokenOut;
        uint256 amountIn;
        uint256 amountOut;
    }

    /// Swaps along a path of tokens, one family each, and takes all of it back: what each hop pays after the one before.
    function quote(Family[] memory families, address[] memory path, uint256 amount)
        internal
        returns (Hop[] memory hops)
    {
        hops = new Hop[](families.length);
        uint256 start = vm.snapshotState();
        for (uint256 i = 0; i < hops.length; ++i) {
            uint256 out = swap(families[i], path[i], path[i + 1], amount);
            hops[i] = Hop(families[i], path[i], path[i + 1], amount, out);
            amount = out;
        }
        vm.revertToState(start);
    }

    function poolOf(Hop memory hop) internal view returns (address) {
        return poolOf(hop.family, hop.tokenIn, hop.tokenOut);
    }

    /// The steps that swap a hop, paid from the executor's balance. Recipient 0: the executor.
    function swapSteps(Hop memory hop, address to) internal view returns (bytes memory) {
        address pool = poolOf(hop);
        if (hop.family == Family.v2) {
            return abi.encodePacked(transferStep(hop.tokenIn, pool, hop.amountIn), paidV2(hop, to));
        }
        if (hop.family == Family.v4) return unlockStep(pool, insideUnlock(hop, to));
        bool zeroForOne = hop.tokenIn < hop.tokenOut;
        if (hop.family == Family.v3) {
            return to == address(0)
                ? v3Step(pool, zeroForOne, hop.tokenIn, hop.amountIn)
                : v3StepTo(pool, zeroForOne, hop.tokenIn, hop.amountIn, to);
        }
        if (hop.family == Family.balancer) {
            bytes32 id = poolIds[pool];
            return to == address(0)
                ? balancerStep(address(vault), id, hop.tokenIn, hop.tokenOut, hop.amountIn)
                : balancerStepTo(address(vault), to, id, hop.tokenIn, hop.tokenOut, hop.amountIn);
        }
        require(to == address(0), "Curve knows no recipient here");
        (uint8 i, uint8 j) = zeroForOne ? (0, 1) : (1, 0);
        return curveStep(pool, hop.family == Family.cryptoSwap, i, j, hop.tokenIn, hop.amountIn);
    }

    /// A V2 swap whose pair was paid already.
    function paidV2(Hop memory hop, address to) internal view returns (bytes memory) {
        bool zeroForOne = hop.tokenIn < hop.tokenOut;
        return to == address(0)
            ? v2Step(poolOf(hop), zeroForOne, hop.amountOut)
            : v2StepTo(poolOf(hop), zeroForOne, hop.amountOut, to);
    }

    /// A V4 swap with its settlement, for a program that runs in an unlock already.
    function insideUnlock(Hop memory hop, address to) internal view returns (bytes memory) {
        address pool = poolOf(hop);
        return abi.encodePacked(
            v4Step(pool, hop.tokenIn < hop.tokenOut, keyOf(hop.tokenIn, hop.tokenOut), hop.amountIn),
            settleStep(pool, hop.tokenIn, hop.amountIn),
            to == address(0)
                ? takeStep(pool, hop.tokenOut, hop.amountOut)
                : takeStepTo(pool, to, hop.tokenOut, hop.amountOut)
        );
    }
}
