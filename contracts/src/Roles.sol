// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IsPaused, NotOperator, NotOwner} from "./Errors.sol";
import {Guard} from "./Guard.sol";

/// Who may do what. The owner (a cold key or a multisig) names the operator, ends a pause and sweeps; the operator (a hot key)
/// runs programs and may pause. While paused nothing moves, not even for the owner: the owner ends the pause first.
/// The owner is fixed: the contract keeps nothing that a new deployment would miss, and no call can take it over.
abstract contract Roles is Guard {
    address public immutable owner;
    /// Shares one storage slot with `paused`: a run reads both for the price of one.
    address public operator;
    bool public paused;

    event OperatorSet(address indexed operator);
    event Paused(address indexed by);
    event Unpaused();

    constructor(address owner_, address operator_) {
        owner = owner_;
        operator = operator_;
        emit OperatorSet(operator_);
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        _;
    }

    modifier onlyOperator() {
        if (msg.sender != operator) revert NotOperator();
        _;
    }

    modifier whenNotPaused() {
        if (paused) revert IsPaused();
        _;
    }

    /// The zero address means that nobody is operator.
    function setOperator(address operator_) external onlyOwner whenIdle {
        operator = operator_;
        emit OperatorSet(operator_);
    }

    /// Idle only, so that "paused" and "running" never hold together. This delays no emergency: a run never outlives its
    /// transaction.
    function pause() external whenIdle {
        if (msg.sender != operator && msg.sender != owner) revert NotOperator();
        paused = true;
        emit Paused(msg.sender);
    }

    function unpause() external onlyOwner whenIdle {
        paused = false;
        emit Unpaused();
    }
}
