// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

// Why a run was refused. A pool's, lender's or target's own revert data is passed on unchanged instead.

error NotOwner();
error NotOperator();
error IsPaused();
/// A run or a sweep is under way in this very transaction.
error Busy();
/// An unknown step, a flag that the step does not have, or a step that runs over the program's end.
error MalformedProgram();
/// A call that no function takes and that is not the callback under way from the address that owes it, with its data.
error UnexpectedCallback();
/// A pool or lender returned without the callback that it was called for.
error CallbackMissing();
/// A pool asks for more than the step's amount, or a lender for a fee above a 64th of the loan.
error AskedTooMuch();
error NoCode(address target);
/// A token call failed without a reason, answered false, or answered nothing where it must.
error TokenRefused(address token);
error NativeTransferFailed(address to);
error InsufficientGrowth(uint256 balanceBefore, uint256 balanceAfter);
