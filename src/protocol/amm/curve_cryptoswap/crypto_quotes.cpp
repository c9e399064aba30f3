#include "protocol/amm/curve_cryptoswap/crypto_quotes.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/real.hpp"
#include "protocol/amm/checked.hpp"
#include "protocol/amm/curve_cryptoswap/crypto_pool.hpp"
#include "protocol/amm/curve_cryptoswap/two_coin_pool.hpp"
#include "protocol/amm/input_search.hpp"

namespace osprey::protocol::curve_cryptoswap {

namespace {

constexpr u256 fees{10'000'000'000ULL};

}  // namespace

template <class State>
auto CryptoQuotes<State>::parameters() const noexcept -> Parameters {
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

template <class State>
auto CryptoQuotes<State>::scaled(TokenIndex in, const u256& amount_in, bool& ok) const noexcept -> Balances {
    Checked check;
    Balances xp = state_.balances;
    xp[in] = check.add(xp[in], amount_in);
    xp[0] = check.mul(xp[0], state_.precisions[0]);
    for (size_t k = 1; k < count; ++k)
        xp[k] = check.mul(check.mul(xp[k], state_.scale_of(k)), state_.precisions[k]) / wad;
    ok &= check.ok();
    return xp;
}

template <class State>
u256 CryptoQuotes<State>::fee(const Balances& xp, bool& ok) const noexcept {
    const Solution near = fee_reduction(xp);
    Checked check;
    const u256 sum =
        check.add(check.mul(state_.mid_fee, near.value), check.mul(state_.out_fee, check.sub(wad, near.value)));
    ok &= near.ok && check.ok();
    return sum / wad;
}

template <class State>
Quote CryptoQuotes<State>::quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    State after = state_;
    const Paid paid = exchange(after, in, out, amount_in);
    return paid.ok ? Quote::ok(paid.out) : Quote::refused();
}

template <class State>
Quote CryptoQuotes<State>::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    State after = state_;
    const Paid paid = exchange(after, in, out, amount_in);
    if (!paid.ok) return Quote::refused();
    state_ = after;
    return Quote::ok(paid.out);
}

template <class State>
Quote CryptoQuotes<State>::view_quote(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    const Parameters now = parameters();
    bool ok = now.ok && (amount_in || State::view_takes_zero);
    Balances xp = scaled(in, amount_in, ok);
    if (!ok) return Quote::refused();
    const Solution d = present_d(now, scaled(in, {}, ok));
    if (!ok || !d.ok) return Quote::refused();
    const Solution y = solve_y(now, xp, d.value, out);
    if (!y.ok) return Quote::refused();
    Checked check;
    u256 dy = check.sub(check.sub(xp[out], y.value), u256{1});
    xp[out] = y.value;
    if (out > 0) dy = check.div(check.mul(dy, wad), state_.scale_of(out));
    dy = check.div(dy, state_.precisions[out]);
    dy = check.sub(dy, check.mul(fee(xp, ok), dy) / fees);
    return ok && check.ok() ? Quote::ok(dy) : Quote::refused();
}

/// y is solved for balances of at most 100 D.
template <class State>
u256 CryptoQuotes<State>::max_in(TokenIndex in, TokenIndex) const noexcept {
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
    if (in > 0) left = check.div(check.mul(left, wad), state_.scale_of(in));
    left = check.div(left, state_.precisions[in]);
    return check.ok() ? left + u256{2} : u256{};
}

template <class State>
Quote CryptoQuotes<State>::quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept {
    const u256 most = max_in(in, out);
    if (!most || !amount_out || amount_out >= state_.balances[out]) return Quote::refused();
    // First guess: get_dx()'s way, the invariant the other way round.
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
        if (out > 0) leaves = check.mul(leaves, state_.scale_of(out)) / wad;
        if (!check.ok() || leaves >= xp[out]) break;
        xp[out] -= leaves;
        const Solution x = solve_y(now, xp, d.value, in);
        if (!x.ok || x.value <= xp[in]) break;
        u256 enters = x.value - xp[in];
        xp[in] = x.value;
        if (in > 0) enters = check.div(check.mul(enters, wad), state_.scale_of(in));
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

template <class State>
double CryptoQuotes<State>::unit_of(TokenIndex coin) const noexcept {
    return to_double(state_.precisions[coin]) * (coin > 0 ? to_double(state_.scale_of(coin)) / 1e18 : 1);
}

template <class State>
Marginal CryptoQuotes<State>::marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept {
    const Parameters now = parameters();
    bool ok = now.ok;
    const Balances xp = scaled(in, to_u256(amount_in), ok);
    const Solution d = present_d(now, scaled(in, {}, ok));
    if (!ok || !d.ok || !d.value) return {};
    const Solution y = solve_y(now, xp, d.value, out);
    if (!y.ok || y.value >= xp[out] + d.value) return {};
    const double whole = to_double(d.value), y0 = to_double(xp[out]) / whole;
    const double third = count == 3 ? to_double(xp[3U - in - out]) / whole : 0;
    const Shape shape{.a = to_double(now.a),
                      .gamma = to_double(now.gamma) / 1e18,
                      .mid_fee = to_double(state_.mid_fee) / 1e10,
                      .out_fee = to_double(state_.out_fee) / 1e10,
                      .fee_gamma = to_double(state_.fee_gamma) / 1e18};
    const auto rate_at = [&](double x, double at_y) {
        const Near near = look(x, at_y, third, shape);
        return near.price * (1 - near.fee) - (y0 - at_y) * near.fee_by_x;
    };
    const double at_x = to_double(xp[in]) / whole, at_y = to_double(y.value) / whole;
    const double rate = rate_at(at_x, at_y), step = at_x * 1e-5;
    // Along the curve, by its own slope.
    const double price = look(at_x, at_y, third, shape).price;
    const double slope =
        (rate_at(at_x + step, at_y - price * step) - rate_at(at_x - step, at_y + price * step)) / (2 * step) / whole;
    if (!std::isfinite(rate) || !std::isfinite(slope) || rate <= 0) return {};
    const double in_unit = unit_of(in), out_unit = unit_of(out);
    return {.rate = rate * in_unit / out_unit, .slope = slope * in_unit * in_unit / out_unit};
}

/// On the curve of one D, with all balances over D, - dy/dx lies between y/x and 1, and as x grows and y falls along
/// the curve it stays below max(1, y/x) of the start: Three coins, K = 27 x y z: - dy/dx = y (G + s x K) / (x (G + s y
/// K)) for G = 2 K^3 + (gamma + 1)^2 - K^2 (2 gamma + 3) and s = A gamma^2 (get_p()). K <= 1: the invariant says (S -
/// D) times something positive is (D/3)^3 - x y z, so that K > 1 would mean S < D, against the inequality of the means.
/// G falls with K there, dG/dK = 2 K (3 K - 2 gamma - 3), down to gamma^2 at K = 1: it is positive. Two coins, f(K) (S
/// - 1) + x y = 1/4 with K = 4 x y and f = A K gamma^2 / (gamma + 1 - K)^2. S >= 1: were it less, x y
/// <= S^2 / 4 < 1/4 and f (S - 1) < 0 could not add up to 1/4. So K <= 1 < gamma + 1, f > 0 and f' > 0. With c = 1 + 4
/// f' (S - 1) >= 1, - dy/dx = (f + y c) / (f + x c).
/// The lowest fee is the lower of mid_fee and out_fee, a part in 10^10 rounded away. How far the solved y falls below
/// the curve is not proven but allowed for, and tested: K rounded to 10^-18 moves gamma + 1 - K >= gamma by as much,
/// and y by a few 10^-18 / gamma of D; Newton stops at a step below 10^-14 of D, x and y, of which x may be 100 D, and
/// the cubic's roots have 18 digits.
template <class State>
RateBound CryptoQuotes<State>::rate_bound(TokenIndex in, TokenIndex out) const noexcept {
    const Parameters now = parameters();
    bool ok = now.ok;
    const Balances before = scaled(in, {}, ok);
    const Solution d = present_d(now, before);
    if (!ok || !d.ok || !before[in] || !before[out] || !d.value || !now.gamma) return {.rate = 0};
    // From the curve's y, which is the pool's balance but for what the last D was rounded by.
    const Solution start = solve_y(now, before, d.value, out);
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

template <class State>
bool CryptoQuotes<State>::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const CryptoQuotes*>(&other);
    return pool != nullptr && pool->key() == key() && pool->state_ == state_;
}

template class CryptoQuotes<State>;
template class CryptoQuotes<two::State>;

}  // namespace osprey::protocol::curve_cryptoswap
