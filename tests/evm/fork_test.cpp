#include "evm/fork.hpp"

#include <gtest/gtest.h>

namespace osprey::evm {
namespace {

TEST(Fork, EthereumChangesRulesAtTheseBlocks) {
    const auto* chain = find_chain(1);
    ASSERT_NE(chain, nullptr);
    const struct {
        uint64_t first;
        Fork fork;
    } by_block[] = {
        {0, Fork::frontier},
        {1'150'000, Fork::homestead},
        {2'463'000, Fork::tangerine_whistle},
        {2'675'000, Fork::spurious_dragon},
        {4'370'000, Fork::byzantium},
        {7'280'000, Fork::petersburg},
        {9'069'000, Fork::istanbul},
        {12'244'000, Fork::berlin},
        {12'965'000, Fork::london},
        {15'537'394, Fork::paris},
    };
    for (size_t i = 0; i < std::size(by_block); ++i) {
        EXPECT_EQ(activation_at(*chain, by_block[i].first, 0).fork, by_block[i].fork) << i;
        if (i > 0) {
            EXPECT_EQ(activation_at(*chain, by_block[i].first - 1, 0).fork, by_block[i - 1].fork) << i;
        }
    }
    EXPECT_EQ(activation_at(*chain, 1'920'000, 0).label, "DAO");
    EXPECT_EQ(chain->dao_fork_block, 1'920'000U);
}

TEST(Fork, EthereumChangesBlobLimitsOnTheirOwnSchedule) {
    const auto* chain = find_chain(1);
    ASSERT_NE(chain, nullptr);
    const struct {
        uint64_t timestamp;
        Fork fork;
        uint64_t target, max, fraction;
        std::string_view label;
    } rows[] = {
        {1681338454, Fork::paris, 0, 0, 1, ""},
        {1681338455, Fork::shanghai, 0, 0, 1, ""},
        {1710338135, Fork::cancun, 3, 6, 3338477, ""},
        {1746612311, Fork::prague, 6, 9, 5007716, ""},
        {1764798551, Fork::osaka, 6, 9, 5007716, ""},
        {1765290070, Fork::osaka, 6, 9, 5007716, ""},
        {1765290071, Fork::osaka, 10, 15, 8346193, "BPO1"},
        {1767747671, Fork::osaka, 14, 21, 11684671, "BPO2"},
    };
    for (const auto& row : rows) {
        const auto& active = activation_at(*chain, 20'000'000, row.timestamp);
        EXPECT_EQ(active.fork, row.fork) << row.timestamp;
        EXPECT_EQ(active.blobs.target, row.target) << row.timestamp;
        EXPECT_EQ(active.blobs.max, row.max) << row.timestamp;
        EXPECT_EQ(active.blobs.update_fraction, row.fraction) << row.timestamp;
        EXPECT_EQ(active.label, row.label) << row.timestamp;
    }
}

TEST(Fork, OtherChainsHaveTheirOwnHistory) {
    const auto* op = find_chain(10);
    ASSERT_NE(op, nullptr);
    EXPECT_TRUE(op->op_stack);
    EXPECT_EQ(activation_at(*op, 105'235'062, 1'686'000'000).fork, Fork::berlin);
    EXPECT_EQ(activation_at(*op, 105'235'063, 1686068903).label, "Regolith");
    EXPECT_EQ(activation_at(*op, 109'279'678, 1694158133).fork, Fork::paris);
    EXPECT_EQ(activation_at(*op, 115'000'000, 1710374401).label, "Ecotone");
    EXPECT_EQ(activation_at(*op, 140'000'000, 1764691201).label, "Jovian");

    const auto* sepolia = find_chain(11155111);
    ASSERT_NE(sepolia, nullptr);
    EXPECT_EQ(activation_at(*sepolia, 1'450'408, 0).fork, Fork::london);
    EXPECT_EQ(activation_at(*sepolia, 1'450'409, 0).fork, Fork::paris);
    const auto* hoodi = find_chain(560048);
    ASSERT_NE(hoodi, nullptr);
    EXPECT_EQ(activation_at(*hoodi, 0, 0).fork, Fork::cancun);
    EXPECT_EQ(activation_at(*hoodi, 1, 1742999832).fork, Fork::prague);
    EXPECT_EQ(find_chain(999'999'999), nullptr);
}

TEST(Fork, EachHasItsName) {
    EXPECT_EQ(name_of(Fork::frontier), "Frontier");
    EXPECT_EQ(name_of(Fork::constantinople), "Constantinople");
    EXPECT_EQ(name_of(Fork::osaka), "Osaka");
}

}  // namespace
}  // namespace osprey::evm
