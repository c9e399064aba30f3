#include "market/route_execution.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "primitives/real.hpp"

namespace osprey::market {

using protocol::Pool;
using protocol::Quote;

namespace {

using EdgeFlow = FlowNetwork::EdgeFlow;
using PathFlow = FlowNetwork::PathFlow;
using Node = FlowNetwork::Node;

/// Ways that pools refused are left out so often before it is given up.
constexpr unsigned most_tries = 64;

/// Copies of the pools that were swapped in.
class Copies {
public:
    explicit Copies(const TokenGraph& graph) : graph_(graph) {}

    /// The most that the pool takes now.
    u256 room(EdgeId edge) {
        const Hop& hop = graph_.edge(edge);
        return copy(hop.pool).max_in(hop.in, hop.out);
    }

    /// None: refused, and nothing changed.
    std::optional<RouteSwap> swap(EdgeId edge, const u256& amount) {
        const Hop& hop = graph_.edge(edge);
        if (graph_.is_stale(hop.pool)) return {};
        Pool& pool = copy(hop.pool);
        // A pool may take a few units and pay nothing for them.
        if (amount.fits_u64() && !pool.quote_in(hop.in, hop.out, amount).amount) return {};
        const uint64_t gas = pool.gas(hop.in, hop.out, amount);
        const Quote paid = pool.swap(hop.in, hop.out, amount);
        if (!paid) return {};
        return RouteSwap{.hop = hop,
                         .token_in = graph_.token_in(hop),
                         .token_out = graph_.token_out(hop),
                         .amount_in = amount,
                         .amount_out = paid.amount,
                         .gas = gas};
    }

private:
    Pool& copy(PoolId id) {
        auto& pool = pools_[id];
        if (!pool) pool = graph_.pool(id).clone();
        return *pool;
    }
    const TokenGraph& graph_;
    std::unordered_map<PoolId, std::unique_ptr<Pool>> pools_;
};

/// amount * part / whole, rounded down; part and whole are flows.
u256 share(const u256& amount, double part, double whole) noexcept {
    if (!(part < whole)) return amount;
    constexpr unsigned bits = 62;
    const auto scaled = static_cast<uint64_t>(std::ldexp(part / whole, bits));
    return mul_div(amount, u256{scaled}, u256{1} << bits).quot;
}

void add(Execution& execution, RouteSwap swap) {
    execution.gas += swap.gas;
    execution.swaps.push_back(swap);
}

/// What pools that are full do not take goes on to the next; the greatest comes last and takes what rounding leaves.
bool comes_before(const EdgeFlow& a, const EdgeFlow& b) noexcept {
    if (a.full != b.full) return a.full;
    return a.flow != b.flow ? a.flow < b.flow : a.edge < b.edge;
}

struct Attempt {
    std::optional<Execution> execution;
    std::optional<EdgeId> refused;  ///< by this edge's pool
    bool circular = false;
};

/// What is left of an amount that goes out over the flows, by their shares; what one refuses goes on to the next.
template <typename Flow, typename Sent>
u256 send_out(std::span<Flow* const> flows, bool from_source, Copies& copies, const u256& there_is, Sent&& sent) {
    double whole = 0;
    for (const auto* f : flows) whole += f->flow;
    u256 left = there_is;
    const auto send = [&](const auto& f, const u256& part) {
        const auto swapped = copies.swap(f.edge, part);
        if (!swapped) return false;
        left -= part;
        sent(f, *swapped);
        return true;
    };
    for (size_t i = 0; i < flows.size(); ++i) {
        const auto& f = *flows[i];
        const bool last = i + 1 == flows.size();
        u256 part = last ? left : std::min(left, share(there_is, f.flow, whole));
        // Of a token between, what a full pool does not take any more stays behind: next to nothing.
        if (f.full && (!from_source || !last)) part = std::min(part, copies.room(f.edge));
        if (part) send(f, part);
    }
    // Refused by the greatest: whichever takes it.
    for (size_t i = flows.size(); i-- > 0 && left;)
        if (!flows[i]->full) send(*flows[i], left);
    return left;
}

/// Token by token, from the source on. Strict: what cannot go on from a token fails.
Attempt execute_once(const TokenGraph& graph, std::span<const EdgeFlow> flows, size_t nodes, const u256& amount,
                     bool strict) {
    std::vector<std::vector<const EdgeFlow*>> out_of(nodes);
    std::vector<uint32_t> waits(nodes);
    for (const EdgeFlow& f : flows) out_of[f.from].push_back(&f), ++waits[f.to];
    std::vector<u256> have(nodes);
    have[FlowNetwork::source] = amount;
    std::vector<Node> ready;
    for (Node n = 0; n < nodes; ++n)
        if (waits[n] == 0 && !out_of[n].empty()) ready.push_back(n);
    Copies copies(graph);
    Execution execution{.swaps = {}, .amount_in = amount, .amount_out = {}};
    // The order first: a circle is found before anything is swapped.
    std::vector<Node> order;
    while (!ready.empty()) {
        const Node node = ready.back();
        ready.pop_back();
        order.push_back(node);
        for (const EdgeFlow* f : out_of[node])
            if (--waits[f->to] == 0 && !out_of[f->to].empty()) ready.push_back(f->to);
    }
    if (std::ranges::any_of(waits, [](uint32_t w) { return w != 0; }))
        return {.execution = {}, .refused = {}, .circular = true};
    for (const Node node : order) {
        auto& edges = out_of[node];
        std::ranges::sort(edges, [](const EdgeFlow* a, const EdgeFlow* b) { return comes_before(*a, *b); });
        const u256 left = send_out<const EdgeFlow>(edges, node == FlowNetwork::source, copies, have[node],
                                                   [&](const EdgeFlow& f, const RouteSwap& swapped) {
                                                       have[f.to] += swapped.amount_out;
                                                       add(execution, swapped);
                                                   });
        // Nothing goes on from there: nothing should have come.
        if (left && ((strict && left == have[node]) || node == FlowNetwork::source))
            return {.execution = {}, .refused = edges.back()->edge};
    }
    execution.amount_out = have[FlowNetwork::sink];
    if (!execution.amount_out) return {};
    return {.execution = std::move(execution), .refused = {}};
}

/// Swap by swap of the paths: first all first swaps, then all second ones, and so on. A pool swaps once for each place
/// that it has on paths, and there are no circles.
std::optional<Execution> execute_in_layers(const TokenGraph& graph, const FlowNetwork& network, const u256& amount) {
    struct Layered {
        unsigned layer;
        Node from, to;
        EdgeId edge;
        double flow;
        bool full;
    };
    std::vector<Layered> flows;
    for (const auto& f : network.layered_flows()) flows.push_back({f.layer, f.from, f.to, f.edge, f.flow, false});
    // What each way still expects, and what the plan has for it: what comes first through a pool gets its better part,
    // so that the amounts run ahead of the plan.
    struct Rest {
        bool full = false;
        double expected = 0, planned = 0;
    };
    std::unordered_map<EdgeId, Rest> rest;
    for (const EdgeFlow& f : network.flows()) rest[f.edge] = {.full = f.full, .expected = f.flow, .planned = 0};
    for (Layered& f : flows) f.full = rest[f.edge].full, rest[f.edge].planned += f.flow;
    std::ranges::sort(flows, [](const Layered& a, const Layered& b) {
        if (a.layer != b.layer) return a.layer < b.layer;
        if (a.from != b.from) return a.from < b.from;
        if (a.full != b.full) return a.full;
        return a.flow != b.flow ? a.flow < b.flow : a.edge < b.edge;
    });
    const size_t nodes = network.node_count();
    std::vector<u256> have(nodes), next(nodes);
    have[FlowNetwork::source] = amount;
    Copies copies(graph);
    Execution execution{.swaps = {}, .amount_in = amount, .amount_out = {}};
    std::vector<const Layered*> out;
    for (size_t i = 0, end = 0; i < flows.size(); i = end) {
        out.clear();
        for (end = i; end < flows.size() && flows[end].layer == flows[i].layer && flows[end].from == flows[i].from;
             ++end)
            out.push_back(&flows[end]);
        for (size_t k = i; k < end; ++k) {
            Rest& r = rest[flows[k].edge];
            const double planned = std::exchange(flows[k].flow, flows[k].flow * std::max(r.expected, 0.0) / r.planned);
            r.planned = std::max(r.planned - planned, planned * 1e-9);
        }
        const Node node = flows[i].from;
        const u256 left = send_out<const Layered>(out, node == FlowNetwork::source, copies, have[node],
                                                  [&](const Layered& f, const RouteSwap& swapped) {
                                                      next[f.to] += swapped.amount_out;
                                                      rest[f.edge].expected -= to_double(swapped.amount_in);
                                                      add(execution, swapped);
                                                  });
        if (left && node == FlowNetwork::source) return {};
        have[node] = left;  // for a later layer
        if (end == flows.size() || flows[end].layer != flows[i].layer)
            for (Node n = 0; n < nodes; ++n) have[n] += next[n], next[n] = {};
    }
    execution.amount_out = have[FlowNetwork::sink];
    if (!execution.amount_out) return {};
    return execution;
}

/// Takes away what does not lead from the source to the sink any more.
void keep_connected(std::vector<EdgeFlow>& flows, size_t nodes) {
    for (bool changed = true; changed;) {
        std::vector<uint8_t> begins(nodes), ends(nodes);
        begins[FlowNetwork::sink] = ends[FlowNetwork::source] = 1;
        for (const EdgeFlow& f : flows) begins[f.from] = 1, ends[f.to] = 1;
        changed = std::erase_if(flows, [&](const EdgeFlow& f) { return !begins[f.to] || !ends[f.from]; }) > 0;
    }
}

/// Where flows run in a circle no token has all that will come to it before some of it goes on. What is there goes on
/// from the token that has most of its inflow, by what its pools still expect; a pool may swap more than once.
Attempt execute_in_turns(const TokenGraph& graph, const FlowNetwork& network, std::span<const EdgeFlow> flows,
                         const u256& amount) {
    const size_t nodes = network.node_count();
    std::vector<std::vector<uint32_t>> out_of(nodes);
    std::vector<double> left(flows.size()), coming(nodes);
    for (uint32_t i = 0; i < flows.size(); ++i) {
        out_of[flows[i].from].push_back(i);
        left[i] = flows[i].flow;
        coming[flows[i].to] += flows[i].output;
    }
    for (auto& edges : out_of)
        std::ranges::sort(edges, [&](uint32_t a, uint32_t b) { return comes_before(flows[a], flows[b]); });
    std::vector<u256> have(nodes);
    have[FlowNetwork::source] = amount;
    Copies copies(graph);
    Execution execution{.swaps = {}, .amount_in = amount, .amount_out = {}};
    const size_t turns = 6 * nodes;
    for (size_t turn = 0;; ++turn) {
        Node node = none;
        double ready = -1;
        for (Node n = 0; n < nodes; ++n) {
            if (n == FlowNetwork::sink || !have[n]) continue;
            const double there_is = to_double(have[n]);
            const double part = there_is / (there_is + std::max(coming[n], 0.0));
            if (part > ready) ready = part, node = n;
        }
        if (node == none) break;
        const auto send = [&](uint32_t i, const u256& part) {
            const EdgeFlow& f = flows[i];
            const auto swapped = copies.swap(f.edge, part);
            if (!swapped) return false;
            const double done = std::min(to_double(part), left[i]);
            left[i] -= done;
            coming[f.to] -= f.output * (done / f.flow);
            have[f.to] += swapped->amount_out;
            add(execution, *swapped);
            return true;
        };
        const u256 there_is = have[node];
        have[node] = {};
        double whole = 0;
        for (const uint32_t i : out_of[node]) whole += left[i];
        // Remainders of rounding, and what would go around for ever: straight on.
        const bool straight = turn >= turns || !(whole > 0) || to_double(there_is) < whole * 1e-9;
        if (straight) {
            const auto nearest = std::ranges::min_element(out_of[node], {}, [&](uint32_t i) {
                return std::pair{network.hops_to_sink(flows[i].to), -flows[i].flow};
            });
            if (nearest == out_of[node].end()) continue;
            // What is too little to be paid for stays behind.
            if (!send(*nearest, there_is) && there_is == amount)
                return {.execution = {}, .refused = flows[*nearest].edge};
            continue;
        }
        u256 rest = there_is;
        size_t last = 0;
        for (size_t k = 0; k < out_of[node].size(); ++k)
            if (left[out_of[node][k]] > 0) last = k;
        for (size_t k = 0; k <= last; ++k) {
            const uint32_t i = out_of[node][k];
            u256 part = k == last ? rest : std::min(rest, share(there_is, left[i], whole));
            if (flows[i].full && (node != FlowNetwork::source || k < last))
                part = std::min(part, copies.room(flows[i].edge));
            rest -= part;
            if (part && !send(i, part)) return {.execution = {}, .refused = flows[i].edge};
        }
    }
    execution.amount_out = have[FlowNetwork::sink];
    if (!execution.amount_out) return {};
    return {.execution = std::move(execution), .refused = {}};
}

}  // namespace

std::optional<Execution> execute_path(const TokenGraph& graph, std::span<const EdgeId> path, const u256& amount) {
    Copies copies(graph);
    Execution execution{.swaps = {}, .amount_in = amount, .amount_out = amount};
    for (const EdgeId e : path) {
        const auto swapped = copies.swap(e, execution.amount_out);
        if (!swapped || !swapped->amount_out) return {};
        execution.amount_out = swapped->amount_out;
        add(execution, *swapped);
    }
    return execution;
}

std::optional<Execution> execute_flows(const TokenGraph& graph, const FlowNetwork& network, const u256& amount) {
    auto flows = network.flows();
    const size_t nodes = network.node_count();
    std::optional<Execution> best = execute_once(graph, flows, nodes, amount, false).execution;
    bool layers = false;
    for (unsigned tries = 0; !flows.empty() && tries < most_tries; ++tries) {
        Attempt attempt = execute_once(graph, flows, nodes, amount, true);
        if (attempt.circular) {
            if (!std::exchange(layers, true)) {
                auto layered = execute_in_layers(graph, network, amount);
                if (layered && (!best || layered->amount_out > best->amount_out)) best = std::move(layered);
            }
            attempt = execute_in_turns(graph, network, flows, amount);
        }
        if (attempt.execution) {
            if (!best || attempt.execution->amount_out > best->amount_out) best = std::move(attempt.execution);
            break;
        }
        if (!attempt.refused) break;
        std::erase_if(flows, [&](const EdgeFlow& f) { return f.edge == *attempt.refused; });
        keep_connected(flows, nodes);
    }
    return best;
}

}  // namespace osprey::market
