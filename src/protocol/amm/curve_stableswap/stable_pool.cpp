#include "protocol/amm/curve_stableswap/stable_pool.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/checked.hpp"
#include "protocol/amm/input_search.hpp"
#include "protocol/amm/jet.hpp"

namespace osprey::protocol::curve_stableswap {

namespace {

constexpr u256 unit{rate_unit};
constexpr u256 fees{fee_unit};

u256 scale(Checked& check, const Rules& rules, const u256& amount, const u256& rate) noexcept {
    const u256 product = check.mul(amount, rate);
    return rules.whole_rates ? product : product / unit;
}
u256 unscale(Checked& check, const Rules& rules, const u256& value, const u256& rate) noexcept {
    return rules.whole_rates ? check.div(value, rate) : check.div(check.mul(value, unit), rate);
}

/// _dynamic_fee() of the lending template and of StableSwap-NG; both take the multiplier's product unchecked or with
/// room to spare.
u256 dynamic_fee(Checked& check, const State& state, const u256& x, const u256& y) noexcept {
    const u256& multiplier = state.offpeg_fee_multiplier;
    if (multiplier <= fees) return state.fee;
    const u256 sum = check.add(x, y);
    const u256 square = check.mul(sum, sum);
    const u256 weight = check.mul(check.mul(check.mul(multiplier - fees, u256{4}), x), y);
    const u256 near = check.div(weight, square);
    if (state.rules.keeps_oracle) {
        // Vyper's unsafe_mul, unsafe_add and unsafe_div.
        return multiplier * state.fee / (near + fees);
    }
    return check.div(check.mul(multiplier, state.fee), check.add(near, fees));
}

u256 half(Checked& check, const u256& a, const u256& b) noexcept { return check.add(a, b) >> uint64_t{1}; }

}  // namespace

StablePool::StablePool(const Address& pool, const State& state) noexcept
    : Pool({.contract = pool, .id = {}}), state_(state) {
    derive();
}

/// _A() of every generation since ramps exist. A ramp that would overflow or ends before it begins is A 0: no quotes.
void StablePool::derive_a() noexcept {
    invariant_ = {.form = state_.rules.form,
                  .must_converge = state_.rules.must_converge,
                  .a_precision = state_.rules.precise_a ? 100U : 1U,
                  .amplification = state_.future_a};
    if (time_ >= state_.future_a_time) return;
    Checked check;
    const u256 passed = check.sub(u256{time_}, u256{state_.initial_a_time});
    const u256 all = check.sub(u256{state_.future_a_time}, u256{state_.initial_a_time});
    const u256 &from = state_.initial_a, &to = state_.future_a;
    const u256 moved = check.div(check.mul(to > from ? to - from : from - to, passed), all);
    const u256 a = to > from ? check.add(from, moved) : check.sub(from, moved);
    invariant_.amplification = check.ok() ? a : u256{};
}

/// _vp_rate().
bool StablePool::asks_base(uint64_t time) const noexcept {
    const BasePool& base = state_.base;
    return !base.caches || (time > base.cached_at && time - base.cached_at > base_price_seconds);
}

void StablePool::derive() noexcept {
    derive_a();
    if (state_.base.pool != Address{})
        state_.rates[state_.coins - 1U] = asks_base(time_) ? state_.base.price : state_.base.cached_price;
    Checked check;
    for (size_t i = 0; i < state_.coins; ++i)
        scaled_[i] = scale(check, state_.rules, state_.balances[i], state_.rates[i]);
    const Solution d = get_d(invariant_, {scaled_.data(), state_.coins});
    d_ = d.value;
    tradable_ = check.ok() && d.ok;
}

void StablePool::set_time(uint64_t timestamp) noexcept {
    const bool changes = std::min(time_, timestamp) < state_.future_a_time || asks_base(time_) != asks_base(timestamp);
    time_ = timestamp;
    if (changes) derive();
}

/// upkeep_oracles() of StableSwap-NG with _get_p() and pack_2(): nothing of it is quoted, but it reverts.
bool StablePool::oracle_bears(const u256& x, const u256& y, TokenIndex in, TokenIndex out) const noexcept {
    const size_t n = state_.coins;
    const auto balance = [&](size_t i) -> const u256& { return i == in ? x : i == out ? y : scaled_[i]; };
    uint64_t n_to_n = 1;
    for (size_t i = 0; i < n; ++i) n_to_n *= n;
    // Far from every limit? In floating point with 2^20 to spare, against a handful of roundings.
    const double d = to_double(d_);
    double dr = d / static_cast<double>(n_to_n), largest = d, least = d;
    bool far = d < 0x1p127;
    for (size_t i = 0; i < n; ++i) {
        const double b = to_double(balance(i));
        far &= dr * d < 0x1p236;
        dr *= d / b;
        largest = std::max(largest, b);
        least = std::min(least, b);
    }
    const double ann = to_double(invariant_.amplification) * static_cast<double>(n);
    far &= least >= 1 && ann < 0x1p200 && ann * largest < 0x1p236 && dr * largest < 0x1p236;
    // dr is below largest^2 / least in a pool, not in a broken one: hence the terms one by one.
    far &= (ann * largest + dr * largest / least + dr) * 1e18 < 0x1p236;
    if (far) [[likely]]
        return true;

    Checked check;
    const u256 ann_exact = invariant_.amplification * u256{n};
    u256 dr_exact = d_ / u256{n_to_n};
    for (size_t i = 0; i < n; ++i) dr_exact = check.div(check.mul(dr_exact, d_), balance(i));
    const u256 first = check.mul(ann_exact, balance(0)) / u256{100};
    for (size_t i = 1; i < n; ++i)
        check.div(check.mul(unit, check.add(first, check.mul(dr_exact, balance(0)) / balance(i))),
                  check.add(first, dr_exact));
    return check.ok() && d_.fits_u128();
}

/// _exchange() of each generation up to the transfers.
StablePool::Trade StablePool::trade(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    const Rules& rules = state_.rules;
    if (!tradable_ || (rules.keeps_oracle && !amount_in)) return {};
    Checked check;
    const u256 x = check.add(scaled_[in], scale(check, rules, amount_in, state_.rates[in]));
    if (!check.ok()) return {};
    const Solution solved = get_y(invariant_, {scaled_.data(), state_.coins}, d_, in, out, x);
    if (!solved.ok) return {};
    const u256& y = solved.value;
    u256 gross = check.sub(scaled_[out], y);
    if (rules.one_less) gross = check.sub(gross, u256{1});
    const u256 fee = rules.dynamic_fee
                         ? dynamic_fee(check, state_, half(check, scaled_[in], x), half(check, scaled_[out], y))
                         : state_.fee;
    const u256 kept = check.mul(gross, fee) / fees;
    const u256 admin = check.mul(kept, state_.admin_fee) / fees;
    Trade t;
    t.out = unscale(check, rules, check.sub(gross, kept), state_.rates[out]);
    if (rules.books_scaled) {
        t.balance_in = unscale(check, rules, x, state_.rates[in]);
        t.balance_out = unscale(check, rules, check.add(y, check.sub(kept, admin)), state_.rates[out]);
    } else {
        t.balance_in = check.add(state_.balances[in], amount_in);
        t.balance_out =
            check.sub(check.sub(state_.balances[out], t.out), unscale(check, rules, admin, state_.rates[out]));
    }
    t.ok = check.ok() && (!rules.keeps_oracle || oracle_bears(x, y, in, out));
    return t;
}

Quote StablePool::quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    const Trade t = trade(in, out, amount_in);
    return t.ok ? Quote::ok(t.out) : Quote::refused();
}

Quote StablePool::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    const Trade t = trade(in, out, amount_in);
    if (!t.ok) return Quote::refused();
    state_.balances[in] = t.balance_in;
    state_.balances[out] = t.balance_out;
    if (state_.base.caches && asks_base(time_)) {
        state_.base.cached_price = state_.base.price;
        state_.base.cached_at = time_;
    }
    derive();
    return Quote::ok(t.out);
}

/// get_dy(); of StableSwap-NG the one of CurveStableSwapNGViews.
Quote StablePool::view_quote(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    const Rules& rules = state_.rules;
    if (!tradable_) return Quote::refused();
    Checked check;
    const u256 x = check.add(scaled_[in], scale(check, rules, amount_in, state_.rates[in]));
    if (!check.ok()) return Quote::refused();
    const Solution y = get_y(invariant_, {scaled_.data(), state_.coins}, d_, in, out, x);
    if (!y.ok) return Quote::refused();
    u256 gross = check.sub(scaled_[out], y.value);
    if (rules.one_less) gross = check.sub(gross, u256{1});
    const u256 fee = rules.dynamic_fee
                         ? dynamic_fee(check, state_, half(check, scaled_[in], x), half(check, scaled_[out], y.value))
                         : state_.fee;
    u256 paid;
    if (rules.view_takes_fee_last) {
        const u256 coins = unscale(check, rules, gross, state_.rates[out]);
        paid = check.sub(coins, check.mul(fee, coins) / fees);
    } else {
        paid = unscale(check, rules, check.sub(gross, check.mul(fee, gross) / fees), state_.rates[out]);
    }
    return check.ok() ? Quote::ok(paid) : Quote::refused();
}

Quote StablePool::quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept {
    const u256 most = max_in(in, out);
    if (!most || !amount_out) return Quote::refused();
    const auto pays = [&](const u256& amount) {
        const Trade t = trade(in, out, amount);
        return t.ok && t.out >= amount_out;
    };

    // First guess: the invariant the other way round, at the fee that seems to hold there.
    Checked check;
    const u256 wanted = scale(check, state_.rules, amount_out, state_.rates[out]);
    if (!check.ok() || wanted > scaled_[out]) return Quote::refused();
    u256 guess{1}, fee = state_.fee;
    for (int round = 0; round < 3 && fee < fees; ++round) {
        const u256 gross = check.add(check.mul(wanted, fees) / (fees - fee), u256{1});
        if (!check.ok() || gross >= scaled_[out]) break;
        const u256 y = scaled_[out] - gross;
        const Solution x = get_y(invariant_, {scaled_.data(), state_.coins}, d_, out, in, y);
        if (!x.ok || x.value <= scaled_[in]) break;
        guess = unscale(check, state_.rules, x.value - scaled_[in], state_.rates[in]);
        if (!state_.rules.dynamic_fee) break;
        fee = dynamic_fee(check, state_, half(check, scaled_[in], x.value), half(check, scaled_[out], y));
        if (!check.ok()) break;
    }
    const auto found = search_input(guess, most, state_.rules.dynamic_fee, pays);
    return found ? Quote::ok(*found) : Quote::refused();
}

// --- floating point -----------------------------------------------------------------------------------------------

/// get_y() solved for real numbers: y^2 + u y = c with u = sum + x + D / Ann - D and c = k / x.
struct StablePool::Real {
    double x0, y0;  ///< the present balances
    double k, u_less_x;
    double in_rate, out_rate;  ///< scaled per smallest unit
    double coarse;             ///< sums of this size are rounded in u

    template <class T>
    T y(const T& x) const noexcept {
        using std::sqrt;
        const T u = x + u_less_x, c = k / x;
        const T root = sqrt(u * u + c * 4.0);
        return value(u) > 0 ? c * 2.0 / (u + root) : (root - u) * 0.5;
    }
    static double value(double v) noexcept { return v; }
    static double value(const Jet& v) noexcept { return v.v; }
};

StablePool::Real StablePool::real(TokenIndex in, TokenIndex out) const noexcept {
    const auto n = static_cast<double>(state_.coins);
    const double d = to_double(d_);
    const double ann = to_double(invariant_.amplification) / invariant_.a_precision * n;
    Real r{};
    r.k = d * (d / n) * (d / (ann * n));
    double sum = 0;
    for (size_t i = 0; i < state_.coins; ++i) {
        if (i == in || i == out) continue;
        const double balance = to_double(scaled_[i]);
        r.k *= d / (balance * n);
        sum += balance;
    }
    r.x0 = to_double(scaled_[in]);
    r.y0 = to_double(scaled_[out]);
    r.u_less_x = sum + d / ann - d;
    r.coarse = sum + d + r.x0 + r.y0;
    const double one = state_.rules.whole_rates ? 1.0 : 1e18;
    r.in_rate = to_double(state_.rates[in]) / one;
    r.out_rate = to_double(state_.rates[out]) / one;
    return r;
}

Marginal StablePool::marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept {
    if (!tradable_ || !d_ || !scaled_[out]) return {};
    const Real r = real(in, out);
    const Jet x{r.x0 + r.in_rate * amount_in, r.in_rate, 0};
    const Jet y = r.y(x);
    const Jet gross = r.y0 - y;
    Jet keep{1 - to_double(state_.fee) / 1e10, 0, 0};
    const double multiplier = to_double(state_.offpeg_fee_multiplier) / 1e10;
    if (state_.rules.dynamic_fee && multiplier > 1) {
        const Jet a = (x + r.x0) * 0.5, b = (y + r.y0) * 0.5, sum = a + b;
        keep = 1.0 - (multiplier * to_double(state_.fee) / 1e10) / ((4 * (multiplier - 1)) * a * b / (sum * sum) + 1.0);
    }
    const Jet paid = gross * keep * (1 / r.out_rate);
    if (!(std::isfinite(paid.d) && std::isfinite(paid.dd)) || paid.d <= 0) return {};
    return {.rate = paid.d, .slope = paid.dd};
}

/// With D the contract's integer, let Y(x) be the real y of get_y()'s equation, x y (x + y + w) = k. On it the sum of
/// the logarithms of x, y and x + y + w is constant; that sum is concave and grows with both, so Y falls and is convex:
/// y0 - Y(x) <= (y0 - Y(x0)) - Y'(x0) (x - x0). The integer y is a Newton step on a convex function, which ends at or
/// above its root, rounded down: y > root - 1. That root is for an integer b, below its real value, which raises it,
/// and an integer c that each of its n roundings lowers by less than one times the factors still to come: by less than
/// E = 1 + (n - 1) D / (Ann n) * product of max(1, D / (balance n)). The root is lower for it by less than sqrt(E) and
/// by less than 2 E / sqrt(u^2 + 4 c), where p is below that square root for every x >= x0. Fees: the dynamic one is
/// m fee / ((m - 1) t + 1) with t <= 1, never below state.fee but by rounding, a part in 10^10; its product is rounded
/// by one more. Inputs and outputs are rounded down when they are scaled. What doubles lose is relative to the sums
/// in u.
RateBound StablePool::rate_bound(TokenIndex in, TokenIndex out) const noexcept {
    if (!tradable_ || !d_ || !scaled_[out]) return {.rate = 0};
    const Real r = real(in, out);
    const Jet y = r.y(Jet::variable(r.x0));
    const auto n = static_cast<double>(state_.coins);
    const double d = to_double(d_), ann = to_double(invariant_.amplification) / invariant_.a_precision * n;
    double factors = d / (ann * n);
    for (size_t i = 0; i < state_.coins; ++i)
        if (i != out) factors *= std::max(1.0, d / (to_double(scaled_[i]) * n));
    const double error = 1 + (n - 1) * factors;
    // u = x - beta: where x >= 2 beta, |u| >= beta; below that 4 c >= 2 k / beta.
    const double beta = -r.u_less_x;
    const double p = beta > 0 ? std::min(beta, std::sqrt(2 * r.k / beta)) : r.x0 - beta;
    const double moved = std::min(2 * error / p, std::sqrt(error));
    const double short_of = std::max(0.0, r.y0 - y.v) + moved + 3 + r.coarse * 0x1p-44;
    const double least_fee = std::max(0.0, (to_double(state_.fee) - 1) / 1e10);
    const double keep = std::max(0.0, 1 - least_fee);
    RateBound bound{.rate = -y.d * r.in_rate / r.out_rate * keep * (1 + 0x1p-40),
                    .slack = (short_of / r.out_rate + 1) * (1 + 0x1p-40)};
    if (!std::isfinite(bound.rate) || bound.rate < 0) bound.rate = std::numeric_limits<double>::infinity();
    if (!std::isfinite(bound.slack)) bound.slack = std::numeric_limits<double>::infinity();
    return bound;
}

/// From k / x < 1 on the integer c is 0, y is 0, and more input pays nothing more.
u256 StablePool::max_in(TokenIndex in, TokenIndex out) const noexcept {
    if (!tradable_ || scaled_[out] <= u256{state_.rules.one_less}) return {};
    const Real r = real(in, out);
    if (!(r.k > 0)) return {};
    const double most = (r.k * 1.001 + to_double(d_) + 2) / r.in_rate;
    return most < 0x1p255 ? to_u256(most) + u256{1} : u256::max();
}

/// Measured on the contracts of the tests with plain tokens: 94,000 for two coins, 137,000 for three and four, 202,000
/// for two coins of StableSwap-NG. No code of a meta pool was at hand: the base pool's get_virtual_price(), of as many
/// steps as an exchange has, is taken for three quarters of one.
uint64_t StablePool::gas(TokenIndex, TokenIndex, const u256&) const noexcept {
    const uint64_t base = state_.base.pool != Address{} && asks_base(time_) ? 70'000 : 0;
    if (state_.rules.keeps_oracle) return base + 160'000 + 20'000 * uint64_t{state_.coins};
    return base + 40'000 + 28'000 * uint64_t{state_.coins};
}

// --- events -------------------------------------------------------------------------------------------------------

namespace {

struct Topics {
    Hash exchange = abi::event_topic("TokenExchange(address,int128,uint256,int128,uint256)");
    Hash exchange_underlying = abi::event_topic("TokenExchangeUnderlying(address,int128,uint256,int128,uint256)");
    Hash ramp = abi::event_topic("RampA(uint256,uint256,uint256,uint256)");
    Hash stop_ramp = abi::event_topic("StopRampA(uint256,uint256)");
    Hash new_fee = abi::event_topic("NewFee(uint256,uint256)");
    Hash new_fee_and_multiplier = abi::event_topic("NewFee(uint256,uint256,uint256)");
    Hash new_parameters = abi::event_topic("NewParameters(uint256,uint256,uint256)");
    Hash apply_fee = abi::event_topic("ApplyNewFee(uint256,uint256)");
    Hash apply_admin_fee = abi::event_topic("ApplyNewAdminFee(uint256)");
    Hash transfer = abi::event_topic("Transfer(address,address,uint256)");
    Hash approval = abi::event_topic("Approval(address,address,uint256)");
    Hash new_oracle_times = abi::event_topic("SetNewMATime(uint256,uint256)");
    std::array<Hash, max_coins + 1> add{}, remove{}, remove_imbalance{};  ///< by coins; [0] with dynamic arrays

    Topics() {
        for (size_t n = 0; n <= max_coins; ++n) {
            const std::string array = n == 0 ? "uint256[]" : "uint256[" + std::to_string(n) + "]";
            add[n] = abi::event_topic("AddLiquidity(address," + array + "," + array + ",uint256,uint256)");
            remove[n] = abi::event_topic("RemoveLiquidity(address," + array + "," + array + ",uint256)");
            remove_imbalance[n] =
                abi::event_topic("RemoveLiquidityImbalance(address," + array + "," + array + ",uint256,uint256)");
        }
    }
};

const Topics& topics() {
    static const Topics all;
    return all;
}

/// `count` words, or none, at the offset that stands in the head.
bool dynamic_array(BytesView data, size_t head, size_t count, std::array<u256, max_coins>& into) {
    if (!abi::has_words(data, head + 1)) return false;
    const u256 offset = abi::word_at(data, head);
    if (!offset.fits_u64() || offset.w[0] % abi::word_size != 0 || offset.w[0] >= data.size()) return false;
    const size_t at = offset.w[0] / abi::word_size;
    const u256 length = abi::word_at(data, at);
    if (!length) return true;
    if (length != u256{count} || !abi::has_words(data, at + 1 + count)) return false;
    for (size_t i = 0; i < count; ++i) into[i] = abi::word_at(data, at + 1 + i);
    return true;
}

}  // namespace

/// The event names what went in and out; the admin's part follows from the state, which has to pay the same.
Applied StablePool::apply_exchange(const Log& log) {
    if (!abi::has_words(log.data, 4)) return Applied::must_read;
    const u256 in = abi::word_at(log.data, 0), sold = abi::word_at(log.data, 1);
    const u256 out = abi::word_at(log.data, 2), bought = abi::word_at(log.data, 3);
    const u256 coins{state_.coins};
    if (in >= coins || out >= coins || in == out) return Applied::must_read;
    const auto i = static_cast<TokenIndex>(in.w[0]), j = static_cast<TokenIndex>(out.w[0]);
    const Quote paid = swap(i, j, sold);
    return paid && paid.amount == bought ? Applied::applied : Applied::must_read;
}

/// add_liquidity(), remove_liquidity() and remove_liquidity_imbalance(): amounts as moved, of the fees the admin's part
/// leaves the books.
Applied StablePool::apply_liquidity(const Log& log, bool adds) {
    const size_t n = state_.coins;
    // Some meta pools renew their cache here and some do not.
    if (state_.base.caches && asks_base(time_)) return Applied::must_read;
    std::array<u256, max_coins> amounts{}, kept{};
    if (state_.rules.keeps_oracle) {
        if (!dynamic_array(log.data, 0, n, amounts) || !dynamic_array(log.data, 1, n, kept)) return Applied::must_read;
    } else {
        if (!abi::has_words(log.data, 2 * n)) return Applied::must_read;
        for (size_t i = 0; i < n; ++i) {
            amounts[i] = abi::word_at(log.data, i);
            kept[i] = abi::word_at(log.data, n + i);
        }
    }
    Checked check;
    std::array<u256, max_coins> after = state_.balances;
    for (size_t i = 0; i < n; ++i) {
        after[i] = adds ? check.add(after[i], amounts[i]) : check.sub(after[i], amounts[i]);
        after[i] = check.sub(after[i], check.mul(kept[i], state_.admin_fee) / fees);
    }
    if (!check.ok()) return Applied::must_read;
    state_.balances = after;
    derive();
    return Applied::applied;
}

Applied StablePool::apply(const Log& log) {
    const bool is_meta = state_.base.pool != Address{};
    const bool is_base = is_meta && log.address == state_.base.pool;
    if ((log.address != key().contract && !is_base) || log.topics.empty()) return Applied::foreign;
    const Topics& all = topics();
    const Hash& topic = log.topics[0];
    const size_t arrays = state_.rules.keeps_oracle ? 0 : state_.coins;
    const auto word = [&](size_t i) { return abi::word_at(log.data, i); };
    if (topic == all.transfer || topic == all.approval || topic == all.new_oracle_times) return Applied::foreign;
    if (is_base) return Applied::must_read;                                      // its virtual price
    if (is_meta && topic == all.exchange_underlying) return Applied::must_read;  // tells the base pool's amounts
    if (topic == all.exchange || topic == all.exchange_underlying) return apply_exchange(log);
    if (topic == all.add[arrays]) return apply_liquidity(log, true);
    if (topic == all.remove[arrays] || topic == all.remove_imbalance[arrays]) return apply_liquidity(log, false);
    if (topic == all.ramp && abi::has_words(log.data, 4) && word(2).fits_u64() && word(3).fits_u64()) {
        state_.initial_a = word(0);
        state_.future_a = word(1);
        state_.initial_a_time = word(2).w[0];
        state_.future_a_time = word(3).w[0];
    } else if (topic == all.stop_ramp && abi::has_words(log.data, 2) && word(1).fits_u64()) {
        state_.initial_a = state_.future_a = word(0);
        state_.initial_a_time = state_.future_a_time = word(1).w[0];
    } else if (topic == all.new_fee && abi::has_words(log.data, 2)) {
        state_.fee = word(0);
        state_.admin_fee = word(1);
    } else if (topic == all.new_fee_and_multiplier && abi::has_words(log.data, 3)) {
        state_.fee = word(0);
        state_.admin_fee = word(1);
        state_.offpeg_fee_multiplier = word(2);
    } else if (topic == all.new_parameters && abi::has_words(log.data, 3)) {
        state_.initial_a = state_.future_a = word(0);
        state_.fee = word(1);
        state_.admin_fee = word(2);
    } else if (topic == all.apply_fee && abi::has_words(log.data, 2) && state_.rules.keeps_oracle) {
        state_.fee = word(0);
        state_.offpeg_fee_multiplier = word(1);
    } else if (topic == all.apply_admin_fee && abi::has_words(log.data, 1)) {
        state_.admin_fee = word(0);
    } else {
        return Applied::must_read;  // RemoveLiquidityOne, which names no fee, and what no release here has
    }
    derive();
    return Applied::applied;
}

bool StablePool::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const StablePool*>(&other);
    return pool != nullptr && pool->key() == key() && pool->state_ == state_ &&
           pool->invariant_.amplification == invariant_.amplification;
}

}  // namespace osprey::protocol::curve_stableswap
