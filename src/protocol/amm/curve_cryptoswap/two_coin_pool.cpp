#include "protocol/amm/curve_cryptoswap/two_coin_pool.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/checked.hpp"
#include "protocol/amm/input_search.hpp"

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

/// _A_gamma().
TwoCoinPool::Parameters TwoCoinPool::parameters() const noexcept {
    if (time_ >= state_.future_time) return {state_.future_a, state_.future_gamma, true};
    Checked check;
    const u256 all = check.sub(u256{state_.future_time}, u256{state_.initial_time});
    const u256 passed = check.sub(u256{time_}, u256{state_.initial_time});
    const u256 left = check.sub(all, passed);
    const auto between = [&](const u256& from, const u256& to) {
        return check.div(check.add(check.mul(from, left), check.mul(to, passed)), all);
    };
    const u256 a = between(state_.initial_a, state_.future_a);
    const u256 gamma = between(state_.initial_gamma, state_.future_gamma);
    return {a, gamma, check.ok()};
}

Balances TwoCoinPool::scaled(TokenIndex in, const u256& amount_in, bool& ok) const noexcept {
    Checked check;
    Balances xp = state_.balances;
    xp[in] = check.add(xp[in], amount_in);
    xp[0] = check.mul(xp[0], state_.precisions[0]);
    xp[1] = check.mul(check.mul(xp[1], state_.price_scale), state_.precisions[1]) / wad;
    ok &= check.ok();
    return xp;
}

/// _fee().
u256 TwoCoinPool::fee(const Balances& xp, bool& ok) const noexcept {
    const Solution near = reduction_coefficient(xp, state_.fee_gamma);
    Checked check;
    const u256 sum =
        check.add(check.mul(state_.mid_fee, near.value), check.mul(state_.out_fee, check.sub(wad, near.value)));
    ok &= near.ok && check.ok();
    return sum / wad;
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

Quote TwoCoinPool::quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    State after = state_;
    const Paid paid = exchange(after, in, out, amount_in);
    return paid.ok ? Quote::ok(paid.out) : Quote::refused();
}

Quote TwoCoinPool::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    State after = state_;
    const Paid paid = exchange(after, in, out, amount_in);
    if (!paid.ok) return Quote::refused();
    state_ = after;
    return Quote::ok(paid.out);
}

Quote TwoCoinPool::view_quote(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    const Parameters now = parameters();
    bool ok = now.ok;
    Balances xp = scaled(in, amount_in, ok);
    if (!ok) return Quote::refused();
    const Solution d = present_d(now, scaled(in, {}, ok));
    if (!ok || !d.ok) return Quote::refused();
    const Solution y = newton_y(now.a, now.gamma, xp, d.value, out);
    if (!y.ok) return Quote::refused();
    Checked check;
    u256 dy = check.sub(check.sub(xp[out], y.value), u256{1});
    xp[out] = y.value;
    if (out > 0) dy = check.div(check.mul(dy, wad), state_.price_scale);
    dy = check.div(dy, state_.precisions[out]);
    dy = check.sub(dy, check.mul(fee(xp, ok), dy) / fees);
    return ok && check.ok() ? Quote::ok(dy) : Quote::refused();
}

/// y is solved for balances of at most 100 D.
u256 TwoCoinPool::max_in(TokenIndex in, TokenIndex) const noexcept {
    bool ok = true;
    const Balances before = scaled(in, {}, ok);
    const Parameters now = parameters();
    if (!ok || !now.ok) return {};
    const Solution d = present_d(now, before);
    if (!d.ok || !d.value) return {};
    Checked check;
    const u256 most = check.mul(check.add(d.value, u256{1}), u256{100});
    if (!check.ok() || before[in] >= most) return {};
    u256 left = most - before[in];
    if (in > 0) left = check.div(check.mul(left, wad), state_.price_scale);
    left = check.div(left, state_.precisions[in]);
    return check.ok() ? left + u256{2} : u256{};
}

Quote TwoCoinPool::quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept {
    const u256 most = max_in(in, out);
    if (!most || !amount_out || amount_out >= state_.balances[out]) return Quote::refused();
    // First guess: the invariant the other way round.
    const Parameters now = parameters();
    bool ok = now.ok;
    const Balances before = scaled(in, {}, ok);
    const Solution d = present_d(now, before);
    if (!ok || !d.ok) return Quote::refused();
    u256 guess{1}, with_fee = amount_out;
    Checked check;
    for (int round = 0; round < 3; ++round) {
        Balances xp = before;
        u256 leaves = check.mul(with_fee, state_.precisions[out]);
        if (out > 0) leaves = check.mul(leaves, state_.price_scale) / wad;
        if (!check.ok() || leaves >= xp[out]) break;
        xp[out] -= leaves;
        const Solution x = newton_y(now.a, now.gamma, xp, d.value, in);
        if (!x.ok || x.value <= xp[in]) break;
        u256 enters = x.value - xp[in];
        xp[in] = x.value;
        if (in > 0) enters = check.div(check.mul(enters, wad), state_.price_scale);
        guess = check.div(enters, state_.precisions[in]);
        const u256 rate = fee(xp, ok);
        if (!ok || !check.ok() || rate >= fees) break;
        with_fee = check.mul(amount_out, fees) / (fees - rate);
    }
    const auto found = search_input(guess, most, true, [&](const u256& amount) {
        State after = state_;
        const Paid paid = exchange(after, in, out, amount);
        return paid.ok && paid.out >= amount_out;
    });
    return found ? Quote::ok(*found) : Quote::refused();
}

// --- floating point -----------------------------------------------------------------------------------------------

namespace {

struct Near {
    double price;  ///< - dy / dx
    double fee, fee_by_x;
};

/// All balances over D: of f(K0) (S - 1) + x y = 1/4 with K0 = 4 x y and f = A K0 gamma^2 / (gamma + 1 - K0)^2.
Near look(double x, double y, double a, double gamma, double mid, double out, double fee_gamma) {
    const double k = 4 * x * y, s = x + y, g = gamma + 1 - k;
    const double f = a * k * gamma * gamma / (g * g), f_by_k = a * gamma * gamma * (gamma + 1 + k) / (g * g * g);
    const double c = 1 + 4 * f_by_k * (s - 1);
    Near near{};
    near.price = (f + y * c) / (f + x * c);
    const double ratio = k / (s * s), depth = fee_gamma + 1 - ratio;
    const double part = fee_gamma / depth;
    near.fee = mid * part + out * (1 - part);
    const double ratio_by_x = ratio * (1 / x - near.price / y - 2 * (1 - near.price) / s);
    near.fee_by_x = (mid - out) * part / depth * ratio_by_x;
    return near;
}

}  // namespace

double TwoCoinPool::unit_of(TokenIndex i) const noexcept {
    return to_double(state_.precisions[i]) * (i > 0 ? to_double(state_.price_scale) / 1e18 : 1);
}

Marginal TwoCoinPool::marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept {
    const Parameters now = parameters();
    bool ok = now.ok;
    const Balances xp = scaled(in, to_u256(amount_in), ok);
    const Solution d = present_d(now, scaled(in, {}, ok));
    if (!ok || !d.ok || !d.value) return {};
    const Solution y = newton_y(now.a, now.gamma, xp, d.value, out);
    if (!y.ok) return {};
    const double whole = to_double(d.value), y0 = to_double(xp[out]) / whole;
    const double a = to_double(now.a) / 4e4, gamma = to_double(now.gamma) / 1e18;
    const double mid = to_double(state_.mid_fee) / 1e10, high = to_double(state_.out_fee) / 1e10;
    const double fee_gamma = to_double(state_.fee_gamma) / 1e18;
    const auto rate_at = [&](double x, double at_y) {
        const Near near = look(x, at_y, a, gamma, mid, high, fee_gamma);
        return near.price * (1 - near.fee) - (y0 - at_y) * near.fee_by_x;
    };
    const double at_x = to_double(xp[in]) / whole, at_y = to_double(y.value) / whole;
    const double rate = rate_at(at_x, at_y), step = at_x * 1e-5;
    // Along the curve, by its own slope.
    const double price = look(at_x, at_y, a, gamma, mid, high, fee_gamma).price;
    const double slope =
        (rate_at(at_x + step, at_y - price * step) - rate_at(at_x - step, at_y + price * step)) / (2 * step) / whole;
    if (!std::isfinite(rate) || !std::isfinite(slope) || rate <= 0) return {};
    const double in_unit = unit_of(in), out_unit = unit_of(out);
    return {.rate = rate * in_unit / out_unit, .slope = slope * in_unit * in_unit / out_unit};
}

/// On the curve of one D, with all balances over D: f(K0) (S - 1) + x y = 1/4, K0 = 4 x y, f = A K0 gamma^2 /
/// (gamma + 1 - K0)^2. S >= 1: were it less, x y <= S^2 / 4 < 1/4 and f (S - 1) < 0 could not add up to 1/4. So x y <=
/// 1/4, K0 <= 1 < gamma + 1, f > 0 and f' = A gamma^2 (gamma + 1 + K0) / (gamma + 1 - K0)^3 > 0. With c = 1 + 4 f'
/// (S - 1) >= 1, - dy/dx = (f + y c) / (f + x c), which lies between y/x and 1, and as x grows and y falls along the
/// curve it stays below max(1, y/x) of the start. What the solved y loses is as in three coins: K0 rounded to 10^-18
/// moves gamma + 1 - K0 >= gamma by as much, and y by a few 10^-18 / gamma of D; Newton stops at a step below 10^-14 of
/// D, x and y, of which x may be 100 D. The fee is no lower than the lower of mid_fee and out_fee, a part in 10^10
/// lost.
RateBound TwoCoinPool::rate_bound(TokenIndex in, TokenIndex out) const noexcept {
    const Parameters now = parameters();
    bool ok = now.ok;
    const Balances before = scaled(in, {}, ok);
    const Solution d = present_d(now, before);
    if (!ok || !d.ok || !before[in] || !before[out] || !d.value || !now.gamma) return {.rate = 0};
    const Solution start = newton_y(now.a, now.gamma, before, d.value, out);
    if (!start.ok) return {};
    const double x = to_double(before[in]), y = std::max(to_double(start.value), to_double(before[out]));
    const double off = to_double(before[out]) - to_double(start.value);
    const double lowest = std::max(0.0, to_double(std::min(state_.mid_fee, state_.out_fee)) - 2) / 1e10;
    const double gamma = to_double(now.gamma) / 1e18;
    const double slack = std::max(0.0, off) + to_double(d.value) * (2e-12 + 1e-17 / gamma) + 4;
    const double above = 1 + 0x1p-40;
    return {.rate = std::max(1.0, y / x) * unit_of(in) / unit_of(out) * std::max(0.0, 1 - lowest) * above,
            .slack = (slack / unit_of(out) + 2) * above};
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

bool TwoCoinPool::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const TwoCoinPool*>(&other);
    return pool != nullptr && pool->key() == key() && pool->state_ == state_;
}

}  // namespace osprey::protocol::curve_cryptoswap::two
