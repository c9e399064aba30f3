// Markets small enough to try everything.

#include "market/cycle_sizing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "market/cycle_search.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"

namespace osprey::market {
namespace {

using protocol::uniswap_v2::default_fee;
using protocol::uniswap_v2::Pair;

using protocol::Quote;
using protocol::TokenIndex;

/// A pair that is only known by what it answers.
class Disguised final : public protocol::Pool {
public:
    explicit Disguised(const Pair& pair) : Pool(pair.key()), pair_(pair) {}

    const protocol::Family& family() const noexcept override {
        static const protocol::Family disguised{.name = "disguised", .build = nullptr, .read = nullptr};
        return disguised;
    }
    std::span<const Address> tokens() const noexcept override { return pair_.tokens(); }
    Quote quote_in(TokenIndex in, TokenIndex out, const u256& amount) const noexcept override {
        return pair_.quote_in(in, out, amount);
    }
    Quote quote_out(TokenIndex in, TokenIndex out, const u256& amount) const noexcept override {
        return pair_.quote_out(in, out, amount);
    }
    u256 max_in(TokenIndex in, TokenIndex out) const noexcept override { return pair_.max_in(in, out); }
    protocol::Marginal marginal(TokenIndex in, TokenIndex out, double amount) const noexcept override {
        return pair_.marginal(in, out, amount);
    }
    protocol::RateBound rate_bound(TokenIndex in, TokenIndex out) const noexcept override {
        return pair_.rate_bound(in, out);
    }
    size_t stretches(TokenIndex in, TokenIndex out, std::span<protocol::Stretch> into) const noexcept override {
        return pair_.stretches(in, out, into);
    }
    uint64_t gas(TokenIndex in, TokenIndex out, const u256& amount) const noexcept override {
        return pair_.gas(in, out, amount);
    }
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount) noexcept override {
        return pair_.swap(in, out, amount);
    }
    protocol::Applied apply(const Log& log) override { return pair_.apply(log); }
    std::unique_ptr<Pool> clone() const override { return std::make_unique<Disguised>(*this); }
    bool same_state(const Pool& other) const override { return pair_.same_state(other); }
    void write_state(JsonWriter& json) const override { pair_.write_state(json); }

private:
    Pair pair_;
};

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

// The curves of pairs, quoted inline, and any pools' own quotes: the same size, whatever the tokens' units and the
// reserves.
TEST_F(SmallMarket, ConstantProductsAreSizedAsAnyPoolsAre) {
    std::mt19937_64 random{12};
    CycleSizer sizer;
    size_t sized = 0, coarse = 0;
    for (int round = 0; round < 3000; ++round) {
        const size_t hops = 2 + random() % 3;
        TokenGraph pairs, disguised;
        std::vector<Hop> cycle;
        std::vector<double> unit(hops);  // of the value that the reserves have
        for (double& u : unit) u = std::exp2(static_cast<double>(random() % 60));
        for (size_t i = 0; i < hops; ++i) {
            const size_t next = (i + 1) % hops;
            const double depth = std::exp2(60 + static_cast<double>(random() % 300) / 10);
            const double stray = std::exp((static_cast<double>(random() % 1000) - 400) / 10'000);
            const Pair pair(address(100 + i), address(i), address(next), random() % 4 == 0 ? 500 : default_fee,
                            to_u256(depth / unit[i]), to_u256(depth / unit[next] * stray));
            const PoolId id = pairs.add(std::make_unique<Pair>(pair));
            ASSERT_EQ(disguised.add(std::make_unique<Disguised>(pair)), id);
            cycle.push_back({id, 0, 1});
        }
        const uint32_t premium = round % 3 == 0 ? 500 : 0;
        const auto one = sizer.size(pairs, cycle, premium), other = sizer.size(disguised, cycle, premium);
        ASSERT_EQ(one.has_value(), other.has_value()) << round;
        if (!one) continue;
        ++sized;
        coarse += one->profit < 1000;
        EXPECT_EQ(one->amounts, other->amounts) << round;
        EXPECT_EQ(one->profit, other->profit) << round;
        EXPECT_EQ(one->premium, other->premium) << round;
        EXPECT_EQ(one->bound, other->bound) << round;
    }
    EXPECT_GT(sized, 1000U);
    EXPECT_GT(coarse, 20U);
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
