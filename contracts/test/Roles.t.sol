// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IsPaused, NotOperator, NotOwner} from "../src/Errors.sol";
import {Base} from "./support/Base.sol";
import {IExecutor} from "./support/Protocols.sol";
import "./support/Steps.sol";
import {IToken, PlainToken} from "./support/Tokens.sol";
import {vm} from "./support/Vm.sol";

/// Who may do what: every function by every role, and all of them while paused.
contract RolesTest is Base {
    address private token;

    function setUp() public {
        token = address(new PlainToken());
        deployExecutor(OPERATOR, token);
        IToken(token).mint(address(executor), 100);
    }

    function test_deployment() public view {
        vm.assertEq(executor.owner(), OWNER);
        vm.assertEq(executor.operator(), OPERATOR);
        vm.assertEq(executor.wrappedNative(), token);
        vm.assertFalse(executor.paused(), "paused");
    }

    function expect(address sender, bytes memory data, bytes4 reason) private {
        vm.prank(sender);
        (bool done, bytes memory answer) = address(executor).call(data);
        vm.assertTrue(done == (reason == 0), "allowed or not");
        if (!done) vm.assertEq(bytes32(bytes4(answer)), bytes32(reason), "for another reason");
    }

    function testFuzz_onlyTheOwnerNamesTheOperator(address sender, address next) public {
        vm.assume(sender != OWNER);
        bytes memory data = abi.encodeCall(IExecutor.setOperator, (next));
        expect(sender, data, NotOwner.selector);
        vm.assertEq(executor.operator(), OPERATOR);
        expect(OWNER, data, 0);
        vm.assertEq(executor.operator(), next);
        if (next != OPERATOR) mustFail(header(address(0), 0, 0), NotOperator.selector);
        if (next != address(0)) {
            (bool done,) = attempt(next, header(address(0), 0, 0));
            vm.assertTrue(done, "the new operator runs");
        }
    }

    function testFuzz_onlyTheOwnerSweeps(address sender, uint256 amount) public {
        vm.assume(sender != OWNER);
        amount = within(amount, 0, 100);
        bytes memory data = abi.encodeCall(IExecutor.sweep, (token, STRANGER, amount));
        expect(sender, data, NotOwner.selector);
        vm.assertEq(IToken(token).balanceOf(STRANGER), 0);
        expect(OWNER, data, 0);
        vm.assertEq(IToken(token).balanceOf(STRANGER), amount);
        vm.deal(address(executor), 7);
        expect(OWNER, abi.encodeCall(IExecutor.sweep, (address(0), STRANGER, 7)), 0);
        vm.assertEq(STRANGER.balance, 7);
    }

    function testFuzz_ownerAndOperatorPauseAndOnlyTheOwnerUnpauses(address sender) public {
        vm.assume(sender != OWNER && sender != OPERATOR);
        bytes memory pause = abi.encodeCall(IExecutor.pause, ());
        bytes memory unpause = abi.encodeCall(IExecutor.unpause, ());
        expect(sender, pause, NotOperator.selector);
        vm.assertFalse(executor.paused(), "a stranger paused");
        address[2] memory may = [OPERATOR, OWNER];
        for (uint256 i = 0; i < 2; ++i) {
            expect(may[i], pause, 0);
            vm.assertTrue(executor.paused(), "paused");
            expect(sender, unpause, NotOwner.selector);
            expect(OPERATOR, unpause, NotOwner.selector);
            vm.assertTrue(executor.paused(), "still paused");
            expect(OWNER, unpause, 0);
            vm.assertFalse(executor.paused(), "unpaused");
        }
    }

    function test_whilePausedNothingMoves() public {
        vm.deal(address(executor), 5);
        bytes memory program = abi.encodePacked(header(address(0), 0, 0), transferStep(token, STRANGER, 1));
        expect(OPERATOR, abi.encodeCall(IExecutor.pause, ()), 0);
        mustFail(program, IsPaused.selector);
        mustFail(header(address(0), 0, 0), IsPaused.selector);
        expect(OWNER, abi.encodeCall(IExecutor.sweep, (token, OWNER, 1)), IsPaused.selector);
        expect(OWNER, abi.encodeCall(IExecutor.sweep, (address(0), OWNER, 1)), IsPaused.selector);
        // Naming another operator is allowed: it is what a leaked key calls for. It moves nothing.
        expect(OWNER, abi.encodeCall(IExecutor.setOperator, (STRANGER)), 0);
        mustFailFor(STRANGER, program, IsPaused.selector);
        vm.assertEq(held(token), 100);
        vm.assertEq(held(address(0)), 5);
        expect(OWNER, abi.encodeCall(IExecutor.unpause, ()), 0);
        (bool done,) = attempt(STRANGER, program);
        vm.assertTrue(done, "unpaused");
    }
}
