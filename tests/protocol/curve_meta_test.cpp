// StableSwap meta pools against CurveMetaReference, a contract of these tests by the published formulas: no bytecode of
// a deployed meta pool is at hand. What is evidence of the deployed ones stands in curve_golden_test.cpp, and in
// build(), which takes a meta pool only where its own get_dy() says what the model says.

#include <gtest/gtest.h>

#include <random>

#include "primitives/real.hpp"
#include "protocol/amm/curve_stableswap/stable_pool.hpp"
#include "support/pool_checks.hpp"
#include "support/test_chain.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::curve_stableswap {
namespace {

using test::calldata;
using test::TestChain;
using test::word_of;

constexpr uint64_t now = 1'700'000'000;
constexpr unsigned names_base = 1, caches = 2, redeems = 4, view_fee_last = 8;

struct Kind {
    const char* name;
    unsigned style;
    unsigned decimals;
};
const Kind kinds[] = {
    {"template", names_base | caches, 6}, {"rai", names_base | caches | redeems, 18},  {"factory", 0, 18},
    {"factory_of_two_digits", 0, 2},      {"fee_last", names_base | view_fee_last, 8},
};

Bytes words(std::initializer_list<u256> values) {
    Bytes out(values.size() * 32);
    size_t at = 0;
    for (const u256& value : values) store_be32(out.data() + 32 * at++, value);
    return out;
}

class Market {
public:
    explicit Market(const Kind& kind) : k(kind) {
        chain.block().timestamp = now;
        base = chain.deploy(test::own_bytecode("BasePoolReference"));
        redemption = chain.deploy(test::own_bytecode("RedemptionReference"));
        coins[0] = chain.deploy(test::own_bytecode("Token"), words({k.decimals}));
        coins[1] = chain.deploy(test::own_bytecode("MetaShare"), words({word_of(base)}));
        pool = chain.deploy(test::own_bytecode("CurveMetaReference"),
                            words({k.style, word_of(coins[0]), word_of(coins[1]), word_of(base), word_of(redemption)}));
        for (const Address& coin : coins)
            chain.must(coin, calldata("approve(address,uint256)", {word_of(pool), u256::max()}));
    }
    void write(const State& state, const u256& redemption_price) {
        const u256 values[] = {state.balances[0],
                               state.balances[1],
                               state.fee,
                               state.admin_fee,
                               state.initial_a,
                               state.future_a,
                               u256{state.initial_a_time},
                               u256{state.future_a_time},
                               state.base.cached_price,
                               u256{state.base.cached_at},
                               state.rates[0]};
        for (size_t i = 0; i < std::size(values); ++i) chain.set_slot(pool, u256{i}, values[i]);
        chain.set_slot(base, u256{0}, state.base.price);
        chain.set_slot(redemption, u256{0}, redemption_price);
        for (size_t i = 0; i < 2; ++i) set_coin(i, pool, state.balances[i]);
    }
    void set_coin(size_t i, const Address& owner, const u256& amount) {
        chain.set_slot(coins[i], test::mapping_slot(word_of(owner), 1), amount);
    }
    u256 coin(size_t i, const Address& owner) { return chain.slot(coins[i], test::mapping_slot(word_of(owner), 1)); }

    const Kind& k;
    TestChain chain;
    Address base, redemption, pool;
    std::array<Address, 2> coins{};
};

using Random = std::mt19937_64;
double real_in(Random& random, double from, double to) {
    return std::uniform_real_distribution<double>{from, to}(random);
}
u256 log_uniform(Random& random, double from_power, double to_power) {
    return to_u256(std::pow(10.0, real_in(random, from_power, to_power)));
}

State random_state(Random& random, const Market& market, u256& redemption_price) {
    const Kind& k = market.k;
    State state;
    state.rules = {.view_takes_fee_last = (k.style & view_fee_last) != 0};
    state.coins = 2;
    const auto kind = random() % 16;
    const double size = real_in(random, 1, 10), spread = kind < 9 ? 0.5 : kind < 15 ? 3 : 8;
    for (size_t i = 0; i < 2; ++i) {
        const double digits = i == 0 ? k.decimals : 18;
        state.tokens[i] = market.coins[i];
        state.balances[i] = log_uniform(random, std::max(0.0, size + digits - spread / 2), size + digits + spread / 2);
    }
    if (kind == 14 && random() % 2 == 0) state.balances[random() % 2] = u256{random() % 3};
    redemption_price = log_uniform(random, 26, 29);
    state.rates[0] = u256{rate_unit};
    for (unsigned i = k.decimals; i < 18; ++i) state.rates[0] *= u256{10};
    if (k.style & redeems) state.rates[0] = redemption_price / u256{1'000'000'000};
    state.base.pool = market.base;
    state.base.price = log_uniform(random, 18.0, 18.2) + u256{random() % 1000};
    if (k.style & caches) {
        state.base.caches = true;
        state.base.cached_price = log_uniform(random, 18.0, 18.2) + u256{random() % 1000};
        state.base.cached_at = now - random() % 1'200;
        if (random() % 8 == 0) state.base.cached_at = now - 599 - random() % 3;
    }
    state.fee = u256{random() % 8 == 0 ? random() % fee_unit : random() % 50'000'000};
    state.admin_fee = u256{random() % 8 == 0 ? random() % (fee_unit + 1) : fee_unit / 2};
    const auto some_a = [&] { return log_uniform(random, 2, 7); };
    state.future_a = state.initial_a = some_a();
    if (random() % 4 == 0) {
        state.initial_a = some_a();
        state.initial_a_time = now - 500'000 + random() % 500'000;
        state.future_a_time = now - 100'000 + random() % 1'000'000;
        if (state.future_a_time <= state.initial_a_time) state.future_a_time = state.initial_a_time + 1;
    }
    return state;
}

class CurveMeta : public testing::TestWithParam<size_t> {};

TEST_P(CurveMeta, ExchangesAsTheReferenceDoes) {
    Market market{kinds[GetParam()]};
    Random random{GetParam() + 11};
    size_t paid = 0, refused = 0, built = 0, unlike = 0;
    const size_t count = test::cases(700, 30'000);
    for (size_t i = 0; i < count && !HasFailure(); ++i) {
        market.chain.undone([&] {
            u256 redemption_price;
            const State state = random_state(random, market, redemption_price);
            market.write(state, redemption_price);
            const auto in = static_cast<TokenIndex>(random() % 2), out = static_cast<TokenIndex>(1 - in);
            const u256 amount = random() % 16 == 0
                                    ? u256{random() % 3}
                                    : to_u256(to_double(state.balances[in]) * std::pow(10, real_in(random, -9, 2)));
            market.set_coin(in, market.chain.me(), amount);
            const u256 had = market.coin(out, market.chain.me());

            StablePool model{market.pool, state};
            model.set_time(now);
            const StablePool before = model;
            const Quote quote = model.quote_in(in, out, amount), viewed = model.view_quote(in, out, amount);
            const auto view =
                market.chain.view(market.pool, calldata("get_dy(int128,int128,uint256)", {in, out, amount}));
            ASSERT_EQ(view.success, static_cast<bool>(viewed)) << i;
            if (viewed) {
                ASSERT_EQ(to_string(view.word(0)), to_string(viewed.amount)) << i;
            }
            const auto outcome = market.chain.call(
                market.pool, calldata("exchange(int128,int128,uint256,uint256)", {in, out, amount, 0}));
            ASSERT_EQ(outcome.success, static_cast<bool>(quote)) << i;
            if (!quote) {
                ++refused;
                return;
            }
            ++paid;
            ASSERT_EQ(to_string(market.coin(out, market.chain.me()) - had), to_string(quote.amount)) << i;

            StablePool by_event = before;
            size_t applied = 0;
            for (const Log& log : outcome.logs) applied += by_event.apply(log) == Applied::applied;
            ASSERT_EQ(applied, 1U) << i;
            ASSERT_EQ(model.swap(in, out, amount), quote);
            ASSERT_TRUE(model.same_state(by_event)) << i;
            if (i % 8 == 0) {
                const auto anew = market.chain.build(family, {market.pool, {}});
                if (anew) {
                    ++built;
                    anew->set_time(now);
                    // Two kinds of get_dy() can say the same of every probe, and the exchange of either pays the same.
                    auto read = static_cast<const StablePool&>(*anew).state();
                    read.rules = model.state().rules;
                    unlike += read.rules != static_cast<const StablePool&>(*anew).state().rules;
                    StablePool same{market.pool, read};
                    same.set_time(now);
                    ASSERT_TRUE(same.same_state(model)) << i;
                }
            }
        });
    }
    EXPECT_GT(paid, count / 2);
    EXPECT_GT(refused, 0U);
    EXPECT_GT(built, count / 16);
    EXPECT_LT(unlike, built / 4 + 1);
    RecordProperty("compared", static_cast<int>(2 * count));
}

// A share that names a pool of another price than the contract goes by: what the model would say is not what it says.
TEST_P(CurveMeta, IsNotTakenWhereItSaysOtherwise) {
    Market market{kinds[GetParam()]};
    Random random{4};
    u256 redemption_price;
    size_t refused = 0, taken = 0;
    for (int i = 0; i < 60; ++i) {
        State state = random_state(random, market, redemption_price);
        for (size_t k = 0; k < 2; ++k)
            state.balances[k] = log_uniform(random, 5.8, 6.2) *
                                log_uniform(random, k == 0 ? market.k.decimals : 18, k == 0 ? market.k.decimals : 18);
        state.fee = u256{4'000'000};
        market.write(state, redemption_price);
        const auto taken_as_it_is = market.chain.build(family, {market.pool, {}});
        ASSERT_TRUE(taken_as_it_is);
        taken += static_cast<const StablePool&>(*taken_as_it_is).state().base == state.base;
        // get_dy() by another rate, which nothing else tells.
        Kind other = market.k;
        if (other.style & redeems) continue;
        market.chain.set_slot(market.pool, u256{10}, state.rates[0] + state.rates[0] / u256{1'000});
        refused += market.chain.build(family, {market.pool, {}}) == nullptr;
        market.chain.set_slot(market.pool, u256{10}, state.rates[0]);
    }
    EXPECT_EQ(taken, 60U);
    if (!(market.k.style & redeems)) {
        EXPECT_EQ(refused, 60U);
    }
}

TEST_P(CurveMeta, FollowsTheBasePrice) {
    Market market{kinds[GetParam()]};
    Random random{9};
    u256 redemption_price;
    for (int i = 0; i < 200; ++i) {
        State state = random_state(random, market, redemption_price);
        state.base.cached_at = state.base.caches ? now : 0;
        StablePool model{market.pool, state};
        model.set_time(now);
        const bool cached = state.base.caches;
        EXPECT_EQ(model.state().rates[1], cached ? state.base.cached_price : state.base.price);
        model.set_time(now + 600);
        EXPECT_EQ(model.state().rates[1], cached ? state.base.cached_price : state.base.price);
        model.set_time(now + 601);
        EXPECT_EQ(model.state().rates[1], state.base.price);
        EXPECT_EQ(model.depends_on_time(), cached || state.future_a_time > 0);
        Log log;
        log.address = market.base;
        log.topics = {Hash{}};
        EXPECT_EQ(model.apply(log), Applied::must_read);

        const auto again = test::read_as(model, test::written(model));
        ASSERT_TRUE(again) << again.error().message;
        (*again)->set_time(now + 601);
        EXPECT_TRUE((*again)->same_state(model));
    }
}

TEST_P(CurveMeta, BoundsHoldAndInversesAreTight) {
    Market market{kinds[GetParam()]};
    Random random{GetParam() + 70};
    size_t inverted = 0;
    const size_t count = test::cases(2'000, 40'000);
    for (size_t i = 0; i < count; ++i) {
        u256 redemption_price;
        const State state = random_state(random, market, redemption_price);
        StablePool model{market.pool, state};
        model.set_time(now);
        const auto in = static_cast<TokenIndex>(random() % 2), out = static_cast<TokenIndex>(1 - in);
        const u256 amount = to_u256(to_double(state.balances[in]) * std::pow(10, real_in(random, -12, 2)));
        const Quote quote = model.quote_in(in, out, amount);
        if (!quote) continue;
        ASSERT_TRUE(test::bound_holds(model, in, out, amount, quote.amount)) << i;
        if (!quote.amount || i % 4 != 0) continue;
        ASSERT_TRUE(test::inverse_is_tight(model, in, out, quote.amount)) << i;
        ++inverted;
    }
    EXPECT_GT(inverted, count / 10);
}

INSTANTIATE_TEST_SUITE_P(Kinds, CurveMeta, testing::Range(size_t{0}, std::size(kinds)),
                         [](const auto& info) { return kinds[info.param].name; });

}  // namespace
}  // namespace osprey::protocol::curve_stableswap
