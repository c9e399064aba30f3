// A pool from storage, and from the pool file.

#include <charconv>

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "protocol/amm/uniswap_v4/pool.hpp"
#include "types/json_reader.hpp"

namespace osprey::protocol::uniswap_v4 {

namespace {

/// PoolManager._pools
constexpr uint64_t pools_slot = 6;

struct Deployment {
    u256 pool_manager, position_manager;
};
/// docs.uniswap.org/contracts/v4/deployments. What a PositionManager answers is believed only when it hashes to the id.
constexpr Deployment deployments[] = {
    {0x000000000004444c5dc75cB358380D2e3dE08A90_u256, 0xbd216513d74c8cf14cf4747e6aaa6420ff64ee9e_u256},  // Ethereum
    {0x1f98400000000000000000000000000000000004_u256, 0x4529a01c7a0410167c5740c487a8de60232617bf_u256},  // Unichain
    {0x9a13f98cb987694c9f086b1f5eb990eea8264ec3_u256, 0x3c3ea4b57a46241e54610e5f022e5c45859a1017_u256},  // Optimism
    {0x498581ff718922c3f8e6a244956af099b2652b2b_u256, 0x7c5f5a4bbd8fd63184577525326123b519429bdc_u256},  // Base
    {0x360e68faccca8ca495c1b759fd9eee466db9fb32_u256, 0xd88f38f930b7952f2db2432cb002e7abbf3dd869_u256},  // Arbitrum
    {0x67366782805870060151383f4bbff9dab53e5cd6_u256, 0x1ec2ebf4f37e7363fdfe3551602425af0b3ceef9_u256},  // Polygon
    {0x28e2ea090877bf75740558f6bfb36a5ffee9e9df_u256, 0x7a4a5c919ae2541aed11041a1aeee68f1287f95b_u256},  // BNB Chain
    {0x288dc841a52fca2707c6947b3a777c5e56cd87bc_u256, 0xf7965f3981e4d5bc383bfbcb61501763e9068ca9_u256},  // Celo
};

u256 mapping_slot(const u256& key, const u256& slot) noexcept {
    uint8_t words[64];
    store_be32(words, key);
    store_be32(words + 32, slot);
    return to_u256(keccak256_64(words));
}
u256 word_of(int32_t v) noexcept {
    const uint64_t sign = v < 0 ? ~0ULL : 0;
    return {static_cast<uint64_t>(int64_t{v}), sign, sign, sign};
}

/// What every pool of the manager fulfils. A swap that ends at a tick on its way down leaves the tick below.
bool sound(const Slot0& slot0) noexcept {
    return slot0.sqrt_price >= concentrated::min_sqrt_ratio && slot0.sqrt_price < concentrated::max_sqrt_ratio &&
           slot0.tick >= concentrated::min_tick && slot0.tick < concentrated::max_tick &&
           slot0.sqrt_price >= concentrated::sqrt_ratio_at_tick(slot0.tick) &&
           slot0.sqrt_price <= concentrated::sqrt_ratio_at_tick(slot0.tick + 1) && slot0.lp_fee <= fee_unit &&
           (slot0.protocol_fee & 0xfff) <= max_protocol_fee && slot0.protocol_fee >> 12 <= max_protocol_fee;
}
/// Liquidity in range is what the ticks up to the price brought.
bool sound(const Slot0& slot0, u128 liquidity, const TickTable& table) noexcept {
    if (!table.complete()) return true;
    u128 sum = 0, here = 0;
    for (const auto& tick : table.ticks()) {
        sum += static_cast<u128>(tick.net);
        if (tick.tick <= slot0.tick) here = sum;
    }
    return sum == 0 && here == liquidity;
}

Built build_by_id(const PoolKey& key, Answers& answers) {
    if (key.id == Hash{}) return Built::another();
    const u256 manager = to_u256(key.contract);
    const auto* deployment = std::ranges::find(deployments, manager, &Deployment::pool_manager);
    const auto slot0 = answers.slot(key.contract, Layout{key.id}.slot0);
    if (slot0.known == Known::pending) return Built::incomplete();
    // Nothing stands where this manager would keep the pool.
    if (slot0 && !slot0.value) return Built::another();
    if (deployment == std::end(deployments)) return slot0 ? Built::unavailable() : Built::another();
    static const uint32_t pool_keys = abi::selector("poolKeys(bytes25)");
    const u256 short_id = (to_u256(key.id) >> 56) << 56;
    const auto answer = answers.call(to_address(deployment->position_manager), pool_keys, {short_id});
    if (answer.known == Known::pending) return Built::incomplete();
    if (!answer.has_words(5)) return Built::unavailable();
    const auto parameters = decode_key(answer.output);
    if (!parameters || parameters->id() != key.id) return Built::unavailable();
    return build(key.contract, *parameters, answers);
}

/// "-12", as JSON text.
std::optional<i128> signed_integer(std::string_view text) {
    const bool negative = text.starts_with('-');
    u256 magnitude;
    if (!parse_u256(text.substr(negative ? 1 : 0), magnitude) || magnitude >= u256{1} << 127) return {};
    const auto value = static_cast<i128>(magnitude.low_u128());
    return negative ? -value : value;
}
JsonStatus read_int(JsonElement e, int32_t& out, int32_t least, int32_t most) {
    int64_t value = 0;
    if (e.get(value) != simdjson::SUCCESS) return json_mismatch("an integer", e);
    if (value < least || value > most)
        return json_fail("expected " + std::to_string(least) + " to " + std::to_string(most));
    out = static_cast<int32_t>(value);
    return {};
}
JsonStatus read_tick(JsonElement e, TickTable& table) {
    simdjson::dom::array row;
    std::string_view net_text;
    int32_t tick = 0;
    u256 gross;
    if (e.get(row) != simdjson::SUCCESS || (row.size() != 3 && row.size() != 1))
        return json_fail("expected [tick, liquidityGross, liquidityNet] or [tick]");
    if (auto read = read_int(row.at(0), tick, concentrated::min_tick, concentrated::max_tick); !read) return read;
    if (!table.ticks().empty() && table.ticks().back().tick >= tick) return json_fail("ticks have to ascend");
    constexpr auto no_tick = "not a multiple of tick_spacing, or its bitmap word is not among known_words";
    if (row.size() == 1) {
        if (!table.set_unknown(tick)) return json_fail(no_tick);
        return {};
    }
    if (auto read = read_json_integer(row.at(1), gross); !read) return read;
    if (!gross || !gross.fits_u128()) return json_fail("liquidityGross is 1 to 2^128 - 1");
    if (row.at(2).get(net_text) != simdjson::SUCCESS) return json_mismatch("liquidityNet as text", row.at(2));
    const auto net = signed_integer(net_text);
    if (!net) return json_fail("liquidityNet is a decimal number of 127 bits at most");
    if (!table.set(tick, gross.low_u128(), *net)) return json_fail(no_tick);
    return {};
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    uint64_t fee = 0, spacing = 0, protocol_fee = 0, lp_fee = 0;
    Key parameters;
    u256 liquidity;
    Slot0 slot0;
    state.number("fee", fee, 0xffffff)
        .number("tick_spacing", spacing, max_tick_spacing)
        .required("hooks", parameters.hooks)
        .integer("sqrt_price", slot0.sqrt_price)
        .integer("liquidity", liquidity)
        .number("protocol_fee", protocol_fee, 0xffffff);
    const bool lp_fee_known = state.find("lp_fee").has_value();
    if (lp_fee_known) state.number("lp_fee", lp_fee, fee_unit);
    if (tokens.size() != 2) return fail("a Uniswap V4 pool has two currencies");
    parameters.currency0 = tokens[0];
    parameters.currency1 = tokens[1];
    parameters.fee = static_cast<uint32_t>(fee);
    parameters.tick_spacing = static_cast<int32_t>(spacing);
    slot0.protocol_fee = static_cast<uint32_t>(protocol_fee);
    slot0.lp_fee = static_cast<uint32_t>(lp_fee);

    const auto member = [&](std::string_view name, auto&& take) {
        if (!state.ok()) return;
        const auto element = state.find(name);
        if (!element) return state.refuse(name, "missing");
        if (JsonStatus done = take(*element); !done) {
            const Error error = done.error().to_error();
            state.refuse(name, error.message);
        }
    };
    member("tick",
           [&](JsonElement e) { return read_int(e, slot0.tick, concentrated::min_tick, concentrated::max_tick); });
    if (state.ok() && (!parameters.valid() || parameters.id() != key.id))
        state.refuse("fee", "tokens, fee, tick_spacing and hooks do not hash to the pool's id");
    if (state.ok() && !sound(slot0)) state.refuse("sqrt_price", "does not belong to the tick, or a fee is too high");
    if (state.ok() && !liquidity.fits_u128()) state.refuse("liquidity", "expected less than 2^128");
    std::shared_ptr<TickTable> table;
    if (state.ok()) {
        const bool partly = state.find("known_words").has_value();
        table = std::make_shared<TickTable>(parameters.tick_spacing, !partly);
        if (partly)
            member("known_words", [&](JsonElement e) {
                return for_each_item(e, [&](JsonElement item, size_t) {
                    int32_t word = 0;
                    auto done = read_int(item, word, table->first_word(), table->last_word());
                    if (done) table->set_known(word, true);
                    return done;
                });
            });
    }
    member("ticks", [&](JsonElement e) {
        return for_each_item(e, [&](JsonElement item, size_t) { return read_tick(item, *table); });
    });
    if (state.ok() && !sound(slot0, liquidity.low_u128(), *table))
        state.refuse("liquidity", "is not the sum of liquidityNet up to the tick");
    if (auto done = state.end(); !done) return std::unexpected(done.error().to_error());
    return std::make_unique<V4Pool>(key.contract, parameters, slot0, lp_fee_known, liquidity.low_u128(),
                                    std::move(table));
}

}  // namespace

Layout::Layout(const Hash& id) noexcept
    : slot0(mapping_slot(to_u256(id), u256{pools_slot})), liquidity(slot0 + u256{3}) {}
u256 Layout::tick(int32_t tick) const noexcept { return mapping_slot(word_of(tick), slot0 + u256{4}); }
u256 Layout::bitmap(int32_t word) const noexcept { return mapping_slot(word_of(word), slot0 + u256{5}); }

Built build(const Address& manager, const Key& key, Answers& answers) {
    if (!key.valid()) return Built::another();
    const Layout layout{key.id()};
    const auto slot0_word = answers.slot(manager, layout.slot0);
    const auto liquidity = answers.slot(manager, layout.liquidity);
    if (slot0_word && !slot0_word.value) return Built::another();

    auto table = std::make_shared<TickTable>(key.tick_spacing);
    std::vector<std::pair<int32_t, u256>> words;
    for (int32_t word = table->first_word(); word <= table->last_word(); ++word) {
        const auto bits = answers.slot(manager, layout.bitmap(word));
        if (bits.known == Known::unavailable) table->set_known(word, false);
        if (bits && bits.value) words.emplace_back(word, bits.value);
    }
    for (const auto& [word, bits] : words) {
        for (int32_t bit = 0; bit < 256; ++bit) {
            if (((bits.w[bit / 64] >> (bit % 64)) & 1) == 0) continue;
            const int32_t tick = (word * 256 + bit) * key.tick_spacing;
            const auto info = answers.slot(manager, layout.tick(tick));
            const bool set =
                info && info.value.low_u128() != 0
                    ? table->set(tick, info.value.low_u128(), static_cast<i128>((info.value >> 128).low_u128()))
                    : table->set_unknown(tick);
            // No pool of this spacing has such a tick, or one without liquidity.
            if (!set || (info && info.value.low_u128() == 0)) return Built::another();
        }
    }
    if (!answers.complete()) return Built::incomplete();
    if (!slot0_word || !liquidity) return Built::unavailable();
    const Slot0 slot0 = unpack_slot0(slot0_word.value);
    if (!sound(slot0) || !liquidity.value.fits_u128() || static_cast<bool>(slot0_word.value >> 232) ||
        !sound(slot0, liquidity.value.low_u128(), *table))
        return Built::another();
    return Built::of(std::make_unique<V4Pool>(manager, key, slot0, true, liquidity.value.low_u128(), std::move(table)));
}

constinit const Family family{.name = "uniswap_v4", .build = build_by_id, .read = read};

}  // namespace osprey::protocol::uniswap_v4
