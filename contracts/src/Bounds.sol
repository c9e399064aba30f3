// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {AskedTooMuch} from "./Errors.sol";

// What a callback may ask for. Proved by proofs/BoundsModel.sol.

/// What a V3 pool is paid: the delta that is positive (the other is what it pays out), at most the step's amount, which is below
/// 2^128.
function boundedPayment(int256 delta0, int256 delta1, uint256 most) pure returns (uint256) {
    int256 owed = delta0 > delta1 ? delta0 : delta1;
    if (uint256(owed) > most) revert AskedTooMuch(); // also where both are negative: that is above 2^255
    return uint256(owed);
}

/// What a lender gets back: the step's amount and a fee of at most a 64th of it, which is above V3's 1 % tier and far above every other
/// lender's.
function boundedRepayment(uint256 amount, uint256 fee) pure returns (uint256) {
    if (fee > amount / 64) revert AskedTooMuch();
    return amount + fee;
}
