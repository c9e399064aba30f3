#include "evm/bn254_tower.hpp"

namespace osprey::evm::bn254 {

constexpr Fp2 frobenius_constants[6] = {
    fp2_one,
    {to_field(0x1284b71c2865a7dfe8b99fdd76e68b605c521e08292f2176d60b35dadcc9e470_u256),
     to_field(0x246996f3b4fae7e6a6327cfe12150b8e747992778eeec7e5ca5cf05f80f362ac_u256)},
    {to_field(0x2fb347984f7911f74c0bec3cf559b143b78cc310c2c3330c99e39557176f553d_u256),
     to_field(0x16c9e55061ebae204ba4cc8bd75a079432ae2a1d0b7c9dce1665d51c640fcba2_u256)},
    {to_field(0x063cf305489af5dcdc5ec698b6e2f9b9dbaae0eda9c95998dc54014671a0135a_u256),
     to_field(0x07c03cbcac41049a0704b5a7ec796f2b21807dc98fa25bd282d37f632623b0e3_u256)},
    {to_field(0x05b54f5e64eea80180f3c0b75a181e84d33365f7be94ec72848a1f55921ea762_u256),
     to_field(0x2c145edbe7fd8aee9f3a80b03b0b1c923685d2ea1bdec763c13b4711cd2b8126_u256)},
    {to_field(0x0183c1e74f798649e93a3661a4353ff4425c459b55aa1bd32ea2c810eab7692f_u256),
     to_field(0x12acf2ca76fd0675a27fb246c7729f7db080cb99678e2ac024c6b8ee6e0c2c4b_u256)},
};
constexpr Fp frobenius_square_constants[6] = {
    fp_one,
    to_field(0x30644e72e131a0295e6dd9e7e0acccb0c28f069fbb966e3de4bd44e5607cfd49_u256),
    to_field(0x30644e72e131a0295e6dd9e7e0acccb0c28f069fbb966e3de4bd44e5607cfd48_u256),
    to_field(0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd46_u256),
    to_field(0x59e26bcea0d48bacd4f263f1acdb5c4f5763473177fffffe_u256),
    to_field(0x59e26bcea0d48bacd4f263f1acdb5c4f5763473177ffffff_u256),
};

namespace {

void add(Fp6& r, const Fp6& a, const Fp6& b) noexcept {
    bn254::add(r.c0, a.c0, b.c0);
    bn254::add(r.c1, a.c1, b.c1);
    bn254::add(r.c2, a.c2, b.c2);
}
void sub(Fp6& r, const Fp6& a, const Fp6& b) noexcept {
    bn254::sub(r.c0, a.c0, b.c0);
    bn254::sub(r.c1, a.c1, b.c1);
    bn254::sub(r.c2, a.c2, b.c2);
}
void neg(Fp6& r, const Fp6& a) noexcept {
    bn254::neg(r.c0, a.c0);
    bn254::neg(r.c1, a.c1);
    bn254::neg(r.c2, a.c2);
}
/// r = a·v.
void mul_by_v(Fp6& r, const Fp6& a) noexcept {
    Fp2 t;
    mul_by_xi(t, a.c2);
    r.c2 = a.c1;
    r.c1 = a.c0;
    r.c0 = t;
}

/// r = (a + b)(c + d) - x - y for x = a·c and y = b·d, that is a·d + b·c: of reduced values |r.c0| < 2p², 0 <= r.c1 <
/// 4p².
[[gnu::always_inline]] inline void cross_product(Fp2Wide& r, const Fp2& a, const Fp2& b, const Fp2& c, const Fp2& d,
                                                 const Fp2Wide& x, const Fp2Wide& y) noexcept {
    Fp2 sum_ab, sum_cd;
    add_unreduced(sum_ab, a, b);
    add_unreduced(sum_cd, c, d);
    multiply_wide(r, sum_ab, sum_cd);
    bn254::sub(r, r, x);
    bn254::sub(r, r, y);
}

/// r = (x + y) / 2^256 mod p for x from cross_product and y a product: the imaginary part may reach 6p², beyond what
/// reduce takes, so p·2^256 leaves it first.
[[gnu::always_inline]] inline void reduce_sum(Fp2& r, const Fp2Wide& x, const Fp2Wide& y) noexcept {
    Fp2Wide t;
    bn254::add(t, x, y);
    unsigned long long borrow = 0;
    for (int i = 0; i < 4; ++i) t.c1.w[i + 4] = detail::sbb(t.c1.w[i + 4], modulus.w[i], borrow);
    reduce(r, t);
}

/// Karatsuba with six products, reduced once per coefficient (Devegili, Ó hÉigeartaigh, Scott, Dahab: "Multiplication
/// and squaring on pairing-friendly fields", 2006, section 4; lazy reduction after Aranha et al., 2011).
void mul(Fp6& r, const Fp6& a, const Fp6& b) noexcept {
    Fp2Wide v0, v1, v2, t0, t1, t2;
    multiply_wide(v0, a.c0, b.c0);
    multiply_wide(v1, a.c1, b.c1);
    multiply_wide(v2, a.c2, b.c2);
    cross_product(t0, a.c1, a.c2, b.c1, b.c2, v1, v2);
    cross_product(t1, a.c0, a.c1, b.c0, b.c1, v0, v1);
    cross_product(t2, a.c0, a.c2, b.c0, b.c2, v0, v2);
    reduce_xi_add(r.c0, t0, v0);
    reduce_xi_add(r.c1, v2, t1);
    reduce_sum(r.c2, t2, v1);
}

/// r = a·(b0 + b1·v).
void mul_by_01(Fp6& r, const Fp6& a, const Fp2& b0, const Fp2& b1) noexcept {
    Fp2Wide v0, v1, t0, t1, t2;
    multiply_wide(v0, a.c0, b0);
    multiply_wide(v1, a.c1, b1);
    multiply_wide(t0, a.c2, b1);
    multiply_wide(t2, a.c2, b0);
    cross_product(t1, a.c0, a.c1, b0, b1, v0, v1);
    reduce_xi_add(r.c0, t0, v0);
    reduce(r.c1, t1);
    bn254::add(t2, t2, v1);
    reduce(r.c2, t2);
}

/// Inversion by the norm to Fp2 (Beuchat et al.: "High-speed software implementation of the optimal ate pairing over
/// Barreto-Naehrig curves", 2010, algorithm 17).
void inverse(Fp6& r, const Fp6& a) noexcept {
    Fp2 x, y, z, t, s;
    sqr(x, a.c0);
    bn254::mul(t, a.c1, a.c2);
    mul_by_xi(t, t);
    bn254::sub(x, x, t);
    sqr(y, a.c2);
    mul_by_xi(y, y);
    bn254::mul(t, a.c0, a.c1);
    bn254::sub(y, y, t);
    sqr(z, a.c1);
    bn254::mul(t, a.c0, a.c2);
    bn254::sub(z, z, t);
    bn254::mul(t, a.c2, y);
    bn254::mul(s, a.c1, z);
    bn254::add(t, t, s);
    mul_by_xi(t, t);
    bn254::mul(s, a.c0, x);
    bn254::add(t, t, s);
    bn254::inverse(t, t);
    bn254::mul(r.c0, x, t);
    bn254::mul(r.c1, y, t);
    bn254::mul(r.c2, z, t);
}

/// (a + b·s)² with s² = ξ: real = a² + ξ·b², cross = ab, half of what stands beside s. One multiplication is cheaper
/// than the third squaring and its wide subtractions.
void square_fp4(Fp2& real, Fp2& cross, const Fp2& a, const Fp2& b) noexcept {
    Fp2Wide aa, bb;
    square_wide(aa, a);
    square_wide(bb, b);
    reduce_xi_add(real, bb, aa);
    bn254::mul(cross, a, b);
}
/// r = 3t - 2a.
void triple_minus_twice(Fp2& r, const Fp2& t, const Fp2& a) noexcept {
    Fp2 d;
    bn254::sub(d, t, a);
    dbl(d, d);
    bn254::add(r, d, t);
}
/// r = 6t + 2a.
void six_times_plus_twice(Fp2& r, const Fp2& t, const Fp2& a) noexcept {
    Fp2 d;
    dbl(d, t);
    bn254::add(d, d, t);
    bn254::add(d, d, a);
    dbl(r, d);
}

}  // namespace

void mul(Fp12& r, const Fp12& a, const Fp12& b) noexcept {
    Fp6 v0, v1, sum_a, sum_b;
    add(sum_a, a.c0, a.c1);
    add(sum_b, b.c0, b.c1);
    mul(v0, a.c0, b.c0);
    mul(v1, a.c1, b.c1);
    mul(r.c1, sum_a, sum_b);
    sub(r.c1, r.c1, v0);
    sub(r.c1, r.c1, v1);
    mul_by_v(v1, v1);
    add(r.c0, v0, v1);
}

/// Complex squaring: two multiplications in Fp6 (Devegili et al., 2006).
void sqr(Fp12& r, const Fp12& a) noexcept {
    Fp6 product, sum, shifted;
    mul(product, a.c0, a.c1);
    add(sum, a.c0, a.c1);
    mul_by_v(shifted, a.c1);
    add(shifted, shifted, a.c0);
    mul(r.c0, sum, shifted);
    mul_by_v(shifted, product);
    sub(r.c0, r.c0, product);
    sub(r.c0, r.c0, shifted);
    add(r.c1, product, product);
}

void mul(Fp12& r, const Fp12& a, const Line& line) noexcept {
    Fp6 v0, v1, sum;
    Fp2 c01;
    bn254::mul(v0.c0, a.c0.c0, line.c0);
    bn254::mul(v0.c1, a.c0.c1, line.c0);
    bn254::mul(v0.c2, a.c0.c2, line.c0);
    mul_by_01(v1, a.c1, line.c1, line.c3);
    add(sum, a.c0, a.c1);
    bn254::add(c01, line.c0, line.c1);
    mul_by_01(r.c1, sum, c01, line.c3);
    sub(r.c1, r.c1, v0);
    sub(r.c1, r.c1, v1);
    mul_by_v(v1, v1);
    add(r.c0, v0, v1);
}

void mul(Fp12& r, const Fp12& a, const Line& first, const Line& second) noexcept {
    // (a0 + a1·w + a3·w³)(b0 + b1·w + b3·w³) with w² = v, w⁶ = ξ.
    Fp2Wide v0, v1, v3, t;
    Fp6 even;
    Fp2 odd0, odd1;
    multiply_wide(v0, first.c0, second.c0);
    multiply_wide(v1, first.c1, second.c1);
    multiply_wide(v3, first.c3, second.c3);
    cross_product(t, first.c0, first.c1, second.c0, second.c1, v0, v1);
    reduce(odd0, t);
    cross_product(t, first.c0, first.c3, second.c0, second.c3, v0, v3);
    reduce(odd1, t);
    cross_product(t, first.c1, first.c3, second.c1, second.c3, v1, v3);
    reduce(even.c2, t);
    reduce(even.c1, v1);
    reduce_xi_add(even.c0, v3, v0);

    Fp6 product0, product1, sum_a, sum_b;
    mul(product0, a.c0, even);
    mul_by_01(product1, a.c1, odd0, odd1);
    add(sum_a, a.c0, a.c1);
    bn254::add(sum_b.c0, even.c0, odd0);
    bn254::add(sum_b.c1, even.c1, odd1);
    sum_b.c2 = even.c2;
    mul(r.c1, sum_a, sum_b);
    sub(r.c1, r.c1, product0);
    sub(r.c1, r.c1, product1);
    mul_by_v(product1, product1);
    add(r.c0, product0, product1);
}

void conjugate(Fp12& r, const Fp12& a) noexcept {
    r.c0 = a.c0;
    neg(r.c1, a.c1);
}

void inverse(Fp12& r, const Fp12& a) noexcept {
    Fp6 t, s;
    mul(t, a.c0, a.c0);
    mul(s, a.c1, a.c1);
    mul_by_v(s, s);
    sub(t, t, s);
    inverse(t, t);
    mul(r.c0, a.c0, t);
    mul(r.c1, a.c1, t);
    neg(r.c1, r.c1);
}

void frobenius(Fp12& r, const Fp12& a, int power) noexcept {
    // The coefficients of 1, w, w², ..., w⁵.
    const Fp2* const in[6] = {&a.c0.c0, &a.c1.c0, &a.c0.c1, &a.c1.c1, &a.c0.c2, &a.c1.c2};
    Fp2* const out[6] = {&r.c0.c0, &r.c1.c0, &r.c0.c1, &r.c1.c1, &r.c0.c2, &r.c1.c2};
    for (int i = 0; i < 6; ++i) {
        Fp2 t = *in[i];
        if (power != 2) {
            conjugate(t, t);
            if (i != 0) bn254::mul(t, t, frobenius_constants[i]);
        }
        if (power != 1 && i != 0) bn254::mul(t, t, frobenius_square_constants[i]);
        *out[i] = t;
    }
}

void cyclotomic_sqr(Fp12& r, const Fp12& a) noexcept {
    Fp2 real0, cross0, real1, cross1, real2, cross2;
    square_fp4(real0, cross0, a.c0.c0, a.c1.c1);
    square_fp4(real1, cross1, a.c1.c0, a.c0.c2);
    square_fp4(real2, cross2, a.c0.c1, a.c1.c2);
    mul_by_xi(cross2, cross2);
    triple_minus_twice(r.c0.c0, real0, a.c0.c0);
    triple_minus_twice(r.c0.c1, real1, a.c0.c1);
    triple_minus_twice(r.c0.c2, real2, a.c0.c2);
    six_times_plus_twice(r.c1.c0, cross2, a.c1.c0);
    six_times_plus_twice(r.c1.c1, cross0, a.c1.c1);
    six_times_plus_twice(r.c1.c2, cross1, a.c1.c2);
}

}  // namespace osprey::evm::bn254
