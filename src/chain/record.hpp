#pragma once
// Recorded blocks: one file holds a block, what the chain made of it, and all the state that it touches.

#include <filesystem>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "primitives/error.hpp"
#include "state/memory_state.hpp"
#include "state/witness_state.hpp"
#include "types/block.hpp"
#include "types/json_writer.hpp"

namespace osprey::chain {

struct Record {
    std::filesystem::path path;
    uint64_t chain_id = 0;
    uint64_t number = 0;
    Block block;
    bool has_receipts = false;
    std::vector<Receipt> receipts;                    ///< one a transaction, as recorded
    std::unordered_map<uint64_t, Hash> block_hashes;  ///< always with the parent's
    std::optional<Hash> parent_state_root;            ///< always there with a witness
    std::unique_ptr<state::MemoryState> prestate;     ///< one of the two is set
    std::unique_ptr<state::WitnessState> witness;

    /// The state before the block's first transaction, with the block hashes.
    state::Reader& state() const {
        return witness ? static_cast<state::Reader&>(*witness) : static_cast<state::Reader&>(*prestate);
    }
};

/// Reads a .json or .json.zst record. Nothing in it is believed that can be checked: block, transaction and header
/// hashes, the roots of transactions and withdrawals, senders, the chain of headers, and code by its hash. The error
/// is one line: "<file>: <item>: <why>". Receipts are left to whoever executes the block and compares.
Result<Record> load_record(const std::filesystem::path& path);

/// A state as a record's "prestate".
Result<void> write_prestate(JsonWriter& out, state::MemoryState& state);
/// Writes a record with a prestate in the form that load_record() reads; compressed when the name ends in .zst. The
/// file appears only once it is complete.
Result<void> save_record(const std::filesystem::path& path, const Record& record);

/// The record files among `paths`, each folder standing for the .json and .json.zst files in it: by block number,
/// prestate before witness, no file twice. An error for what does not exist and for a folder without records.
Result<std::vector<std::filesystem::path>> find_records(std::span<const std::filesystem::path> paths);

}  // namespace osprey::chain
