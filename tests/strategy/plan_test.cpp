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

TEST(Plan, CyclesOfAllKindsOfPoolsPayTheirEstimate) {
    PlanMarket m{3, 11};
    add_all_kinds(m);
    for (const bool own_pools : {true, false})
        EXPECT_EQ(try_cycles(m, test::cases(300, 20'000), {.own_pools = own_pools}), test::cases(300, 20'000));
}

/// Swaps through the pool by itself, for real, and renews its model. False: it refuses.
bool move_pool(PlanMarket& m, market::PoolId id) {
    const protocol::Pool& pool = m.graph.pool(id);
    const auto in = static_cast<protocol::TokenIndex>(m.market.random() % pool.tokens().size());
    const auto out = static_cast<protocol::TokenIndex>((in + 1) % pool.tokens().size());
    const market::Hop hop{.pool = id, .in = in, .out = out};
    const u256 amount = one / u256{1000} + u256{m.market.random()} * u256{m.market.random() % 3};
    const auto swaps = m.swaps({&hop, 1}, amount);
    if (swaps.empty()) return false;
    const u256 amounts[] = {amount, swaps[0].amount_out};
    const auto plan = plan_path(m.graph, {&hop, 1}, amounts);
    if (!plan) return false;
    m.executor.install(m.market.chain.state());
    m.market.give(m.graph.address_of(swaps[0].token_in), executor_address(), amount);
    const Executed done = m.executor.execute(m.market.chain.state(), *plan);
    EXPECT_TRUE(done.success) << done.reason;
    // What it got would help the plan out.
    const Address& got = m.graph.address_of(swaps[0].token_out);
    if (got == Address{})
        m.market.chain.set_balance(executor_address(), 0);
    else
        m.market.chain.set_slot(got, m.executor.balance_place(m.view, got)->slot, 0);
    return done.success;
}

// A plan that comes too late: it goes through exactly where the models of the moved state say that every swap still
// pays what the plan needs, and then nobody is left with less than planned.
TEST(Plan, AMovedPoolIsNoticed) {
    PlanMarket m{3, 31};
    add_all_kinds(m);
    size_t went_through = 0, reverted = 0;
    const size_t wanted = test::cases(150, 5'000);
    for (int tries = 0; went_through + reverted < wanted && tries < 100'000; ++tries) {
        const auto hops = m.random_cycle(2 + m.market.random() % 3);
        if (hops.empty()) continue;
        const auto swaps = m.swaps(hops, one / u256{10} + u256{m.market.random()});
        if (swaps.empty() || swaps.back().amount_out <= swaps.front().amount_in) continue;
        const market::PoolId moved = swaps[m.market.random() % swaps.size()].hop.pool;
        if (&m.graph.pool(moved).family() == &protocol::executed::family) continue;
        const Address& start = m.graph.address_of(swaps.front().token_in);
        const auto plan = make_plan(m.graph, swaps, start);
        if (!plan) continue;

        state::Overlay::Savepoint savepoint{m.market.chain.state()};
        if (move_pool(m, moved)) {
            const auto now = m.market.renewed(m.graph.pool(moved));
            bool holds = true;
            u256 more;
            for (const auto& swap : swaps) {
                if (swap.hop.pool != moved) continue;
                const auto quote = now->quote_in(swap.hop.in, swap.hop.out, swap.amount_in);
                const auto venue = venue_of(*now, swap.hop.in, swap.hop.out);
                // The manager's account has to be settled to the last unit.
                holds = venue->kind == Venue::Kind::v4 ? quote.amount == swap.amount_out
                                                       : quote && quote.amount >= swap.amount_out;
                // A pair pays what it is asked for.
                if (&swap == &swaps.back() && holds && venue->kind != Venue::Kind::pair)
                    more = quote.amount - swap.amount_out;
            }
            const auto done = m.executor.try_out(m.view, *plan);
            ASSERT_TRUE(done && *done);
            std::string path;
            for (const auto& swap : swaps) path += std::string{m.graph.pool(swap.hop.pool).family().name} + " ";
            EXPECT_EQ((*done)->success, holds)
                << path << "moved " << m.graph.pool(moved).family().name << ": " << (*done)->reason;
            if ((*done)->success) EXPECT_EQ((*done)->profit(), plan->profit + more) << path;
            ++((*done)->success ? went_through : reverted);
        }
        savepoint.rollback();
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_EQ(went_through + reverted, wanted);
    EXPECT_GT(went_through, wanted / 10);
    EXPECT_GT(reverted, wanted / 10);
}

TEST(Plan, TheBuilderIsPaidOutOfTheProfit) {
    PlanMarket m{2, 41};
    const auto& t = m.market.tokens;
    for (const auto& [a, b] : {std::pair{t[0], t[1]}, std::pair{t[1], t[2]}, std::pair{t[0], t[2]}}) {
        m.add(m.market.pair(a, b));
        m.add(m.market.uniswap_v3(a, b));
        m.add(m.market.uniswap_v4(a, b));
    }
    m.graph.build();
    size_t paid = 0;
    for (int tries = 0; paid < 20 && tries < 10'000; ++tries) {
        const auto hops = m.random_cycle(2 + m.market.random() % 2, m.graph.find_token(test::weth));
        if (hops.empty()) continue;
        const auto swaps = m.swaps(hops, one / u256{10} + u256{m.market.random()});
        if (swaps.empty() || swaps.back().amount_out <= swaps.front().amount_in) continue;
        Plan plan = *make_plan(m.graph, swaps, test::weth);
        plan.payment = plan.profit - plan.profit / u256{10};
        plan.min_growth = plan.profit - plan.payment;
        const u256 before = m.market.chain.state().account(m.executor.block().coinbase).balance;
        state::Overlay state{m.view};
        m.executor.install(state);
        const Executed done = m.executor.execute(state, plan);
        ASSERT_TRUE(done.success) << done.reason;
        EXPECT_TRUE(done.as_planned);
        EXPECT_EQ(done.profit(), plan.min_growth);
        EXPECT_EQ(state.account(m.executor.block().coinbase).balance, before + plan.payment);
        plan.payment += u256{1};
        EXPECT_FALSE((*m.executor.try_out(m.view, plan))->success);
        ++paid;
    }
    EXPECT_EQ(paid, 20U);
}

}  // namespace
}  // namespace osprey::strategy
