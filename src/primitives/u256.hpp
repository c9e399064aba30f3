#pragma once
// 256-bit unsigned integer of the EVM: four 64-bit words, least significant first.
// Everything that the interpreter needs inline stands here; division and its kin are in u256.cpp.

#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace osprey {

using u128 = unsigned __int128;

namespace detail {
/// Keeps a word in a general register. Left alone, the compiler fuses four words into one vector load, which stalls for
/// a dozen cycles when those words were just written one by one, as the carry chains here write them.
constexpr uint64_t scalar(uint64_t v) noexcept {
    if !consteval {
        asm("" : "+r"(v));
    }
    return v;
}
}  // namespace detail

struct u256 {
    uint64_t w[4]{};

    constexpr u256() noexcept = default;
    constexpr u256(uint64_t v) noexcept : w{v, 0, 0, 0} {}  // NOLINT(google-explicit-constructor)
    constexpr u256(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3) noexcept : w{w0, w1, w2, w3} {}

    static constexpr u256 from_u128(u128 v) noexcept {
        return {static_cast<uint64_t>(v), static_cast<uint64_t>(v >> 64), 0, 0};
    }
    static constexpr u256 max() noexcept { return {~0ULL, ~0ULL, ~0ULL, ~0ULL}; }

    constexpr explicit operator bool() const noexcept {
        using detail::scalar;
        return (scalar(w[0]) | scalar(w[1]) | scalar(w[2]) | scalar(w[3])) != 0;
    }
    constexpr explicit operator uint64_t() const noexcept { return w[0]; }
    constexpr bool fits_u64() const noexcept { return (w[1] | w[2] | w[3]) == 0; }
    constexpr bool fits_u128() const noexcept { return (w[2] | w[3]) == 0; }
    constexpr u128 low_u128() const noexcept { return (u128{w[1]} << 64) | w[0]; }
    constexpr bool is_negative() const noexcept { return (w[3] >> 63) != 0; }  ///< as two's complement

    friend constexpr bool operator==(const u256& a, const u256& b) noexcept {
        using detail::scalar;
        return (scalar(a.w[0] ^ b.w[0]) | scalar(a.w[1] ^ b.w[1]) | scalar(a.w[2] ^ b.w[2]) |
                scalar(a.w[3] ^ b.w[3])) == 0;
    }
    friend constexpr bool operator<(const u256& a, const u256& b) noexcept;
    friend constexpr bool operator>(const u256& a, const u256& b) noexcept { return b < a; }
    friend constexpr bool operator<=(const u256& a, const u256& b) noexcept { return !(b < a); }
    friend constexpr bool operator>=(const u256& a, const u256& b) noexcept { return !(a < b); }
};

struct u512 {
    uint64_t w[8]{};
};

namespace detail {
constexpr uint64_t adc(uint64_t a, uint64_t b, unsigned long long& carry) noexcept {
    if consteval {
        const u128 s = u128{a} + b + carry;
        carry = static_cast<uint64_t>(s >> 64);
        return static_cast<uint64_t>(s);
    } else {
        return __builtin_addcll(a, b, carry, &carry);
    }
}
constexpr uint64_t sbb(uint64_t a, uint64_t b, unsigned long long& borrow) noexcept {
    if consteval {
        const u128 d = u128{a} - b - borrow;
        borrow = static_cast<uint64_t>(d >> 64) & 1;
        return static_cast<uint64_t>(d);
    } else {
        return __builtin_subcll(a, b, borrow, &borrow);
    }
}
}  // namespace detail

struct AddResult {
    u256 value;
    bool carry;
};

constexpr AddResult add_carry(const u256& a, const u256& b) noexcept {
    unsigned long long c = 0;
    u256 r;
    for (int i = 0; i < 4; ++i) r.w[i] = detail::adc(a.w[i], b.w[i], c);
    return {r, c != 0};
}
/// a - b modulo 2^256 and whether it wrapped (a < b).
constexpr AddResult sub_borrow(const u256& a, const u256& b) noexcept {
    unsigned long long c = 0;
    u256 r;
    for (int i = 0; i < 4; ++i) r.w[i] = detail::sbb(a.w[i], b.w[i], c);
    return {r, c != 0};
}
namespace detail {
/// As one wide integer, which compiles to a compare and three subtractions with borrow; of the borrow of sub_borrow
/// alone the compiler makes four comparisons with their flags joined.
template <class Wide>
constexpr Wide widen(const u256& a) noexcept {
    return (static_cast<Wide>(a.w[3]) << 192) | (static_cast<Wide>(a.w[2]) << 128) | (static_cast<Wide>(a.w[1]) << 64) |
           static_cast<Wide>(a.w[0]);
}
}  // namespace detail

constexpr bool operator<(const u256& a, const u256& b) noexcept {
    __extension__ using Wide = unsigned _BitInt(256);
    return detail::widen<Wide>(a) < detail::widen<Wide>(b);
}
constexpr u256 operator+(const u256& a, const u256& b) noexcept { return add_carry(a, b).value; }
constexpr u256 operator-(const u256& a, const u256& b) noexcept { return sub_borrow(a, b).value; }
constexpr u256 operator-(const u256& a) noexcept { return u256{} - a; }
constexpr u256 operator~(const u256& a) noexcept {
    using detail::scalar;
    return {scalar(~a.w[0]), scalar(~a.w[1]), scalar(~a.w[2]), scalar(~a.w[3])};
}
/// The same value, moved word by word: for stack words that may have been computed a moment ago (see detail::scalar).
constexpr u256 copy_by_words(const u256& a) noexcept {
    using detail::scalar;
    return {scalar(a.w[0]), scalar(a.w[1]), scalar(a.w[2]), scalar(a.w[3])};
}
constexpr u256 operator&(const u256& a, const u256& b) noexcept {
    using detail::scalar;
    return {scalar(a.w[0] & b.w[0]), scalar(a.w[1] & b.w[1]), scalar(a.w[2] & b.w[2]), scalar(a.w[3] & b.w[3])};
}
constexpr u256 operator|(const u256& a, const u256& b) noexcept {
    using detail::scalar;
    return {scalar(a.w[0] | b.w[0]), scalar(a.w[1] | b.w[1]), scalar(a.w[2] | b.w[2]), scalar(a.w[3] | b.w[3])};
}
constexpr u256 operator^(const u256& a, const u256& b) noexcept {
    using detail::scalar;
    return {scalar(a.w[0] ^ b.w[0]), scalar(a.w[1] ^ b.w[1]), scalar(a.w[2] ^ b.w[2]), scalar(a.w[3] ^ b.w[3])};
}

/// Low 256 bits of a * b.
constexpr u256 operator*(const u256& a, const u256& b) noexcept {
    // Row by row, the top row without carries out: ten multiplications.
    uint64_t p[4]{};
    for (int j = 0; j < 4; ++j) {
        u128 k = 0;
        for (int i = 0; i + j < 4; ++i) {
            const u128 t = u128{a.w[i]} * b.w[j] + p[i + j] + k;
            p[i + j] = static_cast<uint64_t>(t);
            k = t >> 64;
        }
    }
    return {p[0], p[1], p[2], p[3]};
}

/// The full 512-bit product.
[[gnu::always_inline]] constexpr u512 mul_full(const u256& a, const u256& b) noexcept {
    u512 p;
    for (int j = 0; j < 4; ++j) {
        u128 k = 0;
        for (int i = 0; i < 4; ++i) {
            const u128 t = u128{a.w[i]} * b.w[j] + p.w[i + j] + k;
            p.w[i + j] = static_cast<uint64_t>(t);
            k = t >> 64;
        }
        p.w[j + 4] = static_cast<uint64_t>(k);
    }
    return p;
}

namespace detail {
constexpr uint64_t funnel_up(uint64_t hi, uint64_t lo, unsigned s) noexcept {
    return (hi << s) | ((lo >> 1) >> (63 - s));
}
constexpr uint64_t funnel_down(uint64_t hi, uint64_t lo, unsigned s) noexcept {
    return (lo >> s) | ((hi << 1) << (63 - s));
}
/// a >> n for n < 256, with the sign (0 or all ones) coming in from above. Conditional moves, no branches.
constexpr u256 shift_right(const u256& a, uint64_t n, uint64_t sign) noexcept {
    const unsigned s = n & 63;
    uint64_t r0 = funnel_down(a.w[1], a.w[0], s), r1 = funnel_down(a.w[2], a.w[1], s);
    uint64_t r2 = funnel_down(a.w[3], a.w[2], s), r3 = funnel_down(sign, a.w[3], s);
    const bool one = (n & 64) != 0, two = (n & 128) != 0;
    r0 = one ? r1 : r0;
    r1 = one ? r2 : r1;
    r2 = one ? r3 : r2;
    r3 = one ? sign : r3;
    return {two ? r2 : r0, two ? r3 : r1, two ? sign : r2, two ? sign : r3};
}
}  // namespace detail

constexpr u256 operator<<(const u256& a, uint64_t n) noexcept {
    using detail::funnel_up;
    if (n >= 256) return {};
    const unsigned s = n & 63;
    uint64_t r0 = a.w[0] << s, r1 = funnel_up(a.w[1], a.w[0], s);
    uint64_t r2 = funnel_up(a.w[2], a.w[1], s), r3 = funnel_up(a.w[3], a.w[2], s);
    const bool one = (n & 64) != 0, two = (n & 128) != 0;
    r3 = one ? r2 : r3;
    r2 = one ? r1 : r2;
    r1 = one ? r0 : r1;
    r0 = one ? 0 : r0;
    return {two ? 0 : r0, two ? 0 : r1, two ? r0 : r2, two ? r1 : r3};
}
constexpr u256 operator>>(const u256& a, uint64_t n) noexcept {
    return n < 256 ? detail::shift_right(a, n, 0) : u256{};
}
/// Shift amounts of any size, as the EVM's SHL and SHR have them.
constexpr u256 operator<<(const u256& a, const u256& n) noexcept { return n.fits_u64() ? a << n.w[0] : u256{}; }
constexpr u256 operator>>(const u256& a, const u256& n) noexcept { return n.fits_u64() ? a >> n.w[0] : u256{}; }
/// Arithmetic shift right (two's complement), the EVM's SAR.
constexpr u256 sar(const u256& a, const u256& n) noexcept {
    const uint64_t sign = 0 - (a.w[3] >> 63);
    if (!n.fits_u64() || n.w[0] >= 256) return {sign, sign, sign, sign};
    return detail::shift_right(a, n.w[0], sign);
}

constexpr bool slt(const u256& a, const u256& b) noexcept {
    __extension__ using Wide = signed _BitInt(256);
    return detail::widen<Wide>(a) < detail::widen<Wide>(b);
}

/// Number of leading zero bits; 256 for zero.
constexpr unsigned clz(const u256& a) noexcept {
    for (int i = 3; i >= 0; --i)
        if (a.w[i] != 0) return static_cast<unsigned>(64 * (3 - i)) + static_cast<unsigned>(std::countl_zero(a.w[i]));
    return 256;
}
constexpr unsigned bit_width(const u256& a) noexcept { return 256 - clz(a); }
constexpr unsigned byte_width(const u256& a) noexcept { return (bit_width(a) + 7) / 8; }

constexpr u256& operator+=(u256& a, const u256& b) noexcept { return a = a + b; }
constexpr u256& operator-=(u256& a, const u256& b) noexcept { return a = a - b; }
constexpr u256& operator*=(u256& a, const u256& b) noexcept { return a = a * b; }
constexpr u256& operator|=(u256& a, const u256& b) noexcept { return a = a | b; }
constexpr u256& operator&=(u256& a, const u256& b) noexcept { return a = a & b; }
constexpr u256& operator^=(u256& a, const u256& b) noexcept { return a = a ^ b; }
constexpr u256& operator<<=(u256& a, uint64_t n) noexcept { return a = a << n; }
constexpr u256& operator>>=(u256& a, uint64_t n) noexcept { return a = a >> n; }

struct DivResult {
    u256 quot, rem;
};
/// Quotient and remainder; both 0 when d is 0 (as the EVM has it).
DivResult udivrem(const u256& n, const u256& d) noexcept;
/// Signed division truncating towards zero, remainder with the dividend's sign; both 0 when d is 0.
DivResult sdivrem(const u256& n, const u256& d) noexcept;
u256 addmod(const u256& a, const u256& b, const u256& m) noexcept;  ///< (a+b) mod m without overflow; 0 when m is 0
u256 mulmod(const u256& a, const u256& b, const u256& m) noexcept;  ///< (a*b) mod m over 512 bits; 0 when m is 0
u256 exp(u256 base, u256 exponent) noexcept;                        ///< modulo 2^256
u256 isqrt(const u256& a) noexcept;                                 ///< floor of the square root

u256 operator/(const u256& n, const u256& d) noexcept;  ///< 0 when d is 0
u256 operator%(const u256& n, const u256& d) noexcept;  ///< 0 when d is 0

struct MulDiv {
    u256 quot;
    bool overflow;  ///< the quotient does not fit, or d is 0
    bool inexact;   ///< there is a remainder
};
/// floor(a * b / d) through the 512-bit product (Uniswap's FullMath.mulDiv).
MulDiv mul_div(const u256& a, const u256& b, const u256& d) noexcept;

// --- big-endian -------------------------------------------------------------------------------

inline u256 load_be32(const uint8_t* p) noexcept {
    using detail::scalar;
    uint64_t t[4];
    std::memcpy(t, p, 32);
    return {scalar(__builtin_bswap64(t[3])), scalar(__builtin_bswap64(t[2])), scalar(__builtin_bswap64(t[1])),
            scalar(__builtin_bswap64(t[0]))};
}
inline void store_be32(uint8_t* p, const u256& v) noexcept {
    using detail::scalar;
    const uint64_t t[4] = {scalar(__builtin_bswap64(v.w[3])), scalar(__builtin_bswap64(v.w[2])),
                           scalar(__builtin_bswap64(v.w[1])), scalar(__builtin_bswap64(v.w[0]))};
    std::memcpy(p, t, 32);
}
/// Big-endian bytes (at most 32) to an integer.
u256 load_be(std::span<const uint8_t> bytes) noexcept;

// --- text -------------------------------------------------------------------------------------

std::string to_string(const u256& v);        ///< decimal
std::string to_hex_quantity(const u256& v);  ///< 0x-prefixed, no leading zeros: JSON-RPC quantity
/// Decimal or 0x-hex; false when malformed or beyond 256 bits. `out` is untouched then.
bool parse_u256(std::string_view text, u256& out) noexcept;

/// Literals: 0x… or decimal, checked at compile time.
consteval u256 operator""_u256(const char* s) {
    std::string_view t{s};
    u256 v;
    unsigned base = 10;
    if (t.size() > 2 && t[0] == '0' && (t[1] == 'x' || t[1] == 'X')) {
        base = 16;
        t.remove_prefix(2);
    }
    for (const char c : t) {
        if (c == '\'') continue;
        const unsigned d = c <= '9' ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 32) - 'a' + 10);
        v = v * u256{base} + u256{d};
    }
    return v;
}

}  // namespace osprey
