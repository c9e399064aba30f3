#pragma once
// Ticks and square-root prices: price = 1.0001^tick, held as its square root in Q64.96.
// Contract reference: @uniswap/v3-core 1.0.1, libraries/TickMath.sol.

#include "primitives/u256.hpp"

namespace osprey::protocol::uniswap_v3 {

inline constexpr int32_t min_tick = -887272;
inline constexpr int32_t max_tick = 887272;
inline constexpr u256 min_sqrt_ratio = 4295128739_u256;
inline constexpr u256 max_sqrt_ratio = 1461446703485210103287273052203988822378723970342_u256;

/// TickMath.getSqrtRatioAtTick; `tick` within min_tick and max_tick.
u256 sqrt_ratio_at_tick(int32_t tick) noexcept;
/// TickMath.getTickAtSqrtRatio: the greatest tick whose ratio is not above `sqrt_price`, which lies within
/// min_sqrt_ratio and max_sqrt_ratio.
int32_t tick_at_sqrt_ratio(const u256& sqrt_price) noexcept;

}  // namespace osprey::protocol::uniswap_v3
