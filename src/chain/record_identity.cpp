#include "chain/record_identity.hpp"

#include "chain/compressed_file.hpp"
#include "types/json_reader.hpp"

namespace osprey::chain {

Result<RecordIdentity> identify_record(const std::filesystem::path& path) {
    const auto text = read_file(path);
    if (!text) return std::unexpected(Error{text.error()}.in(path.string()));
    const auto document = JsonDocument::parse(*text);
    if (!document) return std::unexpected(Error{document.error()}.in(path.string()));
    RecordIdentity identity;
    JsonObject object{document->root()};
    for (const auto& [name, out] : {std::pair{"chainId", &identity.chain_id}, {"number", &identity.number}}) {
        const auto member = object.find(name);
        if (!member || !read_json_number(*member, *out))
            return fail(path.string() + ": " + name + ": missing, or no number");
    }
    return identity;
}

}  // namespace osprey::chain
