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
    unsigned jobs = 0;          ///< 0: the number of processors
};

/// Inspects the block with this number in the list. Called from several threads, each with a machine of its own.
using InspectOne = std::function<Result<inspect::Inspection>(evm::Machine& machine, size_t index)>;

/// Results come in the order of the names, whichever is done first. With `out` a second file, <out>.progress, keeps
/// which names are done and how long the output was then; it goes when all are. The program's status.
int inspect_all(std::span<const std::string> names, const InspectOne& one, const InspectRun& run);

}  // namespace osprey::cli
