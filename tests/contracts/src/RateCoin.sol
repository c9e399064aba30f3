// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import "./Token.sol";

/// A coin with a rate in its storage, as renBTC has one.
contract RateCoin is Token {
    uint256 public exchangeRateCurrent = 1e18;

    constructor(uint8 decimals_) Token(decimals_) {}
}
