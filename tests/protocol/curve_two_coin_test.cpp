// CryptoSwap pools of two coins against CurveTwoCoinReference, a contract of these tests by the published formulas: no
// bytecode of a deployed one is at hand. build() takes such a pool only where its own get_dy() says what the model
// says.

#include <gtest/gtest.h>

#include <random>

#include "primitives/real.hpp"
#include "protocol/amm/curve_cryptoswap/two_coin_pool.hpp"
#include "support/pool_checks.hpp"
#include "support/test_chain.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::curve_cryptoswap::two {
namespace {

using test::calldata;
using test::TestChain;
using test::word_of;

constexpr uint64_t now = 1'700'000'000;

Bytes words(std::initializer_list<u256> values) {
    Bytes out(values.size() * 32);
    size_t at = 0;
    for (const u256& value : values) store_be32(out.data() + 32 * at++, value);
    return out;
}

class Market {
public:
    explicit Market(std::array<unsigned, coins> digits) : decimals(digits) {
        chain.block().timestamp = now;
        share = chain.deploy(test::own_bytecode("PoolShare"));
        for (size_t i = 0; i < coins; ++i)
            tokens[i] = chain.deploy(test::own_bytecode("Token"), words({u256{decimals[i]}}));
        pool = chain.deploy(test::own_bytecode("CurveTwoCoinReference"),
                            words({word_of(share), word_of(tokens[0]), word_of(tokens[1])}));
        for (const Address& token : tokens)
            chain.must(token, calldata("approve(address,uint256)", {word_of(pool), u256::max()}));
    }
    void set_coin(size_t i, const Address& owner, const u256& amount) {
        chain.set_slot(tokens[i], test::mapping_slot(word_of(owner), 1), amount);
    }
    u256 coin(size_t i, const Address& owner) { return chain.slot(tokens[i], test::mapping_slot(word_of(owner), 1)); }
    void write(const State& s) {
        const auto put = [&](uint64_t slot, const u256& value) { chain.set_slot(pool, u256{slot}, value); };
        put(4, s.price_scale);
        put(5, s.price_oracle);
        put(6, s.last_prices);
        put(7, u256{s.last_prices_time});
        put(8, (s.initial_a << uint64_t{128}) | s.initial_gamma);
        put(9, (s.future_a << uint64_t{128}) | s.future_gamma);
        put(10, u256{s.initial_time});
        put(11, u256{s.future_time});
        put(12, s.allowed_extra_profit);
        put(14, s.fee_gamma);
        put(16, s.adjustment_step);
        put(18, s.average_time);
        put(20, s.mid_fee);
        put(21, s.out_fee);
        put(22, s.admin_fee);
        for (size_t i = 0; i < coins; ++i) {
            put(26 + i, s.balances[i]);
            set_coin(i, pool, s.balances[i]);
        }
        put(28, s.d);
        put(30, s.xcp_profit);
        put(31, s.xcp_profit_a);
        put(32, s.virtual_price);
        put(33, u256{s.not_adjusted});
        chain.set_slot(share, u256{0}, s.supply);
    }

    std::array<unsigned, coins> decimals;
    TestChain chain;
    Address pool, share;
    std::array<Address, coins> tokens{};
};

using Random = std::mt19937_64;
double real_in(Random& random, double from, double to) {
    return std::uniform_real_distribution<double>{from, to}(random);
}
u256 log_uniform(Random& random, double from_power, double to_power) {
    return to_u256(std::pow(10.0, real_in(random, from_power, to_power)));
}

/// A pool that could be, with a profit on either side of what moves the price scale; now and then one that could not.
State random_state(Random& random, const Market& market) {
    State s;
    s.tokens = market.tokens;
    const auto kind = random() % 16;
    for (size_t i = 0; i < coins; ++i) {
        s.precisions[i] = u256{1};
        for (unsigned k = market.decimals[i]; k < 18; ++k) s.precisions[i] *= u256{10};
    }
    s.price_scale = log_uniform(random, 14, 23);
    const double drift = kind < 12 ? 0.02 : 0.5;
    s.last_prices = to_u256(to_double(s.price_scale) * std::exp(real_in(random, -drift, drift)));
    s.price_oracle = to_u256(to_double(s.price_scale) * std::exp(real_in(random, -drift, drift)));
    s.last_prices_time = random() % 4 == 0 ? now : now - random() % (random() % 8 == 0 ? 1'000'000 : 3'000);
    if (kind < 12) {
        s.future_a = log_uniform(random, 5, 9);
        s.future_gamma = log_uniform(random, 13, 16.2);
    } else {
        s.future_a = log_uniform(random, 3.5, 9.7);
        s.future_gamma = log_uniform(random, 9.9, 16.4);
    }
    s.initial_a = s.future_a;
    s.initial_gamma = s.future_gamma;
    if (random() % 8 == 0) {
        s.initial_a = to_u256(to_double(s.future_a) * std::exp(real_in(random, -0.5, 0.5)));
        s.initial_time = now - random() % 100'000;
        s.future_time = now - 20'000 + random() % 200'000;
        if (s.future_time <= s.initial_time) s.future_time = s.initial_time + 1;
    } else if (random() % 16 == 0) {
        s.future_time = 1;
    }

    const double size = real_in(random, kind == 15 ? -1 : 2, kind == 14 ? 15 : 10), spread = kind < 10 ? 0.1 : 1.3;
    Balances xp{};
    for (size_t i = 0; i < coins; ++i) {
        const double value = std::pow(10, size + 18 + real_in(random, -spread, spread));
        const double unit = to_double(s.precisions[i]) * (i == 0 ? 1 : to_double(s.price_scale) / 1e18);
        s.balances[i] = to_u256(value / unit);
        xp[i] = s.balances[i] * s.precisions[i] * (i == 0 ? wad : s.price_scale) / wad;
    }
    const Solution d = newton_d(s.future_a, s.future_gamma, xp);
    s.d = d.ok ? d.value : xp[0] + xp[1];
    if (kind == 13) s.d = to_u256(to_double(s.d) * real_in(random, 0.99, 1.01));
    const Solution value = geometric_mean({s.d / u256{2}, s.d * wad / (u256{2} * s.price_scale)});
    s.supply = to_u256(to_double(value.value) / real_in(random, 1.0, 1.1)) + u256{random() % 2};
    s.virtual_price = s.supply ? value.value * wad / s.supply : wad;
    // Newton stops early: a price a little lower, as the last exchange may have left it.
    if (s.virtual_price > wad) s.virtual_price = s.virtual_price - u256{random() % 1'000'000};
    const double gain = to_double(s.virtual_price) - 1e18;
    s.xcp_profit = to_u256(1e18 + std::max(0.0, gain) * real_in(random, 1.5, 2.5));
    s.xcp_profit_a = to_u256(1e18 + (to_double(s.xcp_profit) - 1e18) * real_in(random, 0.5, 1.1));
    if (random() % 64 == 0) s.virtual_price = u256{};
    s.mid_fee = u256{random() % 100'000'000};
    s.out_fee = s.mid_fee + u256{random() % 300'000'000};
    s.fee_gamma = random() % 16 == 0 ? u256{} : log_uniform(random, 10, 17.9);
    s.admin_fee = u256{random() % 8 == 0 ? random() % 10'000'000'001 : 5'000'000'000};
    s.allowed_extra_profit = log_uniform(random, 0, 16);
    s.adjustment_step = log_uniform(random, 12, 16);
    s.average_time = u256{1 + random() % 3'000};
    s.not_adjusted = random() % 2 == 0;
    return s;
}

constexpr std::array<unsigned, coins> digits[] = {{18, 18}, {6, 18}, {18, 8}};

class CurveTwoCoin : public testing::TestWithParam<size_t> {};

TEST_P(CurveTwoCoin, ExchangesAsTheReferenceDoes) {
    Market market{digits[GetParam()]};
    Random random{GetParam() + 3};
    size_t paid = 0, refused = 0, rescaled = 0, claimed = 0, told = 0, built = 0;
    const size_t count = test::cases(250, 30'000);
    for (size_t i = 0; i < count && !HasFailure(); ++i) {
        market.chain.undone([&] {
            const State state = random_state(random, market);
            market.write(state);
            const auto in = static_cast<TokenIndex>(random() % 2), out = static_cast<TokenIndex>(1 - in);
            const auto how = random() % 32;
            const u256 amount = how == 0 ? u256{random() % 200'000}
                                : how == 1
                                    ? u256{random(), random() % 1024, 0, 0}
                                    : to_u256(to_double(state.balances[in]) * std::pow(10, real_in(random, -9, 1)));
            market.set_coin(in, market.chain.me(), amount);
            const u256 had = market.coin(out, market.chain.me());

            TwoCoinPool model{market.pool, state};
            model.set_time(now);
            const TwoCoinPool before = model;
            const Quote quote = model.quote_in(in, out, amount), viewed = model.view_quote(in, out, amount);
            const auto view =
                market.chain.view(market.pool, calldata("get_dy(uint256,uint256,uint256)", {in, out, amount}));
            ASSERT_EQ(view.success, static_cast<bool>(viewed)) << i;
            if (viewed) {
                ASSERT_EQ(to_string(view.word(0)), to_string(viewed.amount)) << i;
            }
            const auto outcome = market.chain.call(
                market.pool, calldata("exchange(uint256,uint256,uint256,uint256)", {in, out, amount, 0}));
            ASSERT_EQ(outcome.success, static_cast<bool>(quote)) << i << " " << to_string(quote.amount);
            if (!quote) {
                ++refused;
                return;
            }
            ++paid;
            ASSERT_EQ(to_string(market.coin(out, market.chain.me()) - had), to_string(quote.amount)) << i;

            ASSERT_EQ(model.swap(in, out, amount), quote);
            TwoCoinPool by_event = before;
            Applied last = Applied::foreign;
            for (const Log& log : outcome.logs)
                if (log.address == market.pool) last = by_event.apply(log);
            rescaled += model.state().price_scale != state.price_scale;
            claimed += model.state().supply != state.supply;
            if (last == Applied::applied) {
                ++told;
                ASSERT_TRUE(by_event.same_state(model)) << i;
                ASSERT_EQ(model.state().price_scale, state.price_scale);
            } else {
                ASSERT_EQ(last, Applied::must_read);
                ASSERT_TRUE(by_event.same_state(before)) << i;
            }
            const auto anew = market.chain.build(two_coin_family, {market.pool, {}});
            if (!anew) return;  // so far off balance that get_dy() says nothing
            ++built;
            ASSERT_TRUE(anew->same_state(model)) << i;
        });
    }
    EXPECT_GT(paid, count / 3);
    EXPECT_GT(refused, count / 100);
    EXPECT_GT(rescaled, count / 50);
    EXPECT_GT(claimed, count / 50);
    EXPECT_GT(told, count / 20);
    EXPECT_GT(built, paid / 2);
    RecordProperty("compared", static_cast<int>(2 * count));
    RecordProperty("paid", static_cast<int>(paid));
    RecordProperty("built", static_cast<int>(built));
}

TEST_P(CurveTwoCoin, IsNotTakenWhereItSaysOtherwise) {
    Market market{digits[GetParam()]};
    Random random{GetParam() + 33};
    size_t taken = 0, refused = 0, unbelieved = 0;
    for (int i = 0; i < 100; ++i) {
        const State state = random_state(random, market);
        market.write(state);
        if (!market.chain.build(two_coin_family, {market.pool, {}})) continue;
        ++taken;
        market.chain.undone([&] {
            market.chain.set_slot(market.pool, u256{13}, u256{1});
            unbelieved += market.chain.build(two_coin_family, {market.pool, {}}) == nullptr;
        });
        market.chain.undone([&] {
            // The layout is another one's.
            market.chain.set_slot(market.pool, u256{33}, u256{2});
            refused += market.chain.build(two_coin_family, {market.pool, {}}) == nullptr;
        });
    }
    EXPECT_GT(taken, 50U);
    EXPECT_EQ(refused, taken);
    EXPECT_EQ(unbelieved, taken);
}

TEST_P(CurveTwoCoin, BoundsHoldAndInversesAreTight) {
    Market market{digits[GetParam()]};
    Random random{GetParam() + 30};
    size_t compared = 0, inverted = 0, slopes = 0;
    const size_t count = test::cases(600, 30'000);
    for (size_t i = 0; i < count; ++i) {
        const State state = random_state(random, market);
        TwoCoinPool model{market.pool, state};
        model.set_time(now);
        const auto in = static_cast<TokenIndex>(random() % 2), out = static_cast<TokenIndex>(1 - in);
        const u256 amount = to_u256(to_double(state.balances[in]) * std::pow(10, real_in(random, -10, 1)));
        const Quote quote = model.quote_in(in, out, amount);
        if (!quote) continue;
        ++compared;
        ASSERT_TRUE(test::bound_holds(model, in, out, amount, quote.amount)) << i;
        ASSERT_LE(amount, model.max_in(in, out)) << i;

        const double at = to_double(amount), step = at * 1e-3;
        const Marginal marginal = model.marginal(in, out, at);
        const Quote further = model.quote_in(in, out, to_u256(at + step));
        const Quote nearer = model.quote_in(in, out, to_u256(at - step));
        // Small gammas bend the curve within less than a step: there the difference is no derivative.
        const double after = model.marginal(in, out, at + step).rate, ahead = model.marginal(in, out, at - step).rate;
        const bool bends = std::abs(after - ahead) > 0.01 * marginal.rate;
        if (further && nearer && further.amount > nearer.amount && !bends) {
            const double difference = to_double(further.amount - nearer.amount);
            if (difference > 1e7 && difference > 1e-4 * to_double(quote.amount) && step > 1e4 &&
                to_double(quote.amount) > 1e-5 * to_double(state.balances[out])) {
                ASSERT_NEAR(marginal.rate / difference * 2 * std::floor(step), 1, 2e-2)
                    << i << " " << to_string(amount) << " of " << to_string(state.balances[in]);
                ++slopes;
            }
        }
        if (quote.amount && i % 4 == 0) {
            ASSERT_TRUE(test::inverse_is_tight(model, in, out, quote.amount)) << i;
            ++inverted;
        }
    }
    EXPECT_GT(compared, count / 3);
    EXPECT_GT(inverted, count / 20);
    EXPECT_GT(slopes, count / 20);
}

TEST_P(CurveTwoCoin, ReadsBackWhatItWrote) {
    Market market{digits[GetParam()]};
    Random random{5};
    for (int i = 0; i < 50; ++i) {
        const TwoCoinPool model{market.pool, random_state(random, market)};
        const auto again = test::read_as(model, test::written(model));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_TRUE((*again)->same_state(model));

        std::string text = test::written(model);
        text.replace(text.find("\"supply\""), 8, "\"others\"");
        const auto wrong = JsonDocument::parse(text);
        ASSERT_TRUE(wrong);
        JsonObject lacking{wrong->root()};
        const auto refused = two_coin_family.read(model.key(), model.tokens(), lacking);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().message, "supply: missing");
    }
}

INSTANTIATE_TEST_SUITE_P(Decimals, CurveTwoCoin, testing::Range(size_t{0}, std::size(digits)), [](const auto& info) {
    return std::to_string(digits[info.param][0]) + "_" + std::to_string(digits[info.param][1]);
});

}  // namespace
}  // namespace osprey::protocol::curve_cryptoswap::two
