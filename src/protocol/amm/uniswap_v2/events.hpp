#pragma once
// What a pair says of a swap in its Swap event, for whoever reads who traded what. A model follows the Sync event.

#include <optional>

#include "types/block.hpp"

namespace osprey::protocol::uniswap_v2 {

/// Swap(address,uint256,uint256,uint256,uint256,address) of Uniswap V2, its forks and the older pairs of the Solidly
/// line. Both tokens may come in, and one of them go back out in part.
struct SwapEvent {
    u256 amount0_in, amount1_in, amount0_out, amount1_out;
};
std::optional<SwapEvent> decode_swap(const Log& log);

}  // namespace osprey::protocol::uniswap_v2
