#pragma once
// Archives of data sets: tar, plain or zstd-compressed, read into memory.

#include <filesystem>
#include <string>
#include <vector>

#include "primitives/error.hpp"

namespace osprey::chain {

struct ArchivedFile {
    std::string name;  ///< with its folders, as the archive has it
    std::string content;
};

/// The ordinary files of a .tar or .tar.zst, in order. The error names the archive.
Result<std::vector<ArchivedFile>> read_archive(const std::filesystem::path& path);

}  // namespace osprey::chain
