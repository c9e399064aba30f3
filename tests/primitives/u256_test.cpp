#include "primitives/u256.hpp"

#include <gmp.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace osprey {
namespace {

/// Owns a GMP integer: the independent reference of every property here.
class Big {
public:
    Big() { mpz_init(v_); }
    Big(const u256& a) : Big() { mpz_import(v_, 4, -1, 8, 0, 0, a.w); }  // NOLINT
    Big(const Big& o) { mpz_init_set(v_, o.v_); }
    Big& operator=(const Big& o) {
        mpz_set(v_, o.v_);
        return *this;
    }
    ~Big() { mpz_clear(v_); }

    static Big power_of_two(unsigned n) {
        Big r;
        mpz_setbit(r.v_, n);
        return r;
    }
    static Big of_signed(const u256& a) { return a.is_negative() ? Big(a) - power_of_two(256) : Big(a); }

    friend Big operator+(const Big& a, const Big& b) { return apply(mpz_add, a, b); }
    friend Big operator-(const Big& a, const Big& b) { return apply(mpz_sub, a, b); }
    friend Big operator*(const Big& a, const Big& b) { return apply(mpz_mul, a, b); }
    friend Big floor_div(const Big& a, const Big& b) { return apply(mpz_fdiv_q, a, b); }
    friend Big floor_mod(const Big& a, const Big& b) { return apply(mpz_fdiv_r, a, b); }
    friend Big trunc_div(const Big& a, const Big& b) { return apply(mpz_tdiv_q, a, b); }
    friend Big trunc_mod(const Big& a, const Big& b) { return apply(mpz_tdiv_r, a, b); }
    friend Big power_mod(const Big& a, const Big& b, const Big& m) {
        Big r;
        mpz_powm(r.v_, a.v_, b.v_, m.v_);
        return r;
    }
    friend Big root(const Big& a) {
        Big r;
        mpz_sqrt(r.v_, a.v_);
        return r;
    }
    friend bool operator==(const Big& a, const Big& b) { return mpz_cmp(a.v_, b.v_) == 0; }
    friend bool operator<(const Big& a, const Big& b) { return mpz_cmp(a.v_, b.v_) < 0; }

    std::string text(int base) const {
        std::string s(mpz_sizeinbase(v_, base) + 2, '\0');
        mpz_get_str(s.data(), base, v_);
        s.resize(s.find('\0'));
        return s;
    }
    /// Modulo 2^256, negative numbers as two's complement.
    u256 wrapped() const {
        const Big m = floor_mod(*this, power_of_two(256));
        u256 r;
        mpz_export(r.w, nullptr, -1, 8, 0, 0, m.v_);
        return r;
    }

private:
    static Big apply(void (*f)(mpz_ptr, mpz_srcptr, mpz_srcptr), const Big& a, const Big& b) {
        Big r;
        f(r.v_, a.v_, b.v_);
        return r;
    }
    mpz_t v_;
};

}  // namespace

void PrintTo(const u256& v, std::ostream* os) { *os << to_hex_quantity(v); }

namespace {

/// Operands of the shapes that break long division and carries, of every length.
class Operands {
public:
    u256 next() {
        u256 v;
        for (auto& w : v.w) w = word();
        switch (pick(8)) {
            case 0:
                return v >> pick(256);
            case 1:
                return u256{1} << pick(256);
            case 2:
                return (u256{1} << pick(256)) - u256{1 + pick(3)};
            case 3:
                return (u256{1} << pick(256)) + u256{1 + pick(3)};
            case 4:
                return u256{pick(6)};
            case 5:
                return u256{} - u256{pick(6)};
            case 6:
                for (auto i = pick(5); i < 4; ++i) v.w[i] = 0;
                return v;
            default:
                return v;
        }
    }
    /// Near a: the quotient words at the limits come from such pairs.
    u256 near(const u256& a) {
        switch (pick(4)) {
            case 0:
                return a + u256{pick(3)} - u256{1};
            case 1: {
                u256 v = a;
                v.w[pick(4)] = word();
                return v;
            }
            case 2:
                return a >> (64 * pick(4));
            default:
                return next();
        }
    }
    uint64_t pick(uint64_t n) { return random_() % n; }

private:
    uint64_t word() {
        switch (pick(6)) {
            case 0:
                return 0;
            case 1:
                return ~0ULL;
            case 2:
                return 1ULL << 63;
            case 3:
                return (1ULL << 63) - 1;
            default:
                return random_();
        }
    }
    std::mt19937_64 random_{20240613};
};

constexpr int rounds = 200'000;

TEST(U256, LinearArithmeticIsThatOfGmp) {
    Operands some;
    for (int i = 0; i < rounds; ++i) {
        const u256 a = some.next(), b = some.near(a);
        const Big x{a}, y{b};
        ASSERT_EQ(a + b, (x + y).wrapped());
        ASSERT_EQ(a - b, (x - y).wrapped());
        ASSERT_EQ(-a, (Big{} - x).wrapped());
        ASSERT_EQ(add_carry(a, b).carry, !(x + y < Big::power_of_two(256)));
        ASSERT_EQ(sub_borrow(a, b).carry, x < y);
        ASSERT_EQ(a < b, x < y);
        ASSERT_EQ(a > b, y < x);
        ASSERT_EQ(a <= b, !(y < x));
        ASSERT_EQ(a >= b, !(x < y));
        ASSERT_EQ(a == b, x == y);
        ASSERT_EQ(slt(a, b), Big::of_signed(a) < Big::of_signed(b));
        ASSERT_EQ(static_cast<bool>(a), !(x == Big{}));
        ASSERT_EQ(bit_width(a), a ? Big{a}.text(2).size() : 0U);
        for (unsigned w = 0; w < 4; ++w) {
            ASSERT_EQ((a & b).w[w], a.w[w] & b.w[w]);
            ASSERT_EQ((a | b).w[w], a.w[w] | b.w[w]);
            ASSERT_EQ((a ^ b).w[w], a.w[w] ^ b.w[w]);
            ASSERT_EQ((~a).w[w], ~a.w[w]);
            ASSERT_EQ(copy_by_words(a).w[w], a.w[w]);
        }
    }
}

TEST(U256, ProductsAreThoseOfGmp) {
    Operands some;
    for (int i = 0; i < rounds; ++i) {
        const u256 a = some.next(), b = some.near(a);
        const Big product = Big{a} * Big{b};
        ASSERT_EQ(a * b, product.wrapped());
        const u512 full = mul_full(a, b);
        ASSERT_EQ((u256{full.w[0], full.w[1], full.w[2], full.w[3]}), product.wrapped());
        ASSERT_EQ((u256{full.w[4], full.w[5], full.w[6], full.w[7]}),
                  floor_div(product, Big::power_of_two(256)).wrapped());
    }
}

TEST(U256, DivisionIsThatOfGmp) {
    Operands some;
    for (int i = 0; i < 4 * rounds; ++i) {
        const u256 n = some.next(), d = some.near(n);
        const auto [quot, rem] = udivrem(n, d);
        ASSERT_EQ(quot, n / d);
        ASSERT_EQ(rem, n % d);
        const auto [signed_quot, signed_rem] = sdivrem(n, d);
        if (!d) {
            ASSERT_EQ(quot, u256{});
            ASSERT_EQ(rem, u256{});
            ASSERT_EQ(signed_quot, u256{});
            ASSERT_EQ(signed_rem, u256{});
            continue;
        }
        ASSERT_EQ(quot, floor_div(Big{n}, d).wrapped()) << to_hex_quantity(n) << " / " << to_hex_quantity(d);
        ASSERT_EQ(rem, floor_mod(Big{n}, d).wrapped()) << to_hex_quantity(n) << " % " << to_hex_quantity(d);
        ASSERT_EQ(signed_quot, trunc_div(Big::of_signed(n), Big::of_signed(d)).wrapped());
        ASSERT_EQ(signed_rem, trunc_mod(Big::of_signed(n), Big::of_signed(d)).wrapped());
    }
}

TEST(U256, DivisionOfProductsFindsTheFactors) {
    // n = q * d + r with r just below d: quotient words that are estimated too large.
    Operands some;
    for (int i = 0; i < rounds; ++i) {
        const u256 d = some.next();
        if (!d) continue;
        const u256 q = some.next() >> uint64_t{bit_width(d)};
        const u256 r = some.pick(2) == 0 ? d - u256{1} : some.next() % d;
        const auto [n, carry] = add_carry(q * d, r);
        if (carry) continue;
        ASSERT_EQ(udivrem(n, d).quot, q) << to_hex_quantity(n) << " / " << to_hex_quantity(d);
        ASSERT_EQ(udivrem(n, d).rem, r);
    }
}

TEST(U256, ModularArithmeticIsThatOfGmp) {
    Operands some;
    for (int i = 0; i < 2 * rounds; ++i) {
        const u256 a = some.next(), b = some.near(a), m = some.near(some.pick(2) == 0 ? a : b);
        if (!m) {
            ASSERT_EQ(addmod(a, b, m), u256{});
            ASSERT_EQ(mulmod(a, b, m), u256{});
            continue;
        }
        ASSERT_EQ(addmod(a, b, m), floor_mod(Big{a} + Big{b}, m).wrapped())
            << to_hex_quantity(a) << " + " << to_hex_quantity(b) << " mod " << to_hex_quantity(m);
        ASSERT_EQ(mulmod(a, b, m), floor_mod(Big{a} * Big{b}, m).wrapped())
            << to_hex_quantity(a) << " * " << to_hex_quantity(b) << " mod " << to_hex_quantity(m);
    }
}

TEST(U256, MulDivIsExactOrSaysThatItIsNot) {
    Operands some;
    int overflows = 0;
    for (int i = 0; i < 2 * rounds; ++i) {
        const u256 a = some.next(), b = some.near(a), d = some.near(some.pick(2) == 0 ? a : b);
        const auto r = mul_div(a, b, d);
        if (!d) {
            ASSERT_TRUE(r.overflow);
            continue;
        }
        const Big product = Big{a} * Big{b};
        const Big quot = floor_div(product, d);
        ASSERT_EQ(r.overflow, !(quot < Big::power_of_two(256)));
        overflows += r.overflow;
        if (r.overflow) continue;
        ASSERT_EQ(r.quot, quot.wrapped())
            << to_hex_quantity(a) << " * " << to_hex_quantity(b) << " / " << to_hex_quantity(d);
        ASSERT_EQ(r.inexact, !(floor_mod(product, d) == Big{}));
    }
    EXPECT_GT(overflows, rounds / 20);
}

TEST(U256, PowersAreThoseOfGmp) {
    Operands some;
    const Big modulus = Big::power_of_two(256);
    for (int i = 0; i < rounds / 10; ++i) {
        const u256 base = some.next();
        const u256 exponent = some.pick(2) == 0 ? some.next() : u256{some.pick(300)};
        ASSERT_EQ(exp(base, exponent), power_mod(base, exponent, modulus).wrapped())
            << to_hex_quantity(base) << " ^ " << to_hex_quantity(exponent);
    }
    EXPECT_EQ(exp(0, 0), u256{1});
    EXPECT_EQ(exp(10, 77), 100000000000000000000000000000000000000000000000000000000000000000000000000000_u256);
    EXPECT_EQ(exp(2, 255), u256{1} << 255);
    EXPECT_EQ(exp(2, 256), u256{});
}

TEST(U256, RootsAreThoseOfGmp) {
    Operands some;
    for (int i = 0; i < rounds; ++i) {
        u256 a = some.next();
        if (some.pick(2) == 0) {
            const u256 s = a >> 128;
            a = s * s + u256{some.pick(3)} - u256{1};
        }
        ASSERT_EQ(isqrt(a), root(Big{a}).wrapped()) << to_hex_quantity(a);
    }
    EXPECT_EQ(isqrt(u256::max()), u256(~0ULL, ~0ULL, 0, 0));
}

TEST(U256, ShiftsOfAnyDistance) {
    Operands some;
    for (int i = 0; i < rounds; ++i) {
        const u256 a = some.next();
        const uint64_t n = some.pick(4) == 0 ? 64 * some.pick(5) : some.pick(300);
        const Big factor = Big::power_of_two(static_cast<unsigned>(n));
        ASSERT_EQ(a << n, (Big{a} * factor).wrapped());
        ASSERT_EQ(a >> n, floor_div(Big{a}, factor).wrapped());
        ASSERT_EQ(a << u256{n}, a << n);
        ASSERT_EQ(a >> u256{n}, a >> n);
        ASSERT_EQ(sar(a, n), floor_div(Big::of_signed(a), factor).wrapped());
    }
    const u256 negative = -u256{5};
    for (const u256& huge : {u256{256}, u256{~0ULL}, u256{0, 1, 0, 0}, u256{1, 0, 0, 1}, u256::max()}) {
        EXPECT_EQ(negative << huge, u256{});
        EXPECT_EQ(negative >> huge, u256{});
        EXPECT_EQ(sar(negative, huge), u256::max());
        EXPECT_EQ(sar(u256{5}, huge), u256{});
    }
}

TEST(U256, ConstantsAreComputedAsAtRunTime) {
    static_assert(u256{3} * u256{5} == u256{15});
    static_assert(((u256{1} << 200) >> 199) == u256{2});
    static_assert(u256{1} < u256::max() && slt(u256::max(), u256{1}));
    static_assert((u256::max() & ~u256{1}) == u256::max() - u256{1});
    static_assert(sar(u256::max(), u256{300}) == u256::max());
    static_assert(0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff_u256 == u256::max());
}

TEST(U256, TextRoundTrips) {
    Operands some;
    for (int i = 0; i < rounds / 10; ++i) {
        const u256 a = some.next();
        ASSERT_EQ(to_string(a), Big{a}.text(10));
        ASSERT_EQ(to_hex_quantity(a), "0x" + Big{a}.text(16));
        u256 b;
        ASSERT_TRUE(parse_u256(to_string(a), b));
        ASSERT_EQ(b, a);
        ASSERT_TRUE(parse_u256(to_hex_quantity(a), b));
        ASSERT_EQ(b, a);
    }
}

TEST(U256, MalformedTextIsRefused) {
    const std::string limit = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    u256 v{7};
    for (const std::string& bad :
         {std::string{}, std::string{"0x"}, std::string{"0X"}, std::string{"-1"}, std::string{"+1"}, std::string{" 1"},
          std::string{"1 "}, std::string{"12a"}, std::string{"0x12g"}, std::string{"1_000"}, std::string{"0x-1"},
          "0x1" + std::string(64, '0'), limit + "0",
          std::string{"115792089237316195423570985008687907853269984665640564039457584007913129639936"}}) {
        EXPECT_FALSE(parse_u256(bad, v)) << bad;
        EXPECT_EQ(v, u256{7}) << bad;
    }
    EXPECT_TRUE(parse_u256(limit, v));
    EXPECT_EQ(v, u256::max());
    EXPECT_TRUE(parse_u256("0x000" + std::string(64, 'F'), v));
    EXPECT_EQ(v, u256::max());
}

TEST(U256, BigEndianBytes) {
    uint8_t b[40];
    for (unsigned i = 0; i < sizeof b; ++i) b[i] = static_cast<uint8_t>(i + 1);
    for (size_t n = 0; n <= 32; ++n) {
        u256 expected;
        for (size_t i = 0; i < n; ++i) expected = (expected << 8) | u256{b[i]};
        EXPECT_EQ(load_be({b, n}), expected) << n;
    }
    uint8_t out[32];
    store_be32(out, load_be32(b));
    EXPECT_EQ(std::memcmp(out, b, 32), 0);
}

}  // namespace
}  // namespace osprey
