// The base fee on OP-stack chains. Expected values are the specification's formula, worked out by hand.

#include <gtest/gtest.h>

#include "chain/block_rules.hpp"

namespace osprey::chain {
namespace {

const evm::ChainSpec& op_mainnet = *evm::find_chain(10);

Header parent_at(uint64_t timestamp, uint64_t gas_used) {
    Header h;
    h.number = 140'000'000;
    h.timestamp = timestamp;
    h.gas_limit = 60'000'000;
    h.gas_used = gas_used;
    h.base_fee_per_gas = 1'000'000'000_u256;
    return h;
}
Bytes parameters(uint8_t version, uint32_t denominator, uint32_t elasticity, std::optional<uint64_t> least = {}) {
    Bytes out{version};
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(denominator >> shift));
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(elasticity >> shift));
    for (int shift = 56; least && shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(*least >> shift));
    return out;
}

TEST(OpBaseFee, ConstantsUntilHolocene) {
    // Bedrock: a sixth of the limit is the target, 10 million; twice that is a fiftieth up.
    const auto bedrock = parent_at(1690000000, 20'000'000);
    EXPECT_EQ(base_fee_after(op_mainnet, bedrock, 1690000002), 1'020'000'000_u256);
    const auto canyon = parent_at(1710000000, 20'000'000);
    EXPECT_EQ(base_fee_after(op_mainnet, canyon, 1710000002), 1'004'000'000_u256);
    EXPECT_EQ(base_fee_after(op_mainnet, parent_at(1710000000, 0), 1710000002), 996'000'000_u256);
    EXPECT_EQ(base_fee_after(op_mainnet, parent_at(1710000000, 10'000'000), 1710000002), 1'000'000'000_u256);
}

TEST(OpBaseFee, TheParentCarriesTheParametersFromHolocene) {
    auto parent = parent_at(1740000000, 20'000'000);
    parent.extra_data = parameters(0, 100, 4);  // a target of 15 million
    EXPECT_EQ(base_fee_after(op_mainnet, parent, 1740000002), 1'003'333'333_u256);
    parent.extra_data = parameters(0, 0, 0);
    EXPECT_EQ(base_fee_after(op_mainnet, parent, 1740000002), 1'004'000'000_u256) << "Canyon's";
}

TEST(OpBaseFee, JovianHasALeastFeeAndCountsData) {
    auto parent = parent_at(1770000000, 0);
    parent.extra_data = parameters(1, 250, 6, 999'000'000);
    EXPECT_EQ(base_fee_after(op_mainnet, parent, 1770000002), 999'000'000_u256);
    parent.blob_gas_used = 20'000'000;
    EXPECT_EQ(base_fee_after(op_mainnet, parent, 1770000002), 1'004'000'000_u256);
    parent.blob_gas_used = 10'000'000;
    parent.base_fee_per_gas = 5_u256;
    EXPECT_EQ(base_fee_after(op_mainnet, parent, 1770000002), 999'000'000_u256);
}

}  // namespace
}  // namespace osprey::chain
