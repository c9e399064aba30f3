// Our own recovery, held against libsecp256k1, and the arithmetic under it, held against GMP.

#include <gmp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "primitives/secp256k1.hpp"
#include "primitives/secp256k1_field.hpp"
#include "primitives/secp256k1_scalar.hpp"

namespace osprey::secp256k1 {
namespace {

class Big {
public:
    Big() { mpz_init(value_); }
    explicit Big(const u256& v) : Big() { mpz_import(value_, 4, -1, 8, 0, 0, v.w); }
    Big(const Big& other) : Big() { mpz_set(value_, other.value_); }
    Big& operator=(const Big& other) {
        mpz_set(value_, other.value_);
        return *this;
    }
    ~Big() { mpz_clear(value_); }

    friend Big operator+(const Big& a, const Big& b) { return with(mpz_add, a, b); }
    friend Big operator-(const Big& a, const Big& b) { return with(mpz_sub, a, b); }
    friend Big operator*(const Big& a, const Big& b) { return with(mpz_mul, a, b); }
    friend Big operator%(const Big& a, const Big& m) { return with(mpz_mod, a, m); }
    friend bool operator==(const Big& a, const Big& b) { return mpz_cmp(a.value_, b.value_) == 0; }
    /// 0 where there is none.
    Big inverse(const Big& m) const {
        Big r;
        if (mpz_invert(r.value_, value_, m.value_) == 0) mpz_set_ui(r.value_, 0);
        return r;
    }
    Big shifted(unsigned bits) const {
        Big r;
        mpz_mul_2exp(r.value_, value_, bits);
        return r;
    }
    int legendre(const Big& p) const { return mpz_legendre(value_, p.value_); }
    /// For values from 0 to 2^256 - 1.
    u256 word() const {
        u256 v;
        EXPECT_TRUE(mpz_sgn(value_) >= 0 && mpz_sizeinbase(value_, 2) <= 256);
        mpz_export(v.w, nullptr, -1, 8, 0, 0, value_);
        return v;
    }

private:
    template <class F>
    static Big with(F* f, const Big& a, const Big& b) {
        Big r;
        f(r.value_, a.value_, b.value_);
        return r;
    }
    mpz_t value_;
};

const Big p{field_prime}, n{order};

class Random {
public:
    u256 word() { return {engine_(), engine_(), engine_(), engine_()}; }
    /// Words of runs of ones and zeros, near p, n, 0, 2^128, 2^256, and evenly distributed ones.
    u256 shaped() {
        const u256 near = engine_() >> (engine_() % 64);
        u256 v;
        switch (engine_() % 10) {
            case 0:
                return near;
            case 1:
                return -near;
            case 2:
                return field_prime + near;
            case 3:
                return field_prime - near;
            case 4:
                return order + near;
            case 5:
                return order - near;
            case 6:
                return (u256{1} << (engine_() % 256)) - near;
            case 7:
                for (auto& w : v.w) w = engine_() % 3 == 0 ? 0 : engine_() % 2 == 0 ? ~uint64_t{0} : engine_();
                return v;
            default:
                return word();
        }
    }
    uint64_t operator()() { return engine_(); }

private:
    std::mt19937_64 engine_{1979};
};

Big big(const Field& a) { return Big{u256{a.w[0], a.w[1], a.w[2], a.w[3]}}; }

// --- the field --------------------------------------------------------------------------------

void expect_field_operations(const u256& a, const u256& b) {
    const Field x = to_field(a), y = to_field(b);
    const Big i{a}, j{b};
    Field r;
    const auto expect = [&](const Big& expected, const char* what) {
        EXPECT_EQ(big(r) % p, expected % p) << what << ' ' << to_hex_quantity(a) << ' ' << to_hex_quantity(b);
        EXPECT_EQ(normalised(r), (expected % p).word()) << what;
        EXPECT_EQ(r.is_zero(), expected % p == Big{}) << what;
    };
    add(r, x, y);
    expect(i + j, "add");
    sub(r, x, y);
    expect(i - j, "sub");
    neg(r, x);
    expect(Big{} - i, "neg");
    mul(r, x, y);
    expect(i * j, "mul");
    sqr(r, x);
    expect(i * i, "sqr");
    mul(r, x, x);
    expect(i * i, "mul by itself");
    sqr(r, x, 3);
    expect(i * i % p * (i * i) % p * (i * i % p * (i * i)), "sqr 3");
    halve(r, x);
    add(r, r, r);
    expect(i, "halve");
    detail::reduce_generic(r.w, mul_full(a, b));
    expect(i * j, "portable mul");
    mul_sub(r, x, x, y, y);
    expect(i * i - j * j, "mul_sub");
    mul_sub(r, x, y, x, x);
    expect(i * j - i * i, "mul_sub");
    mul_sub_sqr(r, x, y, x);
    expect(i * j - i * i, "mul_sub_sqr");
    mul_sub_sqr(r, x, x, y);
    expect(i * i - j * j, "mul_sub_sqr");
    // The result may be an argument.
    r = y;
    mul_sub(r, x, x, r, x);
    expect(i * i - i * j, "mul_sub in place");
    r = x;
    mul(r, r, y);
    expect(i * j, "mul in place");
    r = y;
    sub(r, x, r);
    expect(i - j, "sub in place");
}

TEST(Secp256k1Field, EqualsGmp) {
    Random random;
    for (int k = 0; k < 20000; ++k) expect_field_operations(random.shaped(), random.shaped());
    const u256 corners[] = {0,
                            1,
                            2,
                            fold,
                            fold - 1,
                            fold + 1,
                            field_prime,
                            field_prime - u256{1},
                            field_prime + u256{1},
                            order,
                            u256::max(),
                            u256::max() - u256{1},
                            -u256{fold - 1},
                            -u256{fold + 1},
                            u256{1} << 255,
                            u256{1} << 128,
                            (u256{1} << 128) - u256{1}};
    for (const u256& a : corners)
        for (const u256& b : corners) expect_field_operations(a, b);
}

// A product that is a small number modulo p carries once more at the very end of its reduction: for chosen products
// always, for others once in 2^190.
TEST(Secp256k1Field, SmallProductsTakeTheLastCarry) {
    Random random;
    for (int k = 0; k < 5000; ++k) {
        const u256 a = random.word();
        const u256 small = u256{random(), random() % 4, 0, 0} >> (random() % 66);
        const u256 b = (Big{small} * Big{a}.inverse(p) % p).word();
        expect_field_operations(a, b);
        Field root;
        if (sqrt(root, to_field(small))) {
            Field square;
            sqr(square, root);
            EXPECT_EQ(normalised(square), small);
        }
    }
}

TEST(Secp256k1Field, Inverse) {
    Random random;
    for (int k = 0; k < 5000; ++k) {
        const u256 a = random.shaped();
        Field r;
        inverse(r, to_field(a));
        ASSERT_EQ(normalised(r), (Big{a} % p).inverse(p).word()) << to_hex_quantity(a);
    }
    Field r;
    inverse(r, Field{});
    EXPECT_TRUE(r.is_zero());
    inverse(r, to_field(field_prime));
    EXPECT_TRUE(r.is_zero());
}

TEST(Secp256k1Field, SquareRoot) {
    Random random;
    for (int k = 0; k < 3000; ++k) {
        const u256 a = random.shaped();
        Field r;
        const bool has_root = sqrt(r, to_field(a));
        EXPECT_EQ(has_root, Big{a}.legendre(p) >= 0) << to_hex_quantity(a);
        EXPECT_EQ(big(r) * big(r) % p, (has_root ? Big{a} : Big{} - Big{a}) % p) << to_hex_quantity(a);
        // In place.
        Field s = to_field(a);
        EXPECT_EQ(sqrt(s, s), has_root);
        EXPECT_EQ(normalised(s), normalised(r));
    }
}

// --- scalars ----------------------------------------------------------------------------------

/// Scalars where the halves or their digits are extreme.
std::vector<u256> adversarial_scalars() {
    std::vector<u256> r{0,
                        1,
                        2,
                        order - u256{1},
                        order - u256{2},
                        half_order,
                        half_order + u256{1},
                        lambda,
                        order - lambda,
                        (Big{lambda} * Big{lambda} % n).word()};
    // Multiples of the lattice's basis over n where a rounding is decided: (k + 1/2)·n/a and its neighbours.
    Random random;
    for (const u256& a : {0x3086d221a7d46bcde86c90e49284eb15_u256, 0xe4437ed6010e88286f547fa90abfe4c3_u256}) {
        for (int i = 0; i < 2000; ++i) {
            const u256 k = i < 5 ? u256{static_cast<uint64_t>(i)} : i < 10 ? a - u256{uint64_t(i)} : random.word() % a;
            const u256 tie = mul_div(k + k + u256{1}, order, a + a).quot;
            for (const u256& v : {tie - u256{1}, tie, tie + u256{1}})
                if (v < order) r.push_back(v);
        }
    }
    // Halves of long runs of ones, whose digits carry all the way.
    for (int i = 1; i <= 127; ++i)
        for (int j = 1; j <= 127; j += 3)
            r.push_back(((Big{(u256{1} << i) - u256{1}} + Big{(u256{1} << j) - u256{1}} * Big{lambda}) % n).word());
    return r;
}

Big value(const HalfScalar& half) {
    const Big magnitude{u256::from_u128(half.magnitude)};
    return half.negative ? Big{} - magnitude : magnitude;
}

void expect_digits(const HalfScalar& half) {
    for (const int width : {2, 5, 12, 15}) {
        const Digits digits{half, width};
        Big sum;
        int last = -width;
        for (int i = 0; i < digit_positions; ++i) {
            const int d = digits.digit[i];
            if (d == 0) continue;
            ASSERT_TRUE(d % 2 != 0 && std::abs(d) < 1 << (width - 1)) << d;
            ASSERT_GE(i - last, width);
            last = i;
            const Big magnitude = Big{u256{static_cast<uint64_t>(std::abs(d))}}.shifted(static_cast<unsigned>(i));
            sum = d < 0 ? sum - magnitude : sum + magnitude;
        }
        ASSERT_EQ(sum, value(half));
        EXPECT_EQ(digits.length, last < 0 ? 0 : last + 1);
    }
}

TEST(Secp256k1Scalar, EqualsGmp) {
    Random random;
    for (int k = 0; k < 20000; ++k) {
        const u256 a = random.shaped(), b = random.shaped();
        ASSERT_EQ(scalar_mul(a, b), (Big{a} * Big{b} % n).word()) << to_hex_quantity(a) << ' ' << to_hex_quantity(b);
        const u256 reduced = a % order;
        ASSERT_EQ(scalar_negate(reduced), ((Big{} - Big{a}) % n).word());
        if (k % 4 == 0) {
            ASSERT_EQ(scalar_inverse(reduced), Big{reduced}.inverse(n).word()) << to_hex_quantity(a);
        }
    }
    EXPECT_EQ(scalar_inverse(0), u256{0});
    EXPECT_EQ(scalar_mul(u256::max(), u256::max()), (Big{u256::max()} * Big{u256::max()} % n).word());
}

TEST(Secp256k1Scalar, HalvesAreBelow128Bits) {
    Random random;
    std::vector<u256> scalars = adversarial_scalars();
    for (int k = 0; k < 20000; ++k) scalars.push_back(random.shaped() % order);
    for (const u256& k : scalars) {
        const SplitScalar halves = split(k);
        // The magnitudes are 128-bit numbers; that they are right modulo n says that nothing was cut off.
        ASSERT_EQ((value(halves.first) + value(halves.second) * Big{lambda}) % n, Big{k}) << to_hex_quantity(k);
    }
}

TEST(Secp256k1Scalar, DigitsSumToTheScalar) {
    Random random;
    std::vector<HalfScalar> halves;
    for (const u256& k : adversarial_scalars()) {
        halves.push_back(split(k).first);
        halves.push_back(split(k).second);
    }
    for (int i = 0; i <= 128; ++i) {
        const u128 ones = i == 128 ? ~u128{0} : (u128{1} << i) - 1;
        halves.push_back({ones, i % 2 == 0});
        halves.push_back({ones + 2, i % 2 == 0});
        halves.push_back({~ones, i % 2 == 0});
    }
    for (int i = 0; i < 2000; ++i) halves.push_back({random.word().low_u128() >> random() % 128, random() % 2 == 0});
    for (const HalfScalar& half : halves) ASSERT_NO_FATAL_FAILURE(expect_digits(half));
}

// --- recovery ---------------------------------------------------------------------------------

void expect_as_library(const u256& digest, const u256& r, const u256& s) {
    for (const bool parity : {false, true})
        ASSERT_EQ(recover(to_hash(digest), r, s, parity), recover_with_libsecp256k1(to_hash(digest), r, s, parity))
            << to_hex_quantity(digest) << ' ' << to_hex_quantity(r) << ' ' << to_hex_quantity(s) << ' ' << parity;
}

/// The abscissa of k·G, by the affine laws over GMP: the r of a signature with the nonce k. None where r cannot be it.
std::optional<u256> nonce_abscissa(const u256& k) {
    const Big gx{0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798_u256};
    const Big gy{0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8_u256};
    struct Point {
        u256 x, y;
    };
    std::optional<Point> sum;
    Point power{gx.word(), gy.word()};
    const auto join = [](const Point& a, const Point& b) -> std::optional<Point> {
        const Big ax{a.x}, ay{a.y}, bx{b.x}, by{b.y};
        if (a.x == b.x && a.y != b.y) return {};
        const Big slope =
            a.x == b.x ? Big{u256{3}} * ax * ax * (ay + ay).inverse(p) % p : (by - ay) * ((bx - ax) % p).inverse(p) % p;
        const Big x = (slope * slope - ax - bx) % p;
        return Point{x.word(), ((slope * (ax - x) - ay) % p).word()};
    };
    for (unsigned i = 0; i < 256; ++i) {
        if (((k >> i).w[0] & 1) != 0) sum = sum ? join(*sum, power) : power;
        power = *join(power, power);
    }
    if (!sum || sum->x >= order || sum->x == u256{0}) return {};
    return sum->x;
}

TEST(Secp256k1Recover, EqualsLibraryOnRandomSignatures) {
    Random random;
    for (int i = 0; i < 10000; ++i) {
        const u256 digest = random.word();
        const auto key = random.word() % order;
        const auto signature = sign(to_hash(digest), to_hash(key));
        ASSERT_TRUE(signature);
        ASSERT_EQ(recover(to_hash(digest), signature->r, signature->s, signature->y_parity), address_of(to_hash(key)));
        ASSERT_NO_FATAL_FAILURE(expect_as_library(digest, signature->r, signature->s));
        // No signatures: half of these r are no abscissa.
        ASSERT_NO_FATAL_FAILURE(expect_as_library(random.shaped(), random.shaped(), random.shaped()));
    }
}

TEST(Secp256k1Recover, EqualsLibraryOnCorners) {
    const u256 one = 1, generator_x = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798_u256;
    std::vector<u256> corners{0,
                              1,
                              2,
                              3,
                              4,
                              5,
                              7,
                              order - one,
                              order - u256{2},
                              order,
                              order + one,
                              half_order,
                              half_order + one,
                              field_prime - one,
                              field_prime,
                              field_prime - order,
                              u256::max(),
                              lambda,
                              order - lambda,
                              generator_x,
                              order - generator_x,
                              u256{1} << 128,
                              (u256{1} << 128) - one,
                              u256{1} << 255};
    for (const u256& z : corners)
        for (const u256& r : corners)
            for (const u256& s : corners) ASSERT_NO_FATAL_FAILURE(expect_as_library(z, r, s));
}

// r + n is an abscissa as well for these r, which only recovery ids 2 and 3 could mean: not Ethereum's.
TEST(Secp256k1Recover, NeverTriesTheSecondAbscissa) {
    for (uint64_t r = 1; r < 200; ++r) ASSERT_NO_FATAL_FAILURE(expect_as_library(12345, r, 67890));
}

// With R = k·G for a small or a special k the two products meet on the way: equal points are added, opposite ones, or
// the sum passes through infinity. u1 and u2 are chosen freely: s = u2·r and z = -u1·r modulo n.
TEST(Secp256k1Recover, EqualsLibraryWhereAdditionsDegenerate) {
    const u256 one = 1;
    const u256 half = (order + one) >> 1;  // 1/2
    const u256 lambda_square = (Big{lambda} * Big{lambda} % n).word();
    std::vector<u256> scalars;
    for (uint64_t i = 0; i <= 17; ++i) {
        scalars.push_back(i);
        scalars.push_back(order - u256{i == 0 ? 1 : i});
    }
    for (const u256& v : {lambda, lambda_square, half})
        for (const u256& w : {v, order - v, v + one, v - one}) scalars.push_back(w % order);
    for (unsigned i = 6; i < 256; i += 25)
        for (const u256& v : {u256{0}, one, -one}) scalars.push_back(((u256{1} << i) + v) % order);
    std::vector<u256> nonces{1,
                             2,
                             3,
                             4,
                             5,
                             6,
                             7,
                             8,
                             9,
                             15,
                             16,
                             17,
                             31,
                             8191,
                             8193,
                             16383,
                             half,
                             lambda,
                             lambda_square,
                             order - lambda,
                             lambda + one,
                             order - half,
                             scalar_inverse(3),
                             scalar_inverse(lambda + one)};
    Random random;
    int infinities = 0;
    for (const u256& k : nonces) {
        const auto x = nonce_abscissa(k);
        if (!x) continue;
        for (const u256& u1 : scalars)
            for (const u256& u2 : scalars) {
                // All pairs for k = 1, some for the others.
                if (!u2 || (k != one && random() % 8 != 0)) continue;
                const u256 s = scalar_mul(u2, *x), z = scalar_negate(scalar_mul(u1, *x));
                ASSERT_NO_FATAL_FAILURE(expect_as_library(z, *x, s));
            }
        // u1 = -u2·k and u1 = u2·k: with one parity or the other, infinity; or the two halves equal, a doubling last.
        for (const u256& u2 : scalars) {
            if (!u2) continue;
            for (const bool negated : {false, true}) {
                const u256 product = scalar_mul(u2, k), u1 = negated ? scalar_negate(product) : product;
                const u256 s = scalar_mul(u2, *x), z = scalar_negate(scalar_mul(u1, *x));
                ASSERT_NO_FATAL_FAILURE(expect_as_library(z, *x, s));
                for (const bool parity : {false, true}) infinities += !recover(to_hash(z), *x, s, parity).has_value();
            }
        }
    }
    EXPECT_GT(infinities, 1000);
}

// A process starts with no table of the generator's multiples; whoever comes first makes it, and all others wait.
// (In a program of its own this is the first use; here it is so when the test runs alone, as ctest runs it.)
TEST(Secp256k1Recover, ThreadsShareTheTable) {
    const auto signature = sign(to_hash(1), to_hash(2));
    ASSERT_TRUE(signature);
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 10; ++i)
                right += recover(to_hash(1), signature->r, signature->s, signature->y_parity) == address_of(to_hash(2));
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, 80);
}

}  // namespace
}  // namespace osprey::secp256k1
