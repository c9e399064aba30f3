#include "market/router.hpp"

#include <algorithm>
#include <stdexcept>

#include "primitives/real.hpp"

namespace osprey::market {

namespace {

constexpr uint8_t far = UINT8_MAX;
/// Single paths that are tried with the whole amount: where amounts are a few units, rounding decides.
constexpr size_t single_paths = 16;
/// Of a constant product's swap with its transfers, about.
constexpr double gas_of_a_swap = 90'000;

}  // namespace

double Route::optimality() const noexcept {
    const double got = to_double(amount_out);
    return bound > got ? got / bound : 1;
}

Router::Router(const TokenGraph& graph) : graph_(&graph) {
    if (!graph.built()) throw std::invalid_argument("the token graph is not built");
    rebuild();
}

void Router::rebuild() {
    from_ = to_ = none;
    has_network_ = {};
    const size_t tokens = graph_->token_count();
    // A token that one pool holds leads nowhere but back through that pool.
    many_.assign(tokens, 0);
    for (TokenId t = 0; t < tokens; ++t) {
        PoolId first = none;
        const auto links = graph_->links_from(t);
        for (LinkId link = links.begin; link < links.end && !many_[t]; ++link) {
            const auto edges = graph_->edges_of(link);
            for (EdgeId e = edges.begin; e < edges.end; ++e) {
                if (first != none && graph_->edge(e).pool != first) many_[t] = 1;
                first = graph_->edge(e).pool;
            }
        }
    }
    core_first_.assign(tokens + 1, 0);
    core_links_.clear();
    for (TokenId t = 0; t < tokens; ++t) {
        const auto links = graph_->links_from(t);
        for (LinkId link = links.begin; link < links.end; ++link)
            if (many_[graph_->link_to(link)]) core_links_.push_back(link);
        core_first_[t + 1] = static_cast<uint32_t>(core_links_.size());
    }
    ahead_.assign(tokens, far);
    behind_.assign(tokens, far);
    node_.assign(tokens, none);
}

FlowNetwork& Router::network_of(TokenId from, TokenId to, unsigned hops) {
    if (from != from_ || to != to_) has_network_ = {};
    from_ = from, to_ = to;
    FlowNetwork& network = networks_[hops - 1];
    if (has_network_[hops - 1])
        network.refresh();
    else
        find_network(network, from, to, hops);
    has_network_[hops - 1] = true;
    return network;
}

/// All edges on ways of at most `hops` links that neither come back to `from` nor go on from `to`.
void Router::find_network(FlowNetwork& network, TokenId from, TokenId to, unsigned hops) {
    reached_.clear();
    const auto spread = [&](TokenId start, TokenId never, std::vector<uint8_t>& distance) {
        std::vector<TokenId> level{start}, next;
        distance[start] = 0;
        reached_.push_back(start);
        for (uint8_t d = 1; d <= hops && !level.empty(); ++d) {
            next.clear();
            for (const TokenId t : level)
                for (uint32_t i = core_first_[t]; i < core_first_[t + 1]; ++i) {
                    const TokenId other = graph_->link_to(core_links_[i]);
                    if (other == never || distance[other] != far) continue;
                    distance[other] = d;
                    reached_.push_back(other);
                    next.push_back(other);
                }
            std::swap(level, next);
        }
    };
    spread(from, to, ahead_);
    spread(to, from, behind_);

    network.reset(*graph_, hops);
    node_[from] = FlowNetwork::source, node_[to] = FlowNetwork::sink;
    const auto add = [&](LinkId link, TokenId a, TokenId b) {
        for (const TokenId t : {a, b})
            if (node_[t] == none) node_[t] = network.add_node();
        const auto edges = graph_->edges_of(link);
        for (EdgeId e = edges.begin; e < edges.end; ++e) network.add_edge(node_[a], node_[b], e);
    };
    for (const TokenId a : std::vector<TokenId>(reached_)) {
        if (ahead_[a] >= hops || a == to) continue;
        if (a != from && behind_[a] == far) continue;
        for (uint32_t i = core_first_[a]; i < core_first_[a + 1]; ++i) {
            const TokenId b = graph_->link_to(core_links_[i]);
            if (b == from || b == to || behind_[b] == far || ahead_[a] + 1U + behind_[b] > hops) continue;
            add(core_links_[i], a, b);
        }
        ahead_[a] = far;  // it may stand in reached_ twice
    }
    // Into the token bought, which may itself be one that a single pool holds.
    for (const TokenId t : reached_) ahead_[t] = behind_[t] = far;
    spread(from, to, ahead_);
    const auto links = graph_->links_from(to);
    for (LinkId link = links.begin; link < links.end; ++link) {
        const TokenId a = graph_->link_to(link);
        if (ahead_[a] < hops) add(graph_->reverse(link), a, to);
    }
    network.build();
    for (const TokenId t : reached_) ahead_[t] = behind_[t] = far, node_[t] = none;
    node_[from] = node_[to] = none;
}

std::optional<Route> Router::route(TokenId from, TokenId to, const u256& amount_in, const RouteSettings& settings) {
    if (from >= graph_->token_count() || to >= graph_->token_count() || from == to || !amount_in) return {};
    if (settings.max_hops == 0 || settings.max_hops > longest_route)
        throw std::invalid_argument("a path has 1 to " + std::to_string(longest_route) + " hops");
    const double amount = to_double(amount_in);
    // Net of gas in floating point: it only chooses between answers.
    const auto worth = [&](const Execution& e) {
        return settings.gas_price > 0
                   ? std::pair{to_double(e.amount_out) - settings.gas_price * static_cast<double>(e.gas), u256{}}
                   : std::pair{0.0, e.amount_out};
    };
    std::optional<Execution> best;
    double bound = 0;
    const auto take = [&](std::optional<Execution> found) {
        if (found && (!best || worth(*found) > worth(*best))) best = std::move(found);
    };
    // What fewer hops give is allowed with more, and standing gains may lead the search astray.
    for (unsigned hops = 1; hops <= settings.max_hops; ++hops) {
        FlowNetwork& network = network_of(from, to, hops);
        const auto single = network.best_single(amount_in);
        if (!single.empty()) take(execute_path(*graph_, single, amount_in));
        if (network.send(amount, single,
                         {.gap = settings.gap * 0.6,  // whole units lose some

                          .rounds = 64,
                          .work = settings.work,
                          .max_paths = std::max(settings.max_paths, 1U),
                          .ignored = settings.gas_price * gas_of_a_swap}))
            take(execute_flows(*graph_, network, amount_in));
        for (const auto& path : network.candidates(single_paths)) take(execute_path(*graph_, path, amount_in));
        bound = network.bound();
    }
    if (!best) return {};
    return Route{.swaps = std::move(best->swaps),
                 .amount_in = amount_in,
                 .amount_out = best->amount_out,
                 .gas = best->gas,
                 .bound = std::max(bound, to_double(best->amount_out))};
}

std::optional<Route> route(const TokenGraph& graph, TokenId from, TokenId to, const u256& amount_in,
                           const RouteSettings& settings) {
    return Router{graph}.route(from, to, amount_in, settings);
}

}  // namespace osprey::market
