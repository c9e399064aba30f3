#include "chain/find_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace osprey::chain {

namespace fs = std::filesystem;

Result<std::vector<fs::path>> find_files(std::span<const fs::path> paths, const WantedFiles& wanted) {
    std::vector<fs::path> found;
    for (const auto& path : paths) {
        std::error_code error;
        if (!fs::exists(path, error)) return fail(path.string() + ": there is no such file or folder");
        if (!fs::is_directory(path, error)) {
            found.push_back(path);
            continue;
        }
        const auto before = found.size();
        auto entries = fs::recursive_directory_iterator{path, error};
        for (; !error && entries != fs::recursive_directory_iterator{}; entries.increment(error)) {
            if (!wanted.in_subfolders) entries.disable_recursion_pending();
            if (wanted.is_wanted(*entries)) found.push_back(entries->path());
        }
        if (error) return fail(path.string() + ": the folder cannot be read: " + error.message());
        if (found.size() == before) return fail(fmt::format("{}: the folder holds no {}", path.string(), wanted.name));
        std::ranges::sort(found.begin() + static_cast<ptrdiff_t>(before), found.end());
    }
    return found;
}

}  // namespace osprey::chain
