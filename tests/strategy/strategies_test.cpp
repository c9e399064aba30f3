// The strategies on small markets of pairs: who answers when, and that what they say is exact.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "primitives/hex.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "strategy/strategy.hpp"

namespace osprey::strategy {
namespace {

using namespace literals;

const Address weth = "0x00000000000000000000000000000000000000e0"_address;
const Address usdc = "0x00000000000000000000000000000000000000e1"_address;
const Address dai = "0x00000000000000000000000000000000000000e2"_address;
constexpr u256 unit = 1'000'000'000'000'000'000_u256;

class Market {
public:
    market::PoolId add(const Address& token0, const Address& token1, uint64_t reserve0, uint64_t reserve1) {
        Address contract = "0x0000000000000000000000000000000000000100"_address;
        contract.data()[19] = static_cast<uint8_t>(graph.pool_count());
        return graph.add(std::make_unique<protocol::uniswap_v2::Pair>(contract, token0, token1, 3000,
                                                                      u256{reserve0} * unit, u256{reserve1} * unit));
    }
    void build() {
        graph.build();
        market::SearchSettings settings;
        for (market::TokenId token = 0; token < graph.token_count(); ++token) settings.starts.push_back(token);
        settings.base = *graph.find_token(weth);
        std::erase(settings.starts, settings.base);
        settings.starts.insert(settings.starts.begin(), settings.base);
        search.emplace(graph, settings);
    }
    /// Of the model alone: the profit of the swaps, one after the other on copies.
    u256 profit_of(const Candidate& candidate) const {
        std::map<market::PoolId, std::unique_ptr<protocol::Pool>> copies;
        u256 in, out;
        for (const market::RouteSwap& swap : candidate.swaps) {
            auto& pool = copies[swap.hop.pool];
            if (!pool) pool = graph.pool(swap.hop.pool).clone();
            EXPECT_EQ(pool->swap(swap.hop.in, swap.hop.out, swap.amount_in), protocol::Quote::ok(swap.amount_out));
            if (swap.token_in == candidate.start) in += swap.amount_in;
            if (swap.token_out == candidate.start) out += swap.amount_out;
        }
        return out - in;
    }

    market::TokenGraph graph;
    std::optional<market::CycleSearch> search;
};

TEST(Strategies, AreFoundByName) {
    std::set<std::string_view> names;
    for (const Strategy* strategy : strategies()) {
        EXPECT_EQ(find_strategy(strategy->name), strategy);
        EXPECT_TRUE(names.insert(strategy->name).second);
        EXPECT_FALSE(strategy->summary.empty());
    }
    EXPECT_EQ(find_strategy("fly"), nullptr);
}

TEST(Strategies, EachAnswersAtItsOwnMoment) {
    Market market;
    market.add(weth, usdc, 1000, 2'000'000);
    const market::PoolId moved = market.add(weth, usdc, 1000, 2'100'000);
    market.build();
    const Hash pending = "0x00000000000000000000000000000000000000000000000000000000000000aa"_hash;
    const market::MarketChange change{.at = {}, .moved = {moved}, .stale = {}};
    const Moment start{.graph = market.graph, .search = *market.search, .change = nullptr, .pending = nullptr};
    const Moment behind{.graph = market.graph, .search = *market.search, .change = &change, .pending = &pending};
    const Moment quiet{.graph = market.graph, .search = *market.search, .change = &change, .pending = nullptr};
    EXPECT_FALSE(arbitrage.candidates(start).empty());
    EXPECT_TRUE(arbitrage.candidates(behind).empty());
    EXPECT_TRUE(backrun.candidates(start).empty());
    EXPECT_TRUE(backrun.candidates(quiet).empty());
    const auto candidates = backrun.candidates(behind);
    ASSERT_EQ(candidates.size(), 1U);
    EXPECT_EQ(candidates[0].follows, pending);
    EXPECT_EQ(candidates[0].strategy, "backrun");
    EXPECT_EQ(candidates[0].start, *market.graph.find_token(weth));
    EXPECT_EQ(market.profit_of(candidates[0]), candidates[0].profit);
    EXPECT_EQ(candidates[0].value, candidates[0].profit);
}

TEST(Strategies, ABackrunStaysWithWhatMoved) {
    Market market;
    market.add(weth, usdc, 1000, 2'000'000);
    market.add(weth, usdc, 1000, 2'100'000);
    const market::PoolId quiet = market.add(weth, dai, 1000, 2'000'000);
    market.build();
    const Hash pending{};
    const market::MarketChange change{.at = {}, .moved = {quiet}, .stale = {}};
    EXPECT_TRUE(
        backrun.candidates({.graph = market.graph, .search = *market.search, .change = &change, .pending = &pending})
            .empty());
}

// Three pairs with one price apart: the cheap one is bought from once, and sold into both others.
TEST(Strategies, WhatSharesAPoolIsAlsoTakenTogether) {
    Market market;
    market.add(weth, usdc, 1000, 2'100'000);
    market.add(weth, usdc, 1000, 2'000'000);
    market.add(weth, usdc, 1000, 2'000'000);
    market.build();
    const auto candidates =
        arbitrage.candidates({.graph = market.graph, .search = *market.search, .change = nullptr, .pending = nullptr});
    ASSERT_GE(candidates.size(), 3U);
    for (const Candidate& candidate : candidates) EXPECT_EQ(market.profit_of(candidate), candidate.profit);
    EXPECT_TRUE(std::ranges::is_sorted(candidates, std::greater{}, &Candidate::value));
    EXPECT_GE(candidates[0].swaps.size(), 3U);
    EXPECT_GT(candidates[0].profit, candidates[1].profit);
}

}  // namespace
}  // namespace osprey::strategy
