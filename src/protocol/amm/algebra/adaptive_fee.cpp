#include "protocol/amm/algebra/adaptive_fee.hpp"

#include <algorithm>

namespace osprey::protocol::algebra {

namespace {

constexpr u256 table_unit = 100'000'000'000'000'000'000_u256;
constexpr u256 root_of_e = 164'872'127'070'012'814'684_u256;
constexpr u256 powers_of_e[] = {100'000'000'000'000'000'000_u256,   271'828'182'845'904'523'536_u256,
                                738'905'609'893'065'022'723_u256,   2'008'553'692'318'766'774'092_u256,
                                5'459'815'003'314'423'907'811_u256, 14'841'315'910'257'660'342'111_u256};
/// Sigmoids are flat beyond so many times gamma.
constexpr uint64_t reach = 6;

/// AdaptiveFee.expXg4: e^(x / g) * g^4 by a table of e's powers and the first five terms of the series. x < 6 g.
u256 exp_times_g4(uint64_t x, uint64_t g) noexcept {
    u256 near = powers_of_e[std::min<uint64_t>(x / g, 5)];
    x %= g;
    if (x >= g / 2) {
        x -= g / 2;
        near = near * root_of_e / table_unit;
    }
    // All below 2^73: x <= g / 2 + 1 has 16 bits.
    const u128 y = x, g2 = u128{g} * g, x2 = y * y, x3 = x2 * y;
    const u128 series = g2 * g2 + y * g2 * g + x2 * g2 / 2 + (x3 * g * 4 + x3 * y) / 24;
    return u256::from_u128(series) * near / table_unit;
}

uint64_t sigmoid(u128 x, uint64_t g, uint64_t alpha, uint64_t beta) noexcept {
    const bool rising = x > beta;
    const u128 away = rising ? x - beta : beta - x;
    if (away >= reach * g) return rising ? alpha : 0;
    const u256 g4 = u256{g * g} * u256{g * g};
    const u256 ex = exp_times_g4(static_cast<uint64_t>(away), g);
    return (u256{alpha} * (rising ? ex : g4) / (g4 + ex)).w[0];
}

}  // namespace

FeeConfig unpack_fee_config(const u256& slot) noexcept {
    const auto bits = [&](unsigned at) { return (slot >> at).w[0]; };
    return {.alpha1 = static_cast<uint16_t>(bits(0)),
            .alpha2 = static_cast<uint16_t>(bits(16)),
            .beta1 = static_cast<uint32_t>(bits(32)),
            .beta2 = static_cast<uint32_t>(bits(64)),
            .gamma1 = static_cast<uint16_t>(bits(96)),
            .gamma2 = static_cast<uint16_t>(bits(112)),
            .base_fee = static_cast<uint16_t>(bits(128))};
}

u256 pack_fee_config(const FeeConfig& c) noexcept {
    return {uint64_t{c.beta1} << 32 | uint64_t{c.alpha2} << 16 | c.alpha1,
            uint64_t{c.gamma2} << 48 | uint64_t{c.gamma1} << 32 | c.beta2, c.base_fee, 0};
}

uint16_t adaptive_fee(u128 volatility, const FeeConfig& c) noexcept {
    volatility /= 15;
    const uint64_t sum =
        sigmoid(volatility, c.gamma1, c.alpha1, c.beta1) + sigmoid(volatility, c.gamma2, c.alpha2, c.beta2);
    return static_cast<uint16_t>(c.base_fee + std::min<uint64_t>(sum, UINT16_MAX));
}

}  // namespace osprey::protocol::algebra
