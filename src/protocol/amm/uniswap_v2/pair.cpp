#include "protocol/amm/uniswap_v2/pair.hpp"

#include "networks/networks.hpp"
#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::uniswap_v2 {

namespace {

constexpr bool is_below_2_112(const u256& v) noexcept { return (v.w[1] >> 48 | v.w[2] | v.w[3]) == 0; }

constexpr ConstantProduct narrow(const u256& reserve_in, const u256& reserve_out, Kept kept) noexcept {
    return {reserve_in.low_u128(), reserve_out.low_u128(), kept.part, kept.whole};
}

Quote quote(u128 amount) noexcept { return amount != 0 ? Quote::ok(u256::from_u128(amount)) : Quote::refused(); }

}  // namespace

Quote amount_out(const u256& reserve_in, const u256& reserve_out, Kept kept, const u256& amount_in) noexcept {
    if (!reserve_in || !reserve_out || !is_below_2_112(amount_in)) return Quote::refused();
    if (kept.whole <= ConstantProduct::narrow_whole) [[likely]]
        return quote(narrow(reserve_in, reserve_out, kept).paid(amount_in.low_u128()));
    // No sum of what is below 2^112 passes 2^128.
    if ((reserve_in.low_u128() + amount_in.low_u128()) >> reserve_bits != 0) return Quote::refused();
    // At most 2^112 * 2^20 * 2^112: no product passes 2^256.
    const u256 with_fee = amount_in * u256{kept.part};
    const u256 paid = with_fee * reserve_out / (reserve_in * u256{kept.whole} + with_fee);
    return paid ? Quote::ok(paid) : Quote::refused();
}

Quote amount_in(const u256& reserve_in, const u256& reserve_out, Kept kept, const u256& amount_out) noexcept {
    if (!amount_out || !reserve_in || amount_out >= reserve_out || kept.part == 0) return Quote::refused();
    if (kept.whole <= ConstantProduct::narrow_whole) [[likely]]
        return quote(narrow(reserve_in, reserve_out, kept).needed(amount_out.low_u128()));
    const u256 numerator = reserve_in * amount_out * u256{kept.whole};
    const u256 needed = numerator / ((reserve_out - amount_out) * u256{kept.part}) + u256{1};
    return needed <= max_reserve - reserve_in ? Quote::ok(needed) : Quote::refused();
}

Quote Pair::quote_in(TokenIndex in, TokenIndex out, const u256& amount_in) const noexcept {
    return uniswap_v2::amount_out(reserves_[in], reserves_[out], kept_, amount_in);
}

Quote Pair::quote_out(TokenIndex in, TokenIndex out, const u256& amount_out) const noexcept {
    return uniswap_v2::amount_in(reserves_[in], reserves_[out], kept_, amount_out);
}

u256 Pair::max_in(TokenIndex in, TokenIndex out) const noexcept {
    return reserves_[in] && reserves_[out] ? max_reserve - reserves_[in] : u256{};
}

Marginal Pair::marginal(TokenIndex in, TokenIndex out, double amount_in) const noexcept {
    if (!reserves_[in] || !reserves_[out]) return {};
    const double keep = static_cast<double>(fee_unit - fee_) / fee_unit;
    const double reserve_in = to_double(reserves_[in]), reserve_out = to_double(reserves_[out]);
    const double after = reserve_in + keep * amount_in;
    const double rate = keep * reserve_out * reserve_in / (after * after);
    return {.rate = rate, .slope = -2 * keep * rate / after};
}

RateBound Pair::rate_bound(TokenIndex in, TokenIndex out) const noexcept {
    if (!reserves_[in] || !reserves_[out]) return {.rate = 0};
    // keep * out * x / (in + keep * x) < keep * out / in * x for every x > 0, and rounding down takes off more. The
    // rate itself is off by four roundings of relative size 2^-51 at most.
    constexpr double above = 1 + 0x1p-48, below = 1 - 0x1p-48;
    const double keep = static_cast<double>(fee_unit - fee_) / fee_unit;
    const double reserve_in = to_double(reserves_[in]);
    return {.rate = to_double(reserves_[out]) / reserve_in * keep * above, .bend = keep / reserve_in * below};
}

size_t Pair::stretches(TokenIndex in, TokenIndex out, std::span<Stretch> into) const noexcept {
    if (into.empty() || !reserves_[in] || !reserves_[out]) return 0;
    into[0] = {.end_in = to_double(max_in(in, out)),
               .in_reserve = to_double(reserves_[in]),
               .out_reserve = to_double(reserves_[out]),
               .keep = static_cast<double>(fee_unit - fee_) / fee_unit};
    return 1;
}

/// swap() of a pair whose slots are warm from nothing, with the transfers in and out.
uint64_t Pair::gas(TokenIndex, TokenIndex, const u256&) const noexcept { return 90'000; }

Quote Pair::swap(TokenIndex in, TokenIndex out, const u256& amount_in) noexcept {
    const Quote paid = quote_in(in, out, amount_in);
    if (!paid) return paid;
    reserves_[in] += amount_in;
    reserves_[out] -= paid.amount;
    return paid;
}

/// Sync(uint112,uint112) follows every change and tells all of it.
Applied Pair::apply(const Log& log) {
    static const Hash sync = abi::event_topic("Sync(uint112,uint112)");
    if (log.address != key().contract || log.topics.size() != 1 || log.topics[0] != sync ||
        log.data.size() != 2 * abi::word_size)
        return Applied::foreign;
    reserves_ = {abi::word_at(log.data, 0), abi::word_at(log.data, 1)};
    return Applied::applied;
}

bool Pair::same_state(const Pool& other) const {
    const auto* pair = dynamic_cast<const Pair*>(&other);
    return pair != nullptr && pair->key() == key() && pair->reserves_ == reserves_ && pair->fee_ == fee_ &&
           pair->tokens_ == tokens_;
}

void Pair::write_state(JsonWriter& json) const {
    json.key("reserves").begin_array().decimal(reserves_[0]).decimal(reserves_[1]).end_array();
    json.member("fee", fee_);
}

namespace {

constexpr uint64_t reserves_slot = 8;

/// The fee as far as the pair's own words or its factory's name tell it.
struct FoundFee {
    uint32_t fee = default_fee;  ///< millionths
    bool is_pair = true;
};

/// Asks; what it returns counts once the answers are complete.
FoundFee find_fee(const Address& pair, const CallAnswer& factory, Answers& answers) {
    if (!factory.has_words(1)) return {};
    using networks::PairFactory;
    const PairFactory* fork = networks::find_pair_factory(abi::address_at(factory.output, 0));
    if (fork != nullptr && fork->fee == PairFactory::Fee::fixed) return {.fee = fork->number};
    if (fork != nullptr && fork->fee == PairFactory::Fee::not_a_pair) return {.is_pair = false};
    const auto swap_fee = answers.call(pair, 0x54cf2aeb);  // swapFee()
    if (fork != nullptr) {
        const bool is_fee = swap_fee.has_words(1) && swap_fee.word(0) < u256{fork->number};
        if (!is_fee) return {.is_pair = false};
        return {.fee = static_cast<uint32_t>(swap_fee.word(0).w[0] * fee_unit / fork->number)};
    }
    // Fees of its own, in a unit that only its code knows: not to be guessed.
    const auto get_fee = answers.call(pair, 0xced72f87);  // getFee()
    return {.is_pair = !swap_fee.has_words(1) && !get_fee.has_words(1)};
}

Built build(const PoolKey& key, Answers& answers) {
    const auto token0 = answers.call(key.contract, 0x0dfe1681);   // token0()
    const auto token1 = answers.call(key.contract, 0xd21220a7);   // token1()
    const auto factory = answers.call(key.contract, 0xc45a0155);  // factory()
    // getReserves() tells the fields; the slot they stand in is what state changes are seen by.
    const auto reserves = answers.call(key.contract, 0x0902f1ac);
    const auto packed = answers.slot(key.contract, u256{reserves_slot});
    if (!answers.complete()) return Built::incomplete();
    for (const CallAnswer& answer : {token0, token1})
        if (answer.known == Known::yes && !(answer.has_words(1) && answer.output.size() == 32)) return Built::another();
    if (!token0 || !token1 || !packed) return Built::unavailable();
    const u256 reserve0 = packed.value & max_reserve, reserve1 = (packed.value >> reserve_bits) & max_reserve;
    // A fork that tells more beside its reserves has more than reserves to quote by.
    if (reserves.known == Known::yes && (!reserves.has_words(3) || reserves.output.size() != 3 * abi::word_size ||
                                         reserves.word(0) != reserve0 || reserves.word(1) != reserve1))
        return Built::another();
    const auto [fee, is_pair] = find_fee(key.contract, factory, answers);
    if (!answers.complete()) return Built::incomplete();
    if (!is_pair) return Built::another();
    return Built::of(std::make_unique<Pair>(key.contract, abi::address_at(token0.output, 0),
                                            abi::address_at(token1.output, 0), fee, reserve0, reserve1));
}

Result<std::unique_ptr<Pool>> read(const PoolKey& key, std::span<const Address> tokens, JsonObject& state) {
    std::vector<u256> reserves;
    uint64_t fee = 0;
    state.integers("reserves", reserves).number("fee", fee, fee_unit - 1);
    if (state.ok() && (reserves.size() != 2 || reserves[0] > max_reserve || reserves[1] > max_reserve))
        state.refuse("reserves", "two amounts below 2^112 are expected");
    if (auto read = state.end(); !read) return std::unexpected(read.error().to_error());
    if (tokens.size() != 2) return fail("a pair has two tokens");
    return std::make_unique<Pair>(key.contract, tokens[0], tokens[1], static_cast<uint32_t>(fee), reserves[0],
                                  reserves[1]);
}

}  // namespace

constinit const Family family{.name = "uniswap_v2", .build = build, .read = read};

}  // namespace osprey::protocol::uniswap_v2
