// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

interface Tokens {
    function balanceOf(address owner) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function decimals() external view returns (uint8);
}

/// Camelot V2's pair by the behaviour that its published source documents (CamelotPair: getAmountOut, swap, sync), in
/// words of our own: no bytecode of it is at hand. What its compiler, 0.5, leaves unchecked is unchecked here; what goes
/// through SafeMath there is checked here. It is its own factory, which only tells who gets which part of the fees.
contract CamelotReference {
    uint256 private constant UNIT = 100000;
    uint256 private constant WAD = 1e18;

    address[2] private pair;
    uint256[2] private held;
    uint16[2] private percent;
    uint256[2] private precision;
    bool public stableSwap;
    uint256 private ownerShare;
    address private feeTo;

    event Sync(uint112 reserve0, uint112 reserve1);
    event FeePercentUpdated(uint16 token0FeePercent, uint16 token1FeePercent);
    event SetStableSwap(bool prevStableSwap, bool stableSwap);

    constructor(address first, address second, bool stable) {
        pair = [first, second];
        stableSwap = stable;
        for (uint256 i = 0; i < 2; ++i) {
            precision[i] = 10 ** Tokens(pair[i]).decimals();
        }
    }

    // --- settings of the test ---

    function set(uint256 reserve0, uint256 reserve1, uint16 fee0, uint16 fee1, uint256 share, address to) external {
        held = [reserve0, reserve1];
        percent = [fee0, fee1];
        ownerShare = share;
        feeTo = to;
    }

    // --- what the pair and its factory answer ---

    function token0() external view returns (address) {
        return pair[0];
    }

    function token1() external view returns (address) {
        return pair[1];
    }

    function factory() external view returns (address) {
        return address(this);
    }

    function feeInfo() external view returns (uint256, address) {
        return (ownerShare, feeTo);
    }

    function precisionMultiplier0() external view returns (uint256) {
        return precision[0];
    }

    function precisionMultiplier1() external view returns (uint256) {
        return precision[1];
    }

    function getReserves() external view returns (uint112, uint112, uint16, uint16) {
        return (uint112(held[0]), uint112(held[1]), percent[0], percent[1]);
    }

    function getAmountOut(uint256 amount, address token) external view returns (uint256) {
        uint256 i = token == pair[0] ? 0 : 1;
        if (!stableSwap) {
            uint256 kept = amount * (UNIT - percent[i]);
            return (kept * held[1 - i]) / (held[i] * UNIT + kept);
        }
        amount -= (amount * percent[i]) / UNIT;
        uint256 k = invariant(held[0], held[1]);
        unchecked {
            uint256 x = (held[i] * WAD) / precision[i];
            uint256 y = (held[1 - i] * WAD) / precision[1 - i];
            x += (amount * WAD) / precision[i];
            return ((y - solve(x, k, y)) * precision[1 - i]) / WAD;
        }
    }

    function swap(uint256 out0, uint256 out1, address to, bytes calldata) external {
        require(out0 > 0 || out1 > 0, "no output");
        require(out0 < held[0] && out1 < held[1], "no liquidity");
        if (out0 > 0) Tokens(pair[0]).transfer(to, out0);
        if (out1 > 0) Tokens(pair[1]).transfer(to, out1);
        uint256[2] memory outs = [out0, out1];
        uint256[2] memory balances;
        uint256[2] memory counted;
        bool paid = false;
        for (uint256 i = 0; i < 2; ++i) {
            balances[i] = Tokens(pair[i]).balanceOf(address(this));
            uint256 rest = held[i] - outs[i];
            uint256 came = balances[i] > rest ? balances[i] - rest : 0;
            paid = paid || came > 0;
            uint256 fee = (came * percent[i]) / UNIT;
            if (stableSwap && feeTo != address(0) && came > 0) {
                uint256 share = (came * (UNIT * ownerShare) * percent[i]) / UNIT ** 3;
                fee -= share;
                Tokens(pair[i]).transfer(feeTo, share);
                balances[i] = Tokens(pair[i]).balanceOf(address(this));
            }
            counted[i] = balances[i] - fee;
        }
        require(paid, "no input");
        require(invariant(counted[0], counted[1]) >= invariant(held[0], held[1]), "K");
        require(balances[0] <= type(uint112).max && balances[1] <= type(uint112).max, "overflow");
        held = balances;
        emit Sync(uint112(balances[0]), uint112(balances[1]));
    }

    // --- the curve ---

    function invariant(uint256 a, uint256 b) private view returns (uint256) {
        if (!stableSwap) return a * b;
        uint256 x = (a * WAD) / precision[0];
        uint256 y = (b * WAD) / precision[1];
        return (((x * y) / WAD) * ((x * x) / WAD + (y * y) / WAD)) / WAD;
    }

    /// The y at which x^3 y + x y^3 reaches k, by Newton's steps until one is at most 1.
    function solve(uint256 x, uint256 k, uint256 y) private pure returns (uint256) {
        unchecked {
            for (uint256 i = 0; i < 255; ++i) {
                uint256 last = y;
                uint256 cube = (((x * x) / WAD) * x) / WAD;
                uint256 here = (x * ((((y * y) / WAD) * y) / WAD)) / WAD + (cube * y) / WAD;
                uint256 slope = (3 * x * ((y * y) / WAD)) / WAD + cube;
                if (here < k) y += ((k - here) * WAD) / slope;
                else y -= ((here - k) * WAD) / slope;
                if ((y > last ? y - last : last - y) <= 1) return y;
            }
        }
        return y;
    }
}
