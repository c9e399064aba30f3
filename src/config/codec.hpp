#pragma once
// How each type of setting is read from the file, and written into it.

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "config/config.hpp"
#include "config/toml_tree.hpp"

namespace osprey::config {

/// "expected a boolean, not a string"
std::unexpected<Fault> mismatch(const TomlNode& node, std::string_view expected);

/// read() and write() of one type; tables are read by fields.hpp.
template <class T>
struct Codec;

template <>
struct Codec<bool> {
    static Status read(const TomlNode& node, bool& out);
    static std::string write(bool value) { return value ? "true" : "false"; }
};
template <>
struct Codec<std::string> {
    static Status read(const TomlNode& node, std::string& out);
    static std::string write(const std::string& value) { return toml_string(value); }
};
template <>
struct Codec<std::filesystem::path> {
    static Status read(const TomlNode& node, std::filesystem::path& out);
    static std::string write(const std::filesystem::path& value) { return toml_string(value.string()); }
};
/// Not zero.
template <>
struct Codec<Address> {
    static Status read(const TomlNode& node, Address& out);
    static std::string write(const Address& value);
};
template <>
struct Codec<Hash> {
    static Status read(const TomlNode& node, Hash& out);
    static std::string write(const Hash& value);
};
/// "ADDRESS", or "ADDRESS:ID" where a contract holds many pools.
template <>
struct Codec<protocol::PoolKey> {
    static Status read(const TomlNode& node, protocol::PoolKey& out);
    static std::string write(const protocol::PoolKey& value);
};
/// Wei.
template <>
struct Codec<u256> {
    static Status read(const TomlNode& node, u256& out);
    static std::string write(const u256& value) { return toml_string(amount_text(value)); }
};
template <>
struct Codec<std::chrono::milliseconds> {
    static Status read(const TomlNode& node, std::chrono::milliseconds& out);
    static std::string write(std::chrono::milliseconds value) { return toml_string(duration_text(value)); }
};
template <>
struct Codec<Share> {
    static Status read(const TomlNode& node, Share& out);
    static std::string write(Share value) { return toml_string(share_text(value)); }
};

Status read_integer(const TomlNode& node, uint64_t least, uint64_t most, uint64_t& out);

/// An integer between the two.
template <uint64_t least, uint64_t most>
struct Between {
    template <std::unsigned_integral T>
    static Status read(const TomlNode& node, T& out) {
        uint64_t value = 0;
        Status done = read_integer(node, least, most, value);
        if (done) out = static_cast<T>(value);
        return done;
    }
    static std::string write(uint64_t value) { return std::to_string(value); }
};
/// TOML's integers end at 2^63 - 1.
template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
struct Codec<T> : Between<0, std::min<uint64_t>(std::numeric_limits<T>::max(), INT64_MAX)> {};

/// The names of an enumeration's values, in their order.
std::span<const std::string_view> names_of(Mode);
std::span<const std::string_view> names_of(LogLevel);
std::span<const std::string_view> names_of(ExecutorBuild);
std::span<const std::string_view> names_of(SubmitTo);
std::span<const std::string_view> names_of(Payment);
std::span<const std::string_view> names_of(networks::FeeModel);
std::span<const std::string_view> names_of(networks::Mempool);
std::span<const std::string_view> names_of(networks::ExchangeKind);
std::span<const std::string_view> names_of(networks::LenderKind);

/// The place of the text among the names.
std::expected<size_t, Fault> read_name(const TomlNode& node, std::span<const std::string_view> names);

template <class T>
    requires std::is_enum_v<T>
struct Codec<T> {
    static Status read(const TomlNode& node, T& out) {
        const auto index = read_name(node, names_of(T{}));
        if (!index) return std::unexpected(index.error());
        out = static_cast<T>(*index);
        return {};
    }
    static std::string write(T value) { return toml_string(names_of(T{})[static_cast<size_t>(value)]); }
};

template <class Inner, class List, class Add>
Status read_items(const TomlNode& node, List& out, Add add) {
    if (node.kind != TomlNode::Kind::array) return mismatch(node, "an array");
    out.clear();
    for (size_t i = 0; i < node.items.size(); ++i) {
        typename List::value_type value{};
        if (Status done = Inner::read(node.items[i], value); !done)
            return std::unexpected(std::move(done).error().in_item(i));
        if (!add(out, std::move(value)))
            return std::unexpected(fault(node.items[i].place, "stands twice").error().in_item(i));
    }
    return {};
}
inline std::string write_items(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const std::string& item : items) out += (out.size() > 1 ? ", " : "") + item;
    return out + "]";
}

template <class T, class Inner = Codec<T>>
struct ListOf {
    static Status read(const TomlNode& node, std::vector<T>& out) {
        return read_items<Inner>(node, out, [](auto& list, T value) {
            if (std::ranges::find(list, value) != list.end()) return false;
            list.push_back(std::move(value));
            return true;
        });
    }
    static std::string write(const std::vector<T>& list) {
        std::vector<std::string> items;
        items.reserve(list.size());
        for (const T& item : list) items.push_back(Inner::write(item));
        return write_items(items);
    }
};
/// Written in order, so that the same set gives the same text.
template <class T, class Inner = Codec<T>>
struct SetOf {
    static Status read(const TomlNode& node, std::unordered_set<T>& out) {
        return read_items<Inner>(node, out, [](auto& set, T value) { return set.insert(std::move(value)).second; });
    }
    static std::string write(const std::unordered_set<T>& set) {
        std::vector<std::string> items;
        items.reserve(set.size());
        for (const T& item : set) items.push_back(Inner::write(item));
        std::ranges::sort(items);
        return write_items(items);
    }
};
template <class T>
struct Codec<std::vector<T>> : ListOf<T> {};
template <class T>
struct Codec<std::unordered_set<T>> : SetOf<T> {};

/// A token's address, or "native".
struct TokenCodec {
    static Status read(const TomlNode& node, Address& out);
    static std::string write(const Address& value);
};
/// A text, or a chain id as an integer.
struct NameOrIdCodec {
    static Status read(const TomlNode& node, std::string& out);
    static std::string write(const std::string& value) { return toml_string(value); }
};
/// A duration of whole seconds.
struct SecondsCodec {
    static Status read(const TomlNode& node, uint64_t& out);
    static std::string write(uint64_t seconds);
};
/// The URL of a node, or where that is to be had.
struct NodeCodec {
    static Status read(const TomlNode& node, Secret& out);
    static std::string write(const Secret& value);
};
/// The address of a database, or where that is to be had.
struct DatabaseCodec {
    static Status read(const TomlNode& node, Secret& out);
    static std::string write(const Secret& value);
};
/// Where a key is to be had.
struct KeyCodec {
    static Status read(const TomlNode& node, Secret& out);
    static std::string write(const Secret& value) { return toml_string(value.shown()); }
};
/// Where a password is to be had.
struct PasswordCodec {
    static Status read(const TomlNode& node, Secret& out);
    static std::string write(const Secret& value) { return toml_string(value.shown()); }
};

}  // namespace osprey::config
