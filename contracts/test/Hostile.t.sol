// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {
    AskedTooMuch,
    Busy,
    CallbackMissing,
    InsufficientGrowth,
    NotOperator,
    UnexpectedCallback
} from "../src/Errors.sol";
import {Base} from "./support/Base.sol";
import {HookToken, HostilePool, Lender, Puppet} from "./support/Hostile.sol";
import {IExecutor} from "./support/Protocols.sol";
import "./support/Steps.sol";
import {IToken, PlainToken} from "./support/Tokens.sol";
import {vm} from "./support/Vm.sol";

/// Pools, lenders, tokens and operators that do what they should not. The executor holds an inventory; what a program names for
/// a step is all that the step's address may get of it.
contract HostileTest is Base {
    uint256 private constant INVENTORY = 1e24;
    uint256 private constant NAMED = 1e6;

    address private token;
    HostilePool private pool;
    Puppet private puppet;

    function setUp() public {
        token = address(new PlainToken());
        pool = new HostilePool();
        puppet = new Puppet();
        deployExecutor(OPERATOR, address(0));
        IToken(token).mint(address(executor), INVENTORY);
    }

    /// The step kinds that wait for a callback; nested, each sends 1 unit to the builder.
    function stepOf(uint256 kind) private view returns (bytes memory) {
        bytes memory nested = transferStep(token, BUILDER, 1);
        if (kind == 0) return v2Flash(address(pool), true, NAMED, nested);
        if (kind == 1) return v3Flash(address(pool), true, token, NAMED, nested);
        if (kind == 2) return v3Flash(address(pool), false, token, NAMED, nested);
        if (kind == 3) return unlockStep(address(pool), nested);
        if (kind == 9) return loanStep(0xb4, address(pool), token, NAMED, nested);
        return loanStep(uint8(0x30 + kind - 4), address(pool), token, NAMED, nested);
    }

    uint256 private constant KINDS = 10;

    /// The profit token is the native coin, so that the check at the end allows any loss of tokens.
    function programOf(uint256 kind) private view returns (bytes memory) {
        return abi.encodePacked(header(address(0), 0, 0), stepOf(kind));
    }

    function forEachKind(HostilePool.Mode mode, uint256 asked, bytes4 reason) private {
        pool.become(mode, asked);
        for (uint256 kind = 0; kind < KINDS; ++kind) {
            mustFail(programOf(kind), reason);
            vm.assertEq(held(token), INVENTORY);
        }
    }

    /// The other tests mean something: with an honest pool the very same programs run.
    function test_honestCallbacksAreTaken() public {
        pool.become(HostilePool.Mode.honest, 0);
        for (uint256 kind = 0; kind < KINDS; ++kind) {
            uint256 before = IToken(token).balanceOf(BUILDER);
            uint256 start = vm.snapshotState();
            mustRun(programOf(kind));
            vm.assertEq(IToken(token).balanceOf(BUILDER) - before, 1);
            vm.assertEq(IToken(token).allowance(address(executor), address(pool)), 0, "a lender keeps an allowance");
            vm.revertToState(start);
        }
    }

    function test_missingCallback() public {
        forEachKind(HostilePool.Mode.silent, 0, CallbackMissing.selector);
    }

    function test_secondCallback() public {
        forEachKind(HostilePool.Mode.twice, 0, UnexpectedCallback.selector);
    }

    function test_callbackFromAnother() public {
        forEachKind(HostilePool.Mode.byAnother, 0, UnexpectedCallback.selector);
    }

    function test_changedProgram() public {
        forEachKind(HostilePool.Mode.otherData, 0, UnexpectedCallback.selector);
        forEachKind(HostilePool.Mode.longerData, 0, UnexpectedCallback.selector);
    }

    function test_callbackOfAnotherKind() public {
        forEachKind(HostilePool.Mode.otherShape, 0, UnexpectedCallback.selector);
    }

    function test_lateCallback() public {
        pool.become(HostilePool.Mode.late, 0);
        for (uint256 kind = 0; kind < KINDS; ++kind) {
            mustRun(programOf(kind));
            uint256 left = held(token);
            vm.assertFalse(pool.callLate(address(executor)), "a callback outside of a run was taken");
            vm.assertEq(held(token), left);
        }
    }

    function testFuzz_poolGetsAtMostWhatTheStepNames(uint256 asked) public {
        pool.become(HostilePool.Mode.asksMore, asked);
        for (uint256 kind = 0; kind < KINDS; ++kind) {
            bool swap = kind == 1 || kind == 2;
            if (kind == 0 || kind == 3 || kind == 6) continue; // V2, V4 and Morpho ask for nothing
            uint256 most = swap ? NAMED : NAMED / 64;
            // What is pulled (Aave, ERC-3156), this pool does not pull; the allowance does not outlive the step.
            uint256 due;
            unchecked {
                due = kind == 4 || kind == 7 ? 0 : swap ? asked : NAMED + asked;
            }
            if (swap && int256(asked) < 0) {
                due = 0; // the pool pays that, and asks for nothing
            } else if (asked > most) {
                mustFail(programOf(kind), AskedTooMuch.selector);
                vm.assertEq(held(token), INVENTORY);
                continue;
            }
            uint256 start = vm.snapshotState();
            mustRun(programOf(kind));
            uint256 got = IToken(token).balanceOf(address(pool));
            vm.assertEq(got, due, "what the pool got");
            vm.assertEq(IToken(token).allowance(address(executor), address(pool)), 0, "an allowance is left");
            vm.revertToState(start);
        }
    }

    /// What the first bound is for: a pool asks for the last unit that it may have, and for one more.
    function test_poolGetsAtMostWhatTheStepNames() public {
        uint256[4] memory amounts = [NAMED, NAMED + 1, NAMED / 64, NAMED / 64 + 1];
        for (uint256 i = 0; i < 4; ++i) {
            testFuzz_poolGetsAtMostWhatTheStepNames(amounts[i]);
        }
    }

    /// A hostile lender of the profit token cannot even take what the step names: the check at the end sees it.
    function test_lostProfitTokenReverts() public {
        pool.become(HostilePool.Mode.honest, 0);
        mustFail(abi.encodePacked(header(token, 0, 0), stepOf(5)), InsufficientGrowth.selector);
    }

    function test_strangersCannotCallBack() public {
        bytes memory nested = transferStep(token, STRANGER, INVENTORY);
        string[8] memory names = [
            "uniswapV2Call(address,uint256,uint256,bytes)",
            "uniswapV3SwapCallback(int256,int256,bytes)",
            "unlockCallback(bytes)",
            "executeOperation(address,uint256,uint256,address,bytes)",
            "receiveFlashLoan(address[],uint256[],uint256[],bytes)",
            "onMorphoFlashLoan(uint256,bytes)",
            "onFlashLoan(address,address,uint256,uint256,bytes)",
            "pancakeV3FlashCallback(uint256,uint256,bytes)"
        ];
        for (uint256 i = 0; i < 8; ++i) {
            for (uint256 place = 0; place < 5; ++place) {
                uint256[5] memory words;
                words[place] = 160;
                bytes memory data = abi.encodePacked(bytes4(keccak256(bytes(names[i]))), words, nested.length, nested);
                vm.prank(i % 2 == 0 ? STRANGER : OPERATOR); // not even the operator
                (bool done, bytes memory answer) = address(executor).call(data);
                vm.assertFalse(done, "a stranger's callback was taken");
                vm.assertEq(bytes32(bytes4(answer)), bytes32(UnexpectedCallback.selector), "the reason");
            }
        }
        vm.assertEq(held(token), INVENTORY);
    }

    // A token acts in the middle of a run.

    /// The operator is a contract, and a token makes it run, sweep, pause or change roles again.
    function test_noReentranceThroughTheOperator() public {
        deployExecutor(address(puppet), address(0));
        IToken(token).mint(address(executor), INVENTORY);
        HookToken hook = new HookToken();
        hook.mint(address(executor), 10);
        bytes memory inner = abi.encodePacked(header(address(0), 0, 0), transferStep(token, STRANGER, INVENTORY));
        bytes[2] memory calls =
            [abi.encodePacked(IExecutor.run.selector, inner), abi.encodePacked(IExecutor.pause.selector)];
        bytes memory outer =
            abi.encodePacked(IExecutor.run.selector, header(address(0), 0, 0), transferStep(address(hook), BUILDER, 1));
        for (uint256 i = 0; i < calls.length; ++i) {
            hook.onTransfer(puppet, address(executor), calls[i]);
            (bool done,) = callAs(address(puppet), outer);
            vm.assertTrue(done, "the outer run");
            vm.assertFalse(puppet.done(), "the inner call");
            vm.assertEq(bytes32(bytes4(puppet.answer())), bytes32(Busy.selector), "its reason");
        }
        vm.assertEq(held(token), INVENTORY);
        vm.assertFalse(executor.paused(), "paused");
    }

    /// The owner is a contract that a token makes act: neither while a run, nor while a sweep is under way.
    function test_noReentranceThroughTheOwner() public {
        HookToken hook = new HookToken();
        hook.mint(address(executor), 10);
        bytes[3] memory calls = [
            abi.encodeCall(IExecutor.sweep, (token, STRANGER, INVENTORY)),
            abi.encodeCall(IExecutor.setOperator, (STRANGER)),
            abi.encodeCall(IExecutor.unpause, ())
        ];
        // OWNER itself becomes the puppet.
        vm.etch(OWNER, address(puppet).code);
        for (uint256 i = 0; i < calls.length; ++i) {
            hook.onTransfer(Puppet(payable(OWNER)), address(executor), calls[i]);
            mustRun(abi.encodePacked(header(address(0), 0, 0), transferStep(address(hook), BUILDER, 1)));
            vm.assertEq(bytes32(bytes4(Puppet(payable(OWNER)).answer())), bytes32(Busy.selector), "in a run");
            (bool done,) = callAs(OWNER, abi.encodeCall(IExecutor.sweep, (address(hook), BUILDER, 1)));
            vm.assertTrue(done, "the sweep");
            vm.assertEq(bytes32(bytes4(Puppet(payable(OWNER)).answer())), bytes32(Busy.selector), "in a sweep");
        }
        vm.assertEq(held(token), INVENTORY);
        vm.assertEq(executor.operator(), OPERATOR);
    }

    /// A token makes an honest lender, from which the executor is just borrowing that token, lend to the executor with a program of
    /// the token's own: the lender is the address that is expected, but the data is not.
    function test_honestLenderCannotBeTurned() public {
        Lender lender = new Lender();
        HookToken hook = new HookToken();
        hook.mint(address(lender), 100);
        IToken(token).mint(address(lender), 100);
        bytes memory theft = abi.encodePacked(token, uint128(1), nest(transferStep(token, STRANGER, INVENTORY)));
        bytes memory turned = abi.encodeCall(Lender.flashLoan, (address(executor), token, 1, theft));
        hook.onTransfer(puppet, address(lender), turned);
        mustRun(abi.encodePacked(header(address(0), 0, 0), loanStep(0x33, address(lender), address(hook), 100, "")));
        vm.assertFalse(puppet.done(), "the lender was turned");
        vm.assertEq(bytes32(bytes4(puppet.answer())), bytes32(UnexpectedCallback.selector), "its reason");
        vm.assertEq(held(token), INVENTORY);
    }

    /// The same with the very data that is expected: then the expected callback is spent, and the run fails as a whole.
    function test_replayedProgramFailsTheRun() public {
        Lender lender = new Lender();
        HookToken hook = new HookToken();
        hook.mint(address(lender), 1000);
        bytes memory nested = transferStep(token, BUILDER, 1);
        bytes memory same = abi.encodePacked(address(hook), uint128(100), nest(nested));
        bytes memory turned = abi.encodeCall(Lender.flashLoan, (address(executor), address(hook), 100, same));
        hook.onTransfer(puppet, address(lender), turned);
        (bool done,) = attempt(
            OPERATOR,
            abi.encodePacked(header(address(0), 0, 0), loanStep(0x33, address(lender), address(hook), 100, nested))
        );
        vm.assertFalse(done, "the run succeeded");
        vm.assertEq(held(token), INVENTORY);
    }

    /// A pool that spends an allowance only when the run is over finds none.
    function test_noAllowanceOutlivesItsStep() public {
        pool.become(HostilePool.Mode.silent, 0);
        // The pool's exchange is not among its functions: what answers is a puppet without code for it.
        mustRun(abi.encodePacked(header(address(0), 0, 0), curveStep(address(new Sink()), false, 0, 1, token, NAMED)));
        Sink sink = new Sink();
        mustRun(abi.encodePacked(header(address(0), 0, 0), curveStep(address(sink), true, 0, 1, token, NAMED)));
        vm.assertEq(IToken(token).allowance(address(executor), address(sink)), 0);
        mustRun(
            abi.encodePacked(
                header(address(0), 0, 0), balancerStep(address(sink), bytes32(0), token, address(0), NAMED)
            )
        );
        vm.assertEq(IToken(token).allowance(address(executor), address(sink)), 0);
    }

    function test_onlyTheOperatorRuns() public {
        bytes memory program = abi.encodePacked(header(address(0), 0, 0), transferStep(token, STRANGER, 1));
        mustFailFor(STRANGER, program, NotOperator.selector);
        mustFailFor(OWNER, program, NotOperator.selector);
        mustFailFor(address(executor), program, NotOperator.selector);
    }

    function callAs(address sender, bytes memory data) private returns (bool done, bytes memory answer) {
        vm.prank(sender);
        return address(executor).call(data);
    }
}

/// Takes any call and does nothing.
contract Sink {
    fallback() external payable {}
}
