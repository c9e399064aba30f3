#pragma once
// One trade over many pools: the split with the greatest output, exact to the wei, and a bound that nothing exceeds.
// docs/routing.md tells what the bound is of, and proves it.

#include "market/route_execution.hpp"

namespace osprey::market {

struct RouteSettings {
    unsigned max_hops = 3;      ///< swaps of a path, 1 to longest_route
    unsigned max_paths = 1024;  ///< that the trade is split over
    double gap = 5e-4;          ///< good enough: 1 - output / bound
    uint64_t work = 4'000'000;  ///< to spend on each length of path: 30 ns each, about; more comes nearer
    double gas_price = 0;       ///< smallest units of the token bought, for one gas: what brings less is not swapped in
};

struct Route {
    std::vector<RouteSwap> swaps;  ///< in this order each has its input: from amount_in and the swaps before
    u256 amount_in, amount_out;    ///< all of amount_in is spent
    uint64_t gas = 0;              ///< of the swaps, without the transaction's own
    double bound = 0;              ///< nothing that paths of at most max_hops swaps pay is above it

    double optimality() const noexcept;  ///< amount_out / bound, at most 1
};

/// Keeps what it knows of a graph between calls: one a thread.
class Router {
public:
    /// The graph has to be built before. Throws std::invalid_argument when it is not.
    explicit Router(const TokenGraph& graph);

    /// None: no path, or none that pays for such an amount.
    std::optional<Route> route(TokenId from, TokenId to, const u256& amount_in, const RouteSettings& settings = {});
    /// After build() of the graph. Swaps, blocks and replaced pools need nothing: every call takes the present rates.
    void rebuild();

private:
    FlowNetwork& network_of(TokenId from, TokenId to, unsigned hops);
    void find_network(FlowNetwork& network, TokenId from, TokenId to, unsigned hops);

    const TokenGraph* graph_;
    std::vector<uint8_t> many_;            // by token: whether two pools or more hold it
    std::vector<uint32_t> core_first_;     // by token, and one more
    std::vector<LinkId> core_links_;       // between tokens with several pools
    std::vector<uint8_t> ahead_, behind_;  // by token: hops from the source, to the sink
    std::vector<FlowNetwork::Node> node_;  // by token
    std::vector<TokenId> reached_;
    std::array<FlowNetwork, longest_route> networks_;  // by hops, less one
    std::array<bool, longest_route> has_network_{};
    TokenId from_ = none, to_ = none;  // what the networks are of
};

/// The same once, for whoever keeps nothing.
std::optional<Route> route(const TokenGraph& graph, TokenId from, TokenId to, const u256& amount_in,
                           const RouteSettings& settings = {});

}  // namespace osprey::market
