// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// Deploys a contract whose constructor asks its deployer for parameters, and answers every call with them.
contract AnyDeployer {
    bytes private answer;

    function create(bytes calldata code, bytes calldata parameters) external returns (address made) {
        answer = parameters;
        bytes memory creation = code;
        assembly {
            made := create(0, add(creation, 32), mload(creation))
        }
        require(made != address(0), "creation failed");
    }

    function answerFromNowOn(bytes calldata words) external {
        answer = words;
    }

    fallback(bytes calldata) external returns (bytes memory) {
        return answer;
    }
}
