#include "protocol/amm/uniswap_v3/pool.hpp"

#include <algorithm>

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"
#include "types/json_reader.hpp"

namespace osprey::protocol::uniswap_v3 {

namespace {

constexpr u256 price_mask = (u256{1} << 160) - u256{1};
constexpr u256 u128_mask = (u256{1} << 128) - u256{1};

/// keccak256 of (signed key, slot): where a Solidity mapping keeps the key's value.
u256 mapping_slot(int32_t key, uint64_t slot) noexcept {
    uint8_t words[64];
    const uint64_t sign = key < 0 ? ~0ULL : 0;
    store_be32(words, {static_cast<uint64_t>(int64_t{key}), sign, sign, sign});
    store_be32(words + 32, u256{slot});
    return to_u256(keccak256_64(words));
}

u256 signed_word(int32_t v) noexcept {
    const uint64_t sign = v < 0 ? ~0ULL : 0;
    return {static_cast<uint64_t>(int64_t{v}), sign, sign, sign};
}

constexpr Fork uniswap{.family = &family,
                       .slot0_words = 7,
                       .slot0 = 0,
                       .liquidity = 4,
                       .ticks = 5,
                       .bitmap = 6,
                       .liquidity_shift = 0,
                       .distinctive_call = 0,
                       .swap_words = 5,
                       .fee_can_change = false};
// Slot0 has a uint32 for the protocol's fee and so takes two slots.
constexpr Fork pancakeswap{.family = &pancakeswap_family,
                           .slot0_words = 7,
                           .slot0 = 0,
                           .liquidity = 5,
                           .ticks = 6,
                           .bitmap = 7,
                           .liquidity_shift = 0,
                           .distinctive_call = 0x540d4918,  // lmPool()
                           .swap_words = 7,
                           .fee_can_change = false};
// Clones: what are immutables elsewhere stands in slots 0 to 5; liquidity after two uint32.
constexpr Fork slipstream{.family = &slipstream_family,
                          .slot0_words = 6,
                          .slot0 = 6,
                          .liquidity = 14,
                          .ticks = 16,
                          .bitmap = 17,
                          .liquidity_shift = 64,
                          .distinctive_call = 0xa6f19c84,  // gauge()
                          .swap_words = 5,
                          .fee_can_change = true};

constexpr uint32_t token0_selector = 0x0dfe1681, token1_selector = 0xd21220a7, fee_selector = 0xddca3f43,
                   tick_spacing_selector = 0xd0c93a7c, slot0_selector = 0x3850c7bd, liquidity_selector = 0x1a686502,
                   tick_bitmap_selector = 0x5339c296;

/// A view that answered something else than these words.
bool contradicts(const CallAnswer& answer, size_t words) noexcept {
    return answer.known == Known::yes && !(answer.has_words(words) && answer.output.size() == words * 32);
}

/// The words of the bitmap around `tick`, and the ticks in them.
struct TickWindow {
    Built::Status status = Built::Status::built;
    KnownRange known;
    std::vector<Tick> ticks;
};

TickWindow ask_for_ticks(const Fork& fork, const Address& pool, int32_t tick, int32_t spacing, Answers& answers) {
    using enum Built::Status;
    const KnownRange window = window_around(tick, spacing);
    int32_t here = compress(tick, spacing) >> 8;
    const int32_t first = compress(window.from, spacing) >> 8, last = compress(window.to, spacing) >> 8;
    std::vector<SlotAnswer> words;
    for (int32_t word = first; word <= last; ++word)
        words.push_back(answers.slot(pool, mapping_slot(word, fork.bitmap)));
    const auto shown = answers.call(pool, tick_bitmap_selector, {signed_word(here)});
    if (!answers.complete()) return {.status = incomplete, .known = {}, .ticks = {}};
    const auto word_at = [&](int32_t word) -> const SlotAnswer& { return words[static_cast<size_t>(word - first)]; };
    const bool contradicted =
        contradicts(shown, 1) || (shown.known == Known::yes && word_at(here) && shown.word(0) != word_at(here).value);
    // From the last tick of a word a rising price looks at the next word alone.
    if (!word_at(here) && here < last && (compress(tick, spacing) + 1) >> 8 != here) ++here;
    if (!word_at(here)) return {.status = unavailable, .known = {}, .ticks = {}};
    if (contradicted) return {.status = another, .known = {}, .ticks = {}};

    // What cannot be had bounds what is known.
    int32_t from_word = here, to_word = here;
    while (from_word > first && word_at(from_word - 1)) --from_word;
    while (to_word < last && word_at(to_word + 1)) ++to_word;
    TickWindow out;
    out.known = {.from = from_word * 256 * spacing,
                 .to = (to_word * 256 + 255) * spacing,
                 .from_blind = false,
                 .to_blind = false};
    std::vector<std::pair<int32_t, SlotAnswer>> found;
    for (int32_t word = from_word; word <= to_word; ++word)
        for (int32_t bit = 0; bit < 256; ++bit)
            if ((word_at(word).value.w[bit / 64] >> (bit % 64) & 1) != 0) {
                const int32_t at = (word * 256 + bit) * spacing;
                if (at < min_tick || at > max_tick) return {.status = another, .known = {}, .ticks = {}};
                found.emplace_back(at, answers.slot(pool, mapping_slot(at, fork.ticks)));
            }
    if (!answers.complete()) return {.status = incomplete, .known = {}, .ticks = {}};
    for (const auto& [at, answer] : found) {
        if (!answer) {
            if (at <= tick) {
                out.known.from = at;
                out.known.from_blind = true;
                out.ticks.clear();
                continue;
            }
            out.known.to = at;
            out.known.to_blind = true;
            break;
        }
        const Tick read{
            .tick = at, .gross = answer.value.low_u128(), .net = static_cast<i128>((answer.value >> 128).low_u128())};
        if (read.gross == 0) return {.status = another, .known = {}, .ticks = {}};
        out.ticks.push_back(read);
    }
    return out;
}

Built build(const Fork& fork, const PoolKey& key, Answers& answers) {
    const Address& pool = key.contract;
    const auto token0 = answers.call(pool, token0_selector), token1 = answers.call(pool, token1_selector);
    const auto fee = answers.call(pool, fee_selector), spacing = answers.call(pool, tick_spacing_selector);
    const auto slot0 = answers.call(pool, slot0_selector), in_range = answers.call(pool, liquidity_selector);
    const auto slot0_slot = answers.slot(pool, u256{fork.slot0});
    const auto liquidity_slot = answers.slot(pool, u256{fork.liquidity});
    CallAnswer distinctive;
    if (fork.distinctive_call != 0) distinctive = answers.call(pool, fork.distinctive_call);
    if (!answers.complete()) return Built::incomplete();

    for (const CallAnswer& answer : {token0, token1, fee, spacing, in_range})
        if (contradicts(answer, 1)) return Built::another();
    if (contradicts(slot0, fork.slot0_words)) return Built::another();
    if (fork.distinctive_call != 0 && contradicts(distinctive, 1)) return Built::another();
    if (!token0 || !token1 || !fee || !spacing || !slot0_slot || !liquidity_slot) return Built::unavailable();
    const u256 parts = fee.word(0), step = spacing.word(0);
    if (parts >= u256{fee_unit} || !step || step > u256{32767}) return Built::another();

    PoolHead head{.sqrt_price = slot0_slot.value & price_mask,
                  .tick = to_int24(slot0_slot.value >> 160),
                  .liquidity = (liquidity_slot.value >> fork.liquidity_shift).low_u128()};
    // The slots are those of this layout only if the views tell the same.
    if (slot0 && (slot0.word(0) != head.sqrt_price || to_int24(slot0.word(1)) != head.tick)) return Built::another();
    if (in_range && in_range.word(0) != u256::from_u128(head.liquidity)) return Built::another();
    if (!is_consistent(head)) return Built::another();

    const auto tick_spacing = static_cast<int32_t>(step.w[0]);
    TickWindow window = ask_for_ticks(fork, pool, head.tick, tick_spacing, answers);
    if (window.status != Built::Status::built) return {window.status, nullptr};
    auto table = TickTable::make(Stepping::words, tick_spacing, static_cast<uint32_t>(parts.w[0]),
                                 std::move(window.ticks), window.known, head.tick, head.liquidity);
    if (!table) return Built::another();
    return Built::of(std::make_unique<V3Pool>(fork, key, abi::address_at(token0.output, 0),
                                              abi::address_at(token1.output, 0), head, std::move(table)));
}

Result<std::unique_ptr<Pool>> read(const Fork& fork, const PoolKey& key, std::span<const Address> tokens,
                                   JsonObject& state) {
    auto parts = read_pool_state(Stepping::words, state);
    if (!parts) return std::unexpected(std::move(parts).error());
    if (tokens.size() != 2) return fail("a pool of this kind has two tokens");
    return std::make_unique<V3Pool>(fork, key, tokens[0], tokens[1], parts->head, std::move(parts->table));
}

template <const Fork& fork>
Built build_fork(const PoolKey& key, Answers& answers) {
    return build(fork, key, answers);
}
template <const Fork& fork>
Result<std::unique_ptr<Pool>> read_fork(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    return read(fork, key, tokens, state);
}

struct Topics {
    Hash initialize = abi::event_topic("Initialize(uint160,int24)");
    Hash mint = abi::event_topic("Mint(address,address,int24,int24,uint128,uint256,uint256)");
    Hash burn = abi::event_topic("Burn(address,int24,int24,uint128,uint256,uint256)");
    Hash swap = abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)");
    Hash pancakeswap_swap =
        abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)");
};
const Topics& topics() {
    static const Topics all;
    return all;
}

bool is_event(const Log& log, const Hash& topic, size_t topic_count, size_t words) {
    return log.topics.size() == topic_count && log.topics[0] == topic && log.data.size() == words * abi::word_size;
}

}  // namespace

constinit const Family family{.name = "uniswap_v3", .build = build_fork<uniswap>, .read = read_fork<uniswap>};
constinit const Family pancakeswap_family{
    .name = "pancakeswap_v3", .build = build_fork<pancakeswap>, .read = read_fork<pancakeswap>};
constinit const Family slipstream_family{
    .name = "slipstream", .build = build_fork<slipstream>, .read = read_fork<slipstream>};

Result<std::unique_ptr<Pool>> make_pool(const PoolKey& key, const Address& token0, const Address& token1,
                                        const PoolHead& head, uint32_t fee, int32_t spacing, std::vector<Tick> ticks) {
    if (fee >= fee_unit) return fail("a fee is below 1000000 millionths");
    if (spacing <= 0) return fail("the tick spacing has to be positive");
    if (!is_consistent(head)) return fail("the tick is not that of the price");
    for (size_t i = 0; i < ticks.size(); ++i) {
        const int32_t tick = ticks[i].tick;
        if (tick < min_tick || tick > max_tick || tick % spacing != 0 || (i != 0 && tick <= ticks[i - 1].tick))
            return fail("the ticks have to rise, within their range, by multiples of the spacing");
    }
    auto table = TickTable::make(Stepping::words, spacing, fee, std::move(ticks),
                                 {.from = min_tick, .to = max_tick, .from_blind = false, .to_blind = false}, head.tick,
                                 head.liquidity);
    if (!table) return fail("the ticks' liquidity does not fit that of the pool");
    return std::make_unique<V3Pool>(uniswap, key, token0, token1, head, std::move(table));
}

int32_t to_int24(const u256& word) noexcept { return static_cast<int32_t>(static_cast<uint32_t>(word.w[0]) << 8) >> 8; }

KnownRange window_around(int32_t tick, int32_t spacing) noexcept {
    const int32_t words = std::max(window_words, window_ticks / (256 * spacing) + 1);
    const int32_t here = compress(tick, spacing) >> 8;
    const int32_t lowest = compress(min_tick, spacing) >> 8, highest = compress(max_tick, spacing) >> 8;
    return {.from = std::max(here - words, lowest) * 256 * spacing,
            .to = (std::min(here + words, highest) * 256 + 255) * spacing,
            .from_blind = false,
            .to_blind = false};
}

Applied V3Pool::apply(const Log& log) {
    if (log.address != key().contract || log.topics.empty()) return Applied::foreign;
    const Topics& t = topics();
    const Hash& swap = fork_->swap_words == 7 ? t.pancakeswap_swap : t.swap;
    if (is_event(log, swap, 3, fork_->swap_words)) return apply_swap(log);
    if (is_event(log, t.mint, 4, 4))
        return change_liquidity(to_int24(to_u256(log.topics[2])), to_int24(to_u256(log.topics[3])),
                                abi::word_at(log.data, 1), true);
    if (is_event(log, t.burn, 4, 3))
        return change_liquidity(to_int24(to_u256(log.topics[2])), to_int24(to_u256(log.topics[3])),
                                abi::word_at(log.data, 0), false);
    if (is_event(log, t.initialize, 1, 2)) {
        const PoolHead begun{.sqrt_price = abi::word_at(log.data, 0) & price_mask,
                             .tick = to_int24(abi::word_at(log.data, 1)),
                             .liquidity = 0};
        // Nobody can have a position before.
        return is_consistent(begun) && begin(begun, window_around(begun.tick, table().spacing())) ? Applied::applied
                                                                                                  : Applied::must_read;
    }
    return Applied::foreign;
}

Applied V3Pool::apply_swap(const Log& log) {
    const PoolHead after{.sqrt_price = abi::word_at(log.data, 2),
                         .tick = to_int24(abi::word_at(log.data, 4)),
                         .liquidity = (abi::word_at(log.data, 3) & u128_mask).low_u128()};
    if (!fork_->fee_can_change) return move_to(after);
    const u256 amount0 = abi::word_at(log.data, 0), amount1 = abi::word_at(log.data, 1);
    const TokenIndex in = amount1.is_negative() ? 0 : 1, out = 1 - in;
    const u256 paid_in = in == 0 ? amount0 : amount1, paid_out = -(in == 0 ? amount1 : amount0);
    const bool explained =
        quote_in(in, out, paid_in).amount == paid_out || quote_out(in, out, paid_out).amount == paid_in;
    const Applied moved = move_to(after);
    return explained ? moved : Applied::must_read;
}

}  // namespace osprey::protocol::uniswap_v3
