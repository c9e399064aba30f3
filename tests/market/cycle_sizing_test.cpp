// Markets small enough to try everything.

#include "market/cycle_sizing.hpp"

#include <gtest/gtest.h>

#include "market/cycle_search.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"

namespace osprey::market {
namespace {

using protocol::uniswap_v2::default_fee;
using protocol::uniswap_v2::Pair;

class SmallMarket : public testing::Test {
protected:
    PoolId pair(uint64_t a, uint64_t b, const u256& reserve_a, const u256& reserve_b) {
        return graph_.add(std::make_unique<Pair>(address(100 + graph_.pool_count()), address(a), address(b),
                                                 default_fee, reserve_a, reserve_b));
    }
    std::vector<Opportunity> through(std::vector<PoolId> moved) {
        graph_.build();
        const TokenId base = *graph_.find_token(address(1));
        CycleSearch search{graph_, {.starts = {base}, .base = base, .gas_price = {}}};
        return search.search({.at = {}, .moved = std::move(moved), .stale = {}});
    }
    static Address address(uint64_t n) { return to_address(u256{n}); }

    TokenGraph graph_;
};

TEST_F(SmallMarket, NothingIsSizedWhereNothingGains) {
    const PoolId a = pair(1, 2, 1000, 1000), b = pair(1, 2, 1000, 1000), empty = pair(1, 2, 0, 0);
    CycleSizer sizer;
    const Hop level[] = {{a, 0, 1}, {b, 1, 0}}, nowhere[] = {{a, 0, 1}, {empty, 1, 0}};
    EXPECT_FALSE(sizer.size(graph_, level));
    EXPECT_FALSE(sizer.size(graph_, nowhere));
}

TEST_F(SmallMarket, TheSizeIsTheBestOfAllInputs) {
    unsigned gains = 0;
    CycleSizer sizer;
    for (uint64_t i = 0; i < 200; ++i) {
        const PoolId a = pair(1, 2, 900 + i * 37 % 500, 2000 + i * 91 % 700);
        const PoolId b = pair(1, 2, 800 + i * 29 % 900, 700 + i * 53 % 600);
        const Hop hops[] = {{a, 0, 1}, {b, 1, 0}};
        uint64_t best = 0;
        const auto gain = [&](const u256& x) {
            const auto out = graph_.quote(hops, x);
            return out && out.amount > x ? (out.amount - x).w[0] : 0;
        };
        for (uint64_t x = 1; x < 5000; ++x) best = std::max(best, gain(x));
        const auto sized = sizer.size(graph_, hops);
        ASSERT_EQ(sized.has_value(), best > 0) << i;
        if (!sized) continue;
        ++gains;
        // Stairs of whole units: the best up to what rounding does to one unit of each hop.
        EXPECT_LE(best - sized->profit.w[0], 1U) << i;
        EXPECT_GE(sized->bound, static_cast<double>(best)) << i;
        const u256& in = sized->amounts.front();
        EXPECT_EQ(u256{gain(in)}, sized->profit);
        for (const u256& x : {in - u256{1}, in + u256{1}}) EXPECT_LE(u256{gain(x)}, sized->profit) << i;
    }
    EXPECT_GT(gains, 20U);
}

TEST_F(SmallMarket, CyclesComeOnceEachAndStartFromTheBase) {
    constexpr u256 unit = 1'000'000'000'000'000'000_u256;
    const auto deep = [&](uint64_t a, uint64_t b, uint64_t reserve_a, uint64_t reserve_b) {
        return pair(a, b, u256{reserve_a} * unit, u256{reserve_b} * unit);
    };
    const PoolId a = deep(1, 2, 100, 100), b = deep(1, 2, 100, 110);
    const PoolId c = deep(2, 3, 100, 120), d = deep(3, 1, 100, 100);
    const auto cycles = through({a, b, c, d});
    ASSERT_EQ(cycles.size(), 3U);  // b and a; b, c and d; a, c and d
    for (const Opportunity& cycle : cycles) {
        EXPECT_EQ(graph_.address_of(graph_.token_in(cycle.hops.front())), address(1));
        EXPECT_EQ(graph_.address_of(graph_.token_out(cycle.hops.back())), address(1));
        EXPECT_EQ(graph_.quote(cycle.hops, cycle.amounts.front()), protocol::Quote::ok(cycle.amounts.back()));
        EXPECT_EQ(cycle.amounts.back() - cycle.amounts.front(), cycle.profit);
        EXPECT_EQ(cycle.value, cycle.profit);
        EXPECT_TRUE(cycle.profit);
    }
    EXPECT_EQ(cycles[0].hops.size(), 3U);
    EXPECT_EQ(cycles[0].hops[0].pool, b);
    EXPECT_GE(cycles[0].value, cycles[1].value);
    EXPECT_GE(cycles[1].value, cycles[2].value);

    EXPECT_EQ(through({c}).size(), 2U);
    EXPECT_EQ(through({a}).size(), 2U);
    EXPECT_TRUE(through({}).empty());
}

}  // namespace
}  // namespace osprey::market
