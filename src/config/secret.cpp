#include "config/secret.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace osprey::config {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix_of(Secret::Source source) noexcept {
    switch (source) {
        case Secret::Source::environment:
            return "env:";
        case Secret::Source::file:
            return "file:";
        case Secret::Source::keystore:
            return "keystore:";
        case Secret::Source::literal:
            break;
    }
    return "";
}

Result<std::string> read_private(const fs::path& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) return fail(std::strerror(errno));
    if (!S_ISREG(info.st_mode)) return fail("no regular file");
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(
            fmt::format("others than its owner have rights on it (mode {:o}): chmod 600", info.st_mode & 0777U));
    std::ifstream in{path, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (in.bad() || !in.is_open()) return fail("cannot be read");
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return text;
}

}  // namespace

Result<Secret> Secret::parse(std::string_view text) {
    Secret secret;
    secret.text_ = text;
    for (const Source source : {Source::environment, Source::file, Source::keystore}) {
        const std::string_view prefix = prefix_of(source);
        if (!text.starts_with(prefix)) continue;
        secret.source_ = source;
        secret.text_ = text.substr(prefix.size());
        if (secret.text_.empty()) return fail(fmt::format("nothing stands behind \"{}\"", prefix));
    }
    return secret;
}

std::string Secret::shown() const {
    return source_ == Source::literal ? "***" : std::string{prefix_of(source_)} + text_;
}

Result<std::string> reveal(const Secret& secret, const fs::path& folder) {
    switch (secret.source_) {
        case Secret::Source::literal:
            return secret.text_;
        case Secret::Source::environment: {
            const char* value = std::getenv(secret.text_.c_str());
            if (value == nullptr || *value == '\0') return fail(secret.shown() + ": the variable is not set");
            return std::string{value};
        }
        case Secret::Source::file: {
            auto text = read_private(folder / secret.text_);
            if (!text) return std::unexpected(std::move(text).error().in(secret.shown()));
            if (text->empty()) return fail(secret.shown() + ": the file is empty");
            return text;
        }
        case Secret::Source::keystore:
            break;
    }
    return fail(secret.shown() + ": keystores are not read yet; env: and file: are");
}

}  // namespace osprey::config
