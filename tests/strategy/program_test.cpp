// What plans become, read back by an independent reader: every swap once, in an order in which each is paid for.

#include "strategy/program.hpp"

#include <gtest/gtest.h>

#include <map>

#include "primitives/abi.hpp"
#include "strategy/plan_market.hpp"
#include "strategy/program_reader.hpp"
#include "support/lenders.hpp"

namespace osprey::strategy {
namespace {

constexpr u256 one = 1'000'000'000'000'000'000_u256;

/// Who holds what while the steps run, by the plan's amounts. Throws when somebody pays what he does not have.
class Flows {
public:
    Flows(const Plan& plan, const Address& executor) : plan_(plan), me_(executor), used_(plan.swaps.size()) {
        if (plan.funding.kind == Funding::Kind::inventory)
            for (const TokenAmount& held : plan.needed) held_[{me_, held.token}] = held.amount;
    }
    void run(std::span<const ReadStep> steps) {
        for (const ReadStep& step : steps) run(step);
    }
    /// After the last step: what there is beside the executor's, and swaps that never ran.
    std::string leftovers() const {
        std::string text;
        for (const auto& [who, amount] : held_)
            if (amount && who.first != me_) text += "somebody was paid too much; ";
        for (const bool used : used_)
            if (!used) text += "a swap is missing; ";
        return text;
    }
    u256 held(const Address& token) { return held_[{me_, token}]; }

private:
    void give(const Address& who, const Address& token, const u256& amount) { held_[{who, token}] += amount; }
    void take(const Address& who, const Address& token, const u256& amount) {
        u256& held = held_[{who, token}];
        if (held < amount) throw std::runtime_error("paid with what is not there");
        held -= amount;
    }
    Address receiver(const ReadStep& step) const { return step.has_recipient ? step.recipient : me_; }

    const PlannedSwap& swap_of(const ReadStep& step) {
        for (size_t i = 0; i < plan_.swaps.size(); ++i) {
            const PlannedSwap& swap = plan_.swaps[i];
            const bool by_output = step.kind == op::v2_swap;
            if (used_[i] || swap.venue.contract != step.first) continue;
            if (step.kind != op::call && (by_output ? swap.amount_out : swap.amount_in) != step.amount) continue;
            if (step.kind == op::balancer_swap && swap.venue.id != step.id) continue;
            if ((step.kind == op::v2_swap || step.kind == op::v3_swap || step.kind == op::v4_swap) &&
                swap.venue.zero_for_one == step.flag)
                continue;
            if (step.kind == op::v4_swap &&
                (swap.venue.key.currency0 != step.others[0] || swap.venue.key.currency1 != step.others[1] ||
                 swap.venue.key.hooks != step.others[2]))
                continue;
            used_[i] = true;
            return swap;
        }
        throw std::runtime_error("a swap that the plan does not have");
    }

    void run(const ReadStep& step) {
        switch (step.kind) {
            case op::transfer:
                take(me_, step.first, step.amount);
                return give(step.others[0], step.first, step.amount);
            case op::approve:
                return;
            case op::v2_swap: {
                const PlannedSwap& swap = swap_of(step);
                if (step.has_nested && step.has_recipient)
                    throw std::runtime_error("the pair would call somebody else");
                give(receiver(step), swap.token_out, swap.amount_out);
                run(step.nested);
                return take(swap.venue.contract, swap.token_in, swap.amount_in);
            }
            case op::v3_swap: {
                const PlannedSwap& swap = swap_of(step);
                if (step.others[0] != swap.token_in) throw std::runtime_error("pays with another token");
                give(receiver(step), swap.token_out, swap.amount_out);
                run(step.nested);
                return take(me_, swap.token_in, swap.amount_in);
            }
            case op::curve_swap:
            case op::balancer_swap:
            case op::call: {
                const PlannedSwap& swap = swap_of(step);
                if (step.kind == op::call && step.value != (swap.venue.pay == Venue::Pay::value ? swap.amount_in : 0))
                    throw std::runtime_error("another value");
                take(me_, swap.token_in, swap.amount_in);
                return give(receiver(step), swap.token_out, swap.amount_out);
            }
            case op::v4_unlock:
                run(step.nested);
                for (const auto& [currency, amount] : account_)
                    if (amount) throw std::runtime_error("not settled");
                return;
            case op::v4_swap: {
                const PlannedSwap& swap = swap_of(step);
                account_[swap.token_in] -= swap.amount_in;
                account_[swap.token_out] += swap.amount_out;
                return;
            }
            case op::v4_take:
                account_[step.others[0]] -= step.amount;
                return give(receiver(step), step.others[0], step.amount);
            case op::v4_settle:
                take(me_, step.others[0], step.amount);
                account_[step.others[0]] += step.amount;
                return;
            default: {
                const auto& offer = plan_.funding.offer;
                if (step.first != offer.lender || step.others[0] != offer.token || step.amount != offer.amount)
                    throw std::runtime_error("another loan");
                give(me_, offer.token, offer.amount);
                run(step.nested);
                return take(me_, offer.token, offer.amount + offer.fee);
            }
        }
    }

    const Plan& plan_;
    Address me_;
    std::vector<bool> used_;
    std::map<std::pair<Address, Address>, u256> held_;  ///< by holder and token
    std::map<Address, u256> account_;                   ///< with the V4 manager, two's complement
};

void expect_sound(const Plan& plan) {
    const Address me = executor_address();
    const auto calldata = encode(plan, me);
    ASSERT_TRUE(calldata) << calldata.error().message;
    const ReadProgram program = ProgramReader::read(*calldata);
    EXPECT_EQ(program.profit_token, plan.profit_token);
    EXPECT_EQ(program.min_growth, plan.min_growth);
    EXPECT_EQ(program.payment, plan.payment);
    Flows flows{plan, me};
    try {
        flows.run(program.steps);
    } catch (const std::exception& e) {
        FAIL() << e.what();
    }
    EXPECT_EQ(flows.leftovers(), "");
    u256 before;
    if (plan.funding.kind == Funding::Kind::inventory)
        for (const TokenAmount& held : plan.needed)
            if (held.token == plan.profit_token) before = held.amount;
    EXPECT_EQ(flows.held(plan.profit_token), before + plan.profit);
}

struct Mixed {
    std::vector<market::RouteSwap> swaps;
    Address start;
    bool gains = false;
};

/// One to three cycles from one token, over shared pools now and then.
Mixed random_mix(PlanMarket& m, const u256& amount) {
    const auto start = static_cast<market::TokenId>(m.market.random() % m.graph.token_count());
    std::vector<std::vector<market::Hop>> cycles;
    for (size_t i = 1 + m.market.random() % 3; i > 0; --i) {
        auto hops = m.random_cycle(2 + m.market.random() % 3, start);
        if (!hops.empty()) cycles.push_back(std::move(hops));
    }
    Mixed mixed{.swaps = m.mixed(cycles, amount), .start = m.graph.address_of(start)};
    u256 in, out;
    for (const market::RouteSwap& swap : mixed.swaps) {
        if (swap.token_in == start) in += swap.amount_in;
        if (swap.token_out == start) out += swap.amount_out;
    }
    mixed.gains = !mixed.swaps.empty() && out > in;
    return mixed;
}

/// A pool that is executed to be quoted answers for the state below, whatever the plan did to it before.
bool repeats_an_executed_pool(PlanMarket& m, const Mixed& mixed) {
    for (size_t i = 0; i < mixed.swaps.size(); ++i)
        for (size_t k = 0; k < i; ++k)
            if (mixed.swaps[i].hop.pool == mixed.swaps[k].hop.pool &&
                &m.graph.pool(mixed.swaps[i].hop.pool).family() == &protocol::executed::family)
                return true;
    return false;
}

TEST(Program, EverySwapOnceAndPaidFor) {
    PlanMarket m{3, 21};
    add_all_kinds(m);
    size_t checked = 0, funded[3] = {}, joined = 0;
    const size_t wanted = test::cases(1'500, 50'000);
    for (int tries = 0; checked < wanted && tries < 1'000'000; ++tries) {
        const Mixed mixed = random_mix(m, one / u256{50} + u256{m.market.random()});
        if (!mixed.gains) continue;
        const auto loan = needed_loan(m.graph, mixed.swaps);
        PlanOptions options;
        std::vector<protocol::flash::Offer> offers;
        std::vector<TokenAmount> held;
        const auto way = m.market.random() % 3;
        options.own_pools = way == 0;
        if (way == 1 && loan) {
            const auto kind = static_cast<protocol::flash::Kind>(m.market.random() % protocol::flash::kinds);
            const bool is_manager = kind == protocol::flash::Kind::uniswap_v4;
            offers.push_back({.kind = kind,
                              .lender = is_manager ? m.market.v4_manager : test::address_of(0x1e4de6),
                              .token = loan->token,
                              .amount = loan->amount,
                              .fee = is_manager ? 0 : m.market.random() % 1000});
            options.offers = offers;
        }
        if (way == 2 && loan) held.push_back(*loan);
        options.inventory = held;
        const auto plan = make_plan(m.graph, mixed.swaps, mixed.start, options);
        if (!plan) continue;
        expect_sound(*plan);
        if (testing::Test::HasFailure()) return;
        ++checked;
        ++funded[static_cast<size_t>(plan->funding.kind)];
        joined += mixed.swaps.size() > 4;
    }
    EXPECT_EQ(checked, wanted);
    EXPECT_GT(joined, wanted / 10);
    for (const size_t count : funded) EXPECT_GT(count, wanted / 10);
}

TEST(Program, JoinedCyclesPayTheirEstimate) {
    PlanMarket m{3, 22};
    add_all_kinds(m);
    size_t executed = 0, repeated = 0;
    const size_t wanted = test::cases(150, 10'000);
    for (int tries = 0; executed < wanted && tries < 1'000'000; ++tries) {
        const Mixed mixed = random_mix(m, one / u256{50} + u256{m.market.random()});
        if (!mixed.gains || mixed.swaps.size() < 5 || repeats_an_executed_pool(m, mixed)) continue;
        const auto loan = needed_loan(m.graph, mixed.swaps);
        PlanOptions options;
        if (m.market.random() % 4 == 0 && loan) options = {.own_pools = false, .offers = {}, .inventory = {&*loan, 1}};
        const auto plan = make_plan(m.graph, mixed.swaps, mixed.start, options);
        if (!plan) continue;
        const auto done = m.executor.try_out(m.view, *plan);
        ASSERT_TRUE(done && *done);
        ASSERT_TRUE((*done)->as_planned) << (*done)->reason;
        EXPECT_EQ((*done)->profit(), plan->profit);
        ++executed;
        std::vector<market::PoolId> pools;
        for (const auto& swap : mixed.swaps) pools.push_back(swap.hop.pool);
        std::ranges::sort(pools);
        repeated += std::ranges::adjacent_find(pools) != pools.end();
    }
    EXPECT_EQ(executed, wanted);
    EXPECT_GT(repeated, wanted / 20);
}

TEST(Program, RefusesWhatDoesNotFit) {
    PlanMarket m{1, 3};
    const auto& t = m.market.tokens;
    m.add(m.market.pair(t[0], t[1]));
    m.add(m.market.uniswap_v3(t[0], t[1]));
    m.graph.build();
    const market::Hop hops[] = {{.pool = 0, .in = 0, .out = 1}, {.pool = 1, .in = 1, .out = 0}};
    const auto refusal = [&](const u256& in, const u256& between, const u256& out) {
        const u256 amounts[] = {in, between, out};
        const auto plan = plan_path(m.graph, hops, amounts);
        return plan ? std::string{} : plan.error().message;
    };
    const u256 large = u256{1} << uint64_t{128};
    EXPECT_EQ(refusal(1000, 900, 1100), "");
    EXPECT_EQ(refusal(large - u256{2}, large - u256{1}, large - u256{1}), "");
    for (const auto& [a, b, c] : {std::tuple{large, u256{1}, large}, std::tuple{u256{1}, large, u256{2}},
                                  std::tuple{u256{1}, u256{0}, u256{2}}, std::tuple{u256{0}, u256{1}, u256{2}}})
        EXPECT_NE(refusal(a, b, c).find("between 1 and 2^128 - 1"), std::string::npos) << refusal(a, b, c);
    EXPECT_NE(refusal(1000, 900, 999).find("lose"), std::string::npos);

    const u256 amounts[] = {1000, 900, 1100};
    Plan plan = *plan_path(m.graph, hops, amounts);
    plan.payment = u256{1} << uint64_t{96};
    EXPECT_FALSE(encode(plan, executor_address()));
    plan.payment = (u256{1} << uint64_t{96}) - u256{1};
    EXPECT_TRUE(encode(plan, executor_address()));
    plan.min_growth = large;
    EXPECT_FALSE(encode(plan, executor_address()));
    plan.min_growth = {};
    plan.needed.clear();
    EXPECT_FALSE(encode(plan, executor_address())) << "nobody funds it";

    // A program inside of another is at most 65,535 bytes long.
    Program inner, outer;
    const Bytes data(60'000);
    inner.call(t[0], {}, data);
    outer.v4_unlock(t[0], inner);
    EXPECT_FALSE(outer.error());
    inner.call(t[0], {}, data);
    EXPECT_FALSE(inner.error());
    Program too_long;
    too_long.v4_unlock(t[0], inner);
    EXPECT_TRUE(too_long.error());
    Program calls_far;
    calls_far.call(t[0], {}, Bytes(65'536));
    EXPECT_TRUE(calls_far.error());
}

}  // namespace
}  // namespace osprey::strategy
