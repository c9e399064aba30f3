// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Base} from "./support/Base.sol";
import {HookToken, HostilePool, Puppet} from "./support/Hostile.sol";
import {Family, Market} from "./support/Market.sol";
import {IExecutor} from "./support/Protocols.sol";
import "./support/Steps.sol";
import {IToken} from "./support/Tokens.sol";
import {vm} from "./support/Vm.sol";

/// What anybody may try, in any order, for the fuzzer to choose from. It keeps a model beside the executor: who is operator, whether it is
/// paused, and what it must hold.
contract Handler is Market {
    uint256 private constant NAMED = 1e15;

    HostilePool private pool = new HostilePool();
    HookToken private hook = new HookToken();
    address[5] private actors;
    address[6] private assets;

    address public operatorModel = OPERATOR;
    bool public pausedModel;
    /// What the executor must hold of each asset, after what the operator and the owner rightly moved.
    uint256[6] public owned;
    /// Something that may never happen, happened: what it was.
    string public broken;
    uint256 public runs;
    uint256 public gains;
    uint256 public refused;

    /// Not a constructor: V3 calls the handler back.
    function deploy() external {
        deployMarket();
        deployExecutor(OPERATOR, weth);
        assets = [address(0), weth, silent, flash, plain, address(hook)];
        actors = [OWNER, OPERATOR, STRANGER, address(pool), address(executor)];
        for (uint256 i = 1; i < 5; ++i) {
            send(assets[i], address(executor), 1e21);
        }
        hook.mint(address(executor), 1e21);
        vm.deal(address(executor), 1e21);
        for (uint256 i = 0; i < 6; ++i) {
            owned[i] = held(assets[i]);
        }
    }

    function target() external view returns (IExecutor) {
        return executor;
    }

    function asset(uint256 i) external view returns (address) {
        return assets[i];
    }

    function spender(uint256 i) external view returns (address) {
        return [address(pool), address(vault), STRANGER][i];
    }

    function breaks(bool condition, string memory what) private {
        if (condition) broken = what;
    }

    function count() private {
        for (uint256 i = 0; i < 6; ++i) {
            owned[i] = held(assets[i]);
        }
    }

    /// Any call by anybody: a function with any arguments, or any callback with a program that empties the executor.
    function call(uint256 who, uint256 what, bytes calldata any) external {
        address sender = actors[who % 5];
        bytes memory theft = transferStep(assets[what % 6], STRANGER, held(assets[what % 6]));
        bytes memory data = any;
        if (what % 4 == 1) {
            uint256[5] memory words;
            words[(what >> 8) % 5] = 160;
            data = abi.encodePacked(bytes4(uint32(what >> 16)), words, theft.length, theft);
        } else if (what % 4 == 2) {
            if (sender == operatorModel) return; // its runs are below
            data = abi.encodePacked(IExecutor.run.selector, header(address(0), 0, 0), theft);
        }
        bytes4 selector = bytes4(data);
        bool known = selector == IExecutor.setOperator.selector || selector == IExecutor.pause.selector
            || selector == IExecutor.unpause.selector || selector == IExecutor.sweep.selector
            || selector == IExecutor.owner.selector || selector == IExecutor.operator.selector
            || selector == IExecutor.paused.selector || selector == IExecutor.wrappedNative.selector;
        if (known || data.length == 0) return;
        vm.prank(sender);
        (bool done,) = address(executor).call(data);
        breaks(done, "a call of nobody's was taken");
        ++refused;
    }

    function setOperator(uint256 who, uint256 next) external {
        address sender = actors[who % 5];
        vm.prank(sender);
        (bool done,) = address(executor).call(abi.encodeCall(IExecutor.setOperator, (actors[next % 2 + 1])));
        breaks(done != (sender == OWNER), "setOperator");
        if (done) operatorModel = actors[next % 2 + 1];
    }

    function pause(uint256 who) external {
        address sender = actors[who % 16 < 2 ? who % 16 : 2 + who % 3]; // seldom those who may
        vm.prank(sender);
        (bool done,) = address(executor).call(abi.encodeCall(IExecutor.pause, ()));
        breaks(done != (sender == OWNER || sender == operatorModel), "pause");
        if (done) pausedModel = true;
    }

    function unpause(uint256 who) external {
        address sender = actors[who % 2]; // mostly the owner, or the fuzzer would see little else than a pause
        vm.prank(sender);
        (bool done,) = address(executor).call(abi.encodeCall(IExecutor.unpause, ()));
        breaks(done != (sender == OWNER), "unpause");
        if (done) pausedModel = false;
    }

    function sweep(uint256 who, uint256 which, uint256 amount) external {
        address sender = actors[who % 5];
        uint256 i = which % 6;
        amount = within(amount, 0, held(assets[i]) / 10);
        vm.prank(sender);
        (bool done,) = address(executor).call(abi.encodeCall(IExecutor.sweep, (assets[i], STRANGER, amount)));
        breaks(done != (sender == OWNER && !pausedModel), "sweep");
        if (!done) return;
        breaks(held(assets[i]) != owned[i] - amount, "a sweep moved another amount");
        count();
    }

    /// A cycle of two swaps by V2's flash swap, by anybody: it runs for the operator alone, unpaused, and only if it gains.
    function cycle(uint256 who, uint256 from, uint256 to, uint256 amount, bool v3First) external {
        address sender = actors[who % 2 == 0 ? 1 : (who >> 8) % 5];
        address a = tokens[from % 4];
        address b = tokens[(from % 4 + 1 + to % 3) % 4];
        amount = within(amount, 1e15, 1e20);
        uint256 start = vm.snapshotState();
        uint256 middle = swap(v3First ? Family.v3 : Family.v2, a, b, amount);
        uint256 end = swap(v3First ? Family.v2 : Family.v3, b, a, middle);
        vm.revertToState(start);
        bytes memory steps = v3First ? v3Cycle(a, b, amount, middle, end) : v2Cycle(a, b, amount, middle);
        uint256 growth = end > amount ? end - amount : 0;
        (bool done,) = attempt(sender, abi.encodePacked(header(a, growth, 0), steps));
        breaks(done != (sender == operatorModel && !pausedModel && end >= amount), "a run that should not, or should");
        if (!done) return;
        for (uint256 i = 0; i < 6; ++i) {
            breaks(held(assets[i]) != owned[i] + (assets[i] == a ? growth : 0), "a run left another balance");
        }
        count();
        ++runs;
        if (growth > 0) ++gains;
    }

    function v2Cycle(address a, address b, uint256 amount, uint256 middle) private view returns (bytes memory) {
        address pair = poolOf(Family.v2, a, b);
        bytes memory back = v3Step(poolOf(Family.v3, a, b), b < a, b, middle);
        return v2Flash(pair, a < b, middle, abi.encodePacked(back, transferStep(a, pair, amount)));
    }

    function v3Cycle(address a, address b, uint256 amount, uint256 middle, uint256 end)
        private
        view
        returns (bytes memory)
    {
        address pair = poolOf(Family.v2, a, b);
        bytes memory back = abi.encodePacked(transferStep(b, pair, middle), v2Step(pair, b < a, end));
        return v3Flash(poolOf(Family.v3, a, b), a < b, a, amount, back);
    }

    /// The operator runs into a hostile pool or token. Each gets at most what the program names, and the profit token never shrinks.
    function trap(uint256 kind, uint256 mode, uint256 asked, uint256 which, uint256 callee) external {
        uint256 i = 1 + which % 5;
        pool.become(HostilePool.Mode(mode % 9), within(asked, 0, 2 * NAMED));
        bytes memory theft = transferStep(assets[i], STRANGER, held(assets[i]));
        bytes[3] memory inner = [
            abi.encodePacked(IExecutor.run.selector, header(address(0), 0, 0), theft),
            abi.encodeCall(IExecutor.sweep, (assets[i], STRANGER, 1)),
            abi.encodePacked(bytes4(0x10d1e85c), uint256(0), uint256(0), uint256(0), uint256(128), theft.length, theft)
        ];
        // The executor's own puppet is nobody: what it calls must fail, and does so without failing the transfer.
        hook.onTransfer(new Puppet(), address(executor), inner[callee % 3]);
        bytes memory nested = abi.encodePacked(transferStep(address(hook), BUILDER, 1));
        address token = assets[i];
        bytes memory step = kind % 9 == 0
            ? v2Flash(address(pool), true, NAMED, nested)
            : kind % 9 == 1
                ? v3Flash(address(pool), mode % 2 == 0, token, NAMED, nested)
                : kind % 9 == 2
                    ? unlockStep(address(pool), nested)
                    : loanStep(kind % 9 == 8 ? 0xb4 : uint8(0x30 + kind % 9 - 3), address(pool), token, NAMED, nested);
        (bool done,) = attempt(operatorModel, abi.encodePacked(header(address(0), 0, 0), step));
        breaks(done && pausedModel, "a run while paused");
        for (uint256 j = 0; j < 6; ++j) {
            uint256 most = !done ? 0 : (j == 5 ? 1 : 0) + (j == i ? NAMED + NAMED / 64 : 0);
            breaks(held(assets[j]) + most < owned[j], "a hostile pool got more than the program names");
        }
        count();
        if (done) ++runs;
        hook.onTransfer(Puppet(payable(address(0))), address(0), "");
    }

    /// After any run the contract is idle: the operator can run again.
    function idle() external returns (bool done) {
        (done,) = attempt(operatorModel, header(address(0), 0, 0));
    }
}

contract InvariantsTest is Base {
    Handler private handler;

    function setUp() public {
        handler = new Handler();
        handler.deploy();
        executor = handler.target();
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        bytes4[] memory selectors = new bytes4[](7);
        selectors[0] = Handler.call.selector;
        selectors[1] = Handler.setOperator.selector;
        selectors[2] = Handler.pause.selector;
        selectors[3] = Handler.unpause.selector;
        selectors[4] = Handler.sweep.selector;
        selectors[5] = Handler.cycle.selector;
        selectors[6] = Handler.trap.selector;
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_nothingThatMayNeverHappenHappened() public view {
        vm.assertEq(bytes(handler.broken()), "");
    }

    function invariant_onlyOperatorAndOwnerMoveFunds() public view {
        for (uint256 i = 0; i < 6; ++i) {
            vm.assertEq(held(handler.asset(i)), handler.owned(i), "a balance");
        }
    }

    function invariant_rolesFollowTheModel() public view {
        vm.assertEq(executor.owner(), OWNER);
        vm.assertEq(executor.operator(), handler.operatorModel());
        vm.assertTrue(executor.paused() == handler.pausedModel(), "paused");
    }

    function invariant_noAllowanceIsLeft() public view {
        for (uint256 i = 1; i < 6; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                uint256 left = IToken(handler.asset(i)).allowance(address(executor), handler.spender(j));
                vm.assertEq(left, 0, "an allowance");
            }
        }
    }

    function invariant_idleAfterEveryCall() public {
        vm.assertTrue(handler.idle() != handler.pausedModel(), "idle and unpaused, or not");
    }

    /// What the fuzzer is given to choose from reaches runs, gains and refusals.
    function test_handlerReachesGains() public {
        for (uint256 i = 0; i < 40; ++i) {
            uint256 any = uint256(keccak256(abi.encode(i)));
            handler.call(any, any >> 8, abi.encode(any));
            handler.cycle(0, any >> 16, any >> 24, any >> 32, any % 2 == 0);
            handler.trap(any >> 40, any >> 48, any >> 56, any >> 64, any >> 72);
        }
        vm.assertGt(handler.refused(), 10, "refusals");
        vm.assertGt(handler.gains(), 5, "gains");
        vm.assertGt(handler.runs(), handler.gains() + 5, "runs into a trap");
        vm.assertEq(bytes(handler.broken()), "");
    }
}
