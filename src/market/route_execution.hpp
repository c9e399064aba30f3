#pragma once
// The integer half of routing: flows over pools as swaps of whole units, executed one after the other on copies.

#include <optional>

#include "market/flow_network.hpp"

namespace osprey::market {

struct RouteSwap {
    Hop hop;
    TokenId token_in = 0, token_out = 0;
    u256 amount_in, amount_out;
    uint64_t gas = 0;
};

struct Execution {
    std::vector<RouteSwap> swaps;  ///< in this order each has its input: from amount_in and the swaps before
    u256 amount_in, amount_out;
    uint64_t gas = 0;  ///< of the swaps
};

/// Every unit of `amount` goes in, and every unit that a swap pays goes on. Where the flows allow an order of tokens,
/// each pool swaps once, and what there is of a token is split by the flows out of it; where they run in a circle, a
/// pool may swap more than once, and too little to be paid for may stay behind of a token between. What a pool refuses
/// is left out. None: nothing is left.
std::optional<Execution> execute_flows(const TokenGraph& graph, const FlowNetwork& network, const u256& amount);
/// All of it along one path.
std::optional<Execution> execute_path(const TokenGraph& graph, std::span<const EdgeId> path, const u256& amount);

}  // namespace osprey::market
