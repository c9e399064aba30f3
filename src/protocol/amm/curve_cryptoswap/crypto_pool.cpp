#include "protocol/amm/curve_cryptoswap/crypto_pool.hpp"

#include <algorithm>

#include "primitives/abi.hpp"
#include "protocol/amm/checked.hpp"

namespace osprey::protocol::curve_cryptoswap {

namespace {

constexpr u256 n{coins};
constexpr u256 fees{10'000'000'000ULL};
/// Two prices share a slot, and none may fill its half.
constexpr u256 price_mask = (u256{1} << uint64_t{128}) - u256{1};

bool packable(const Prices& prices) noexcept { return prices[0] < price_mask && prices[1] < price_mask; }

}  // namespace

Solution CryptoPool::fee_reduction(const Balances& xp) const noexcept {
    return state_.generation == Generation::tricrypto2 ? first::reduction_coefficient(xp, state_.fee_gamma)
                                                       : ng::reduction_coefficient(xp, state_.fee_gamma);
}

Solution CryptoPool::present_d(const Parameters& now, const Balances& before) const noexcept {
    if (state_.generation == Generation::tricrypto2)
        return state_.future_time > 0 ? first::newton_d(now.a, now.gamma, before) : Solution{state_.d, true};
    return state_.future_time > time_ ? ng::newton_d(now.a, now.gamma, before, {}) : Solution{state_.d, true};
}

/// exchange() of tricrypto2 and _exchange() of Tricrypto-NG, all but the transfers.
CryptoPool::Paid CryptoPool::exchange(State& state, TokenIndex in, TokenIndex out,
                                      const u256& amount_in) const noexcept {
    const Parameters now = parameters();
    if (!now.ok || !amount_in) return {};
    const bool is_first = state_.generation == Generation::tricrypto2;
    bool ok = true;
    Balances xp = scaled(in, amount_in, ok);
    if (!ok) return {};

    if (is_first ? state_.future_time > 0 : state_.future_time > time_) {
        // In case a ramp is happening: D of the balances before.
        const Balances before = scaled(in, {}, ok);
        const Solution d = present_d(now, before);
        if (!ok || !d.ok) return {};
        state.d = d.value;
        if (is_first && time_ >= state_.future_time) state.future_time = 1;
    }

    Solution y;
    u256 k0;
    if (is_first) {
        y = first::newton_y(now.a, now.gamma, xp, state.d, out);
    } else {
        const ng::Y solved = ng::get_y(now.a, now.gamma, xp, state.d, out);
        y = {solved.y, solved.ok};
        k0 = solved.k0;
    }
    if (!y.ok) return {};

    Checked check;
    u256 dy = check.sub(xp[out], y.value);
    xp[out] = y.value;
    dy = check.sub(dy, u256{1});
    if (out > 0) dy = check.div(check.mul(dy, wad), state_.price_scale[out - 1]);
    dy = check.div(dy, state_.precisions[out]);
    const u256 rate = fee(xp, ok);
    dy = check.sub(dy, check.mul(rate, dy) / fees);
    const u256 left = check.sub(state_.balances[out], dy);
    state.balances[in] = check.add(state_.balances[in], amount_in);
    state.balances[out] = left;
    xp[out] = check.mul(left, state_.precisions[out]);
    if (out > 0) xp[out] = check.mul(xp[out], state_.price_scale[out - 1]) / wad;
    if (!ok || !check.ok()) return {};

    if (is_first) {
        // The price of the trade, where it is large enough to tell one.
        u256 price;
        TokenIndex moved = out;
        constexpr u256 telling{100'000};
        if (amount_in > telling && dy > telling) {
            const u256 dx_scaled = check.mul(amount_in, state_.precisions[in]);
            const u256 dy_scaled = check.mul(dy, state_.precisions[out]);
            if (in != 0 && out != 0) {
                price = check.div(check.mul(state_.last_prices[in - 1], dx_scaled), dy_scaled);
            } else if (in == 0) {
                price = check.div(check.mul(dx_scaled, wad), dy_scaled);
            } else {
                price = check.div(check.mul(dy_scaled, wad), dx_scaled);
                moved = in;
            }
        }
        if (!check.ok() || !tweak_first(state, now, xp, moved, price)) return {};
    } else if (!tweak_ng(state, now, xp, k0)) {
        return {};
    }
    return {dy, true};
}

namespace {

/// Balances at the price scale that D buys when they are even, whose geometric mean is the value of all shares.
Balances even_balances(Checked& check, const u256& d, const Prices& price_scale) noexcept {
    Balances xp{d / n, {}, {}};
    for (size_t k = 0; k + 1 < coins; ++k) xp[k + 1] = check.div(check.mul(d, wad), check.mul(n, price_scale[k]));
    return xp;
}

}  // namespace

/// tweak_price() of tricrypto2 with new_D = 0.
bool CryptoPool::tweak_first(State& state, const Parameters& now, const Balances& xp, TokenIndex moved,
                             const u256& price) const noexcept {
    Checked check;
    const Prices& scale = state_.price_scale;
    if (state_.last_prices_time < time_) {
        const u256 age = check.mul(u256{time_ - state_.last_prices_time}, wad);
        const Solution alpha = first::halfpow(check.div(age, state_.average_time), u256{10'000'000'000ULL});
        if (!check.ok() || !alpha.ok) return false;
        for (size_t k = 0; k + 1 < coins; ++k)
            state.price_oracle[k] = check.add(check.mul(state_.last_prices[k], check.sub(wad, alpha.value)),
                                              check.mul(state_.price_oracle[k], alpha.value)) /
                                    wad;
        state.last_prices_time = time_;
        if (!check.ok() || !packable(state.price_oracle)) return false;
    }
    const Solution d_unadjusted = first::newton_d(now.a, now.gamma, xp);
    if (!d_unadjusted.ok) return false;

    if (price) {
        if (moved > 0) {
            state.last_prices[moved - 1] = price;
        } else {
            for (u256& last : state.last_prices) last = check.div(check.mul(last, wad), price);
        }
    } else {
        // By a small trade of the first coin.
        Balances probe = xp;
        const u256 dx = xp[0] / u256{1'000'000};
        probe[0] = check.add(probe[0], dx);
        for (size_t k = 0; k + 1 < coins; ++k) {
            const Solution y = first::newton_y(now.a, now.gamma, probe, d_unadjusted.value, k + 1);
            if (!y.ok) return false;
            state.last_prices[k] = check.div(check.mul(scale[k], dx), check.sub(xp[k + 1], y.value));
        }
    }
    if (!check.ok() || !packable(state.last_prices)) return false;

    u256 profit = wad, virtual_price = wad;
    Balances even = even_balances(check, d_unadjusted.value, scale);
    if (!check.ok()) return false;
    if (state_.virtual_price) {
        const Solution xcp = first::geometric_mean(even);
        if (!xcp.ok) return false;
        virtual_price = check.div(check.mul(wad, xcp.value), state_.supply);
        profit = check.mul(state_.xcp_profit, virtual_price) / state_.virtual_price;
        if (!check.ok()) return false;
        if (virtual_price < state_.virtual_price && state.future_time == 0) return false;  // "Loss"
        if (state.future_time == 1) state.future_time = 0;
    }
    state.xcp_profit = profit;

    bool adjusts = state_.not_adjusted;
    if (!adjusts) {
        const u256 gained = check.sub(check.add(virtual_price, virtual_price), wad);
        const u256 enough = check.add(profit, check.add(state_.allowed_extra_profit, state_.allowed_extra_profit));
        if (!check.ok()) return false;
        if (gained > enough) adjusts = state.not_adjusted = true;
    }
    if (adjusts) {
        const u256& step = state_.adjustment_step;
        u256 norm;
        for (size_t k = 0; k + 1 < coins; ++k) {
            const u256 ratio = check.div(check.mul(state.price_oracle[k], wad), scale[k]);
            const u256 apart = ratio > wad ? ratio - wad : wad - ratio;
            norm = check.add(norm, check.mul(apart, apart));
        }
        const u256 step_squared = check.mul(step, step);
        if (!check.ok()) return false;
        if (norm > step_squared && state_.virtual_price) {
            const Solution distance = first::sqrt_int(norm / wad);
            if (!distance.ok) return false;
            Prices moved_scale{};
            Balances moved_xp = xp;
            for (size_t k = 0; k + 1 < coins; ++k) {
                moved_scale[k] = check.div(check.add(check.mul(scale[k], check.sub(distance.value, step)),
                                                     check.mul(step, state.price_oracle[k])),
                                           distance.value);
                moved_xp[k + 1] = check.div(check.mul(xp[k + 1], moved_scale[k]), scale[k]);
            }
            if (!check.ok()) return false;
            const Solution d = first::newton_d(now.a, now.gamma, moved_xp);
            if (!d.ok) return false;
            even = even_balances(check, d.value, moved_scale);
            if (!check.ok()) return false;
            const Solution xcp = first::geometric_mean(even);
            if (!xcp.ok) return false;
            const u256 moved_price = check.div(check.mul(wad, xcp.value), state_.supply);
            if (!check.ok()) return false;
            if (moved_price > wad) {
                const u256 gained = check.sub(check.add(moved_price, moved_price), wad);
                if (!check.ok()) return false;
                if (gained > profit) {
                    if (!packable(moved_scale)) return false;
                    state.price_scale = moved_scale;
                    state.d = d.value;
                    state.virtual_price = moved_price;
                    return true;
                }
            }
            state.not_adjusted = false;
        }
    }
    state.d = d_unadjusted.value;
    state.virtual_price = virtual_price;
    return true;
}

/// tweak_price() of Tricrypto-NG with new_D = 0.
bool CryptoPool::tweak_ng(State& state, const Parameters& now, const Balances& xp, const u256& k0) const noexcept {
    Checked check;
    const Prices& scale = state_.price_scale;
    if (state_.last_prices_time < time_) {
        const u256 age = check.mul(u256{time_ - state_.last_prices_time}, wad);
        const u256 power = age / state_.average_time;  // 0 for no time, as Vyper's unsafe_div
        check.require(!power.is_negative());
        const Solution alpha = ng::wad_exp(-power);
        if (!check.ok() || !alpha.ok) return false;
        for (size_t k = 0; k + 1 < coins; ++k)
            state.price_oracle[k] = check.add(check.mul(state_.last_prices[k], check.sub(wad, alpha.value)),
                                              check.mul(state_.price_oracle[k], alpha.value)) /
                                    wad;
        state.last_prices_time = time_;
        if (!check.ok() || !packable(state.price_oracle)) return false;
    }
    const Solution d_unadjusted = ng::newton_d(now.a, now.gamma, xp, k0);
    if (!d_unadjusted.ok) return false;
    const ng::P prices = ng::get_p(xp, d_unadjusted.value, now.a, now.gamma);
    if (!prices.ok) return false;
    for (size_t k = 0; k + 1 < coins; ++k) state.last_prices[k] = check.mul(prices.p[k], scale[k]) / wad;
    if (!check.ok() || !packable(state.last_prices)) return false;

    u256 profit = wad, virtual_price = wad;
    Balances even = even_balances(check, d_unadjusted.value, scale);
    if (!check.ok()) return false;
    if (state_.virtual_price) {
        const Solution xcp = ng::geometric_mean(even);
        virtual_price = check.div(check.mul(wad, xcp.value), state_.supply);
        profit = check.mul(state_.xcp_profit, virtual_price) / state_.virtual_price;
        if (!xcp.ok || !check.ok()) return false;
        if (state_.future_time < time_ && virtual_price <= state_.virtual_price) return false;  // "Loss"
    }
    state.xcp_profit = profit;

    const u256 gained = check.sub(check.add(virtual_price, virtual_price), wad);
    const u256 enough = check.add(profit, check.add(state_.allowed_extra_profit, state_.allowed_extra_profit));
    if (!check.ok()) return false;
    if (gained > enough) {
        u256 norm;
        for (size_t k = 0; k + 1 < coins; ++k) {
            const u256 ratio = check.mul(state.price_oracle[k], wad) / scale[k];
            const u256 apart = ratio > wad ? ratio - wad : wad - ratio;
            norm = norm + check.mul(apart, apart);
        }
        if (!check.ok()) return false;
        norm = isqrt(norm);
        const u256 step = std::max(state_.adjustment_step, norm / u256{5});
        if (norm > step) {
            Prices moved_scale{};
            Balances moved_xp = xp;
            for (size_t k = 0; k + 1 < coins; ++k) {
                moved_scale[k] =
                    check.add(check.mul(scale[k], norm - step), check.mul(step, state.price_oracle[k])) / norm;
                moved_xp[k + 1] = check.mul(xp[k + 1], moved_scale[k]) / scale[k];
            }
            if (!check.ok()) return false;
            const Solution d = ng::newton_d(now.a, now.gamma, moved_xp, {});
            if (!d.ok) return false;
            for (const u256& part : moved_xp) {
                const u256 frac = check.div(check.mul(part, wad), d.value);
                check.require(frac >= u256{10'000'000'000'000'000ULL} && frac <= wad * u256{100});
            }
            even = even_balances(check, d.value, moved_scale);
            if (!check.ok()) return false;
            const Solution xcp = ng::geometric_mean(even);
            const u256 moved_price = check.mul(wad, xcp.value) / state_.supply;
            if (!xcp.ok || !check.ok()) return false;
            if (moved_price > wad) {
                const u256 moved_gain = check.sub(check.mul(u256{2}, moved_price), wad);
                if (!check.ok()) return false;
                if (moved_gain > profit) {
                    if (!packable(moved_scale)) return false;
                    state.d = d.value;
                    state.virtual_price = moved_price;
                    state.price_scale = moved_scale;
                    return true;
                }
            }
        }
    }
    state.d = d_unadjusted.value;
    state.virtual_price = virtual_price;
    return true;
}

Solution CryptoPool::solve_y(const Parameters& now, const Balances& xp, const u256& d, TokenIndex out) const noexcept {
    if (state_.generation == Generation::tricrypto2) return first::newton_y(now.a, now.gamma, xp, d, out);
    const ng::Y y = ng::get_y(now.a, now.gamma, xp, d, out);
    return {y.y, y.ok};
}

/// get_p()'s formula.
CryptoPool::Near CryptoPool::look(double x, double y, double third, const Shape& shape) const noexcept {
    const auto [a, gamma, mid_fee, out_fee, fee_gamma] = shape;
    const double k = 27 * x * y * third, s = x + y + third;
    const double steep = a / 10'000 * gamma * gamma;
    const double gk = 2 * k * k * k + (gamma + 1) * (gamma + 1) - k * k * (2 * gamma + 3);
    Near near{};
    near.price = y * (gk + steep * x * k) / (x * (gk + steep * y * k));
    const double mean = s / 3, ratio = x * y * third / (mean * mean * mean);
    const double part = fee_gamma > 0 ? fee_gamma / (fee_gamma + 1 - ratio) : ratio;
    near.fee = mid_fee * part + out_fee * (1 - part);
    const double ratio_by_x = ratio * (1 / x - near.price / y - 3 * (1 - near.price) / s);
    const double part_by_ratio = fee_gamma > 0 ? part / (fee_gamma + 1 - ratio) : 1;
    near.fee_by_x = (mid_fee - out_fee) * part_by_ratio * ratio_by_x;
    return near;
}

/// Measured on the contracts of the tests with plain tokens.
uint64_t CryptoPool::gas(TokenIndex, TokenIndex, const u256&) const noexcept {
    return state_.generation == Generation::tricrypto2 ? 400'000 : 190'000;
}

// --- events -------------------------------------------------------------------------------------------------------

Applied CryptoPool::apply(const Log& log) {
    static const Hash first_exchange = abi::event_topic("TokenExchange(address,uint256,uint256,uint256,uint256)");
    static const Hash ng_exchange =
        abi::event_topic("TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)");
    static const Hash transfer = abi::event_topic("Transfer(address,address,uint256)");
    static const Hash approval = abi::event_topic("Approval(address,address,uint256)");
    if (log.address != key().contract || log.topics.empty()) return Applied::foreign;
    const bool is_first = state_.generation == Generation::tricrypto2;
    if (log.topics[0] == transfer || log.topics[0] == approval) return Applied::foreign;
    if (log.topics[0] != (is_first ? first_exchange : ng_exchange) || !abi::has_words(log.data, is_first ? 4 : 6))
        return Applied::must_read;  // liquidity, admin fees and parameters: what they do to D is not told
    const u256 in = abi::word_at(log.data, 0), sold = abi::word_at(log.data, 1);
    const u256 out = abi::word_at(log.data, 2), bought = abi::word_at(log.data, 3);
    if (in >= n || out >= n || in == out) return Applied::must_read;
    const Quote paid = swap(static_cast<TokenIndex>(in.w[0]), static_cast<TokenIndex>(out.w[0]), sold);
    if (!paid || paid.amount != bought) return Applied::must_read;
    // Tricrypto-NG tells the price scale that came out.
    if (!is_first && abi::word_at(log.data, 5) != (state_.price_scale[0] | (state_.price_scale[1] << uint64_t{128})))
        return Applied::must_read;
    return Applied::applied;
}

}  // namespace osprey::protocol::curve_cryptoswap
