// 256-bit arithmetic against GMP.

#include <gmp.h>

#include "fuzz/byte_source.hpp"
#include "fuzz/fuzzing.hpp"
#include "primitives/u256.hpp"

namespace osprey::fuzz {
namespace {

struct Number {
    mpz_t z;
    Number() { mpz_init(z); }
    explicit Number(uint64_t v) { mpz_init_set_ui(z, v); }
    explicit Number(const u256& v) {
        mpz_init(z);
        mpz_import(z, 4, -1, 8, 0, 0, v.w);
    }
    ~Number() { mpz_clear(z); }
    Number(const Number&) = delete;
    Number& operator=(const Number&) = delete;
    operator mpz_ptr() { return z; }  // NOLINT(google-explicit-constructor)

    /// Two's complement read as a signed number.
    void make_signed() {
        if (mpz_tstbit(z, 255) == 0) return;
        Number whole(1);
        mpz_mul_2exp(whole, whole, 256);
        mpz_sub(z, z, whole);
    }
    /// Modulo 2^256.
    u256 word() {
        Number low;
        mpz_fdiv_r_2exp(low, z, 256);
        u256 v;
        mpz_export(v.w, nullptr, -1, 8, 0, 0, low);
        return v;
    }
};

void run(ByteSource& in) {
    const u256 a = in.word(), b = in.word(), m = in.word();
    Number A(a), B(b), M(m), r;
    mpz_add(r, A, B);
    FUZZ_CHECK(a + b == r.word());
    FUZZ_CHECK(add_carry(a, b).carry == (mpz_sizeinbase(r, 2) > 256));
    mpz_sub(r, A, B);
    FUZZ_CHECK(a - b == r.word());
    FUZZ_CHECK((a < b) == (mpz_sgn(r.z) < 0) && (a == b) == (mpz_sgn(r.z) == 0));
    mpz_mul(r, A, B);
    FUZZ_CHECK(a * b == r.word());
    const u512 product = mul_full(a, b);
    FUZZ_CHECK((u256{product.w[0], product.w[1], product.w[2], product.w[3]}) == r.word());
    mpz_fdiv_q_2exp(r, r, 256);
    FUZZ_CHECK((u256{product.w[4], product.w[5], product.w[6], product.w[7]}) == r.word());
    if (m) {
        mpz_mul(r, A, B);
        mpz_fdiv_r(r, r, M);
        FUZZ_CHECK(mulmod(a, b, m) == r.word());
        mpz_add(r, A, B);
        mpz_fdiv_r(r, r, M);
        FUZZ_CHECK(addmod(a, b, m) == r.word());
        mpz_mul(r, A, B);
        mpz_fdiv_q(r, r, M);
        const MulDiv whole = mul_div(a, b, m);
        FUZZ_CHECK(whole.overflow == (mpz_sizeinbase(r, 2) > 256));
        if (!whole.overflow) FUZZ_CHECK(whole.quot == r.word());
    } else {
        FUZZ_CHECK(!mulmod(a, b, m) && !addmod(a, b, m));
    }
    if (b) {
        mpz_fdiv_q(r, A, B);
        FUZZ_CHECK(a / b == r.word());
        mpz_fdiv_r(r, A, B);
        FUZZ_CHECK(a % b == r.word());
        Number P(a), Q(b);
        P.make_signed();
        Q.make_signed();
        const auto signed_result = sdivrem(a, b);
        mpz_tdiv_q(r, P, Q);
        FUZZ_CHECK(signed_result.quot == r.word());
        mpz_tdiv_r(r, P, Q);
        FUZZ_CHECK(signed_result.rem == r.word());
        FUZZ_CHECK(slt(a, b) == (mpz_cmp(P, Q) < 0));
    } else {
        FUZZ_CHECK(!(a / b) && !(a % b) && !sdivrem(a, b).quot && !sdivrem(a, b).rem);
    }
    Number modulus(1);
    mpz_mul_2exp(modulus, modulus, 256);
    mpz_powm(r, A, B, modulus);
    FUZZ_CHECK(exp(a, b) == r.word());
    mpz_sqrt(r, A);
    FUZZ_CHECK(isqrt(a) == r.word());
    const unsigned shift = in.byte();
    mpz_mul_2exp(r, A, shift);
    FUZZ_CHECK((a << uint64_t{shift}) == r.word());
    mpz_fdiv_q_2exp(r, A, shift);
    FUZZ_CHECK((a >> uint64_t{shift}) == r.word());
    Number signed_a(a);
    signed_a.make_signed();
    mpz_fdiv_q_2exp(r, signed_a, shift);
    FUZZ_CHECK(sar(a, u256{shift}) == r.word());
    FUZZ_CHECK(bit_width(a) == (a ? mpz_sizeinbase(A, 2) : 0));
    uint8_t bytes[32];
    store_be32(bytes, a);
    FUZZ_CHECK(load_be32(bytes) == a);
    u256 parsed;
    FUZZ_CHECK(parse_u256(to_string(a), parsed) && parsed == a);
    FUZZ_CHECK(parse_u256(to_hex_quantity(a), parsed) && parsed == a);
}

}  // namespace
}  // namespace osprey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    osprey::fuzz::ByteSource in({data, size});
    osprey::fuzz::run(in);
    return 0;
}
