#pragma once
// The integer input of a cycle with the greatest gain, by exact quotes around a first guess.
//
// A chain quotes the hops: PoolChain any pools, ProductChain constant products in 128 bits. Candidates go through the
// hops a few at a time: one quote waits for the one before it, but not for another candidate's.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "market/cycle_sizing.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"

namespace osprey::market {

/// What the flash loan of the amount costs, rounded up.
inline u256 premium_of(const u256& amount, uint32_t premium) noexcept {
    constexpr uint32_t millionths = 1'000'000;
    if (premium == 0) return {};
    return (amount * u256{premium} + u256{millionths - 1}) / u256{millionths};
}

/// Whether the family's fee is a number of whole units of what comes in, which makes a saw of what is paid. Only of
/// families that quote quickly.
bool has_fee_in_units(const protocol::Family& family) noexcept;

class PoolChain {
public:
    using Amount = u256;
    static constexpr size_t lanes = 1;  ///< candidates that are quoted at once: here a quote may be dear

    PoolChain(std::span<const protocol::Pool* const> pools, std::span<const Hop> hops) noexcept
        : pools_(pools), hops_(hops) {}
    size_t size() const noexcept { return hops_.size(); }
    /// False: refused.
    bool paid(size_t hop, const u256& in, u256& out) const noexcept {
        const protocol::Quote quote = pools_[hop]->quote_in(hops_[hop].in, hops_[hop].out, in);
        out = quote.amount;
        return static_cast<bool>(quote);
    }
    /// The least that has to go into the hop so that it pays at least `wanted`.
    bool least_in(size_t hop, const u256& wanted, u256& in) const noexcept {
        const Hop& h = hops_[hop];
        const protocol::Quote needed = pools_[hop]->quote_out(h.in, h.out, wanted);
        if (!needed) return false;
        u256 unused;
        const auto pays = [&](const u256& amount) { return paid(hop, amount, unused) && unused >= wanted; };
        // An exact-output swap may ask for more than the least. (Should it ask for less, the gain will tell.)
        in = needed.amount;
        u256 step = 1;
        while (in > step && pays(in - step)) in -= step, step <<= 1;
        while (step >>= 1)
            if (in > step && pays(in - step)) in -= step;
        return true;
    }

    /// Whether the gain is a saw of what the hop pays, because of the next one's fee.
    bool has_teeth(size_t hop) const noexcept {
        return hop + 1 < hops_.size() && has_fee_in_units(pools_[hop + 1]->family());
    }

    static u256 amount(const u256& v) noexcept { return v; }
    static u256 wide(const u256& v) noexcept { return v; }

private:
    std::span<const protocol::Pool* const> pools_;
    std::span<const Hop> hops_;
};

class ProductChain {
public:
    using Amount = u128;
    static constexpr size_t lanes = 3;

    /// None where a hop is of another kind.
    static std::optional<ProductChain> of(std::span<const protocol::Pool* const> pools, std::span<const Hop> hops) {
        ProductChain chain;
        for (size_t i = 0; i < hops.size(); ++i) {
            if (&pools[i]->family() != &protocol::uniswap_v2::family) return {};
            const auto& pair = static_cast<const protocol::uniswap_v2::Pair&>(*pools[i]);
            const auto curve = pair.constant_product(hops[i].in, hops[i].out);
            if (!curve) return {};
            chain.curves_[i] = *curve;
        }
        chain.size_ = hops.size();
        return chain;
    }
    size_t size() const noexcept { return size_; }
    [[gnu::always_inline]] bool paid(size_t hop, u128 in, u128& out) const noexcept {
        return (out = curves_[hop].paid(in)) != 0;
    }
    [[gnu::always_inline]] bool least_in(size_t hop, u128 wanted, u128& in) const noexcept {
        return (in = curves_[hop].least_in(wanted)) != 0;
    }

    /// A pair's fee is a part of its formula.
    static constexpr bool has_teeth(size_t) noexcept { return false; }

    /// Guesses are below 2^112, as what a pair takes is.
    static u128 amount(const u256& v) noexcept { return v.low_u128(); }
    static u256 wide(u128 v) noexcept { return u256::from_u128(v); }

private:
    std::array<protocol::ConstantProduct, longest_cycle> curves_;
    size_t size_ = 0;
};

template <class Chain>
class IntegerOptimum {
public:
    using Amount = typename Chain::Amount;

    IntegerOptimum(const Chain& chain, uint32_t premium) noexcept : chain_(chain), premium_(premium) {}

    /// Looks at `guess`, which is not 0, and around it. False: nothing was found that gains.
    bool search(const u256& guess);

    /// Of the best: into each hop, and what the last one pays.
    u256 amount(size_t hop) const noexcept { return Chain::wide(best_.amounts[hop]); }
    u256 gain() const noexcept { return Chain::wide(gain_); }
    /// What a smallest unit of every token on the way is worth, in units of the first, and one for the first: what
    /// rounding can cost at most.
    double units() const noexcept { return units_; }

private:
    struct Trial {
        std::array<Amount, longest_cycle + 1> amounts{};
        bool is_ok = true;
    };
    template <size_t n>
    using Trials = std::array<Trial, n>;

    static constexpr double coarse = 1e-6;             ///< a unit that is worth so much of the gain
    static constexpr unsigned most_period = 1U << 14;  ///< of a fee's saw: one over the fee, of 0.01 % and more

    size_t size() const noexcept { return chain_.size(); }

    template <size_t n>
    [[gnu::always_inline]] void forward(Trials<n>& trials) const noexcept {
        for (size_t hop = 0; hop < size(); ++hop)
            for (Trial& t : trials)
                if (t.is_ok) t.is_ok = chain_.paid(hop, t.amounts[hop], t.amounts[hop + 1]);
    }
    /// Each by the least input for what is wanted after `hop`.
    template <size_t n>
    [[gnu::always_inline]] void backward(size_t hop, Trials<n>& trials) const noexcept {
        for (size_t i = hop + 1; i-- > 0;)
            for (Trial& t : trials)
                if (t.is_ok) t.is_ok = chain_.least_in(i, t.amounts[i + 1], t.amounts[i]);
        forward(trials);
    }
    /// Whether it is the best so far.
    bool take(const Trial& trial) noexcept;
    bool try_chunk(size_t hop, const Amount& from, bool upwards, unsigned begin, unsigned end, bool while_it_gains);
    void try_around(size_t hop, const Amount& amount, unsigned reach, bool while_it_gains);
    unsigned reach_of(size_t hop, const Amount& amount) const noexcept;
    void try_stairs(const Trial& first, size_t steps);
    void climb();

    struct Place {
        Amount amount;  ///< after a hop
        double gain;    ///< by the least input for it; may be negative
    };
    Place look_at(size_t hop, const Amount& amount) noexcept;
    Place ascend(size_t hop, Place from) noexcept;
    std::optional<Place> top_below(size_t hop, const Place& top) noexcept;
    void try_teeth(size_t hop) noexcept;
    void try_teeth();

    const Chain& chain_;
    uint32_t premium_;
    Trial best_;
    Amount gain_ = 0;
    double units_ = 1;
    std::array<double, longest_cycle> unit_{};  ///< of each token between, by the hop that pays it
};

template <class Chain>
bool IntegerOptimum<Chain>::take(const Trial& trial) noexcept {
    if (!trial.is_ok) return false;
    const Amount& in = trial.amounts[0];
    const Amount& out = trial.amounts[size()];
    Amount cost = in;
    if (premium_ != 0) cost += Chain::amount(premium_of(Chain::wide(in), premium_));
    if (out <= cost || out - cost <= gain_) return false;
    gain_ = out - cost;
    best_ = trial;
    return true;
}

/// The least inputs for `begin` to `end - 1` units more (or less) after `hop`. False: one of them gained nothing more,
/// and `while_it_gains` ends it there; the amount itself, 0 units more, is no reason to end.
template <class Chain>
bool IntegerOptimum<Chain>::try_chunk(size_t hop, const Amount& from, bool upwards, unsigned begin, unsigned end,
                                      bool while_it_gains) {
    constexpr size_t lanes = Chain::lanes;
    Trials<lanes> trials;
    for (unsigned k = 0; k < lanes; ++k) {
        const Amount away = begin + k;
        trials[k].is_ok = begin + k < end && (upwards || from > away);
        trials[k].amounts[hop + 1] = upwards ? from + away : from - away;
    }
    backward(hop, trials);
    for (unsigned k = 0; k < lanes; ++k)
        if (!take(trials[k]) && while_it_gains && begin + k != 0) return false;
    return true;
}

/// The least inputs for the amounts around one after `hop`: that one, and up to `reach` further each way.
template <class Chain>
void IntegerOptimum<Chain>::try_around(size_t hop, const Amount& amount, unsigned reach, bool while_it_gains) {
    for (unsigned i = amount != 0 ? 0 : 1; i <= reach; i += Chain::lanes)
        if (!try_chunk(hop, amount, true, i, reach + 1, while_it_gains)) break;
    // Rounding down on the way here left the amount below the best in real numbers, not above it.
    if (while_it_gains) return;
    for (unsigned i = 1; i <= reach; i += Chain::lanes) try_chunk(hop, amount, false, i, reach + 1, false);
}

/// From the best so far to an input whose neighbours are no better. Where one less pays the same, the least input that
/// does is far off: stairs may be millions of units wide.
template <class Chain>
void IntegerOptimum<Chain>::climb() {
    for (int steps = 0; steps < 256; ++steps) {
        const Amount here = best_.amounts[0], gain_here = gain_;
        Trials<2> beside;
        beside[0].amounts[0] = here - 1;
        beside[1].amounts[0] = here + 1;
        forward(beside);
        if (take(beside[0])) {
            Trials<1> least;
            least[0].amounts[size()] = best_.amounts[size()];
            backward(size() - 1, least);
            take(least[0]);
        }
        take(beside[1]);
        if (gain_ == gain_here) return;
    }
}

/// Where the gain is a parabola and the amount was its best, what lies further off than this gains less by more than a
/// unit is worth, which is all that rounding can make of it.
template <class Chain>
unsigned IntegerOptimum<Chain>::reach_of(size_t hop, const Amount& amount) const noexcept {
    const double reach = gain_ == 0 ? 0 : to_double(Chain::wide(amount)) * std::sqrt(unit_[hop] / to_double(gain()));
    return static_cast<unsigned>(std::clamp(reach, 24.0, chain_.has_teeth(hop) ? 64.0 : 24.0));
}

/// Rounding makes stairs of the curve, wide where a smallest unit is worth many of the start's: there the least input
/// for each amount is what can be best. `first`: the guess, through its first `steps` hops.
template <class Chain>
void IntegerOptimum<Chain>::try_stairs(const Trial& first, size_t steps) {
    const bool is_whole = steps == size();
    if (is_whole) {
        const auto real = [&](size_t i) { return to_double(Chain::wide(first.amounts[i])); };
        const double value = std::max(real(0), real(steps));
        for (size_t i = 0; i + 1 < steps; ++i) units_ += unit_[i] = value / std::max(real(i + 1), 1.0);
        // Stairs of a twentieth of all of them are lost in the others'.
        for (size_t i = 0; i + 1 < steps; ++i)
            if (unit_[i] > 1 && unit_[i] > units_ / 20) try_around(i, first.amounts[i + 1], 3, true);
        // A few stairs are a part of the gain that counts: every hop's, further out.
        if (gain_ != 0 && !(to_double(gain()) < 1000 * units_)) return;
    } else if (gain_ != 0) {
        return;
    }
    // Little is to be gained where amounts are a few units: look at every hop's stairs, further out.
    for (size_t i = 0; i < steps; ++i) try_around(i, first.amounts[i + 1], reach_of(i, first.amounts[i + 1]), false);
    if (!is_whole)  // the guess itself was refused, or something in it paid nothing
        for (size_t i = 0; i < size(); ++i) try_around(i, Amount{}, 24, false);
}

template <class Chain>
typename IntegerOptimum<Chain>::Place IntegerOptimum<Chain>::look_at(size_t hop, const Amount& amount) noexcept {
    Trials<1> one;
    one[0].amounts[hop + 1] = amount;
    backward(hop, one);
    if (!one[0].is_ok) return {amount, -std::numeric_limits<double>::infinity()};
    take(one[0]);
    const Amount &in = one[0].amounts[0], &out = one[0].amounts[size()];
    const auto real = [](const Amount& a) { return to_double(Chain::wide(a)); };
    const double gain = out >= in ? real(out - in) : -real(in - out);
    return {amount, gain - to_double(premium_of(Chain::wide(in), premium_))};
}

/// Upwards as long as that gains more: in steps that double, then halve.
template <class Chain>
typename IntegerOptimum<Chain>::Place IntegerOptimum<Chain>::ascend(size_t hop, Place from) noexcept {
    unsigned step = 1;
    const auto climbs = [&] {
        const Place next = look_at(hop, from.amount + Amount{step});
        if (!(next.gain > from.gain)) return false;
        from = next;
        return true;
    };
    while (step < most_period && climbs()) step <<= 1;
    while (step >>= 1) climbs();
    return from;
}

/// The last amount before the tooth that holds `top`, by where the gain stands half a unit above the parabola through
/// `top`. None within what a unit's worth of gain reaches.
template <class Chain>
std::optional<typename IntegerOptimum<Chain>::Place> IntegerOptimum<Chain>::top_below(size_t hop,
                                                                                      const Place& top) noexcept {
    const double k = to_double(Chain::wide(top.amount)), bend = top.gain / (k * k);
    const double reach = std::min({1.1 * k * std::sqrt(unit_[hop] / top.gain), k - 1, double{most_period}});
    constexpr unsigned near = 4;
    if (!(reach > near)) return {};
    const double slope = (top.gain - look_at(hop, top.amount - Amount{near}).gain) / near - near * bend;
    Place found = top;
    const auto is_below = [&](unsigned d) {
        const Place there = look_at(hop, top.amount - Amount{d});
        if (!(there.gain > top.gain - d * (slope + d * bend) + unit_[hop] / 2)) return false;
        found = there;
        return true;
    };
    const auto most = static_cast<unsigned>(reach);
    unsigned low = near, high = 2 * near;
    while (high < most && !is_below(high)) low = high, high *= 2;
    if (high >= most && !is_below(high = most)) return {};
    while (high - low > 1) {
        const unsigned middle = low + (high - low) / 2;
        (is_below(middle) ? high : low) = middle;
    }
    return found;
}

/// A fee that is rounded up to whole units of a token between makes a saw of the gain: it rises by the fee of a unit
/// with each unit, and falls by a whole one's worth where the fee takes it. The tops are all about as high over the
/// curve: the best are those on both sides of its highest place, and a few beside them as tops differ by up to the fee
/// of a unit.
template <class Chain>
void IntegerOptimum<Chain>::try_teeth(size_t hop) noexcept {
    constexpr unsigned teeth = 4;
    const Place top = ascend(hop, {best_.amounts[hop + 1], to_double(gain())});
    const auto below = top_below(hop, top);
    if (!below) return;
    const auto real = [](const Place& p) { return to_double(Chain::wide(p.amount)); };
    const double period = real(top) - real(*below);
    for (const bool upwards : {true, false}) {
        Place last = upwards ? top : *below;
        for (unsigned i = 0; i < teeth; ++i) {
            const double guess = real(last) + (upwards ? period : -period) - std::max(2.0, period / 64);
            if (guess < 1) break;
            const Place next = ascend(hop, look_at(hop, Chain::amount(to_u256(guess))));
            if (next.amount == last.amount || next.gain < to_double(gain()) - unit_[hop] / period) break;
            last = next;
        }
    }
}

/// Only where a unit is a part of the gain that anybody would look at.
template <class Chain>
void IntegerOptimum<Chain>::try_teeth() {
    const Amount before = gain_;
    for (size_t i = 0; i + 1 < size(); ++i)
        if (chain_.has_teeth(i) && unit_[i] > 1 && unit_[i] > coarse * to_double(gain())) try_teeth(i);
    if (gain_ != before) climb();
}

template <class Chain>
bool IntegerOptimum<Chain>::search(const u256& guess) {
    Trial first;
    first.amounts[0] = Chain::amount(guess);
    size_t steps = 0;
    while (steps < size() && chain_.paid(steps, first.amounts[steps], first.amounts[steps + 1])) ++steps;
    first.is_ok = steps == size();
    take(first);
    try_stairs(first, steps);
    if (gain_ == 0) return false;
    climb();
    try_teeth();
    return true;
}

}  // namespace osprey::market
