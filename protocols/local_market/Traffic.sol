// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// Everybody else on the chain: uses up gas, without the work that it would be.
contract Traffic {
    function use(uint256 amount) external {
        (bool done,) = address(this).call{gas: amount}(abi.encodeCall(this.burn, ()));
        require(!done, "gas was left");
    }

    function burn() external pure {
        assembly {
            invalid()
        }
    }
}
