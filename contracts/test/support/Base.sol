// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IExecutor} from "./Protocols.sol";
import {IToken} from "./Tokens.sol";
import {vm} from "./Vm.sol";

/// The executor as it is shipped (the bytecode that the build wrote), its two roles, and contracts from npm. Every test runs once for
/// each build: OSPREY_EXECUTOR is Executor or ExecutorLegacy.
abstract contract Base {
    address internal constant OWNER = address(0x00e1);
    address internal constant OPERATOR = address(0x00e2);
    address internal constant STRANGER = address(0x00e3);
    address internal constant BUILDER = address(0x00e4);
    string internal constant NPM = "../protocols/node_modules/";

    IExecutor internal executor;

    function buildFolder() internal view returns (string memory) {
        return vm.envOr("OSPREY_BUILD", string("../build/release"));
    }

    function executorBuild() internal view returns (string memory) {
        return vm.envOr("OSPREY_EXECUTOR", string("Executor"));
    }

    function deployExecutor(address operator, address wrappedNative) internal {
        bytes memory code = code_(string.concat(buildFolder(), "/contracts/", executorBuild(), ".json"), ".bytecode");
        executor = IExecutor(create(abi.encodePacked(code, abi.encode(OWNER, operator, wrappedNative))));
    }

    function npm(string memory path) internal view returns (bytes memory) {
        return code_(string.concat(NPM, path), ".bytecode");
    }

    /// Creation code in a JSON file, with or without 0x.
    function code_(string memory path, string memory key) internal view returns (bytes memory) {
        return vm.parseBytes(text(path, key));
    }

    function text(string memory path, string memory key) internal view returns (string memory hexadecimal) {
        hexadecimal = vm.parseJsonString(vm.readFile(path), key);
        bytes memory raw = bytes(hexadecimal);
        if (raw[0] != "0" || raw[1] != "x") hexadecimal = string.concat("0x", hexadecimal);
    }

    function create(bytes memory code) internal returns (address made) {
        assembly {
            made := create(0, add(code, 0x20), mload(code))
        }
        require(made != address(0), "deployment failed");
    }

    /// run() by `sender` of header and steps.
    function attempt(address sender, bytes memory program) internal returns (bool done, bytes memory answer) {
        vm.prank(sender);
        return address(executor).call(abi.encodePacked(IExecutor.run.selector, program));
    }

    function mustRun(bytes memory program) internal {
        (bool done, bytes memory answer) = attempt(OPERATOR, program);
        if (!done) {
            assembly {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }

    function mustFail(bytes memory program, bytes4 reason) internal {
        mustFailFor(OPERATOR, program, reason);
    }

    function mustFailFor(address sender, bytes memory program, bytes4 reason) internal {
        (bool done, bytes memory answer) = attempt(sender, program);
        vm.assertFalse(done, "the run succeeded");
        vm.assertEq(bytes32(bytes4(answer)), bytes32(reason), "it failed for another reason");
    }

    function held(address token) internal view returns (uint256) {
        return token == address(0) ? address(executor).balance : IToken(token).balanceOf(address(executor));
    }

    /// A number in [low, high] made of any number.
    function within(uint256 any, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + any % (high - low + 1);
    }
}
