#include "protocol/amm/uniswap_v3/events.hpp"

#include "primitives/abi.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"

namespace osprey::protocol::uniswap_v3 {

std::optional<SwapEvent> decode_swap(const Log& log) {
    static const Hash uniswap = abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)");
    static const Hash pancakeswap =
        abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)");
    if (log.topics.size() != 3) return {};
    const bool is_uniswap = log.topics[0] == uniswap && log.data.size() == 5 * abi::word_size;
    const bool is_pancakeswap = log.topics[0] == pancakeswap && log.data.size() == 7 * abi::word_size;
    if (!is_uniswap && !is_pancakeswap) return {};
    return SwapEvent{.family = is_uniswap ? &family : &pancakeswap_family,
                     .amount0 = abi::word_at(log.data, 0),
                     .amount1 = abi::word_at(log.data, 1),
                     .sqrt_price = abi::word_at(log.data, 2),
                     .liquidity = abi::word_at(log.data, 3).low_u128(),
                     .tick = to_int24(abi::word_at(log.data, 4))};
}

}  // namespace osprey::protocol::uniswap_v3
