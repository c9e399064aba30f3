#pragma once
// Uniswap V2 pairs and the forks that kept their code: reserves, the exact quote, storage and events.
// Contract references are to @uniswap/v2-core 1.0.1.

#include <optional>

#include "types/block.hpp"

namespace osprey::protocol::uniswap_v2 {

/// Fees are in millionths of the input everywhere, as Uniswap V3 counts them.
inline constexpr uint32_t default_fee = 3000;

struct State {
    u256 reserve0;  ///< below 2^112, as is the other
    u256 reserve1;
    uint32_t fee = default_fee;
};

/// What swap() pays at most for `amount_in` (UniswapV2Library.getAmountOut). None: nothing comes out, or the pair's
/// balance would pass 2^112 (UniswapV2Pair._update "OVERFLOW").
std::optional<u256> amount_out(const State& state, bool zero_for_one, const u256& amount_in) noexcept;

// Storage layout of UniswapV2Pair.
inline constexpr uint64_t token0_slot = 6;
inline constexpr uint64_t token1_slot = 7;
inline constexpr uint64_t reserves_slot = 8;
// The oracle's sums, price0CumulativeLast and price1CumulativeLast: swap() adds to them and never reads them otherwise.
inline constexpr uint64_t first_cumulative_slot = 9;
inline constexpr uint64_t last_cumulative_slot = 10;
/// Reserves from their packed slot: uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast.
State unpack_reserves(const u256& slot, uint32_t fee) noexcept;

/// Swap(address,uint256,uint256,uint256,uint256,address)
struct SwapEvent {
    u256 amount0_in, amount1_in, amount0_out, amount1_out;
};
std::optional<SwapEvent> decode_swap(const Log& log);
/// Sync(uint112,uint112): the reserves after every change.
struct SyncEvent {
    u256 reserve0, reserve1;
};
std::optional<SyncEvent> decode_sync(const Log& log);

}  // namespace osprey::protocol::uniswap_v2
