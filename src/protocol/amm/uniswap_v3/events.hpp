#pragma once
// What a pool says of a swap in its Swap event, for whoever reads who traded what.

#include <optional>

#include "protocol/amm/family.hpp"

namespace osprey::protocol::uniswap_v3 {

/// Swap(address,address,int256,int256,uint160,uint128,int24) of Uniswap V3 and Slipstream; PancakeSwap's has two more
/// fields at its end.
struct SwapEvent {
    const Family* family = nullptr;  ///< whose event it is: Uniswap's or PancakeSwap's
    u256 amount0, amount1;           ///< two's complement, seen from the pool: positive came in
    u256 sqrt_price;                 ///< after the swap, as is the rest
    u128 liquidity = 0;
    int32_t tick = 0;
};
std::optional<SwapEvent> decode_swap(const Log& log);

}  // namespace osprey::protocol::uniswap_v3
