#include "chain/archive.hpp"

#include <charconv>
#include <string_view>

#include "chain/compressed_file.hpp"

namespace osprey::chain {

namespace {

// POSIX.1-1988 (ustar): a header block, the content, padding; two blocks of zeros end it.
constexpr size_t block_size = 512;
constexpr size_t name_at = 0, name_size = 100;
constexpr size_t size_at = 124, size_size = 12;
constexpr size_t type_at = 156;
constexpr size_t magic_at = 257;
constexpr size_t prefix_at = 345, prefix_size = 155;

std::string_view text_at(std::string_view header, size_t at, size_t size) {
    const std::string_view field = header.substr(at, size);
    return field.substr(0, field.find('\0'));
}

Result<std::vector<ArchivedFile>> parse(std::string_view in) {
    std::vector<ArchivedFile> files;
    std::string long_name;  // GNU: the next entry's name, where it does not fit the header
    while (in.size() >= block_size && in[0] != '\0') {
        const std::string_view header = in.substr(0, block_size);
        in.remove_prefix(block_size);
        if (!header.substr(magic_at).starts_with("ustar")) return fail("is not a tar archive");
        const std::string_view digits = text_at(header, size_at, size_size);
        size_t size = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 8);
        if (error != std::errc{} || size > in.size()) return fail("the archive is cut short or damaged");
        const std::string_view content = in.substr(0, size);
        in.remove_prefix(std::min(in.size(), (size + block_size - 1) / block_size * block_size));

        std::string name{text_at(header, name_at, name_size)};
        // GNU's own header uses the prefix field for something else.
        if (header[magic_at + 5] == '\0')
            if (const auto prefix = text_at(header, prefix_at, prefix_size); !prefix.empty())
                name.insert(0, 1, '/').insert(0, prefix);
        switch (header[type_at]) {
            case 'L':
                long_name = content.substr(0, content.find('\0'));
                continue;
            case '0':
            case '\0':
                files.push_back({long_name.empty() ? std::move(name) : long_name, std::string{content}});
                break;
            default:  // folders, links, extended attributes
                break;
        }
        long_name.clear();
    }
    return files;
}

}  // namespace

Result<std::vector<ArchivedFile>> read_archive(const std::filesystem::path& path) {
    const auto content = read_file(path);
    auto files = content ? parse(*content) : std::unexpected(content.error());
    if (!files) return std::unexpected(std::move(files.error()).in(path.string()));
    return files;
}

}  // namespace osprey::chain
