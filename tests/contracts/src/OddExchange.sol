// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

interface Erc20 {
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function balanceOf(address who) external view returns (uint256);
}

/// A market of no known family: one for one, 0.3 % less, as far as it has of it.
contract OddExchange {
    address[2] public tokens;

    constructor(address a, address b) {
        tokens = [a, b];
    }

    function quote(uint256 from, uint256 amount) public view returns (uint256 paid) {
        paid = amount * 997 / 1000;
        require(paid <= Erc20(tokens[1 - from]).balanceOf(address(this)), "empty");
    }

    function swap(address from, uint256 amount, address to) external {
        uint256 index = from == tokens[0] ? 0 : 1;
        uint256 paid = quote(index, amount);
        Erc20(from).transferFrom(msg.sender, address(this), amount);
        Erc20(tokens[1 - index]).transfer(to, paid);
    }
}
