#include "protocol/amm/algebra/adaptive_pool.hpp"

#include <algorithm>

#include "primitives/abi.hpp"
#include "protocol/amm/algebra/integral.hpp"
#include "protocol/amm/algebra/tick_tree.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::algebra {

using uniswap_v3::PoolHead;
using uniswap_v3::Stepping;
using uniswap_v3::TickTable;
using uniswap_v3::to_int24;

namespace {

// Storage of AlgebraPool. globalState is price, tick, prevInitializedTick, fee, timepointIndex, communityFee, unlocked.
constexpr uint64_t global_state_slot = 2, liquidity_slot = 3, last_write_slot = 5, tree_root_slot = 12;
// TickManagement.Tick is liquidityTotal and liquidityDelta in one slot, two of fees, and prevTick, nextTick,
// outerSecondsPerLiquidity, outerSecondsSpent, hasLimitOrders.
constexpr TreeLayout layout{.ticks = 7,
                            .leafs = 9,
                            .second_layer = 13,
                            .delta_in_next_slot = false,
                            .orders_slot = 3,
                            .orders_bit = 24 + 24 + 160 + 32};
// Storage of DataStorageOperator: timepoints[65536], feeConfig.
constexpr uint64_t fee_config_slot = 65536;
constexpr u256 price_mask = (u256{1} << 160) - u256{1};
/// Steps end at ticks whatever the spacing was when they were made.
constexpr int32_t any_spacing = 1;

struct Selectors {
    uint32_t token0 = abi::selector("token0()"), token1 = abi::selector("token1()"),
             global_state = abi::selector("globalState()"), liquidity = abi::selector("liquidity()"),
             oracle = abi::selector("dataStorageOperator()"), order_spacing = abi::selector("tickSpacingLimitOrders()"),
             fee_config = abi::selector("feeConfig()");
};
const Selectors& selectors() {
    static const Selectors all;
    return all;
}

bool contradicts(const CallAnswer& answer, size_t words) noexcept {
    return answer.known == Known::yes && !(answer.has_words(words) && answer.output.size() == words * 32);
}

struct Asked {
    Built::Status status = Built::Status::built;
    std::shared_ptr<const Timepoints> timepoints;
};

/// The timepoints that fees depend on from now on: the last two, those from the beginning of the last day on, and the
/// oldest two while the ring is younger than a day. What cannot be had is left out.
Asked ask_for_timepoints(const Address& oracle, uint16_t last_index, Answers& answers) {
    using enum Built::Status;
    const auto ask = [&](int offset) { return answers.slot(oracle, u256{static_cast<uint16_t>(last_index + offset)}); };
    const SlotAnswer last = ask(0), following = ask(1);
    if (!answers.complete()) return {.status = incomplete, .timepoints = nullptr};
    if (!last || !following) return {.status = unavailable, .timepoints = nullptr};
    if (!unpack_timepoint(last.value)) return {.status = last_index == 0 ? built : another, .timepoints = nullptr};
    const bool wrapped = unpack_timepoint(following.value).has_value();
    const uint16_t oldest = wrapped ? static_cast<uint16_t>(last_index + 1) : uint16_t{0};
    const auto count = static_cast<uint16_t>(last_index - oldest);  // after the oldest one

    std::vector<uint32_t> wanted{0, 1, count};  // by place after the oldest one
    if (count > 0) wanted.push_back(count - 1U);
    const uint32_t start = static_cast<uint16_t>(unpack_window_start(last.value) - oldest);
    for (uint32_t i = 0; i < timepoints_asked_for; ++i) wanted.push_back(start + i);
    std::erase_if(wanted, [&](uint32_t place) { return place > count; });
    std::ranges::sort(wanted);
    wanted.erase(std::ranges::unique(wanted).begin(), wanted.end());

    std::vector<Timepoints::Entry> entries;
    for (const uint32_t place : wanted) {
        const auto index = static_cast<uint16_t>(oldest + place);
        const SlotAnswer slot = answers.slot(oracle, u256{index});
        if (!slot) continue;
        const auto point = unpack_timepoint(slot.value);
        if (!point) return {.status = another, .timepoints = nullptr};
        entries.push_back({index, *point});
    }
    if (!answers.complete()) return {.status = incomplete, .timepoints = nullptr};
    auto timepoints = Timepoints::make(std::move(entries), wrapped);
    if (!timepoints) return {.status = another, .timepoints = nullptr};
    return {.status = built, .timepoints = std::make_shared<const Timepoints>(std::move(*timepoints))};
}

Built build(const PoolKey& key, Answers& answers) {
    const Address& pool = key.contract;
    const Selectors& s = selectors();
    const auto token0 = answers.call(pool, s.token0), token1 = answers.call(pool, s.token1);
    const auto global = answers.call(pool, s.global_state), in_range = answers.call(pool, s.liquidity);
    const auto oracle_shown = answers.call(pool, s.oracle), order_spacing = answers.call(pool, s.order_spacing);
    const auto global_slot = answers.slot(pool, u256{global_state_slot});
    const auto liquidity = answers.slot(pool, u256{liquidity_slot});
    const auto last_write = answers.slot(pool, u256{last_write_slot});
    const auto root = answers.slot(pool, u256{tree_root_slot});
    if (!answers.complete()) return Built::incomplete();
    for (const CallAnswer& answer : {token0, token1, in_range, oracle_shown, order_spacing})
        if (contradicts(answer, 1)) return Built::another();
    if (contradicts(global, 7)) return Built::another();
    if (!token0 || !token1 || !oracle_shown || !order_spacing || !global_slot || !liquidity || !last_write || !root)
        return Built::unavailable();

    const u256& g = global_slot.value;
    const PoolHead head{
        .sqrt_price = g & price_mask, .tick = to_int24(g >> 160), .liquidity = liquidity.value.low_u128()};
    const auto timepoint_index = static_cast<uint16_t>((g >> 224).w[0]);
    FeeState fees{.oracle = abi::address_at(oracle_shown.output, 0),
                  .fee = static_cast<uint16_t>((g >> 208).w[0]),
                  .time = static_cast<uint32_t>(last_write.value.w[0]),
                  .config = {},
                  .timepoints = nullptr};
    if (global && (global.word(0) != head.sqrt_price || to_int24(global.word(1)) != head.tick ||
                   to_int24(global.word(2)) != to_int24(g >> 184) || global.word(3) != u256{fees.fee} ||
                   global.word(4) != u256{timepoint_index}))
        return Built::another();
    if (in_range && in_range.word(0) != u256::from_u128(head.liquidity)) return Built::another();
    if (!is_consistent(head) || !root.value.fits_u64() || root.value.w[0] >> 32 != 0) return Built::another();

    const auto config = answers.slot(fees.oracle, u256{fee_config_slot});
    const auto config_shown = answers.call(fees.oracle, s.fee_config);
    Asked asked = ask_for_timepoints(fees.oracle, timepoint_index, answers);
    if (!answers.complete()) return Built::incomplete();
    if (asked.status != Built::Status::built) return {asked.status, nullptr};
    if (contradicts(config_shown, 7)) return Built::another();
    if (!config) return Built::unavailable();
    fees.config = unpack_fee_config(config.value);
    fees.timepoints = std::move(asked.timepoints);
    const FeeConfig& c = fees.config;
    if (config_shown) {
        const uint64_t members[] = {c.alpha1, c.alpha2, c.beta1, c.beta2, c.gamma1, c.gamma2, c.base_fee};
        for (size_t i = 0; i < std::size(members); ++i)
            if (config_shown.word(i) != u256{members[i]}) return Built::another();
    }
    if (!c.flat() && !c.valid()) return Built::another();
    if (head.sqrt_price ? fees.timepoints == nullptr : fees.timepoints != nullptr) return Built::another();

    TreeTicks read =
        ask_for_ticks(layout, pool, static_cast<uint32_t>(root.value.w[0]), head.tick, window_ticks, answers);
    if (read.status != Built::Status::built) return {read.status, nullptr};
    auto table = TickTable::make(Stepping::ticks, any_spacing, fees.fee, std::move(read.ticks), read.known, head.tick,
                                 head.liquidity);
    if (!table) return Built::another();
    return Built::of(std::make_unique<AdaptivePool>(key, abi::address_at(token0.output, 0),
                                                    abi::address_at(token1.output, 0), head, std::move(table),
                                                    std::move(fees)));
}

/// [index, "word"]: the slot of the ring, as it is stored.
JsonStatus read_timepoint(JsonElement e, Timepoints::Entry& out) {
    u256 index, word;
    size_t items = 0;
    auto done = for_each_item(e, [&](JsonElement item, size_t place) -> JsonStatus {
        ++items;
        if (place == 0) return read_json_integer(item, index);
        return read_json_integer(item, word);
    });
    if (!done) return done;
    const auto point = unpack_timepoint(word);
    if (items != 2 || index > u256{UINT16_MAX} || !point)
        return json_fail("expected a timepoint's index and its storage word");
    out = {static_cast<uint16_t>(index.w[0]), *point};
    return {};
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    FeeState fees;
    u256 config;
    uint64_t time = 0, fee = 0;
    bool wrapped = false;
    state.required("oracle", fees.oracle).integer("fee_config", config);
    state.number("last_write", time, UINT32_MAX).number("fee", fee, UINT16_MAX).required("wrapped", wrapped);
    fees.fee = static_cast<uint16_t>(fee);
    fees.time = static_cast<uint32_t>(time);
    fees.config = unpack_fee_config(config);
    if (state.ok() && !fees.config.flat() && !fees.config.valid())
        state.refuse("fee_config", "is none that the contract accepts");
    std::vector<Timepoints::Entry> entries;
    if (state.ok()) {
        const auto member = state.find("timepoints");
        if (!member) {
            state.refuse("timepoints", "missing");
        } else if (JsonStatus done = for_each_item(
                       *member, [&](JsonElement item, size_t) { return read_timepoint(item, entries.emplace_back()); });
                   !done) {
            state.refuse("timepoints", done.error().to_error().message);
        }
    }
    if (state.ok() && !entries.empty()) {
        auto timepoints = Timepoints::make(std::move(entries), wrapped);
        if (timepoints)
            fees.timepoints = std::make_shared<const Timepoints>(std::move(*timepoints));
        else
            state.refuse("timepoints", "have to rise in index and time to the last one");
    }
    auto parts = uniswap_v3::read_pool_state(Stepping::ticks, state);
    if (!parts) return std::unexpected(std::move(parts).error());
    if (tokens.size() != 2) return fail("a pool of this kind has two tokens");
    if (parts->head.sqrt_price ? !fees.timepoints : static_cast<bool>(fees.timepoints))
        return fail("timepoints: a pool has some when it is initialised, and only then");
    return std::make_unique<AdaptivePool>(key, tokens[0], tokens[1], parts->head, std::move(parts->table),
                                          std::move(fees));
}

struct Topics {
    Hash initialize = abi::event_topic("Initialize(uint160,int24)");
    Hash mint = abi::event_topic("Mint(address,address,int24,int24,uint128,uint256,uint256)");
    Hash burn = abi::event_topic("Burn(address,int24,int24,uint128,uint256,uint256)");
    Hash swap = abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)");
    Hash fee = abi::event_topic("Fee(uint16)");
    Hash failure = abi::event_topic("DataStorageFailure()");
    Hash config = abi::event_topic("FeeConfiguration((uint16,uint16,uint32,uint32,uint16,uint16,uint16))");
};
const Topics& topics() {
    static const Topics all;
    return all;
}

bool is_event(const Log& log, const Hash& topic, size_t topic_count, size_t words) {
    return log.topics.size() == topic_count && log.topics[0] == topic && log.data.size() == words * abi::word_size;
}

}  // namespace

constinit const Family adaptive_family{.name = "algebra_adaptive", .build = build, .read = read};

AdaptivePool::AdaptivePool(const PoolKey& key, const Address& token0, const Address& token1, const PoolHead& head,
                           std::shared_ptr<const TickTable> table, FeeState fee_state) noexcept
    : TickPool(key, token0, token1, head, std::move(table), most_in), fee_state_(std::move(fee_state)) {}

void AdaptivePool::set_time(uint64_t timestamp) noexcept {
    timestamp_ = timestamp;
    find_fee();
}

void AdaptivePool::find_fee() noexcept {
    next_.reset();
    next_fee_ = fee_state_.fee;
    bool known = true;
    if (fee_state_.timepoints != nullptr && writes_timepoint() && !fee_state_.timepoints->stuck()) {
        const FeeConfig& config = fee_state_.config;
        const auto next = fee_state_.timepoints->next(now(), head().tick);
        if (next) next_ = next->point;
        known = next || config.flat();
        if (known) next_fee_ = config.flat() ? config.base_fee : adaptive_fee(next->mean_volatility, config);
    }
    set_fee_known(known && change_fee(next_fee_));
}

bool AdaptivePool::begin_block() {
    if (timestamp_ == 0) return false;
    if (!writes_timepoint()) return true;
    if (fee_state_.timepoints->stuck()) {
        fee_state_.time = now();
        return true;
    }
    if (!next_) return false;
    auto timepoints = std::make_shared<Timepoints>(*fee_state_.timepoints);
    timepoints->add(*next_);
    fee_state_.timepoints = std::move(timepoints);
    fee_state_.time = now();
    fee_state_.fee = next_fee_;
    next_.reset();
    return true;
}

/// Measured on @cryptoalgebra/core 3.0.0: means of what a swap takes beyond an Integral pool's, and of what the
/// timepoint of a block's first swap adds.
uint64_t AdaptivePool::gas(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    constexpr uint64_t beyond_integral = 15'000, for_timepoint = 48'000;
    return TickPool::gas(in, out, amount_in) + beyond_integral + (writes_timepoint() ? for_timepoint : 0);
}

Quote AdaptivePool::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    if (writes_timepoint() && !next_ && fee_state_.timepoints && !fee_state_.timepoints->stuck())
        return Quote::unknown();
    const Quote paid = TickPool::swap(in, out, amount_in);
    if (paid && timestamp_ != 0) begin_block();
    return paid;
}

Applied AdaptivePool::apply(const Log& log) {
    if (log.topics.empty()) return Applied::foreign;
    if (log.address == fee_state_.oracle && is_event(log, topics().config, 1, 7)) {
        const auto member = [&](size_t i) { return abi::word_at(log.data, i).w[0]; };
        fee_state_.config = {.alpha1 = static_cast<uint16_t>(member(0)),
                             .alpha2 = static_cast<uint16_t>(member(1)),
                             .beta1 = static_cast<uint32_t>(member(2)),
                             .beta2 = static_cast<uint32_t>(member(3)),
                             .gamma1 = static_cast<uint16_t>(member(4)),
                             .gamma2 = static_cast<uint16_t>(member(5)),
                             .base_fee = static_cast<uint16_t>(member(6))};
        find_fee();
        return Applied::applied;
    }
    if (log.address != key().contract) return Applied::foreign;
    const Applied applied = apply_own(log);
    if (applied == Applied::applied) find_fee();
    return applied;
}

Applied AdaptivePool::apply_own(const Log& log) {
    const Topics& t = topics();
    const bool initialised = fee_state_.timepoints != nullptr;
    if (!initialised && !is_event(log, t.initialize, 1, 2)) return Applied::foreign;
    if (is_event(log, t.fee, 1, 1))
        return begin_block() && abi::word_at(log.data, 0) == u256{fee_state_.fee} ? Applied::applied
                                                                                  : Applied::must_read;
    if (is_event(log, t.failure, 1, 0))
        return fee_state_.timepoints->stuck() && begin_block() ? Applied::applied : Applied::must_read;
    if (is_event(log, t.swap, 3, 5))
        return begin_block() ? move_to({.sqrt_price = abi::word_at(log.data, 2),
                                        .tick = to_int24(abi::word_at(log.data, 4)),
                                        .liquidity = abi::word_at(log.data, 3).low_u128()})
                             : Applied::must_read;
    const bool grows = is_event(log, t.mint, 4, 4);
    if (grows || is_event(log, t.burn, 4, 3)) {
        const int32_t lower = to_int24(to_u256(log.topics[2])), upper = to_int24(to_u256(log.topics[3]));
        const u256 amount = abi::word_at(log.data, grows ? 1 : 0);
        if (!amount) return Applied::foreign;
        if (lower == upper) {
            // A limit order: beyond what is known it is none of ours.
            const uniswap_v3::KnownRange& known = table().known();
            const bool beyond = lower < known.from || (lower == known.from && known.from_blind) || lower > known.to ||
                                (lower == known.to && known.to_blind);
            return beyond ? Applied::foreign : Applied::must_read;
        }
        if (lower <= head().tick && head().tick < upper && !begin_block()) return Applied::must_read;
        return change_liquidity(lower, upper, amount, grows);
    }
    if (is_event(log, t.initialize, 1, 2)) {
        const PoolHead begun{.sqrt_price = abi::word_at(log.data, 0) & price_mask,
                             .tick = to_int24(abi::word_at(log.data, 1)),
                             .liquidity = 0};
        const uniswap_v3::KnownRange everything{
            .from = uniswap_v3::min_tick, .to = uniswap_v3::max_tick, .from_blind = false, .to_blind = false};
        if (timestamp_ == 0 || !is_consistent(begun)) return Applied::must_read;
        const Timepoint first{
            .time = now(), .tick_cumulative = 0, .volatility = 0, .tick = begun.tick, .average_tick = begun.tick};
        fee_state_.time = now();
        fee_state_.timepoints = std::make_shared<const Timepoints>(*Timepoints::make({{0, first}}, false));
        return begin(begun, everything) ? Applied::applied : Applied::must_read;
    }
    return Applied::foreign;
}

bool AdaptivePool::same_state(const Pool& other) const {
    const auto* pool = dynamic_cast<const AdaptivePool*>(&other);
    if (pool == nullptr || !same_ticks(*pool)) return false;
    const FeeState &mine = fee_state_, &others = pool->fee_state_;
    if (mine.oracle != others.oracle || mine.fee != others.fee || mine.time != others.time ||
        mine.config != others.config || (mine.timepoints == nullptr) != (others.timepoints == nullptr))
        return false;
    return mine.timepoints == others.timepoints || mine.timepoints->agrees_with(*others.timepoints);
}

void AdaptivePool::write_state(JsonWriter& json) const {
    write_ticks(json, fee_state_.fee);
    json.member("oracle", fee_state_.oracle);
    json.key("fee_config").decimal(pack_fee_config(fee_state_.config));
    json.member("last_write", fee_state_.time);
    json.member("wrapped", fee_state_.timepoints != nullptr && fee_state_.timepoints->wrapped());
    json.key("timepoints").begin_array();
    if (fee_state_.timepoints != nullptr)
        for (const Timepoints::Entry& e : fee_state_.timepoints->entries())
            json.begin_array().number(e.index).decimal(pack_timepoint(e.point)).end_array();
    json.end_array();
}

}  // namespace osprey::protocol::algebra
