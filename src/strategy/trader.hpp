#pragma once
// The contract that swaps in simulations: an address that no chain has, and a small hand-written program.

#include <span>

#include "market/token_graph.hpp"

namespace osprey::strategy {

/// Nobody has a key for it and no contract was ever made there: whatever a chain's contracts keep for it is zero.
inline constexpr Address trader{{{0x05, 0x9e, 0xe7, 0x2a, 0x11, 0xe4, 0x05, 0x9e, 0xe7, 0x2a,
                                  0x11, 0xe4, 0x05, 0x9e, 0xe7, 0x2a, 0x11, 0xe4, 0x05, 0x9e}}};

/// What stands at `trader`: runs the calls of its calldata one after the other and reverts with the first that does;
/// answers uniswapV3SwapCallback and pancakeV3SwapCallback by paying what the pool asks for. It trusts every caller:
/// for simulation only.
BytesView trader_code() noexcept;

/// Whether it knows how to swap through pools of that kind.
bool can_swap(const protocol::Family& family) noexcept;

/// The trader's calldata that swaps `amounts[0]` along the hops, hop i paying amounts[i + 1]. Pools hand over to a pair
/// (Uniswap V2, Solidly) directly; what the last hop pays comes to the trader. Throws std::invalid_argument for a pool
/// that it cannot swap through.
Bytes encode_swaps(const market::TokenGraph& graph, std::span<const market::Hop> hops, std::span<const u256> amounts);

/// Where a mapping in a contract's storage slot `position` keeps the trader's value, as Solidity and as Vyper hash it.
struct MappingSlots {
    u256 solidity, vyper;
};
inline constexpr uint64_t mapping_positions = 256;  ///< how many are known
const MappingSlots& trader_mapping_slots(uint64_t position);
/// Whether `slot` is one of those.
bool is_trader_slot(const u256& slot);

}  // namespace osprey::strategy
