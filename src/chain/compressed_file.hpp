#pragma once
// Whole files, plain or zstd-compressed: the name tells which (.zst).

#include <filesystem>
#include <string>
#include <string_view>

#include "primitives/error.hpp"

namespace osprey::chain {

/// At most 1 GiB of content; a file that was cut short is an error.
Result<std::string> read_file(const std::filesystem::path& path);
/// The file appears under its name only once it is complete.
Result<void> write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace osprey::chain
