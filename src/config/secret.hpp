#pragma once
// What must not be seen: where it is to be had, or itself. No message and no print of the configuration shows it.

#include <filesystem>
#include <string>
#include <string_view>

#include "primitives/error.hpp"

namespace osprey::config {

class Secret {
public:
    enum class Source : uint8_t {
        literal,      ///< the text itself
        environment,  ///< "env:NAME"
        file,         ///< "file:PATH"
        keystore,     ///< "keystore:PATH": Web3 Secret Storage, for keys only; not read yet
    };

    Secret() = default;
    /// By its prefix; without one it is a literal. The error: nothing stands behind the prefix.
    static Result<Secret> parse(std::string_view text);

    Source source() const noexcept { return source_; }
    /// Of the variable or file. Empty for a literal.
    std::string_view name() const noexcept { return source_ == Source::literal ? std::string_view{} : text_; }
    /// The reference as it was written; a literal as "***".
    std::string shown() const;

    bool operator==(const Secret&) const = default;

private:
    friend Result<std::string> reveal(const Secret& secret, const std::filesystem::path& folder);

    Source source_ = Source::literal;
    std::string text_;  ///< without the prefix
};

/// The secret itself, without the line's end of a file. Files are looked for in `folder`, and refused when others than
/// their owner may read them. The error names the source, never the content. A keystore is always an error: its file is
/// not read yet.
Result<std::string> reveal(const Secret& secret, const std::filesystem::path& folder);

}  // namespace osprey::config
