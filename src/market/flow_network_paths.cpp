// Paths through the network: found by the prices, and flows taken apart into them.

#include "market/flow_network.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/real.hpp"

namespace osprey::market {

namespace {

/// What sums and products of a few thousand doubles err by at most, relative.
constexpr double rounding = 1 + 1e-11;
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

bool FlowNetwork::add_path(const Path& path) {
    if (!known_.insert(path.hash()).second) return false;
    paths_.push_back(path);
    return true;
}

/// Paths that are worth at least `least` a unit by the measure of value_nodes(), until there are `most` new ones.
void FlowNetwork::find_paths(double least, size_t most) {
    path_ = {};
    found_ = 0;
    least_root_ = std::sqrt(least);
    seen_.assign(roots_.size(), 0);
    find_from(source, hops_, 1, 0, most);
}

/// What the path up to here makes of the root of a price: root * it - lost. The first to come to a node with so many
/// hops left tries all that leads on from there, those after it only the best.
bool FlowNetwork::find_from(Node node, unsigned left, double root, double lost, size_t most) {
    const double* after = &roots_[size_t{left - 1} * nodes_];
    uint8_t& seen = seen_[left * nodes_ + node];
    const bool only_best = seen;
    seen = 1;
    const double best = only_best ? roots_[left * nodes_ + node] * (1 - 1e-12) : 0;
    for (uint32_t at = first_[node]; at < first_[node + 1]; ++at) {
        const double lost_here = root_bends_[at] * ignored_root_;
        if (only_best && root_rates_[at] * after[to_[at]] - lost_here < best) continue;
        const double through = root * root_rates_[at], gone = lost + root * lost_here;
        if (!(through * after[to_[at]] - gone >= least_root_) || !(after[to_[at]] > 0)) continue;
        const PoolId pool = graph_->edge(edges_[at]).pool;
        bool taken = false;
        for (unsigned i = 0; i < path_.length && !taken; ++i)
            taken = graph_->edge(edges_[active_[path_.slots[i]].at]).pool == pool;
        if (taken) continue;
        const Slot slot = activate(at);
        for (const Slot rival : active_[slot].rivals) taken |= active_[rival].curve.flow() > 0;
        if (taken) continue;
        path_.slots[path_.length++] = slot;
        bool full = false;
        if (to_[at] == sink) {
            found_ += add_path(path_);
            full = found_ >= most;
        } else {
            full = find_from(to_[at], left - 1, through, gone, most);
        }
        path_.slots[--path_.length] = 0;
        if (full) return true;
    }
    return false;
}

/// Ways of at most `longest` edges that make up the flows, as far as there are such. With many hops left those that
/// have far to go come first: later nothing else could take them.
std::vector<FlowNetwork::Carried> FlowNetwork::decomposed(unsigned longest) const {
    std::vector<double> left(active_.size());
    std::vector<uint32_t> first(nodes_ + 1);
    for (const Active& a : active_) first[from_[a.at] + 1] += a.curve.flow() > 0;
    for (Node n = 0; n < nodes_; ++n) first[n + 1] += first[n];
    std::vector<Slot> out(first[nodes_]);
    std::vector<uint32_t> next(first.begin(), first.end() - 1);
    for (Slot s = 0; s < active_.size(); ++s) {
        left[s] = active_[s].curve.flow();
        if (left[s] > 0) out[next[from_[active_[s].at]]++] = s;
    }
    const auto remains = [&](Slot s) { return left[s] > active_[s].curve.flow() * 1e-9; };
    std::vector<uint8_t> far(nodes_);
    const auto measure_ways = [&] {
        std::ranges::fill(far, UINT8_MAX);
        far[sink] = 0;
        for (uint8_t level = 0; level < longest; ++level)
            for (const Slot s : out)
                if (remains(s) && far[to_[active_[s].at]] == level)
                    far[from_[active_[s].at]] = std::min<uint8_t>(far[from_[active_[s].at]], level + 1);
        for (Node n = 0; n < nodes_; ++n)
            std::sort(out.begin() + first[n], out.begin() + first[n + 1], [&](Slot a, Slot b) {
                const uint8_t far_a = far[to_[active_[a].at]], far_b = far[to_[active_[b].at]];
                return far_a != far_b && longest == hops_ ? far_a > far_b : left[a] > left[b];
            });
        std::copy(first.begin(), first.end() - 1, next.begin());
    };
    measure_ways();
    std::vector<Carried> result;
    for (size_t tries = 0, measured = 0; tries < 4 * active_.size() + 1040; ++tries) {
        Carried way{};
        Node node = source;
        // Average rates: the flows along the path add up exactly.
        double most = infinity, rate = 1;
        while (node != sink) {
            const unsigned hops = longest - way.path.length;
            Slot best = none;
            for (uint32_t i = next[node]; i < first[node + 1]; ++i) {
                if (!remains(out[i])) {
                    if (i == next[node]) ++next[node];
                    continue;
                }
                if (far[to_[active_[out[i]].at]] < hops) {
                    best = out[i];
                    break;
                }
            }
            if (best == none) break;
            way.path.slots[way.path.length++] = best;
            most = std::min(most, left[best] / rate);
            rate *= active_[best].curve.output() / active_[best].curve.flow();
            node = to_[active_[best].at];
        }
        if (node != sink) {
            // What was taken on the way has changed what leads on from where.
            if (++measured > 1024) break;
            measure_ways();
            if (far[source] > longest) break;
            if (way.path.length == 0) break;
            continue;
        }
        way.flow = most;
        double amount = most;
        for (unsigned i = 0; i < way.path.length; ++i) {
            const Slot s = way.path.slots[i];
            way.rate = rate;
            left[s] -= amount;
            amount *= active_[s].curve.output() / active_[s].curve.flow();
        }
        result.push_back(way);
    }
    std::ranges::sort(result, std::greater{}, &Carried::flow);
    return result;
}

std::vector<FlowNetwork::PathFlow> FlowNetwork::paths() const {
    std::vector<PathFlow> result;
    for (const Carried& way : decomposed(hops_)) {
        PathFlow path{.edges = {}, .flow = way.flow};
        for (unsigned i = 0; i < way.path.length; ++i) path.edges.push_back(edges_[active_[way.path.slots[i]].at]);
        result.push_back(std::move(path));
    }
    return result;
}

std::vector<FlowNetwork::LayerFlow> FlowNetwork::layered_flows() const {
    std::vector<LayerFlow> result;
    std::vector<uint32_t> place(active_.size() * longest_route, none);
    for (const Carried& way : decomposed(longest_route)) {
        double amount = way.flow;
        for (unsigned i = 0; i < way.path.length; ++i) {
            const Slot s = way.path.slots[i];
            uint32_t& at = place[s * longest_route + i];
            if (at == none) {
                at = static_cast<uint32_t>(result.size());
                const uint32_t edge = active_[s].at;
                result.push_back({.layer = i, .from = from_[edge], .to = to_[edge], .edge = edges_[edge], .flow = 0});
            }
            result[at].flow += amount;
            amount *= active_[s].curve.output() / active_[s].curve.flow();
        }
    }
    return result;
}

/// Flow that came by one path may go on by another: the ways that it really takes join the paths.
void FlowNetwork::decompose() {
    for (const unsigned longest : {hops_, longest_route})
        for (const Carried& way : decomposed(longest))
            if (way.path.length <= hops_) add_path(way.path);
}

/// Paths whose rate is far from what pays by now only cost time.
void FlowNetwork::forget_idle() {
    const double worth = value(hops_, source) * (1 - 1e-3);
    std::erase_if(paths_, [&](const Path& path) {
        if (is_used(path)) return false;
        double rate = 1;
        for (unsigned k = 0; k < path.length; ++k) rate *= active_[path.slots[k]].more.rate;
        if (!(rate < worth)) return false;
        known_.erase(path.hash());
        return true;
    });
}

/// Only the paths that bring most go on; what the others carried moves to them.
void FlowNetwork::keep_best_paths(double amount, size_t most) {
    auto carried = decomposed(hops_);
    if (carried.size() <= most) return;
    std::ranges::sort(carried, std::greater{}, [](const Carried& way) { return way.flow * way.rate; });
    // A few at a time, so that what takes over has grown before it is judged.
    while (carried.size() > most) {
        carried.resize(std::max(most, carried.size() * 3 / 4));
        paths_.clear();
        known_.clear();
        for (const Carried& way : carried) add_path(way.path);
        clear_flows();
        if (!push_all(amount)) return;
        equalise(output_ * 1e-7);
        measure();
        carried = decomposed(hops_);
        std::ranges::sort(carried, std::greater{}, [](const Carried& way) { return way.flow * way.rate; });
    }
}

std::vector<FlowNetwork::EdgeFlow> FlowNetwork::flows() const {
    std::vector<EdgeFlow> result;
    for (const Active& a : active_)
        if (a.curve.flow() > 0)
            result.push_back({.from = from_[a.at],
                              .to = to_[a.at],
                              .edge = edges_[a.at],
                              .flow = a.curve.flow(),
                              .output = a.curve.output(),
                              .full = !(a.more.room > 0)});
    return result;
}

std::vector<EdgeId> FlowNetwork::best_single(const u256& amount) const {
    // By swaps done and node: the most that there can be, and how. More of a token never pays less.
    struct Label {
        u256 amount;
        double about = 0;
        uint32_t at = none;
    };
    std::vector<Label> labels(size_t{hops_ + 1} * nodes_);
    labels[source] = {.amount = amount, .about = to_double(amount), .at = none};
    std::array<uint32_t, longest_route> way{};
    const auto trace = [&](unsigned layer, Node node) {
        for (unsigned k = layer; k > 0; --k) {
            way[k - 1] = labels[size_t{k} * nodes_ + node].at;
            node = from_[way[k - 1]];
        }
    };
    for (unsigned layer = 0; layer < hops_; ++layer)
        for (Node n = 0; n < nodes_; ++n) {
            const Label& here = labels[size_t{layer} * nodes_ + n];
            if (!here.amount || n == sink) continue;
            trace(layer, n);
            for (uint32_t at = first_[n]; at < first_[n + 1]; ++at) {
                const Node to = to_[at];
                if (layer + 1 + to_sink_[to] > hops_ || to_sink_[to] == UINT8_MAX) continue;
                double known = 0;
                for (unsigned k = 0; k <= layer + 1; ++k)
                    known = std::max(known, labels[size_t{k} * nodes_ + to].about);
                const EdgeId edge = edges_[at];
                const double most = graph_->edge_rate(edge) * here.about / (1 + graph_->edge_bend(edge) * here.about) +
                                    graph_->edge_slack(edge);
                if (!(most * rounding > known)) continue;
                const Hop& hop = graph_->edge(edge);
                bool taken = graph_->is_stale(hop.pool);
                for (unsigned k = 0; k < layer; ++k) taken |= graph_->edge(edges_[way[k]]).pool == hop.pool;
                if (taken) continue;
                const auto quote = graph_->pool(hop.pool).quote_in(hop.in, hop.out, here.amount);
                Label& there = labels[size_t{layer + 1} * nodes_ + to];
                if (!quote || quote.amount <= there.amount) continue;
                there = {.amount = quote.amount, .about = to_double(quote.amount), .at = at};
            }
        }
    unsigned best = 0;
    for (unsigned k = 1; k <= hops_; ++k)
        if (labels[size_t{k} * nodes_ + sink].amount > labels[size_t{best} * nodes_ + sink].amount) best = k;
    std::vector<EdgeId> path;
    if (best == 0) return path;
    trace(best, sink);
    for (unsigned k = 0; k < best; ++k) path.push_back(edges_[way[k]]);
    return path;
}

std::vector<std::vector<EdgeId>> FlowNetwork::candidates(size_t most) const {
    std::vector<std::pair<double, size_t>> order;
    for (size_t i = 0; i < paths_.size(); ++i) {
        double rate = 1;
        for (unsigned k = 0; k < paths_[i].length; ++k) rate *= active_[paths_[i].slots[k]].more.rate;
        order.emplace_back(rate, i);
    }
    std::ranges::sort(order, std::greater{});
    std::vector<std::vector<EdgeId>> result;
    for (size_t i = 0; i < std::min(most, order.size()); ++i) {
        auto& edges = result.emplace_back();
        const Path& path = paths_[order[i].second];
        for (unsigned k = 0; k < path.length; ++k) edges.push_back(edges_[active_[path.slots[k]].at]);
    }
    return result;
}

}  // namespace osprey::market
