#include "protocol/amm/uniswap_v2/events.hpp"

#include "primitives/abi.hpp"

namespace osprey::protocol::uniswap_v2 {

std::optional<SwapEvent> decode_swap(const Log& log) {
    static const Hash topic = abi::event_topic("Swap(address,uint256,uint256,uint256,uint256,address)");
    if (log.topics.size() != 3 || log.topics[0] != topic || log.data.size() != 4 * abi::word_size) return {};
    return SwapEvent{.amount0_in = abi::word_at(log.data, 0),
                     .amount1_in = abi::word_at(log.data, 1),
                     .amount0_out = abi::word_at(log.data, 2),
                     .amount1_out = abi::word_at(log.data, 3)};
}

}  // namespace osprey::protocol::uniswap_v2
