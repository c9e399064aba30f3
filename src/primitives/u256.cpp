#include "primitives/u256.hpp"

#include <algorithm>
#include <array>
#include <cmath>

// Division after Knuth (TAOCP 2, 4.3.1, algorithm D) on 64-bit words. Where only a few quotient words are wanted, each
// is estimated by the processor's 128-by-64 DIV (on the CPUs that this is tuned for, 10 to 18 cycles); longer quotients
// go through reciprocals (Moller and Granlund, "Improved division by invariant integers", 2011), one DIV in all.

#define OSPREY_INLINE [[gnu::always_inline]] inline

namespace osprey {
namespace {

OSPREY_INLINE constexpr uint64_t low(u128 v) { return static_cast<uint64_t>(v); }
OSPREY_INLINE constexpr uint64_t high(u128 v) { return static_cast<uint64_t>(v >> 64); }
OSPREY_INLINE constexpr u128 join(uint64_t hi, uint64_t lo) { return (u128{hi} << 64) | lo; }

struct WordDiv {
    uint64_t quot, rem;
};
/// One DIV instruction: needs hi < d.
OSPREY_INLINE WordDiv div_2by1(uint64_t hi, uint64_t lo, uint64_t d) {
    WordDiv r;
    asm("divq %[d]" : "=a"(r.quot), "=d"(r.rem) : "a"(lo), "d"(hi), [d] "r"(d) : "cc");
    return r;
}

/// floor((2^128 - 1) / d) - 2^64 of a normalised d.
OSPREY_INLINE uint64_t reciprocal_1(uint64_t d) { return div_2by1(~d, ~0ULL, d).quot; }

/// Moller and Granlund, algorithm 4: d normalised, u1 < d.
OSPREY_INLINE WordDiv div_2by1(uint64_t u1, uint64_t u0, uint64_t d, uint64_t v) {
    const u128 q = u128{v} * u1 + join(u1, u0);
    uint64_t qh = high(q) + 1;
    uint64_t r = u0 - qh * d;
    const bool over = r > low(q);
    qh -= over;
    r += over ? d : 0;
    if (r >= d) [[unlikely]] {
        ++qh;
        r -= d;
    }
    return {qh, r};
}

/// Moller and Granlund, algorithm 6: the reciprocal of two normalised words.
OSPREY_INLINE uint64_t reciprocal_2(uint64_t d1, uint64_t d0) {
    uint64_t v = reciprocal_1(d1);
    uint64_t p = d1 * v + d0;
    if (p < d0) {
        --v;
        if (p >= d1) {
            --v;
            p -= d1;
        }
        p -= d1;
    }
    const u128 t = u128{v} * d0;
    p += high(t);
    if (p < high(t)) {
        --v;
        if (p >= d1 && (p > d1 || low(t) >= d0)) --v;
    }
    return v;
}

struct Estimate {
    uint64_t quot;
    u128 rem;
};

/// Three words by two, both with the divisor normalised and u2 < d1.
struct ByInstruction {
    uint64_t d1, d0;

    OSPREY_INLINE ByInstruction(uint64_t high_word, uint64_t low_word) : d1(high_word), d0(low_word) {}
    OSPREY_INLINE Estimate operator()(uint64_t u2, uint64_t u1, uint64_t u0) const {
        auto [q, rh] = div_2by1(u2, u1, d1);
        const u128 p = u128{q} * d0;
        const u128 top = join(rh, u0);
        u128 r = top - p;
        if (top < p) {
            // At most two too many (Knuth, theorem B).
            const u128 d = join(d1, d0);
            --q;
            r += d;
            if (r >= d) {
                --q;
                r += d;
            }
        }
        return {q, r};
    }
};

/// Moller and Granlund, algorithm 5.
struct ByReciprocal {
    uint64_t d1, d0, v;

    OSPREY_INLINE ByReciprocal(uint64_t high_word, uint64_t low_word)
        : d1(high_word), d0(low_word), v(reciprocal_2(high_word, low_word)) {}
    OSPREY_INLINE Estimate operator()(uint64_t u2, uint64_t u1, uint64_t u0) const {
        const u128 q = u128{v} * u2 + join(u2, u1);
        const u128 d = join(d1, d0);
        uint64_t qh = high(q);
        u128 r = join(u1 - qh * d1, u0) - u128{d0} * qh - d;
        ++qh;
        const bool over = high(r) >= low(q);
        qh -= over;
        r += over ? d : 0;
        if (r >= d) [[unlikely]] {
            ++qh;
            r -= d;
        }
        return {qh, r};
    }
};

/// u[0..N] -= q * d and the word that did not fit.
template <size_t N>
OSPREY_INLINE uint64_t submul(uint64_t* u, const uint64_t* d, uint64_t q) {
    uint64_t borrow = 0;
    for (size_t i = 0; i < N; ++i) {
        const u128 p = u128{q} * d[i] + borrow;
        const uint64_t t = u[i];
        u[i] = t - low(p);
        borrow = high(p) + (t < low(p));
    }
    return borrow;
}

template <size_t N>
OSPREY_INLINE uint64_t add_back(uint64_t* u, const uint64_t* d) {
    unsigned long long carry = 0;
    for (size_t i = 0; i < N; ++i) u[i] = detail::adc(u[i], d[i], carry);
    return carry;
}

template <size_t N>
struct Remainder {
    uint64_t w[N];
};

template <size_t N>
struct Digit {
    uint64_t quot;
    Remainder<N> rem;
};

/// The estimate would not fit a word: start from the largest word instead.
template <size_t N>
[[gnu::noinline, gnu::cold]] Digit<N> digit_at_limit(Remainder<N> r, uint64_t next, Remainder<N> d) {
    uint64_t u[N + 1];
    u[0] = next;
    std::copy_n(r.w, N, u + 1);
    uint64_t q = ~0ULL;
    u[N] -= submul<N>(u, d.w, q);
    while (u[N] != 0) {
        --q;
        u[N] += add_back<N>(u, d.w);
    }
    std::copy_n(u, N, r.w);
    return {q, r};
}

/// One step of long division: r and the next word below it, by the normalised d > r. Leaves the new remainder in r.
/// Everything by value, so that the words stay in registers from one step to the next.
template <size_t N, class Estimator>
OSPREY_INLINE uint64_t digit(Remainder<N>& r, uint64_t next, const Remainder<N>& d, const Estimator& estimate) {
    if (r.w[N - 1] >= d.w[N - 1]) [[unlikely]] {
        const auto limit = digit_at_limit<N>(r, next, d);
        r = limit.rem;
        return limit.quot;
    }
    uint64_t third = next;
    if constexpr (N > 2) third = r.w[N - 3];
    auto [q, top] = estimate(r.w[N - 1], r.w[N - 2], third);
    Remainder<N> u;
    u.w[0] = next;
    for (size_t i = 1; i < N; ++i) u.w[i] = r.w[i - 1];
    const uint64_t borrow = submul<N - 2>(u.w, d.w, q);
    const bool over = top < borrow;
    top -= borrow;
    u.w[N - 2] = low(top);
    u.w[N - 1] = high(top);
    if (over) [[unlikely]] {
        --q;
        add_back<N>(u.w, d.w);
    }
    r = u;
    return q;
}

/// out[0..n] = in[0..n-1] << s, s < 64.
template <size_t N>
OSPREY_INLINE void shift_up(uint64_t* out, const uint64_t* in, unsigned s) {
    __builtin_assume(s < 64);
    out[N] = (in[N - 1] >> 1) >> (63 - s);
    for (size_t i = N - 1; i > 0; --i) out[i] = (in[i] << s) | ((in[i - 1] >> 1) >> (63 - s));
    out[0] = in[0] << s;
}
/// in[0..N-1] >> s.
template <size_t N>
OSPREY_INLINE u256 shift_down(const uint64_t* in, unsigned s) {
    __builtin_assume(s < 64);
    u256 r;
    for (size_t i = 0; i + 1 < N; ++i) r.w[i] = (in[i] >> s) | ((in[i + 1] << 1) << (63 - s));
    r.w[N - 1] = in[N - 1] >> s;
    return r;
}

/// n of Words significant words by d of N, Words >= N >= 2, top word of d not 0.
template <size_t Words, size_t N>
OSPREY_INLINE DivResult divide_words(const u256& n, const u256& d) {
    const auto s = static_cast<unsigned>(std::countl_zero(d.w[N - 1]));
    uint64_t u[Words + 1], v[N + 1];
    shift_up<Words>(u, n.w, s);
    shift_up<N>(v, d.w, s);
    Remainder<N> r, divisor;
    std::copy_n(u + Words + 1 - N, N, r.w);
    std::copy_n(v, N, divisor.w);
    const ByInstruction estimate{v[N - 1], v[N - 2]};
    DivResult out;
    out.quot.w[Words - N] = digit<N>(r, u[Words - N], divisor, estimate);
    if constexpr (Words - N >= 1) out.quot.w[Words - N - 1] = digit<N>(r, u[Words - N - 1], divisor, estimate);
    if constexpr (Words - N >= 2) out.quot.w[Words - N - 2] = digit<N>(r, u[Words - N - 2], divisor, estimate);
    out.rem = shift_down<N>(r.w, s);
    return out;
}

OSPREY_INLINE DivResult divide_by_word(const u256& n, uint64_t d) {
    if (n.fits_u64()) return {n.w[0] / d, n.w[0] % d};
    if (n.fits_u128()) {
        if (n.w[1] < d) {
            const auto q = div_2by1(n.w[1], n.w[0], d);
            return {q.quot, q.rem};
        }
        const auto q = div_2by1(n.w[1] % d, n.w[0], d);
        return {{q.quot, n.w[1] / d, 0, 0}, q.rem};
    }
    const auto s = static_cast<unsigned>(std::countl_zero(d));
    uint64_t u[5];
    shift_up<4>(u, n.w, s);
    d <<= s;
    const uint64_t v = reciprocal_1(d);
    DivResult out;
    uint64_t r = u[4];
    for (int i = 3; i >= 0; --i) {
        const auto q = div_2by1(r, u[i], d, v);
        out.quot.w[i] = q.quot;
        r = q.rem;
    }
    out.rem = r >> s;
    return out;
}

OSPREY_INLINE bool is_power_of_two(const u256& v) {
    return std::popcount(v.w[0]) + std::popcount(v.w[1]) + std::popcount(v.w[2]) + std::popcount(v.w[3]) == 1;
}

OSPREY_INLINE DivResult divide(const u256& n, const u256& d) {
    if (d.fits_u64()) {
        if (d.w[0] == 0) [[unlikely]]
            return {};
        return divide_by_word(n, d.w[0]);
    }
    if (n < d) return {{}, n};
    // Fixed-point formats: 2^96, 2^112, 2^128 and the selector's 2^224 are the commonest large divisors on chain.
    if (is_power_of_two(d)) return {n >> static_cast<uint64_t>(255 - clz(d)), n & (d - u256{1})};
    if (d.w[3] != 0) return divide_words<4, 4>(n, d);
    if (d.w[2] != 0) return n.w[3] != 0 ? divide_words<4, 3>(n, d) : divide_words<3, 3>(n, d);
    if (n.w[3] != 0) return divide_words<4, 2>(n, d);
    return n.w[2] != 0 ? divide_words<3, 2>(n, d) : divide_words<2, 2>(n, d);
}

struct LongDiv {
    uint64_t quot[8]{};
    u256 rem;
};

/// n with `words` significant words by d of N words.
template <size_t N>
OSPREY_INLINE LongDiv divide_long_words(const u512& n, size_t words, const u256& d) {
    LongDiv out;
    const auto s = static_cast<unsigned>(std::countl_zero(d.w[N - 1]));
    uint64_t u[9], v[N + 1];
    shift_up<8>(u, n.w, s);
    shift_up<N>(v, d.w, s);
    if constexpr (N == 1) {
        const uint64_t inverse = reciprocal_1(v[0]);
        uint64_t r = u[words];
        for (size_t i = words; i-- > 0;) {
            const auto q = div_2by1(r, u[i], v[0], inverse);
            out.quot[i] = q.quot;
            r = q.rem;
        }
        out.rem = r >> s;
    } else {
        const ByReciprocal estimate{v[N - 1], v[N - 2]};
        Remainder<N> r, divisor;
        std::copy_n(u + words + 1 - N, N, r.w);
        std::copy_n(v, N, divisor.w);
        for (size_t i = words - N + 1; i-- > 0;) out.quot[i] = digit<N>(r, u[i], divisor, estimate);
        out.rem = shift_down<N>(r.w, s);
    }
    return out;
}

/// 512 by 256 bits, n at least 2^256, d not 0.
OSPREY_INLINE LongDiv divide_long(const u512& n, const u256& d) {
    size_t words = 8;
    while (n.w[words - 1] == 0) --words;
    if (d.w[3] != 0) return divide_long_words<4>(n, words, d);
    if (d.w[2] != 0) return divide_long_words<3>(n, words, d);
    if (d.w[1] != 0) return divide_long_words<2>(n, words, d);
    return divide_long_words<1>(n, words, d);
}

OSPREY_INLINE u256 low_half(const u512& v) { return {v.w[0], v.w[1], v.w[2], v.w[3]}; }
OSPREY_INLINE u256 high_half(const u512& v) { return {v.w[4], v.w[5], v.w[6], v.w[7]}; }

/// Low 256 bits of the square: six multiplications in place of ten.
OSPREY_INLINE u256 square(const u256& a) {
    const u128 p01 = u128{a.w[0]} * a.w[1];
    const u128 p02 = u128{a.w[0]} * a.w[2] + join(a.w[0] * a.w[3] + a.w[1] * a.w[2], 0);
    const u128 p00 = u128{a.w[0]} * a.w[0];
    const u128 p11 = u128{a.w[1]} * a.w[1] + 2 * p02;
    const u256 diagonal{low(p00), high(p00), low(p11), high(p11)};
    const u256 cross{0, low(p01) << 1, (high(p01) << 1) | (low(p01) >> 63), high(p01) >> 63};
    return diagonal + cross;
}

/// Four bits of the exponent a step: the bits of a long exponent are nothing that a branch could be predicted by.
u256 power_by_windows(const u256& base, const u256& exponent, unsigned width) {
    u256 powers[16] = {u256{1}, base};
    for (size_t i = 2; i < 16; ++i) powers[i] = powers[i - 1] * base;
    u256 r{1};
    for (unsigned i = (width + 3) / 4; i-- > 0;) {
        r = square(square(square(square(r))));
        r *= copy_by_words(powers[(exponent.w[i / 16] >> (i % 16 * 4)) & 15]);
    }
    return r;
}

u256 power_of_odd(u256 base, const u256& exponent) {
    const unsigned width = bit_width(exponent);
    if (width > 32) return power_by_windows(base, exponent, width);
    u256 r{1};
    bool started = false;
    for (unsigned i = 0; i < width; ++i) {
        if (i != 0) base = square(base);
        if (((exponent.w[i / 64] >> (i % 64)) & 1) == 0) continue;
        r = started ? r * base : base;
        started = true;
    }
    return r;
}

unsigned trailing_zeros(const u256& v) {
    for (unsigned i = 0; i < 4; ++i)
        if (v.w[i] != 0) return 64 * i + static_cast<unsigned>(std::countr_zero(v.w[i]));
    return 256;
}

uint64_t isqrt_u64(uint64_t n) {
    auto x = static_cast<uint64_t>(std::sqrt(static_cast<double>(n)));
    while (u128{x} * x > n) --x;
    while (u128{x + 1} * (x + 1) <= n) ++x;
    return x;
}

constexpr int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

DivResult udivrem(const u256& n, const u256& d) noexcept { return divide(n, d); }
u256 operator/(const u256& n, const u256& d) noexcept { return divide(n, d).quot; }
u256 operator%(const u256& n, const u256& d) noexcept { return divide(n, d).rem; }

DivResult sdivrem(const u256& n, const u256& d) noexcept {
    const bool n_negative = n.is_negative();
    const auto [quot, rem] = divide(n_negative ? -n : n, d.is_negative() ? -d : d);
    return {n_negative != d.is_negative() ? -quot : quot, n_negative ? -rem : rem};
}

u256 addmod(const u256& a, const u256& b, const u256& m) noexcept {
    // Operands that are (nearly) reduced, as in modular arithmetic: at most one subtraction each.
    if (m.w[3] != 0 && a.w[3] <= m.w[3] && b.w[3] <= m.w[3]) {
        const auto [a_less, a_below] = sub_borrow(a, m);
        const auto [b_less, b_below] = sub_borrow(b, m);
        const auto [sum, carry] = add_carry(a_below ? a : a_less, b_below ? b : b_less);
        const auto [reduced, below] = sub_borrow(sum, m);
        return carry || !below ? reduced : sum;
    }
    if (!m) return {};
    const auto [sum, carry] = add_carry(a, b);
    if (!carry) return divide(sum, m).rem;
    return divide_long({{sum.w[0], sum.w[1], sum.w[2], sum.w[3], 1, 0, 0, 0}}, m).rem;
}

u256 mulmod(const u256& a, const u256& b, const u256& m) noexcept {
    if (!m) [[unlikely]]
        return {};
    const u512 p = mul_full(a, b);
    const u256 lo = low_half(p), hi = high_half(p);
    // mulmod(a, b, not(0)) is how Solidity's FullMath takes the high word of a product: 2^256 is 1 modulo 2^256 - 1.
    if (m == u256::max()) {
        const auto [sum, carry] = add_carry(lo, hi);
        const u256 r = sum + u256{carry};
        return r == m ? u256{} : r;
    }
    if (!hi) return divide(lo, m).rem;
    if (is_power_of_two(m)) return lo & (m - u256{1});
    return divide_long(p, m).rem;
}

MulDiv mul_div(const u256& a, const u256& b, const u256& d) noexcept {
    const u512 p = mul_full(a, b);
    const u256 lo = low_half(p), hi = high_half(p);
    if (hi >= d) return {{}, true, false};
    if (!hi) {
        const auto [quot, rem] = divide(lo, d);
        return {quot, false, static_cast<bool>(rem)};
    }
    if (is_power_of_two(d)) {
        // hi < d, hence d is at least 2 here.
        const uint64_t shift = 255 - clz(d);
        return {(lo >> shift) | (hi << (256 - shift)), false, static_cast<bool>(lo & (d - u256{1}))};
    }
    const auto r = divide_long(p, d);
    return {{r.quot[0], r.quot[1], r.quot[2], r.quot[3]}, false, static_cast<bool>(r.rem)};
}

u256 exp(u256 base, u256 exponent) noexcept {
    if (!exponent) return 1;
    if (!base) return {};
    const unsigned zeros = trailing_zeros(base);
    if (zeros == 0) return power_of_odd(base, exponent);
    // base = odd * 2^zeros: everything beyond 256 factors of two is gone.
    if (!exponent.fits_u64() || exponent.w[0] >= 256) return {};
    const uint64_t shift = zeros * exponent.w[0];
    if (shift >= 256) return {};
    const u256 odd = base >> uint64_t{zeros};
    return (odd == u256{1} ? odd : power_of_odd(odd, exponent)) << shift;
}

u256 isqrt(const u256& a) noexcept {
    if (a.fits_u64()) return isqrt_u64(a.w[0]);
    // Newton from above: a root of the top 64 bits, correct to 50 bits and rounded up, is at 100 bits after one step
    // and beyond 128 after the second, so that only the last unit remains to be checked.
    const unsigned width = (bit_width(a) + 1) & ~1U;
    const auto top = (a >> uint64_t{width - 64}).w[0];
    const auto root = static_cast<uint64_t>(std::sqrt(static_cast<double>(top)) * 0x1p20) + 4;
    u256 x = u256{root};
    const unsigned shift = (width - 64) / 2;
    x = shift >= 20 ? x << uint64_t{shift - 20} : (x >> uint64_t{20 - shift}) + u256{1};
    x = (x + a / x) >> 1;
    x = (x + a / x) >> 1;
    if (!x.fits_u128() || x * x > a) x -= u256{1};
    return x;
}

u256 load_be(std::span<const uint8_t> bytes) noexcept {
    uint8_t b[32]{};
    const size_t n = std::min<size_t>(bytes.size(), 32);
    if (n != 0) std::memcpy(b + 32 - n, bytes.data() + bytes.size() - n, n);
    return load_be32(b);
}

std::string to_string(const u256& v) {
    constexpr uint64_t chunk = 10'000'000'000'000'000'000ULL;
    constexpr size_t chunk_digits = 19;
    std::array<char, 5 * chunk_digits> text;
    size_t begin = text.size();
    u256 rest = v;
    while (!rest.fits_u64()) {
        const auto [quot, rem] = divide_by_word(rest, chunk);
        rest = quot;
        uint64_t digits = rem.w[0];
        for (size_t i = 0; i < chunk_digits; ++i, digits /= 10) text[--begin] = static_cast<char>('0' + digits % 10);
    }
    uint64_t digits = rest.w[0];
    do text[--begin] = static_cast<char>('0' + digits % 10);
    while ((digits /= 10) != 0);
    return {text.data() + begin, text.size() - begin};
}

std::string to_hex_quantity(const u256& v) {
    std::array<char, 66> text{'0', 'x'};
    size_t n = 2;
    for (unsigned i = std::max(1U, (bit_width(v) + 3) / 4); i-- > 0;)
        text[n++] = "0123456789abcdef"[(v.w[i / 16] >> (i % 16 * 4)) & 15];
    return {text.data(), n};
}

bool parse_u256(std::string_view text, u256& out) noexcept {
    u256 v;
    if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        for (const char c : text.substr(2)) {
            const int d = digit_value(c);
            if (d < 0 || (v.w[3] >> 60) != 0) return false;
            v = (v << uint64_t{4}) | u256{static_cast<uint64_t>(d)};
        }
    } else {
        if (text.empty()) return false;
        for (const char c : text) {
            if (c < '0' || c > '9') return false;
            const u512 p = mul_full(v, u256{10});
            const auto [sum, carry] = add_carry(low_half(p), u256{static_cast<uint64_t>(c - '0')});
            if (carry || p.w[4] != 0) return false;
            v = sum;
        }
    }
    out = v;
    return true;
}

}  // namespace osprey
