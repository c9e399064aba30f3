// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {boundedRepayment} from "./Bounds.sol";
import {Callbacks} from "./Callbacks.sol";
import {approveToken, revokeRest, scratch, transferToken} from "./Calls.sol";
import {IAaveV3Pool, IBalancerVault, IERC3156Borrower, IERC3156Lender, IMorpho, IV3Pool} from "./Interfaces.sol";
import {FLIP, TERMS_SIZE, addressAt, amountAt, sizeAt, wordAt} from "./Program.sol";

/// Flash loans. All have the body lender ‖ token ‖ amount ‖ nested, and tell the lender everything from the token on, so that token
/// and amount of the repayment are the step's and never what the callback claims. Only the fee is the callback's, up to a
/// bound.
abstract contract Loans is Callbacks {
    /// flashLoanSimple(address receiver, address asset, uint256 amount, bytes params, uint16 referralCode)
    function _aaveV3Loan(uint256 at) internal returns (uint256) {
        (address lender, address token, uint256 amount, uint256 size) = _terms(at);
        bytes4 selector = IAaveV3Pool.flashLoanSimple.selector;
        uint256 data = scratch();
        assembly ("memory-safe") {
            mstore(data, selector)
            mstore(add(data, 0x04), address())
            mstore(add(data, 0x24), token)
            mstore(add(data, 0x44), amount)
            mstore(add(data, 0x64), 0xa0)
            mstore(add(data, 0x84), 0)
        }
        return _borrow(lender, AAVE_CALLBACK, data, 0xa4, at, size);
    }

    /// flashLoan(address recipient, address[] tokens, uint256[] amounts, bytes userData)
    function _balancerLoan(uint256 at) internal returns (uint256) {
        (address lender, address token, uint256 amount, uint256 size) = _terms(at);
        bytes4 selector = IBalancerVault.flashLoan.selector;
        uint256 data = scratch();
        assembly ("memory-safe") {
            mstore(data, selector)
            mstore(add(data, 0x04), address())
            mstore(add(data, 0x24), 0x80)
            mstore(add(data, 0x44), 0xc0)
            mstore(add(data, 0x64), 0x100)
            mstore(add(data, 0x84), 1) // one token
            mstore(add(data, 0xa4), token)
            mstore(add(data, 0xc4), 1) // one amount
            mstore(add(data, 0xe4), amount)
        }
        return _borrow(lender, BALANCER_CALLBACK, data, 0x104, at, size);
    }

    /// flashLoan(address token, uint256 assets, bytes data)
    function _morphoLoan(uint256 at) internal returns (uint256) {
        (address lender, address token, uint256 amount, uint256 size) = _terms(at);
        bytes4 selector = IMorpho.flashLoan.selector;
        uint256 data = scratch();
        assembly ("memory-safe") {
            mstore(data, selector)
            mstore(add(data, 0x04), token)
            mstore(add(data, 0x24), amount)
            mstore(add(data, 0x44), 0x60)
        }
        return _borrow(lender, MORPHO_CALLBACK, data, 0x64, at, size);
    }

    /// flashLoan(address receiver, address token, uint256 amount, bytes data)
    function _erc3156Loan(uint256 at) internal returns (uint256) {
        (address lender, address token, uint256 amount, uint256 size) = _terms(at);
        bytes4 selector = IERC3156Lender.flashLoan.selector;
        uint256 data = scratch();
        assembly ("memory-safe") {
            mstore(data, selector)
            mstore(add(data, 0x04), address())
            mstore(add(data, 0x24), token)
            mstore(add(data, 0x44), amount)
            mstore(add(data, 0x64), 0x80)
        }
        return _borrow(lender, ERC3156_CALLBACK, data, 0x84, at, size);
    }

    /// flash(address recipient, uint256 amount0, uint256 amount1, bytes data)
    function _v3Loan(uint256 op, uint256 at) internal returns (uint256) {
        (address lender,, uint256 amount0, uint256 size) = _terms(at);
        uint256 amount1 = 0;
        uint256 class = V3_FLASH0_CALLBACK;
        if (op & FLIP != 0) (amount0, amount1, class) = (amount1, amount0, V3_FLASH1_CALLBACK);
        bytes4 selector = IV3Pool.flash.selector;
        uint256 data = scratch();
        assembly ("memory-safe") {
            mstore(data, selector)
            mstore(add(data, 0x04), address())
            mstore(add(data, 0x24), amount0)
            mstore(add(data, 0x44), amount1)
            mstore(add(data, 0x64), 0x80)
        }
        return _borrow(lender, class, data, 0x84, at, size);
    }

    /// Lets the lender of the callback `class` have token and amount at `data` back, with its fee, and answers as it wants.
    function _repay(uint256 class, uint256 data, uint256 owed) internal {
        address token = addressAt(data);
        if (class == AAVE_CALLBACK) {
            approveToken(token, msg.sender, owed);
            _answer(1); // true
        } else if (class == MORPHO_CALLBACK) {
            approveToken(token, msg.sender, owed);
        } else if (class == ERC3156_CALLBACK) {
            approveToken(token, msg.sender, owed);
            _answer(uint256(keccak256("ERC3156FlashBorrower.onFlashLoan")));
        } else {
            transferToken(token, msg.sender, owed);
        }
    }

    /// What the lender gets back: the step's amount and the callback's fee, if that is not too high.
    function _owed(uint256 class, uint256 data) internal pure returns (uint256) {
        return boundedRepayment(amountAt(data + 20), _fee(class));
    }

    /// The fee among the callback's arguments (Callbacks.sol lists them).
    function _fee(uint256 class) private pure returns (uint256) {
        unchecked {
            if (class == BALANCER_CALLBACK) return wordAt(0x04 + wordAt(0x44) + 0x20); // fees[0]
            if (class == V3_FLASH0_CALLBACK) return wordAt(0x04);
            if (class == V3_FLASH1_CALLBACK) return wordAt(0x24);
            if (class == AAVE_CALLBACK) return wordAt(0x44);
            if (class == ERC3156_CALLBACK) return wordAt(0x64);
            return 0; // Morpho lends for nothing
        }
    }

    function _terms(uint256 at) private pure returns (address lender, address token, uint256 amount, uint256 size) {
        unchecked {
            return (addressAt(at), addressAt(at + 20), amountAt(at + 40), TERMS_SIZE + 2 + sizeAt(at + 20 + TERMS_SIZE));
        }
    }

    /// Calls the lender with the call data put together at `data`, whose head is `head` bytes long with the selector.
    function _borrow(address lender, uint256 class, uint256 data, uint256 head, uint256 at, uint256 size)
        private
        returns (uint256)
    {
        unchecked {
            _callExpecting(lender, class, data, data + head, at + 20, size);
            if (class == AAVE_CALLBACK || class == MORPHO_CALLBACK || class == ERC3156_CALLBACK) {
                revokeRest(addressAt(at + 20), lender);
            }
            return at + 20 + size;
        }
    }

    function _answer(uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(0x00, word)
            return(0x00, 0x20)
        }
    }
}
