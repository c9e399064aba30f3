#pragma once
// JSON text, written front to back into one string: what every --json output is made with.

#include <concepts>
#include <string>
#include <string_view>

#include "primitives/bytes.hpp"

namespace osprey {

/// Puts in the commas and the escapes. The caller keeps begin and end in pairs and writes a key before each value of
/// an object. Text that is not UTF-8 (a token's symbol, say) comes out with U+FFFD in place of what is wrong.
class JsonWriter {
public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    JsonWriter& key(std::string_view name);

    JsonWriter& string(std::string_view text);
    JsonWriter& boolean(bool value) { return literal(value ? "true" : "false"); }
    JsonWriter& null() { return literal("null"); }
    /// All digits, also beyond 2^53, where JavaScript rounds: use quantity() or decimal() for such values.
    template <std::integral T>
        requires(!std::same_as<T, bool> && !std::same_as<T, char>)
    JsonWriter& number(T value) {
        return literal(std::to_string(value));
    }
    JsonWriter& number(double value);         ///< shortest form that reads back the same; null when not finite
    JsonWriter& quantity(const u256& value);  ///< "0x1f", as JSON-RPC has it
    JsonWriter& decimal(const u256& value);   ///< "31", as text: wei does not fit a JSON number
    JsonWriter& hex(BytesView bytes);         ///< "0x…"
    JsonWriter& raw(std::string_view json);   ///< a value that is JSON already

    /// key() and the value that fits the type: text, bytes (hex), bool, integer or floating-point number.
    template <class T>
    JsonWriter& member(std::string_view name, const T& value) {
        key(name);
        if constexpr (std::same_as<T, bool>)
            return boolean(value);
        else if constexpr (std::integral<T> || std::floating_point<T>)
            return number(value);
        else if constexpr (std::convertible_to<T, std::string_view>)
            return string(value);
        else
            return hex(value);
    }

    std::string_view view() const { return out_; }
    std::string take() && { return std::move(out_); }
    void clear() {
        out_.clear();
        first_ = true;
    }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    JsonWriter& literal(std::string_view text);
    void separate();

    std::string out_;
    bool first_ = true;  ///< nothing stands before the next item in its container
};

}  // namespace osprey
