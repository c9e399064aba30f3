#include "protocol/amm/uniswap_v2/uniswap_v2.hpp"

#include "primitives/abi.hpp"

namespace osprey::protocol::uniswap_v2 {

namespace {

constexpr uint64_t fee_unit = 1'000'000;
constexpr unsigned reserve_bits = 112;
constexpr u256 reserve_mask = (u256{1} << reserve_bits) - u256{1};

/// The event's data when the log is that event with that many words of data.
std::optional<BytesView> data_of(const Log& log, const Hash& topic, size_t topics, size_t words) {
    if (log.topics.size() != topics || log.topics[0] != topic || log.data.size() != words * abi::word_size) return {};
    return BytesView{log.data};
}

}  // namespace

std::optional<u256> amount_out(const State& state, bool zero_for_one, const u256& amount_in) noexcept {
    const u256& in = zero_for_one ? state.reserve0 : state.reserve1;
    const u256& out = zero_for_one ? state.reserve1 : state.reserve0;
    if (!in || !out || amount_in > reserve_mask - in) return {};
    // At most 2^112 * 2^20 * 2^112: no product passes 2^256.
    const u256 with_fee = amount_in * u256{fee_unit - state.fee};
    const u256 paid = with_fee * out / (in * u256{fee_unit} + with_fee);
    if (!paid) return {};
    return paid;
}

State unpack_reserves(const u256& slot, uint32_t fee) noexcept {
    return {.reserve0 = slot & reserve_mask, .reserve1 = (slot >> reserve_bits) & reserve_mask, .fee = fee};
}

std::optional<SwapEvent> decode_swap(const Log& log) {
    static const Hash topic = abi::event_topic("Swap(address,uint256,uint256,uint256,uint256,address)");
    const auto data = data_of(log, topic, 3, 4);
    if (!data) return {};
    return SwapEvent{.amount0_in = abi::word_at(*data, 0),
                     .amount1_in = abi::word_at(*data, 1),
                     .amount0_out = abi::word_at(*data, 2),
                     .amount1_out = abi::word_at(*data, 3)};
}

std::optional<SyncEvent> decode_sync(const Log& log) {
    static const Hash topic = abi::event_topic("Sync(uint112,uint112)");
    const auto data = data_of(log, topic, 1, 2);
    if (!data) return {};
    return SyncEvent{.reserve0 = abi::word_at(*data, 0), .reserve1 = abi::word_at(*data, 1)};
}

}  // namespace osprey::protocol::uniswap_v2
