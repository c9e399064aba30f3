// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import "./PoolShare.sol";
import "./Token.sol";

/// A CryptoSwap pool of two coins by what Curve publishes: the invariant and the repegging of "Automatic market-making
/// with dynamic peg", in the order of roundings that the published source of the factory's pools documents. It is not
/// the deployed bytecode, which no test data holds. Its variables stand where the factory's do, for a test to write. In
/// slot 13, where the factory has a parameter to come, stands what get_dy() says too much: for the test of who is
/// believed.
contract CurveTwoCoinReference {
    uint256 private constant WAD = 1e18;

    uint256 private lock; // 0
    address public token; // 1
    address[2] private coin; // 2
    uint256 public price_scale; // 4
    uint256 private average;
    uint256 public last_prices;
    uint256 public last_prices_timestamp;
    uint256 public initial_A_gamma; // 8
    uint256 public future_A_gamma;
    uint256 public initial_A_gamma_time;
    uint256 public future_A_gamma_time;
    uint256 public allowed_extra_profit; // 12
    uint256 private excess;
    uint256 public fee_gamma; // 14
    uint256 private unused1;
    uint256 public adjustment_step; // 16
    uint256 private unused2;
    uint256 public ma_half_time; // 18
    uint256 private unused3;
    uint256 public mid_fee; // 20
    uint256 public out_fee;
    uint256 public admin_fee;
    uint256[3] private unused4;
    uint256[2] private held; // 26
    uint256 public D; // 28
    address private factory;
    uint256 public xcp_profit; // 30
    uint256 public xcp_profit_a;
    uint256 public virtual_price;
    uint256 private dueToAdjust; // 33

    struct Now {
        uint256 ann;
        uint256 gamma;
    }

    event TokenExchange(
        address indexed buyer, uint256 sold_id, uint256 tokens_sold, uint256 bought_id, uint256 tokens_bought
    );
    event ClaimAdminFee(address indexed admin, uint256 tokens);

    constructor(address token_, address first, address second) {
        token = token_;
        coin = [first, second];
    }

    function coins(uint256 i) external view returns (address) {
        require(i < 2);
        return coin[i];
    }

    function balances(uint256 i) external view returns (uint256) {
        require(i < 2);
        return held[i];
    }

    function precision(uint256 i) private view returns (uint256) {
        return 10 ** (18 - Token(coin[i]).decimals());
    }

    function A() external view returns (uint256) {
        return parameters().ann;
    }

    function gamma() external view returns (uint256) {
        return parameters().gamma;
    }

    function parameters() private view returns (Now memory now_) {
        uint256 end = future_A_gamma_time;
        now_.ann = future_A_gamma >> 128;
        now_.gamma = future_A_gamma & type(uint128).max;
        if (block.timestamp >= end) return now_;
        uint256 all = end - initial_A_gamma_time;
        uint256 passed = block.timestamp - initial_A_gamma_time;
        now_.ann = ((initial_A_gamma >> 128) * (all - passed) + now_.ann * passed) / all;
        now_.gamma = ((initial_A_gamma & type(uint128).max) * (all - passed) + now_.gamma * passed) / all;
    }

    function apart(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a - b : b - a;
    }

    function larger(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }

    function mean(uint256 a, uint256 b) private pure returns (uint256 m) {
        m = larger(a, b);
        for (uint256 step = 0; step < 255; ++step) {
            uint256 last = m;
            m = (m + a * b / m) / 2;
            uint256 moved = apart(m, last);
            if (moved <= 1 || moved * WAD < m) return m;
        }
        revert("no mean");
    }

    function checkParameters(Now memory now_) private pure {
        require(now_.ann >= 4000 && now_.ann <= 4000000000);
        require(now_.gamma >= 1e10 && now_.gamma <= 2e16);
    }

    /// D / (A N^N) g^2 / gamma^2
    function pull(Now memory now_, uint256 d, uint256 g) private pure returns (uint256) {
        return WAD * d / now_.gamma * g / now_.gamma * g * 10000 / now_.ann;
    }

    function invariant(Now memory now_, uint256 a, uint256 b) private pure returns (uint256 d) {
        checkParameters(now_);
        if (a < b) (a, b) = (b, a);
        require(a >= 1e9 && a <= 1e33);
        require(b * WAD / a >= 1e14);
        d = 2 * mean(a, b);
        for (uint256 step = 0; step < 255; ++step) {
            uint256 last = d;
            d = stepD(now_, a, b, d);
            if (apart(d, last) * 1e14 < larger(1e16, d)) {
                uint256 part = a * WAD / d;
                require(part >= 1e16 && part <= 1e20);
                part = b * WAD / d;
                require(part >= 1e16 && part <= 1e20);
                return d;
            }
        }
        revert("no D");
    }

    function stepD(Now memory now_, uint256 a, uint256 b, uint256 d) private pure returns (uint256) {
        uint256 k0 = 4 * WAD * a / d * b / d;
        uint256 g = apart(now_.gamma + WAD, k0) + 1;
        uint256 mul1 = pull(now_, d, g);
        uint256 mul2 = 4 * WAD * k0 / g;
        uint256 slope = (a + b) + (a + b) * mul2 / WAD + mul1 * 2 / k0 - mul2 * d / WAD;
        uint256 plus = d * (slope + a + b) / slope;
        uint256 minus = d * d / slope;
        uint256 tilt = d * (mul1 / slope) / WAD * apart(WAD, k0) / k0;
        if (WAD > k0) minus += tilt;
        else minus -= tilt;
        return plus > minus ? plus - minus : (minus - plus) / 2;
    }

    /// The balance that belongs to the other coin's, `x`.
    function solve(Now memory now_, uint256 x, uint256 d) private pure returns (uint256 y) {
        checkParameters(now_);
        require(d >= 1e17 && d <= 1e33);
        y = d * d / (x * 4);
        uint256 near = 2 * WAD * x / d;
        require(near >= 2e16 && near <= 2e20);
        uint256 limit = larger(larger(x / 1e14, d / 1e14), 100);
        for (uint256 step = 0; step < 255; ++step) {
            uint256 last = y;
            bool done;
            (y, done) = stepY(now_, x, d, near, y);
            if (!done) continue;
            if (apart(y, last) < larger(limit, y / 1e14)) {
                uint256 part = y * WAD / d;
                require(part >= 1e16 && part <= 1e20);
                return y;
            }
        }
        revert("no y");
    }

    function stepY(Now memory now_, uint256 x, uint256 d, uint256 near, uint256 y)
        private
        pure
        returns (uint256, bool)
    {
        uint256 k0 = near * y * 2 / d;
        uint256 g = apart(now_.gamma + WAD, k0) + 1;
        uint256 mul1 = pull(now_, d, g);
        uint256 mul2 = WAD + 2 * WAD * k0 / g;
        uint256 f = WAD * y + (x + y) * mul2 + mul1;
        if (f < d * mul2) return (y / 2, false);
        f -= d * mul2;
        uint256 slope = f / y;
        uint256 minus = mul1 / slope;
        uint256 plus = (f + WAD * d) / slope + minus * WAD / k0;
        minus += WAD * (x + y) / slope;
        return (plus < minus ? y / 2 : plus - minus, true);
    }

    /// 10^18 / 2^(power / 10^18) by the binomial series of its fraction.
    function halved(uint256 power) private pure returns (uint256) {
        uint256 whole = power / WAD;
        uint256 rest = power % WAD;
        if (whole > 59) return 0;
        uint256 result = WAD / 2 ** whole;
        if (rest == 0) return result;
        uint256 term = WAD;
        uint256 sum = WAD;
        bool negative = false;
        for (uint256 i = 1; i < 256; ++i) {
            uint256 less = (i - 1) * WAD;
            if (rest > less) negative = !negative;
            term = term * (apart(rest, less) * 5e17 / WAD) / (i * WAD);
            if (negative) sum -= term;
            else sum += term;
            if (term < 1e10) return result * sum / WAD;
        }
        revert("no power");
    }

    function feeOf(uint256 x, uint256 y) private view returns (uint256) {
        uint256 sum = x + y;
        uint256 part = fee_gamma * WAD / (fee_gamma + WAD - 4 * WAD * x / sum * y / sum);
        return (mid_fee * part + out_fee * (WAD - part)) / WAD;
    }

    function valueOf(uint256 d, uint256 scale) private pure returns (uint256) {
        return mean(d / 2, d * WAD / (2 * scale));
    }

    function values(uint256 a, uint256 b) private view returns (uint256[2] memory v) {
        v[0] = a * precision(0);
        v[1] = b * price_scale * precision(1) / WAD;
    }

    /// What is paid for the value that leaves, before fees.
    function coinsOf(uint256 value, uint256 j) private view returns (uint256) {
        if (j == 1) value = value * WAD / price_scale;
        return value / precision(j);
    }

    function get_dy(uint256 i, uint256 j, uint256 dx) external view returns (uint256 dy) {
        require(i != j && i < 2 && j < 2);
        Now memory now_ = parameters();
        uint256[2] memory v = values(held[0], held[1]);
        uint256 d = future_A_gamma_time > 0 ? invariant(now_, v[0], v[1]) : D;
        v = values(held[0] + (i == 0 ? dx : 0), held[1] + (i == 1 ? dx : 0));
        uint256 y = solve(now_, v[i], d);
        dy = coinsOf(v[j] - y - 1, j);
        v[j] = y;
        dy = dy - feeOf(v[0], v[1]) * dy / 1e10 + excess;
    }

    function exchange(uint256 i, uint256 j, uint256 dx, uint256 least) external returns (uint256 dy) {
        require(i != j && i < 2 && j < 2 && dx > 0);
        Now memory now_ = parameters();
        if (future_A_gamma_time > 0) {
            uint256[2] memory before = values(held[0], held[1]);
            D = invariant(now_, before[0], before[1]);
            if (block.timestamp >= future_A_gamma_time) future_A_gamma_time = 1;
        }
        held[i] += dx;
        uint256[2] memory v = values(held[0], held[1]);
        uint256 y = solve(now_, v[i], D);
        dy = coinsOf(v[j] - y - 1, j);
        v[j] = y;
        dy -= feeOf(v[0], v[1]) * dy / 1e10;
        require(dy >= least);
        held[j] -= dy;
        require(Token(coin[i]).transferFrom(msg.sender, address(this), dx));
        require(Token(coin[j]).transfer(msg.sender, dy));
        v[j] = held[j] * precision(j);
        if (j == 1) v[1] = v[1] * price_scale / WAD;
        uint256 price = 0;
        if (dx > 1e5 && dy > 1e5) {
            uint256 sold = dx * precision(i);
            uint256 bought = dy * precision(j);
            price = i == 0 ? sold * WAD / bought : bought * WAD / sold;
        }
        adjust(now_, v, price);
        emit TokenExchange(msg.sender, i, dx, j, dy);
    }

    function adjust(Now memory now_, uint256[2] memory v, uint256 price) private {
        if (last_prices_timestamp < block.timestamp) {
            uint256 alpha = halved((block.timestamp - last_prices_timestamp) * WAD / ma_half_time);
            average = (last_prices * (WAD - alpha) + average * alpha) / WAD;
            last_prices_timestamp = block.timestamp;
        }
        uint256 d = invariant(now_, v[0], v[1]);
        if (price == 0) {
            uint256 dx = v[0] / 1e6;
            price = price_scale * dx / (v[1] - solve(now_, v[0] + dx, d));
        }
        last_prices = price;

        uint256 supply = PoolShare(token).totalSupply();
        uint256 oldPrice = virtual_price;
        uint256 profit = WAD;
        uint256 worth = WAD;
        if (oldPrice > 0) {
            worth = WAD * valueOf(d, price_scale) / supply;
            profit = xcp_profit * worth / oldPrice;
            require(worth >= oldPrice || future_A_gamma_time != 0, "Loss");
            if (future_A_gamma_time == 1) future_A_gamma_time = 0;
        }
        xcp_profit = profit;
        D = d;
        virtual_price = worth;

        uint256 norm = apart(average * WAD / price_scale, WAD);
        uint256 step = larger(adjustment_step, norm / 5);
        bool may = norm > step && oldPrice > 0;
        if (dueToAdjust == 0) {
            if (!(worth * 2 - WAD > profit + 2 * allowed_extra_profit) || !may) return;
            dueToAdjust = 1;
        }
        if (may && moveScale(now_, v, norm, step, supply)) return;
        dueToAdjust = 0;
        claim(now_);
    }

    function moveScale(Now memory now_, uint256[2] memory v, uint256 norm, uint256 step, uint256 supply)
        private
        returns (bool)
    {
        uint256 moved = (price_scale * (norm - step) + step * average) / norm;
        uint256 d = invariant(now_, v[0], v[1] * moved / price_scale);
        uint256 worth = WAD * valueOf(d, moved) / supply;
        if (worth <= WAD || 2 * worth - WAD <= xcp_profit) return false;
        price_scale = moved;
        D = d;
        virtual_price = worth;
        return true;
    }

    function claim(Now memory now_) private {
        for (uint256 i = 0; i < 2; ++i) {
            held[i] = Token(coin[i]).balanceOf(address(this));
        }
        uint256 profit = xcp_profit;
        if (profit > xcp_profit_a) {
            uint256 fees = (profit - xcp_profit_a) * admin_fee / 2e10;
            if (fees > 0) {
                uint256 part = virtual_price * WAD / (virtual_price - fees) - WAD;
                uint256 minted = PoolShare(token).totalSupply() * part / WAD;
                PoolShare(token).mint(address(this), minted);
                profit -= fees * 2;
                xcp_profit = profit;
                emit ClaimAdminFee(address(this), minted);
            }
        }
        uint256[2] memory v = values(held[0], held[1]);
        D = invariant(now_, v[0], v[1]);
        virtual_price = WAD * valueOf(D, price_scale) / PoolShare(token).totalSupply();
        if (profit > xcp_profit_a) xcp_profit_a = profit;
    }
}
