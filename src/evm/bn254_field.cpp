#include "evm/bn254_field.hpp"

#include <bit>

namespace osprey::evm::bn254 {
namespace {

// --- inversion --------------------------------------------------------------------------------
// Bernstein and Yang: "Fast constant-time gcd computation and modular inversion" (2019), in the variable-time form that
// removes runs of zero bits at once: 62 division steps at a time on the low words make a 2x2 matrix, which is then
// applied to the full-length values. The order of the tests is that of libsecp256k1's modinv64; eta is the paper's
// -delta.

/// Five signed 62-bit digits, least significant first.
struct Signed62 {
    int64_t v[5];
};
using i128 = __int128;

constexpr uint64_t mask62 = ~uint64_t{0} >> 2;
constexpr Signed62 to_signed62(const uint64_t (&w)[4]) noexcept {
    return {{static_cast<int64_t>(w[0] & mask62), static_cast<int64_t>((w[0] >> 62 | w[1] << 2) & mask62),
             static_cast<int64_t>((w[1] >> 60 | w[2] << 4) & mask62),
             static_cast<int64_t>((w[2] >> 58 | w[3] << 6) & mask62), static_cast<int64_t>(w[3] >> 56)}};
}
constexpr Signed62 modulus62 = to_signed62(modulus.w);
/// p⁻¹ mod 2^62.
constexpr uint64_t modulus_inverse62 = (~modulus.neg_inv + 1) & mask62;

/// 2^62 times the transition of 62 division steps: (f, g) becomes (u·f + v·g, q·f + r·g) / 2^62.
struct Transition {
    int64_t u, v, q, r;
};

int64_t division_steps_62(int64_t eta, uint64_t f, uint64_t g, Transition& t) noexcept {
    uint64_t u = 1, v = 0, q = 0, r = 1;
    int left = 62;
    for (;;) {
        // A sentinel bit ends the count at the number of steps that are left.
        const int zeros = std::countr_zero(g | (~uint64_t{0} << left));
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0) break;
        // f and g are odd. Where eta is negative they swap, with one sign; then a multiple of f cancels as many low
        // bits of g as the steps until the next swap allow. The swap is unpredictable: conditional moves, no branch.
        const bool swap = eta < 0;
        const uint64_t f_old = f, u_old = u, v_old = v;
        f = swap ? g : f;
        g = swap ? 0 - f_old : g;
        u = swap ? q : u;
        q = swap ? 0 - u_old : q;
        v = swap ? r : v;
        r = swap ? 0 - v_old : r;
        eta = swap ? -eta : eta;
        const int limit = eta + 1 > left ? left : static_cast<int>(eta) + 1;
        const uint64_t mask = (~uint64_t{0} >> (64 - limit)) & 63;
        const uint64_t w = (f * g * (f * f - 2)) & mask;  // -g/f modulo 2^6
        g += f * w;
        q += u * w;
        r += v * w;
    }
    t = {static_cast<int64_t>(u), static_cast<int64_t>(v), static_cast<int64_t>(q), static_cast<int64_t>(r)};
    return eta;
}

/// (d, e) = (u·d + v·e, q·d + r·e) / 2^62 modulo p; both stay in (-2p, p).
void update_cofactors(Signed62& d, Signed62& e, const Transition& t) noexcept {
    // Adding p where d or e is negative keeps the range; the rest of the multiple of p makes the low 62 bits vanish.
    const int64_t sign_d = d.v[4] >> 63, sign_e = e.v[4] >> 63;
    int64_t md = (t.u & sign_d) + (t.v & sign_e);
    int64_t me = (t.q & sign_d) + (t.r & sign_e);
    i128 cd = i128{t.u} * d.v[0] + i128{t.v} * e.v[0];
    i128 ce = i128{t.q} * d.v[0] + i128{t.r} * e.v[0];
    md -= static_cast<int64_t>((modulus_inverse62 * static_cast<uint64_t>(cd) + static_cast<uint64_t>(md)) & mask62);
    me -= static_cast<int64_t>((modulus_inverse62 * static_cast<uint64_t>(ce) + static_cast<uint64_t>(me)) & mask62);
    cd = (cd + i128{modulus62.v[0]} * md) >> 62;
    ce = (ce + i128{modulus62.v[0]} * me) >> 62;
    for (int i = 1; i < 5; ++i) {
        cd += i128{t.u} * d.v[i] + i128{t.v} * e.v[i] + i128{modulus62.v[i]} * md;
        ce += i128{t.q} * d.v[i] + i128{t.r} * e.v[i] + i128{modulus62.v[i]} * me;
        d.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(cd) & mask62);
        e.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(ce) & mask62);
        cd >>= 62;
        ce >>= 62;
    }
    d.v[4] = static_cast<int64_t>(cd);
    e.v[4] = static_cast<int64_t>(ce);
}

/// (f, g) = (u·f + v·g, q·f + r·g) / 2^62, exactly, over the lowest `length` digits.
void update_values(Signed62& f, Signed62& g, const Transition& t, int length) noexcept {
    i128 cf = (i128{t.u} * f.v[0] + i128{t.v} * g.v[0]) >> 62;
    i128 cg = (i128{t.q} * f.v[0] + i128{t.r} * g.v[0]) >> 62;
    for (int i = 1; i < length; ++i) {
        cf += i128{t.u} * f.v[i] + i128{t.v} * g.v[i];
        cg += i128{t.q} * f.v[i] + i128{t.r} * g.v[i];
        f.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(cf) & mask62);
        g.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(cg) & mask62);
        cf >>= 62;
        cg >>= 62;
    }
    f.v[length - 1] = static_cast<int64_t>(cf);
    g.v[length - 1] = static_cast<int64_t>(cg);
}

/// r·a = 1 modulo p for the plain integers, below p; 0 for 0.
void inverse_of_representative(Fp& r, const Fp& a) noexcept {
    Signed62 d{}, e{{1}}, f = modulus62, g = to_signed62(a.w);
    int length = 5;
    int64_t eta = -1;
    for (;;) {
        Transition t;
        eta = division_steps_62(eta, static_cast<uint64_t>(f.v[0]), static_cast<uint64_t>(g.v[0]), t);
        update_cofactors(d, e, t);
        update_values(f, g, t, length);
        int64_t rest = 0;
        for (int i = 0; i < length; ++i) rest |= g.v[i];
        if (rest == 0) break;
        // Drop the top digit once it only repeats the sign of the one below it in both values.
        const int64_t top_f = f.v[length - 1], top_g = g.v[length - 1];
        if (length > 1 && (top_f ^ (top_f >> 63)) == 0 && (top_g ^ (top_g >> 63)) == 0) {
            f.v[length - 2] |= static_cast<int64_t>(static_cast<uint64_t>(top_f) << 62);
            g.v[length - 2] |= static_cast<int64_t>(static_cast<uint64_t>(top_g) << 62);
            --length;
        }
    }
    // f is now ±1 and d the inverse up to that sign, in (-2p, p): as 256-bit two's complement, then into [0, p).
    const auto digit = [&d](int i) { return static_cast<uint64_t>(d.v[i]); };
    u256 inverse{digit(0) | digit(1) << 62, digit(1) >> 2 | digit(2) << 60, digit(2) >> 4 | digit(3) << 58,
                 digit(3) >> 6 | digit(4) << 56};
    if (f.v[length - 1] < 0) inverse = -inverse;
    while (inverse.is_negative()) inverse += field_modulus;
    detail::subtract_modulus_once(r, inverse.w[0], inverse.w[1], inverse.w[2], inverse.w[3]);
}

// --- multiplication by the non-residue --------------------------------------------------------

/// k·p for k = 0..10.
constexpr auto modulus_multiples = [] {
    std::array<u256, 11> t;
    for (size_t k = 0; k < t.size(); ++k) t[k] = k == 0 ? u256{} : t[k - 1] + field_modulus;
    return t;
}();

/// r = (w + 2^256·top) mod p for values from 0 to 10.2p. (5p is the last multiple below 2^256, so the difference is
/// taken modulo 2^256.)
[[gnu::always_inline]] inline void reduce_ten_fold(Fp& r, const uint64_t w[4], uint64_t top) noexcept {
    // p is 12.098·2^250, and h = floor(v / 2^250) <= 123: h·84/1024 is below v/p by less than 1.17.
    const uint64_t h = top << 6 | w[3] >> 58;
    const u256& multiple = modulus_multiples[(h * 84) >> 10];
    unsigned long long borrow = 0;
    uint64_t t[4];
    for (int i = 0; i < 4; ++i) t[i] = detail::sbb(w[i], multiple.w[i], borrow);
    detail::subtract_modulus_once(r, t[0], t[1], t[2], t[3]);
}

/// r = 9a + b mod p.
[[gnu::always_inline]] inline void nine_times_plus(Fp& r, const Fp& a, const Fp& b) noexcept {
    uint64_t w[4];
    unsigned long long carry = 0;
    w[0] = detail::adc(a.w[0], a.w[0] << 3, carry);
    for (int i = 1; i < 4; ++i) w[i] = detail::adc(a.w[i], a.w[i] << 3 | a.w[i - 1] >> 61, carry);
    uint64_t top = (a.w[3] >> 61) + carry;
    carry = 0;
    for (int i = 0; i < 4; ++i) w[i] = detail::adc(w[i], b.w[i], carry);
    reduce_ten_fold(r, w, top + carry);
}

constexpr uint64_t sign_word(const FpWide& z) noexcept { return 0 - (z.w[7] >> 63); }

/// r = (9a + b + c) / 2^256 mod p, or with -b where `negate`, for a sum between -offset·p·2^256 and (9.2 -
/// offset)·p·2^256.
template <bool negate, size_t offset>
[[gnu::always_inline]] inline void reduce_nine_times_plus(Fp& r, const FpWide& a, const FpWide& b,
                                                          const FpWide& c) noexcept {
    FpWide z;
    unsigned long long carry = 0;
    z.w[0] = detail::adc(a.w[0], a.w[0] << 3, carry);
    for (int i = 1; i < 8; ++i) z.w[i] = detail::adc(a.w[i], a.w[i] << 3 | a.w[i - 1] >> 61, carry);
    uint64_t top = sign_word(a) + static_cast<uint64_t>(static_cast<int64_t>(a.w[7]) >> 61) + carry;
    carry = 0;
    if constexpr (negate) {
        for (int i = 0; i < 8; ++i) z.w[i] = detail::sbb(z.w[i], b.w[i], carry);
        top -= sign_word(b) + carry;
    } else {
        for (int i = 0; i < 8; ++i) z.w[i] = detail::adc(z.w[i], b.w[i], carry);
        top += sign_word(b) + carry;
    }
    carry = 0;
    for (int i = 0; i < 8; ++i) z.w[i] = detail::adc(z.w[i], c.w[i], carry);
    top += sign_word(c) + carry;
    // The high half alone takes the offset and, after the reduction of the low one, the quotient.
    uint64_t t[4];
    reduce_low(t, z);
    carry = 0;
    for (int i = 0; i < 4; ++i) t[i] = detail::adc(t[i], z.w[i + 4], carry);
    top += carry;
    carry = 0;
    for (int i = 0; i < 4; ++i) t[i] = detail::adc(t[i], modulus_multiples[offset].w[i], carry);
    reduce_ten_fold(r, t, top + carry);
}

}  // namespace

void inverse(Fp& r, const Fp& a) noexcept {
    // The representative a·R becomes a⁻¹·R⁻¹; times R³, divided by R in the multiplication: a⁻¹·R.
    inverse_of_representative(r, a);
    mul(r, r, montgomery_r3);
}

void multiply_wide(Fp2Wide& z, const Fp2& a, const Fp2& b) noexcept {
    Fp sum_a, sum_b;
    FpWide product0, product1;
    add_unreduced(sum_a, a.c0, a.c1);
    add_unreduced(sum_b, b.c0, b.c1);
    multiply_wide(product0, a.c0, b.c0);
    multiply_wide(product1, a.c1, b.c1);
    multiply_wide(z.c1, sum_a, sum_b);
    sub(z.c0, product0, product1);
    sub(z.c1, z.c1, product0);
    sub(z.c1, z.c1, product1);
}

void square_wide(Fp2Wide& z, const Fp2& a) noexcept {
    Fp sum, difference, twice;
    add_unreduced(sum, a.c0, a.c1);
    sub(difference, a.c0, a.c1);
    add_unreduced(twice, a.c0, a.c0);
    multiply_wide(z.c0, sum, difference);
    multiply_wide(z.c1, twice, a.c1);
}

void reduce(Fp2& r, const Fp2Wide& z) noexcept {
    reduce(r.c0, z.c0);
    reduce(r.c1, z.c1);
}

void mul(Fp2& r, const Fp2& a, const Fp2& b) noexcept {
    Fp sum_a, sum_b;
    FpWide product0, product1, z;
    add_unreduced(sum_a, a.c0, a.c1);
    add_unreduced(sum_b, b.c0, b.c1);
    multiply_wide(product0, a.c0, b.c0);
    multiply_wide(product1, a.c1, b.c1);
    multiply_wide(z, sum_a, sum_b);
    sub(z, z, product0);
    sub(z, z, product1);
    reduce(r.c1, z);
    sub(z, product0, product1);
    reduce(r.c0, z);
}

void sqr(Fp2& r, const Fp2& a) noexcept {
    Fp sum, difference, twice;
    add_unreduced(sum, a.c0, a.c1);
    sub(difference, a.c0, a.c1);
    add_unreduced(twice, a.c0, a.c0);
    mul(r.c1, twice, a.c1);
    mul(r.c0, sum, difference);
}

void mul_by_xi(Fp2& r, const Fp2& a) noexcept {
    Fp negated;
    neg(negated, a.c1);
    const Fp real = a.c0;
    nine_times_plus(r.c0, real, negated);
    nine_times_plus(r.c1, a.c1, real);
}

void mul_by_conjugated_xi(Fp2& r, const Fp2& a) noexcept {
    Fp negated;
    neg(negated, a.c0);
    const Fp imaginary = a.c1;
    nine_times_plus(r.c1, imaginary, negated);
    nine_times_plus(r.c0, a.c0, imaginary);
}

void reduce_xi_add(Fp2& r, const Fp2Wide& a, const Fp2Wide& b) noexcept {
    // 9·a0 - a1 + b0 is within -24p² and 22p², 9·a1 + a0 + b1 within -4p² and 42p².
    reduce_nine_times_plus<true, 5>(r.c0, a.c0, a.c1, b.c0);
    reduce_nine_times_plus<false, 1>(r.c1, a.c1, a.c0, b.c1);
}

void inverse(Fp2& r, const Fp2& a) noexcept {
    FpWide norm, square;
    multiply_wide(norm, a.c0, a.c0);
    multiply_wide(square, a.c1, a.c1);
    add(norm, norm, square);
    Fp t;
    reduce(t, norm);
    inverse(t, t);
    mul(r.c0, a.c0, t);
    mul(r.c1, a.c1, t);
    neg(r.c1, r.c1);
}

}  // namespace osprey::evm::bn254
