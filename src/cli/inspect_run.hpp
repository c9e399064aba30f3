#pragma once
// Inspecting many blocks: over the processors, in order, and on from where an earlier run was interrupted.

#include <filesystem>
#include <functional>
#include <span>

#include "cli/inspect_report.hpp"

namespace osprey::cli {

struct InspectRun {
    KindFilter kinds;
    bool json = false;
    std::filesystem::path out;  ///< empty: standard output
    std::string store;          ///< the database's address; empty: none
    bool again = false;         ///< also blocks that the database has
    unsigned jobs = 0;          ///< 0: the number of processors
};

/// Whether a block need not be inspected, because the database has it. Empty: there is no such block.
using IsKnown = std::function<bool(uint64_t chain_id, uint64_t number)>;

/// Inspects the block with this number in the list, or gives nothing for a known one. Called from several threads, each
/// with a machine of its own.
using InspectOne = std::function<Result<std::optional<inspect::Inspection>>(evm::Machine& machine, size_t index,
                                                                            const IsKnown& known)>;

/// Results come in the order of the names, whichever is done first, and of two of the same block a database gets the
/// first. The program's status.
int inspect_all(std::span<const std::string> names, const InspectOne& one, const InspectRun& run);

}  // namespace osprey::cli
