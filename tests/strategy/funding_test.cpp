// Every way to fund a plan, with the real lenders: what the plan says that it leaves is what it leaves.

#include <gtest/gtest.h>

#include "strategy/plan_market.hpp"
#include "support/lenders.hpp"

namespace osprey::strategy {
namespace {

using protocol::flash::Asked;
using protocol::flash::Kind;

constexpr u256 one = 1'000'000'000'000'000'000_u256;
constexpr Kind all_kinds[] = {Kind::uniswap_v4, Kind::balancer_v2, Kind::morpho_blue,
                              Kind::uniswap_v3, Kind::aave_v3,     Kind::erc3156};

class Lending : public testing::TestWithParam<Kind> {
protected:
    Lending() {
        auto& market = m_.market;
        const auto& t = market.tokens;
        // b costs more of a in one than in the others.
        for (const auto& [a, b] : {std::pair{t[0], t[1]}, std::pair{t[1], t[2]}, std::pair{t[0], t[2]}}) {
            m_.add(market.pair(a, b));
            m_.add(market.balancer_weighted({a, b}));
            m_.add(market.uniswap_v4(a, b));
        }
        m_.graph.build();
    }
    PlanMarket m_{2, 5};
};

TEST_P(Lending, CostsWhatTheLenderSaid) {
    const Kind kind = GetParam();
    const size_t wanted = test::cases(25, 2'000);
    size_t executed = 0;
    std::map<Address, protocol::flash::Lender> lenders;
    for (const Address& token : m_.market.tokens)
        lenders.emplace(token, test::lender(m_.market, kind, token, u256{100'000} * one));
    for (int tries = 0; executed < wanted && tries < 10'000; ++tries) {
        const auto hops = m_.random_cycle(2 + m_.market.random() % 3);
        if (hops.empty()) continue;
        const auto swaps = m_.swaps(hops, one + u256{m_.market.random()});
        if (swaps.empty() || swaps.back().amount_out <= swaps.front().amount_in) continue;
        const auto loan = needed_loan(m_.graph, swaps);
        ASSERT_TRUE(loan);
        EXPECT_EQ(*loan, (TokenAmount{m_.graph.address_of(swaps.front().token_in), swaps.front().amount_in}));
        const auto asked = test::ask(m_.market.chain, lenders.at(loan->token), loan->token, loan->amount);
        ASSERT_EQ(asked.status, Asked::Status::offered);
        const auto plan = make_plan(m_.graph, swaps, loan->token, {.own_pools = false, .offers = {&asked.offer, 1}});
        const u256 gain = swaps.back().amount_out - swaps.front().amount_in;
        const bool swaps_with_lender = kind == Kind::balancer_v2 && std::ranges::any_of(swaps, [&](const auto& swap) {
                                           return m_.graph.pool(swap.hop.pool).key().contract == asked.offer.lender;
                                       });
        if (gain < asked.offer.fee || swaps_with_lender) {
            EXPECT_FALSE(plan);
            continue;
        }
        ASSERT_TRUE(plan) << plan.error().message;
        EXPECT_EQ(plan->funding.kind, Funding::Kind::loan);
        EXPECT_EQ(plan->profit, gain - asked.offer.fee);
        const auto done = m_.executor.try_out(m_.view, *plan);
        ASSERT_TRUE(done && *done);
        EXPECT_TRUE((*done)->as_planned) << (*done)->reason;
        EXPECT_EQ((*done)->profit(), plan->profit);
        Plan greedy = *plan;
        greedy.min_growth += u256{1};
        EXPECT_FALSE((*m_.executor.try_out(m_.view, greedy))->success);
        ++executed;
    }
    EXPECT_EQ(executed, wanted);
}

TEST_P(Lending, RefusesWhatThereIsNot) {
    const Address& token = m_.market.tokens[1];
    const auto lender = test::lender(m_.market, GetParam(), token, u256{100} * one);
    EXPECT_EQ(test::ask(m_.market.chain, lender, token, u256{1'000'000'000} * one).status, Asked::Status::refused);
    EXPECT_EQ(test::ask(m_.market.chain, lender, m_.market.chain.me(), one).status, Asked::Status::refused);
    // Nobody answers there.
    protocol::flash::Lender nobody{GetParam(), m_.market.chain.me()};
    EXPECT_EQ(test::ask(m_.market.chain, nobody, token, one).status, Asked::Status::refused);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Lending, testing::ValuesIn(all_kinds),
                         [](const auto& kind) { return std::string{protocol::flash::name_of(kind.param)}; });

}  // namespace
}  // namespace osprey::strategy
