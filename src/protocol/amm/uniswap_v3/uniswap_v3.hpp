#pragma once
// Uniswap V3 pools: the exact swap over ticks, storage and events.
// Contract references are to @uniswap/v3-core 1.0.1.

#include <expected>
#include <optional>

#include "types/block.hpp"

namespace osprey::protocol::uniswap_v3 {

using i128 = __int128;

struct State {
    u256 sqrt_price;  ///< Q64.96
    int32_t tick = 0;
    u128 liquidity = 0;  ///< in range
    uint32_t fee = 0;    ///< millionths of the input
    int32_t tick_spacing = 1;
};

/// The pool's ticks, read when a swap comes to them. None: whoever answers does not know.
class TickSource {
public:
    virtual ~TickSource() = default;
    virtual std::optional<u256> bitmap_word(int32_t word) const = 0;    ///< tickBitmap[word]
    virtual std::optional<i128> liquidity_net(int32_t tick) const = 0;  ///< ticks[tick].liquidityNet
};

enum class Failure : uint8_t {
    unknown_ticks,  ///< the swap needs a tick that the source does not know
    no_liquidity,   ///< the price ran to its limit before the whole input was taken
    refused,        ///< the contract would revert: overflow, or nothing comes out
};

struct Swap {
    u256 amount_out;
    u256 sqrt_price;  ///< after it
    uint32_t ticks_crossed = 0;
};

/// UniswapV3Pool.swap with an exact input and no price limit but the tick range's; the whole input must be taken.
std::expected<Swap, Failure> swap_exact_in(const State& state, const TickSource& ticks, bool zero_for_one,
                                           const u256& amount_in) noexcept;

/// SwapMath.computeSwapStep for an exact input.
struct Step {
    u256 sqrt_price, amount_in, amount_out, fee_amount;
};
std::optional<Step> swap_step(const u256& current, const u256& target, u128 liquidity, const u256& remaining,
                              uint32_t fee) noexcept;

// Storage layout of UniswapV3Pool. token0, token1, fee and tickSpacing are immutables: ask the code for them.
inline constexpr uint64_t slot0_slot = 0;
inline constexpr uint64_t liquidity_slot = 4;
// Accounts for others that swap() keeps and that never enter its amounts: feeGrowthGlobal0X128 to protocolFees, and the
// oracle's observations.
inline constexpr uint64_t fee_growth_slot = 1;
inline constexpr uint64_t protocol_fees_slot = 3;
inline constexpr uint64_t first_observation_slot = 8;
inline constexpr uint64_t last_observation_slot = first_observation_slot + 65535 - 1;
u256 tick_slot(int32_t tick) noexcept;    ///< ticks[tick]: liquidityGross, liquidityNet above it
u256 bitmap_slot(int32_t word) noexcept;  ///< tickBitmap[word]
u256 unpack_sqrt_price(const u256& slot0) noexcept;
int32_t unpack_tick(const u256& slot0) noexcept;
i128 unpack_liquidity_net(const u256& tick) noexcept;

/// Swap(address,address,int256,int256,uint160,uint128,int24)
struct SwapEvent {
    u256 amount0, amount1;  ///< two's complement, seen from the pool: positive came in
    u256 sqrt_price;        ///< after the swap, as is the rest
    u128 liquidity = 0;
    int32_t tick = 0;
};
std::optional<SwapEvent> decode_swap(const Log& log);
/// Mint or Burn: liquidity came or went.
bool changes_liquidity(const Log& log);

}  // namespace osprey::protocol::uniswap_v3
