#include "market/flow_curve.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "primitives/real.hpp"

namespace osprey::market {

using protocol::Stretch;

namespace {

constexpr size_t most_pieces = 8192;
/// Of a pool's largest input: integers that round up must not pass it.
constexpr double nearly_all = 1 - 1e-9;
/// What a sum of a few doubles errs by.
constexpr double above = 1 + 1e-12;
/// How far a curve without stretches is trusted to look like its first two derivatives.
constexpr double trust = 0.25;

double output_of(const Stretch& s, double flow) noexcept {
    const double x = s.keep * (flow - s.begin_in);
    return s.begin_out + s.out_reserve * x / (s.in_reserve + x);
}

double rate_of(const Stretch& s, double flow) noexcept {
    const double in = s.in_reserve + s.keep * (flow - s.begin_in);
    return s.keep * s.out_reserve * s.in_reserve / (in * in);
}

double flow_of(const Stretch& s, double rate) noexcept {
    if (!(rate > 0)) return s.end_in;
    const double in = std::sqrt(s.keep * s.out_reserve * s.in_reserve / rate);
    return std::clamp(s.begin_in + (in - s.in_reserve) / s.keep, s.begin_in, s.end_in);
}

}  // namespace

FlowCurve::FlowCurve(const TokenGraph& graph, EdgeId edge)
    : pool_(&graph.pool(graph.edge(edge).pool)),
      hop_(graph.edge(edge)),
      slack_(graph.edge_slack(edge)),
      bound_rate_(graph.edge_rate(edge)),
      bound_bend_(graph.edge_bend(edge)) {
    end_ = to_double(pool_->max_in(hop_.in, hop_.out));
    std::array<Stretch, 2> first;
    const size_t count = pool_->stretches(hop_.in, hop_.out, first);
    if (count == 1) one_ = first[0];
    if (count == 2)
        for (size_t room = 32; room <= most_pieces; room *= 4) {
            pieces_.resize(room);
            pieces_.resize(pool_->stretches(hop_.in, hop_.out, pieces_));
            if (pieces_.size() < room) break;
        }
    if (count > 0) end_ = std::min(end_, count == 1 ? one_.end_in : pieces_.back().end_in);
    most_ = end_ * nearly_all;
    // Elsewhere it takes a quote, which few curves need.
    if (!is_general()) last_ = output_at(most_);
    if (is_general()) here_ = pool_->marginal(hop_.in, hop_.out, 0);
}

size_t FlowCurve::piece_at(double flow) const noexcept {
    const auto after = std::ranges::upper_bound(pieces_, flow, {}, &Stretch::begin_in);
    return after == pieces_.begin() ? 0 : static_cast<size_t>(after - pieces_.begin()) - 1;
}

double FlowCurve::output_at(double flow) const noexcept {
    if (one_.in_reserve > 0) return output_of(one_, flow);
    if (!pieces_.empty()) {
        const Stretch& s = pieces_[piece_at(flow)];
        return output_of(s, std::min(flow, s.end_in));
    }
    const auto quote = pool_->quote_in(hop_.in, hop_.out, to_u256(flow));
    return quote ? to_double(quote.amount) : 0;
}

FlowCurve::Step FlowCurve::more() const noexcept {
    if (!(flow_ < most_ * nearly_all)) return {};
    if (one_.in_reserve > 0) {
        const double in = one_.in_reserve + one_.keep * flow_;
        return {.rate = one_.keep * one_.out_reserve * one_.in_reserve / (in * in),
                .bend = one_.keep / in,
                .room = most_ - flow_};
    }
    if (!pieces_.empty()) {
        const Stretch& s = pieces_[piece_at(flow_)];
        const double in = s.in_reserve + s.keep * (flow_ - s.begin_in);
        return {.rate = s.keep * s.out_reserve * s.in_reserve / (in * in),
                .bend = s.keep / in,
                .room = std::min(s.end_in, most_) - flow_};
    }
    const auto& m = here_;
    if (!(m.rate > 0)) return {};
    const double bend = std::max(-m.slope / (2 * m.rate), 0.0);
    return {.rate = m.rate, .bend = bend, .room = std::min(most_ - flow_, bend > 0 ? trust / bend : most_)};
}

double FlowCurve::depth() const noexcept {
    const Step step = more();
    if (one_.in_reserve > 0) return step.bend;
    // No further than it takes anything.
    if (is_general()) return std::max(step.bend, bound_bend_ > 0 && most_ > flow_ ? 1 / (most_ - flow_) : 0);
    const double left = last_ - output_;
    return step.rate > 0 && left > 0 ? std::min(step.bend, step.rate / left) : 0;
}

FlowCurve::Step FlowCurve::less() const noexcept {
    if (!(flow_ > 0)) return {};
    if (one_.in_reserve > 0) {
        const double in = one_.in_reserve + one_.keep * flow_;
        return {
            .rate = one_.keep * one_.out_reserve * one_.in_reserve / (in * in), .bend = one_.keep / in, .room = flow_};
    }
    if (!pieces_.empty()) {
        size_t piece = piece_at(flow_);
        if (flow_ <= pieces_[piece].begin_in && piece > 0) --piece;
        const Stretch& s = pieces_[piece];
        const double in = s.in_reserve + s.keep * (flow_ - s.begin_in);
        return {
            .rate = s.keep * s.out_reserve * s.in_reserve / (in * in), .bend = s.keep / in, .room = flow_ - s.begin_in};
    }
    const auto& m = here_;
    if (!(m.rate > 0)) return {.rate = 0, .bend = 0, .room = flow_};
    const double bend = std::max(-m.slope / (2 * m.rate), 0.0);
    return {.rate = m.rate, .bend = bend, .room = std::min(flow_, bend > 0 ? trust / bend : flow_)};
}

double FlowCurve::shift(double change) noexcept {
    const double before = output_;
    if (one_.in_reserve > 0) {
        const double next = std::clamp(flow_ + change, 0.0, most_);
        // The difference of two nearly equal outputs would lose what a small change brings.
        const double in = one_.in_reserve + one_.keep * flow_, in_after = one_.in_reserve + one_.keep * next;
        const double got = one_.keep * one_.out_reserve * (one_.in_reserve / in) * (next - flow_) / in_after;
        flow_ = next;
        output_ = next > 0 ? before + got : 0;
        return got;
    }
    set_flow(flow_ + change);
    return output_ - before;
}

void FlowCurve::set_flow(double flow) noexcept {
    flow_ = std::clamp(flow, 0.0, most_);
    // Up to the end of a piece but for rounding is up to the end: else the rest of it makes the price.
    if (!pieces_.empty()) {
        const double end = pieces_[piece_at(flow_)].end_in;
        if (flow_ > end * (1 - 1e-12)) flow_ = std::min(end, most_);
    }
    output_ = flow_ > 0 ? output_at(flow_) : 0;
    if (is_general()) here_ = pool_->marginal(hop_.in, hop_.out, flow_);
}

/// One over the root of the rate is a straight line on a constant product and nearly one elsewhere: Newton's method on
/// it, and halves where that leaves what is known.
FlowCurve::Crossing FlowCurve::crossing(double rate) const noexcept {
    Crossing c{.flow = std::floor(flow_), .rate = here_.rate, .low = 0, .high = most_};
    double slope = here_.slope;
    if (c.flow != flow_) {
        const auto m = pool_->marginal(hop_.in, hop_.out, c.flow);
        c.rate = m.rate, slope = m.slope;
    }
    double reach = 1e-9;
    for (int i = 0; i < 100; ++i) {
        (c.rate >= rate ? c.low : c.high) = c.flow;
        if (c.high - c.low <= c.high * 1e-13 || (c.flow == 0 && c.rate < rate)) break;
        const double off = c.rate - rate, range = off >= 0 ? c.high - c.flow : c.flow - c.low;
        if (std::abs(off) * range <= rate * c.flow * 1e-10) break;
        // Whole units: what is quoted there is what it is.
        double next = std::floor(c.flow + 2 * c.rate / -slope * (std::sqrt(c.rate / rate) - 1));
        if (std::abs(off) <= rate * 1e-11 && c.flow > 0) {
            // Near enough: what is missing is the other end.
            next = off >= 0 ? std::ceil(c.flow * (1 + reach)) + 1 : std::floor(c.flow * (1 - reach)) - 1;
            reach *= 8;
        }
        if (next >= c.high && c.high == most_ && c.flow < std::floor(most_)) {
            next = std::floor(most_);
        } else if (!(next > c.low && next < c.high) || i % 8 == 7) {
            const double from = std::max(c.low, 1.0);
            next = std::floor(c.high > 4 * from ? std::sqrt(from * c.high) : (c.low + c.high) / 2);
        }
        if (!(next > c.low && next < c.high)) break;
        c.flow = next;
        const auto m = pool_->marginal(hop_.in, hop_.out, next);
        c.rate = m.rate, slope = m.slope;
    }
    return c;
}

double FlowCurve::flow_at(double rate) const noexcept {
    if (one_.in_reserve > 0) return std::min(flow_of(one_, rate), most_);
    if (!pieces_.empty()) {
        // The last piece that begins at that rate or a better one.
        const auto after =
            std::ranges::partition_point(pieces_, [&](const Stretch& s) { return rate_of(s, s.begin_in) >= rate; });
        return after == pieces_.begin() ? 0 : std::min(flow_of(*(after - 1), rate), most_);
    }
    return crossing(rate).flow;
}

double FlowCurve::surplus(double rate) const noexcept {
    if (one_.in_reserve > 0) {
        if (flow_of(one_, rate) >= end_) return std::max(output_at(end_) - rate * end_, 0.0) * above + slack_;
        // (sqrt(out) - sqrt(rate in / keep))^2, at the flow where the rate is `rate`.
        const double root = std::sqrt(one_.out_reserve) - std::sqrt(rate * one_.in_reserve / one_.keep);
        return root > 0 ? root * root + slack_ : 0;
    }
    if (!pieces_.empty()) {
        const auto after =
            std::ranges::partition_point(pieces_, [&](const Stretch& s) { return rate_of(s, s.begin_in) >= rate; });
        if (after == pieces_.begin()) return 0;
        const double flow = std::min(flow_of(*(after - 1), rate), end_);
        return std::max(output_at(flow) - rate * flow, 0.0) * above + slack_;
    }
    // What the proven bound of the rate says is enough where there is next to nothing to gain.
    const double root = std::sqrt(bound_rate_) - std::sqrt(rate);
    if (!(root > 0)) return slack_;
    const double proven =
        std::min(bound_bend_ > 0 ? root * root / bound_bend_ : std::numeric_limits<double>::infinity(),
                 (bound_rate_ - rate) * end_) *
        above;
    if (!(flow_ > 0) && !(here_.rate > rate)) return slack_;
    const Crossing c = crossing(rate);
    // Concave: it stays below the tangent. Quotes round down.
    const double tangent =
        (c.rate - rate) * (c.rate >= rate ? (c.high >= most_ ? end_ : c.high) - c.flow : c.low - c.flow);
    const double found = std::max(output_at(c.flow) - rate * c.flow + tangent, 0.0) * above + (c.flow > 0 ? 1 : 0);
    return std::min(proven, found) + slack_;
}

}  // namespace osprey::market
