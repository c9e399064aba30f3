#include "protocol/amm/uniswap_v3/uniswap_v3.hpp"

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"

namespace osprey::protocol::uniswap_v3 {

namespace {

constexpr uint64_t fee_unit = 1'000'000;
constexpr u256 q96 = u256{1} << 96;
constexpr u256 max_u160 = (u256{1} << 160) - u256{1};

// Arithmetic that reverts in the contract is none here; a none among the arguments stays none.
using Maybe = std::optional<u256>;

/// FullMath.mulDiv
Maybe mul_div_down(const u256& a, const u256& b, const u256& d) noexcept {
    const MulDiv r = mul_div(a, b, d);
    if (r.overflow) return {};
    return r.quot;
}
/// FullMath.mulDivRoundingUp
Maybe mul_div_up(const u256& a, const u256& b, const u256& d) noexcept {
    const MulDiv r = mul_div(a, b, d);
    if (r.overflow || (r.inexact && r.quot == u256::max())) return {};
    return r.inexact ? r.quot + u256{1} : r.quot;
}
/// UnsafeMath.divRoundingUp
u256 div_up(const u256& n, const u256& d) noexcept {
    const DivResult r = udivrem(n, d);
    return r.rem ? r.quot + u256{1} : r.quot;
}

/// SqrtPriceMath.getAmount0Delta between two prices, `low` the lower one.
Maybe amount0_delta(const u256& low, const u256& high, u128 liquidity, bool round_up) noexcept {
    const u256 numerator = u256::from_u128(liquidity) << 96;
    if (round_up) {
        const Maybe scaled = mul_div_up(numerator, high - low, high);
        return scaled ? Maybe{div_up(*scaled, low)} : Maybe{};
    }
    const Maybe scaled = mul_div_down(numerator, high - low, high);
    return scaled ? Maybe{*scaled / low} : Maybe{};
}

/// SqrtPriceMath.getAmount1Delta
Maybe amount1_delta(const u256& low, const u256& high, u128 liquidity, bool round_up) noexcept {
    const u256 l = u256::from_u128(liquidity);
    return round_up ? mul_div_up(l, high - low, q96) : mul_div_down(l, high - low, q96);
}

/// SqrtPriceMath.getNextSqrtPriceFromAmount0RoundingUp, adding
Maybe next_price_from_amount0(const u256& price, u128 liquidity, const u256& amount) noexcept {
    if (!amount) return price;
    const u256 numerator = u256::from_u128(liquidity) << 96;
    const u512 product = mul_full(amount, price);
    if ((product.w[4] | product.w[5] | product.w[6] | product.w[7]) == 0) {
        const AddResult denominator = add_carry(numerator, {product.w[0], product.w[1], product.w[2], product.w[3]});
        if (!denominator.carry) return mul_div_up(numerator, price, denominator.value);
    }
    const AddResult denominator = add_carry(numerator / price, amount);
    if (denominator.carry) return {};
    return div_up(numerator, denominator.value);
}

/// SqrtPriceMath.getNextSqrtPriceFromAmount1RoundingDown, adding
Maybe next_price_from_amount1(const u256& price, u128 liquidity, const u256& amount) noexcept {
    const Maybe quotient = mul_div_down(amount, q96, u256::from_u128(liquidity));
    if (!quotient || *quotient > max_u160 - price) return {};
    return price + *quotient;
}

struct NextTick {
    int32_t tick;
    bool initialized;
};

/// TickBitmap.nextInitializedTickWithinOneWord
std::optional<NextTick> next_initialized_tick(const TickSource& ticks, int32_t tick, int32_t spacing,
                                              bool zero_for_one) noexcept {
    int32_t compressed = tick / spacing;
    if (tick < 0 && tick % spacing != 0) --compressed;
    if (!zero_for_one) ++compressed;
    const auto word = ticks.bitmap_word(compressed >> 8);
    if (!word) return {};
    const auto bit = static_cast<unsigned>(compressed & 0xff);
    if (zero_for_one) {
        const u256 at_or_below = *word << (255 - bit);  // the current tick's bit on top
        const unsigned below = at_or_below ? clz(at_or_below) : bit;
        return NextTick{(compressed - static_cast<int32_t>(below)) * spacing, static_cast<bool>(at_or_below)};
    }
    const u256 at_or_above = *word >> bit;
    unsigned above = 255 - bit;
    if (at_or_above) above = bit_width(at_or_above & -at_or_above) - 1;
    return NextTick{(compressed + static_cast<int32_t>(above)) * spacing, static_cast<bool>(at_or_above)};
}

/// keccak256 of (signed key, slot): where a Solidity mapping keeps the key's value.
u256 mapping_slot(int32_t key, uint64_t slot) noexcept {
    uint8_t words[64];
    const uint64_t sign = key < 0 ? ~0ULL : 0;
    store_be32(words, {static_cast<uint64_t>(int64_t{key}), sign, sign, sign});
    store_be32(words + 32, u256{slot});
    return to_u256(keccak256_64(words));
}

bool is_event(const Log& log, const Hash& topic, size_t topics, size_t words) {
    return log.topics.size() == topics && log.topics[0] == topic && log.data.size() == words * abi::word_size;
}

int32_t sign_extend_24(uint64_t v) noexcept { return static_cast<int32_t>(static_cast<uint32_t>(v) << 8) >> 8; }

}  // namespace

std::optional<Step> swap_step(const u256& current, const u256& target, u128 liquidity, const u256& remaining,
                              uint32_t fee) noexcept {
    const bool zero_for_one = current >= target;
    const auto amount_in_to = [&](const u256& price) {
        return zero_for_one ? amount0_delta(price, current, liquidity, true)
                            : amount1_delta(current, price, liquidity, true);
    };
    const Maybe less_fee = mul_div_down(remaining, u256{fee_unit - fee}, u256{fee_unit});
    Maybe in = amount_in_to(target);
    if (!less_fee || !in) return {};

    Step step;
    if (*less_fee >= *in) {
        step.sqrt_price = target;
    } else {
        const Maybe next = zero_for_one ? next_price_from_amount0(current, liquidity, *less_fee)
                                        : next_price_from_amount1(current, liquidity, *less_fee);
        if (!next) return {};
        step.sqrt_price = *next;
    }
    const bool reached = step.sqrt_price == target;
    if (!reached) in = amount_in_to(step.sqrt_price);
    const Maybe out = zero_for_one ? amount1_delta(step.sqrt_price, current, liquidity, false)
                                   : amount0_delta(current, step.sqrt_price, liquidity, false);
    if (!in || !out) return {};
    step.amount_in = *in;
    step.amount_out = *out;
    if (!reached) {
        step.fee_amount = remaining - *in;  // what is left of the input is the fee
        return step;
    }
    const Maybe charged = mul_div_up(*in, u256{fee}, u256{fee_unit - fee});
    if (!charged) return {};
    step.fee_amount = *charged;
    return step;
}

std::expected<Swap, Failure> swap_exact_in(const State& state, const TickSource& ticks, bool zero_for_one,
                                           const u256& amount_in) noexcept {
    const u256 limit = zero_for_one ? min_sqrt_ratio + u256{1} : max_sqrt_ratio - u256{1};
    if (!amount_in || amount_in.is_negative() || !state.sqrt_price) return std::unexpected(Failure::refused);
    if (zero_for_one ? state.sqrt_price <= limit : state.sqrt_price >= limit)
        return std::unexpected(Failure::no_liquidity);

    Swap swap{.amount_out = {}, .sqrt_price = state.sqrt_price};
    u256 remaining = amount_in;
    u128 liquidity = state.liquidity;
    int32_t tick = state.tick;
    while (remaining && swap.sqrt_price != limit) {
        auto next = next_initialized_tick(ticks, tick, state.tick_spacing, zero_for_one);
        if (!next) return std::unexpected(Failure::unknown_ticks);
        if (next->tick < min_tick) next->tick = min_tick;
        if (next->tick > max_tick) next->tick = max_tick;
        const u256 next_price = sqrt_ratio_at_tick(next->tick);
        const bool beyond = zero_for_one ? next_price < limit : next_price > limit;
        const auto step = swap_step(swap.sqrt_price, beyond ? limit : next_price, liquidity, remaining, state.fee);
        if (!step) return std::unexpected(Failure::refused);
        swap.sqrt_price = step->sqrt_price;
        remaining -= step->amount_in + step->fee_amount;
        swap.amount_out += step->amount_out;
        if (swap.sqrt_price != next_price) continue;
        if (next->initialized) {
            const auto net = ticks.liquidity_net(next->tick);
            if (!net) return std::unexpected(Failure::unknown_ticks);
            // LiquidityMath.addDelta; what wraps here reverts there and cannot stand in a pool.
            liquidity += static_cast<u128>(zero_for_one ? -*net : *net);
            ++swap.ticks_crossed;
        }
        tick = zero_for_one ? next->tick - 1 : next->tick;
    }
    if (remaining) return std::unexpected(Failure::no_liquidity);
    if (!swap.amount_out) return std::unexpected(Failure::refused);
    return swap;
}

u256 tick_slot(int32_t tick) noexcept { return mapping_slot(tick, 5); }
u256 bitmap_slot(int32_t word) noexcept { return mapping_slot(word, 6); }
u256 unpack_sqrt_price(const u256& slot0) noexcept { return slot0 & max_u160; }
int32_t unpack_tick(const u256& slot0) noexcept { return sign_extend_24((slot0 >> 160).w[0]); }
i128 unpack_liquidity_net(const u256& tick) noexcept { return static_cast<i128>((tick >> 128).low_u128()); }

std::optional<SwapEvent> decode_swap(const Log& log) {
    static const Hash topic = abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)");
    if (!is_event(log, topic, 3, 5)) return {};
    return SwapEvent{.amount0 = abi::word_at(log.data, 0),
                     .amount1 = abi::word_at(log.data, 1),
                     .sqrt_price = abi::word_at(log.data, 2),
                     .liquidity = abi::word_at(log.data, 3).low_u128(),
                     .tick = sign_extend_24(abi::word_at(log.data, 4).w[0])};
}

bool changes_liquidity(const Log& log) {
    static const Hash mint = abi::event_topic("Mint(address,address,int24,int24,uint128,uint256,uint256)");
    static const Hash burn = abi::event_topic("Burn(address,int24,int24,uint128,uint256,uint256)");
    return is_event(log, mint, 4, 4) || is_event(log, burn, 4, 3);
}

}  // namespace osprey::protocol::uniswap_v3
