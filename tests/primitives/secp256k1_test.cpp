#include "primitives/secp256k1.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "primitives/keccak.hpp"

namespace osprey::secp256k1 {
namespace {

Hash word(const u256& v) { return to_hash(v); }
Address address(const u256& v) { return to_address(v); }

u256 negate(const u256& s) { return order - s; }

class Random {
public:
    Hash next() {
        Hash h;
        for (auto& b : h.bytes) b = static_cast<uint8_t>(engine_());
        return h;
    }

private:
    std::mt19937_64 engine_{20240229};
};

TEST(Secp256k1, AddressesOfSmallKeys) {
    EXPECT_EQ(address_of(word(1)), address(0x7e5f4552091a69125d5dfcb7b8c2659029395bdf_u256));
    EXPECT_EQ(address_of(word(2)), address(0x2b5ad5c4795c026514f8317c7a215e218dccd6cf_u256));
    // The first account of Hardhat and Anvil.
    EXPECT_EQ(address_of(word(0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80_u256)),
              address(0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266_u256));
}

TEST(Secp256k1, AddressOfPublicKeyIsTailOfItsHash) {
    // The generator itself, the public key of 1.
    uint8_t point[64];
    store_be32(point, 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798_u256);
    store_be32(point + 32, 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8_u256);
    EXPECT_EQ(address_of(word(1)), to_address(to_u256(keccak256_64(point))));
}

TEST(Secp256k1, KeysOutOfRangeHaveNoAddressAndDoNotSign) {
    for (const auto& key : {u256{0}, order, order + u256{1}, u256::max()}) {
        EXPECT_FALSE(address_of(word(key)));
        EXPECT_FALSE(sign(word(7), word(key)));
    }
    EXPECT_TRUE(address_of(word(order - u256{1})));
    EXPECT_TRUE(sign(word(7), word(order - u256{1})));
}

// The example of the precompile at address 1 in evm.codes.
TEST(Secp256k1, RecoversPrecompileExample) {
    EXPECT_EQ(recover(word(0x456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3_u256),
                      0x9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608_u256,
                      0x4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada_u256, true),
              address(0x7156526fbd7a3c72969b54f64e42c10fbb768c8a_u256));
}

// The example transaction of EIP-155: nonce 9, 20 gwei, key 0x46..46, v 37.
TEST(Secp256k1, SignsEip155Example) {
    const Hash digest = word(0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53_u256);
    const Hash key = word(0x4646464646464646464646464646464646464646464646464646464646464646_u256);
    const auto signature = sign(digest, key);
    ASSERT_TRUE(signature);
    EXPECT_EQ(signature->r, 0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276_u256);
    EXPECT_EQ(signature->s, 0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83_u256);
    EXPECT_FALSE(signature->y_parity);
    EXPECT_EQ(recover(digest, signature->r, signature->s, false),
              address(0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f_u256));
}

TEST(Secp256k1, SignedIsRecovered) {
    Random random;
    bool parities[2]{};
    for (int i = 0; i < 200; ++i) {
        const Hash key = random.next(), digest = random.next();
        const auto signature = sign(digest, key);
        ASSERT_TRUE(signature);
        parities[signature->y_parity] = true;
        EXPECT_LE(signature->s, half_order);
        EXPECT_EQ(recover(digest, signature->r, signature->s, signature->y_parity), address_of(key));
        // The other parity is another point, so another signer or none.
        EXPECT_NE(recover(digest, signature->r, signature->s, !signature->y_parity), address_of(key));
        // (r, -s) with the other parity is the same signature with a high s, which recovering accepts.
        EXPECT_EQ(recover(digest, signature->r, negate(signature->s), !signature->y_parity), address_of(key));
        Hash other = digest;
        other.bytes[31] ^= 1;
        EXPECT_NE(recover(other, signature->r, signature->s, signature->y_parity), address_of(key));
    }
    EXPECT_TRUE(parities[0] && parities[1]);
}

TEST(Secp256k1, SigningIsDeterministic) {
    const auto a = sign(word(5), word(6)), b = sign(word(5), word(6));
    ASSERT_TRUE(a && b);
    EXPECT_EQ(a->r, b->r);
    EXPECT_EQ(a->s, b->s);
    EXPECT_EQ(a->y_parity, b->y_parity);
}

TEST(Secp256k1, RefusesValuesOutOfRange) {
    const Hash digest = word(11);
    const auto good = sign(digest, word(12));
    ASSERT_TRUE(good);
    for (const bool parity : {false, true}) {
        for (const auto& bad : {u256{0}, order, order + u256{1}, u256::max()}) {
            EXPECT_FALSE(recover(digest, bad, good->s, parity));
            EXPECT_FALSE(recover(digest, good->r, bad, parity));
            EXPECT_FALSE(recover(digest, bad, bad, parity));
        }
        // The bounds themselves are in range.
        EXPECT_TRUE(recover(digest, good->r, 1, parity));
        EXPECT_TRUE(recover(digest, good->r, order - u256{1}, parity));
    }
}

TEST(Secp256k1, RefusesAnRThatIsNoAbscissa) {
    // 5^3 + 7 = 132 is no square modulo the field's prime; 1 + 7 = 8 is one.
    for (const bool parity : {false, true}) {
        EXPECT_FALSE(recover(word(1), 5, 1, parity));
        EXPECT_TRUE(recover(word(1), 1, 1, parity));
    }
}

TEST(Secp256k1, RefusesThePointAtInfinity) {
    // s R = z G makes the key r^-1 (s R - z G) the point at infinity: with R = G that is s = z.
    const u256 generator_x = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798_u256;
    EXPECT_FALSE(recover(word(77), generator_x, 77, false));
    EXPECT_TRUE(recover(word(77), generator_x, 78, false));
}

TEST(Secp256k1, DigestsAboveTheOrderAreReduced) {
    const auto signature = sign(word(order + u256{3}), word(9));
    ASSERT_TRUE(signature);
    EXPECT_EQ(recover(word(3), signature->r, signature->s, signature->y_parity), address_of(word(9)));
}

TEST(Secp256k1, ThreadsShareTheContext) {
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (uint64_t t = 1; t <= 4; ++t)
        threads.emplace_back([t, &right] {
            for (uint64_t i = 1; i <= 20; ++i) {
                const auto signature = sign(word(i), word(t));
                right += recover(word(i), signature->r, signature->s, signature->y_parity) == address_of(word(t));
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, 80);
}

}  // namespace
}  // namespace osprey::secp256k1
