#pragma once
// Amounts between two square-root prices, shared by every pool whose liquidity stands in ranges of ticks.
// Prices are square roots in Q64.96. Contract reference: SqrtPriceMath.sol of @uniswap/v3-core 1.0.1 and
// @uniswap/v4-core 1.0.2, which agree wherever neither reverts.

#include <optional>

#include "protocol/amm/uniswap_v3/tick_math.hpp"

namespace osprey::protocol::concentrated {

using i128 = __int128;
using uniswap_v3::max_sqrt_ratio;
using uniswap_v3::max_tick;
using uniswap_v3::min_sqrt_ratio;
using uniswap_v3::min_tick;
using uniswap_v3::sqrt_ratio_at_tick;

/// A square-root price with its reciprocal, floor(2^288 / price). Two reciprocals give the amount of token 0 between
/// two prices without a division.
struct Price {
    u256 sqrt;
    u256 inverse;

    static Price at(const u256& sqrt) noexcept;  ///< `sqrt` within min_sqrt_ratio and max_sqrt_ratio
    static Price at_tick(int32_t tick) noexcept { return at(sqrt_ratio_at_tick(tick)); }
    bool operator==(const Price& o) const noexcept { return sqrt == o.sqrt; }
};

/// TickMath.getTickAtSqrtRatio: the greatest tick whose price is not above this one; within the range of Price.
int32_t tick_at_sqrt_ratio(const u256& sqrt_price) noexcept;

/// SqrtPriceMath.getAmount0Delta by its definition: L * 2^96 * (high - low) / (high * low), rounded.
u256 amount0_by_division(const u256& low, const u256& high, u128 liquidity, bool round_up) noexcept;

/// SqrtPriceMath.getAmount0Delta. `low.sqrt <= high.sqrt`.
inline u256 amount0(const Price& low, const Price& high, u128 liquidity, bool round_up) noexcept {
    if (low.sqrt == high.sqrt || liquidity == 0) return {};
    // 2^192 * (2^96 / low - 2^96 / high) lies above r and below r + 2, for each reciprocal is short of its own by less
    // than one. The amount so lies between L * r / 2^192 and L * (r + 2) / 2^192: one integer part, unless the last
    // 2^130 of 2^192 parts say that it could be two.
    const AddResult r = sub_borrow(low.inverse - high.inverse, 1);
    const auto l0 = static_cast<uint64_t>(liquidity), l1 = static_cast<uint64_t>(liquidity >> 64);
    uint64_t p[6];
    u128 carry = 0;
    for (int i = 0; i < 4; ++i) {
        carry += u128{r.value.w[i]} * l0;
        p[i] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    p[4] = static_cast<uint64_t>(carry);
    carry = 0;
    for (int i = 0; i < 4; ++i) {
        carry += u128{r.value.w[i]} * l1 + p[i + 1];
        p[i + 1] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    p[5] = static_cast<uint64_t>(carry);
    // 2 * L is below 2^129: when the fraction's top word is not all but full, nothing carries.
    if (r.carry || p[2] >= ~uint64_t{3}) [[unlikely]]
        return amount0_by_division(low.sqrt, high.sqrt, liquidity, round_up);
    const u256 whole{p[3], p[4], p[5], 0};
    return round_up ? whole + u256{1} : whole;
}

/// SqrtPriceMath.getAmount1Delta: L * (high - low) / 2^96, at most 288 bits before the division. `low <= high`.
inline u256 amount1(const u256& low, const u256& high, u128 liquidity, bool round_up) noexcept {
    const u256 difference = high - low;  // 160 bits
    const auto l0 = static_cast<uint64_t>(liquidity), l1 = static_cast<uint64_t>(liquidity >> 64);
    uint64_t p[5];
    u128 carry = 0;
    for (int i = 0; i < 3; ++i) {
        carry += u128{difference.w[i]} * l0;
        p[i] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    p[3] = static_cast<uint64_t>(carry);
    carry = 0;
    for (int i = 0; i < 3; ++i) {
        carry += u128{difference.w[i]} * l1 + p[i + 1];
        p[i + 1] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    p[4] = static_cast<uint64_t>(carry);
    const u256 whole{(p[1] >> 32) | (p[2] << 32), (p[2] >> 32) | (p[3] << 32), (p[3] >> 32) | (p[4] << 32), p[4] >> 32};
    const bool rest = (p[0] | (p[1] & 0xffffffff)) != 0;
    return round_up && rest ? whole + u256{1} : whole;
}

/// SqrtPriceMath.getNextSqrtPriceFromInput and ...FromOutput; none where they revert.
std::optional<u256> price_after_input(const u256& price, u128 liquidity, const u256& amount,
                                      bool zero_for_one) noexcept;
std::optional<u256> price_after_output(const u256& price, u128 liquidity, const u256& amount,
                                       bool zero_for_one) noexcept;

}  // namespace osprey::protocol::concentrated
