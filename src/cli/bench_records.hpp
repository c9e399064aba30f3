#pragma once
// Where benchmarks look when they are given no paths.

#include <filesystem>
#include <span>
#include <vector>

#include "primitives/error.hpp"

namespace osprey::cli {

inline constexpr const char* project_data_help = "default: the project's data, in $OSPREY_DATA or ../shared/data";
std::filesystem::path project_data();

/// The records in these paths; in the project's recorded mainnet blocks where there are none.
Result<std::vector<std::filesystem::path>> bench_records(std::span<const std::filesystem::path> paths);

/// Of those blocks, as records with prestate, a few with many swaps, from Muir Glacier to Cancun; empty where the data
/// is absent.
std::vector<std::filesystem::path> busy_records();

}  // namespace osprey::cli
