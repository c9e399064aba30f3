#include "protocol/amm/uniswap_v3/swap_math.hpp"

namespace osprey::protocol::uniswap_v3 {

namespace {

u256 shift_96(u128 v) noexcept { return u256::from_u128(v) << 96; }

/// UnsafeMath.divRoundingUp
u256 div_up(const u256& n, const u256& d) noexcept {
    const DivResult r = udivrem(n, d);
    return r.rem ? r.quot + u256{1} : r.quot;
}

/// floor(a * b / d) where that fits.
u256 mul_div_down(const u256& a, const u256& b, const u256& d) noexcept { return mul_div(a, b, d).quot; }
/// ceil(a * b / d) where that fits.
u256 mul_div_up(const u256& a, const u256& b, const u256& d) noexcept {
    const MulDiv r = mul_div(a, b, d);
    return r.inexact ? r.quot + u256{1} : r.quot;
}

struct Product {
    uint64_t w[5];
};
/// liquidity * difference: 288 bits.
Product times_liquidity(u128 liquidity, const u256& difference) noexcept {
    const auto l0 = static_cast<uint64_t>(liquidity), l1 = static_cast<uint64_t>(liquidity >> 64);
    Product product;
    uint64_t* const p = product.w;
    u128 t = u128{l0} * difference.w[0];
    p[0] = static_cast<uint64_t>(t);
    t = u128{l0} * difference.w[1] + static_cast<uint64_t>(t >> 64);
    p[1] = static_cast<uint64_t>(t);
    t = u128{l0} * difference.w[2] + static_cast<uint64_t>(t >> 64);
    p[2] = static_cast<uint64_t>(t);
    p[3] = static_cast<uint64_t>(t >> 64);
    t = u128{l1} * difference.w[0] + p[1];
    p[1] = static_cast<uint64_t>(t);
    t = u128{l1} * difference.w[1] + p[2] + static_cast<uint64_t>(t >> 64);
    p[2] = static_cast<uint64_t>(t);
    t = u128{l1} * difference.w[2] + p[3] + static_cast<uint64_t>(t >> 64);
    p[3] = static_cast<uint64_t>(t);
    p[4] = static_cast<uint64_t>(t >> 64);
    return product;
}

struct Shifted {
    u256 quot;
    bool inexact;
};
/// product / 2^96
Shifted shifted_96(const Product& product) noexcept {
    const uint64_t* const p = product.w;
    return {{p[1] >> 32 | p[2] << 32, p[2] >> 32 | p[3] << 32, p[3] >> 32 | p[4] << 32, p[4] >> 32},
            p[0] != 0 || static_cast<uint32_t>(p[1]) != 0};
}

/// SqrtPriceMath.getAmount0Delta, liquidity * 2^96 * (high - low) / high / low. The contract divides twice, rounding
/// both times to the same side, which is one division by the product: wherever that and the numerator fit 256 bits.
template <bool round_up>
u256 amount0(const u256& low, const u256& high, u128 liquidity) noexcept {
    const u256 difference = high - low;
    if (high.fits_u128()) [[likely]] {
        const auto [p] = times_liquidity(liquidity, difference);
        const u256 both = low * high;
        if ((p[4] | p[3] | p[2] >> 32) == 0) {
            const u256 numerator{0, p[0] << 32, p[1] << 32 | p[0] >> 32, p[2] << 32 | p[1] >> 32};
            return round_up ? div_up(numerator, both) : numerator / both;
        }
        // low < high < 2^128 leaves no fifth word.
        const u256 product{p[0], p[1], p[2], p[3]};
        return round_up ? mul_div_up(product, u256{0, 1ULL << 32, 0, 0}, both)
                        : mul_div_down(product, u256{0, 1ULL << 32, 0, 0}, both);
    }
    if (round_up) return div_up(mul_div_up(shift_96(liquidity), difference, high), low);
    return mul_div_down(shift_96(liquidity), difference, high) / low;
}

/// SqrtPriceMath.getAmount1Delta
u256 amount1_down(const u256& difference, u128 liquidity) noexcept {
    return shifted_96(times_liquidity(liquidity, difference)).quot;
}
u256 amount1_up(const u256& difference, u128 liquidity) noexcept {
    const Shifted amount = shifted_96(times_liquidity(liquidity, difference));
    return amount.inexact ? amount.quot + u256{1} : amount.quot;
}

/// The input with its fee, FullMath.mulDivRoundingUp(in, fee, 1e6 - fee): no product passes 2^213.
u256 with_fee(const u256& in, uint32_t fee) noexcept {
    if (fee == 0) return in;
    return in + div_up(in * u256{fee}, u256{fee_unit - fee});
}

/// FullMath.mulDiv(in, 1e6 - fee, 1e6)
u256 less_fee(const u256& in, uint32_t fee) noexcept { return in * u256{fee_unit - fee} / u256{fee_unit}; }

/// SqrtPriceMath.getNextSqrtPriceFromAmount0RoundingUp, adding: its second formula, for products beyond 256 bits.
[[gnu::noinline, gnu::cold]] u256 price_less_precise(const u256& price, u128 liquidity, const u256& amount) noexcept {
    const u256 numerator = shift_96(liquidity);
    return div_up(numerator, numerator / price + amount);
}

/// a * b where both have three words at most and the product fits four, else whether it does not.
bool product_overflows(const u256& a, const u256& b, u256& product) noexcept {
    const u512 p = mul_full(a, b);
    product = {p.w[0], p.w[1], p.w[2], p.w[3]};
    return (p.w[4] | p.w[5] | p.w[6] | p.w[7]) != 0;
}

}  // namespace

Amounts full_step(Direction direction, const u256& low, const u256& high, u128 liquidity, uint32_t fee) noexcept {
    if (liquidity == 0 || low == high) return {};
    if (direction == Direction::down)
        return {.in = with_fee(amount0<true>(low, high, liquidity), fee), .out = amount1_down(high - low, liquidity)};
    return {.in = with_fee(amount1_up(high - low, liquidity), fee), .out = amount0<false>(low, high, liquidity)};
}

PartialStep step_in(Direction direction, const u256& sqrt_price, u128 liquidity, const u256& amount_in,
                    uint32_t fee) noexcept {
    const u256 amount = less_fee(amount_in, fee);
    if (direction == Direction::down) {
        // next = ceil(N * price / (N + amount * price)) for N = liquidity * 2^96, so that the price falls by
        // floor(price * amount * price / (N + amount * price)).
        u256 product;
        u256 fall;
        const bool overflows = product_overflows(amount, sqrt_price, product);
        const AddResult denominator = add_carry(shift_96(liquidity), product);
        if (overflows || denominator.carry) [[unlikely]]
            fall = sqrt_price - price_less_precise(sqrt_price, liquidity, amount);
        else
            fall = mul_div_down(sqrt_price, product, denominator.value);
        return {.amount = amount1_down(fall, liquidity), .sqrt_price = sqrt_price - fall};
    }
    // Short of the target, so the rise and the new price have 160 bits.
    const u256 rise = amount.w[2] == 0 && amount.w[3] == 0
                          ? (amount << 96) / u256::from_u128(liquidity)
                          : mul_div_down(amount, u256{1} << 96, u256::from_u128(liquidity));
    const u256 next = sqrt_price + rise;
    return {.amount = amount0<false>(sqrt_price, next, liquidity), .sqrt_price = next};
}

PartialStep step_out(Direction direction, const u256& sqrt_price, u128 liquidity, const u256& amount_out,
                     uint32_t fee) noexcept {
    if (direction == Direction::down) {
        const u256 fall = amount_out.w[2] == 0 && amount_out.w[3] == 0
                              ? div_up(amount_out << 96, u256::from_u128(liquidity))
                              : mul_div_up(amount_out, u256{1} << 96, u256::from_u128(liquidity));
        const u256 next = sqrt_price - fall;
        return {.amount = with_fee(amount0<true>(next, sqrt_price, liquidity), fee), .sqrt_price = next};
    }
    // Below full_step().out: amount * price is less than N, and the new price not above the target.
    const u256 numerator = shift_96(liquidity);
    const u256 product = amount_out * sqrt_price;
    const u256 rise = mul_div_up(sqrt_price, product, numerator - product);
    return {.amount = with_fee(amount1_up(rise, liquidity), fee), .sqrt_price = sqrt_price + rise};
}

}  // namespace osprey::protocol::uniswap_v3
