// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

interface IBorrower {
    function onFlashLoan(address initiator, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32);
}

interface ILent {
    function balanceOf(address owner) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

/// Lends what it holds as ERC-3156 says, for so many millionths and one unit.
contract FlashLender {
    uint256 public immutable millionths;

    constructor(uint256 millionths_) {
        millionths = millionths_;
    }

    function maxFlashLoan(address token) external view returns (uint256) {
        return ILent(token).balanceOf(address(this));
    }

    function flashFee(address, uint256 amount) public view returns (uint256) {
        return amount * millionths / 1e6 + 1;
    }

    function flashLoan(IBorrower receiver, address token, uint256 amount, bytes calldata data) external returns (bool) {
        uint256 fee = flashFee(token, amount);
        ILent(token).transfer(address(receiver), amount);
        require(
            receiver.onFlashLoan(msg.sender, token, amount, fee, data) == keccak256("ERC3156FlashBorrower.onFlashLoan"),
            "the borrower refused"
        );
        ILent(token).transferFrom(address(receiver), address(this), amount + fee);
        return true;
    }
}
