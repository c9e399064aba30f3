#pragma once
// A swap of a find, told by addresses: what is left of it when the graph has moved on.

#include <span>
#include <vector>

#include "market/route_execution.hpp"

namespace osprey::engine {

struct FoundSwap {
    protocol::PoolKey pool;
    const protocol::Family* family = nullptr;
    Address token_in, token_out;
    u256 amount_in, amount_out;
};

std::vector<FoundSwap> found_swaps(const market::TokenGraph& graph, std::span<const market::RouteSwap> swaps);

}  // namespace osprey::engine
