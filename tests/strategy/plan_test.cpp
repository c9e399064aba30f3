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

/// Whether one of the pools pays before it is paid.
bool any_advances(PlanMarket& m, std::span<const market::RouteSwap> swaps) {
    return std::ranges::any_of(swaps, [&](const market::RouteSwap& swap) {
        const auto venue = venue_of(m.graph.pool(swap.hop.pool), swap.hop.in, swap.hop.out);
        return venue && (venue->can_flash() || venue->kind == Venue::Kind::v4);
    });
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
        std::string path = options.own_pools ? "own pools" : "inventory";
        for (const auto& swap : swaps) path += " " + std::string{m.graph.pool(swap.hop.pool).family().name};
        const auto plan = make_plan(m.graph, swaps, start, full);
        if (options.own_pools && !any_advances(m, swaps)) {
            EXPECT_FALSE(plan);
            continue;
        }
        EXPECT_TRUE(plan) << path << ": " << plan.error().message;
        if (!plan) return executed;
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

/// Every kind of pool there is, on the same few tokens.
void add_all_kinds(PlanMarket& m) {
    auto& market = m.market;
    const auto& t = market.tokens;
    const auto add = [&](test::MixedMarket::PoolPtr pool) -> const protocol::Pool& {
        return m.graph.pool(m.add(std::move(pool)));
    };
    add(market.pair(t[0], t[1]));
    add(market.pair(t[1], t[2]));
    add(market.uniswap_v3(t[0], t[2]));
    add(market.uniswap_v3(t[1], t[3]));
    add(market.pancakeswap_v3(t[0], t[1]));
    add(market.algebra_integral(t[0], t[3]));
    add(market.algebra_adaptive(t[1], t[2]));
    add(market.uniswap_v4(t[0], t[1]));
    add(market.uniswap_v4(t[1], t[2], 500));
    add(market.uniswap_v4({}, t[2]));
    add(market.balancer_weighted({t[0], t[1], t[3]}));
    add(market.balancer_weighted({t[0], t[2]}));
    add(market.balancer_stable({t[1], t[2], t[3]}));
    const auto& vault = add(market.vault(t[0] == test::weth ? t[1] : t[0]));
    add(market.pair(vault.tokens()[1], t[3]));
    add(market.wrapper());
    const auto& meta = add(market.curve_meta(t[2]));
    add(market.uniswap_v3(meta.tokens()[1], t[0]));
    add(market.curve_two_coins(t[0], t[3]));
    add(market.uniswap_v4_hooked(t[2], t[3], m.ground));
    for (auto recorded : {&test::MixedMarket::curve_susd}) {
        auto pool = (market.*recorded)(t[1], t[3]);
        if (pool) add(std::move(pool));
    }
    if (auto pool = market.curve_seth(t[3])) add(std::move(pool));
    if (auto pool = market.balancer_v1({t[0], t[1], t[2]})) add(std::move(pool));
    m.graph.build();
}

TEST(Plan, CyclesOfAllKindsOfPoolsPayTheirEstimate) {
    PlanMarket m{3, 11};
    add_all_kinds(m);
    for (const bool own_pools : {true, false})
        EXPECT_EQ(try_cycles(m, test::cases(300, 20'000), {.own_pools = own_pools}), test::cases(300, 20'000));
}

}  // namespace
}  // namespace osprey::strategy
