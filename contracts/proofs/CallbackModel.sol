// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Guard} from "../src/Guard.sol";
import {IUnknown} from "./RolesModel.sol";

/// A run that makes callbacks due, and the callbacks, around the guard as it is in src/. See RolesModel for how it is proved.
contract CallbackModel is Guard {
    uint256 private word = IDLE;
    bool private running;
    /// The callback that is due; 0: none.
    uint256 private owed;

    function _guard() internal view override returns (uint256) {
        return word;
    }

    function _setGuard(uint256 word_) internal override {
        word = word_;
    }

    function run(IUnknown pool, uint256 callback_) external exclusive {
        require(callback_ > RUNNING); // as every class of Callbacks.sol is
        running = true;
        owed = callback_;
        _expect(callback_);
        pool.act();
        _requireTaken();
        assert(owed == 0); // what was due was taken
        running = false;
    }

    function callback(uint256 claimed) external {
        uint256 due = _due();
        _take(due, claimed);
        assert(running); // only in a run
        assert(claimed == owed); // only the one that is due, and only once
        owed = 0;
    }

    /// A callback whose nested program makes another one due.
    function callbackWithNested(IUnknown pool, uint256 claimed, uint256 next) external {
        uint256 due = _due();
        _take(due, claimed);
        assert(running);
        assert(claimed == owed);
        require(next > RUNNING);
        owed = next;
        _expect(next);
        pool.act();
        _requireTaken();
        assert(owed == 0); // the inner one was taken, and the outer one stays so
    }
}
