#pragma once
// Arithmetic modulo an odd number of up to 256 bits that is known at run time only, for precompile_modexp.cpp.
//
// Residues stand as x·2^256 mod m (P. Montgomery: "Modular Multiplication Without Trial Division", 1985), always fully
// reduced. Unlike the fields of bn254 and secp256k1 the modulus may have any top bits, so sums carry into a ninth word.

#include "primitives/u256.hpp"

namespace osprey::evm {

class Montgomery {
public:
    /// m is odd.
    explicit Montgomery(const u256& m) noexcept : m_(m), one_(-m % m) {
        // Newton's iteration doubles the correct low bits of m^-1 from the 3 that m itself has.
        uint64_t inverse = m.w[0];
        for (int i = 0; i < 5; ++i) inverse *= 2 - m.w[0] * inverse;
        negated_inverse_ = -inverse;
    }

    const u256& one() const noexcept { return one_; }
    u256 enter(const u256& x) const noexcept { return mulmod(x, one_, m_); }
    u256 leave(const u256& x) const noexcept { return multiply(x, u256{1}); }

    /// a·b, in Montgomery form like a and b.
    u256 multiply(const u256& a, const u256& b) const noexcept;
    /// x^(2^times). The value stays in registers: a turn through memory costs as much as a third of a squaring.
    u256 square(const u256& x, size_t times) const noexcept;

private:
    u256 m_;
    u256 one_;
    uint64_t negated_inverse_;  ///< of m, modulo 2^64
};

// Sanitizers and builds without optimisation leave too few registers for the assembly.
#if defined(__x86_64__) && defined(__OPTIMIZE__) && !defined(OSPREY_NO_ADX) && !__has_feature(address_sanitizer) && \
    !__has_feature(thread_sanitizer)
// In assembly because compilers do not keep two carry chains alive at once: mulx leaves the flags alone, adcx runs on
// the carry flag and adox on the overflow flag (Ozturk, Guilford, Gopal, Feghali: "New Instructions Supporting Large
// Integer Arithmetic on Intel Architecture Processors", 2012). A fifth faster than clang's code. Needs ADX: Broadwell
// or Zen and later. OSPREY_NO_ADX selects the portable form.
//
// Reduction clears the low words one by one, each a chain of two dependent multiplications. Two words are cleared as
// soon as they are final, before the upper half of the product is summed: that fills the waits of the chain.

// clang-format off: one instruction a line

// acc += carry-in chain (CF), then acc += low product (OF); the high product becomes the next `carry`.
#define OSPREY_MULTIPLY_ADD(carry, acc, source, next) \
    "adcx " carry "," acc "\n\t" \
    "mulx " source ",%%rax," next "\n\t" \
    "adox %%rax," acc "\n\t"
// top += CF + OF.
#define OSPREY_ADD_CARRIES(top) \
    "movl $0,%%eax\n\t" \
    "adcx %%rax," top "\n\t" \
    "adox %%rax," top "\n\t"
// (t0..t3, top) = t0..t3 + a[offset]·b.
#define OSPREY_MULTIPLY_ROW(offset, t0, t1, t2, t3, top) \
    "movq " offset "(%[a]),%%rdx\n\t" \
    "xorl %%eax,%%eax\n\t" \
    "mulx 0(%[b]),%%rax," top "\n\t" \
    "adox %%rax," t0 "\n\t" \
    OSPREY_MULTIPLY_ADD(top, t1, "8(%[b])", top) \
    OSPREY_MULTIPLY_ADD(top, t2, "16(%[b])", top) \
    OSPREY_MULTIPLY_ADD(top, t3, "24(%[b])", top) \
    OSPREY_ADD_CARRIES(top)
// (x1, x2, x3, x0) = (x0..x3 + q·m) / 2^64 for the q that clears x0; `s` is overwritten.
#define OSPREY_CLEAR_WORD(x0, x1, x2, x3, s) \
    "movq %[negated_inverse],%%rdx\n\t" \
    "imulq " x0 ",%%rdx\n\t" \
    "xorl %%eax,%%eax\n\t" \
    "mulx %[m0],%%rax," s "\n\t" \
    "adcx " x0 ",%%rax\n\t" \
    "mulx %[m1],%%rax," x0 "\n\t" \
    "adcx " s "," x1 "\n\t" \
    "adox %%rax," x1 "\n\t" \
    "mulx %[m2],%%rax," s "\n\t" \
    "adcx " x0 "," x2 "\n\t" \
    "adox %%rax," x2 "\n\t" \
    "mulx %[m3],%%rax," x0 "\n\t" \
    "adcx " s "," x3 "\n\t" \
    "adox %%rax," x3 "\n\t" \
    OSPREY_ADD_CARRIES(x0)
// x0..x3 += h0..h3, less m where the sum reaches it; h0..h3 are overwritten.
#define OSPREY_JOIN_HALVES(x0, x1, x2, x3, h0, h1, h2, h3) \
    "addq " h0 "," x0 "\n\t" \
    "adcq " h1 "," x1 "\n\t" \
    "adcq " h2 "," x2 "\n\t" \
    "adcq " h3 "," x3 "\n\t" \
    "sbbq %%rdx,%%rdx\n\t" \
    "movq " x0 "," h0 "\n\t" \
    "subq %[m0]," h0 "\n\t" \
    "movq " x1 "," h1 "\n\t" \
    "sbbq %[m1]," h1 "\n\t" \
    "movq " x2 "," h2 "\n\t" \
    "sbbq %[m2]," h2 "\n\t" \
    "movq " x3 "," h3 "\n\t" \
    "sbbq %[m3]," h3 "\n\t" \
    "sbbq $0,%%rdx\n\t" \
    "cmovncq " h0 "," x0 "\n\t" \
    "cmovncq " h1 "," x1 "\n\t" \
    "cmovncq " h2 "," x2 "\n\t" \
    "cmovncq " h3 "," x3 "\n\t"
// clang-format on
#define OSPREY_MODULUS_OPERANDS \
    [m0] "m"(m_.w[0]), [m1] "m"(m_.w[1]), [m2] "m"(m_.w[2]), [m3] "m"(m_.w[3]), [negated_inverse] "m"(negated_inverse_)

[[gnu::always_inline]] inline u256 Montgomery::multiply(const u256& a, const u256& b) const noexcept {
    uint64_t t0, t1, t2, t3, t4, t5, t6, t7, s;
    asm("movq 0(%[a]),%%rdx\n\t"
        "mulx 0(%[b]),%[t0],%[t1]\n\t"
        "mulx 8(%[b]),%%rax,%[t2]\n\t"
        "addq %%rax,%[t1]\n\t"
        "mulx 16(%[b]),%%rax,%[t3]\n\t"
        "adcq %%rax,%[t2]\n\t"
        "mulx 24(%[b]),%%rax,%[t4]\n\t"
        "adcq %%rax,%[t3]\n\t"
        "adcq $0,%[t4]\n\t" OSPREY_MULTIPLY_ROW("8", "%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t5]") OSPREY_CLEAR_WORD(
            "%[t0]", "%[t1]", "%[t2]", "%[t3]", "%[s]") OSPREY_CLEAR_WORD("%[t1]", "%[t2]", "%[t3]", "%[t0]", "%[s]")
            OSPREY_MULTIPLY_ROW("16", "%[t2]", "%[t3]", "%[t4]", "%[t5]", "%[t6]")
                OSPREY_MULTIPLY_ROW("24", "%[t3]", "%[t4]", "%[t5]", "%[t6]", "%[t7]")
                    OSPREY_CLEAR_WORD("%[t2]", "%[t3]", "%[t0]", "%[t1]", "%[s]")
                        OSPREY_CLEAR_WORD("%[t3]", "%[t0]", "%[t1]", "%[t2]", "%[s]")
                            OSPREY_JOIN_HALVES("%[t0]", "%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t5]", "%[t6]", "%[t7]")
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5),
          [t6] "=&r"(t6), [t7] "=&r"(t7), [s] "=&r"(s)
        : [a] "r"(a.w), [b] "r"(b.w), "m"(a.w), "m"(b.w), OSPREY_MODULUS_OPERANDS
        : "rax", "rdx", "cc");
    return {t0, t1, t2, t3};
}

[[gnu::always_inline]] inline u256 Montgomery::square(const u256& x, size_t times) const noexcept {
    // The value in a0, a1, a2, a3; then words 0 to 7 of its square in a0, t1, t2, t3, t4, t5, t6, a3. The six products
    // of different words are summed, doubled on one carry chain and joined by the four squares on the other. Both
    // carries out of word 3 wait in `c`; t6 and later a2 serve as scratch while nothing is in them.
    uint64_t a0 = x.w[0], a1 = x.w[1], a2 = x.w[2], a3 = x.w[3];
    for (; times > 0; --times) {
        uint64_t t1, t2, t3, t4, t5, t6, c;
        asm("movq %[a0],%%rdx\n\t"
            "mulx %%rdx,%[a0],%[t6]\n\t"
            "mulx %[a1],%[t1],%[t2]\n\t"
            "mulx %[a2],%%rax,%[t3]\n\t"
            "addq %%rax,%[t2]\n\t"
            "mulx %[a3],%%rax,%[t4]\n\t"
            "adcq %%rax,%[t3]\n\t"
            "movq %[a1],%%rdx\n\t"
            "adcq $0,%[t4]\n\t"
            "mulx %[a2],%%rax,%[c]\n\t"
            "addq %%rax,%[t3]\n\t"
            "movl $0,%k[t5]\n\t"
            "adcq %[c],%[t4]\n\t"
            "adcq %[t5],%[t5]\n\t"
            "mulx %%rdx,%%rax,%[c]\n\t"
            "xorl %%edx,%%edx\n\t"
            "adcx %[t1],%[t1]\n\t"
            "adox %[t6],%[t1]\n\t"
            "adcx %[t2],%[t2]\n\t"
            "adox %%rax,%[t2]\n\t"
            "adcx %[t3],%[t3]\n\t"
            "adox %[c],%[t3]\n\t"
            "movl $0,%k[c]\n\t"
            "adcx %%rdx,%[c]\n\t"
            "adox %%rdx,%[c]\n\t"
            OSPREY_CLEAR_WORD("%[a0]", "%[t1]", "%[t2]", "%[t3]", "%[t6]")
            OSPREY_CLEAR_WORD("%[t1]", "%[t2]", "%[t3]", "%[a0]", "%[t6]")
            "movq %[a1],%%rdx\n\t"
            "mulx %[a3],%%rax,%[t6]\n\t"
            "addq %%rax,%[t4]\n\t"
            "adcq %[t6],%[t5]\n\t"
            "movq %[a2],%%rdx\n\t"
            "mulx %[a3],%%rax,%[t6]\n\t"
            "addq %%rax,%[t5]\n\t"
            "adcq $0,%[t6]\n\t"
            "mulx %%rdx,%%rax,%[a2]\n\t"
            "movq %[a3],%%rdx\n\t"
            "mulx %%rdx,%[a1],%[a3]\n\t"
            "addq %%rax,%[c]\n\t"
            "adcq $0,%[a2]\n\t"
            "xorl %%eax,%%eax\n\t"
            "adcx %[t4],%[t4]\n\t"
            "adox %[c],%[t4]\n\t"
            "adcx %[t5],%[t5]\n\t"
            "adox %[a2],%[t5]\n\t"
            "adcx %[t6],%[t6]\n\t"
            "adox %[a1],%[t6]\n\t"
            "adcx %%rax,%[a3]\n\t"
            "adox %%rax,%[a3]\n\t"
            OSPREY_CLEAR_WORD("%[t2]", "%[t3]", "%[a0]", "%[t1]", "%[a2]")
            OSPREY_CLEAR_WORD("%[t3]", "%[a0]", "%[t1]", "%[t2]", "%[a2]")
            OSPREY_JOIN_HALVES("%[a0]", "%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t5]", "%[t6]", "%[a3]")
            : [a0] "+&r"(a0), [a1] "+&r"(a1), [a2] "+&r"(a2), [a3] "+&r"(a3), [t1] "=&r"(t1), [t2] "=&r"(t2),
              [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5), [t6] "=&r"(t6), [c] "=&r"(c)
            : OSPREY_MODULUS_OPERANDS
            : "rax", "rdx", "cc");
        a1 = t1;
        a2 = t2;
        a3 = t3;
    }
    return {a0, a1, a2, a3};
}
#undef OSPREY_MODULUS_OPERANDS
#undef OSPREY_JOIN_HALVES
#undef OSPREY_CLEAR_WORD
#undef OSPREY_MULTIPLY_ROW
#undef OSPREY_ADD_CARRIES
#undef OSPREY_MULTIPLY_ADD

#else

inline u256 Montgomery::multiply(const u256& a, const u256& b) const noexcept {
    u512 p = mul_full(a, b);
    unsigned long long top = 0;
    for (int i = 0; i < 4; ++i) {
        const uint64_t q = p.w[i] * negated_inverse_;
        u128 k = 0;
        for (int j = 0; j < 4; ++j) {
            k += u128{q} * m_.w[j] + p.w[i + j];
            p.w[i + j] = static_cast<uint64_t>(k);
            k >>= 64;
        }
        p.w[i + 4] = detail::adc(p.w[i + 4], static_cast<uint64_t>(k), top);
    }
    const u256 r{p.w[4], p.w[5], p.w[6], p.w[7]};
    const auto [reduced, borrow] = sub_borrow(r, m_);
    return top != 0 || !borrow ? reduced : r;
}

inline u256 Montgomery::square(const u256& x, size_t times) const noexcept {
    u256 r = x;
    for (; times > 0; --times) r = multiply(r, r);
    return r;
}
#endif

}  // namespace osprey::evm
