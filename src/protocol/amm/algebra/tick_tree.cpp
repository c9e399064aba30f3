#include "protocol/amm/algebra/tick_tree.hpp"

#include <algorithm>

#include "primitives/keccak.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"

namespace osprey::protocol::algebra {

using uniswap_v3::max_tick;
using uniswap_v3::min_tick;

namespace {

constexpr int32_t second_layer_offset = 3466;  // TickTree.SECOND_LAYER_OFFSET

u256 mapping_slot(int32_t key, uint64_t slot) noexcept {
    uint8_t words[64];
    const uint64_t sign = key < 0 ? ~0ULL : 0;
    store_be32(words, {static_cast<uint64_t>(int64_t{key}), sign, sign, sign});
    store_be32(words + 32, u256{slot});
    return to_u256(keccak256_64(words));
}

bool bit_of(const u256& word, uint32_t bit) noexcept { return (word.w[bit / 64] >> (bit % 64) & 1) != 0; }

}  // namespace

TreeTicks ask_for_ticks(const TreeLayout& layout, const Address& pool, uint32_t root, int32_t tick, int32_t width,
                        Answers& answers) {
    using enum Built::Status;
    const int32_t here = tick >> 8;
    const int32_t first = std::max(tick - width, min_tick) >> 8, last = std::min(tick + width, max_tick) >> 8;

    // A leaf is empty where its bit above it is 0, and is asked for where that is 1.
    const auto places = static_cast<size_t>(last - first + 1);
    std::vector<SlotAnswer> nodes(places), leafs(places);
    const auto node_of = [](int32_t leaf) { return (leaf + second_layer_offset) >> 8; };
    for (size_t i = 0; i < places; ++i) {
        const int32_t node = node_of(first + static_cast<int32_t>(i));
        nodes[i] = {.known = Known::yes, .value = {}};
        if ((root >> node & 1) != 0) nodes[i] = answers.slot(pool, mapping_slot(node, layout.second_layer));
    }
    if (!answers.complete()) return {.status = incomplete, .known = {}, .ticks = {}};
    for (size_t i = 0; i < places; ++i) {
        leafs[i] = {.known = nodes[i].known, .value = {}};
        const int32_t leaf = first + static_cast<int32_t>(i);
        if (nodes[i] && bit_of(nodes[i].value, static_cast<uint32_t>(leaf + second_layer_offset) & 0xff))
            leafs[i] = answers.slot(pool, mapping_slot(leaf, layout.leafs));
    }
    if (!answers.complete()) return {.status = incomplete, .known = {}, .ticks = {}};

    const auto leaf_at = [&](int32_t leaf) -> const SlotAnswer& { return leafs[static_cast<size_t>(leaf - first)]; };
    if (!leaf_at(here)) return {.status = unavailable, .known = {}, .ticks = {}};
    int32_t from = here, to = here;
    while (from > first && leaf_at(from - 1)) --from;
    while (to < last && leaf_at(to + 1)) ++to;
    TreeTicks out;
    out.known = {.from = from * 256, .to = to * 256 + 255, .from_blind = false, .to_blind = false};

    struct Found {
        int32_t tick;
        SlotAnswer total, delta, orders;
    };
    std::vector<Found> found;
    for (int32_t leaf = from; leaf <= to; ++leaf)
        for (uint32_t bit = 0; bit < 256; ++bit)
            if (bit_of(leaf_at(leaf).value, bit)) {
                const int32_t at = leaf * 256 + static_cast<int32_t>(bit);
                if (at < min_tick || at > max_tick) return {.status = another, .known = {}, .ticks = {}};
                const u256 slot = mapping_slot(at, layout.ticks);
                const auto total = answers.slot(pool, slot);
                found.push_back({at, total,
                                 layout.delta_in_next_slot
                                     ? answers.slot(pool, slot + u256{1})
                                     : SlotAnswer{.known = total.known, .value = total.value >> 128},
                                 layout.orders_slot != 0 ? answers.slot(pool, slot + u256{layout.orders_slot})
                                                         : SlotAnswer{.known = Known::yes, .value = {}}});
            }
    if (!answers.complete()) return {.status = incomplete, .known = {}, .ticks = {}};
    for (const Found& f : found) {
        const bool has_orders = layout.orders_slot != 0 && bit_of(f.orders.value, layout.orders_bit);
        if (!f.total || !f.delta || !f.orders || has_orders) {
            if (f.tick <= tick) {
                out.known.from = f.tick;
                out.known.from_blind = true;
                out.ticks.clear();
                continue;
            }
            out.known.to = f.tick;
            out.known.to_blind = true;
            break;
        }
        const uniswap_v3::Tick read{.tick = f.tick,
                                    .gross = f.total.value.low_u128(),
                                    .net = static_cast<uniswap_v3::i128>(f.delta.value.low_u128())};
        if (read.gross == 0) return {.status = another, .known = {}, .ticks = {}};
        out.ticks.push_back(read);
    }
    return out;
}

}  // namespace osprey::protocol::algebra
