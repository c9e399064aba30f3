#include "types/json_writer.hpp"

#include <fmt/format.h>

#include <cmath>

#include "primitives/hex.hpp"

namespace osprey {
namespace {

/// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode, table 3-7), 0 when there is none.
size_t utf8_length(std::string_view text) {
    const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto continues = [&](size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return byte(i) >= low && byte(i) <= high;
    };
    const unsigned b = byte(0);
    if (b < 0x80) return 1;
    if (b >= 0xc2 && b <= 0xdf) return continues(1) ? 2 : 0;
    if (b >= 0xe0 && b <= 0xef) {
        const unsigned low = b == 0xe0 ? 0xa0 : 0x80;   // no overlong form
        const unsigned high = b == 0xed ? 0x9f : 0xbf;  // no surrogate
        return continues(1, low, high) && continues(2) ? 3 : 0;
    }
    if (b >= 0xf0 && b <= 0xf4) {
        const unsigned low = b == 0xf0 ? 0x90 : 0x80;
        const unsigned high = b == 0xf4 ? 0x8f : 0xbf;  // not beyond U+10FFFF
        return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

void append_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        size_t length = utf8_length(text);
        const char c = text[0];
        if (length == 0) {
            out += "\xef\xbf\xbd";
            length = 1;
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
}

}  // namespace

void JsonWriter::separate() {
    if (!first_) out_ += ',';
    first_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ += bracket;
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::literal(std::string_view text) {
    separate();
    out_ += text;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    string(name);
    out_ += ':';
    first_ = true;  // no comma between a key and its value
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
    separate();
    out_ += '"';
    append_escaped(out_, text);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::number(double value) {
    if (!std::isfinite(value)) return null();
    return literal(fmt::format("{}", value));
}

JsonWriter& JsonWriter::quantity(const u256& value) {
    separate();
    out_ += '"';
    out_ += to_hex_quantity(value);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::decimal(const u256& value) {
    separate();
    out_ += '"';
    out_ += to_string(value);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::hex(BytesView bytes) {
    separate();
    out_ += '"';
    out_ += to_hex(bytes);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) { return literal(json); }

}  // namespace osprey
