#include "chain/arbitrum_fee.hpp"

#include <gtest/gtest.h>

#include "primitives/hex.hpp"

namespace osprey::chain {
namespace {

/// After a transaction on OP Mainnet, 0x8eb9dd4e...b594; any will do.
const Bytes call = *parse_hex(
    "02f901550a758302df1483be21b88304743f94f80e51afb613d764fa61751affd3313c190a86bb870151bd62fd12adb8"
    "e41ef24f3f000000000000000000000000000000000000000000000000000000000000006e000000000000000000000000af88d065e77c8c"
    "c2239327c5edb3a432268e5831000000000000000000000000000000000000000000000000000000000003c1e50000000000000000000000"
    "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000a0000000000000"
    "000000000000000000000000000000000000000000000000000000148c89ed219d02f1a5be012c689b4f5b731827bebe00000000000000"
    "0000000000c001a033fd89cb37c31b2cba46b6466e040c61fc9b2a3675a7f5f493ebd5ad77c497f8a07cdf65680e238392693019b4092f61"
    "0222e71b7cec06449cb922b93b6a12744e");

/// Sizes by Node.js's own copy of Brotli (zlib.brotliCompressSync, window 22).
TEST(ArbitrumFee, UnitsAreTheCompressedSize) {
    EXPECT_EQ(arbitrum_l1_units({}, 0), 16U);
    EXPECT_EQ(arbitrum_l1_units(Bytes(1000, 0), 0), 16U * 67);
    EXPECT_EQ(arbitrum_l1_units(Bytes(1000, 0), 1), 16U * 20);
    EXPECT_EQ(arbitrum_l1_units(call, 0), 16U * 338);
    EXPECT_EQ(arbitrum_l1_units(call), 16U * 281);
}

TEST(ArbitrumFee, GasIsTheCostAtTheBaseFee) {
    const u256 price = 400'000'000_u256, base_fee = 10'000'000_u256;
    EXPECT_EQ(arbitrum_l1_gas(4496, price, base_fee), 4496U * 40);
    EXPECT_EQ(arbitrum_l1_gas(4496, price, 3_u256), 4496ULL * 400'000'000 / 3) << "rounded down";
    EXPECT_EQ(arbitrum_l1_gas(4496, price, u256{}), 0U);
    EXPECT_EQ(arbitrum_l1_gas(UINT64_MAX, u256::max() >> 70, 1_u256), UINT64_MAX);
}

TEST(ArbitrumFee, EstimatesArePadded) {
    const u256 price = 400'000'000_u256;
    // (4496 + 256) * 1.01 = 4799.52 units; a tenth more; at 7/8 of the base fee, or the minimum.
    EXPECT_EQ(arbitrum_l1_gas_estimate(4496, price, 16'000'000_u256, 10'000'000_u256),
              4799ULL * 400'000'000 * 11 / 10 / 14'000'000);
    EXPECT_EQ(arbitrum_l1_gas_estimate(4496, price, 10'000'000_u256, 10'000'000_u256),
              4799ULL * 400'000'000 * 11 / 10 / 10'000'000);
    EXPECT_GE(arbitrum_l1_gas_estimate(4496, price, 16'000'000_u256, 1_u256),
              arbitrum_l1_gas(4496, price, 16'000'000_u256));
}

}  // namespace
}  // namespace osprey::chain
