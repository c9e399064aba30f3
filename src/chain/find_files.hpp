#pragma once
// The files that paths on a command line mean.

#include <filesystem>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "primitives/error.hpp"

namespace osprey::chain {

struct WantedFiles {
    std::function<bool(const std::filesystem::directory_entry&)> is_wanted;
    std::string_view name;  ///< for people: ".json files"
    bool in_subfolders = false;
};

/// Paths of files as they are; of folders the wanted files in them, sorted. An error for what does not exist
/// and for a folder without any.
Result<std::vector<std::filesystem::path>> find_files(std::span<const std::filesystem::path> paths,
                                                      const WantedFiles& wanted);

}  // namespace osprey::chain
