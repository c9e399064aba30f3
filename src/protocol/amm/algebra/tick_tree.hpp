#pragma once
// The three layers that Algebra keeps its initialised ticks in (libraries/TickTree.sol), asked for around a price.

#include "protocol/amm/family.hpp"
#include "protocol/amm/uniswap_v3/tick_table.hpp"

namespace osprey::protocol::algebra {

struct TreeLayout {
    uint64_t ticks, leafs, second_layer;
    /// liquidityTotal and liquidityDelta: two slots, or halves of one.
    bool delta_in_next_slot;
    /// Where a tick keeps whether there are limit orders: slots after its first, and the bit. Ticks that have some are
    /// as if nothing were known of them, and bound what is.
    uint64_t orders_slot = 0;
    uint32_t orders_bit = 0;
};

struct TreeTicks {
    Built::Status status = Built::Status::built;
    uniswap_v3::KnownRange known;
    std::vector<uniswap_v3::Tick> ticks;
};

/// The ticks within `width` of `tick`, in whole words. Whatever cannot be had bounds what is known.
TreeTicks ask_for_ticks(const TreeLayout& layout, const Address& pool, uint32_t root, int32_t tick, int32_t width,
                        Answers& answers);

}  // namespace osprey::protocol::algebra
