// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ExecutorBase} from "./ExecutorBase.sol";

/// The executor for chains and recorded blocks before Cancun; compiled for Istanbul. Its guard is a storage slot, never zero:
/// changing it costs a quarter of setting it from zero.
contract ExecutorLegacy is ExecutorBase {
    uint256 private word = IDLE;

    constructor(address owner_, address operator_, address wrappedNative_)
        ExecutorBase(owner_, operator_, wrappedNative_)
    {}

    function _guard() internal view override returns (uint256) {
        return word;
    }

    function _setGuard(uint256 word_) internal override {
        word = word_;
    }
}
