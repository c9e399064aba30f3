#pragma once
// The prime field of alt_bn128 and its quadratic extension, for bn254.cpp and its neighbours only.
//
// Elements stand in Montgomery form (a·2^256 mod p) and are always fully reduced. The modulus has two spare bits, so a
// sum of up to five elements fits in 256 bits: sums that only feed a multiplication are not reduced.
//
// Functions write to their first argument, which may be one of the inputs. Results by value would be copied with
// vector loads right after 64-bit stores, which the store buffer cannot forward.

#include <array>
#include <cstdint>

#include "primitives/u256.hpp"

namespace osprey::evm::bn254 {

/// p = 36x⁴ + 36x³ + 24x² + 6x + 1 with x = 4965661367192848881 (EIP-196).
inline constexpr u256 field_modulus = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47_u256;
/// The order of the groups: r = 36x⁴ + 36x³ + 18x² + 6x + 1.
inline constexpr u256 group_order = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001_u256;

/// p as an array of words followed by -p⁻¹ mod 2^64: one base address for the multiplication kernels.
struct Modulus {
    uint64_t w[4];
    uint64_t neg_inv;
};
constexpr uint64_t negated_inverse(uint64_t odd) noexcept {
    uint64_t x = 1;
    for (int i = 0; i < 6; ++i) x *= 2 - odd * x;  // Newton: doubles the number of right bits
    return ~x + 1;
}
alignas(64) inline constexpr Modulus modulus{
    {field_modulus.w[0], field_modulus.w[1], field_modulus.w[2], field_modulus.w[3]},
    negated_inverse(field_modulus.w[0])};

struct Fp {
    uint64_t w[4];

    friend constexpr bool operator==(const Fp& a, const Fp& b) noexcept {
        return ((a.w[0] ^ b.w[0]) | (a.w[1] ^ b.w[1]) | (a.w[2] ^ b.w[2]) | (a.w[3] ^ b.w[3])) == 0;
    }
    constexpr bool is_zero() const noexcept { return (w[0] | w[1] | w[2] | w[3]) == 0; }
};

/// A product, or a sum or difference of a few, before its Montgomery reduction: exact, as two's complement of 512 bits.
/// p² is 2^507.2, and p·2^256 is 5.29p².
struct FpWide {
    uint64_t w[8];
};

namespace detail {
using osprey::detail::adc;
using osprey::detail::sbb;

/// r = t - p when t >= p, else t; for t < 2p.
[[gnu::always_inline]] constexpr void subtract_modulus_once(Fp& r, uint64_t t0, uint64_t t1, uint64_t t2,
                                                            uint64_t t3) noexcept {
    unsigned long long borrow = 0;
    const uint64_t s0 = sbb(t0, modulus.w[0], borrow);
    const uint64_t s1 = sbb(t1, modulus.w[1], borrow);
    const uint64_t s2 = sbb(t2, modulus.w[2], borrow);
    const uint64_t s3 = sbb(t3, modulus.w[3], borrow);
    r.w[0] = borrow != 0 ? t0 : s0;
    r.w[1] = borrow != 0 ? t1 : s1;
    r.w[2] = borrow != 0 ? t2 : s2;
    r.w[3] = borrow != 0 ? t3 : s3;
}

/// t = (t + m·p) / 2^256 <= p for the m that makes it whole.
constexpr void reduce_low_generic(uint64_t t[4]) noexcept {
    for (int i = 0; i < 4; ++i) {
        const uint64_t m = t[0] * modulus.neg_inv;
        uint64_t carry = static_cast<uint64_t>((u128{m} * modulus.w[0] + t[0]) >> 64);
        for (int j = 1; j < 4; ++j) {
            const u128 s = u128{m} * modulus.w[j] + t[j] + carry;
            t[j - 1] = static_cast<uint64_t>(s);
            carry = static_cast<uint64_t>(s >> 64);
        }
        t[3] = carry;
    }
}

#if defined(__x86_64__) && !defined(OSPREY_NO_ADX)
#define OSPREY_BN254_ADX 1
// The kernels below are in assembly because compilers do not keep two carry chains alive at once: mulx leaves the flags
// alone, adcx runs on the carry flag and adox on the overflow flag (Ozturk, Guilford, Gopal, Feghali: "New Instructions
// Supporting Large Integer Arithmetic on Intel Architecture Processors", 2012). About a quarter faster than clang's
// code. Needs ADX: Broadwell or Zen and later. OSPREY_NO_ADX selects the portable kernels.

// acc += carry-in chain (CF), then acc += low product (OF); the high product becomes the next `carry`.
#define OSPREY_MULTIPLY_ADD(carry, acc, source) \
    "adcx " carry "," acc                       \
    "\n\t"                                      \
    "mulx " source ",%%rax," carry              \
    "\n\t"                                      \
    "adox %%rax," acc "\n\t"
// One reduction step: t = (t + m·p) / 2^64, with `top` as the word that comes in from above.
#define OSPREY_REDUCE_STEP(top) \
    "movq %[neg_inv],%%rdx\n\t"                         \
    "imulq %[t0],%%rdx\n\t"                             \
    "xorl %%eax,%%eax\n\t"                              \
    "mulx %[p0],%%rax,%[s]\n\t"                         \
    "adcx %[t0],%%rax\n\t"                              \
    "movq %[s],%[t0]\n\t"                               \
    OSPREY_MULTIPLY_ADD("%[t1]", "%[t0]", "%[p1]")      \
    OSPREY_MULTIPLY_ADD("%[t2]", "%[t1]", "%[p2]")      \
    OSPREY_MULTIPLY_ADD("%[t3]", "%[t2]", "%[p3]")      \
    "movl $0,%%eax\n\t"                                 \
    "adcx %%rax,%[t3]\n\t"                              \
    "adox " top ",%[t3]\n\t"
// t += a[offset]·b, the fifth word into c.
#define OSPREY_MULTIPLY_ROW(offset) \
    "movq " offset "(%[a]),%%rdx\n\t"                       \
    "xorl %%eax,%%eax\n\t"                                  \
    "mulx 0(%[b]),%%rax,%[c]\n\t"                           \
    "adox %%rax,%[t0]\n\t"                                  \
    OSPREY_MULTIPLY_ADD("%[c]", "%[t1]", "8(%[b])")         \
    OSPREY_MULTIPLY_ADD("%[c]", "%[t2]", "16(%[b])")        \
    OSPREY_MULTIPLY_ADD("%[c]", "%[t3]", "24(%[b])")        \
    "movl $0,%%eax\n\t"                                     \
    "adcx %%rax,%[c]\n\t"                                   \
    "adox %%rax,%[c]\n\t"
// The same for a full product: the lowest word is finished and stored, the others rotate through the registers.
#define OSPREY_WIDE_ROW(offset, r0, r1, r2, r3, carry) \
    "movq " offset "(%[a]),%%rdx\n\t"                       \
    "xorl %%eax,%%eax\n\t"                                  \
    "mulx 0(%[b]),%%rax," carry "\n\t"                      \
    "adox %%rax," r0 "\n\t"                                 \
    "movq " r0 "," offset "(%[z])\n\t"                      \
    OSPREY_MULTIPLY_ADD(carry, r1, "8(%[b])")               \
    OSPREY_MULTIPLY_ADD(carry, r2, "16(%[b])")              \
    OSPREY_MULTIPLY_ADD(carry, r3, "24(%[b])")              \
    "movl $0,%%eax\n\t"                                     \
    "adcx %%rax," carry "\n\t"                              \
    "adox %%rax," carry "\n\t"
#define OSPREY_MODULUS_OPERANDS                                                                     \
    [p0] "m"(modulus.w[0]), [p1] "m"(modulus.w[1]), [p2] "m"(modulus.w[2]), [p3] "m"(modulus.w[3]), \
        [neg_inv] "m"(modulus.neg_inv)

/// a·b/2^256 + (something below p) — that is, in [0, 2p) — for a·b < p·2^256. Coarsely integrated operand scanning
/// (Koç, Acar, Kaliski: "Analyzing and Comparing Montgomery Multiplication Algorithms", 1996) without the sixth word,
/// which stays empty because the modulus' top bit is clear (the "no-carry" variant of gnark-crypto).
[[gnu::always_inline]] inline void multiply_adx(uint64_t t[4], const uint64_t* a, const uint64_t* b) noexcept {
    uint64_t t0, t1, t2, t3, c, s;
    asm("movq 0(%[a]),%%rdx\n\t"
        "xorl %%eax,%%eax\n\t"
        "mulx 0(%[b]),%[t0],%[t1]\n\t"
        "mulx 8(%[b]),%%rax,%[t2]\n\t"
        "adox %%rax,%[t1]\n\t"
        "mulx 16(%[b]),%%rax,%[t3]\n\t"
        "adox %%rax,%[t2]\n\t"
        "mulx 24(%[b]),%%rax,%[c]\n\t"
        "adox %%rax,%[t3]\n\t"
        "movl $0,%%eax\n\t"
        "adox %%rax,%[c]\n\t" OSPREY_REDUCE_STEP("%[c]") OSPREY_MULTIPLY_ROW("8") OSPREY_REDUCE_STEP("%[c]")
            OSPREY_MULTIPLY_ROW("16") OSPREY_REDUCE_STEP("%[c]") OSPREY_MULTIPLY_ROW("24") OSPREY_REDUCE_STEP("%[c]")
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [c] "=&r"(c), [s] "=&r"(s)
        : [a] "r"(a), [b] "r"(b), "m"(*reinterpret_cast<const uint64_t(*)[4]>(a)),
          "m"(*reinterpret_cast<const uint64_t(*)[4]>(b)), OSPREY_MODULUS_OPERANDS
        : "rax", "rdx", "cc");
    t[0] = t0;
    t[1] = t1;
    t[2] = t2;
    t[3] = t3;
}

[[gnu::always_inline]] inline void multiply_wide_adx(uint64_t* z, const uint64_t* a, const uint64_t* b) noexcept {
    uint64_t t0, t1, t2, t3, c;
    asm("movq 0(%[a]),%%rdx\n\t"
        "mulx 0(%[b]),%%rax,%[t1]\n\t"
        "movq %%rax,0(%[z])\n\t"
        "mulx 8(%[b]),%%rax,%[t2]\n\t"
        "addq %%rax,%[t1]\n\t"
        "mulx 16(%[b]),%%rax,%[t3]\n\t"
        "adcq %%rax,%[t2]\n\t"
        "mulx 24(%[b]),%%rax,%[t0]\n\t"
        "adcq %%rax,%[t3]\n\t"
        "adcq $0,%[t0]\n\t"
        OSPREY_WIDE_ROW("8", "%[t1]", "%[t2]", "%[t3]", "%[t0]", "%[c]")
        OSPREY_WIDE_ROW("16", "%[t2]", "%[t3]", "%[t0]", "%[c]", "%[t1]")
        OSPREY_WIDE_ROW("24", "%[t3]", "%[t0]", "%[c]", "%[t1]", "%[t2]")
        "movq %[t0],32(%[z])\n\t"
        "movq %[c],40(%[z])\n\t"
        "movq %[t1],48(%[z])\n\t"
        "movq %[t2],56(%[z])\n\t"
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [c] "=&r"(c),
          "=m"(*reinterpret_cast<uint64_t(*)[8]>(z))
        : [a] "r"(a), [b] "r"(b), [z] "r"(z), "m"(*reinterpret_cast<const uint64_t(*)[4]>(a)),
          "m"(*reinterpret_cast<const uint64_t(*)[4]>(b))
        : "rax", "rdx", "cc");
}

[[gnu::always_inline]] inline void reduce_low_adx(uint64_t t[4]) noexcept {
    uint64_t t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3], s;
    asm(OSPREY_REDUCE_STEP("%%rax") OSPREY_REDUCE_STEP("%%rax") OSPREY_REDUCE_STEP("%%rax") OSPREY_REDUCE_STEP("%%rax")
        : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [s] "=&r"(s)
        : OSPREY_MODULUS_OPERANDS
        : "rax", "rdx", "cc");
    t[0] = t0;
    t[1] = t1;
    t[2] = t2;
    t[3] = t3;
}
#undef OSPREY_MODULUS_OPERANDS
#undef OSPREY_WIDE_ROW
#undef OSPREY_MULTIPLY_ROW
#undef OSPREY_REDUCE_STEP
#undef OSPREY_MULTIPLY_ADD
#endif
}  // namespace detail

// --- wide values ------------------------------------------------------------------------------

/// z = a·b over 512 bits, for any 256-bit a and b.
[[gnu::always_inline]] constexpr void multiply_wide(FpWide& z, const Fp& a, const Fp& b) noexcept {
#ifdef OSPREY_BN254_ADX
    if !consteval {
        detail::multiply_wide_adx(z.w, a.w, b.w);
        return;
    }
#endif
    const u512 product = mul_full({a.w[0], a.w[1], a.w[2], a.w[3]}, {b.w[0], b.w[1], b.w[2], b.w[3]});
    for (int i = 0; i < 8; ++i) z.w[i] = product.w[i];
}

/// t = (z mod 2^256 + m·p) / 2^256 <= p for the m that makes it whole: what Montgomery reduction adds to the high half.
[[gnu::always_inline]] constexpr void reduce_low(uint64_t t[4], const FpWide& z) noexcept {
    for (int i = 0; i < 4; ++i) t[i] = z.w[i];
#ifdef OSPREY_BN254_ADX
    if !consteval {
        detail::reduce_low_adx(t);
        return;
    }
#endif
    detail::reduce_low_generic(t);
}

/// r = z / 2^256 mod p, for z in (-p·2^256, p·2^256) as two's complement.
[[gnu::always_inline]] constexpr void reduce(Fp& r, const FpWide& z) noexcept {
    uint64_t t[4];
    reduce_low(t, z);
    const uint64_t mask = 0 - (z.w[7] >> 63);
    unsigned long long carry = 0;
    for (int i = 0; i < 4; ++i) t[i] = detail::adc(t[i], z.w[i + 4], carry);
    carry = 0;
    for (int i = 0; i < 4; ++i) t[i] = detail::adc(t[i], modulus.w[i] & mask, carry);
    detail::subtract_modulus_once(r, t[0], t[1], t[2], t[3]);
}

/// z = a + b and a - b, modulo 2^512.
[[gnu::always_inline]] constexpr void add(FpWide& z, const FpWide& a, const FpWide& b) noexcept {
    unsigned long long carry = 0;
    for (int i = 0; i < 8; ++i) z.w[i] = detail::adc(a.w[i], b.w[i], carry);
}
[[gnu::always_inline]] constexpr void sub(FpWide& z, const FpWide& a, const FpWide& b) noexcept {
    unsigned long long borrow = 0;
    for (int i = 0; i < 8; ++i) z.w[i] = detail::sbb(a.w[i], b.w[i], borrow);
}

// --- the prime field --------------------------------------------------------------------------

/// r = a + b without reduction: for multiplication inputs only.
[[gnu::always_inline]] constexpr void add_unreduced(Fp& r, const Fp& a, const Fp& b) noexcept {
    unsigned long long carry = 0;
    for (int i = 0; i < 4; ++i) r.w[i] = detail::adc(a.w[i], b.w[i], carry);
}
[[gnu::always_inline]] constexpr void add(Fp& r, const Fp& a, const Fp& b) noexcept {
    Fp t;
    add_unreduced(t, a, b);
    detail::subtract_modulus_once(r, t.w[0], t.w[1], t.w[2], t.w[3]);
}
[[gnu::always_inline]] constexpr void sub(Fp& r, const Fp& a, const Fp& b) noexcept {
    unsigned long long borrow = 0;
    uint64_t t[4];
    for (int i = 0; i < 4; ++i) t[i] = detail::sbb(a.w[i], b.w[i], borrow);
    const uint64_t mask = 0 - borrow;
    unsigned long long carry = 0;
    for (int i = 0; i < 4; ++i) r.w[i] = detail::adc(t[i], modulus.w[i] & mask, carry);
}
constexpr void dbl(Fp& r, const Fp& a) noexcept { add(r, a, a); }
constexpr void neg(Fp& r, const Fp& a) noexcept { sub(r, Fp{}, a); }
/// r = a/2.
constexpr void halve(Fp& r, const Fp& a) noexcept {
    const uint64_t mask = 0 - (a.w[0] & 1);
    unsigned long long carry = 0;
    uint64_t t[4];
    for (int i = 0; i < 4; ++i) t[i] = detail::adc(a.w[i], modulus.w[i] & mask, carry);
    for (int i = 0; i < 3; ++i) r.w[i] = t[i] >> 1 | t[i + 1] << 63;
    r.w[3] = t[3] >> 1;
}

/// r = a·b, for a·b < p·2^256: both reduced, or both below 2p.
constexpr void mul(Fp& r, const Fp& a, const Fp& b) noexcept {
#ifdef OSPREY_BN254_ADX
    if !consteval {
        uint64_t t[4];
        detail::multiply_adx(t, a.w, b.w);
        detail::subtract_modulus_once(r, t[0], t[1], t[2], t[3]);
        return;
    }
#endif
    FpWide z;
    multiply_wide(z, a, b);
    reduce(r, z);
}
constexpr void sqr(Fp& r, const Fp& a) noexcept { mul(r, a, a); }

/// 2^512 and 2^768 modulo p: into Montgomery form, and back into it after an inversion.
inline constexpr Fp montgomery_r2{{0xf32cfc5b538afa89, 0xb5e71911d44501fb, 0x47ab1eff0a417ff6, 0x06d89f71cab8351f}};
inline constexpr Fp montgomery_r3{{0xb1cd6dafda1530df, 0x62f210e6a7283db6, 0xef7f0b0c0ada0afb, 0x20fd6e902d592544}};

/// v must be below p.
constexpr Fp to_field(const u256& v) noexcept {
    Fp r{{v.w[0], v.w[1], v.w[2], v.w[3]}};
    mul(r, r, montgomery_r2);
    return r;
}
constexpr u256 from_field(const Fp& a) noexcept {
    Fp r;
    reduce(r, {{a.w[0], a.w[1], a.w[2], a.w[3], 0, 0, 0, 0}});
    return {r.w[0], r.w[1], r.w[2], r.w[3]};
}
inline constexpr Fp fp_one = to_field(1);

/// r = 1/a; 0 for 0.
void inverse(Fp& r, const Fp& a) noexcept;

// --- Fp2 = Fp[u] / (u² + 1) -------------------------------------------------------------------

struct Fp2 {
    Fp c0, c1;

    friend constexpr bool operator==(const Fp2&, const Fp2&) noexcept = default;
    constexpr bool is_zero() const noexcept { return c0.is_zero() && c1.is_zero(); }
};
struct Fp2Wide {
    FpWide c0, c1;
};

inline void add(Fp2& r, const Fp2& a, const Fp2& b) noexcept {
    add(r.c0, a.c0, b.c0);
    add(r.c1, a.c1, b.c1);
}
inline void add_unreduced(Fp2& r, const Fp2& a, const Fp2& b) noexcept {
    add_unreduced(r.c0, a.c0, b.c0);
    add_unreduced(r.c1, a.c1, b.c1);
}
inline void sub(Fp2& r, const Fp2& a, const Fp2& b) noexcept {
    sub(r.c0, a.c0, b.c0);
    sub(r.c1, a.c1, b.c1);
}
inline void dbl(Fp2& r, const Fp2& a) noexcept { add(r, a, a); }
inline void neg(Fp2& r, const Fp2& a) noexcept {
    neg(r.c0, a.c0);
    neg(r.c1, a.c1);
}
inline void halve(Fp2& r, const Fp2& a) noexcept {
    halve(r.c0, a.c0);
    halve(r.c1, a.c1);
}
inline void conjugate(Fp2& r, const Fp2& a) noexcept {
    r.c0 = a.c0;
    neg(r.c1, a.c1);
}

inline void add(Fp2Wide& r, const Fp2Wide& a, const Fp2Wide& b) noexcept {
    add(r.c0, a.c0, b.c0);
    add(r.c1, a.c1, b.c1);
}
inline void sub(Fp2Wide& r, const Fp2Wide& a, const Fp2Wide& b) noexcept {
    sub(r.c0, a.c0, b.c0);
    sub(r.c1, a.c1, b.c1);
}

/// z = a·b by Karatsuba, as plain integers, for coefficients below 2p. Of reduced factors: |z.c0| < p², 0 <= z.c1 <
/// 2p².
void multiply_wide(Fp2Wide& z, const Fp2& a, const Fp2& b) noexcept;
/// z = a² for reduced a, both coefficients in [0, 2p²): (a0 + a1)((a0 - a1) mod p) + 2·a0·a1·u.
void square_wide(Fp2Wide& z, const Fp2& a) noexcept;
/// r = z / 2^256 mod p, for coefficients of magnitude below p·2^256.
void reduce(Fp2& r, const Fp2Wide& z) noexcept;
/// r = a·b with two reductions for three products (Aranha, Karabina, Longa, Gebotys, López: "Faster explicit formulas
/// for computing pairings over ordinary curves", 2011, section 3).
void mul(Fp2& r, const Fp2& a, const Fp2& b) noexcept;
void sqr(Fp2& r, const Fp2& a) noexcept;
inline void mul(Fp2& r, const Fp2& a, const Fp& b) noexcept {
    mul(r.c0, a.c0, b);
    mul(r.c1, a.c1, b);
}
/// r = a·ξ with ξ = 9 + u, the non-residue that defines Fp6.
void mul_by_xi(Fp2& r, const Fp2& a) noexcept;
/// r = a·(9 - u).
void mul_by_conjugated_xi(Fp2& r, const Fp2& a) noexcept;
/// r = (a·ξ + b) / 2^256 mod p, for a.c0 in ±2p², a.c1 in [0, 4p²], b's coefficients in [-2p², 4p²].
void reduce_xi_add(Fp2& r, const Fp2Wide& a, const Fp2Wide& b) noexcept;
/// r = 1/a; 0 for 0.
void inverse(Fp2& r, const Fp2& a) noexcept;

inline constexpr Fp2 fp2_one{fp_one, {}};

}  // namespace osprey::evm::bn254
