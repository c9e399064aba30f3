#include "cli/bench_records.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "chain/record.hpp"

namespace osprey::cli {

namespace fs = std::filesystem;

fs::path project_data() {
    const char* root = std::getenv("OSPREY_DATA");
    return root != nullptr && *root != '\0' ? fs::path{root} : fs::path{"../shared/data"};
}

Result<std::vector<fs::path>> bench_records(std::span<const fs::path> paths) {
    const fs::path blocks = project_data() / "blocks";
    return chain::find_records(paths.empty() ? std::span{&blocks, 1} : paths);
}

std::vector<fs::path> busy_records() {
    std::vector<fs::path> files;
    for (const unsigned number :
         {10760440, 12047794, 12159808, 12244000, 12522062, 16146267, 18085863, 19917570, 19933612}) {
        fs::path file = project_data() / "blocks" / fmt::format("{}.prestate.json.zst", number);
        if (std::error_code error; fs::exists(file, error)) files.push_back(std::move(file));
    }
    return files;
}

}  // namespace osprey::cli
