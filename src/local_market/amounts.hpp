#pragma once
// Units of what agents think of in double and contracts take as integers.

#include "primitives/real.hpp"

namespace osprey::local_market {

/// 10^decimals units of a token, or wei of an ether at 18.
inline double unit_of(unsigned decimals) noexcept {
    double unit = 1;
    for (unsigned i = 0; i < decimals; ++i) unit *= 10;
    return unit;
}
inline constexpr double ether = 1e18;
inline constexpr double gwei = 1e9;

}  // namespace osprey::local_market
