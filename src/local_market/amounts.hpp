#pragma once
// Between the double in which agents think and the integers that contracts take.

#include <cmath>

#include "primitives/u256.hpp"

namespace osprey::local_market {

/// Rounded down; 0 for what is negative or no number.
inline u256 to_integer(double value) noexcept {
    if (!(value >= 1)) return {};
    int exponent = 0;
    const auto mantissa = static_cast<uint64_t>(std::ldexp(std::frexp(value, &exponent), 53));
    if (exponent > 255) return u256::max();
    return exponent >= 53 ? u256{mantissa} << static_cast<uint64_t>(exponent - 53)
                          : u256{mantissa} >> static_cast<uint64_t>(53 - exponent);
}

inline double to_double(const u256& value) noexcept {
    double result = 0;
    for (int i = 3; i >= 0; --i) result = result * 0x1p64 + static_cast<double>(value.w[i]);
    return result;
}

/// 10^decimals units of a token, or wei of an ether at 18.
inline double unit_of(unsigned decimals) noexcept {
    double unit = 1;
    for (unsigned i = 0; i < decimals; ++i) unit *= 10;
    return unit;
}
inline constexpr double ether = 1e18;
inline constexpr double gwei = 1e9;

}  // namespace osprey::local_market
