#include "local_market/contracts.hpp"

#include <fstream>
#include <iterator>

#include "types/json_reader.hpp"

namespace osprey::local_market {

namespace fs = std::filesystem;

Result<Contracts> Contracts::load(fs::path folder) {
    if (folder.empty()) {
        std::error_code error;
        folder = fs::read_symlink("/proc/self/exe", error).parent_path().parent_path() / "share" / "osprey";
    }
    Contracts contracts;
    contracts.folder_ = folder;
    const fs::path file = folder / "local_market.json";
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return fail("the contracts of the local market are missing: no file " + file.string() + " (made by the build)");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto document = JsonDocument::parse(text);
    if (!document) return fail(file.string() + ": " + document.error().message);
    const auto read = for_each_member(document->root(), [&](std::string_view name, JsonElement artifact) -> JsonStatus {
        contracts.artifacts_.emplace(name, simdjson::minify(artifact));
        return {};
    });
    if (!read) return std::unexpected(read.error().to_error().in(file.string()));
    return contracts;
}

Result<Bytes> Contracts::code(std::string_view contract, std::span<const LinkedLibrary> libraries) const {
    const auto found = artifacts_.find(contract);
    const std::string where = (folder_ / "local_market.json").string() + ": " + std::string{contract};
    if (found == artifacts_.end()) return fail(where + " is missing");
    auto code = creation_code(found->second, libraries);
    if (!code) return std::unexpected(std::move(code).error().in(where));
    return code;
}

}  // namespace osprey::local_market
