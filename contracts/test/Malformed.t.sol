// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {InsufficientGrowth, MalformedProgram} from "../src/Errors.sol";
import {Family, Market} from "./support/Market.sol";
import {IExecutor} from "./support/Protocols.sol";
import "./support/Steps.sol";
import {vm} from "./support/Vm.sol";

/// Programs that are no programs. The executor holds an inventory of every token and of native coin, and keeps it.
contract MalformedTest is Market {
    uint256 private constant INVENTORY = 1e21;

    bytes private good; // a flash swap with a second one inside, which gains

    function setUp() public {
        deployMarket();
        deployMorpho();
        deployExecutor(OPERATOR, weth);
        for (uint256 i = 0; i < 4; ++i) {
            send(tokens[i], address(executor), INVENTORY);
        }
        vm.deal(address(executor), INVENTORY);
        good = gaining();
        uint256 start = vm.snapshotState();
        mustRun(good);
        vm.revertToState(start);
    }

    /// weth -> plain -> weth: V2 pays first, V3 inside it is paid by the callback; around both a loan that nobody needs.
    function gaining() private returns (bytes memory) {
        for (uint256 i = 0; i < 2; ++i) {
            (address a, address b) = i == 0 ? (weth, plain) : (plain, weth);
            uint256 start = vm.snapshotState();
            uint256 middle = swap(Family.v2, a, b, 1e18);
            uint256 end = swap(Family.v3, b, a, middle);
            vm.revertToState(start);
            if (end <= 1e18) continue;
            address pair = poolOf(Family.v2, a, b);
            address pool = poolOf(Family.v3, a, b);
            bytes memory nested = abi.encodePacked(v3Step(pool, b < a, b, middle), transferStep(a, pair, 1e18));
            bytes memory steps = v2Flash(pair, a < b, middle, nested);
            return abi.encodePacked(header(a, end - 1e18, 0), loanStep(0x32, morpho, silent, 5, steps));
        }
        revert("no cycle gains");
    }

    function unmoved() private view returns (bool same) {
        same = held(address(0)) == INVENTORY;
        for (uint256 i = 0; i < 4; ++i) {
            same = same && held(tokens[i]) == INVENTORY;
        }
    }

    function test_everyPrefixReverts() public {
        for (uint256 size = 0; size < good.length; ++size) {
            bytes memory program = good;
            assembly {
                mstore(program, size)
            }
            (bool done,) = attempt(OPERATOR, program);
            vm.assertFalse(done, "a prefix ran");
        }
        vm.assertTrue(unmoved(), "something moved");
    }

    function testFuzz_trailingBytesRevert(bytes calldata more) public {
        vm.assume(more.length > 0);
        (bool done,) = attempt(OPERATOR, abi.encodePacked(good, more));
        vm.assertFalse(done, "bytes behind the end were ignored");
        mustFail(abi.encodePacked(good, uint8(0)), MalformedProgram.selector);
    }

    /// Every op that is not in the table, with a body of zeros as long as each of the steps has it: a transfer of nothing, for one,
    /// would run.
    function test_unknownOpsRevert() public {
        bool[256] memory known;
        uint8[5] memory plainOps = [0x01, 0x02, 0x03, 0x0b, 0x28];
        for (uint256 i = 0; i < 5; ++i) {
            known[plainOps[i]] = true;
        }
        for (uint256 flags = 0; flags < 256; flags += 32) {
            known[0x04 | flags] = known[0x05 | flags] = true;
        }
        for (uint256 flip = 0; flip <= 0x80; flip += 0x80) {
            known[0x06 | flip] = known[0x09 | flip] = known[0x34 | flip] = true;
        }
        for (uint256 to = 0; to <= 0x40; to += 0x40) {
            known[0x07 | to] = known[0x0a | to] = true;
        }
        for (uint256 loan = 0x30; loan < 0x34; ++loan) {
            known[loan] = true;
        }
        uint8[13] memory sizes = [0, 22, 34, 36, 54, 56, 57, 58, 76, 77, 88, 102, 108];
        for (uint256 op = 0; op < 256; ++op) {
            if (known[op]) continue;
            for (uint256 i = 0; i < sizes.length; ++i) {
                mustFail(
                    abi.encodePacked(header(weth, 0, 0), uint8(op), new bytes(sizes[i])), MalformedProgram.selector
                );
            }
        }
    }

    /// A nested program that claims to be longer than what is around it.
    function test_nestedProgramOverTheEnd() public {
        bytes memory step = loanStep(0x32, morpho, silent, 5, transferStep(weth, STRANGER, 1));
        for (uint256 more = 1; more < 300; ++more) {
            bytes memory longer = step;
            longer[57] = bytes1(uint8((57 + more) >> 8));
            longer[58] = bytes1(uint8(57 + more));
            (bool done,) = attempt(OPERATOR, abi.encodePacked(header(address(0), 0, 0), longer));
            vm.assertFalse(done, "it ran over the end");
        }
        vm.assertTrue(unmoved(), "something moved");
    }

    /// One byte of a good program is another. It may still be a program: then the profit token grew as the header says,
    /// and otherwise nothing moved.
    function testFuzz_changedByte(uint256 at, uint8 to) public {
        bytes memory program = good;
        program[within(at, 0, good.length - 1)] = bytes1(to);
        address token = address(bytes20(program));
        (bool known, uint256 before) = balance(token);
        (bool done,) = attempt(OPERATOR, program);
        if (!done) {
            vm.assertTrue(unmoved(), "something moved");
        } else if (known) {
            (, uint256 afterwards) = balance(token);
            uint256 growth = uint128(bytes16(slice(program, 20)));
            vm.assertGe(afterwards, before + growth, "the gain");
        }
    }

    function testFuzz_anyBytes(bytes calldata program) public {
        (bool done,) = attempt(OPERATOR, program);
        vm.assertTrue(!done || program.length == 48, "random bytes ran");
        vm.assertTrue(unmoved(), "something moved");
    }

    /// Random steps that begin with an op of the table: far into the interpreter, and still no run.
    function testFuzz_anyBodies(uint256 seed, bytes calldata body) public {
        uint8[16] memory ops =
            [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x28, 0x09, 0x0a, 0x0b, 0x30, 0x31, 0x32, 0x33, 0x34];
        bytes memory program =
            abi.encodePacked(header(weth, 1, 0), ops[seed % 16], poolOf(Family.v2, weth, plain), body);
        (bool done,) = attempt(OPERATOR, program);
        vm.assertFalse(done, "a random step gained");
        vm.assertTrue(unmoved(), "something moved");
    }

    function test_emptyCalldata() public {
        vm.prank(OPERATOR);
        (bool done, bytes memory answer) = address(executor).call(abi.encodePacked(IExecutor.run.selector));
        vm.assertFalse(done, "a run without a header");
        vm.assertEq(bytes32(bytes4(answer)), bytes32(MalformedProgram.selector), "the reason");
    }

    /// The header's minimum cannot wrap around the balance.
    function test_growthIsNotWrapped() public {
        mustFail(abi.encodePacked(header(weth, type(uint128).max, 0), ""), InsufficientGrowth.selector);
    }

    function balance(address token) private view returns (bool known, uint256 amount) {
        if (token == address(0)) return (true, held(token));
        for (uint256 i = 0; i < 4; ++i) {
            if (tokens[i] == token) return (true, held(token));
        }
    }

    function slice(bytes memory from, uint256 at) private pure returns (bytes32 word) {
        assembly {
            word := mload(add(add(from, 0x20), at))
        }
    }
}
