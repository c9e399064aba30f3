#include "protocol/amm/concentrated/price_math.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/real.hpp"

namespace osprey::protocol::concentrated {

namespace {

constexpr u256 max_u160 = (u256{1} << 160) - u256{1};

u256 rounded_up(const DivResult& r) noexcept { return r.rem ? r.quot + u256{1} : r.quot; }

std::optional<u256> mul_div_up(const u256& a, const u256& b, const u256& d) noexcept {
    const MulDiv r = mul_div(a, b, d);
    if (r.overflow || (r.inexact && r.quot == u256::max())) return {};
    return r.inexact ? r.quot + u256{1} : r.quot;
}

/// amount * price when it fits.
std::optional<u256> product_of(const u256& amount, const u256& price) noexcept {
    const u512 p = mul_full(amount, price);
    if ((p.w[4] | p.w[5] | p.w[6] | p.w[7]) != 0) return {};
    return u256{p.w[0], p.w[1], p.w[2], p.w[3]};
}

}  // namespace

Price Price::at(const u256& sqrt) noexcept {
    // Below 2^256, for no price is below 2^32.
    constexpr u256 half = u256{1} << 144;
    return {sqrt, mul_div(half, half, sqrt).quot};
}

int32_t tick_at_sqrt_ratio(const u256& sqrt_price) noexcept {
    // A double is right to 2^-50 and one tick is 2^-14: the guess is off by one at most, at a tick's boundary.
    static const double per_octave = 2 / std::log2(1.0001);
    const double guess = std::floor(std::log2(to_double(sqrt_price) * 0x1p-96) * per_octave);
    int32_t tick = static_cast<int32_t>(std::clamp(guess, double{min_tick}, double{max_tick}));
    while (tick > min_tick && sqrt_ratio_at_tick(tick) > sqrt_price) --tick;
    while (tick < max_tick && sqrt_ratio_at_tick(tick + 1) <= sqrt_price) ++tick;
    return tick;
}

u256 amount0_by_division(const u256& low, const u256& high, u128 liquidity, bool round_up) noexcept {
    // 224 and 160 bits over at most 160: 128 bits of liquidity over a difference below `high` fit.
    const MulDiv scaled = mul_div(u256::from_u128(liquidity) << 96, high - low, high);
    if (!round_up) return scaled.quot / low;
    return rounded_up(udivrem(scaled.inexact ? scaled.quot + u256{1} : scaled.quot, low));
}

std::optional<u256> price_after_input(const u256& price, u128 liquidity, const u256& amount,
                                      bool zero_for_one) noexcept {
    if (liquidity == 0) return {};
    if (!amount) return price;
    if (!zero_for_one) {
        const MulDiv moved = mul_div(amount, u256{1} << 96, u256::from_u128(liquidity));
        if (moved.overflow || moved.quot > max_u160 - price) return {};
        return price + moved.quot;
    }
    const u256 numerator = u256::from_u128(liquidity) << 96;
    if (const auto product = product_of(amount, price)) {
        const AddResult denominator = add_carry(numerator, *product);
        if (!denominator.carry) return mul_div_up(numerator, price, denominator.value);
    }
    const AddResult denominator = add_carry(numerator / price, amount);
    if (denominator.carry) return {};
    return rounded_up(udivrem(numerator, denominator.value));
}

std::optional<u256> price_after_output(const u256& price, u128 liquidity, const u256& amount,
                                       bool zero_for_one) noexcept {
    if (liquidity == 0) return {};
    if (zero_for_one) {
        const auto moved = mul_div_up(amount, u256{1} << 96, u256::from_u128(liquidity));
        if (!moved || *moved >= price) return {};
        return price - *moved;
    }
    if (!amount) return price;
    const u256 numerator = u256::from_u128(liquidity) << 96;
    const auto product = product_of(amount, price);
    if (!product || *product >= numerator) return {};
    const auto next = mul_div_up(numerator, price, numerator - *product);
    if (!next || *next > max_u160) return {};
    return next;
}

}  // namespace osprey::protocol::concentrated
