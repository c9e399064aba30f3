#pragma once
// What names a Uniswap V4 pool: the PoolKey, whose hash is the PoolId. The PoolManager stores no keys, so a pool is
// known by its id alone until somebody shows the key: the event Initialize, the calldata of a swap, or the
// PositionManager. Contract references are to @uniswap/v4-core 1.0.2.

#include <optional>

#include "types/block.hpp"

namespace osprey::protocol::uniswap_v4 {

inline constexpr uint32_t fee_unit = 1'000'000;
/// Of each direction (ProtocolFeeLibrary.MAX_PROTOCOL_FEE).
inline constexpr uint32_t max_protocol_fee = 1000;
/// In the key's place for the fee: the pool's hook sets it.
inline constexpr uint32_t dynamic_fee_flag = 0x800000;
inline constexpr int32_t max_tick_spacing = 32767;

// Rights of a hook, in the lowest bits of its address (Hooks.sol).
inline constexpr uint16_t before_swap_flag = 1 << 7;
inline constexpr uint16_t after_swap_flag = 1 << 6;
inline constexpr uint16_t before_swap_returns_delta_flag = 1 << 3;
inline constexpr uint16_t after_swap_returns_delta_flag = 1 << 2;

struct Key {
    Address currency0, currency1;  ///< the native coin is the zero address
    uint32_t fee = 0;              ///< millionths of the input, or dynamic_fee_flag
    int32_t tick_spacing = 1;
    Address hooks;
    bool operator==(const Key&) const = default;

    /// What PoolManager.initialize demands of a key.
    bool valid() const noexcept;
    Hash id() const noexcept;  ///< keccak256(abi.encode(key))
    bool dynamic_fee() const noexcept { return fee == dynamic_fee_flag; }
    uint16_t hook_flags() const noexcept {
        return static_cast<uint16_t>(((hooks.bytes[18] << 8) | hooks.bytes[19]) & 0x3fff);
    }
    /// The hook is called in every swap. Then it can change the amounts (by a delta of its own, by another fee, by
    /// swapping or moving liquidity itself before the swap) or refuse the swap: no formula tells, only execution.
    bool needs_execution() const noexcept { return (hook_flags() & (before_swap_flag | after_swap_flag)) != 0; }
};

/// Five words as abi.encode(key) has them; none where a word is out of its type's range or the key is not valid().
std::optional<Key> decode_key(BytesView words);
/// abi.encode(key)
std::array<uint8_t, 160> encode_key(const Key& key) noexcept;

/// The key in the calldata of PoolManager.swap(PoolKey,SwapParams,bytes), as execution traces show it.
std::optional<Key> from_swap_calldata(BytesView calldata);
/// That calldata. `amount_specified` in two's complement: negative for an exact input. Only inside of
/// PoolManager.unlock.
Bytes swap_calldata(const Key& key, bool zero_for_one, const u256& amount_specified, const u256& sqrt_price_limit,
                    BytesView hook_data = {});

/// Initialize(bytes32,address,address,uint24,int24,address,uint160,int24)
struct InitializeEvent {
    Key key;  ///< its hash is the event's id
    u256 sqrt_price;
    int32_t tick = 0;
};
std::optional<InitializeEvent> decode_initialize(const Log& log);

}  // namespace osprey::protocol::uniswap_v4
