#pragma once
// Swaps as the pools' events tell of them.

#include <optional>
#include <span>
#include <vector>

#include "protocol/amm/family.hpp"

namespace osprey::engine {

struct SeenSwap {
    size_t tx = 0;
    Address pool;
    const protocol::Family* family = nullptr;    ///< the pool's; by the event's shape where the pool is not known
    std::optional<Address> token_in, token_out;  ///< none: the pool's tokens are not known
    u256 amount_in, amount_out;
};

class PoolFinder;

/// Those among the logs of transaction `tx`, in their order; the finder tells the pools' families and tokens.
std::vector<SeenSwap> seen_swaps(std::span<const Log> logs, size_t tx, const PoolFinder& finder);

}  // namespace osprey::engine
