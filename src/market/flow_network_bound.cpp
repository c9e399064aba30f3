// Prices by swaps behind, and what no flow exceeds at them: the dual half, proved in docs/routing.md.

#include "market/flow_network.hpp"

#include <algorithm>
#include <cmath>

namespace osprey::market {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

/// With h hops left at a node: the price at which no edge from there on, by itself, is worth more than `ignored` beyond
/// what it costs. For 0 that is the best product of present rates to the sink; more keeps pools that hold next to
/// nothing, at whatever rate, from making the prices. An edge with rate r and bend b into a node of price p is worth
/// (sqrt(r p) - sqrt(c))^2 / b beyond a cost c: the roots of prices follow a linear recursion.
void FlowNetwork::value_nodes(double ignored) {
    ignored_root_ = std::sqrt(ignored);
    root_rates_ = start_rates_, root_bends_ = start_bends_;
    for (const uint32_t at : banned_) root_rates_[at] = 0;
    for (const Active& a : active_)
        if (a.curve.flow() > 0) {
            for_rivals(a.at, [&](uint32_t other) { root_rates_[other] = 0; });
            root_rates_[a.at] = std::sqrt(a.more.rate), root_bends_[a.at] = std::sqrt(a.curve.depth());
        }
    value_nodes_into(roots_);
    values_.resize(roots_.size());
    for (size_t i = 0; i < roots_.size(); ++i) values_[i] = roots_[i] * roots_[i];
}

void FlowNetwork::value_nodes_into(std::vector<double>& roots) const {
    roots.assign(size_t{hops_ + 1} * nodes_, 0);
    roots[sink] = 1;
    for (unsigned h = 1; h <= hops_; ++h) {
        const double* before = &roots[size_t{h - 1} * nodes_];
        double* now = &roots[size_t{h} * nodes_];
        now[sink] = 1;
        for (Node n = 0; n < nodes_; ++n) {
            if (n == sink || to_sink_[n] > h) continue;
            double best = 0;
            for (uint32_t at = first_[n]; at < first_[n + 1]; ++at)
                best = std::max(best, root_rates_[at] * before[to_[at]] - root_bends_[at] * ignored_root_);
            now[n] = best;
        }
    }
}

/// Prices for the bound: those of value_nodes(), raised to what a unit costs at least on the way from the source. Up to
/// there no edge into the node becomes worth more than it costs, and those out of it are worth less: pools too small to
/// make a price, but fairly priced, are worth nothing.
void FlowNetwork::raise_prices(double source_price, bool all_ways) {
    if (shared_.empty() || !all_ways) {
        price_roots_ = roots_;
    } else {
        // Ways that another way through the same pool stands in for count here: one of the two does.
        for (uint32_t at = 0; at < edges_.size(); ++at)
            if (!(root_rates_[at] > 0)) root_rates_[at] = start_rates_[at], root_bends_[at] = start_bends_[at];
        value_nodes_into(price_roots_);
    }
    price_roots_[hops_ * nodes_ + source] = std::sqrt(source_price);
    std::vector<double>& cost = costs_;
    for (unsigned h = hops_; h-- > 1;) {
        cost.assign(nodes_, infinity);
        const double* above = &price_roots_[size_t{h + 1} * nodes_];
        double* now = &price_roots_[size_t{h} * nodes_];
        for (Node n = 0; n < nodes_; ++n) {
            if (from_source_[n] + h + 1 > hops_ || n == sink || (n == source && h + 1 != hops_)) continue;
            for (uint32_t at = first_[n]; at < first_[n + 1]; ++at)
                if (root_rates_[at] * cost[to_[at]] > above[n]) cost[to_[at]] = above[n] / root_rates_[at];
        }
        for (Node n = 0; n < nodes_; ++n) {
            if (n == sink || n == source || to_sink_[n] > h || !(cost[n] > now[n])) continue;
            const double limit = from_source_[n] + h + 1 > hops_ ? infinity : above[n];
            const double raised = std::min(cost[n], limit);
            if (raised > now[n] && std::isfinite(raised)) now[n] = raised;
        }
    }
    prices_.resize(price_roots_.size());
    for (size_t i = 0; i < price_roots_.size(); ++i) prices_[i] = price_roots_[i] * price_roots_[i];
}

/// What an edge is worth beyond its price in the most favourable use of it in all layers: with k hops behind, a unit
/// costs value(hops - k) at its start and brings value(hops - k - 1) at its end.
double FlowNetwork::edge_surplus(uint32_t at, const FlowCurve& curve, double source_price) const {
    const Node from = from_[at], to = to_[at];
    if (from_source_[from] == UINT8_MAX || to_sink_[to] == UINT8_MAX) return 0;
    if (from_source_[from] + 1U + to_sink_[to] > hops_) return 0;
    if (from == source) {
        const double worth = price(hops_ - 1, to);
        return worth > 0 ? worth * curve.surplus(source_price / worth) : 0;
    }
    // Those with more hops left pay more for the output: they swap first. sum over k of (worth_k - worth_k+1)
    // output(X_k)
    // - (price_k - price_k+1) X_k with X_k the flow of the first k layers; where the best X_k would fall, layers join.
    struct Block {
        double worth, price, flow;
    };
    std::array<Block, longest_route> blocks{};
    size_t count = 0;
    const unsigned last = hops_ - 1 - to_sink_[to];
    for (unsigned k = from_source_[from]; k <= last; ++k) {
        const bool end = k == last;
        Block b{.worth = price(hops_ - k - 1, to) - (end ? 0 : price(hops_ - k - 2, to)),
                .price = price(hops_ - k, from) - (end ? 0 : price(hops_ - k - 1, from)),
                .flow = 0};
        b.worth = std::max(b.worth, 0.0), b.price = std::max(b.price, 0.0);
        const auto flow_of = [&](const Block& block) {
            if (block.worth <= 0) return 0.0;
            return curve.flow_at(block.price / block.worth);
        };
        b.flow = flow_of(b);
        while (count > 0 && (blocks[count - 1].flow >= b.flow || (b.worth <= 0 && b.price <= 0))) {
            b.worth += blocks[count - 1].worth, b.price += blocks[count - 1].price;
            b.flow = flow_of(b);
            --count;
        }
        blocks[count++] = b;
    }
    double sum = 0;
    for (size_t i = 0; i < count; ++i)
        if (blocks[i].worth > 0) sum += blocks[i].worth * curve.surplus(blocks[i].price / blocks[i].worth);
    return sum;
}

/// The dual function but for the source's own amount: what all pools are worth beyond their prices. A pool is traded
/// along one of its pairs, so that of many it counts the best.
double FlowNetwork::bound_at(double source_price, bool all_ways) {
    raise_prices(source_price, all_ways);
    double sum = 0;
    const auto count = [&](uint32_t at, double surplus, bool used) {
        const uint32_t first = shared_first_[at];
        if (first == none) {
            sum += surplus;
            return;
        }
        Worth& worth = worth_of_pool_[first];
        if (surplus > worth.best) sum += surplus - worth.best, worth.best = surplus;
        if (used) worth.used = std::max(worth.used, surplus), worth.slot = slot_[at];
    };
    worth_of_pool_.assign(shared_.size(), {});
    for (const Active& a : active_)
        if (a.curve.flow() > 0) count(a.at, edge_surplus(a.at, a.curve, source_price), true);
    // Where a rate is only known by a bound above the one that the prices were made with, prices tell nothing.
    const auto unused = [&](uint32_t at) { return slot_[at] == none || !(active_[slot_[at]].curve.flow() > 0); };
    const double source_root = std::sqrt(source_price);
    for (Node n = 0; n < nodes_; ++n) {
        if (from_source_[n] >= hops_) continue;
        for (uint32_t at = first_[n]; at < first_[n + 1]; ++at) {
            bool above = loose_[at];
            for (unsigned h = hops_ - from_source_[n]; h >= 1; --h) {
                const double price = n == source ? source_root : price_roots_[h * nodes_ + n];
                above |= start_rates_[at] * price_roots_[(h - 1) * nodes_ + to_[at]] > price;
            }
            if (!above || !unused(at)) continue;
            double surplus = edge_surplus(at, FlowCurve(*graph_, edges_[at]), source_price);
            if (loose_[at]) surplus += graph_->edge_slack(edges_[at]) * price(hops_ - 1, to_[at]);
            count(at, surplus, false);
        }
    }
    return sum;
}

}  // namespace osprey::market
