#pragma once
// The fee that Algebra sets by the volatility of the price. Contract reference: @cryptoalgebra/core 3.0.0,
// libraries/AdaptiveFee.sol.

#include "primitives/u256.hpp"

namespace osprey::protocol::algebra {

/// AlgebraFeeConfiguration: two sigmoids alpha / (1 + e^((beta - volatility) / gamma)), and what is added to them.
struct FeeConfig {
    uint16_t alpha1 = 0, alpha2 = 0;
    uint32_t beta1 = 0, beta2 = 0;
    uint16_t gamma1 = 1, gamma2 = 1;
    uint16_t base_fee = 0;
    bool operator==(const FeeConfig&) const = default;

    bool flat() const noexcept { return alpha1 == 0 && alpha2 == 0; }
    /// As the contract's configurations: no fee beyond 16 bits, no division by 0.
    bool valid() const noexcept {
        return gamma1 != 0 && gamma2 != 0 && uint32_t{alpha1} + alpha2 + base_fee <= UINT16_MAX;
    }
};
FeeConfig unpack_fee_config(const u256& slot) noexcept;
u256 pack_fee_config(const FeeConfig& config) noexcept;

/// AdaptiveFee.getFee, in millionths: `volatility` is the mean of the last day, of 88 bits.
uint16_t adaptive_fee(u128 volatility, const FeeConfig& config) noexcept;

}  // namespace osprey::protocol::algebra
