#pragma once
// Sums and products that stop at 2^256 - 1 instead of wrapping: what has reached it is beyond every limit.

#include "primitives/u256.hpp"

namespace osprey::risk {

constexpr u256 add_capped(const u256& a, const u256& b) noexcept {
    const auto [sum, carry] = add_carry(a, b);
    return carry ? u256::max() : sum;
}
inline u256 mul_capped(const u256& a, const u256& b) noexcept {
    const MulDiv product = mul_div(a, b, u256{1});
    return product.overflow ? u256::max() : product.quot;
}
constexpr bool is_capped(const u256& a) noexcept { return a == u256::max(); }

}  // namespace osprey::risk
