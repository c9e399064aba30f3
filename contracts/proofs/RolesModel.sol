// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Roles} from "../src/Roles.sol";

/// Anything that a run may call: a pool, a token, a lender, the builder. Nothing is known of it.
interface IUnknown {
    function act() external;
}

/// Roles and guard as they are in src/, around a call of the unknown in the place of a run's steps. solc's model checker lets the unknown
/// call back into any function, as any sender, in any order and any number of times, and proves that no assertion can fail (prove.mjs).
/// `running` follows what happens and is read by assertions only.
contract RolesModel is Roles {
    uint256 private word = IDLE;
    bool private running;

    constructor(address owner_, address operator_) Roles(owner_, operator_) {}

    function _guard() internal view override returns (uint256) {
        return word;
    }

    function _setGuard(uint256 word_) internal override {
        word = word_;
    }

    function run(IUnknown pool) external onlyOperator whenNotPaused exclusive {
        assert(!running); // no run inside a run or sweep
        assert(msg.sender == operator); // by the operator alone
        running = true;
        address operatorBefore = operator;
        pool.act();
        assert(operator == operatorBefore); // nobody changes roles in it
        assert(!paused); // nor pauses
        running = false;
    }

    function sweep(IUnknown token) external onlyOwner whenNotPaused exclusive {
        assert(!running); // no sweep inside a run or sweep
        assert(msg.sender == owner); // by the owner alone
        running = true;
        token.act();
        assert(!paused); // no pause in it
        running = false;
    }

    /// At any time, in and between calls.
    function always() external view {
        assert(!paused || !running); // while paused nothing moves
        assert(running == (word > IDLE)); // a callback is accepted only with the guard above IDLE: in a run
    }
}
