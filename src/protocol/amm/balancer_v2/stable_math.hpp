#pragma once
// StableMath.sol of @balancer-labs/v2-pool-stable: Curve's StableSwap invariant over 18-decimal balances, with the
// roundings of its versions. The amplification carries three decimals and stands for A * n^(n-1).

#include <span>

#include "protocol/amm/balancer_v2/fixed_point.hpp"

namespace osprey::protocol::balancer_v2 {

inline constexpr size_t max_stable_tokens = 5;
inline constexpr uint64_t amp_precision = 1000;
inline constexpr uint64_t max_amp = 5000 * amp_precision;

enum class InvariantVersion : uint8_t {
    rounded_up,    ///< with a direction to round to, which swaps set to up: pools of 2021
    rounded_down,  ///< as Vyper's arithmetic does
};

/// StableMath._calculateInvariant; fails where it reverts, among others when 255 rounds do not settle it.
u256 invariant_of(std::span<const u256> balances, uint64_t amp, InvariantVersion version, Checked& math) noexcept;

/// StableMath._getTokenBalanceGivenInvariantAndAllOtherBalances: never below the true solution for that invariant.
u256 balance_at(std::span<const u256> balances, uint64_t amp, const u256& invariant, size_t token,
                Checked& math) noexcept;

}  // namespace osprey::protocol::balancer_v2
