// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Busy, CallbackMissing, UnexpectedCallback} from "./Errors.sol";

/// One word says what the contract is doing: nothing, running, or waiting for one certain callback.
/// Where the word lives is the only difference between the builds of the executor.
abstract contract Guard {
    /// Nothing under way. Transient storage starts at 0 and storage at IDLE, so both count as idle.
    uint256 internal constant IDLE = 1;
    /// A run or sweep is under way and no callback is due. Any larger word is the callback that is due (Callbacks.sol).
    uint256 internal constant RUNNING = 2;

    function _guard() internal view virtual returns (uint256);
    function _setGuard(uint256 word) internal virtual;

    /// For functions that may not be entered while a run is under way.
    modifier whenIdle() {
        if (_guard() > IDLE) revert Busy();
        _;
    }

    /// Marks the whole function as a run: until it returns, nothing marked whenIdle or exclusive can be entered.
    modifier exclusive() {
        if (_guard() > IDLE) revert Busy();
        _setGuard(RUNNING);
        _;
        _setGuard(IDLE);
    }

    /// Makes `callback` due: a word above RUNNING that says who calls back and with what (Callbacks.sol).
    function _expect(uint256 callback) internal {
        _setGuard(callback);
    }

    /// The callback that is due.
    function _due() internal view returns (uint256 due) {
        due = _guard();
        if (due <= RUNNING) revert UnexpectedCallback();
    }

    /// Takes the callback that is due; no other one, and none a second time.
    function _take(uint256 due, uint256 callback) internal {
        if (callback != due) revert UnexpectedCallback();
        _setGuard(RUNNING);
    }

    /// After a call that owed a callback.
    function _requireTaken() internal view {
        if (_guard() != RUNNING) revert CallbackMissing();
    }
}
