// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {approveToken, callChecked, ownBalance, scratch, sendNative, transferToken, unwrap} from "./Calls.sol";
import {InsufficientGrowth, MalformedProgram} from "./Errors.sol";
import {Loans} from "./Loans.sol";
import {
    AAVE_V3_LOAN,
    APPROVE,
    BALANCER_LOAN,
    BALANCER_SWAP,
    CALL,
    CURVE_SWAP,
    ERC3156_LOAN,
    FLIP,
    HEADER_SIZE,
    KIND,
    MORPHO_LOAN,
    NESTED,
    RECIPIENT,
    TERMS_SIZE,
    TRANSFER,
    V2_SWAP,
    V3_LOAN,
    V3_SWAP,
    V4_SETTLE,
    V4_SWAP,
    V4_TAKE,
    V4_UNLOCK,
    addressAt,
    amountAt,
    byteAt,
    sizeAt,
    weiAt
} from "./Program.sol";
import {Roles} from "./Roles.sol";
import {UniswapV4} from "./UniswapV4.sol";

/// Runs the operator's program, a packed list of steps (docs/executor.md), and reverts unless it leaves the stated gain.
abstract contract ExecutorBase is Roles, UniswapV4, Loans {
    address public immutable wrappedNative;

    constructor(address owner_, address operator_, address wrappedNative_) Roles(owner_, operator_) {
        wrappedNative = wrappedNative_;
    }

    receive() external payable {}

    /// The program stands behind the selector, without ABI encoding: profit_token ‖ min_growth ‖ payment ‖ steps.
    function run() external payable onlyOperator whenNotPaused exclusive {
        address profitToken = addressAt(4);
        uint256 balanceBefore = ownBalance(profitToken);
        _execute(4 + HEADER_SIZE, msg.data.length);
        _payBuilder(weiAt(40));
        uint256 balanceAfter = ownBalance(profitToken);
        if (balanceAfter < balanceBefore + amountAt(24)) revert InsufficientGrowth(balanceBefore, balanceAfter);
    }

    /// Moves what the contract holds; token 0: the native coin.
    function sweep(address token, address to, uint256 amount) external onlyOwner whenNotPaused exclusive {
        _transfer(token, to, amount);
    }

    /// Every callback, whatever it is called. Its data is a nested program, or token ‖ amount ‖ [size ‖ nested program].
    fallback() external payable {
        (uint256 class, uint256 data, uint256 size) = _takeCallback();
        uint256 end = data + size;
        if (class == V2_CALLBACK) {
            _execute(data, end);
        } else if (class == V3_CALLBACK) {
            if (size > TERMS_SIZE) _execute(data + TERMS_SIZE + 2, end);
            _payV3(data);
        } else if (class == UNLOCK_CALLBACK) {
            _execute(data, end);
            assembly ("memory-safe") {
                mstore(0x00, 0x20)
                mstore(0x20, 0) // empty bytes
                return(0x00, 0x40)
            }
        } else {
            uint256 owed = _owed(class, data);
            _execute(data + TERMS_SIZE + 2, end);
            _repay(class, data, owed);
        }
    }

    /// Executes the steps in calldata [at, end). They must end exactly there.
    function _execute(uint256 at, uint256 end) private {
        while (at < end) at = _step(byteAt(at), at + 1);
        if (at != end) revert MalformedProgram();
    }

    /// Executes one step. A comparison that leaves flags in refuses those that the step does not have.
    function _step(uint256 op, uint256 at) private returns (uint256) {
        uint256 kind = op & KIND;
        if (kind == V2_SWAP) return _v2Swap(op, at);
        if (kind == V3_SWAP) return _v3Swap(op, at);
        if (op == TRANSFER) return _transferStep(at);
        if (op & ~FLIP == V4_SWAP) return _v4Swap(op, at);
        if (op & ~RECIPIENT == V4_TAKE) return _v4Take(op, at);
        if (op == V4_SETTLE) return _v4Settle(at);
        if (op == V4_UNLOCK | NESTED) return _v4Unlock(at);
        if (op & ~FLIP == CURVE_SWAP) return _curveSwap(op, at);
        if (op & ~RECIPIENT == BALANCER_SWAP) return _balancerSwap(op, at);
        if (op == BALANCER_LOAN | NESTED) return _balancerLoan(at);
        if (op == MORPHO_LOAN | NESTED) return _morphoLoan(at);
        if (op & ~FLIP == V3_LOAN | NESTED) return _v3Loan(op, at);
        if (op == AAVE_V3_LOAN | NESTED) return _aaveV3Loan(at);
        if (op == ERC3156_LOAN | NESTED) return _erc3156Loan(at);
        if (op == APPROVE) return _approveStep(at);
        if (op == CALL) return _callStep(at);
        revert MalformedProgram();
    }

    /// token ‖ to ‖ amount.
    function _transferStep(uint256 at) private returns (uint256) {
        unchecked {
            _transfer(addressAt(at), addressAt(at + 20), amountAt(at + 40));
            return at + 56;
        }
    }

    /// token ‖ spender ‖ amount.
    function _approveStep(uint256 at) private returns (uint256) {
        unchecked {
            approveToken(addressAt(at), addressAt(at + 20), amountAt(at + 40));
            return at + 56;
        }
    }

    /// target ‖ value ‖ size ‖ calldata.
    function _callStep(uint256 at) private returns (uint256) {
        unchecked {
            uint256 size = sizeAt(at + 32);
            uint256 data = scratch();
            assembly ("memory-safe") {
                calldatacopy(data, add(at, 34), size)
            }
            callChecked(addressAt(at), weiAt(at + 20), data, size);
            return at + 34 + size;
        }
    }

    function _transfer(address token, address to, uint256 amount) private {
        if (token == address(0)) sendNative(to, amount);
        else transferToken(token, to, amount);
    }

    /// Pays block.coinbase; what native coin is short comes out of the wrapped one.
    function _payBuilder(uint256 payment) private {
        if (payment == 0) return;
        uint256 held = address(this).balance;
        if (held < payment) unwrap(wrappedNative, payment - held);
        sendNative(block.coinbase, payment);
    }
}
