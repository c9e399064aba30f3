#pragma once
// One step of a swap over ticks, as libraries/SwapMath.sol and SqrtPriceMath.sol of @uniswap/v3-core 1.0.1 compute it.
// Two facts make it short. A step reaches its target exactly when the input covers full_step().in, fee included, so
// reached steps can be computed ahead of time; and a step that does not reach it needs one price and one amount.
// PancakeSwap V3, Slipstream and Algebra (PriceMovementMath.sol, TokenDeltaMath.sol) compute the same.

#include "primitives/u256.hpp"

namespace osprey::protocol::uniswap_v3 {

inline constexpr uint32_t fee_unit = 1'000'000;

enum class Direction : uint8_t {
    down,  ///< token0 in, the price falls
    up,    ///< token1 in, the price rises
};

struct Amounts {
    u256 in;  ///< with the fee
    u256 out;
};
/// What a step over the whole range between two prices takes and pays. `fee` below fee_unit; low above 0. Below 2^213:
/// liquidity has 128 bits and prices 160, 32 at least, so that an amount has 192, and fees add 20.
Amounts full_step(Direction direction, const u256& low, const u256& high, u128 liquidity, uint32_t fee) noexcept;

struct PartialStep {
    u256 amount;      ///< paid out, or taken with the fee
    u256 sqrt_price;  ///< after it
};
/// `amount_in` below full_step().in, which makes the liquidity positive.
PartialStep step_in(Direction direction, const u256& sqrt_price, u128 liquidity, const u256& amount_in,
                    uint32_t fee) noexcept;
/// `amount_out` positive and below full_step().out.
PartialStep step_out(Direction direction, const u256& sqrt_price, u128 liquidity, const u256& amount_out,
                     uint32_t fee) noexcept;

}  // namespace osprey::protocol::uniswap_v3
