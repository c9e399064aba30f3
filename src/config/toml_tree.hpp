#pragma once
// A TOML text as a tree of plain values, each with its place. What reads it does not see the library behind.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace osprey::config {

struct Place {
    uint32_t line = 0, column = 0;  ///< from 1; 0: unknown
};

struct TomlMember;

struct TomlNode {
    enum class Kind : uint8_t { text, integer, floating, boolean, date, array, table };
    Kind kind = Kind::table;
    Place place;
    std::string text;
    int64_t integer = 0;
    double floating = 0;
    bool boolean = false;
    std::vector<TomlNode> items;      ///< of an array
    std::vector<TomlMember> members;  ///< of a table, as they stand in the file

    /// Null: there is none.
    const TomlNode* find(std::string_view name) const;
};
struct TomlMember {
    std::string name;
    Place place;
    TomlNode value;
};

/// "a string", "an array"
std::string_view name_of(TomlNode::Kind kind) noexcept;

/// What is wrong, and where. The path grows as the fault travels outwards.
struct Fault {
    Place place;
    std::string path;  ///< "chain[0].search.max_hops"
    std::string message;

    Fault in_member(std::string_view name) &&;
    Fault in_item(size_t index) &&;
};
using Status = std::expected<void, Fault>;

inline std::unexpected<Fault> fault(const Place& place, std::string message) {
    return std::unexpected(Fault{place, {}, std::move(message)});
}

std::expected<TomlNode, Fault> parse_toml(std::string_view text);

/// The text without what may be a secret: runs of 16 letters and digits or more.
std::string without_secrets(std::string_view text);

/// In quotes, with what TOML wants escaped.
std::string toml_string(std::string_view text);

}  // namespace osprey::config
