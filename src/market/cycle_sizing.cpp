#include "market/cycle_sizing.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "market/integer_optimum.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/algebra/adaptive_pool.hpp"
#include "protocol/amm/algebra/integral.hpp"
#include "protocol/amm/balancer_v2/weighted.hpp"
#include "protocol/amm/solidly/pool.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v4/pool.hpp"

namespace osprey::market {

using protocol::Quote;
using protocol::Stretch;

namespace {

constexpr uint32_t millionths = 1'000'000;

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

bool has_fee_in_units(const protocol::Family& family) noexcept {
    static constexpr const protocol::Family* with[] = {&protocol::uniswap_v3::family,
                                                       &protocol::uniswap_v3::pancakeswap_family,
                                                       &protocol::uniswap_v3::slipstream_family,
                                                       &protocol::uniswap_v4::family,
                                                       &protocol::algebra::adaptive_family,
                                                       &protocol::algebra::integral_family,
                                                       &protocol::balancer_v2::weighted_family,
                                                       &protocol::solidly::family};
    return std::ranges::find(with, &family) != std::end(with);
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

template <class Chain>
std::optional<SizedCycle> CycleSizer::integers(const Chain& chain, double guess, bool closed) {
    const u256 most = pools_[0]->max_in(hops_.front().in, hops_.front().out);
    const u256 x = std::min(std::max(to_u256(guess), u256{1}), most);
    IntegerOptimum<Chain> optimum(chain, premium_);
    if (!optimum.search(x)) return {};
    SizedCycle sized{.amounts = {}, .profit = optimum.gain(), .premium = {}, .bound = 0};
    sized.amounts.reserve(chain.size() + 1);
    for (size_t i = 0; i <= chain.size(); ++i) sized.amounts.push_back(optimum.amount(i));
    sized.premium = premium_of(sized.amounts.front(), premium_);
    const double got = to_double(sized.profit);
    if (!closed) bound_ += got + optimum.units();  // every hop rounds off less than one of its units
    sized.bound = std::max(bound_ * (1 + 1e-9) + to_double(x) * 0x1p-46, got);
    return sized;
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
    bound_ = 0;

    auto guess = known != nullptr ? std::optional{known->amount_in} : closed_form();
    if (known != nullptr) bound_ = known->gain;
    const bool closed = guess.has_value();
    if (!guess) guess = by_derivative();
    if (closed && bound_ < 1 - 1e-6) return {};  // not one smallest unit, even in real numbers
    if (const auto products = ProductChain::of(pools_, hops)) return integers(*products, *guess, closed);
    return integers(PoolChain{pools_, hops}, *guess, closed);
}

}  // namespace osprey::market
