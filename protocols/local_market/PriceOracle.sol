// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// The prices that the lenders go by, in wei for one whole token, as its updater tells them, and whoever deployed it the first ones.
contract PriceOracle {
    address private immutable owner = msg.sender;
    address private immutable updater;
    mapping(address => uint256) public priceOf;

    event Updated(address indexed token, uint256 price);

    constructor(address updater_) {
        updater = updater_;
    }

    function update(address[] calldata tokens, uint256[] calldata prices) external {
        require(msg.sender == updater || msg.sender == owner, "not the updater");
        for (uint256 i = 0; i < tokens.length; ++i) {
            priceOf[tokens[i]] = prices[i];
            emit Updated(tokens[i], prices[i]);
        }
    }
}

/// One token's price in the form of a Chainlink aggregator: Aave.
contract ChainlinkFeed {
    PriceOracle private immutable oracle;
    address private immutable token;

    constructor(PriceOracle oracle_, address token_) {
        (oracle, token) = (oracle_, token_);
    }

    function decimals() external pure returns (uint8) {
        return 18;
    }

    function latestAnswer() external view returns (int256) {
        return int256(oracle.priceOf(token));
    }

    function latestTimestamp() external view returns (uint256) {
        return block.timestamp;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, int256(oracle.priceOf(token)), block.timestamp, block.timestamp, 1);
    }
}

/// One unit of the collateral in units of the loan token, times 10^36: Morpho Blue. `scale`: 10^(36 + decimals of the loan token -
/// decimals of the collateral).
contract MorphoFeed {
    PriceOracle private immutable oracle;
    address private immutable collateral;
    address private immutable loan;
    uint256 private immutable scale;

    constructor(PriceOracle oracle_, address collateral_, address loan_, uint256 scale_) {
        (oracle, collateral, loan, scale) = (oracle_, collateral_, loan_, scale_);
    }

    function price() external view returns (uint256) {
        return oracle.priceOf(collateral) * scale / oracle.priceOf(loan);
    }
}
