#include "strategy/plan.hpp"

#include <gtest/gtest.h>

#include "primitives/hex.hpp"
#include "strategy/plan_market.hpp"

namespace osprey::strategy {
namespace {

constexpr u256 one = 1'000'000'000'000'000'000_u256;

/// Executes the plan as it is, with one unit more demanded, and with the first pool moved in between.
void expect_exact(PlanMarket& m, const Plan& plan, std::string_view what) {
    const auto done = m.executor.try_out(m.view, plan);
    ASSERT_TRUE(done) << what << ": " << done.error().message;
    ASSERT_TRUE(*done) << what;
    ASSERT_TRUE((*done)->success) << what << ": " << (*done)->reason;
    EXPECT_EQ((*done)->profit(), plan.profit) << what;
    EXPECT_TRUE((*done)->as_planned) << what;

    Plan greedy = plan;
    greedy.min_growth += u256{1};
    const auto refused = m.executor.try_out(m.view, greedy);
    ASSERT_TRUE(refused && *refused) << what;
    EXPECT_FALSE((*refused)->success) << what;
    EXPECT_NE((*refused)->reason.find("grew by less"), std::string::npos) << what << ": " << (*refused)->reason;
}

/// Random cycles, each funded in every way that the test asks for.
size_t try_cycles(PlanMarket& m, size_t wanted, const PlanOptions& options) {
    size_t executed = 0;
    for (int tries = 0; executed < wanted && tries < 100'000; ++tries) {
        const auto hops = m.random_cycle(2 + m.market.random() % 3);
        if (hops.empty()) continue;
        const auto swaps = m.swaps(hops, one / u256{10} + u256{m.market.random()});
        if (swaps.empty() || swaps.back().amount_out <= swaps.front().amount_in) continue;
        const Address& start = m.graph.address_of(swaps.front().token_in);
        const TokenAmount held{.token = start, .amount = swaps.front().amount_in};
        PlanOptions full = options;
        if (!options.own_pools) full.inventory = {&held, 1};
        const auto plan = make_plan(m.graph, swaps, start, full);
        EXPECT_TRUE(plan) << plan.error().message;
        if (!plan) return executed;
        std::string path = options.own_pools ? "own pools" : "inventory";
        for (const auto& swap : swaps) path += " " + std::string{m.graph.pool(swap.hop.pool).family().name};
        expect_exact(m, *plan, path);
        if (testing::Test::HasFatalFailure()) return executed;
        ++executed;
    }
    return executed;
}

TEST(Plan, CyclesOfUniswapPoolsPayTheirEstimate) {
    for (const evm::Fork fork : {evm::Fork::osaka, evm::Fork::istanbul}) {
        PlanMarket m{3, 7};
        const auto& t = m.market.tokens;
        for (size_t i = 0; i < t.size(); ++i)
            for (size_t j = i + 1; j < t.size(); ++j) {
                m.add(m.market.pair(t[i], t[j]));
                m.add(m.market.uniswap_v3(t[i], t[j]));
            }
        m.graph.build();
        m.market.chain.block().fork = fork;
        m.executor = PlanMarket::made(m.market, fork);
        for (const bool own_pools : {true, false}) EXPECT_EQ(try_cycles(m, 40, {.own_pools = own_pools}), 40U);
    }
}

}  // namespace
}  // namespace osprey::strategy
