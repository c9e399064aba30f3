#include "chain/compressed_file.hpp"

#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

namespace osprey::chain {

namespace {

constexpr size_t max_content = size_t{1} << 30;
constexpr int max_window_log = 27;

using File = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

bool is_compressed(const std::filesystem::path& path) { return path.extension() == ".zst"; }

Result<std::string> decompress(std::string_view in) {
    const std::unique_ptr<ZSTD_DCtx, decltype([](ZSTD_DCtx* context) { ZSTD_freeDCtx(context); })> context{
        ZSTD_createDCtx()};
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, max_window_log);
    std::string out;
    // The frame's own claim of its size is a good first guess, and no more than that.
    const auto claimed = ZSTD_getFrameContentSize(in.data(), in.size());
    const bool known = claimed != ZSTD_CONTENTSIZE_UNKNOWN && claimed != ZSTD_CONTENTSIZE_ERROR;
    out.resize(known && claimed > 0 && claimed <= in.size() * 64 ? claimed : in.size() * 8 + 4096);
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    size_t wanted = 1;  // bytes that the current frame still needs; 0 at its end
    while (true) {
        wanted = ZSTD_decompressStream(context.get(), &output, &input);
        if (ZSTD_isError(wanted)) return fail(std::string{"not readable as zstd: "} + ZSTD_getErrorName(wanted));
        if (input.pos == input.size && (wanted == 0 || output.pos < output.size)) break;
        if (output.pos == output.size) {
            if (out.size() >= max_content) return fail("holds more than 1 GiB");
            out.resize(std::min(out.size() * 2, max_content));
            output = {out.data(), out.size(), output.pos};
        }
    }
    if (wanted != 0) return fail("the compressed file is cut short");
    out.resize(output.pos);
    return out;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return fail("is a folder");
    const File file{std::fopen(path.c_str(), "rb")};
    if (!file) return fail(std::string{"cannot be opened: "} + std::strerror(errno));
    std::string content;
    const auto size = std::filesystem::file_size(path, error);
    content.resize(error ? 0 : std::min<size_t>(size, max_content) + 1);
    size_t used = 0;
    while (std::feof(file.get()) == 0 && std::ferror(file.get()) == 0) {
        if (used == content.size()) content.resize(std::max<size_t>(content.size() * 2, 65536));
        used += std::fread(content.data() + used, 1, content.size() - used, file.get());
        if (used > max_content) return fail("is larger than 1 GiB");
    }
    if (std::ferror(file.get()) != 0) return fail(std::string{"cannot be read: "} + std::strerror(errno));
    content.resize(used);
    if (content.empty()) return fail("is empty");
    return is_compressed(path) ? decompress(content) : content;
}

Result<void> write_file(const std::filesystem::path& path, std::string_view content) {
    std::string compressed;
    if (is_compressed(path)) {
        compressed.resize(ZSTD_compressBound(content.size()));
        constexpr int level = 12;  // records are written once and read often
        const auto size = ZSTD_compress(compressed.data(), compressed.size(), content.data(), content.size(), level);
        if (ZSTD_isError(size)) return fail(std::string{"cannot be compressed: "} + ZSTD_getErrorName(size));
        compressed.resize(size);
        content = compressed;
    }
    auto unfinished = path;
    unfinished += ".part";
    {
        File file{std::fopen(unfinished.c_str(), "wb")};
        if (!file) return fail(std::string{"cannot be created: "} + std::strerror(errno));
        const bool written = std::fwrite(content.data(), 1, content.size(), file.get()) == content.size();
        if (std::fclose(file.release()) != 0 || !written)
            return fail(std::string{"cannot be written: "} + std::strerror(errno));
    }
    std::error_code error;
    std::filesystem::rename(unfinished, path, error);
    if (error) return fail("cannot be put in place: " + error.message());
    return {};
}

}  // namespace osprey::chain
