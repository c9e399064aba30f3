#pragma once
// Typed reading of JSON (simdjson's DOM) that never trusts its input: every failure names the item, as in
// "transactions[3].gas: ...". Only .cpp files include this; json.hpp is for everybody else.
//
// A type is made readable by a function `JsonStatus read_json(JsonElement, T&)` in the type's namespace.

#include <simdjson.h>

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"
#include "types/block.hpp"

namespace osprey {

using JsonElement = simdjson::dom::element;

/// What is wrong, and where, seen from the value that is being read. The path grows as the error travels outwards.
struct JsonError {
    std::string path;
    std::string message;

    JsonError in_member(std::string_view name) &&;
    JsonError in_item(size_t index) &&;
    Error to_error() const { return Error{path.empty() ? message : path + ": " + message}; }
};
using JsonStatus = std::expected<void, JsonError>;

inline std::unexpected<JsonError> json_fail(std::string message) {
    return std::unexpected(JsonError{{}, std::move(message)});
}
/// "expected an object, not a string"
std::unexpected<JsonError> json_mismatch(std::string_view expected, JsonElement found);

/// A parsed text with the memory that its elements point into.
class JsonDocument {
public:
    static Result<JsonDocument> parse(std::string_view text);
    JsonElement root() const { return root_; }

private:
    std::unique_ptr<simdjson::dom::parser> parser_;
    JsonElement root_;
};

// Numbers that JSON-RPC writes as quantities ("0x1f"), byte strings and hashes as "0x" and two digits a byte.
JsonStatus read_json(JsonElement e, uint64_t& out);
JsonStatus read_json(JsonElement e, u256& out);
JsonStatus read_json(JsonElement e, bool& out);
JsonStatus read_json(JsonElement e, std::string& out);
JsonStatus read_json(JsonElement e, Bytes& out);
JsonStatus read_json(JsonElement e, Address& out);
JsonStatus read_json(JsonElement e, Hash& out);
JsonStatus read_json(JsonElement e, Bloom& out);
JsonStatus read_json(JsonElement e, FixedBytes<8>& out);
/// An integer that is written as a JSON number.
JsonStatus read_json_number(JsonElement e, uint64_t& out);
/// An integer of our own forms: decimal digits or 0x-hex as text, or a JSON number below 2^64.
JsonStatus read_json_integer(JsonElement e, u256& out);

JsonStatus read_json(JsonElement e, AccessListEntry& out);
JsonStatus read_json(JsonElement e, Authorization& out);
JsonStatus read_json(JsonElement e, Transaction& out);
JsonStatus read_json(JsonElement e, Log& out);
JsonStatus read_json(JsonElement e, Receipt& out);
JsonStatus read_json(JsonElement e, Withdrawal& out);
JsonStatus read_json(JsonElement e, Header& out);
JsonStatus read_json(JsonElement e, Block& out);

/// f(item, index) for each; an error gets the index into its path.
template <class F>
JsonStatus for_each_item(JsonElement e, F&& f) {
    simdjson::dom::array array;
    if (e.get(array) != simdjson::SUCCESS) return json_mismatch("an array", e);
    size_t index = 0;
    for (const JsonElement item : array) {
        if (JsonStatus done = f(item, index); !done) return std::unexpected(std::move(done).error().in_item(index));
        ++index;
    }
    return {};
}

/// f(key, value) for each member; an error gets the key into its path.
template <class F>
JsonStatus for_each_member(JsonElement e, F&& f) {
    simdjson::dom::object object;
    if (e.get(object) != simdjson::SUCCESS) return json_mismatch("an object", e);
    for (const auto& [key, value] : object)
        if (JsonStatus done = f(key, value); !done) return std::unexpected(std::move(done).error().in_member(key));
    return {};
}

template <class T>
JsonStatus read_json(JsonElement e, std::vector<T>& out)
    requires(!std::same_as<T, uint8_t>)
{
    out.clear();
    return for_each_item(e, [&](JsonElement item, size_t) { return read_json(item, out.emplace_back()); });
}

/// Members of one object by name. The first failure sticks and later reads do nothing, so that a caller checks once.
class JsonObject {
public:
    explicit JsonObject(JsonElement e);

    /// The member, unless it is absent or null.
    std::optional<JsonElement> find(std::string_view name) const;

    template <class T>
    JsonObject& required(std::string_view name, T& out) {
        if (!status_) return *this;
        if (const auto member = find(name)) {
            read(name, *member, out);
        } else {
            refuse(name, "missing");
        }
        return *this;
    }
    /// Leaves `out` as it is when the member is absent or null.
    template <class T>
    JsonObject& optional(std::string_view name, T& out) {
        if (!status_) return *this;
        if (const auto member = find(name)) read(name, *member, out);
        return *this;
    }
    template <class T>
    JsonObject& optional(std::string_view name, std::optional<T>& out) {
        out.reset();
        if (!status_) return *this;
        if (const auto member = find(name)) read(name, *member, out.emplace());
        return *this;
    }
    /// By read_json_integer(): one, or an array of them.
    JsonObject& integer(std::string_view name, u256& out);
    JsonObject& integers(std::string_view name, std::vector<u256>& out);
    /// A JSON number, at most `most`.
    JsonObject& number(std::string_view name, uint64_t& out, uint64_t most = UINT64_MAX);
    void refuse(std::string_view name, std::string message);

    bool ok() const { return status_.has_value(); }
    JsonStatus end() {
        if (status_) return {};
        return std::move(status_);
    }

private:
    template <class T>
    void read(std::string_view name, JsonElement member, T& out) {
        if (JsonStatus done = read_json(member, out); !done)
            status_ = std::unexpected(std::move(done).error().in_member(name));
    }
    simdjson::dom::object object_;
    JsonStatus status_;
};

}  // namespace osprey
