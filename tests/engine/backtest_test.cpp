#include "engine/backtest.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "primitives/hex.hpp"
#include "support/test_chain.hpp"
#include "support/test_data.hpp"

namespace osprey::engine {
namespace {

using namespace literals;

std::filesystem::path path_of(std::string_view block) {
    return test::test_data("blocks") / (std::string{block} + ".prestate.json.zst");
}

#define SKIP_WITHOUT(path) \
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "the recorded data is absent: no " << (path).string()

Result<Backtest> backtest_file(const std::filesystem::path& path) {
    const auto record = chain::load_record(path);
    if (!record) return std::unexpected(record.error());
    evm::Machine machine;
    return backtest(machine, *record);
}

Backtest backtest_of(std::string_view block) {
    auto result = backtest_file(path_of(block));
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

// What searchers made in these blocks, before gas: as the swaps of their transactions are recorded.
struct Known {
    const char* block;
    size_t tx;
    u256 profit;
};
const Known known[] = {
    {"10760440", 0, 805788119903642745_u256},   // Uniswap V2 and Curve
    {"10760440", 11, 338981313402248071_u256},  // two pools of Balancer V1, Uniswap V2
    {"10760440", 107, 124294307051297726_u256}, {"12047794", 35, 79793964830024547_u256},
    {"12047794", 208, 30889656043818385_u256},  {"12159808", 100, 171879369527633131_u256},
    {"12159808", 103, 73459361363532016_u256},  {"12300570", 0, 73113604681829791_u256},  // through the native coin
};

TEST(Backtest, FindsWhatSearchersFoundWithTheirProfit) {
    SKIP_WITHOUT(path_of(known[0].block));
    for (const Known& k : known) {
        SCOPED_TRACE(std::string{k.block} + " transaction " + std::to_string(k.tx));
        const Backtest result = backtest_of(k.block);
        const auto realised = std::ranges::find(result.realised, k.tx, &Realised::tx);
        ASSERT_NE(realised, result.realised.end());
        EXPECT_EQ(realised->profit, k.profit);
        ASSERT_TRUE(realised->found_by);
        const Found& found = result.found[*realised->found_by];
        EXPECT_TRUE(found.equal);
        EXPECT_EQ(found.after_tx, k.tx > 0 ? std::optional{k.tx - 1} : std::nullopt);
        EXPECT_EQ(found.profit, found.executed_profit);
        EXPECT_GE(found.value, std::optional{k.profit});
        EXPECT_EQ(found.matches, static_cast<size_t>(realised - result.realised.begin()));
        // Others may have taken something through exchanges that have no model here.
        const auto named = std::ranges::count_if(
            known, [&](const Known& other) { return std::string_view{other.block} == std::string_view{k.block}; });
        EXPECT_GE(result.realised_found(), static_cast<size_t>(named));
        EXPECT_GT(result.profit_ratio(), 0.5);
    }
}

// A sandwich's legs, which a search for cycles of swaps calls arbitrages.
TEST(Backtest, ATrapIsNotWhatSomebodyTook) {
    SKIP_WITHOUT(path_of("16146267"));
    const Backtest result = backtest_of("16146267");
    EXPECT_TRUE(result.realised.empty());
    EXPECT_EQ(result.recall(), std::nullopt);
    EXPECT_EQ(result.profit_ratio(), std::nullopt);
    EXPECT_FALSE(result.found.empty());
}

/// What holds of every plan that was executed.
void check(const Backtest& result) {
    for (size_t i = 0; i < result.found.size(); ++i) {
        const Found& found = result.found[i];
        EXPECT_TRUE(found.equal) << "plan " << i << ": estimated " << to_string(found.profit) << ", executed "
                                 << to_string(found.executed_profit) << ": " << found.reason;
        EXPECT_EQ(found.profit, found.executed_profit);
        EXPECT_GT(found.gas, 21'000U);
        // By token, what comes out is at least what goes in, and more only of the profit token.
        std::unordered_map<Address, std::pair<u256, u256>> sums;
        for (const FoundSwap& swap : found.swaps) {
            sums[swap.token_in].first += swap.amount_in;
            sums[swap.token_out].second += swap.amount_out;
        }
        for (const auto& [token, sum] : sums) EXPECT_GE(sum.second, sum.first);
        const auto& [in, out] = sums[found.profit_token];
        EXPECT_LE(found.profit, out - in);
        EXPECT_GT(found.profit, u256{});
        if (found.matches) {
            const Realised& realised = result.realised[*found.matches];
            EXPECT_EQ(found.after_tx, realised.tx > 0 ? std::optional{realised.tx - 1} : std::nullopt);
        }
        // Taken together at one moment, no two share a pool.
        for (size_t k = 0; k < i; ++k) {
            const Found& other = result.found[k];
            if (!found.is_best || !other.is_best || other.after_tx != found.after_tx) continue;
            for (const FoundSwap& swap : found.swaps)
                EXPECT_EQ(std::ranges::count(other.swaps, swap.pool, &FoundSwap::pool), 0);
        }
    }
}

// Blocks whose record lacks what they read cannot be executed (tests/chain/replay_test.cpp); all others are.
TEST(Backtest, EveryPlanOfEveryRecordedBlockLeavesWhatWasEstimatedSlow) {
    const auto paths = test::recorded_blocks();
    if (paths.empty()) GTEST_SKIP() << "no recorded blocks in ../shared/data";
    size_t plans = 0, blocks = 0, realised = 0, realised_found = 0;
    for (const auto& path : paths) {
        SCOPED_TRACE(path.filename().string());
        const auto result = backtest_file(path);
        if (!result) {
            EXPECT_NE(result.error().message.find("missing trie node"), std::string::npos) << result.error().message;
            continue;
        }
        check(*result);
        ++blocks;
        plans += result->found.size();
        realised += result->realised.size();
        realised_found += result->realised_found();
    }
    std::printf("%zu blocks: %zu plans, all executed to the wei; searchers took %zu, %zu of them found\n", blocks,
                plans, realised, realised_found);
    EXPECT_GE(blocks, 47U);
    EXPECT_GE(plans, 120U);
    EXPECT_GE(realised_found, std::size(known));
}

TEST(Backtest, SaysTheSameEveryTime) {
    SKIP_WITHOUT(path_of("12159808"));
    const Backtest a = backtest_of("12159808"), b = backtest_of("12159808");
    ASSERT_EQ(a.found.size(), b.found.size());
    for (size_t i = 0; i < a.found.size(); ++i) {
        EXPECT_EQ(a.found[i].after_tx, b.found[i].after_tx);
        EXPECT_EQ(a.found[i].profit, b.found[i].profit);
        EXPECT_EQ(a.found[i].gas, b.found[i].gas);
        EXPECT_EQ(a.found[i].funding, b.found[i].funding);
        EXPECT_TRUE(std::ranges::equal(a.found[i].swaps, b.found[i].swaps, {}, &FoundSwap::pool, &FoundSwap::pool));
    }
}

// Before Istanbul the executor cannot run, and there are no pools.
TEST(Backtest, AnEarlyBlockHasNoMarket) {
    SKIP_WITHOUT(path_of("4370000"));
    const Backtest result = backtest_of("4370000");
    EXPECT_EQ(result.moments, 0U);
    EXPECT_TRUE(result.found.empty());
    EXPECT_TRUE(result.realised.empty());
}

}  // namespace
}  // namespace osprey::engine
