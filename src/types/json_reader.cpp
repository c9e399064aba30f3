#include "types/json_reader.hpp"

#include <fmt/format.h>

#include "primitives/hex.hpp"

namespace osprey {
namespace {

std::string_view kind_of(JsonElement e) {
    switch (e.type()) {
        case simdjson::dom::element_type::ARRAY:
            return "an array";
        case simdjson::dom::element_type::OBJECT:
            return "an object";
        case simdjson::dom::element_type::STRING:
            return "a string";
        case simdjson::dom::element_type::BOOL:
            return "a boolean";
        case simdjson::dom::element_type::NULL_VALUE:
            return "null";
        default:
            return "a number";
    }
}

/// The text in quotes, cut where it would fill the screen.
std::string quoted(std::string_view text) {
    constexpr size_t most = 80;
    if (text.size() <= most) return fmt::format("\"{}\"", text);
    return fmt::format("\"{}...\" ({} characters)", text.substr(0, most), text.size());
}

JsonStatus text_of(JsonElement e, std::string_view expected, std::string_view& out) {
    if (e.get(out) != simdjson::SUCCESS) return json_mismatch(expected, e);
    return {};
}

template <class T, class Parse>
JsonStatus parse_text(JsonElement e, std::string_view expected, T& out, Parse&& parse) {
    std::string_view text;
    if (auto done = text_of(e, expected, text); !done) return done;
    // The primitives also take text without a prefix, for people; JSON-RPC always has it.
    if (!text.starts_with("0x")) return json_fail(fmt::format("expected {}, not {}", expected, quoted(text)));
    auto value = parse(text);
    if (!value) return json_fail(fmt::format("expected {}, not {}: {}", expected, quoted(text), value.error().message));
    out = std::move(*value);
    return {};
}

template <size_t N>
JsonStatus parse_fixed(JsonElement e, FixedBytes<N>& out) {
    const auto expected = fmt::format("0x and {} hex digits", 2 * N);
    std::string_view text;
    if (auto done = text_of(e, expected, text); !done) return done;
    if (!text.starts_with("0x") || !parse_hex_to(text, out.bytes))
        return json_fail(fmt::format("expected {}, not {}", expected, quoted(text)));
    return {};
}

}  // namespace

JsonError JsonError::in_member(std::string_view name) && {
    if (!path.empty() && path[0] != '[') path.insert(0, 1, '.');
    path.insert(0, name);
    return std::move(*this);
}

JsonError JsonError::in_item(size_t index) && {
    if (!path.empty() && path[0] != '[') path.insert(0, 1, '.');
    path.insert(0, fmt::format("[{}]", index));
    return std::move(*this);
}

std::unexpected<JsonError> json_mismatch(std::string_view expected, JsonElement found) {
    return json_fail(fmt::format("expected {}, not {}", expected, kind_of(found)));
}

Result<JsonDocument> JsonDocument::parse(std::string_view text) {
    // simdjson copies its input with memcpy, which may not be given the null pointer of an empty view.
    if (text.empty()) return fail("not valid JSON: the text is empty");
    JsonDocument document;
    document.parser_ = std::make_unique<simdjson::dom::parser>();
    const auto parsed = document.parser_->parse(text.data(), text.size());
    if (const auto error = parsed.error(); error != simdjson::SUCCESS)
        return fail(fmt::format("not valid JSON: {}", simdjson::error_message(error)));
    document.root_ = parsed.value_unsafe();
    return document;
}

JsonStatus read_json(JsonElement e, uint64_t& out) {
    return parse_text(e, "a quantity", out, [](std::string_view t) { return parse_quantity_u64(t); });
}
JsonStatus read_json(JsonElement e, u256& out) {
    return parse_text(e, "a quantity", out, [](std::string_view t) { return parse_quantity(t); });
}
JsonStatus read_json(JsonElement e, Bytes& out) {
    return parse_text(e, "hex bytes", out, [](std::string_view t) { return parse_hex(t); });
}
JsonStatus read_json(JsonElement e, Address& out) { return parse_fixed<20>(e, out); }
JsonStatus read_json(JsonElement e, Hash& out) { return parse_fixed<32>(e, out); }
JsonStatus read_json(JsonElement e, Bloom& out) { return parse_fixed<256>(e, out); }
JsonStatus read_json(JsonElement e, FixedBytes<8>& out) { return parse_fixed<8>(e, out); }

JsonStatus read_json(JsonElement e, bool& out) {
    if (e.get(out) != simdjson::SUCCESS) return json_mismatch("true or false", e);
    return {};
}

JsonStatus read_json(JsonElement e, std::string& out) {
    std::string_view text;
    auto done = text_of(e, "a string", text);
    if (done) out = text;
    return done;
}

JsonStatus read_json_number(JsonElement e, uint64_t& out) {
    if (e.get(out) != simdjson::SUCCESS) {
        if (e.is_number()) return json_fail("expected an integer from 0 to 2^64-1");
        return json_mismatch("a number", e);
    }
    return {};
}

JsonStatus read_json_integer(JsonElement e, u256& out) {
    uint64_t number = 0;
    if (e.is_number()) {
        auto done = read_json_number(e, number);
        if (done) out = number;
        return done;
    }
    std::string_view text;
    if (e.get(text) != simdjson::SUCCESS) return json_mismatch("an integer", e);
    if (!parse_u256(text, out)) return json_fail("expected an integer from 0 to 2^256-1, decimal or 0x-hex");
    return {};
}

JsonObject::JsonObject(JsonElement e) {
    if (e.get(object_) != simdjson::SUCCESS) status_ = json_mismatch("an object", e);
}

std::optional<JsonElement> JsonObject::find(std::string_view name) const {
    if (!status_) return std::nullopt;
    JsonElement member;
    if (object_.at_key(name).get(member) != simdjson::SUCCESS || member.is_null()) return std::nullopt;
    return member;
}

JsonObject& JsonObject::integer(std::string_view name, u256& out) {
    if (const auto member = find(name)) {
        if (auto done = read_json_integer(*member, out); !done)
            status_ = std::unexpected(std::move(done).error().in_member(name));
    } else {
        refuse(name, "missing");
    }
    return *this;
}

JsonObject& JsonObject::integers(std::string_view name, std::vector<u256>& out) {
    out.clear();
    if (const auto member = find(name)) {
        auto done = for_each_item(
            *member, [&](JsonElement item, size_t) { return read_json_integer(item, out.emplace_back()); });
        if (!done) status_ = std::unexpected(std::move(done).error().in_member(name));
    } else {
        refuse(name, "missing");
    }
    return *this;
}

JsonObject& JsonObject::number(std::string_view name, uint64_t& out, uint64_t most) {
    if (const auto member = find(name)) {
        if (auto done = read_json_number(*member, out); !done)
            status_ = std::unexpected(std::move(done).error().in_member(name));
        else if (out > most)
            refuse(name, "it is above " + std::to_string(most));
    } else {
        refuse(name, "missing");
    }
    return *this;
}

void JsonObject::refuse(std::string_view name, std::string message) {
    if (status_) status_ = std::unexpected(JsonError{std::string{name}, std::move(message)});
}

}  // namespace osprey
