#pragma once
// The forks of Ethereum's execution layer, in order, and which is active when: chain rules as data.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "primitives/bytes.hpp"

namespace osprey::evm {

/// Ordered: a later fork has everything of the earlier ones unless a rule took it back.
enum class Fork : uint8_t {
    frontier,
    homestead,
    tangerine_whistle,  ///< EIP-150
    spurious_dragon,    ///< EIP-158
    byzantium,
    constantinople,  ///< with EIP-1283
    petersburg,
    istanbul,
    berlin,
    london,
    paris,
    shanghai,
    cancun,
    prague,
    osaka,
};
inline constexpr int fork_count = 15;

/// Rules of the OP stack beside those of the fork. Regolith came with Bedrock on every chain whose blocks begin there.
enum class OpFork : uint8_t {
    none,  ///< no OP-stack chain
    regolith,
    canyon,
    ecotone,
    fjord,
    granite,
    holocene,
    isthmus,
    jovian,
};

std::string_view name_of(Fork fork) noexcept;

/// EIP-7840 / EIP-7892: blob limits that change on a schedule of their own. All in blobs but update_fraction.
struct BlobSchedule {
    uint64_t target = 0;
    uint64_t max = 0;
    uint64_t update_fraction = 1;
};

/// One row of a chain's history: from this block (until Paris) or this timestamp (after) on.
struct ForkActivation {
    Fork fork;
    bool by_timestamp;
    uint64_t at;             ///< block number or seconds
    BlobSchedule blobs;      ///< zero before Cancun
    std::string_view label;  ///< as people call it: "DAO", "arrowGlacier", "BPO1"; names the rows that change no opcode
    OpFork op_fork = OpFork::none;
};

/// What is particular to one chain. Adding a chain is one such value.
struct ChainSpec {
    uint64_t chain_id;
    std::string_view name;
    std::span<const ForkActivation> forks;  ///< ascending
    uint64_t dao_fork_block = UINT64_MAX;   ///< EIP-779
    bool op_stack = false;                  ///< deposit transactions and L1 fees, by the rows' op_fork
    Address deposit_contract{};             ///< EIP-6110
};

/// The row in force for a block; every spec starts at block 0.
const ForkActivation& activation_at(const ChainSpec& chain, uint64_t number, uint64_t timestamp) noexcept;
/// nullptr for a chain that is not in the table.
const ChainSpec* find_chain(uint64_t chain_id) noexcept;

}  // namespace osprey::evm
