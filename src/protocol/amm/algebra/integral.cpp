#include "protocol/amm/algebra/integral.hpp"

#include "primitives/abi.hpp"
#include "protocol/amm/algebra/tick_tree.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"
#include "types/json_reader.hpp"

namespace osprey::protocol::algebra {

using uniswap_v3::PoolHead;
using uniswap_v3::Stepping;
using uniswap_v3::TickTable;
using uniswap_v3::to_int24;

namespace {

// Storage of AlgebraPool: globalState is price, tick, lastFee, pluginConfig, communityFee, unlocked; the structure slot
// has nextTickGlobal, prevTickGlobal, liquidity, tickSpacing, tickTreeRoot.
constexpr uint64_t global_state_slot = 2, structure_slot = 9;
constexpr TreeLayout layout{.ticks = 3, .leafs = 8, .second_layer = 10, .delta_in_next_slot = true};
constexpr u256 price_mask = (u256{1} << 160) - u256{1};
constexpr uint8_t before_swap_flag = 1;  // Plugins.BEFORE_SWAP_FLAG
/// Steps end at ticks whatever the spacing was when they were made.
constexpr int32_t any_spacing = 1;

constexpr uint32_t token0_selector = 0x0dfe1681, token1_selector = 0xd21220a7, global_state_selector = 0xe76c01e4,
                   liquidity_selector = 0x1a686502, tree_root_selector = 0x578b9a36;

bool contradicts(const CallAnswer& answer, size_t words) noexcept {
    return answer.known == Known::yes && !(answer.has_words(words) && answer.output.size() == words * 32);
}

Built build(const PoolKey& key, Answers& answers) {
    const Address& pool = key.contract;
    const auto token0 = answers.call(pool, token0_selector), token1 = answers.call(pool, token1_selector);
    const auto global = answers.call(pool, global_state_selector), in_range = answers.call(pool, liquidity_selector);
    const auto root_shown = answers.call(pool, tree_root_selector);
    const auto global_slot = answers.slot(pool, u256{global_state_slot});
    const auto structure = answers.slot(pool, u256{structure_slot});
    if (!answers.complete()) return Built::incomplete();
    for (const CallAnswer& answer : {token0, token1, in_range, root_shown})
        if (contradicts(answer, 1)) return Built::another();
    if (contradicts(global, 6)) return Built::another();
    if (!token0 || !token1 || !global_slot || !structure) return Built::unavailable();

    const u256& g = global_slot.value;
    const PoolHead head{
        .sqrt_price = g & price_mask, .tick = to_int24(g >> 160), .liquidity = (structure.value >> 48).low_u128()};
    const auto fee = static_cast<uint16_t>((g >> 184).w[0]);
    const auto plugin_config = static_cast<uint8_t>((g >> 200).w[0]);
    const auto root = static_cast<uint32_t>((structure.value >> 200).w[0]);
    if (global && (global.word(0) != head.sqrt_price || to_int24(global.word(1)) != head.tick ||
                   global.word(2) != u256{fee} || global.word(3) != u256{plugin_config}))
        return Built::another();
    if (in_range && in_range.word(0) != u256::from_u128(head.liquidity)) return Built::another();
    if (root_shown && root_shown.word(0) != u256{root}) return Built::another();
    if (!is_consistent(head)) return Built::another();
    if ((plugin_config & before_swap_flag) != 0) return Built::unavailable();

    TreeTicks read = ask_for_ticks(layout, pool, root, head.tick, window_ticks, answers);
    if (read.status != Built::Status::built) return {read.status, nullptr};
    auto table = TickTable::make(Stepping::ticks, any_spacing, fee, std::move(read.ticks), read.known, head.tick,
                                 head.liquidity);
    if (!table) return Built::another();
    return Built::of(std::make_unique<IntegralPool>(key, abi::address_at(token0.output, 0),
                                                    abi::address_at(token1.output, 0), head, std::move(table)));
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    auto parts = uniswap_v3::read_pool_state(Stepping::ticks, state);
    if (!parts) return std::unexpected(std::move(parts).error());
    if (tokens.size() != 2) return fail("a pool of this kind has two tokens");
    return std::make_unique<IntegralPool>(key, tokens[0], tokens[1], parts->head, std::move(parts->table));
}

struct Topics {
    Hash initialize = abi::event_topic("Initialize(uint160,int24)");
    Hash mint = abi::event_topic("Mint(address,address,int24,int24,uint128,uint256,uint256)");
    Hash burn = abi::event_topic("Burn(address,int24,int24,uint128,uint256,uint256)");
    Hash swap = abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)");
    Hash fee = abi::event_topic("Fee(uint16)");
    Hash plugin_config = abi::event_topic("PluginConfig(uint8)");
};
const Topics& topics() {
    static const Topics all;
    return all;
}

bool is_event(const Log& log, const Hash& topic, size_t topic_count, size_t words) {
    return log.topics.size() == topic_count && log.topics[0] == topic && log.data.size() == words * abi::word_size;
}

}  // namespace

constinit const Family integral_family{.name = "algebra_integral", .build = build, .read = read};

Applied IntegralPool::apply(const Log& log) {
    if (log.address != key().contract || log.topics.empty()) return Applied::foreign;
    const Topics& t = topics();
    if (is_event(log, t.swap, 3, 5))
        return move_to({.sqrt_price = abi::word_at(log.data, 2),
                        .tick = to_int24(abi::word_at(log.data, 4)),
                        .liquidity = abi::word_at(log.data, 3).low_u128()});
    if (is_event(log, t.mint, 4, 4))
        return change_liquidity(to_int24(to_u256(log.topics[2])), to_int24(to_u256(log.topics[3])),
                                abi::word_at(log.data, 1), true);
    if (is_event(log, t.burn, 4, 3))
        return change_liquidity(to_int24(to_u256(log.topics[2])), to_int24(to_u256(log.topics[3])),
                                abi::word_at(log.data, 0), false);
    if (is_event(log, t.fee, 1, 1)) {
        const auto changed = static_cast<uint16_t>(abi::word_at(log.data, 0).w[0]);
        return change_fee(changed) ? Applied::applied : Applied::must_read;
    }
    if (is_event(log, t.plugin_config, 1, 1))
        return (abi::word_at(log.data, 0).w[0] & before_swap_flag) != 0 ? Applied::must_read : Applied::foreign;
    if (is_event(log, t.initialize, 1, 2)) {
        const PoolHead begun{.sqrt_price = abi::word_at(log.data, 0) & price_mask,
                             .tick = to_int24(abi::word_at(log.data, 1)),
                             .liquidity = 0};
        const uniswap_v3::KnownRange everything{
            .from = uniswap_v3::min_tick, .to = uniswap_v3::max_tick, .from_blind = false, .to_blind = false};
        return is_consistent(begun) && begin(begun, everything) ? Applied::applied : Applied::must_read;
    }
    return Applied::foreign;
}

}  // namespace osprey::protocol::algebra
