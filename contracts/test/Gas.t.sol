// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Hops} from "./support/Hops.sol";
import {Family} from "./support/Market.sol";
import {PlainRouter} from "./support/PlainRouter.sol";
import {IExecutor, IV2Router, IV3Router} from "./support/Protocols.sol";
import "./support/Steps.sol";
import {IToken} from "./support/Tokens.sol";
import {Vm, vm} from "./support/Vm.sol";

/// Gas of whole transactions (intrinsic, calldata, execution, refund) for cycles of 2, 3 and 4 hops: the executor with an inventory and
/// with a flash swap, a plain router, and Uniswap's own routers where one of them can do the cycle. The figures are committed in
/// snapshots/ and compared; docs/executor.md has them as a table.
/// forge-config: default.isolate = true
contract GasTest is Hops {
    uint256 private constant AMOUNT = 1e18;

    PlainRouter private router;
    address private v2Router;
    address private v3Router;

    Hop[] private hops;

    function setUp() public {
        deployMarket();
        deployExecutor(OPERATOR, weth);
        router = new PlainRouter();
        bytes memory code = npm("@uniswap/v2-periphery/build/UniswapV2Router02.json");
        v2Router = create(abi.encodePacked(code, abi.encode(v2Factory, weth)));
        code = npm("@uniswap/v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json");
        v3Router = create(abi.encodePacked(code, abi.encode(v3Factory, weth)));
        // The wallet that uses a router holds the tokens and has approved the routers long ago; neither it nor the executor ever holds
        // nothing, which would make the first token that comes in dear.
        for (uint256 i = 0; i < 4; ++i) {
            send(tokens[i], OPERATOR, 100 * AMOUNT);
            send(tokens[i], address(executor), 100 * AMOUNT);
            send(tokens[i], address(router), 1);
            address[3] memory spenders = [address(router), v2Router, v3Router];
            for (uint256 j = 0; j < 3; ++j) {
                vm.prank(OPERATOR);
                allow(tokens[i], spenders[j], type(uint256).max);
            }
        }
        vm.deal(OPERATOR, 1 ether);
    }

    function test_gas_2hops_v2_v3() public {
        cycle("v2 v3", [Family.v2, Family.v3, Family.v2, Family.v2], 2);
    }

    function test_gas_3hops_v2() public {
        cycle("v2 v2 v2", [Family.v2, Family.v2, Family.v2, Family.v2], 3);
    }

    function test_gas_3hops_v3() public {
        cycle("v3 v3 v3", [Family.v3, Family.v3, Family.v3, Family.v3], 3);
    }

    function test_gas_3hops_v2_v3_v4() public {
        cycle("v2 v3 v4", [Family.v2, Family.v3, Family.v4, Family.v2], 3);
    }

    function test_gas_4hops_v2() public {
        cycle("v2 v2 v2 v2", [Family.v2, Family.v2, Family.v2, Family.v2], 4);
    }

    function test_gas_4hops_v3() public {
        cycle("v3 v3 v3 v3", [Family.v3, Family.v3, Family.v3, Family.v3], 4);
    }

    function test_gas_4hops_v2_v3() public {
        cycle("v2 v3 v2 v3", [Family.v2, Family.v3, Family.v2, Family.v3], 4);
    }

    function cycle(string memory name, Family[4] memory families, uint256 length) private {
        // weth, plain, flash, silent: USDT's likes come last.
        address[4] memory path = [weth, plain, flash, silent];
        // The last pool pays a tenth more than the others: the cycle gains.
        swap(families[length - 1], path[0], path[length - 1], 5e22);
        (Family[] memory used, address[] memory around) = (new Family[](length), new address[](length + 1));
        for (uint256 i = 0; i < length; ++i) {
            (used[i], around[i]) = (families[i], path[i]);
        }
        around[length] = path[0];
        Hop[] memory planned = quote(used, around, AMOUNT);
        for (uint256 i = 0; i < length; ++i) {
            hops.push(planned[i]);
        }
        measure(name, families, length);
    }

    function measure(string memory name, Family[4] memory families, uint256 length) private {
        uint256 gain = hops[length - 1].amountOut - AMOUNT;
        bytes memory head = header(weth, gain, 0);
        record(name, "executor, inventory", address(executor), abi.encodePacked(IExecutor.run.selector, head, steps()));
        record(
            name, "executor, flash swap", address(executor), abi.encodePacked(IExecutor.run.selector, head, flashed())
        );
        record(name, "plain router", address(router), plainCall());
        bool same = true;
        for (uint256 i = 1; i < length; ++i) {
            same = same && families[i] == families[0];
        }
        if (same && families[0] == Family.v2) record(name, "UniswapV2Router02", v2Router, v2Call());
        if (same && families[0] == Family.v3) record(name, "V3's SwapRouter", v3Router, v3Call());
    }

    /// The gas of one transaction, after which everything is as it was.
    function record(string memory cycleName, string memory name, address target, bytes memory data) private {
        uint256 start = vm.snapshotState();
        uint256 before = IToken(weth).balanceOf(OPERATOR) + held(weth);
        vm.prank(OPERATOR);
        (bool done, bytes memory answer) = target.call(data);
        Vm.Gas memory gas = vm.lastCallGas();
        if (!done) {
            assembly {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        uint256 gain = hops[hops.length - 1].amountOut - AMOUNT;
        vm.assertEq(IToken(weth).balanceOf(OPERATOR) + held(weth) - before, gain, "the gain");
        vm.revertToState(start);
        vm.snapshotValue(executorBuild(), string.concat(cycleName, ": ", name), gas.gasTotalUsed);
    }

    /// As the planner writes it: the first pool is paid, V2 and V3 pay straight to the V2 pair that follows.
    function steps() private view returns (bytes memory all) {
        for (uint256 i = 0; i < hops.length; ++i) {
            all = abi.encodePacked(all, step(i));
        }
    }

    /// The first pool lends by paying before it is paid.
    function flashed() private view returns (bytes memory) {
        Hop memory first = hops[0];
        bool zeroForOne = first.tokenIn < first.tokenOut;
        bytes memory rest = abi.encodePacked(swapSteps(hops[1], recipient(1)));
        for (uint256 i = 2; i < hops.length; ++i) {
            rest = abi.encodePacked(rest, step(i));
        }
        if (first.family == Family.v3) return v3Flash(poolOf(first), zeroForOne, first.tokenIn, AMOUNT, rest);
        rest = abi.encodePacked(rest, transferStep(first.tokenIn, poolOf(first), AMOUNT));
        return v2Flash(poolOf(first), zeroForOne, first.amountOut, rest);
    }

    /// A V2 pair behind another pool was paid by that.
    function step(uint256 i) private view returns (bytes memory) {
        bool paid = i > 0 && hops[i].family == Family.v2;
        return paid ? paidV2(hops[i], recipient(i)) : swapSteps(hops[i], recipient(i));
    }

    function recipient(uint256 i) private view returns (address) {
        bool toNext = i + 1 < hops.length && hops[i + 1].family == Family.v2;
        return toNext ? poolOf(hops[i + 1]) : address(0);
    }

    function plainCall() private view returns (bytes memory) {
        PlainRouter.Hop[] memory plainHops = new PlainRouter.Hop[](hops.length);
        for (uint256 i = 0; i < hops.length; ++i) {
            Hop memory hop = hops[i];
            plainHops[i] = PlainRouter.Hop(
                PlainRouter.Kind(uint8(hop.family)), poolOf(hop), hop.tokenIn, hop.tokenOut, FEE, SPACING
            );
        }
        return abi.encodeCall(PlainRouter.swap, (plainHops, AMOUNT, AMOUNT, block.timestamp));
    }

    function v2Call() private view returns (bytes memory) {
        address[] memory path = new address[](hops.length + 1);
        for (uint256 i = 0; i < hops.length; ++i) {
            path[i] = hops[i].tokenIn;
        }
        path[hops.length] = hops[0].tokenIn;
        return abi.encodeCall(IV2Router.swapExactTokensForTokens, (AMOUNT, AMOUNT, path, OPERATOR, block.timestamp));
    }

    function v3Call() private view returns (bytes memory) {
        bytes memory path = abi.encodePacked(hops[0].tokenIn);
        for (uint256 i = 0; i < hops.length; ++i) {
            path = abi.encodePacked(path, FEE, hops[i].tokenOut);
        }
        return abi.encodeCall(
            IV3Router.exactInput, (IV3Router.ExactInputParams(path, OPERATOR, block.timestamp, AMOUNT, AMOUNT))
        );
    }
}
