#pragma once
// Tables of settings: a struct is read, written and listed by one list of its fields.

#include <functional>

#include "config/codec.hpp"

namespace osprey::config {

template <class T>
struct Field {
    std::string_view name;
    bool required = false;
    bool table = false;  ///< or an array of tables
    Status (*read)(const TomlNode& node, T& out) = nullptr;
    /// Appends the setting; of a table with its head. `path`: of the table that it stands in, with a dot behind.
    void (*write)(std::string& out, const std::string& path, std::string_view name, const T& value) = nullptr;
    void (*list)(const std::string& path, std::string_view name, std::vector<std::string>& keys) = nullptr;
};

/// The fields of a table, in the order in which they are written. Defined for each in fields.cpp.
template <class T>
std::span<const Field<T>> fields();
template <>
std::span<const Field<Config>> fields();

/// What holds between the fields of a table that was read; completes it.
template <class T>
Status complete(const TomlNode&, T&) {
    return {};
}
template <>
Status complete(const TomlNode& node, ChainConfig& chain);
template <>
Status complete(const TomlNode& node, Config& config);

/// "did you mean ...?", or what is known.
std::string suggestion(std::string_view unknown, std::span<const std::string_view> known);

template <class T>
Status read_table(const TomlNode& node, T& out) {
    if (node.kind != TomlNode::Kind::table) return mismatch(node, "a table");
    const auto known = fields<T>();
    for (const TomlMember& member : node.members) {
        const auto field = std::ranges::find(known, member.name, &Field<T>::name);
        if (field == known.end()) {
            std::vector<std::string_view> names;
            for (const Field<T>& each : known) names.push_back(each.name);
            auto unknown = fault(member.place, "unknown key; " + suggestion(member.name, names)).error();
            return std::unexpected(std::move(unknown).in_member(member.name));
        }
        if (Status done = field->read(member.value, out); !done)
            return std::unexpected(std::move(done).error().in_member(field->name));
    }
    for (const Field<T>& each : known)
        if (each.required && node.find(each.name) == nullptr)
            return std::unexpected(fault(node.place, "missing").error().in_member(each.name));
    return complete(node, out);
}

template <class T>
void write_fields(std::string& out, const std::string& path, const T& value) {
    for (const bool table : {false, true})
        for (const Field<T>& each : fields<T>())
            if (each.table == table) each.write(out, path, each.name, value);
}
template <class T>
void list_fields(const std::string& path, std::vector<std::string>& keys) {
    for (const Field<T>& each : fields<T>()) each.list(path, each.name, keys);
}

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

/// Fields of T by a member, or by a function to it.
template <class T>
struct FieldsOf {
    template <auto select>
    using Selected = std::remove_cvref_t<std::invoke_result_t<decltype(select), T&>>;

    /// A value. An optional one that is not set is written as a comment.
    template <auto select, class C = void>
    static constexpr Field<T> value(std::string_view name, bool required = false) {
        return {.name = name,
                .required = required,
                .read = [](const TomlNode& node, T& out) -> Status {
                    auto& target = std::invoke(select, out);
                    if constexpr (IsOptional<Selected<select>>::value)
                        return CodecOf<select, C>::read(node, target.emplace());
                    else
                        return CodecOf<select, C>::read(node, target);
                },
                .write =
                    [](std::string& out, const std::string&, std::string_view key, const T& from) {
                        const auto& source = std::invoke(select, from);
                        if constexpr (IsOptional<Selected<select>>::value) {
                            if (source)
                                out += std::string{key} + " = " + CodecOf<select, C>::write(*source) + "\n";
                            else
                                out += "# " + std::string{key} + " is not set\n";
                        } else {
                            out += std::string{key} + " = " + CodecOf<select, C>::write(source) + "\n";
                        }
                    },
                .list = [](const std::string& path, std::string_view key,
                           std::vector<std::string>& keys) { keys.push_back(path + std::string{key}); }};
    }

    template <auto select>
    static constexpr Field<T> table(std::string_view name) {
        using Inner = Selected<select>;
        return {
            .name = name,
            .table = true,
            .read = [](const TomlNode& node, T& out) { return read_table(node, std::invoke(select, out)); },
            .write =
                [](std::string& out, const std::string& path, std::string_view key, const T& from) {
                    const std::string whole = path + std::string{key};
                    out += "\n[" + whole + "]\n";
                    write_fields(out, whole + ".", std::invoke(select, from));
                },
            .list = [](const std::string& path, std::string_view key,
                       std::vector<std::string>& keys) { list_fields<Inner>(path + std::string{key} + ".", keys); }};
    }

    template <auto select>
    static constexpr Field<T> tables(std::string_view name) {
        using Inner = typename Selected<select>::value_type;
        return {
            .name = name,
            .table = true,
            .read = [](const TomlNode& node, T& out) -> Status {
                auto& list = std::invoke(select, out);
                if (node.kind != TomlNode::Kind::array) return mismatch(node, "an array of tables");
                for (size_t i = 0; i < node.items.size(); ++i)
                    if (Status done = read_table(node.items[i], list.emplace_back()); !done)
                        return std::unexpected(std::move(done).error().in_item(i));
                return {};
            },
            .write =
                [](std::string& out, const std::string& path, std::string_view key, const T& from) {
                    const std::string whole = path + std::string{key};
                    for (const Inner& each : std::invoke(select, from)) {
                        out += "\n[[" + whole + "]]\n";
                        write_fields(out, whole + ".", each);
                    }
                },
            .list = [](const std::string& path, std::string_view key,
                       std::vector<std::string>& keys) { list_fields<Inner>(path + std::string{key} + ".", keys); }};
    }

private:
    template <class V>
    struct Unwrapped {
        using Type = V;
    };
    template <class V>
    struct Unwrapped<std::optional<V>> {
        using Type = V;
    };
    template <auto select, class C>
    using CodecOf = std::conditional_t<std::is_void_v<C>, Codec<typename Unwrapped<Selected<select>>::Type>, C>;
};

}  // namespace osprey::config
