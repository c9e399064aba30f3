// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// A rate that anybody may set; 0 makes it revert.
contract RateProvider {
    uint256 private rate = 1e18;

    function set(uint256 rate_) external {
        rate = rate_;
    }

    function getRate() external view returns (uint256) {
        require(rate != 0, "no rate");
        return rate;
    }
}
