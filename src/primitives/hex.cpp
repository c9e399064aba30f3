#include "primitives/hex.hpp"

#include <immintrin.h>

#include <algorithm>
#include <array>

namespace osprey {
namespace {

constexpr std::array<uint8_t, 256> digit_values = [] {
    std::array<uint8_t, 256> t{};
    t.fill(0xff);
    for (unsigned c = '0'; c <= '9'; ++c) t[c] = static_cast<uint8_t>(c - '0');
    for (unsigned c = 0; c < 6; ++c) t['a' + c] = t['A' + c] = static_cast<uint8_t>(10 + c);
    return t;
}();

uint8_t value_of(char c) { return digit_values[static_cast<uint8_t>(c)]; }

std::string_view without_prefix(std::string_view text) {
    if (text.size() >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) text.remove_prefix(2);
    return text;
}

/// 32 digits to 16 bytes; false when any is not a digit.
bool decode_32(const char* text, uint8_t* out) {
    const __m256i c = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    // Unsigned "at most" has no instruction of its own: min(x, limit) == x.
    const __m256i number = _mm256_sub_epi8(c, _mm256_set1_epi8('0'));
    const __m256i letter = _mm256_sub_epi8(_mm256_or_si256(c, _mm256_set1_epi8(0x20)), _mm256_set1_epi8('a'));
    const __m256i is_number = _mm256_cmpeq_epi8(_mm256_min_epu8(number, _mm256_set1_epi8(9)), number);
    const __m256i is_letter = _mm256_cmpeq_epi8(_mm256_min_epu8(letter, _mm256_set1_epi8(5)), letter);
    if (_mm256_movemask_epi8(_mm256_or_si256(is_number, is_letter)) != -1) return false;
    const __m256i nibbles = _mm256_blendv_epi8(_mm256_add_epi8(letter, _mm256_set1_epi8(10)), number, is_number);
    const __m256i bytes = _mm256_maddubs_epi16(nibbles, _mm256_set1_epi16(0x0110));
    const __m128i packed = _mm_packus_epi16(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), packed);
    return true;
}

/// `digits` has two characters for each byte of `out`.
bool decode(std::string_view digits, uint8_t* out) {
    size_t i = 0;
    for (; i + 32 <= digits.size(); i += 32)
        if (!decode_32(digits.data() + i, out + i / 2)) return false;
    unsigned bad = 0;
    for (; i < digits.size(); i += 2) {
        const unsigned high = value_of(digits[i]), low = value_of(digits[i + 1]);
        bad |= high | low;
        out[i / 2] = static_cast<uint8_t>(high << 4 | low);
    }
    return bad <= 0x0f;
}

/// What a person can read of a character, whatever it is.
std::string shown(char c) {
    if (c >= 0x20 && c < 0x7f) return {'\'', c, '\''};
    constexpr char digits[] = "0123456789abcdef";
    return {'b', 'y', 't', 'e', ' ', '0', 'x', digits[static_cast<uint8_t>(c) >> 4], digits[c & 15]};
}

/// Names the first character of `digits`, the end of `text`, that is none; there must be one.
std::unexpected<Error> bad_digit(std::string_view text, std::string_view digits) {
    const auto bad = std::ranges::find_if(digits, [](char c) { return value_of(c) == 0xff; });
    const auto offset = text.size() - static_cast<size_t>(digits.end() - bad);
    return fail(shown(*bad) + " at offset " + std::to_string(offset) + " is not a hex digit");
}

template <class T>
Result<T> parse_fixed(std::string_view text, const char* what) {
    T out;
    if (parse_hex_to(text, out.bytes)) return out;
    const auto digits = without_prefix(text);
    if (digits.size() != 2 * T::size())
        return fail(std::string(what) + " has " + std::to_string(2 * T::size()) + " hex digits, this has " +
                    std::to_string(digits.size()));
    return std::unexpected(std::move(bad_digit(text, digits).error()).in(what));
}

Result<std::string_view> quantity_digits(std::string_view text, size_t most) {
    if (text.size() < 2 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        return fail("a quantity starts with 0x");
    auto digits = text.substr(2);
    if (digits.empty()) return fail("a quantity has at least one digit after 0x");
    const size_t leading = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    digits.remove_prefix(leading);
    if (std::ranges::any_of(digits, [](char c) { return value_of(c) == 0xff; })) return bad_digit(text, digits);
    if (digits.size() > most) return fail("quantity of more than " + std::to_string(most * 4) + " bits");
    return digits;
}

}  // namespace

std::string to_hex(BytesView bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out(2 + 2 * bytes.size(), '0');
    out[1] = 'x';
    for (size_t i = 0; i < bytes.size(); ++i) {
        out[2 + 2 * i] = digits[bytes[i] >> 4];
        out[3 + 2 * i] = digits[bytes[i] & 15];
    }
    return out;
}

Result<Bytes> parse_hex(std::string_view text) {
    const auto digits = without_prefix(text);
    if (digits.size() % 2 != 0) return fail("odd number of hex digits (" + std::to_string(digits.size()) + ")");
    Bytes out(digits.size() / 2);
    if (!decode(digits, out.data())) return bad_digit(text, digits);
    return out;
}

bool parse_hex_to(std::string_view text, std::span<uint8_t> out) noexcept {
    const auto digits = without_prefix(text);
    return digits.size() == 2 * out.size() && decode(digits, out.data());
}

Result<Address> parse_address(std::string_view text) { return parse_fixed<Address>(text, "an address"); }
Result<Hash> parse_hash(std::string_view text) { return parse_fixed<Hash>(text, "a hash"); }

Result<u256> parse_quantity(std::string_view text) {
    const auto digits = quantity_digits(text, 64);
    if (!digits) return std::unexpected(digits.error());
    u256 v;
    const size_t n = digits->size();
    for (size_t i = 0; i < n; ++i) v.w[(n - 1 - i) / 16] = v.w[(n - 1 - i) / 16] << 4 | value_of((*digits)[i]);
    return v;
}

Result<uint64_t> parse_quantity_u64(std::string_view text) {
    const auto digits = quantity_digits(text, 16);
    if (!digits) return std::unexpected(digits.error());
    uint64_t v = 0;
    for (const char c : *digits) v = v << 4 | value_of(c);
    return v;
}

}  // namespace osprey
