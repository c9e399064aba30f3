#include "engine/seen_swaps.hpp"

#include "engine/pool_finder.hpp"
#include "protocol/amm/uniswap_v2/events.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/events.hpp"

namespace osprey::engine {

namespace v2 = protocol::uniswap_v2;
namespace v3 = protocol::uniswap_v3;

namespace {

/// A swap as the pool's event tells of it.
struct ToldSwap {
    const protocol::Family* family;  ///< by the event's shape
    bool zero_for_one;
    u256 amount_in, amount_out;
};

std::optional<ToldSwap> told_swap(const Log& log) {
    if (const auto event = v2::decode_swap(log)) {
        // Both amounts may come in (and one go back out): the larger net payment tells the direction.
        const bool zero_for_one = event->amount0_in > event->amount0_out;
        const u256 net0 = event->amount0_in - event->amount0_out, net1 = event->amount1_in - event->amount1_out;
        return ToldSwap{.family = &v2::family,
                        .zero_for_one = zero_for_one,
                        .amount_in = zero_for_one ? net0 : net1,
                        .amount_out = zero_for_one ? -net1 : -net0};
    }
    if (const auto event = v3::decode_swap(log)) {
        const bool zero_for_one = event->amount1.is_negative();
        return ToldSwap{.family = event->family,
                        .zero_for_one = zero_for_one,
                        .amount_in = zero_for_one ? event->amount0 : event->amount1,
                        .amount_out = -(zero_for_one ? event->amount1 : event->amount0)};
    }
    return {};
}

}  // namespace

std::vector<SeenSwap> seen_swaps(std::span<const Log> logs, size_t tx, const PoolFinder& finder) {
    std::vector<SeenSwap> swaps;
    for (const Log& log : logs) {
        const auto told = told_swap(log);
        if (!told) continue;
        SeenSwap& swap = swaps.emplace_back(SeenSwap{.tx = tx,
                                                     .pool = log.address,
                                                     .family = told->family,
                                                     .token_in = {},
                                                     .token_out = {},
                                                     .amount_in = told->amount_in,
                                                     .amount_out = told->amount_out});
        const FoundPool* pool = finder.find({.contract = log.address, .id = {}});
        if (pool == nullptr || pool->tokens.size() != 2) continue;
        swap.family = pool->family;
        swap.token_in = pool->tokens[told->zero_for_one ? 0 : 1];
        swap.token_out = pool->tokens[told->zero_for_one ? 1 : 0];
    }
    return swaps;
}

}  // namespace osprey::engine
