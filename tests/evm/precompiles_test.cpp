#include "evm/precompiles.hpp"

#include <ckzg.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdio>
#include <limits>
#include <memory>
#include <random>

#include "primitives/hex.hpp"

namespace osprey::evm {
namespace {

constexpr int64_t no_gas_pays = std::numeric_limits<int64_t>::max();

Address address_of(uint64_t n) { return to_address(u256{n}); }

Bytes random_bytes(size_t n) {
    static std::mt19937_64 random(0x05b3e7);
    Bytes b(n);
    for (auto& x : b) x = static_cast<uint8_t>(random());
    return b;
}

Bytes concat(std::initializer_list<BytesView> parts) {
    Bytes all;
    for (const auto p : parts) all.insert(all.end(), p.begin(), p.end());
    return all;
}

Bytes word(const u256& v) {
    const Hash h = to_hash(v);
    return {h.bytes.begin(), h.bytes.end()};
}

/// Output, or none where the call fails.
std::optional<Bytes> call(uint64_t n, BytesView input, Fork fork = Fork::osaka) {
    Bytes output;
    if (!find_precompile(address_of(n), fork)->run(input, output)) return std::nullopt;
    return output;
}

int64_t gas(uint64_t n, BytesView input, Fork fork) { return find_precompile(address_of(n), fork)->gas(input, fork); }
int64_t gas(uint64_t n, size_t input_size, Fork fork) { return gas(n, Bytes(input_size), fork); }

Fork fork_named(std::string_view name) {
    for (int f = 0; f < fork_count; ++f)
        if (name_of(static_cast<Fork>(f)) == name) return static_cast<Fork>(f);
    throw std::invalid_argument("no fork is called " + std::string(name));
}

// --- vectors -------------------------------------------------------------------------------------

struct Vector {
    std::string name;
    uint64_t address;
    Fork fork;
    Bytes input;
    std::optional<Bytes> output;  ///< none: the call fails
    std::optional<int64_t> gas;
};

std::vector<Vector> load(const std::string& file) {
    simdjson::dom::parser parser;
    std::vector<Vector> all;
    for (const auto v : parser.load(OSPREY_SOURCE_DIR "/tests/evm/data/precompiles/" + file)) {
        const auto text = [&](const char* key) { return std::string_view(v[key]); };
        Vector& x = all.emplace_back();
        x.name = text("name");
        x.address = v["address"];
        x.fork = fork_named(text("fork"));
        x.input = parse_hex(text("input")).value();
        if (v["fails"].error()) x.output = parse_hex(text("output")).value();
        if (!v["gas"].error()) x.gas = int64_t(v["gas"]);
    }
    return all;
}

class PrecompileVectors : public testing::TestWithParam<const char*> {};

TEST_P(PrecompileVectors, all_hold) {
    const auto vectors = load(GetParam());
    ASSERT_GT(vectors.size(), 10u);
    Bytes output;
    for (const auto& v : vectors) {
        SCOPED_TRACE(v.name);
        const auto* p = find_precompile(address_of(v.address), v.fork);
        ASSERT_NE(p, nullptr);
        const int64_t cost = p->gas(v.input, v.fork);
        if (v.gas) EXPECT_EQ(cost, *v.gas);
        if (cost == no_gas_pays) {
            EXPECT_FALSE(v.output);  // it never gets to run
            continue;
        }
        output.clear();  // of one buffer, as the interpreter does
        ASSERT_EQ(p->run(v.input, output), v.output.has_value());
        if (v.output) EXPECT_EQ(to_hex(output), to_hex(*v.output));
    }
}

INSTANTIATE_TEST_SUITE_P(Files, PrecompileVectors,
                         testing::Values("basic.json", "modexp.json", "blake2f.json", "point_evaluation.json",
                                         "bls12.json", "p256_verify.json"));

// --- the table -----------------------------------------------------------------------------------

TEST(Precompiles, come_with_their_forks) {
    const auto expect = [](Fork first, Fork last, unsigned count) {
        for (auto f = static_cast<int>(first); f <= static_cast<int>(last); ++f) {
            const auto fork = static_cast<Fork>(f);
            EXPECT_EQ(last_precompile(fork), count);
            EXPECT_EQ(find_precompile(address_of(0), fork), nullptr);
            for (unsigned n = 1; n < 300; ++n)
                EXPECT_EQ(find_precompile(address_of(n), fork) != nullptr,
                          n <= count || (n == 0x100 && fork >= Fork::osaka))
                    << n << " in " << name_of(fork);
        }
    };
    expect(Fork::frontier, Fork::spurious_dragon, 4);
    expect(Fork::byzantium, Fork::petersburg, 8);
    expect(Fork::istanbul, Fork::shanghai, 9);
    expect(Fork::cancun, Fork::cancun, 10);
    expect(Fork::prague, Fork::osaka, 17);
}

TEST(Precompiles, are_found_only_by_the_whole_address) {
    for (size_t i = 0; i < 19; ++i) {
        Address a = address_of(1);
        a.bytes[i] = 1;
        EXPECT_EQ(find_precompile(a, Fork::osaka) != nullptr, false) << i;
    }
    EXPECT_EQ(find_precompile(to_address(u256::max()), Fork::osaka), nullptr);
    EXPECT_STREQ(find_precompile(address_of(0x100), Fork::osaka)->name, "p256_verify");
}

TEST(Precompiles, cost_what_each_fork_says) {
    for (int f = 0; f < fork_count; ++f) {
        const auto fork = static_cast<Fork>(f);
        EXPECT_EQ(gas(1, 0, fork), 3000);
        EXPECT_EQ(gas(2, 0, fork), 60);
        EXPECT_EQ(gas(2, 32, fork), 72);
        EXPECT_EQ(gas(2, 33, fork), 84);
        EXPECT_EQ(gas(3, 64, fork), 840);
        EXPECT_EQ(gas(4, 1, fork), 18);
        if (fork >= Fork::byzantium) {
            const bool cheap = fork >= Fork::istanbul;  // EIP-1108
            EXPECT_EQ(gas(6, 128, fork), cheap ? 150 : 500);
            EXPECT_EQ(gas(7, 96, fork), cheap ? 6000 : 40'000);
            EXPECT_EQ(gas(8, 0, fork), cheap ? 45'000 : 100'000);
            EXPECT_EQ(gas(8, 384, fork), cheap ? 113'000 : 260'000);
        }
        if (fork >= Fork::cancun) EXPECT_EQ(gas(10, 192, fork), 50'000);
        if (fork >= Fork::prague) {
            EXPECT_EQ(gas(11, 256, fork), 375);
            EXPECT_EQ(gas(12, 0, fork), 0);
            EXPECT_EQ(gas(12, 160, fork), 12'000);
            EXPECT_EQ(gas(12, 2 * 160, fork), 22'776);
            EXPECT_EQ(gas(12, 128 * 160, fork), 797'184);
            EXPECT_EQ(gas(12, 1000 * 160, fork), 6'228'000);
            EXPECT_EQ(gas(13, 512, fork), 600);
            EXPECT_EQ(gas(14, 288, fork), 22'500);
            EXPECT_EQ(gas(14, 128 * 288, fork), 1'509'120);
            EXPECT_EQ(gas(14, 1000 * 288, fork), 11'790'000);
            EXPECT_EQ(gas(15, 0, fork), 37'700);
            EXPECT_EQ(gas(15, 768, fork), 102'900);
            EXPECT_EQ(gas(16, 64, fork), 5'500);
            EXPECT_EQ(gas(17, 128, fork), 23'800);
        }
        if (fork >= Fork::osaka) EXPECT_EQ(gas(0x100, 160, fork), 6'900);
    }
}

// --- modexp --------------------------------------------------------------------------------------

/// The sizes of "nagydani": base and modulus of 64 to 1024 bytes with exponents 2, 3 and 65537.
TEST(Modexp, costs_as_in_the_tables_of_the_eips) {
    const int64_t expected[][3][3] = {// EIP-198, EIP-2565, EIP-7883
                                      {{204, 200, 500}, {204, 200, 500}, {3276, 341, 2048}},
                                      {{665, 200, 512}, {665, 200, 512}, {10'649, 1365, 8192}},
                                      {{1894, 341, 2048}, {1894, 341, 2048}, {30'310, 5461, 32'768}},
                                      {{5580, 1365, 8192}, {5580, 1365, 8192}, {89'292, 21'845, 131'072}},
                                      {{17'868, 5461, 32'768}, {17'868, 5461, 32'768}, {285'900, 87'381, 524'288}}};
    const Bytes exponents[] = {{2}, {3}, {1, 0, 1}};
    for (size_t i = 0; i < 5; ++i)
        for (size_t j = 0; j < 3; ++j) {
            const size_t size = size_t{64} << i;
            const Bytes input = concat({word(size), word(exponents[j].size()), word(size), random_bytes(size),
                                        exponents[j], random_bytes(size)});
            EXPECT_EQ(gas(5, input, Fork::byzantium), expected[i][j][0]);
            EXPECT_EQ(gas(5, input, Fork::berlin), expected[i][j][1]);
            EXPECT_EQ(gas(5, input, Fork::osaka), expected[i][j][2]);
        }
}

TEST(Modexp, cost_saturates) {
    const u256 lengths[] = {u256{1} << 31, u256{1} << 62, u256{1} << 63, u256{~0ULL}, u256{1} << 64, u256::max()};
    for (const auto fork : {Fork::byzantium, Fork::istanbul, Fork::berlin, Fork::prague, Fork::osaka})
        for (const auto& length : lengths) {
            EXPECT_GT(gas(5, concat({word(length), word(1), word(1)}), fork), int64_t{1} << 40);
            EXPECT_GT(gas(5, concat({word(1), word(1), word(length)}), fork), int64_t{1} << 40);
            EXPECT_GT(gas(5, concat({word(1), word(length), word(1)}), fork), int64_t{1} << 29);
            if (length > u256{1} << 31 || fork >= Fork::osaka)
                EXPECT_EQ(gas(5, concat({word(length), word(length), word(length)}), fork), no_gas_pays);
        }
}

/// a^(x+y) = a^x a^y, for moduli of every size around the border of the two ways.
TEST(Modexp, powers_multiply) {
    for (size_t size = 1; size <= 40; ++size)
        for (int parity = 0; parity < 2; ++parity) {
            Bytes base = random_bytes(size), x = random_bytes(16), y = random_bytes(16), modulus = random_bytes(size);
            x[0] &= 0x7f;
            y[0] &= 0x7f;
            modulus.back() = static_cast<uint8_t>((modulus.back() & 0xfe) | parity);
            const auto power = [&](BytesView b, BytesView e) {
                return *call(5, concat({word(b.size()), word(e.size()), word(size), b, e, modulus}));
            };
            const Bytes sum = word(load_be(x) + load_be(y));
            const Bytes left = power(base, sum);
            // (a^x a^y)^1: the product by long multiplication in bytes.
            const Bytes ax = power(base, x), ay = power(base, y);
            Bytes product(2 * size);
            for (size_t i = size; i-- > 0;) {
                unsigned carry = 0;
                for (size_t j = size; j-- > 0;) {
                    const unsigned t = product[i + j + 1] + ax[i] * ay[j] + carry;
                    product[i + j + 1] = static_cast<uint8_t>(t);
                    carry = t >> 8;
                }
                product[i] = static_cast<uint8_t>(carry);
            }
            EXPECT_EQ(to_hex(left), to_hex(power(product, Bytes{1}))) << size;
        }
}

// --- BLS12-381 -----------------------------------------------------------------------------------

const Bytes g1 = parse_hex(
                     "0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
                     "6c55e83ff97a1aeffb3af00adb22c6bb0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4"
                     "fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1")
                     .value();
const Bytes g2 = parse_hex(
                     "00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d177"
                     "0bac0326a805bbefd48056c8c121bdb80000000000000000000000000000000013e02b6052719f607dacd3a088274f65"
                     "596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e00000000000000000000000000000000"
                     "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"
                     "000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab"
                     "3f370d275cec1da1aaa9075ff05f79be")
                     .value();
constexpr u256 bls_order = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001_u256;

/// sum k_i [a_i]G = [sum k_i a_i]G, for every way that sums of products take by their length.
TEST(Bls12, sums_of_products_of_any_length) {
    for (const auto& [precompile, generator] : {std::pair{12u, g1}, std::pair{14u, g2}})
        for (const size_t n : {1u, 2u, 3u, 7u, 17u, 33u, 64u, 100u, 129u, 257u}) {
            Bytes input;
            u256 total;
            for (size_t i = 0; i < n; ++i) {
                const u256 a{1 + i};
                const u256 k = load_be(random_bytes(32)) % bls_order;
                const Bytes point = *call(precompile, concat({generator, word(a)}));
                input = concat({input, point, word(k)});
                total = addmod(total, mulmod(a, k, bls_order), bls_order);
            }
            EXPECT_EQ(call(precompile, input), call(precompile, concat({generator, word(total)}))) << n;
        }
}

/// The product of e([a_i]G1, [b_i]G2) is one when the sum of a_i b_i is zero.
TEST(Bls12, pairings_of_any_length) {
    for (const size_t n : {2u, 3u, 15u, 16u, 17u, 18u, 32u, 33u, 40u}) {
        Bytes input;
        u256 total;
        for (size_t i = 0; i + 1 < n; ++i) {
            const u256 a = load_be(random_bytes(32)) % bls_order, b = load_be(random_bytes(32)) % bls_order;
            input = concat({input, *call(12, concat({g1, word(a)})), *call(14, concat({g2, word(b)}))});
            total = addmod(total, mulmod(a, b, bls_order), bls_order);
        }
        const Bytes last = *call(12, concat({g1, word(bls_order - total)}));
        EXPECT_EQ(call(15, concat({input, last, g2})), word(1)) << n;
        EXPECT_EQ(call(15, concat({input, *call(11, concat({last, g1})), g2})), word(0)) << n;
    }
}

// --- point evaluation ----------------------------------------------------------------------------

/// Against c-kzg-4844 with the whole trusted setup: its proofs are accepted, and no others.
TEST(PointEvaluation, takes_the_proofs_of_the_reference) {
    KZGSettings settings;
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(OSPREY_TRUSTED_SETUP, "r"), std::fclose);
    ASSERT_TRUE(file);
    ASSERT_EQ(load_trusted_setup_file(&settings, file.get(), 0), C_KZG_OK);
    const auto blob = std::make_unique<Blob>();
    for (int round = 0; round < 4; ++round) {
        // Full, mostly zero, constant, zero.
        const size_t filled[] = {BYTES_PER_BLOB, 64, 0, 0};
        const Bytes data = random_bytes(BYTES_PER_BLOB);
        std::memset(blob->bytes, 0, BYTES_PER_BLOB);
        for (size_t i = 0; i < BYTES_PER_BLOB; ++i) {
            if (i % 32 == 0) continue;  // keeps each element below the modulus
            if (i < filled[round]) blob->bytes[i] = data[i];
            if (round == 2) blob->bytes[i] = data[i % 32];
        }
        KZGCommitment commitment;
        ASSERT_EQ(blob_to_kzg_commitment(&commitment, blob.get(), &settings), C_KZG_OK);
        Bytes z = random_bytes(32);
        z[0] = 0;
        Bytes32 point, y;
        std::memcpy(point.bytes, z.data(), 32);
        KZGProof proof;
        ASSERT_EQ(compute_kzg_proof(&proof, &y, blob.get(), &point, &settings), C_KZG_OK);

        Bytes hash = *call(2, BytesView(commitment.bytes, 48));
        hash[0] = 1;
        const BytesView value(y.bytes, 32), c(commitment.bytes, 48), p(proof.bytes, 48);
        EXPECT_EQ(call(10, concat({hash, z, value, c, p})), concat({word(4096), word(bls_order)}));
        Bytes other = word(addmod(load_be32(y.bytes), u256{1}, bls_order));
        EXPECT_FALSE(call(10, concat({hash, z, other, c, p})));
        bool ok = true;
        std::memcpy(y.bytes, other.data(), 32);
        ASSERT_EQ(verify_kzg_proof(&ok, &commitment, &point, &y, &proof, &settings), C_KZG_OK);
        EXPECT_FALSE(ok);
    }
    free_trusted_setup(&settings);
}

}  // namespace
}  // namespace osprey::evm
