#include "evm/bn254_field.hpp"

#include "primitives/modular_inverse.hpp"

namespace osprey::evm::bn254 {
namespace {

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
    const u256 i = modular_inverse<field_modulus>({a.w[0], a.w[1], a.w[2], a.w[3]});
    r = {{i.w[0], i.w[1], i.w[2], i.w[3]}};
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
