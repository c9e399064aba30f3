#include "config/toml_tree.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>

namespace osprey::config {

namespace {

Place place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

TomlNode convert(const toml::node& node) {
    using Kind = TomlNode::Kind;
    TomlNode out;
    out.place = place_of(node.source());
    if (const auto* text = node.as_string()) {
        out.kind = Kind::text;
        out.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
        out.kind = Kind::integer;
        out.integer = integer->get();
    } else if (const auto* floating = node.as_floating_point()) {
        out.kind = Kind::floating;
        out.floating = floating->get();
    } else if (const auto* boolean = node.as_boolean()) {
        out.kind = Kind::boolean;
        out.boolean = boolean->get();
    } else if (const auto* array = node.as_array()) {
        out.kind = Kind::array;
        for (const toml::node& item : *array) out.items.push_back(convert(item));
    } else if (const auto* table = node.as_table()) {
        for (const auto& [key, value] : *table)
            out.members.push_back({std::string{key.str()}, place_of(key.source()), convert(value)});
        std::ranges::sort(out.members, {}, [](const TomlMember& m) { return std::pair{m.place.line, m.place.column}; });
    } else {
        out.kind = Kind::date;
    }
    return out;
}

}  // namespace

const TomlNode* TomlNode::find(std::string_view name) const {
    const auto at = std::ranges::find(members, name, &TomlMember::name);
    return at == members.end() ? nullptr : &at->value;
}

std::string_view name_of(TomlNode::Kind kind) noexcept {
    constexpr std::array names = {"a string", "an integer", "a number with a fraction", "a boolean", "a date",
                                  "an array", "a table"};
    return names[static_cast<size_t>(kind)];
}

Fault Fault::in_member(std::string_view name) && {
    path = std::string{name} + (path.empty() || path.starts_with('[') ? "" : ".") + path;
    return std::move(*this);
}

Fault Fault::in_item(size_t index) && {
    path = fmt::format("[{}]{}{}", index, path.empty() || path.starts_with('[') ? "" : ".", path);
    return std::move(*this);
}

std::expected<TomlNode, Fault> parse_toml(std::string_view text) {
    try {
        return convert(toml::parse(text));
    } catch (const toml::parse_error& error) {
        // It quotes the text as it stands, ends of lines among it.
        std::string why{error.description()};
        std::ranges::replace_if(why, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
        return fault(place_of(error.source()), std::move(why));
    }
}

std::string without_secrets(std::string_view text) {
    constexpr size_t longest = 15;
    const auto is_part = [](char c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'); };
    std::string out;
    while (!text.empty()) {
        const auto run = static_cast<size_t>(std::ranges::find_if_not(text, is_part) - text.begin());
        if (run > longest)
            out += "***";
        else
            out += text.substr(0, run);
        text.remove_prefix(run);
        if (text.empty()) break;
        out += text.front();
        text.remove_prefix(1);
    }
    return out;
}

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += {'\\', c};
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            out += c;
    }
    return out + '"';
}

}  // namespace osprey::config
