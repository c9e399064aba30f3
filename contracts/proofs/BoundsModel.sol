// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {boundedPayment, boundedRepayment} from "../src/Bounds.sol";

/// The bounds of what a callback may ask for, whatever it says. Amounts are below 2^128, as 16 bytes are.
contract BoundsModel {
    function payment(int256 delta0, int256 delta1, uint128 most) external pure {
        uint256 paid = boundedPayment(delta0, delta1, most);
        assert(paid <= most); // a V3 pool gets at most the step's amount
        assert(int256(paid) == delta0 || int256(paid) == delta1); // and what it asked for
        assert(int256(paid) >= delta0 && int256(paid) >= delta1); // the larger of the two
    }

    function repayment(uint128 amount, uint256 fee) external pure {
        uint256 paid = boundedRepayment(amount, fee);
        assert(paid - amount <= amount / 64); // a fee is at most a 64th of the loan
        assert(paid - amount == fee); // and what the lender asked for: nothing wraps
    }
}
