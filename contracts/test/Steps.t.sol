// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {InsufficientGrowth, MalformedProgram, NativeTransferFailed, NoCode, TokenRefused} from "../src/Errors.sol";
import {CurvePool} from "./support/CurvePool.sol";
import {Hops} from "./support/Hops.sol";
import {Family} from "./support/Market.sol";
import {IExecutor, Key} from "./support/Protocols.sol";
import "./support/Steps.sol";
import {FalseToken, IToken} from "./support/Tokens.sol";
import {vm} from "./support/Vm.sol";

/// Each kind of step on its own, on the protocols' bytecode: what it moves and to whom.
contract StepsTest is Hops {
    address private constant NATIVE = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;
    uint256 private constant AMOUNT = 1e18;

    function setUp() public {
        deployMarket();
        deployExecutor(OPERATOR, weth);
        for (uint256 i = 0; i < 4; ++i) {
            send(tokens[i], address(executor), 10 * AMOUNT);
        }
        vm.coinbase(BUILDER);
    }

    /// Runs steps without a demand on the gain: the profit token is the native coin, of which none is spent.
    function run(bytes memory steps) private {
        mustRun(abi.encodePacked(header(address(0), 0, 0), steps));
    }

    function fails(bytes memory steps, bytes4 reason) private {
        mustFail(abi.encodePacked(header(address(0), 0, 0), steps), reason);
    }

    // Tokens

    function test_transferOfEveryToken() public {
        for (uint256 i = 0; i < 4; ++i) {
            run(transferStep(tokens[i], STRANGER, AMOUNT));
            vm.assertEq(IToken(tokens[i]).balanceOf(STRANGER), AMOUNT);
        }
    }

    function test_transferOfNativeCoin() public {
        vm.deal(address(executor), 5);
        mustRun(abi.encodePacked(header(weth, 0, 0), transferStep(address(0), STRANGER, 3)));
        vm.assertEq(STRANGER.balance, 3);
        mustFail(
            abi.encodePacked(header(weth, 0, 0), transferStep(address(0), STRANGER, 3)), NativeTransferFailed.selector
        );
    }

    function test_refusedTransfers() public {
        address liar = address(new FalseToken());
        IToken(liar).mint(address(executor), 5);
        run(transferStep(liar, STRANGER, 5));
        fails(transferStep(liar, STRANGER, 1), TokenRefused.selector); // it answers false
        fails(transferStep(STRANGER, OWNER, 1), NoCode.selector); // no token there: the EVM calls that a success
        fails(transferStep(address(this), OWNER, 1), TokenRefused.selector); // it reverts without a reason
        // OpenZeppelin's token says why, and that is passed on.
        fails(
            transferStep(plain, OWNER, 11 * AMOUNT),
            bytes4(keccak256("ERC20InsufficientBalance(address,uint256,uint256)"))
        );
    }

    function test_approve() public {
        for (uint256 i = 0; i < 4; ++i) {
            run(approveStep(tokens[i], STRANGER, 5));
            run(approveStep(tokens[i], STRANGER, 7)); // also where only 0 may be followed by another (USDT)
            vm.assertEq(IToken(tokens[i]).allowance(address(executor), STRANGER), 7);
        }
        FalseToken liar = new FalseToken();
        run(approveStep(address(liar), STRANGER, 5));
        liar.refuseApprovals();
        fails(approveStep(address(liar), STRANGER, 5), TokenRefused.selector);
        fails(approveStep(STRANGER, OWNER, 5), NoCode.selector);
    }

    // Any call

    function test_call() public {
        vm.deal(address(executor), 1 ether);
        mustRun(
            abi.encodePacked(
                header(weth, 1 ether, 0), callStep(weth, 1 ether, abi.encodePacked(bytes4(keccak256("deposit()"))))
            )
        );
        fails(
            callStep(plain, 0, abi.encodeWithSignature("approve(address,uint256)", address(0), 1)),
            bytes4(keccak256("ERC20InvalidSpender(address)"))
        );
        fails(callStep(STRANGER, 0, "hello"), NoCode.selector);
    }

    // Swaps: the amount that the test gets for itself, to the wei, and to a recipient where one is named

    function test_v2Swap() public {
        both(Family.v2);
    }

    function test_v3Swap() public {
        both(Family.v3);
    }

    function test_v4Swap() public {
        both(Family.v4);
    }

    function test_curveSwaps() public {
        both(Family.stableSwap);
        both(Family.cryptoSwap);
    }

    function test_balancerSwap() public {
        both(Family.balancer);
    }

    function both(Family family) private {
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 j = 0; j < 4; ++j) {
                if (i != j) check(family, tokens[i], tokens[j]);
            }
        }
    }

    function check(Family family, address from, address to) private {
        (Family[] memory families, address[] memory path) = (new Family[](1), new address[](2));
        (families[0], path[0], path[1]) = (family, from, to);
        Hop memory hop = quote(families, path, AMOUNT)[0];
        uint256 start = vm.snapshotState();
        uint256 before = held(to);
        mustRun(abi.encodePacked(header(to, hop.amountOut, 0), swapSteps(hop, address(0))));
        vm.assertEq(held(to) - before, hop.amountOut);
        vm.assertEq(IToken(from).allowance(address(executor), poolOf(hop)), 0, "an allowance is left");
        vm.revertToState(start);
        if (family == Family.stableSwap || family == Family.cryptoSwap) return; // Curve knows no recipient here
        run(swapSteps(hop, STRANGER));
        vm.assertEq(IToken(to).balanceOf(STRANGER), hop.amountOut);
        vm.assertEq(held(to), before);
        vm.revertToState(start);
    }

    // Native coin in pools

    function test_curveSwapsNativeCoin() public {
        CurvePool pool = new CurvePool{value: 100 ether}(NATIVE, plain, false);
        send(plain, address(pool), 100 ether);
        vm.deal(address(executor), 1 ether);
        uint256 before = held(plain);
        mustRun(abi.encodePacked(header(plain, 1, 0), curveStep(address(pool), false, 0, 1, address(0), 1 ether)));
        vm.assertEq(held(address(0)), 0);
        uint256 got = held(plain) - before;
        mustRun(abi.encodePacked(header(address(0), 0.99 ether, 0), curveStep(address(pool), false, 1, 0, plain, got)));
    }

    function test_balancerSwapsNativeCoin() public {
        address pool = poolOf(Family.balancer, weth, plain);
        vm.deal(address(executor), 1 ether);
        mustRun(
            abi.encodePacked(
                header(plain, 0.9 ether, 0), balancerStep(address(vault), poolIds[pool], address(0), plain, 1 ether)
            )
        );
        vm.assertEq(held(address(0)), 0);
        mustRun(
            abi.encodePacked(
                header(address(0), 0.9 ether, 0),
                balancerStep(address(vault), poolIds[pool], plain, address(0), 1 ether)
            )
        );
    }

    function test_v4SwapsNativeCoin() public {
        Key memory key = Key(address(0), plain, FEE, SPACING, address(0));
        manager.initialize(key, 1 << 96);
        manager.unlock(abi.encode(true, key, false, uint256(1e24)));
        vm.deal(address(executor), 1 ether);
        uint256 start = vm.snapshotState();
        uint256 before = IToken(plain).balanceOf(address(this));
        manager.unlock(abi.encode(false, key, true, uint256(1 ether)));
        uint256 out = IToken(plain).balanceOf(address(this)) - before;
        vm.revertToState(start);
        bytes memory nested = abi.encodePacked(
            v4Step(address(manager), true, key, 1 ether),
            settleStep(address(manager), address(0), 1 ether),
            takeStep(address(manager), plain, out)
        );
        mustRun(abi.encodePacked(header(plain, out, 0), unlockStep(address(manager), nested)));
        vm.assertEq(held(address(0)), 0);
    }

    /// What is not settled, the manager does not let pass.
    function test_v4LeavesNothingOpen() public {
        bytes memory nested = takeStep(address(manager), plain, 1);
        fails(unlockStep(address(manager), nested), bytes4(keccak256("CurrencyNotSettled()")));
    }

    // The check at the end and the builder's payment

    function test_payment() public {
        vm.deal(address(executor), 3);
        uint256 wrapped = held(weth);
        // From native coin alone, then with the rest unwrapped.
        mustRun(abi.encodePacked(header(weth, 0, 2), ""));
        vm.assertEq(BUILDER.balance, 2);
        vm.assertEq(held(weth), wrapped);
        send(weth, address(executor), 9);
        mustFail(abi.encodePacked(header(weth, 0, 10), ""), InsufficientGrowth.selector);
        mustRun(abi.encodePacked(header(plain, 0, 10), ""));
        vm.assertEq(BUILDER.balance, 12);
        vm.assertEq(held(weth), wrapped); // 9 came, 9 were unwrapped
        vm.assertEq(held(address(0)), 0);
    }

    /// The payment counts when the profit token is what pays it.
    function test_paymentCountsAgainstTheGain() public {
        address pair = poolOf(Family.v2, weth, plain);
        uint256 out = v2Out(pair, plain < weth, AMOUNT);
        bytes memory steps = abi.encodePacked(transferStep(plain, pair, AMOUNT), v2Step(pair, plain < weth, out));
        mustFail(abi.encodePacked(header(weth, out - 999, 1000), steps), InsufficientGrowth.selector);
        mustRun(abi.encodePacked(header(weth, out - 1000, 1000), steps));
        vm.assertEq(BUILDER.balance, 1000);
    }

    function test_paymentToABuilderThatRefuses() public {
        vm.coinbase(address(manager));
        vm.deal(address(executor), 3);
        mustFail(abi.encodePacked(header(weth, 0, 2), ""), NativeTransferFailed.selector);
    }

    /// What the operator sends along is there before the first step.
    function test_valueSentAlongIsNoGain() public {
        vm.deal(OPERATOR, 10);
        for (uint256 growth = 0; growth < 2; ++growth) {
            bytes memory data = abi.encodePacked(IExecutor.run.selector, header(address(0), growth, 0));
            vm.prank(OPERATOR);
            (bool done,) = address(executor).call{value: 4}(data);
            vm.assertTrue(done == (growth == 0), "a gain without one");
        }
        vm.assertEq(held(address(0)), 4);
    }
}
