#include "market/joint_optimum.hpp"

#include <algorithm>
#include <unordered_map>

#include "market/disjoint.hpp"
#include "primitives/real.hpp"

namespace osprey::market {

namespace {

constexpr uint32_t millionths = 1'000'000;

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
    size_t longest = 0;
    for (const Opportunity& o : opportunities)
        if (o.start == start && o.hops.size() <= longest_route) {
            cycles.push_back(o);
            cycles.back().net = o.profit;  // the start token's own gain is what counts here
            longest = std::max(longest, o.hops.size());
        }
    if (cycles.empty()) return {};

    FlowNetwork network;
    network.reset(graph, static_cast<unsigned>(longest));
    std::unordered_map<TokenId, FlowNetwork::Node> nodes;
    std::vector<EdgeId> known;
    const auto node_of = [&](TokenId token) {
        const auto [at, is_new] = nodes.try_emplace(token, 0);
        if (is_new) at->second = network.add_node();
        return at->second;
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
            if (std::ranges::find(known, path[i]) != known.end()) continue;
            known.push_back(path[i]);
            const TokenId in = graph.token_in(o.hops[i]), out = graph.token_out(o.hops[i]);
            network.add_edge(in == start ? FlowNetwork::source : node_of(in),
                             out == start ? FlowNetwork::sink : node_of(out), path[i]);
        }
        if (auto alone = execute_path(graph, path, o.amounts.front())) take(best, std::move(*alone), premium);
    }
    network.build();

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

    const double cost = 1 + static_cast<double>(premium) / millionths;
    if (network.gain(cost, {.gap = 1e-7, .rounds = 100, .ignored = 0}))
        if (auto joint = execute_flows(graph, network, to_u256(network.input())))
            take(best, std::move(*joint), premium);
    if (!best) return {};
    best->bound = std::max(network.bound(), to_double(best->profit));
    return best;
}

}  // namespace osprey::market
