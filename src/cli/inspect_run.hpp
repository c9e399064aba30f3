#pragma once
// Inspecting many blocks: over the processors, in order, and on from where an earlier run was interrupted.

#include <filesystem>
#include <span>

#include "cli/inspect_report.hpp"

namespace osprey::cli {

struct InspectRun {
    KindFilter kinds;
    bool json = false;
    std::filesystem::path out;  ///< empty: standard output
    unsigned jobs = 0;          ///< 0: the number of processors
};

/// Results come in the order of the files, whichever is done first. With `out` a second file, <out>.progress, keeps
/// which files are done and how long the output was then; it goes when all are. The program's status.
int inspect_all(std::span<const std::filesystem::path> files, const InspectRun& run);

}  // namespace osprey::cli
