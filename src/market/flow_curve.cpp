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
    : pool_(&graph.pool(graph.edge(edge).pool)), hop_(graph.edge(edge)), slack_(graph.edge_slack(edge)) {
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
    last_ = output_at(most_);
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

double FlowCurve::rate_at(double flow) const noexcept {
    if (one_.in_reserve > 0) return rate_of(one_, flow);
    if (!pieces_.empty()) return rate_of(pieces_[piece_at(flow)], flow);
    return pool_->marginal(hop_.in, hop_.out, flow).rate;
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
    const auto m = pool_->marginal(hop_.in, hop_.out, flow_);
    if (!(m.rate > 0)) return {};
    const double bend = std::max(-m.slope / (2 * m.rate), 0.0);
    return {.rate = m.rate, .bend = bend, .room = std::min(most_ - flow_, bend > 0 ? trust / bend : most_)};
}

double FlowCurve::depth() const noexcept {
    const Step step = more();
    if (one_.in_reserve > 0) return step.bend;
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
    const auto m = pool_->marginal(hop_.in, hop_.out, flow_);
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
}

/// Narrows to flows between which the rate passes `rate`; starts around the present flow.
void FlowCurve::bracket(double rate, double& low, double& high) const noexcept {
    low = 0, high = most_;
    if (flow_ > 0 && flow_ < most_) (rate_at(flow_) >= rate ? low : high) = flow_;
    double reach = 1e-9;
    while (low > 0 && low * (1 + reach) < high && reach < 1e9) {
        const double x = low * (1 + reach);
        if (rate_at(x) >= rate) {
            low = x, reach *= 8;
        } else {
            high = x;
            break;
        }
    }
    reach = 1e-9;
    while (low == 0 && high < most_ && reach < 1) {
        const double x = high * (1 - reach);
        if (rate_at(x) >= rate) {
            low = x;
            break;
        }
        high = x, reach *= 8;
    }
    for (int i = 0; i < 200 && high - low > high * 1e-13; ++i) {
        const double from = std::max(low, 1e-3);
        const double x = high > 4 * from ? std::sqrt(from * high) : (low + high) / 2;
        if (x <= low || x >= high) break;
        (rate_at(x) >= rate ? low : high) = x;
    }
}

double FlowCurve::flow_at(double rate) const noexcept {
    if (one_.in_reserve > 0) return std::min(flow_of(one_, rate), most_);
    if (!pieces_.empty()) {
        // The last piece that begins at that rate or a better one.
        const auto after =
            std::ranges::partition_point(pieces_, [&](const Stretch& s) { return rate_of(s, s.begin_in) >= rate; });
        return after == pieces_.begin() ? 0 : std::min(flow_of(*(after - 1), rate), most_);
    }
    double low = 0, high = 0;
    bracket(rate, low, high);
    return low;
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
    double low = 0, high = 0;
    bracket(rate, low, high);
    if (high >= most_) high = end_;
    // Concave: between the ends of the bracket it stays below the tangent at the lower one. Quotes round down.
    const double tangent = std::max(rate_at(low) - rate, 0.0) * (high - low);
    return std::max(output_at(low) - rate * low, 0.0) + tangent + (low > 0 ? 1 : 0) + slack_;
}

}  // namespace osprey::market
