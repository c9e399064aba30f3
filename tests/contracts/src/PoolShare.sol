// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// A pool's share token that anybody may mint and burn, as Curve's pools call it.
contract PoolShare {
    uint256 public totalSupply;

    function mint(address, uint256 value) external returns (bool) {
        totalSupply += value;
        return true;
    }

    function burnFrom(address, uint256 value) external returns (bool) {
        totalSupply -= value;
        return true;
    }
}
