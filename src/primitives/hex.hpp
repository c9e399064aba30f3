#pragma once
// Hex text to bytes and back.

#include <string>
#include <string_view>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"

namespace osprey {

std::string to_hex(BytesView bytes);  ///< 0x-prefixed, lower case
/// With or without 0x; an odd number of digits or any other character is an error that names its place.
Result<Bytes> parse_hex(std::string_view text);
/// Decodes exactly `out.size()` bytes; false when the text is anything else.
bool parse_hex_to(std::string_view text, std::span<uint8_t> out) noexcept;
Result<Address> parse_address(std::string_view text);
Result<Hash> parse_hash(std::string_view text);
/// JSON-RPC quantity: 0x-hex without leading zeros is the canonical form; leading zeros are accepted, a sign is not.
Result<u256> parse_quantity(std::string_view text);
Result<uint64_t> parse_quantity_u64(std::string_view text);

namespace literals {
consteval Address operator""_address(const char* s, size_t n) {
    Address a;
    if (n != 42) throw "an address literal has 0x and 40 digits";
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10); };
    for (size_t i = 0; i < 20; ++i) a.bytes[i] = static_cast<uint8_t>(digit(s[2 + 2 * i]) << 4 | digit(s[3 + 2 * i]));
    return a;
}
consteval Hash operator""_hash(const char* s, size_t n) {
    Hash a;
    if (n != 66) throw "a hash literal has 0x and 64 digits";
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10); };
    for (size_t i = 0; i < 32; ++i) a.bytes[i] = static_cast<uint8_t>(digit(s[2 + 2 * i]) << 4 | digit(s[3 + 2 * i]));
    return a;
}
}  // namespace literals

}  // namespace osprey
