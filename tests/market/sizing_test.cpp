#include "market/sizing.hpp"

#include <gtest/gtest.h>

#include "market/cycles.hpp"

namespace osprey::market {
namespace {

namespace v2 = protocol::uniswap_v2;

TEST(Sizing, FindsNothingWhereNothingGains) {
    EXPECT_FALSE(best_size([](const u256& x) { return std::optional{x}; }));
    EXPECT_FALSE(best_size([](const u256& x) { return std::optional{x * u256{997} / u256{1000}}; }));
    EXPECT_FALSE(best_size([](const u256&) { return std::optional<u256>{}; }));
}

// Small enough to try every input.
TEST(Sizing, IsTheBestOfAllInputsInSmallPools) {
    unsigned gains = 0;
    for (uint64_t i = 0; i < 200; ++i) {
        const v2::State a{.reserve0 = 900 + i * 37 % 500, .reserve1 = 2000 + i * 91 % 700};
        const v2::State b{.reserve0 = 700 + i * 53 % 600, .reserve1 = 800 + i * 29 % 900};
        const auto returns = [&](const u256& x) -> std::optional<u256> {
            const auto y = v2::amount_out(a, true, x);
            return y ? v2::amount_out(b, true, *y) : std::nullopt;
        };
        uint64_t best = 0;
        for (uint64_t x = 1; x < 5000; ++x)
            if (const auto out = returns(x); out && *out > u256{x}) best = std::max(best, (*out - u256{x}).w[0]);
        const auto size = best_size(returns);
        ASSERT_EQ(size.has_value(), best > 0) << i;
        if (!size) continue;
        ++gains;
        // Stairs of whole units: the search promises the best up to what rounding does to one unit of each hop.
        EXPECT_LE(best - size->gain().w[0], 1U) << i;
        for (const u256& x : {size->amount_in - u256{1}, size->amount_in + u256{1}})
            if (const auto out = returns(x); out && *out > x) EXPECT_LE(*out - x, size->gain()) << i;
    }
    EXPECT_GT(gains, 20U);
}

class Cycles : public testing::Test {
protected:
    PoolId pair(TokenId a, TokenId b, uint64_t reserve_a, uint64_t reserve_b) {
        constexpr u256 unit = 1'000'000'000'000'000'000_u256;
        return market_.add({.address = address(100 + market_.pool_count()),
                            .token0 = a,
                            .token1 = b,
                            .state = v2::State{.reserve0 = u256{reserve_a} * unit, .reserve1 = u256{reserve_b} * unit}},
                           true, true);
    }
    static Address address(uint64_t n) { return to_address(u256{n}); }

    Market market_;
    TokenId base_ = market_.token(address(1)), x_ = market_.token(address(2)), y_ = market_.token(address(3));
};

TEST_F(Cycles, OfTwoAndThreePoolsEachOnceAndFromTheBase) {
    const PoolId a = pair(base_, x_, 100, 100), b = pair(base_, x_, 100, 110);
    const PoolId c = pair(x_, y_, 100, 120), d = pair(y_, base_, 100, 100);
    const PoolId all[] = {a, b, c, d};
    const auto cycles = find_cycles(market_, all, base_);
    ASSERT_EQ(cycles.size(), 3U);  // b and a; b, c and d; a, c and d
    for (const Cycle& cycle : cycles) {
        EXPECT_EQ(market_.token_in(cycle.hops.front()), base_);
        EXPECT_EQ(market_.token_out(cycle.hops.back()), base_);
        EXPECT_EQ(market_.amount_out(cycle.hops, cycle.amount_in()), cycle.amount_out());
        EXPECT_EQ(cycle.value, cycle.gain());
        EXPECT_GT(cycle.amount_out(), cycle.amount_in());
    }
    EXPECT_EQ(cycles[0].hops.size(), 3U);
    EXPECT_EQ(cycles[0].hops[0].pool, b);
    EXPECT_GE(cycles[0].value, cycles[1].value);
    EXPECT_GE(cycles[1].value, cycles[2].value);
}

TEST_F(Cycles, OnlyThroughWhatMoved) {
    const PoolId a = pair(base_, x_, 100, 100);
    pair(base_, x_, 100, 110);
    const PoolId c = pair(x_, y_, 100, 120);
    pair(y_, base_, 100, 100);
    EXPECT_EQ(find_cycles(market_, std::span{&c, 1}, base_).size(), 2U);
    EXPECT_EQ(find_cycles(market_, std::span{&a, 1}, base_).size(), 2U);
    EXPECT_TRUE(find_cycles(market_, {}, base_).empty());
}

}  // namespace
}  // namespace osprey::market
