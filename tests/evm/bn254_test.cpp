#include "evm/bn254.hpp"

#include <gmpxx.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "evm/bn254_pairing.hpp"

namespace osprey::evm::bn254 {
namespace {

// Test vectors: go-ethereum core/vm/testdata/precompiles/bn256{Add,ScalarMul,Pairing}.json (from EIP-196 and EIP-197).

using std::string;

Bytes unhex(const string& text) {
    Bytes out;
    for (size_t i = 0; i + 1 < text.size(); i += 2)
        out.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    return out;
}
string hex(BytesView bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    string out;
    for (const uint8_t b : bytes) {
        out += digits[b >> 4];
        out += digits[b & 15];
    }
    return out;
}
string word(const u256& v) {
    uint8_t b[32];
    store_be32(b, v);
    return hex(b);
}

/// The precompiles over hexadecimal text; "fails" where the call fails.
string add_hex(const string& input) {
    uint8_t out[64];
    return add(unhex(input), out) ? hex(out) : "fails";
}
string mul_hex(const string& input) {
    uint8_t out[64];
    return mul(unhex(input), out) ? hex(out) : "fails";
}
string pairing_hex(const string& input) {
    bool result = false;
    if (!pairing_check(unhex(input), result)) return "fails";
    return result ? "1" : "0";
}

string times(const string& point, const u256& k) { return mul_hex(point + word(k)); }
string negated(const string& point) {
    const u256 y = load_be32(unhex(point.substr(64)).data());
    return point.substr(0, 64) + word(y ? field_modulus - y : y);
}

const string zero_word(64, '0');
const string infinity1 = zero_word + zero_word;
const string infinity2 = infinity1 + infinity1;
const string generator1 = word(1) + word(2);
const string generator2 =
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";
const string negated_generator2 =
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
    "275dc4a288d1afb3cbb1ac09187524c7db36395df7be3b99e673b13a075a65ec"
    "1d9befcd05a5323e6da4d435f3b617cdb3af83285c2df711ef39c01571827f9d";

class Random {
public:
    u256 word() { return {engine_(), engine_(), engine_(), engine_()}; }
    u256 scalar() { return word() % group_order; }
    Fp field() { return to_field(word() % field_modulus); }
    Fp2 field2() { return {field(), field()}; }
    Fp6 field6() { return {field2(), field2(), field2()}; }
    Fp12 field12() { return {field6(), field6()}; }
    string point() { return times(generator1, scalar()); }

private:
    std::mt19937_64 engine_{254};
};

mpz_class to_mpz(const u256& v) {
    mpz_class r;
    mpz_import(r.get_mpz_t(), 4, -1, 8, 0, 0, v.w);
    return r;
}
u256 to_u256(const mpz_class& v) {
    u256 r;
    mpz_export(r.w, nullptr, -1, 8, 0, 0, v.get_mpz_t());
    return r;
}
const mpz_class p = to_mpz(field_modulus);
u256 modulo(mpz_class v) {
    v %= p;
    if (v < 0) v += p;
    return to_u256(v);
}

/// Random values and those at the edges of the field and of its words.
std::vector<u256> field_samples() {
    std::vector<u256> r{
        0, 1, 2, 3, ~0ULL, field_modulus - 1, field_modulus - 2, field_modulus >> 1, (field_modulus >> 1) + 1};
    for (unsigned bit = 63; bit < 254; bit += 19) r.push_back((u256{1} << uint64_t{bit}) - 1);
    r.push_back(u256::max() % field_modulus);
    Random random;
    for (int i = 0; i < 60; ++i) r.push_back(random.word() % field_modulus);
    return r;
}

// --- fields -----------------------------------------------------------------------------------

TEST(Bn254Field, AgreesWithGmp) {
    for (const u256& a : field_samples()) {
        const Fp x = to_field(a);
        ASSERT_EQ(from_field(x), a);
        const mpz_class am = to_mpz(a);
        Fp r;
        neg(r, x);
        EXPECT_EQ(from_field(r), modulo(-am));
        halve(r, x);
        dbl(r, r);
        EXPECT_EQ(r, x);
        sqr(r, x);
        EXPECT_EQ(from_field(r), modulo(am * am));
        for (const u256& b : field_samples()) {
            const Fp y = to_field(b);
            const mpz_class bm = to_mpz(b);
            mul(r, x, y);
            ASSERT_EQ(from_field(r), modulo(am * bm));
            add(r, x, y);
            ASSERT_EQ(from_field(r), modulo(am + bm));
            sub(r, x, y);
            ASSERT_EQ(from_field(r), modulo(am - bm));
        }
    }
}

TEST(Bn254Field, UnreducedSumsMultiply) {
    // The largest inputs that mul promises to take: both just below 2p.
    Fp top = to_field(0);
    for (int i = 0; i < 4; ++i) top.w[i] = field_modulus.w[i];
    top.w[0] -= 1;
    Fp twice, r, expected;
    add_unreduced(twice, top, top);
    mul(r, twice, twice);
    mul(expected, top, top);
    dbl(expected, expected);
    dbl(expected, expected);
    EXPECT_EQ(r, expected);
}

TEST(Bn254Field, Inverse) {
    for (const u256& a : field_samples()) {
        const Fp x = to_field(a);
        Fp r;
        inverse(r, x);
        if (!a) {
            EXPECT_TRUE(r.is_zero());
            continue;
        }
        mpz_class expected;
        mpz_invert(expected.get_mpz_t(), to_mpz(a).get_mpz_t(), p.get_mpz_t());
        EXPECT_EQ(from_field(r), to_u256(expected));
    }
    Random random;
    for (int i = 0; i < 20000; ++i) {
        const Fp x = random.field();
        Fp r;
        inverse(r, x);
        mul(r, r, x);
        ASSERT_EQ(r, fp_one);
    }
}

TEST(Bn254Field, QuadraticExtensionAgreesWithGmp) {
    const auto samples = field_samples();
    for (size_t i = 0; i < samples.size(); ++i)
        for (size_t j = 0; j < samples.size(); j += 3) {
            const u256 v[4] = {samples[i], samples[j], samples[(i + j) % samples.size()],
                               samples[(7 * i + 1) % samples.size()]};
            const Fp2 a{to_field(v[0]), to_field(v[1])}, b{to_field(v[2]), to_field(v[3])};
            const mpz_class a0 = to_mpz(v[0]), a1 = to_mpz(v[1]), b0 = to_mpz(v[2]), b1 = to_mpz(v[3]);
            Fp2 r;
            mul(r, a, b);
            ASSERT_EQ(from_field(r.c0), modulo(a0 * b0 - a1 * b1));
            ASSERT_EQ(from_field(r.c1), modulo(a0 * b1 + a1 * b0));
            sqr(r, a);
            ASSERT_EQ(from_field(r.c0), modulo(a0 * a0 - a1 * a1));
            ASSERT_EQ(from_field(r.c1), modulo(2 * a0 * a1));
            mul_by_xi(r, a);
            ASSERT_EQ(from_field(r.c0), modulo(9 * a0 - a1));
            ASSERT_EQ(from_field(r.c1), modulo(9 * a1 + a0));
            Fp2Wide wide, other;
            multiply_wide(wide, a, b);
            square_wide(other, a);
            reduce_xi_add(r, wide, other);
            ASSERT_EQ(from_field(r.c0), modulo(9 * (a0 * b0 - a1 * b1) - (a0 * b1 + a1 * b0) + a0 * a0 - a1 * a1));
            ASSERT_EQ(from_field(r.c1), modulo(9 * (a0 * b1 + a1 * b0) + (a0 * b0 - a1 * b1) + 2 * a0 * a1));
            square_wide(wide, a);
            reduce(r, wide);
            ASSERT_EQ(from_field(r.c1), modulo(2 * a0 * a1));
            inverse(r, a);
            mul(r, r, a);
            ASSERT_EQ(r, a.is_zero() ? Fp2{} : fp2_one);
        }
}

Fp12 product(const Fp12& a, const Fp12& b) {
    Fp12 r;
    mul(r, a, b);
    return r;
}
Fp12 power(const Fp12& a, const mpz_class& e) {
    Fp12 r = fp12_one;
    for (size_t i = mpz_sizeinbase(e.get_mpz_t(), 2); i-- > 0;) {
        sqr(r, r);
        if (mpz_tstbit(e.get_mpz_t(), i) != 0) mul(r, r, a);
    }
    return r;
}
Fp12 sum(const Fp12& a, const Fp12& b) {
    Fp12 r;
    const auto* x = reinterpret_cast<const Fp*>(&a);
    const auto* y = reinterpret_cast<const Fp*>(&b);
    for (int i = 0; i < 12; ++i) add(reinterpret_cast<Fp*>(&r)[i], x[i], y[i]);
    return r;
}

TEST(Bn254Field, TargetGroupTower) {
    Random random;
    Fp12 v{}, w{};
    v.c0.c1 = fp2_one;
    w.c1.c0 = fp2_one;
    Fp12 xi{};
    mul_by_xi(xi.c0.c0, fp2_one);
    EXPECT_EQ(product(w, w), v);
    EXPECT_EQ(product(v, product(v, v)), xi);
    for (int i = 0; i < 50; ++i) {
        const Fp12 a = random.field12(), b = random.field12(), c = random.field12();
        ASSERT_EQ(product(a, b), product(b, a));
        ASSERT_EQ(product(a, product(b, c)), product(product(a, b), c));
        ASSERT_EQ(product(a, sum(b, c)), sum(product(a, b), product(a, c)));
        Fp12 r;
        sqr(r, a);
        ASSERT_EQ(r, product(a, a));
        inverse(r, a);
        ASSERT_EQ(product(r, a), fp12_one);

        const Line l{random.field2(), random.field2(), random.field2()};
        const Line m{random.field2(), random.field2(), random.field2()};
        const Fp12 dense_l{{l.c0, {}, {}}, {l.c1, l.c3, {}}}, dense_m{{m.c0, {}, {}}, {m.c1, m.c3, {}}};
        mul(r, a, l);
        ASSERT_EQ(r, product(a, dense_l));
        mul(r, a, l, m);
        ASSERT_EQ(r, product(a, product(dense_l, dense_m)));
    }
}

TEST(Bn254Field, FrobeniusAndCyclotomicSquaring) {
    Random random;
    const Fp12 a = random.field12();
    Fp12 r, g;
    for (int k = 1; k <= 3; ++k) {
        frobenius(r, a, k);
        mpz_class e;
        mpz_pow_ui(e.get_mpz_t(), p.get_mpz_t(), static_cast<unsigned long>(k));
        EXPECT_EQ(r, power(a, e));
    }
    // a^((p⁶ - 1)(p² + 1)) lies in the cyclotomic subgroup.
    conjugate(g, a);
    inverse(r, a);
    mul(g, g, r);
    frobenius(r, g, 2);
    mul(g, g, r);
    for (int i = 0; i < 10; ++i) {
        Fp12 expected;
        sqr(expected, g);
        cyclotomic_sqr(g, g);
        ASSERT_EQ(g, expected);
    }
    conjugate(r, g);
    EXPECT_EQ(product(r, g), fp12_one);
}

// --- addition ---------------------------------------------------------------------------------

TEST(Bn254Add, KnownSums) {
    const string a =
        "18b18acfb4c2c30276db5411368e7185b311dd124691610c5d3b74034e093dc9063c909c4720840cb5134cb9f59fa749755796819658d3"
        "2efc0d288198f37266";
    const string b =
        "07c2b7f58a84bd6145f00c9c2bc0bb1a187f20ff2c92963a88019e7c6a014eed06614e20c147e940f2d70da3f74c9a17df361706a4485c"
        "742bd6788478fa17d7";
    const string c =
        "2243525c5efd4b9c3d3c45ac0ca3fe4dd85e830a4ce6b65fa1eeaee202839703301d1d33be6da8e509df21cc35964723180eed7532537d"
        "b9ae5e7d48f195c915";
    EXPECT_EQ(add_hex(a + b), c);
    EXPECT_EQ(add_hex(c + a),
              "2bd3e6d0f3b142924f5ca7b49ce5b9d54c4703d7ae5648e61d02268b1a0a9fb721611ce0a6af85915e2f1d70300909ce2e49dfad"
              "4a4619c8390cae66cefdb204");
    const string twice =
        "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd315ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538f"
        "c7ff3ebf7a5a18a2c4";
    EXPECT_EQ(add_hex(generator1 + generator1), twice);
    EXPECT_EQ(add_hex(generator1 + generator1 + infinity1), twice);
    const string d =
        "17c139df0efee0f766bc0204762b774362e4ded88953a39ce849a8a7fa163fa901e0559bacb160664764a357af8a9fe70baa9258e0b959"
        "273ffc5718c6d4cc7c";
    EXPECT_EQ(add_hex(d + "039730ea8dff1254c0fee9c0ea777d29a9c710b7e616683f194f18c43b43b869073a5ffcc6fc7a28c30723d6e58c"
                          "e577356982d65b833a5a5c15bf9024b43d98"),
              "15bf2bb17880144b5d1cd2b1f46eff9d617bffd1ca57c37fb5a49bd84e53cf66049c797f9ce0d17083deb32b5e36f2ea2a212ee0"
              "36598dd7624c168993d1355f");
    EXPECT_EQ(add_hex(d +
                      "17c139df0efee0f766bc0204762b774362e4ded88953a39ce849a8a7fa163fa92e83f8d734803fc370eba25ed1f6b876"
                      "8bd6d83887b87165fc2434fe11a830cb" +
                      infinity1),
              infinity1);
}

TEST(Bn254Add, InputLengthsAndInfinity) {
    for (const size_t size : {0, 1, 31, 64, 80, 127, 128, 192}) EXPECT_EQ(add_hex(string(2 * size, '0')), infinity1);
    EXPECT_EQ(add_hex(generator1), generator1);
    EXPECT_EQ(add_hex(generator1 + infinity1), generator1);
    EXPECT_EQ(add_hex(infinity1 + generator1), generator1);
    EXPECT_EQ(add_hex(infinity1 + generator1 + "ffff"), generator1);
    EXPECT_EQ(add_hex(generator1 + negated(generator1)), infinity1);
    // Cut within the second coordinate: y = 2 becomes 0.
    EXPECT_EQ(add_hex(generator1.substr(0, 126)), "fails");
}

TEST(Bn254Add, RefusesWhatIsNoPoint) {
    EXPECT_EQ(add_hex(word(1) + word(1)), "fails");
    EXPECT_EQ(add_hex(infinity1 + word(1) + word(3)), "fails");
    EXPECT_EQ(add_hex(word(0) + word(1)), "fails");
    EXPECT_EQ(add_hex(word(field_modulus + 1) + word(2)), "fails");
    EXPECT_EQ(add_hex(word(1) + word(field_modulus + 2)), "fails");
    EXPECT_EQ(add_hex(word(field_modulus) + word(field_modulus)), "fails");
    EXPECT_EQ(add_hex(word(field_modulus) + word(0)), "fails");
    EXPECT_EQ(add_hex(generator1 + word(u256::max()) + word(u256::max())), "fails");
}

TEST(Bn254Add, IsAGroup) {
    Random random;
    for (int i = 0; i < 100; ++i) {
        const string a = random.point(), b = random.point(), c = random.point();
        ASSERT_EQ(add_hex(a + b), add_hex(b + a));
        ASSERT_EQ(add_hex(add_hex(a + b) + c), add_hex(a + add_hex(b + c)));
        ASSERT_EQ(add_hex(add_hex(a + b) + negated(b)), a);
        ASSERT_EQ(add_hex(a + negated(a)), infinity1);
        ASSERT_EQ(add_hex(a + a), times(a, 2));
    }
}

// --- multiplication ---------------------------------------------------------------------------

TEST(Bn254Mul, KnownProducts) {
    const string a =
        "2bd3e6d0f3b142924f5ca7b49ce5b9d54c4703d7ae5648e61d02268b1a0a9fb721611ce0a6af85915e2f1d70300909ce2e49dfad4a4619"
        "c8390cae66cefdb204";
    const string b =
        "070a8d6a982153cae4be29d434e8faef8a47b274a053f5a4ee2a6c9c13c31e5c031b8ce914eba3a9ffb989f9cdd5b0f01943074bf4f0f3"
        "15690ec3cec6981afc";
    const string c =
        "025a6f4181d2b4ea8b724290ffb40156eb0adb514c688556eb79cdea0752c2bb2eff3f31dea215f1eb86023a133a996eb6300b44da664d"
        "64251d05381bb8a02e";
    EXPECT_EQ(times(a, 0x11138ce750fa15c2_u256), b);
    EXPECT_EQ(times(b, field_modulus - 1), c);
    EXPECT_EQ(times(c, 0x183227397098d014dc2822db40c0ac2ecbc0b548b438e5469e10460b6c3e7ea3_u256),
              "14789d0d4a730b354403b5fac948113739e276c23e0258d8596ee72f9cd9d3230af18a63153e0ec25ff9f2951dd3fa90ed0197bf"
              "ef6e2a1a62b5095b9d2b4a27");

    struct Vector {
        string point, by_max, by_two_to_128, by_nine;
    };
    const Vector vectors[] = {
        {"1a87b0584ce92f4593d161480614f2989035225609f08058ccfa3d0f940febe31a2f3c951f6dadcc7ee9007dff81504b0fcd6d7cf5999"
         "6efdc33d92bf7f9f8f6",
         "2cde5879ba6f13c0b5aa4ef627f159a3347df9722efce88a9afbb20b763b4c411aa7e43076f6aee272755a7f9b84832e71559ba0d2e0b"
         "17d5f9f01755e5b0d11",
         "1051acb0700ec6d42a88215852d582efbaef31529b6fcbc3277b5c1b300f5cf0135b2394bb45ab04b8bd7611bd2dfe1de6a4e6e2ccea1"
         "ea1955f577cd66af85b",
         "1dbad7d39dbc56379f78fac1bca147dc8e66de1b9d183c7b167351bfe0aeab742cd757d51289cd8dbd0acf9e673ad67d0f0a89f912af4"
         "7ed1be53664f5692575"},
        {"17c139df0efee0f766bc0204762b774362e4ded88953a39ce849a8a7fa163fa901e0559bacb160664764a357af8a9fe70baa9258e0b95"
         "9273ffc5718c6d4cc7c",
         "29e587aadd7c06722aabba753017c093f70ba7eb1f1c0104ec0564e7e3e21f6022b1143f6a41008e7755c71c3d00b6b915d386de21783"
         "ef590486d8afa8453b1",
         "221a3577763877920d0d14a91cd59b9479f83b87a653bb41f82a3f6f120cea7c2752c7f64cdd7f0e494bff7b60419f242210f2026ed2e"
         "c70f89f78a4c56a1f15",
         "228e687a379ba154554040f8821f4e41ee2be287c201aa9c3bc02c9dd12f1e691e0fd6ee672d04cfd924ed8fdc7ba5f2d06c53c1edc30"
         "f65f2af5a5b97f0a76a"},
        {"039730ea8dff1254c0fee9c0ea777d29a9c710b7e616683f194f18c43b43b869073a5ffcc6fc7a28c30723d6e58ce577356982d65b833"
         "a5a5c15bf9024b43d98",
         "00a1a234d08efaa2616607e31eca1980128b00b415c845ff25bba3afcb81dc00242077290ed33906aeb8e42fd98c41bcb9057ba03421a"
         "f3f2d08cfc441186024",
         "1071b63011e8c222c5a771dfa03c2e11aac9666dd097f2c620852c3951a4376a2f46fe2f73e1cf310a168d56baa5575a8319389d7bfa6"
         "b29ee2d908305791434",
         "19f75b9dd68c080a688774a6213f131e3052bd353a304a189d7a2ee367e3c2582612f545fb9fc89fde80fd81c68fc7dcb27fea5fc124e"
         "eda69433cf5c46d2d7f"},
    };
    for (const auto& v : vectors) {
        EXPECT_EQ(times(v.point, u256::max()), v.by_max);
        EXPECT_EQ(times(v.point, u256{1} << uint64_t{128}), v.by_two_to_128);
        EXPECT_EQ(times(v.point, 9), v.by_nine);
        EXPECT_EQ(times(v.point, 1), v.point);
        EXPECT_EQ(times(v.point, group_order - 1), negated(v.point));
        EXPECT_EQ(times(v.point, group_order), infinity1);
    }
}

TEST(Bn254Mul, InputLengthsInfinityAndFailures) {
    EXPECT_EQ(mul_hex(""), infinity1);
    EXPECT_EQ(mul_hex(generator1), infinity1);
    EXPECT_EQ(mul_hex(generator1 + "01"), times(generator1, u256{1} << uint64_t{248}));
    EXPECT_EQ(mul_hex(generator1 + word(1) + "ff"), generator1);
    EXPECT_EQ(times(infinity1, u256::max()), infinity1);
    EXPECT_EQ(times(generator1, 0), infinity1);
    EXPECT_EQ(mul_hex(word(1) + word(3) + word(0)), "fails");
    EXPECT_EQ(mul_hex(word(1) + word(3) + word(9)), "fails");
    EXPECT_EQ(mul_hex(word(field_modulus + 1) + word(2) + word(9)), "fails");
    EXPECT_EQ(mul_hex(word(1) + word(field_modulus + 2) + word(9)), "fails");
}

TEST(Bn254Mul, SmallScalarsAndThoseNearTheOrder) {
    Random random;
    for (int i = 0; i < 3; ++i) {
        const string a = random.point();
        string sum = infinity1;
        for (uint64_t k = 0; k < 200; ++k) {
            ASSERT_EQ(times(a, k), sum) << k;
            ASSERT_EQ(times(a, group_order - k), negated(sum)) << k;
            ASSERT_EQ(times(a, group_order + k), sum) << k;
            sum = add_hex(sum + a);
        }
    }
}

TEST(Bn254Mul, ScalarsAtTheEdgesOfTheDecomposition) {
    // The eigenvalue λ and its small multiples make one half of the scalar vanish; powers of two make long carries.
    const u256 lambda = 0xb3c4d79d41a917585bfc41088d8daaa78b17ea66b99c90dd_u256;
    const auto double_and_add = [](const string& a, const u256& k) {
        string r = infinity1;
        for (int i = 255; i >= 0; --i) {
            r = add_hex(r + r);
            if (((k >> static_cast<uint64_t>(i)).w[0] & 1) != 0) r = add_hex(r + a);
        }
        return r;
    };
    Random random;
    const string a = random.point();
    std::vector<u256> scalars{lambda,
                              lambda + 1,
                              lambda - 1,
                              mulmod(lambda, 2, group_order),
                              mulmod(lambda, lambda, group_order),
                              group_order - lambda};
    for (uint64_t k = 2; k < 20; ++k) {
        scalars.push_back(mulmod(lambda, k, group_order));
        scalars.push_back(mulmod(lambda, k, group_order) + k);
        scalars.push_back(mulmod(lambda, group_order - k, group_order) + k);
    }
    for (uint64_t bit = 0; bit < 256; bit += 7) {
        scalars.push_back(u256{1} << bit);
        scalars.push_back((u256{1} << bit) - 1);
    }
    for (int i = 0; i < 50; ++i) scalars.push_back(random.word());
    for (const u256& k : scalars) ASSERT_EQ(times(a, k), double_and_add(a, k)) << word(k);
}

TEST(Bn254Mul, Distributes) {
    Random random;
    for (int i = 0; i < 300; ++i) {
        const string a = random.point(), b = random.point();
        const u256 j = random.word(), k = random.word();
        ASSERT_EQ(add_hex(times(a, j) + times(a, k)), times(a, addmod(j, k, group_order)));
        ASSERT_EQ(times(times(a, j), k), times(a, mulmod(j, k, group_order)));
        ASSERT_EQ(times(add_hex(a + b), k), add_hex(times(a, k) + times(b, k)));
    }
}

// --- pairing ----------------------------------------------------------------------------------

// Points of G2 by plain affine arithmetic in Fp2, independent of the steps of the Miller loop.
struct TwistPoint {
    Fp2 x{}, y{};
    bool infinity = false;
};
Fp2 times(const Fp2& a, const Fp2& b) {
    Fp2 r;
    mul(r, a, b);
    return r;
}
Fp2 minus(const Fp2& a, const Fp2& b) {
    Fp2 r;
    sub(r, a, b);
    return r;
}
TwistPoint operator+(const TwistPoint& a, const TwistPoint& b) {
    if (a.infinity) return b;
    if (b.infinity) return a;
    Fp2 numerator = minus(b.y, a.y), denominator = minus(b.x, a.x);
    if (denominator.is_zero()) {
        if (a.y != b.y || a.y.is_zero()) return {.infinity = true};
        const Fp2 square = times(a.x, a.x);
        add(numerator, square, square);
        add(numerator, numerator, square);
        add(denominator, a.y, a.y);
    }
    inverse(denominator, denominator);
    const Fp2 slope = times(numerator, denominator);
    const Fp2 x = minus(minus(times(slope, slope), a.x), b.x);
    return {x, minus(times(slope, minus(a.x, x)), a.y), false};
}
TwistPoint operator*(const mpz_class& k, const TwistPoint& a) {
    TwistPoint r{.infinity = true};
    for (size_t i = mpz_sizeinbase(k.get_mpz_t(), 2); i-- > 0;) {
        r = r + r;
        if (mpz_tstbit(k.get_mpz_t(), i) != 0) r = r + a;
    }
    return r;
}
TwistPoint decode(const string& text) {
    const Bytes b = unhex(text);
    const auto at = [&](size_t i) { return to_field(load_be32(b.data() + 32 * i)); };
    return {{at(1), at(0)}, {at(3), at(2)}, false};
}
string encode(const TwistPoint& q) {
    if (q.infinity) return infinity2;
    return word(from_field(q.x.c1)) + word(from_field(q.x.c0)) + word(from_field(q.y.c1)) + word(from_field(q.y.c0));
}

/// A square root of a non-zero a in Fp with p = 3 mod 4, where there is one.
bool square_root(mpz_class& r, const mpz_class& a) {
    if (mpz_legendre(a.get_mpz_t(), p.get_mpz_t()) < 0) return false;
    const mpz_class e = (p + 1) / 4;
    mpz_powm(r.get_mpz_t(), a.get_mpz_t(), e.get_mpz_t(), p.get_mpz_t());
    return true;
}
/// A point of the twist with x = (n, 1) where there is one; nearly never in the subgroup.
bool twist_point(TwistPoint& q, unsigned n) {
    q = {{to_field(n), fp_one}, {}, false};
    // 3/ξ from the generator: y² - x³.
    const TwistPoint g = decode(generator2);
    const Fp2 b = minus(times(g.y, g.y), times(times(g.x, g.x), g.x));
    Fp2 square;
    add(square, times(times(q.x, q.x), q.x), b);
    // y0² = (s0 + |s|)/2 with |s|² = s0² + s1², y1 = s1/(2·y0).
    const mpz_class s0 = to_mpz(from_field(square.c0)), s1 = to_mpz(from_field(square.c1));
    mpz_class norm, y0, half, inverse_twice;
    if (!square_root(norm, (s0 * s0 + s1 * s1) % p)) return false;
    mpz_invert(half.get_mpz_t(), mpz_class{2}.get_mpz_t(), p.get_mpz_t());
    if (!square_root(y0, (s0 + norm) * half % p) && !square_root(y0, (s0 - norm + p) * half % p)) return false;
    const mpz_class twice = 2 * y0;
    mpz_invert(inverse_twice.get_mpz_t(), twice.get_mpz_t(), p.get_mpz_t());
    q.y = {to_field(to_u256(y0)), to_field(modulo(s1 * inverse_twice))};
    return on_twist({q.x, q.y});
}
const mpz_class r = to_mpz(group_order);
const mpz_class twist_cofactor = 2 * p - r;

const string match_three =
    "0000000000000000000000000000000000000000000000000000000000000001"
    "0000000000000000000000000000000000000000000000000000000000000002"
    "203e205db4f19b37b60121b83a7333706db86431c6d835849957ed8c3928ad79"
    "27dc7234fd11d3e8c36c59277c3e6f149d5cd3cfa9a62aee49f8130962b4b3b9"
    "195e8aa5b7827463722b8c153931579d3505566b4edf48d498e185f0509de152"
    "04bb53b8977e5f92a0bc372742c4830944a59b4fe6b1c0466e2a6dad122b5d2e"
    "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3"
    "1a76dae6d3272396d0cbe61fced2bc532edac647851e3ac53ce1cc9c7e645a83" +
    generator2;

TEST(Bn254Pairing, KnownChecks) {
    const string jeff1_first =
        "1c76476f4def4bb94541d57ebba1193381ffa7aa76ada664dd31c16024c43f593034dd2920f673e204fee2811c678745fc819b55d3e9d2"
        "94e45c9b03a76aef41"
        "209dd15ebff5d46c4bd888e51a93cf99a7329636c63514396b4a452003a35bf704bf11ca01483bfa8b34b43561848d28905960114c8ac0"
        "4049af4b6315a41678"
        "2bb8324af6cfc93537a2ad1a445cfd0ca2a71acd7ac41fadbf933c2a51be344d120a2a4cf30c1bf9845f20c6fe39e07ea2cce61f0c9bb0"
        "48165fe5e4de877550";
    EXPECT_EQ(pairing_hex(jeff1_first +
                          "111e129f1cf1097710d41c4ac70fcdfa5ba2023c6ff1cbeac322de49d1b6df7c2032c61a830e3c17286de9462bf2"
                          "42fca2883585b93870a73853face6a6bf411" +
                          generator2),
              "1");
    EXPECT_EQ(pairing_hex(jeff1_first +
                          "111e129f1cf1097710d41c4ac70fcdfa5ba2023c6ff1cbeac322de49d1b6df7c103188585e2364128fe25c70558f"
                          "1560f4f9350baf3959e603cc91486e110936" +
                          generator2),
              "0");
    EXPECT_EQ(pairing_hex("2f2ea0b3da1e8ef11914acf8b2e1b32d99df51f5f4f206fc6b947eae860eddb6068134ddb33dc888ef446b648d72"
                          "338684d678d2eb2371c61a50734d78da4b72"
                          "25f83c8b6ab9de74e7da488ef02645c5a16a6652c3c71a15dc37fe3a5dcb7cb122acdedd6308e3bb230d226d16a1"
                          "05295f523a8a02bfc5e8bd2da135ac4c245d"
                          "065bbad92e7c4e31bf3757f1fe7362a63fbfee50e7dc68da116e67d600d9bf6806d302580dc0661002994e7cd3a7"
                          "f224e7ddc27802777486bf80f40e4ca3cfdb"
                          "186bac5188a98c45e6016873d107f5cd131f3a3e339d0375e58bd6219347b008122ae2b09e539e152ec5364e7e22"
                          "04b03d11d3caa038bfc7cd499f8176aacbee"
                          "1f39e4e4afc4bc74790a4a028aff2c3d2538731fb755edefd8cb48d6ea589b5e283f150794b6736f670d6a1033f9"
                          "b46c6f5204f50813eb85c8dc4b59db1c5d39"
                          "140d97ee4d2b36d99bc49974d18ecca3e7ad51011956051b464d9e27d46cc25e0764bb98575bd466d32db7b15f58"
                          "2b2d5c452b36aa394b789366e5e3ca5aabd4"
                          "15794ab061441e51d01e94640b7e3084a07e02c78cf3103c542bc5b298669f211b88da1679b0b64a63b7e0e7bfe5"
                          "2aae524f73a55be7fe70c7e9bfc94b4cf0da"
                          "1213d2149b006137fcfb23036606f848d638d576a120ca981b5b1a5f9300b3ee2276cf730cf493cd95d64677bbb7"
                          "5fc42db72513a4c1e387b476d056f80aa75f"
                          "21ee6226d31426322afcda621464d0611d226783262e21bb3bc86b537e986237096df1f82dff337dd5972e32a8ad"
                          "43e28a78a96a823ef1cd4debe12b6552ea5f"),
              "1");
    EXPECT_EQ(pairing_hex(""), "1");
    EXPECT_EQ(pairing_hex(generator1 + generator2), "0");
    EXPECT_EQ(pairing_hex(generator1 + generator2 + generator1 + negated_generator2), "1");
    EXPECT_EQ(pairing_hex(match_three), "1");
    EXPECT_EQ(pairing_hex("105456a333e6d636854f987ea7bb713dfd0ae8371a72aea313ae0c32c0bf10160cf031d41b41557f3e7e3ba0c51b"
                          "ebe5da8e6ecd855ec50fc87efcdeac168bcc"
                          "0476be093a6d2b4bbf907172049874af11e1b6267606e00804d3ff0037ec57fd3010c68cb50161b7d1d96bb71edf"
                          "ec9880171954e56871abf3d93cc94d745fa1"
                          "14c059d74e5b6c4ec14ae5864ebe23a71781d86c29fb8fb6cce94f70d3de7a2101b33461f39d9e887dbb100f170a"
                          "2345dde3c07e256d1dfa2b657ba5cd030427"
                          "00000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000"
                          "000000000000000000000000000000000002"
                          "1a2c3013d2ea92e13c800cde68ef56a294b883f6ac35d25f587c09b1b3c635f7290158a80cd3d66530f74dc94c94"
                          "adb88f5cdb481acca997b6e60071f08a115f"
                          "2f997f3dbd66a7afe07fe7862ce239edba9e05c5afff7f8a1259c9733b2dfbb929d1691530ca701b4a1060546887"
                          "28c9972c8512e9789e9567aae23e302ccd75"),
              "1");
}

TEST(Bn254Pairing, ManyPairs) {
    // Every number of pairs up to past two rounds of the shared Miller loop.
    const string one = generator1 + generator2, other = generator1 + negated_generator2;
    string input;
    for (size_t n = 1; n <= 2 * max_pairs_at_once + 2; ++n) {
        input += one + other;
        EXPECT_EQ(pairing_hex(input), "1") << n;
        EXPECT_EQ(pairing_hex(input + one), "0") << n;
    }
    string ten;
    for (int i = 0; i < 5; ++i) ten += match_three;
    EXPECT_EQ(pairing_hex(ten), "1");
}

TEST(Bn254Pairing, IsBilinear) {
    Random random;
    const TwistPoint g = decode(generator2);
    for (int i = 0; i < 20; ++i) {
        const u256 a = random.scalar(), b = random.scalar();
        const string left = times(generator1, a) + encode(to_mpz(b) * g);
        EXPECT_EQ(pairing_hex(left + negated(times(generator1, mulmod(a, b, group_order))) + generator2), "1");
        EXPECT_EQ(pairing_hex(left + negated(times(generator1, b)) + encode(to_mpz(a) * g)), "1");
        EXPECT_EQ(pairing_hex(left + negated(times(generator1, addmod(mulmod(a, b, group_order), 1, group_order))) +
                              generator2),
                  "0");
        EXPECT_EQ(pairing_hex(left), "0");
        // e(P, Q1 + Q2) = e(P, Q1)·e(P, Q2)
        const string point = random.point();
        const TwistPoint q1 = to_mpz(random.scalar()) * g, q2 = to_mpz(random.scalar()) * g;
        EXPECT_EQ(pairing_hex(point + encode(q1) + point + encode(q2) + negated(point) + encode(q1 + q2)), "1");
        const string other = random.point();
        EXPECT_EQ(pairing_hex(point + encode(q1) + other + encode(q1) + negated(add_hex(point + other)) + encode(q1)),
                  "1");
    }
}

TEST(Bn254Pairing, Infinity) {
    EXPECT_EQ(pairing_hex(infinity1 + infinity2), "1");
    EXPECT_EQ(pairing_hex(infinity1 + generator2), "1");
    EXPECT_EQ(pairing_hex(generator1 + infinity2), "1");
    EXPECT_EQ(pairing_hex(infinity1 + generator2 + generator1 + generator2), "0");
    EXPECT_EQ(pairing_hex(infinity1 + generator2 + match_three + generator1 + infinity2), "1");
}

TEST(Bn254Pairing, RefusesMalformedInput) {
    EXPECT_EQ(pairing_hex("00"), "fails");
    EXPECT_EQ(pairing_hex(match_three.substr(2)), "fails");
    EXPECT_EQ(pairing_hex(match_three + "00"), "fails");
    EXPECT_EQ(pairing_hex(word(1) + word(1) + generator2), "fails");
    EXPECT_EQ(pairing_hex(word(1) + word(1) + infinity2), "fails");
    EXPECT_EQ(pairing_hex(word(field_modulus + 1) + word(2) + generator2), "fails");
    // Each coordinate of the second point by itself: off the curve, and not below p.
    for (size_t i = 0; i < 4; ++i) {
        const u256 v = load_be32(unhex(generator2.substr(64 * i, 64)).data());
        for (const u256& changed : {v + 1, v + field_modulus, field_modulus}) {
            string q = generator2;
            q.replace(64 * i, 64, word(changed));
            EXPECT_EQ(pairing_hex(generator1 + q), "fails");
            EXPECT_EQ(pairing_hex(infinity1 + q), "fails");
        }
    }
    EXPECT_EQ(pairing_hex(generator1 + word(field_modulus) + zero_word + zero_word + zero_word), "fails");
}

TEST(Bn254Pairing, RefusesPointsOutsideTheSubgroup) {
    int found = 0;
    TwistPoint q;
    for (unsigned n = 1; n < 60; ++n) {
        if (!twist_point(q, n)) continue;
        ++found;
        const TwistPoint in_order_r = twist_cofactor * q;
        ASSERT_TRUE((r * in_order_r).infinity);
        ASSERT_TRUE(in_subgroup({in_order_r.x, in_order_r.y}));
        EXPECT_EQ(pairing_hex(generator1 + encode(in_order_r)), "0");
        EXPECT_EQ(pairing_hex(generator1 + encode(in_order_r) + negated(generator1) + encode(in_order_r)), "1");

        // Whole order, the cofactor's part alone, and its smallest parts, where the loop's sums meet infinity.
        ASSERT_FALSE((r * q).infinity);
        const mpz_class prime_factors[] = {10069, 5864401, mpz_class{"1875725156269"}};
        std::vector<TwistPoint> outside{q, r * q, in_order_r + r * q};
        for (const auto& prime : prime_factors) {
            const TwistPoint small = (twist_cofactor / prime) * (r * q);
            if (small.infinity) continue;
            ASSERT_TRUE((prime * small).infinity);
            outside.push_back(small);
            outside.push_back(in_order_r + small);
        }
        for (const auto& bad : outside) {
            ASSERT_TRUE(on_twist({bad.x, bad.y}));
            EXPECT_FALSE(in_subgroup({bad.x, bad.y}));
            EXPECT_EQ(pairing_hex(generator1 + encode(bad)), "fails");
            EXPECT_EQ(pairing_hex(infinity1 + encode(bad)), "fails");
            EXPECT_EQ(pairing_hex(generator1 + generator2 + generator1 + encode(bad)), "fails");
        }
    }
    EXPECT_GT(found, 10);
}

}  // namespace
}  // namespace osprey::evm::bn254
