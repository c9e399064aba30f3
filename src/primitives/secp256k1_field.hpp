#pragma once
// The field of secp256k1: integers modulo p = 2^256 - 2^32 - 977. For secp256k1_recover.cpp and its tests only.
//
// An element is any 256-bit number of its residue class: 2^256 = 2^32 + 977 modulo p, so what overflows is folded back
// with a multiplication by 33 bits, and the final subtraction of p is left to normalised(). Only 2^32 + 977 numbers in
// 2^256 are not below p, but a signature can be made to produce them: every function is exact for all 256-bit inputs.
//
// Functions write to their first argument, which may be one of the inputs. Results by value would be copied with vector
// loads right after 64-bit stores, which the store buffer cannot forward. Variable time: for public values.

#include <cstdint>

#include "primitives/modular_inverse.hpp"
#include "primitives/u256.hpp"

namespace osprey::secp256k1 {

inline constexpr u256 field_prime = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f_u256;
/// 2^256 - p.
inline constexpr uint64_t fold = 0x1000003d1;

struct Field {
    uint64_t w[4];

    /// Whether the class is that of 0: the number 0 or p.
    constexpr bool is_zero() const noexcept {
        if (w[0] == 0) return (w[1] | w[2] | w[3]) == 0;
        return w[0] == field_prime.w[0] && (w[1] & w[2] & w[3]) == ~uint64_t{0};
    }
};
constexpr Field to_field(const u256& v) noexcept { return {{v.w[0], v.w[1], v.w[2], v.w[3]}}; }
inline constexpr Field field_one{{1, 0, 0, 0}};

/// The representative below p.
constexpr u256 normalised(const Field& a) noexcept {
    const u256 v{a.w[0], a.w[1], a.w[2], a.w[3]};
    return v < field_prime ? v : v - field_prime;
}

// In add and sub, the fold goes beyond the lowest word once in 2^31 times, hence a branch: nothing waits for it.

[[gnu::always_inline]] inline void add(Field& r, const Field& a, const Field& b) noexcept {
    using osprey::detail::adc;
    unsigned long long carry = 0;
    uint64_t t[4];
    for (int i = 0; i < 4; ++i) t[i] = adc(a.w[i], b.w[i], carry);
    const uint64_t folded = (0 - carry) & fold;
    carry = 0;
    t[0] = adc(t[0], folded, carry);
    if (carry != 0) [[unlikely]] {
        for (int i = 1; i < 4; ++i) t[i] = adc(t[i], 0, carry);
        if (carry != 0) t[0] += fold;  // what is left is below `fold`
    }
    for (int i = 0; i < 4; ++i) r.w[i] = t[i];
}
[[gnu::always_inline]] inline void sub(Field& r, const Field& a, const Field& b) noexcept {
    using osprey::detail::sbb;
    unsigned long long borrow = 0;
    uint64_t t[4];
    for (int i = 0; i < 4; ++i) t[i] = sbb(a.w[i], b.w[i], borrow);
    const uint64_t folded = (0 - borrow) & fold;
    borrow = 0;
    t[0] = sbb(t[0], folded, borrow);
    if (borrow != 0) [[unlikely]] {
        for (int i = 1; i < 4; ++i) t[i] = sbb(t[i], 0, borrow);
        if (borrow != 0) t[0] -= fold;  // what is left is at least 2^256 - `fold`
    }
    for (int i = 0; i < 4; ++i) r.w[i] = t[i];
}
[[gnu::always_inline]] inline void neg(Field& r, const Field& a) noexcept { sub(r, Field{}, a); }
/// r = a/2.
[[gnu::always_inline]] inline void halve(Field& r, const Field& a) noexcept {
    using osprey::detail::adc;
    const uint64_t mask = 0 - (a.w[0] & 1);
    unsigned long long carry = 0;
    uint64_t t[4];
    for (int i = 0; i < 4; ++i) t[i] = adc(a.w[i], field_prime.w[i] & mask, carry);
    for (int i = 0; i < 3; ++i) r.w[i] = t[i] >> 1 | t[i + 1] << 63;
    r.w[3] = t[3] >> 1 | static_cast<uint64_t>(carry) << 63;
}

namespace detail {

/// r = z modulo p, in any representative.
inline void reduce_generic(uint64_t r[4], const u512& z) noexcept {
    using osprey::detail::adc;
    u128 t = 0;
    for (int i = 0; i < 4; ++i) {
        t += u128{z.w[i + 4]} * fold + z.w[i];
        r[i] = static_cast<uint64_t>(t);
        t >>= 64;
    }
    t *= fold;  // the fifth word is at most `fold`
    unsigned long long carry = 0;
    r[0] = adc(r[0], static_cast<uint64_t>(t), carry);
    r[1] = adc(r[1], static_cast<uint64_t>(t >> 64), carry);
    r[2] = adc(r[2], 0, carry);
    r[3] = adc(r[3], 0, carry);
    const uint64_t folded = (0 - carry) & fold;  // what is left is below 2^66
    carry = 0;
    r[0] = adc(r[0], folded, carry);
    r[1] += carry;
}

#if defined(__x86_64__) && !defined(OSPREY_NO_ADX) && defined(__OPTIMIZE__)
#define OSPREY_SECP256K1_ADX 1
// In assembly because compilers do not keep two carry chains alive at once: mulx leaves the flags alone, adcx runs on
// the carry flag and adox on the overflow flag (Ozturk, Guilford, Gopal, Feghali: "New Instructions Supporting Large
// Integer Arithmetic on Intel Architecture Processors", 2012). Needs ADX: Broadwell or Zen and later. OSPREY_NO_ADX
// selects the portable kernels, and so does a build without optimisation, which spends registers on addresses.

// acc += carry-in chain (CF), then acc += low product (OF); the high product becomes the next `carry`.
#define OSPREY_MULTIPLY_ADD(carry, acc, source, next) \
    "adcx " carry "," acc                             \
    "\n\t"                                            \
    "mulx " source ",%%rax," next                     \
    "\n\t"                                            \
    "adox %%rax," acc "\n\t"
// r0..r3 = (r0..r3, h0..h3) modulo p; the words of the high half are overwritten. The fifth word's fold goes beyond
// the second word once in 2^62 times: a branch, so that nothing waits for it.
#define OSPREY_FOLD(r0, r1, r2, r3, h0, h1, h2, h3) \
    "movq %[fold],%%rdx\n\t"                        \
    "xorl %%eax,%%eax\n\t"                          \
    "mulx " h0 ",%%rax," h0                         \
    "\n\t"                                          \
    "adox %%rax," r0                                \
    "\n\t" OSPREY_MULTIPLY_ADD(h0, r1, h1, h1)      \
    OSPREY_MULTIPLY_ADD(h1, r2, h2, h2)             \
    OSPREY_MULTIPLY_ADD(h2, r3, h3, h3)             \
    "movl $0,%%eax\n\t"                             \
    "adcx %%rax," h3                                \
    "\n\t"                                          \
    "adox %%rax," h3                                \
    "\n\t"                                          \
    "mulx " h3 ",%%rax," h0                         \
    "\n\t"                                          \
    "addq %%rax," r0                                \
    "\n\t"                                          \
    "adcq " h0 "," r1 \
    "\n\t"                                          \
    "jc 2f\n"                                       \
    "1:\n\t"                                        \
    ".subsection 1\n"                               \
    "2:\n\t"                                        \
    "addq $1," r2                                   \
    "\n\t"                                          \
    "adcq $0," r3                                   \
    "\n\t"                                          \
    "jnc 1b\n\t"                                    \
    "addq %%rdx," r0                                \
    "\n\t"                                          \
    "adcq $0," r1                                   \
    "\n\t"                                          \
    "jmp 1b\n\t"                                    \
    ".previous\n\t"
#define OSPREY_MULTIPLY_ROW(offset, t0, t1, t2, t3, top) \
    "movq " offset "(%[a]),%%rdx\n\t"                    \
    "xorl %%eax,%%eax\n\t"                               \
    "mulx 0(%[b]),%%rax," top                            \
    "\n\t"                                               \
    "adox %%rax," t0                                     \
    "\n\t" OSPREY_MULTIPLY_ADD(top, t1, "8(%[b])", top)  \
    OSPREY_MULTIPLY_ADD(top, t2, "16(%[b])", top)        \
    OSPREY_MULTIPLY_ADD(top, t3, "24(%[b])", top)        \
    "movl $0,%%eax\n\t"                                  \
    "adcx %%rax," top                                    \
    "\n\t"                                               \
    "adox %%rax," top "\n\t"

// t0..t7 = a·b.
#define OSPREY_PRODUCT                                                                        \
    "movq 0(%[a]),%%rdx\n\t"                                                                  \
    "mulx 0(%[b]),%[t0],%[t1]\n\t"                                                            \
    "mulx 8(%[b]),%%rax,%[t2]\n\t"                                                            \
    "addq %%rax,%[t1]\n\t"                                                                    \
    "mulx 16(%[b]),%%rax,%[t3]\n\t"                                                           \
    "adcq %%rax,%[t2]\n\t"                                                                    \
    "mulx 24(%[b]),%%rax,%[t4]\n\t"                                                           \
    "adcq %%rax,%[t3]\n\t"                                                                    \
    "adcq $0,%[t4]\n\t" OSPREY_MULTIPLY_ROW("8", "%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t5]") \
        OSPREY_MULTIPLY_ROW("16", "%[t2]", "%[t3]", "%[t4]", "%[t5]", "%[t6]")                \
            OSPREY_MULTIPLY_ROW("24", "%[t3]", "%[t4]", "%[t5]", "%[t6]", "%[t7]")
// (a0, t1..t6, a3) = (a0..a3)²: the six products of different words are summed, doubled on one carry chain and joined
// by the four squares on the other.
#define OSPREY_SQUARE            \
    "movq %[a0],%%rdx\n\t"       \
    "mulx %[a1],%[t1],%[t2]\n\t" \
    "mulx %[a2],%%rax,%[t3]\n\t" \
    "addq %%rax,%[t2]\n\t"       \
    "mulx %[a3],%%rax,%[t4]\n\t" \
    "adcq %%rax,%[t3]\n\t"       \
    "movq %[a1],%%rdx\n\t"       \
    "adcq $0,%[t4]\n\t"          \
    "xorl %%eax,%%eax\n\t"       \
    "mulx %[a2],%%rax,%[t6]\n\t" \
    "adox %%rax,%[t3]\n\t"       \
    "adcx %[t6],%[t4]\n\t"       \
    "mulx %[a3],%%rax,%[t5]\n\t" \
    "adox %%rax,%[t4]\n\t"       \
    "movq %[a2],%%rdx\n\t"       \
    "mulx %[a3],%%rax,%[t6]\n\t" \
    "adcx %%rax,%[t5]\n\t"       \
    "movl $0,%%eax\n\t"          \
    "adox %%rax,%[t5]\n\t"       \
    "adcx %%rax,%[t6]\n\t"       \
    "adox %%rax,%[t6]\n\t"       \
    "movq %[a0],%%rdx\n\t"       \
    "xorl %%eax,%%eax\n\t"       \
    "mulx %%rdx,%[a0],%%rax\n\t" \
    "adcx %[t1],%[t1]\n\t"       \
    "adox %%rax,%[t1]\n\t"       \
    "movq %[a1],%%rdx\n\t"       \
    "mulx %%rdx,%%rax,%[a1]\n\t" \
    "adcx %[t2],%[t2]\n\t"       \
    "adox %%rax,%[t2]\n\t"       \
    "adcx %[t3],%[t3]\n\t"       \
    "adox %[a1],%[t3]\n\t"       \
    "movq %[a2],%%rdx\n\t"       \
    "mulx %%rdx,%%rax,%[a2]\n\t" \
    "adcx %[t4],%[t4]\n\t"       \
    "adox %%rax,%[t4]\n\t"       \
    "adcx %[t5],%[t5]\n\t"       \
    "adox %[a2],%[t5]\n\t"       \
    "movq %[a3],%%rdx\n\t"       \
    "mulx %%rdx,%%rax,%[a3]\n\t" \
    "adcx %[t6],%[t6]\n\t"       \
    "adox %%rax,%[t6]\n\t"       \
    "movl $0,%%eax\n\t"          \
    "adcx %%rax,%[a3]\n\t"       \
    "adox %%rax,%[a3]\n\t"

[[gnu::always_inline]] inline void multiply_adx(uint64_t* r, const uint64_t* a, const uint64_t* b) noexcept {
    uint64_t t0, t1, t2, t3, t4, t5, t6, t7;
    asm(OSPREY_PRODUCT OSPREY_FOLD("%[t0]", "%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t5]", "%[t6]", "%[t7]")
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5),
          [t6] "=&r"(t6), [t7] "=&r"(t7)
        : [a] "r"(a), [b] "r"(b), [fold] "i"(fold), "m"(*reinterpret_cast<const uint64_t(*)[4]>(a)),
          "m"(*reinterpret_cast<const uint64_t(*)[4]>(b))
        : "rax", "rdx", "cc");
    r[0] = t0;
    r[1] = t1;
    r[2] = t2;
    r[3] = t3;
}

/// In registers from end to end, for chains of squarings.
[[gnu::always_inline]] inline void square_adx(uint64_t& a0, uint64_t& a1, uint64_t& a2, uint64_t& a3) noexcept {
    uint64_t t1, t2, t3, t4, t5, t6;
    asm(OSPREY_SQUARE OSPREY_FOLD("%[a0]", "%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t5]", "%[t6]", "%[a3]")
        : [a0] "+&r"(a0), [a1] "+&r"(a1), [a2] "+&r"(a2), [a3] "+&r"(a3), [t1] "=&r"(t1), [t2] "=&r"(t2),
          [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5), [t6] "=&r"(t6)
        : [fold] "i"(fold)
        : "rax", "rdx", "cc");
    a1 = t1;
    a2 = t2;
    a3 = t3;
}
/// z = a·b.
[[gnu::always_inline]] inline void multiply_wide_adx(uint64_t* z, const uint64_t* a, const uint64_t* b) noexcept {
    uint64_t t0, t1, t2, t3, t4, t5, t6, t7;
    asm(OSPREY_PRODUCT
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5),
          [t6] "=&r"(t6), [t7] "=&r"(t7)
        : [a] "r"(a), [b] "r"(b), "m"(*reinterpret_cast<const uint64_t(*)[4]>(a)),
          "m"(*reinterpret_cast<const uint64_t(*)[4]>(b))
        : "rax", "rdx", "cc");
    z[0] = t0;
    z[1] = t1;
    z[2] = t2;
    z[3] = t3;
    z[4] = t4;
    z[5] = t5;
    z[6] = t6;
    z[7] = t7;
}
/// z = a².
[[gnu::always_inline]] inline void square_wide_adx(uint64_t* z, const uint64_t* a) noexcept {
    uint64_t a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], t1, t2, t3, t4, t5, t6;
    asm(OSPREY_SQUARE
        : [a0] "+&r"(a0), [a1] "+&r"(a1), [a2] "+&r"(a2), [a3] "+&r"(a3), [t1] "=&r"(t1), [t2] "=&r"(t2),
          [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5), [t6] "=&r"(t6)
        :
        : "rax", "rdx", "cc");
    z[0] = a0;
    z[1] = t1;
    z[2] = t2;
    z[3] = t3;
    z[4] = t4;
    z[5] = t5;
    z[6] = t6;
    z[7] = a3;
}
/// r = a·b - z. A negative difference is lifted by p·2^256: its high half, modulo 2^256, less `fold`; once more where
/// that is not enough, which chance reaches once in 2^190 times.
[[gnu::always_inline]] inline void multiply_subtract_adx(uint64_t* r, const uint64_t* a, const uint64_t* b,
                                                         const uint64_t (&z)[8]) noexcept {
    uint64_t t0, t1, t2, t3, t4, t5, t6, t7;
    asm(OSPREY_PRODUCT
        "subq %[z0],%[t0]\n\t"
        "sbbq %[z1],%[t1]\n\t"
        "sbbq %[z2],%[t2]\n\t"
        "sbbq %[z3],%[t3]\n\t"
        "sbbq %[z4],%[t4]\n\t"
        "sbbq %[z5],%[t5]\n\t"
        "sbbq %[z6],%[t6]\n\t"
        "sbbq %[z7],%[t7]\n\t"
        "movq %[fold],%%rdx\n\t"
        "sbbq %%rax,%%rax\n\t"
        "andq %%rdx,%%rax\n\t"
        "subq %%rax,%[t4]\n\t"
        "jc 4f\n"
        "3:\n\t"
        ".subsection 1\n"
        "4:\n\t"
        "sbbq $0,%[t5]\n\t"
        "sbbq $0,%[t6]\n\t"
        "sbbq $0,%[t7]\n\t"
        "jnc 3b\n\t"
        "subq %%rdx,%[t4]\n\t"
        "jmp 3b\n\t"
        ".previous\n\t" OSPREY_FOLD("%[t0]", "%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t5]", "%[t6]", "%[t7]")
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5),
          [t6] "=&r"(t6), [t7] "=&r"(t7)
        : [a] "r"(a), [b] "r"(b), [fold] "i"(fold), [z0] "m"(z[0]), [z1] "m"(z[1]), [z2] "m"(z[2]), [z3] "m"(z[3]),
          [z4] "m"(z[4]), [z5] "m"(z[5]), [z6] "m"(z[6]), [z7] "m"(z[7]),
          "m"(*reinterpret_cast<const uint64_t(*)[4]>(a)), "m"(*reinterpret_cast<const uint64_t(*)[4]>(b))
        : "rax", "rdx", "cc");
    r[0] = t0;
    r[1] = t1;
    r[2] = t2;
    r[3] = t3;
}
#undef OSPREY_PRODUCT
#undef OSPREY_SQUARE
#undef OSPREY_MULTIPLY_ROW
#undef OSPREY_FOLD
#undef OSPREY_MULTIPLY_ADD
#endif

}  // namespace detail

/// r = a·b.
[[gnu::always_inline]] inline void mul(Field& r, const Field& a, const Field& b) noexcept {
#ifdef OSPREY_SECP256K1_ADX
    detail::multiply_adx(r.w, a.w, b.w);
#else
    detail::reduce_generic(r.w, mul_full({a.w[0], a.w[1], a.w[2], a.w[3]}, {b.w[0], b.w[1], b.w[2], b.w[3]}));
#endif
}
/// r = a^(2^times).
[[gnu::always_inline]] inline void sqr(Field& r, const Field& a, int times = 1) noexcept {
#ifdef OSPREY_SECP256K1_ADX
    uint64_t t0 = a.w[0], t1 = a.w[1], t2 = a.w[2], t3 = a.w[3];
    for (int i = 0; i < times; ++i) detail::square_adx(t0, t1, t2, t3);
    r.w[0] = t0;
    r.w[1] = t1;
    r.w[2] = t2;
    r.w[3] = t3;
#else
    mul(r, a, a);
    for (int i = 1; i < times; ++i) mul(r, r, r);
#endif
}

/// r = a·b - c·d, with one reduction.
[[gnu::always_inline]] inline void mul_sub(Field& r, const Field& a, const Field& b, const Field& c,
                                           const Field& d) noexcept {
#ifdef OSPREY_SECP256K1_ADX
    uint64_t z[8];
    detail::multiply_wide_adx(z, c.w, d.w);
    detail::multiply_subtract_adx(r.w, a.w, b.w, z);
#else
    Field t;
    mul(t, c, d);
    mul(r, a, b);
    sub(r, r, t);
#endif
}
/// r = a·b - c², with one reduction.
[[gnu::always_inline]] inline void mul_sub_sqr(Field& r, const Field& a, const Field& b, const Field& c) noexcept {
#ifdef OSPREY_SECP256K1_ADX
    uint64_t z[8];
    detail::square_wide_adx(z, c.w);
    detail::multiply_subtract_adx(r.w, a.w, b.w, z);
#else
    mul_sub(r, a, b, c, c);
#endif
}

/// r = a^((p + 1) / 4), a square root of a where it has one; false, and r is a root of -a, where it has none.
/// (p + 1) / 4 in binary is 223 ones, a zero, 22 ones, 0000, 11, 00: 253 squarings and 13 multiplications over runs of
/// 2, 3, 6, 9, 11, 22, 44, 88, 176, 220 and 223 ones (the chain of libsecp256k1).
inline bool sqrt(Field& r, const Field& a) noexcept {
    const Field value = a;
    Field x2, x3, x6, x9, x11, x22, x44, x88, t;
    sqr(x2, value);
    mul(x2, x2, value);
    sqr(x3, x2);
    mul(x3, x3, value);
    sqr(x6, x3, 3);
    mul(x6, x6, x3);
    sqr(x9, x6, 3);
    mul(x9, x9, x3);
    sqr(x11, x9, 2);
    mul(x11, x11, x2);
    sqr(x22, x11, 11);
    mul(x22, x22, x11);
    sqr(x44, x22, 22);
    mul(x44, x44, x22);
    sqr(x88, x44, 44);
    mul(x88, x88, x44);
    sqr(t, x88, 88);
    mul(t, t, x88);
    sqr(t, t, 44);
    mul(t, t, x44);
    sqr(t, t, 3);
    mul(t, t, x3);
    sqr(t, t, 23);
    mul(t, t, x22);
    sqr(t, t, 6);
    mul(t, t, x2);
    sqr(t, t, 2);
    r = t;
    sqr(t, t);
    sub(t, t, value);
    return t.is_zero();
}

/// r = 1/a; 0 for 0.
inline void inverse(Field& r, const Field& a) noexcept { r = to_field(modular_inverse<field_prime>(normalised(a))); }

}  // namespace osprey::secp256k1
