#include "market/joint_optimum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <random>

#include "market/disjoint.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"

namespace osprey::market {
namespace {

using protocol::uniswap_v2::Pair;

constexpr u256 ether = 1'000'000'000'000'000'000_u256;

Address token_address(uint64_t n) { return to_address(u256{0x70000000 + n}); }

void add_pair(TokenGraph& graph, uint64_t a, uint64_t b, const u256& reserve_a, const u256& reserve_b) {
    graph.add(std::make_unique<Pair>(to_address(u256{0x900000 + graph.pool_count()}), token_address(a),
                                     token_address(b), 3000, reserve_a, reserve_b));
}

std::vector<Opportunity> all_cycles(const TokenGraph& graph, uint32_t premium = 0) {
    CycleSearch search(graph, {.starts = {graph.find_token(token_address(0)).value()},
                               .base = graph.find_token(token_address(0)).value(),
                               .max_hops = 3,
                               .gas_price = {},
                               .flash_premium = premium});
    return search.search_all();
}

void check(const TokenGraph& graph, const JointPlan& plan, TokenId start) {
    std::map<TokenId, u256> have{{start, plan.amount_in}};
    std::map<PoolId, std::unique_ptr<protocol::Pool>> copies;
    for (const RouteSwap& s : plan.swaps) {
        auto& copy = copies[s.hop.pool];
        if (!copy) copy = graph.pool(s.hop.pool).clone();
        ASSERT_LE(s.amount_in, have[s.token_in]);
        const auto paid = copy->swap(s.hop.in, s.hop.out, s.amount_in);
        ASSERT_TRUE(paid);
        ASSERT_EQ(paid.amount, s.amount_out);
        have[s.token_in] -= s.amount_in;
        have[s.token_out] += s.amount_out;
    }
    EXPECT_EQ(have[start], plan.amount_out);
    EXPECT_EQ(plan.amount_out, plan.amount_in + plan.premium + plan.profit);
    EXPECT_LE(to_double(plan.profit), plan.bound * (1 + 1e-12));
}

TEST(JointOptimum, OfTwoCyclesThroughOnePoolIsTheBestOfAGrid) {
    std::mt19937_64 random{3};
    unsigned better = 0;
    for (int round = 0; round < 30; ++round) {
        TokenGraph graph;
        const auto reserve = [&] { return u256{1000 + random() % 1000} * ether; };
        add_pair(graph, 0, 1, reserve(), reserve() * u256{3});  // shared by both
        add_pair(graph, 1, 0, reserve(), reserve());
        add_pair(graph, 1, 0, reserve(), reserve());
        graph.build();
        const TokenId start = graph.find_token(token_address(0)).value();
        auto cycles = all_cycles(graph);
        // Those that come in through the shared pool.
        std::erase_if(cycles, [](const Opportunity& o) { return o.hops.front() != Hop{0, 0, 1}; });
        if (cycles.size() != 2) continue;
        const auto plan = joint_optimum(graph, cycles, start);
        ASSERT_TRUE(plan);
        check(graph, *plan, start);
        EXPECT_GT(plan->optimality(), 1 - 1e-6) << round;
        u256 alone;
        for (const Opportunity& o : cycles) alone = std::max(alone, o.profit);
        EXPECT_GE(plan->profit, alone);
        better += plan->profit > alone;
        // One amount in, and how much of what comes out goes each way.
        u256 best;
        for (uint64_t i = 1; i <= 300; ++i) {
            const u256 in = ether * u256{i * 4};
            const u256 middle = graph.pool(0).quote_in(0, 1, in).amount;
            for (uint64_t k = 1; k < 100; ++k) {
                const u256 first = middle * u256{k} / u256{100};
                const u256 out =
                    graph.pool(1).quote_in(0, 1, first).amount + graph.pool(2).quote_in(0, 1, middle - first).amount;
                if (out > in) best = std::max(best, out - in);
            }
        }
        EXPECT_GE(plan->profit, best) << round;
        EXPECT_LE(to_double(best), plan->bound);
    }
    EXPECT_GT(better, 10U);
}

TEST(JointOptimum, IsNeverBelowTheBestDisjointCyclesNorAboveItsBound) {
    std::mt19937_64 random{4};
    unsigned plans = 0;
    for (int round = 0; round < 60; ++round) {
        TokenGraph graph;
        std::uniform_real_distribution<double> digits{19, 23}, off{-0.05, 0.05};
        for (int i = 0; i < 14; ++i) {
            const uint64_t a = i < 6 ? 0 : 1 + random() % 5;
            uint64_t b = 1 + random() % 5;
            if (a == b) b = 0;
            const double value = std::pow(10, digits(random));
            add_pair(graph, a, b, to_u256(value), to_u256(value * std::exp(off(random))));
        }
        graph.build();
        const uint32_t premium = round % 2 ? 900 : 0;
        const TokenId start = graph.find_token(token_address(0)).value();
        const auto cycles = all_cycles(graph, premium);
        const auto plan = joint_optimum(graph, cycles, start, premium);
        EXPECT_EQ(plan.has_value(), !cycles.empty());
        if (!plan) continue;
        ++plans;
        check(graph, *plan, start);
        for (const Opportunity& o : cycles) EXPECT_GE(plan->profit, o.profit);
        if (premium == 0) EXPECT_GE(plan->profit, best_disjoint(cycles, cycles.size()).net);
        // In round 8 flows run in circles, and only walks of one hop more tell what they can pay.
        EXPECT_GT(plan->optimality(), 0.9999) << round;
    }
    EXPECT_GT(plans, 30U);
}

TEST(Disjoint, ChoosesTheBestOfAllSets) {
    std::mt19937_64 random{5};
    for (int round = 0; round < 200; ++round) {
        std::vector<Opportunity> all(1 + random() % 12);
        for (Opportunity& o : all) {
            const size_t hops = 2 + random() % 3;
            for (size_t i = 0; i < hops; ++i) o.hops.push_back({static_cast<PoolId>(random() % 12), 0, 1});
            o.net = u256{1 + random() % 1000};
        }
        const size_t most = 1 + random() % 6;
        u256 best;
        for (uint32_t set = 0; set < 1U << all.size(); ++set) {
            if (static_cast<size_t>(std::popcount(set)) > most) continue;
            u256 sum;
            uint32_t pools = 0;
            bool apart = true;
            for (size_t i = 0; i < all.size() && apart; ++i) {
                if ((set >> i & 1) == 0) continue;
                uint32_t own = 0;
                for (const Hop& hop : all[i].hops) own |= 1U << hop.pool;
                apart = (own & pools) == 0;
                pools |= own;
                sum += all[i].net;
            }
            if (apart) best = std::max(best, sum);
        }
        const DisjointChoice choice = best_disjoint(all, most);
        EXPECT_EQ(choice.net, best) << round;
        EXPECT_EQ(choice.bound, best) << round;
        EXPECT_LE(choice.chosen.size(), most);
    }
}

TEST(Disjoint, TellsHowFarACutOffSearchCanBeFromTheBest) {
    std::mt19937_64 random{6};
    std::vector<Opportunity> all(2000);
    for (Opportunity& o : all) {
        for (int i = 0; i < 3; ++i) o.hops.push_back({static_cast<PoolId>(random() % 500), 0, 1});
        o.net = u256{1000 + random() % 1000};
    }
    const DisjointChoice choice = best_disjoint(all, 100, 1000);
    EXPECT_EQ(choice.chosen.size(), 100U);
    EXPECT_GE(choice.bound, choice.net);
    u256 sum;
    std::vector<uint8_t> used(500);
    for (const size_t i : choice.chosen) {
        sum += all[i].net;
        for (size_t k = 0; k < 3; ++k) {
            const PoolId pool = all[i].hops[k].pool;
            EXPECT_TRUE(!used[pool] || std::ranges::count(all[i].hops, pool, &Hop::pool) > 1);
        }
        for (const Hop& hop : all[i].hops) used[hop.pool] = 1;
    }
    EXPECT_EQ(sum, choice.net);
    EXPECT_EQ(best_disjoint({}, 3).net, u256{});
}

}  // namespace
}  // namespace osprey::market
