// tricrypto2 and Tricrypto-NG with their math contracts, whose codes stand in the recorded blocks, on states that no
// chain ever had.

#include <gtest/gtest.h>

#include <random>

#include "primitives/hex.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/curve_cryptoswap/crypto_pool.hpp"
#include "support/pool_checks.hpp"
#include "support/test_chain.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::curve_cryptoswap {
namespace {

using test::calldata;
using test::TestChain;
using test::word_of;

Address address(std::string_view hex) {
    Address a;
    if (!parse_hex_to(hex, {a.data(), a.size()})) throw std::runtime_error("no address: " + std::string{hex});
    return a;
}

/// Where the variables of a code stand.
struct Layout {
    const char* name;
    Generation generation;
    uint64_t block;
    const char* pool;
    const char* math;
    std::array<const char*, coins> tokens;
    std::array<uint8_t, coins> decimals;
    uint64_t price_scale, price_oracle, last_prices, last_time, initial, initial_time, future, future_time, d, profit,
        virtual_price;
    u256 balances;
};

const Layout layouts[] = {
    {"tricrypto2",
     Generation::tricrypto2,
     15538827,
     "0xd51a44d3fae010294c616388b506acda1bfaae46",
     "0x8f68f4810cce3194b6cb6f3d50fa58c2c9bdd1d5",
     {"0xdac17f958d2ee523a2206206994597c13d831ec7", "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599",
      "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"},
     {6, 8, 18},
     0,
     1,
     2,
     3,
     4,
     6,
     5,
     7,
     0x17,
     0x1a,
     0x1c,
     0xd833147d7dc355ba459fc788f669e58cfaf9dc25ddcd0702e87d69c7b5124289_u256},
    {"tricrypto_ng",
     Generation::tricrypto_ng,
     18884864,
     "0x7f86bf177dd4f3494b841a37e810a34dd56c829b",
     "0xcbff3004a20dbfe2731543aa38599a526e0fd6ee",
     {"0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599",
      "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"},
     {6, 8, 18},
     3,
     4,
     5,
     6,
     7,
     8,
     9,
     0xa,
     0xe,
     0xf,
     0x11,
     0xb},
};

const Address share = address("0xc4ad29ba4b3c580e6d59105fff484999997675ff");

u256 pair_of(const Prices& prices) { return prices[0] | (prices[1] << uint64_t{128}); }

class Market {
public:
    explicit Market(const Layout& layout) : l(layout), pool(address(layout.pool)) {
        const Bytes code = test::recorded_code(l.block, pool), math = test::recorded_code(l.block, address(l.math));
        if (code.empty() || math.empty()) return;
        present = true;
        chain.set_code(pool, code);
        chain.set_code(address(l.math), math);
        chain.set_code(share, code_of(chain.deploy(test::own_bytecode("PoolShare"))));
        for (size_t i = 0; i < coins; ++i) {
            tokens[i] = address(l.tokens[i]);
            uint8_t argument[32];
            store_be32(argument, u256{l.decimals[i]});
            // Tricrypto-NG keeps the chain's own coin and wraps what it pays.
            wraps[i] = i == 2 && l.generation == Generation::tricrypto_ng;
            chain.set_code(
                tokens[i],
                code_of(wraps[i] ? chain.deploy(test::npm_bytecode("canonical-weth/build/contracts/WETH9.json"))
                                 : chain.deploy(test::own_bytecode("Token"), argument)));
            if (wraps[i]) {
                chain.set_slot(tokens[i], u256{2}, u256{18});
                chain.set_balance(tokens[i], u256{1} << uint64_t{120});
            }
            const u256 allowances = test::mapping_slot(word_of(chain.me()), wraps[i] ? 4 : 2);
            chain.set_slot(tokens[i], test::mapping_slot(word_of(pool), allowances), u256::max());
        }
    }

    Bytes code_of(const Address& contract) { return *chain.state().code(chain.state().account(contract)); }
    u256 coin_slot(size_t i, const Address& owner) const {
        return test::mapping_slot(word_of(owner), wraps[i] ? 3 : 1);
    }
    void set_coin(size_t i, const Address& owner, const u256& amount) {
        chain.set_slot(tokens[i], coin_slot(i, owner), amount);
        if (wraps[i] && owner == pool) chain.set_balance(pool, amount);
    }
    u256 coin(size_t i, const Address& owner) { return chain.slot(tokens[i], coin_slot(i, owner)); }

    void write(const State& s) {
        const auto put = [&](uint64_t slot, const u256& value) { chain.set_slot(pool, u256{slot}, value); };
        for (size_t i = 0; i < coins; ++i) {
            chain.set_slot(pool, l.balances + u256{i}, s.balances[i]);
            set_coin(i, pool, s.balances[i]);
        }
        put(l.price_scale, pair_of(s.price_scale));
        put(l.price_oracle, pair_of(s.price_oracle));
        put(l.last_prices, pair_of(s.last_prices));
        put(l.last_time, u256{s.last_prices_time});
        put(l.initial, (s.initial_a << uint64_t{128}) | s.initial_gamma);
        put(l.future, (s.future_a << uint64_t{128}) | s.future_gamma);
        put(l.initial_time, u256{s.initial_time});
        put(l.future_time, u256{s.future_time});
        put(l.d, s.d);
        put(l.profit, s.xcp_profit);
        put(l.virtual_price, s.virtual_price);
        if (l.generation == Generation::tricrypto2) {
            put(0x1d, u256{s.not_adjusted});
            put(0x8, s.allowed_extra_profit);
            put(0xa, s.fee_gamma);
            put(0xc, s.adjustment_step);
            put(0xe, s.average_time);
            put(0x10, s.mid_fee);
            put(0x11, s.out_fee);
            chain.set_slot(share, u256{0}, s.supply);
        } else {
            const auto three = [](const u256& a, const u256& b, const u256& c) {
                return (a << uint64_t{128}) | (b << uint64_t{64}) | c;
            };
            put(0x1, three(s.precisions[0], s.precisions[1], s.precisions[2]));
            put(0x12, three(s.allowed_extra_profit, s.adjustment_step, s.average_time));
            put(0x14, three(s.mid_fee, s.out_fee, s.fee_gamma));
            put(0x19, s.supply);
        }
    }

    const Layout& l;
    TestChain chain;
    Address pool;
    std::array<Address, coins> tokens{};
    std::array<bool, coins> wraps{};
    bool present = false;
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
    const Layout& l = market.l;
    State s;
    s.generation = l.generation;
    s.tokens = market.tokens;
    const auto kind = random() % 16;
    const uint64_t now = 1'700'000'000;
    for (size_t i = 0; i < coins; ++i) {
        s.precisions[i] = u256{1};
        for (unsigned k = l.decimals[i]; k < 18; ++k) s.precisions[i] *= u256{10};
    }
    for (size_t k = 0; k + 1 < coins; ++k) {
        s.price_scale[k] = log_uniform(random, 16, 23);
        const double drift = kind < 12 ? 0.02 : 0.5;
        s.last_prices[k] = to_u256(to_double(s.price_scale[k]) * std::exp(real_in(random, -drift, drift)));
        s.price_oracle[k] = to_u256(to_double(s.price_scale[k]) * std::exp(real_in(random, -drift, drift)));
    }
    s.last_prices_time = random() % 4 == 0 ? now : now - random() % (random() % 8 == 0 ? 1'000'000 : 3'000);
    if (kind < 12) {
        s.future_a = log_uniform(random, 5, 7.5);
        s.future_gamma = log_uniform(random, 11.5, 14.5);
    } else {
        s.future_a = log_uniform(random, 3.3, 8.6);
        s.future_gamma = log_uniform(random, 9.8, 16.9);
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

    // Balances about even at the price scale.
    const double size = real_in(random, kind == 15 ? -1 : 2, kind == 14 ? 15 : 10), spread = kind < 10 ? 0.1 : 1.2;
    Balances xp{};
    for (size_t i = 0; i < coins; ++i) {
        const double value = std::pow(10, size + 18 + real_in(random, -spread, spread));
        const double unit = to_double(s.precisions[i]) * (i == 0 ? 1 : to_double(s.price_scale[i - 1]) / 1e18);
        s.balances[i] = to_u256(value / unit);
        xp[i] = s.balances[i] * s.precisions[i] * (i == 0 ? wad : s.price_scale[i - 1]) / wad;
    }
    const Solution d = s.generation == Generation::tricrypto2 ? first::newton_d(s.future_a, s.future_gamma, xp)
                                                              : ng::newton_d(s.future_a, s.future_gamma, xp, {});
    s.d = d.ok ? d.value : xp[0] + xp[1] + xp[2];
    if (kind == 13) s.d = to_u256(to_double(s.d) * real_in(random, 0.99, 1.01));
    Balances even{s.d / u256{3}, {}, {}};
    for (size_t k = 0; k + 1 < coins; ++k) even[k + 1] = s.d * wad / (u256{3} * s.price_scale[k]);
    const Solution xcp = ng::geometric_mean(even);
    s.supply = to_u256(to_double(xcp.value) / real_in(random, 1.0, 1.1)) + u256{random() % 2};
    s.virtual_price = s.supply ? xcp.value * wad / s.supply : wad;
    // Newton stops early: a price a little lower, as the last exchange may have left it.
    if (s.virtual_price > wad) s.virtual_price = s.virtual_price - u256{random() % 1'000'000};
    const double gain = to_double(s.virtual_price) - 1e18;
    s.xcp_profit = to_u256(1e18 + std::max(0.0, gain) * real_in(random, 1.5, 2.5));
    if (random() % 64 == 0) s.virtual_price = u256{};
    s.mid_fee = u256{random() % 100'000'000};
    s.out_fee = s.mid_fee + u256{random() % 300'000'000};
    s.fee_gamma = random() % 16 == 0 ? u256{} : log_uniform(random, 10, 17.9);
    s.allowed_extra_profit = log_uniform(random, 0, 16);
    s.adjustment_step = log_uniform(random, 12, 16);
    s.average_time = u256{random() % 16 == 0 ? random() % 3 : 60 + random() % 3'000};
    if (s.generation == Generation::tricrypto2) {
        s.not_adjusted = random() % 2 == 0;
        if (!s.average_time) s.average_time = u256{1};
    }
    return s;
}

class CurveCryptoSwap : public testing::TestWithParam<size_t> {};

TEST_P(CurveCryptoSwap, ExchangesAsItsBytecodeDoes) {
    Market market{layouts[GetParam()]};
    if (!market.present) GTEST_SKIP() << "no recorded block " << market.l.block;
    market.chain.block().timestamp = 1'700'000'000;
    Random random{GetParam() + 3};
    size_t paid = 0, refused = 0, rescaled = 0, built = 0;
    uint64_t gas = 0;
    const size_t count = test::cases(800, 60'000);
    for (size_t i = 0; i < count && !HasFailure(); ++i) {
        market.chain.undone([&] {
            const State state = random_state(random, market);
            market.write(state);
            const auto in = static_cast<TokenIndex>(random() % coins);
            const auto out = static_cast<TokenIndex>((in + 1 + random() % 2) % coins);
            const auto how = random() % 32;
            const u256 amount = how == 0 ? u256{random() % 200'000}
                                : how == 1
                                    ? u256{random(), random() % 1024, 0, 0}
                                    : to_u256(to_double(state.balances[in]) * std::pow(10, real_in(random, -9, 0.5)));
            market.set_coin(in, market.chain.me(), amount);
            const u256 had = market.coin(out, market.chain.me());

            CryptoPool model{market.pool, state};
            model.set_time(market.chain.block().timestamp);
            const CryptoPool before = model;
            const Quote quote = model.quote_in(in, out, amount);
            const auto outcome = market.chain.call(
                market.pool, calldata("exchange(uint256,uint256,uint256,uint256)", {in, out, amount, 0}));
            ASSERT_EQ(outcome.success, static_cast<bool>(quote))
                << market.l.name << " case " << i << " " << to_string(quote.amount) << " for " << to_string(amount)
                << " " << to_hex(outcome.output);
            if (!quote) {
                ++refused;
                return;
            }
            ++paid;
            gas += outcome.gas_used;
            ASSERT_EQ(to_string(market.coin(out, market.chain.me()) - had), to_string(quote.amount)) << i;

            ASSERT_EQ(model.swap(in, out, amount), quote);
            CryptoPool by_event = before;
            size_t applied = 0;
            for (const Log& log : outcome.logs) applied += by_event.apply(log) == Applied::applied;
            ASSERT_EQ(applied, 1U) << i;
            ASSERT_TRUE(by_event.same_state(model)) << i;
            rescaled += model.state().price_scale != state.price_scale;
            const auto anew = market.chain.build(family, {market.pool, {}});
            ASSERT_TRUE(anew) << i;
            ++built;
            ASSERT_TRUE(anew->same_state(model)) << market.l.name << " case " << i;
        });
    }
    EXPECT_GT(paid, count / 3);
    EXPECT_GT(refused, count / 100);
    EXPECT_GT(rescaled, count / 50);
    EXPECT_EQ(built, paid);
    RecordProperty("compared", static_cast<int>(count));
    RecordProperty("gas", static_cast<int>(gas / std::max<size_t>(paid, 1)));
}

TEST_P(CurveCryptoSwap, BoundsHoldAndInversesAreTight) {
    Market market{layouts[GetParam()]};
    if (!market.present) GTEST_SKIP() << "no recorded block " << market.l.block;
    Random random{GetParam() + 30};
    size_t compared = 0, inverted = 0, slopes = 0;
    const size_t count = test::cases(600, 30'000);
    for (size_t i = 0; i < count; ++i) {
        const State state = random_state(random, market);
        CryptoPool model{market.pool, state};
        model.set_time(1'700'000'000);
        const auto in = static_cast<TokenIndex>(random() % coins);
        const auto out = static_cast<TokenIndex>((in + 1 + random() % 2) % coins);
        const u256 amount = to_u256(to_double(state.balances[in]) * std::pow(10, real_in(random, -10, 0.5)));
        const Quote quote = model.quote_in(in, out, amount);
        if (!quote) continue;
        ++compared;
        ASSERT_TRUE(test::bound_holds(model, in, out, amount, quote.amount)) << i;
        ASSERT_LE(amount, model.max_in(in, out)) << i;

        const double at = to_double(amount), step = at * 1e-3;
        const Marginal marginal = model.marginal(in, out, at);
        const Quote further = model.quote_in(in, out, to_u256(at + step));
        const Quote nearer = model.quote_in(in, out, to_u256(at - step));
        if (further && nearer && further.amount > nearer.amount) {
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
    EXPECT_GT(compared, count / 2);
    EXPECT_GT(inverted, count / 10);
    EXPECT_GT(slopes, count / 10);
}

TEST_P(CurveCryptoSwap, ReadsBackWhatItWrote) {
    Market market{layouts[GetParam()]};
    if (!market.present) GTEST_SKIP() << "no recorded block " << market.l.block;
    Random random{5};
    for (int i = 0; i < 50; ++i) {
        const CryptoPool model{market.pool, random_state(random, market)};
        const auto again = test::read_as(model, test::written(model));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_TRUE((*again)->same_state(model));

        std::string text = test::written(model);
        text.replace(text.find("tricrypto"), 9, "quadcrypto");
        const auto wrong = JsonDocument::parse(text);
        ASSERT_TRUE(wrong);
        JsonObject unknown{wrong->root()};
        const auto refused = family.read(model.key(), model.tokens(), unknown);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().message, "generation: tricrypto2 or tricrypto_ng is expected");
    }
}

INSTANTIATE_TEST_SUITE_P(Generations, CurveCryptoSwap, testing::Range(size_t{0}, std::size(layouts)),
                         [](const auto& info) { return layouts[info.param].name; });

}  // namespace
}  // namespace osprey::protocol::curve_cryptoswap
