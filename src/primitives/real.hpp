#pragma once
// Between 256-bit integers and double: for filters and first guesses, which exact arithmetic then decides.

#include <bit>
#include <cmath>

#include "primitives/u256.hpp"

namespace osprey {

/// The nearest double or one of its two neighbours: a relative error below 2^-51.
inline double to_double(const u256& v) noexcept {
    constexpr double word = 0x1p64;
    if (v.fits_u64()) return static_cast<double>(v.w[0]);
    return ((static_cast<double>(v.w[3]) * word + static_cast<double>(v.w[2])) * word + static_cast<double>(v.w[1])) *
               word +
           static_cast<double>(v.w[0]);
}

/// The integer part; 0 for what is negative or no number, 2^256-1 for what is beyond it.
inline u256 to_u256(double v) noexcept {
    if (!(v >= 1)) return {};
    if (v >= 0x1p256) return u256::max();
    int exponent = 0;
    const double mantissa = std::frexp(v, &exponent);  // in [0.5, 1)
    const u256 digits{static_cast<uint64_t>(mantissa * 0x1p53)};
    return exponent >= 53 ? digits << static_cast<uint64_t>(exponent - 53)
                          : digits >> static_cast<uint64_t>(53 - exponent);
}

}  // namespace osprey
