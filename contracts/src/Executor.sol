// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ExecutorBase} from "./ExecutorBase.sol";

/// The executor for chains with transient storage (EIP-1153, Cancun and later).
contract Executor is ExecutorBase {
    uint256 private transient word;

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
