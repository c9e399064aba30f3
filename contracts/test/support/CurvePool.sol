// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// Curve's pools as a caller meets them: both kinds of indices, the coin pulled by transferFrom, the other pushed, native coin as 0xEeee..
/// with value. StableSwap's early exchange answers nothing, CryptoSwap's the amount. Curve is not on npm; the price here is x * y.
contract CurvePool {
    address private constant NATIVE = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;
    address[2] public coins;
    bool private immutable uintIndices;

    constructor(address coin0, address coin1, bool uintIndices_) payable {
        coins = [coin0, coin1];
        uintIndices = uintIndices_;
    }

    receive() external payable {}

    function exchange(int128 i, int128 j, uint256 dx, uint256 minDy) external payable {
        require(!uintIndices);
        _exchange(uint128(i), uint128(j), dx, minDy);
    }

    function exchange(uint256 i, uint256 j, uint256 dx, uint256 minDy) external payable returns (uint256) {
        require(uintIndices);
        return _exchange(i, j, dx, minDy);
    }

    function _exchange(uint256 i, uint256 j, uint256 dx, uint256 minDy) private returns (uint256 dy) {
        require(i != j);
        uint256 x = _balance(coins[i]) - (coins[i] == NATIVE ? msg.value : 0);
        dy = _balance(coins[j]) * dx / (x + dx) * 9996 / 10000;
        require(dy >= minDy, "Exchange resulted in fewer coins than expected");
        if (coins[i] == NATIVE) {
            require(msg.value == dx);
        } else {
            _call(
                coins[i],
                abi.encodeWithSignature("transferFrom(address,address,uint256)", msg.sender, address(this), dx),
                0
            );
        }
        if (coins[j] == NATIVE) _call(msg.sender, "", dy);
        else _call(coins[j], abi.encodeWithSignature("transfer(address,uint256)", msg.sender, dy), 0);
    }

    function _balance(address coin) private view returns (uint256 held) {
        if (coin == NATIVE) return address(this).balance;
        (, bytes memory answer) = coin.staticcall(abi.encodeWithSignature("balanceOf(address)", address(this)));
        return abi.decode(answer, (uint256));
    }

    function _call(address to, bytes memory data, uint256 value) private {
        (bool done, bytes memory answer) = to.call{value: value}(data);
        require(done && (answer.length == 0 || abi.decode(answer, (bool))));
    }
}
