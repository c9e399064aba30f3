#include "engine/found_swap.hpp"

namespace osprey::engine {

std::vector<FoundSwap> found_swaps(const market::TokenGraph& graph, std::span<const market::RouteSwap> swaps) {
    std::vector<FoundSwap> found;
    found.reserve(swaps.size());
    for (const market::RouteSwap& swap : swaps) {
        const protocol::Pool& pool = graph.pool(swap.hop.pool);
        found.push_back({.pool = pool.key(),
                         .family = &pool.family(),
                         .token_in = graph.address_of(swap.token_in),
                         .token_out = graph.address_of(swap.token_out),
                         .amount_in = swap.amount_in,
                         .amount_out = swap.amount_out});
    }
    return found;
}

}  // namespace osprey::engine
