#include "market/cycle_sizing.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "primitives/real.hpp"

namespace osprey::market {

using protocol::Quote;
using protocol::Stretch;

namespace {

constexpr uint32_t millionths = 1'000'000;

u256 premium_of(const u256& amount, uint32_t premium) noexcept {
    if (premium == 0) return {};
    return (amount * u256{premium} + u256{millionths - 1}) / u256{millionths};
}

/// (a x + b) / (c x + d), the form in which stretches compose.
struct Moebius {
    double a = 1, b = 0, c = 0, d = 1;

    double operator()(double x) const noexcept { return (a * x + b) / (c * x + d); }
    double inverse(double y) const noexcept { return (d * y - b) / (a - c * y); }

    Moebius then(const Stretch& s) const noexcept {
        // out = (p y + q) / (keep y + r), from Stretch's definition over one denominator.
        const double r = s.in_reserve - s.keep * s.begin_in;
        const double p = s.keep * (s.begin_out + s.out_reserve);
        const double q = s.begin_out * r - s.out_reserve * s.keep * s.begin_in;
        Moebius m{.a = p * a + q * c, .b = p * b + q * d, .c = s.keep * a + r * c, .d = s.keep * b + r * d};
        const double scale = 1 / std::max({std::abs(m.a), std::abs(m.c), std::abs(m.d), 1e-300});
        m.a *= scale, m.b *= scale, m.c *= scale, m.d *= scale;
        return m;
    }
};

constexpr size_t first_stretches = 16, most_stretches = 4096;

}  // namespace

Quote CycleSizer::quote(const u256& amount_in) const noexcept {
    Quote quote = Quote::ok(amount_in);
    for (size_t i = 0; i < hops_.size() && quote; ++i)
        quote = pools_[i]->quote_in(hops_[i].in, hops_[i].out, quote.amount);
    return quote;
}

std::optional<u256> CycleSizer::gain(const u256& amount_in) const noexcept {
    const Quote out = quote(amount_in);
    if (!out) return {};
    return out.amount - amount_in - premium_of(amount_in, premium_);
}

/// Walks the pieces from the first on: the curve is concave, so the first piece whose own optimum it holds has the
/// best, or the seam before it. None: a hop has no such pieces. 0: nothing gains.
std::optional<double> CycleSizer::closed_form() {
    stretches_.resize(std::max(stretches_.size(), hops_.size()));
    std::array<size_t, longest_cycle> count{}, at{};
    const auto load = [&](size_t i, size_t most) {
        const Hop& hop = hops_[i];
        stretches_[i].resize(std::max(stretches_[i].size(), most));
        count[i] = pools_[i]->stretches(hop.in, hop.out, {stretches_[i].data(), most});
    };
    for (size_t i = 0; i < hops_.size(); ++i) {
        load(i, first_stretches);
        if (count[i] == 0) return {};
    }
    const double cost = 1 + static_cast<double>(premium_) / millionths;
    double begin = 0;
    for (;;) {
        Moebius through;
        double end = std::numeric_limits<double>::infinity();
        size_t ends = 0;
        for (size_t i = 0; i < hops_.size(); ++i) {
            const Stretch& s = stretches_[i][at[i]];
            const double here = std::isfinite(s.end_in) ? through.inverse(s.end_in) : s.end_in;
            // Negative: what comes before can never pay that much.
            if (here >= begin && here < end) end = here, ends = i;
            through = through.then(s);
        }
        const double determinant = through.a * through.d - through.b * through.c;
        if (!(determinant > 0)) return begin;
        const double best = through.c > 0 ? (std::sqrt(determinant / cost) - through.d) / through.c
                            : determinant > cost * through.d * through.d ? std::numeric_limits<double>::infinity()
                                                                         : 0.0;
        const double x = std::max(best, begin);
        if (x <= end || !std::isfinite(end)) {
            bound_ = std::isfinite(x) ? through(x) - cost * x : std::numeric_limits<double>::infinity();
            return x;
        }
        if (++at[ends] == count[ends]) {
            const bool more = count[ends] == stretches_[ends].size() || count[ends] % first_stretches == 0;
            if (more && count[ends] < most_stretches) load(ends, count[ends] * 4);
            if (at[ends] == count[ends]) {  // the pool ends here
                bound_ = through(end) - cost * end;
                return end;
            }
        }
        begin = end;
    }
}

/// Where the last smallest unit in brings back as much as it costs: Newton's method on one over the root of the chain's
/// marginal rate, which is a straight line for constant products, kept inside of a bracket that each step narrows.
std::optional<double> CycleSizer::by_derivative() {
    const double cost = 1 + static_cast<double>(premium_) / millionths;
    struct Point {
        double log_rate;    ///< of the marginal rate against the cost: falls with x
        double derivative;  ///< by x
    };
    // A refused input lies beyond the optimum.
    const auto at = [&](double x) -> Point {
        constexpr Point beyond{-std::numeric_limits<double>::infinity(), 0};
        Point point{-std::log(cost), 0};
        double rate = 1;
        u256 amount = to_u256(x);
        for (size_t i = 0; i < hops_.size(); ++i) {
            const Hop& hop = hops_[i];
            const protocol::Marginal m = pools_[i]->marginal(hop.in, hop.out, to_double(amount));
            if (!(m.rate > 0)) return beyond;
            point.log_rate += std::log(m.rate);
            point.derivative += m.slope / m.rate * rate;
            rate *= m.rate;
            if (i + 1 == hops_.size() || !amount) continue;
            const Quote out = pools_[i]->quote_in(hop.in, hop.out, amount);
            // The smallest amounts may pay nothing at all and still stand before the optimum.
            if (!out && to_double(amount) * m.rate > 2) return beyond;
            amount = out.amount;
        }
        return point;
    };
    double low = 0, high = to_double(pools_[0]->max_in(hops_.front().in, hops_.front().out));
    Point low_point = at(0);
    if (!(low_point.log_rate > 0)) return 0;
    double x = 0;
    Point point = low_point;
    for (int i = 0; i < 100 && high - low > std::max(1.0, high * 1e-12); ++i) {
        // g = exp(-log_rate / 2) reaches 1 at the optimum.
        const double g = std::exp(-point.log_rate / 2), slope = -g * point.derivative / 2;
        double next = std::isfinite(g) && slope > 0 ? x + (1 - g) / slope : -1;
        if (!(next > low && next < high)) next = low > 1 ? std::sqrt(low) * std::sqrt(high) : std::sqrt(high);
        if (!(next > low && next < high)) next = low + (high - low) / 2;
        if (std::abs(next - x) < 0.5) break;
        x = next;
        point = at(x);
        if (point.log_rate > 0)
            low = x, low_point = point;
        else
            high = x;
        if (std::abs(point.log_rate) < 1e-13) break;
    }
    // The curve is concave: between the ends of the bracket it stays below the tangent at the lower one.
    bound_ = std::expm1(low_point.log_rate) * cost * (high - low);
    if (std::abs(point.log_rate) < 1e-9) bound_ = std::min(bound_, std::abs(std::expm1(point.log_rate)) * cost * high);
    return std::abs(point.log_rate) < low_point.log_rate ? x : low;
}

/// The least that has to go into the first hop so that hop `hop` pays at least `amount_out`.
std::optional<u256> CycleSizer::smallest_input(size_t hop, const u256& amount_out) const noexcept {
    u256 wanted = amount_out;
    for (size_t i = hop + 1; i-- > 0;) {
        const Hop& h = hops_[i];
        const auto& pool = *pools_[i];
        const Quote needed = pool.quote_out(h.in, h.out, wanted);
        if (!needed) return {};
        const auto pays = [&](const u256& amount) {
            const Quote out = pool.quote_in(h.in, h.out, amount);
            return out && out.amount >= wanted;
        };
        // An exact-output swap may ask for more than the least. (Should it ask for less, the gain will tell.)
        u256 amount = needed.amount, step = 1;
        while (amount > step && pays(amount - step)) amount -= step, step <<= 1;
        while (step >>= 1)
            if (amount > step && pays(amount - step)) amount -= step;
        wanted = amount;
    }
    return wanted;
}

void CycleSizer::try_input(const u256& amount_in) {
    const auto g = gain(amount_in);
    if (g && slt(best_gain_, *g)) best_gain_ = *g, best_in_ = amount_in;
}

/// The least inputs for the amounts around one after `hop`: that one, and up to `reach` further each way while it
/// gains.
void CycleSizer::try_around(size_t hop, const u256& amount, unsigned reach, bool stop_early) {
    const auto gains = [&](const u256& wanted) {
        const u256 before = best_gain_;
        if (const auto in = smallest_input(hop, wanted)) try_input(*in);
        return !stop_early || best_gain_ != before;
    };
    if (amount) gains(amount);
    for (unsigned i = 1; i <= reach && gains(amount + u256{i}); ++i) {
    }
    // Rounding down on the way here left the amount below the best in real numbers, not above it.
    if (stop_early) return;
    for (unsigned i = 1; i <= reach && amount > u256{i} && gains(amount - u256{i}); ++i) {
    }
}

/// From the best so far to an input whose neighbours are no better. Where one less pays the same, the least input that
/// does is far off: stairs may be millions of units wide.
void CycleSizer::climb() {
    for (int steps = 0; steps < 256; ++steps) {
        const u256 here = best_in_, gain_here = best_gain_;
        if (here) try_input(here - u256{1});
        if (best_in_ != here) {
            const Quote out = quote(best_in_);
            if (const auto least = smallest_input(hops_.size() - 1, out.amount)) try_input(*least);
        }
        try_input(here + u256{1});
        if (best_gain_ == gain_here) return;
    }
}

std::optional<SizedCycle> CycleSizer::size(const TokenGraph& graph, std::span<const Hop> hops, uint32_t premium,
                                           const RealOptimum* known) {
    if (hops.size() < 2 || hops.size() > longest_cycle) return {};
    hops_ = hops;
    for (size_t i = 0; i < hops.size(); ++i) {
        if (graph.is_stale(hops[i].pool)) return {};
        pools_[i] = &graph.pool(hops[i].pool);
    }
    premium_ = premium;
    best_in_ = best_gain_ = {};
    bound_ = 0;

    auto guess = known != nullptr ? std::optional{known->amount_in} : closed_form();
    if (known != nullptr) bound_ = known->gain;
    const bool closed = guess.has_value();
    if (!guess) guess = by_derivative();
    if (closed && bound_ < 1 - 1e-6) return {};  // not one smallest unit, even in real numbers
    const Hop& first = hops.front();
    const u256 most = pools_[0]->max_in(first.in, first.out);
    const u256 x = std::min(std::max(to_u256(*guess), u256{1}), most);

    std::array<u256, longest_cycle> amounts;
    size_t steps = 0;
    for (u256 amount = x; steps < hops.size(); ++steps) {
        const Hop& hop = hops[steps];
        const Quote out = pools_[steps]->quote_in(hop.in, hop.out, amount);
        if (!out) break;
        amounts[steps] = amount = out.amount;
    }
    try_input(x);
    // Rounding makes stairs of the curve, wide where a smallest unit is worth many of the start's: there the least
    // input for each amount is what can be best.
    double units = 1;
    if (steps == hops.size()) {
        const double value = std::max(to_double(x), to_double(amounts[steps - 1]));
        std::array<double, longest_cycle> unit{};
        for (size_t i = 0; i + 1 < steps; ++i) units += unit[i] = value / std::max(to_double(amounts[i]), 1.0);
        // Stairs of a twentieth of all of them are lost in the others'.
        for (size_t i = 0; i + 1 < steps; ++i)
            if (unit[i] > 1 && unit[i] > units / 20) try_around(i, amounts[i], 3, true);
    }
    if (best_gain_ && steps == hops.size() && to_double(best_gain_) < 1000 * units) {
        // A few stairs are a part of the gain that counts: every hop's, further out.
        for (size_t i = 0; i < steps; ++i) try_around(i, amounts[i], 24, false);
    } else if (!best_gain_) {
        // Little is to be gained where amounts are a few units: look at every hop's stairs, further out.
        for (size_t i = 0; i < steps; ++i) try_around(i, amounts[i], 24, false);
        if (steps < hops.size())  // the guess itself was refused, or something in it paid nothing
            for (size_t i = 0; i < hops.size(); ++i) try_around(i, {}, 24, false);
    }
    if (!best_gain_) return {};
    climb();

    SizedCycle sized{.amounts = {}, .profit = best_gain_, .premium = premium_of(best_in_, premium), .bound = 0};
    sized.amounts.reserve(hops.size() + 1);
    sized.amounts.push_back(best_in_);
    for (size_t i = 0; i < hops.size(); ++i)
        sized.amounts.push_back(pools_[i]->quote_in(hops[i].in, hops[i].out, sized.amounts.back()).amount);
    const double got = to_double(best_gain_);
    if (!closed) bound_ += got + units;  // every hop rounds off less than one of its units
    sized.bound = std::max(bound_ * (1 + 1e-9) + to_double(x) * 0x1p-46, got);
    return sized;
}

}  // namespace osprey::market
