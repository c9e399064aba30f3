#include "market/joint_optimum.hpp"

#include <algorithm>
#include <unordered_map>

#include "market/disjoint.hpp"
#include "primitives/real.hpp"

namespace osprey::market {

namespace {

constexpr uint32_t millionths = 1'000'000;
/// Of the bound: what is not worth a second search.
constexpr double near_enough = 1e-5;

u256 premium_of(const u256& amount, uint32_t premium) noexcept {
    return (amount * u256{premium} + u256{millionths - 1}) / u256{millionths};
}

std::optional<EdgeId> edge_of(const TokenGraph& graph, const Hop& hop) {
    for (const EdgeId e : graph.edges_of_pool(hop.pool))
        if (graph.edge(e) == hop) return e;
    return {};
}

/// Takes the better one.
void take(std::optional<JointPlan>& best, Execution execution, uint32_t premium) {
    const u256 fee = premium_of(execution.amount_in, premium);
    const u256 cost = execution.amount_in + fee;
    if (execution.amount_out <= cost) return;
    const u256 profit = execution.amount_out - cost;
    if (best && best->profit >= profit) return;
    best = JointPlan{.swaps = std::move(execution.swaps),
                     .amount_in = execution.amount_in,
                     .amount_out = execution.amount_out,
                     .premium = fee,
                     .profit = profit,
                     .gas = execution.gas};
}

}  // namespace

double JointPlan::optimality() const noexcept {
    const double got = to_double(profit);
    return bound > got ? got / bound : 1;
}

std::optional<JointPlan> joint_optimum(const TokenGraph& graph, std::span<const Opportunity> opportunities,
                                       TokenId start, uint32_t premium) {
    std::vector<Opportunity> cycles;
    unsigned longest = 0;
    for (const Opportunity& o : opportunities)
        if (o.start == start && o.hops.size() <= longest_route) {
            cycles.push_back(o);
            cycles.back().net = o.profit;  // the start token's own gain is what counts here
            longest = std::max(longest, static_cast<unsigned>(o.hops.size()));
        }
    if (cycles.empty()) return {};

    struct Entry {
        FlowNetwork::Node from, to;
        EdgeId edge;
    };
    std::vector<Entry> entries;
    std::unordered_map<TokenId, FlowNetwork::Node> nodes;
    const auto node_of = [&](TokenId token) {
        return nodes.try_emplace(token, static_cast<FlowNetwork::Node>(nodes.size() + 2)).first->second;
    };
    std::optional<JointPlan> best;
    for (const Opportunity& o : cycles) {
        std::vector<EdgeId> path;
        for (const Hop& hop : o.hops) {
            const auto e = edge_of(graph, hop);
            if (!e) break;
            path.push_back(*e);
        }
        if (path.size() != o.hops.size()) continue;
        for (size_t i = 0; i < path.size(); ++i) {
            if (std::ranges::find(entries, path[i], &Entry::edge) != entries.end()) continue;
            const TokenId in = graph.token_in(o.hops[i]), out = graph.token_out(o.hops[i]);
            entries.push_back({in == start ? FlowNetwork::source : node_of(in),
                               out == start ? FlowNetwork::sink : node_of(out), path[i]});
        }
        if (auto alone = execute_path(graph, path, o.amounts.front())) take(best, std::move(*alone), premium);
    }

    // Those that do not touch each other, one after the other.
    Execution together;
    for (const size_t i : best_disjoint(cycles, cycles.size(), 20'000).chosen) {
        std::vector<EdgeId> path;
        for (const Hop& hop : cycles[i].hops)
            if (const auto e = edge_of(graph, hop)) path.push_back(*e);
        auto one = execute_path(graph, path, cycles[i].amounts.front());
        if (path.size() != cycles[i].hops.size() || !one) continue;
        together.amount_in += one->amount_in;
        together.amount_out += one->amount_out;
        together.gas += one->gas;
        together.swaps.insert(together.swaps.end(), one->swaps.begin(), one->swaps.end());
    }
    take(best, std::move(together), premium);

    // Flows that meet join to walks of more hops than any cycle has, where the bound of so many hops says little. What
    // walks of one hop more can pay bounds the shorter ones too, and is mostly what is found.
    const double cost = 1 + static_cast<double>(premium) / millionths;
    double bound = std::numeric_limits<double>::infinity();
    for (unsigned hops = longest; hops <= std::min(longest + 1, longest_route); ++hops) {
        FlowNetwork network;
        network.reset(graph, hops);
        for (size_t i = 0; i < nodes.size(); ++i) network.add_node();
        for (const Entry& e : entries) network.add_edge(e.from, e.to, e.edge);
        network.build();
        if (network.gain(cost, {.gap = 1e-7, .rounds = 100, .ignored = 0}))
            if (auto joint = execute_flows(graph, network, to_u256(network.input())))
                take(best, std::move(*joint), premium);
        bound = std::min(bound, network.bound());
        if (best && to_double(best->profit) > bound * (1 - near_enough)) break;
    }
    if (!best) return {};
    best->bound = std::max(bound, to_double(best->profit));
    return best;
}

}  // namespace osprey::market
