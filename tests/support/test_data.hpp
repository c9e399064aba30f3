#pragma once
// Where the recorded data of the tests is. A test without its data skips, and says which file it missed.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace osprey::test {

/// A path below the data folder: OSPREY_DATA, or ../shared/data beside the project.
inline std::filesystem::path test_data(const std::filesystem::path& relative) {
    const char* root = std::getenv("OSPREY_DATA");
    if (root != nullptr && *root != '\0') return std::filesystem::path{root} / relative;
    return std::filesystem::path{OSPREY_SOURCE_DIR} / ".." / "shared" / "data" / relative;
}

/// The unpacked archive of official tests (et/ and lt/ are in it); none when the archive is absent or cannot be read.
/// Unpacked once for each user and version of the archive, into the system's folder for temporary files. Programs that
/// start at once each unpack for themselves; the first to finish renames its folder into place.
inline std::optional<std::filesystem::path> statetests_dir() {
    namespace fs = std::filesystem;
    static const std::optional<fs::path> unpacked = []() -> std::optional<fs::path> {
        const fs::path archive = test_data("statetests/statetests.tar.zst");
        std::error_code ec;
        const auto size = fs::file_size(archive, ec);
        if (ec) return std::nullopt;
        const auto changed = fs::last_write_time(archive, ec).time_since_epoch().count();
        if (ec) return std::nullopt;

        const std::string user = std::to_string(::getuid());
        const fs::path cache = fs::temp_directory_path() / ("osprey-tests-" + user);
        fs::create_directories(cache, ec);
        fs::permissions(cache, fs::perms::owner_all, ec);
        if (ec) return std::nullopt;  // somebody else's folder: nothing in it is to be trusted

        const fs::path target = cache / ("statetests-" + std::to_string(size) + "-" + std::to_string(changed));
        if (fs::is_directory(target, ec)) return target;
        std::string scratch = (cache / "unpacking-XXXXXX").string();
        if (::mkdtemp(scratch.data()) == nullptr) return std::nullopt;
        const std::string command = "bash -c 'set -o pipefail; zstd -d -q --long=27 -c \"$0\" | tar -x -C \"$1\"' '" +
                                    archive.string() + "' '" + scratch + "'";
        const bool done = std::system(command.c_str()) == 0;
        if (done) fs::rename(scratch, target, ec);
        if (!done || ec) fs::remove_all(scratch, ec);
        if (fs::is_directory(target, ec)) return target;
        return std::nullopt;
    }();
    return unpacked;
}

/// Why a test that needs statetests_dir() is skipped.
inline std::string statetests_missing() {
    return "the official tests are absent: no readable " + test_data("statetests/statetests.tar.zst").string();
}

}  // namespace osprey::test
