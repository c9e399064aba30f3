#include "protocol/amm/curve_cryptoswap/two_coin_pool.hpp"

#include <algorithm>

#include "primitives/abi.hpp"
#include "protocol/amm/checked.hpp"

namespace osprey::protocol::curve_cryptoswap::two {

namespace {

constexpr u256 fees{10'000'000'000ULL};

/// Value of all shares for D: the geometric mean of the balances that D buys when they are even.
Solution value_of(const u256& d, const u256& price_scale) noexcept {
    Checked check;
    const u256 second = check.div(check.mul(d, wad), check.mul(u256{2}, price_scale));
    if (!check.ok()) return {};
    return geometric_mean({d >> uint64_t{1}, second});
}

}  // namespace

Solution TwoCoinPool::fee_reduction(const Balances& xp) const noexcept {
    return reduction_coefficient(xp, state_.fee_gamma);
}

Solution TwoCoinPool::solve_y(const Parameters& now, const Balances& xp, const u256& d, TokenIndex out) const noexcept {
    return newton_y(now.a, now.gamma, xp, d, out);
}

/// While A ramps, and until the exchange after the ramp's end, D follows from the balances.
Solution TwoCoinPool::present_d(const Parameters& now, const Balances& before) const noexcept {
    return state_.future_time > 0 ? newton_d(now.a, now.gamma, before) : Solution{state_.d, true};
}

/// exchange(), all but the transfers, on `state`, which is the pool's and means nothing where it is refused.
TwoCoinPool::Paid TwoCoinPool::exchange(State& state, TokenIndex in, TokenIndex out,
                                        const u256& amount_in) const noexcept {
    const Parameters now = parameters();
    if (!now.ok || !amount_in) return {};
    bool ok = true;
    Balances xp = scaled(in, amount_in, ok);
    if (!ok) return {};
    const Solution d = present_d(now, scaled(in, {}, ok));
    if (!ok || !d.ok) return {};
    state.d = d.value;
    if (state_.future_time > 0 && time_ >= state_.future_time) state.future_time = 1;

    const Solution y = newton_y(now.a, now.gamma, xp, d.value, out);
    if (!y.ok) return {};
    Checked check;
    u256 dy = check.sub(check.sub(xp[out], y.value), u256{1});
    xp[out] = y.value;
    if (out > 0) dy = check.div(check.mul(dy, wad), state_.price_scale);
    dy = check.div(dy, state_.precisions[out]);
    dy = check.sub(dy, check.mul(fee(xp, ok), dy) / fees);
    const u256 left = check.sub(state_.balances[out], dy);
    state.balances[in] = check.add(state_.balances[in], amount_in);
    state.balances[out] = left;
    xp[out] = check.mul(left, state_.precisions[out]);
    if (out > 0) xp[out] = check.mul(xp[out], state_.price_scale) / wad;
    if (!ok || !check.ok()) return {};

    // The price of the trade, where it is large enough to tell one.
    u256 price;
    constexpr u256 telling{100'000};
    if (amount_in > telling && dy > telling) {
        const u256 sold = check.mul(amount_in, state_.precisions[in]), bought = check.mul(dy, state_.precisions[out]);
        price = in == 0 ? check.div(check.mul(sold, wad), bought) : check.div(check.mul(bought, wad), sold);
    }
    Paid paid{.out = dy};
    paid.ok = check.ok() && tweak(state, now, xp, price, paid.rescales);
    return paid;
}

/// _claim_admin_fees(), where the pool holds what its books say and somebody receives the fees.
bool TwoCoinPool::claim(State& state, const Parameters& now) noexcept {
    Checked check;
    if (state.xcp_profit > state.xcp_profit_a) {
        const u256 claimed =
            check.mul(state.xcp_profit - state.xcp_profit_a, state.admin_fee) / u256{20'000'000'000ULL};
        if (claimed) {
            const u256 part =
                check.sub(check.div(check.mul(state.virtual_price, wad), check.sub(state.virtual_price, claimed)), wad);
            state.supply = check.add(state.supply, check.mul(state.supply, part) / wad);
            state.xcp_profit = check.sub(state.xcp_profit, check.mul(claimed, u256{2}));
        }
        state.xcp_profit_a = std::max(state.xcp_profit, state.xcp_profit_a);
    }
    const u256 second = check.mul(check.mul(state.balances[1], state.precisions[1]), state.price_scale) / wad;
    const Balances xp{check.mul(state.balances[0], state.precisions[0]), second};
    if (!check.ok()) return false;
    const Solution d = newton_d(now.a, now.gamma, xp);
    if (!d.ok) return false;
    const Solution value = value_of(d.value, state.price_scale);
    state.d = d.value;
    state.virtual_price = check.div(check.mul(wad, value.value), state.supply);
    return value.ok && check.ok();
}

/// tweak_price() with new_D = 0.
bool TwoCoinPool::tweak(State& state, const Parameters& now, const Balances& xp, const u256& price,
                        bool& rescales) const noexcept {
    Checked check;
    const u256& scale = state_.price_scale;
    if (state_.last_prices_time < time_) {
        const u256 age = check.mul(u256{time_ - state_.last_prices_time}, wad);
        const Solution alpha = first::halfpow(check.div(age, state_.average_time), u256{10'000'000'000ULL});
        if (!check.ok() || !alpha.ok) return false;
        state.price_oracle = check.add(check.mul(state_.last_prices, check.sub(wad, alpha.value)),
                                       check.mul(state_.price_oracle, alpha.value)) /
                             wad;
        state.last_prices_time = time_;
        if (!check.ok()) return false;
    }
    const Solution d = newton_d(now.a, now.gamma, xp);
    if (!d.ok) return false;
    state.last_prices = price;
    if (!price) {
        // By a small trade of the first coin.
        const u256 dx = xp[0] / u256{1'000'000};
        const Solution y = newton_y(now.a, now.gamma, {check.add(xp[0], dx), xp[1]}, d.value, 1);
        if (!y.ok) return false;
        state.last_prices = check.div(check.mul(scale, dx), check.sub(xp[1], y.value));
    }
    if (!check.ok()) return false;

    u256 profit = wad, virtual_price = wad;
    if (!state_.price_scale) return false;
    if (state_.virtual_price) {
        const Solution value = value_of(d.value, scale);
        if (!value.ok) return false;
        virtual_price = check.div(check.mul(wad, value.value), state_.supply);
        profit = check.mul(state_.xcp_profit, virtual_price) / state_.virtual_price;
        if (!check.ok()) return false;
        if (virtual_price < state_.virtual_price && state.future_time == 0) return false;  // "Loss"
        if (state.future_time == 1) state.future_time = 0;
    }
    state.xcp_profit = profit;
    state.d = d.value;
    state.virtual_price = virtual_price;

    const u256 ratio = check.div(check.mul(state.price_oracle, wad), scale);
    const u256 norm = ratio > wad ? ratio - wad : wad - ratio;
    const u256 step = std::max(state_.adjustment_step, norm / u256{5});
    if (!check.ok()) return false;
    const bool may = norm > step && state_.virtual_price;
    bool adjusts = state_.not_adjusted;
    if (!adjusts) {
        const u256 gained = check.sub(check.add(virtual_price, virtual_price), wad);
        const u256 enough = check.add(profit, check.add(state_.allowed_extra_profit, state_.allowed_extra_profit));
        if (!check.ok()) return false;
        // Whatever the release makes of it.
        rescales = gained > enough;
        adjusts = rescales && may;
        if (adjusts) state.not_adjusted = true;
    }
    if (!adjusts) return true;
    rescales = true;
    if (may) {
        const u256 moved_scale = check.add(check.mul(scale, norm - step), check.mul(step, state.price_oracle)) / norm;
        const u256 second = check.mul(xp[1], moved_scale) / scale;
        if (!check.ok()) return false;
        const Solution moved_d = newton_d(now.a, now.gamma, {xp[0], second});
        if (!moved_d.ok) return false;
        const Solution value = value_of(moved_d.value, moved_scale);
        if (!value.ok) return false;
        const u256 moved_price = check.div(check.mul(wad, value.value), state_.supply);
        if (!check.ok()) return false;
        if (moved_price > wad) {
            const u256 gained = check.sub(check.mul(u256{2}, moved_price), wad);
            if (!check.ok()) return false;
            if (gained > profit) {
                state.price_scale = moved_scale;
                state.d = moved_d.value;
                state.virtual_price = moved_price;
                return true;
            }
        }
    }
    state.not_adjusted = false;
    return claim(state, now);
}

/// Of f(K) (S - 1) + x y = 1/4 with K = 4 x y and f = A K gamma^2 / (gamma + 1 - K)^2.
TwoCoinPool::Near TwoCoinPool::look(double x, double y, double, const Shape& shape) const noexcept {
    const auto [stored_a, gamma, mid_fee, out_fee, fee_gamma] = shape;
    const double a = stored_a / 4e4;
    const double k = 4 * x * y, s = x + y, g = gamma + 1 - k;
    const double f = a * k * gamma * gamma / (g * g), f_by_k = a * gamma * gamma * (gamma + 1 + k) / (g * g * g);
    const double c = 1 + 4 * f_by_k * (s - 1);
    Near near{};
    near.price = (f + y * c) / (f + x * c);
    const double ratio = k / (s * s), depth = fee_gamma + 1 - ratio;
    const double part = fee_gamma / depth;
    near.fee = mid_fee * part + out_fee * (1 - part);
    const double ratio_by_x = ratio * (1 / x - near.price / y - 2 * (1 - near.price) / s);
    near.fee_by_x = (mid_fee - out_fee) * part / depth * ratio_by_x;
    return near;
}

/// No code of theirs was at hand to measure: of tricrypto2's 400,000, which solves the same with three coins and calls
/// its math, about three quarters.
uint64_t TwoCoinPool::gas(TokenIndex, TokenIndex, const u256&) const noexcept { return 300'000; }

Applied TwoCoinPool::apply(const Log& log) {
    static const Hash exchanged = abi::event_topic("TokenExchange(address,uint256,uint256,uint256,uint256)");
    if (log.address != key().contract || log.topics.empty()) return Applied::foreign;
    if (log.topics[0] != exchanged || !abi::has_words(log.data, 4))
        return Applied::must_read;  // liquidity, fees claimed and parameters: what they do to D is not told
    const u256 in = abi::word_at(log.data, 0), sold = abi::word_at(log.data, 1);
    const u256 out = abi::word_at(log.data, 2), bought = abi::word_at(log.data, 3);
    if (in >= u256{coins} || out >= u256{coins} || in == out) return Applied::must_read;
    State after = state_;
    const Paid paid = exchange(after, static_cast<TokenIndex>(in.w[0]), static_cast<TokenIndex>(out.w[0]), sold);
    if (!paid.ok || paid.out != bought || paid.rescales) return Applied::must_read;
    state_ = after;
    return Applied::applied;
}

}  // namespace osprey::protocol::curve_cryptoswap::two
