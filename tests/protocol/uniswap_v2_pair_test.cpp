#include "protocol/amm/uniswap_v2/pair.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/test_chain.hpp"

namespace osprey::protocol::uniswap_v2 {
namespace {

using test::calldata;
using test::TestChain;
using test::word_of;

/// A pair of two tokens, made by the real factory.
struct Market {
    TestChain chain;
    Address factory, token0, token1, pair;

    Market() {
        const auto owner = word_of(chain.me());
        uint8_t argument[32];
        store_be32(argument, owner);
        factory = chain.deploy(test::npm_bytecode("@uniswap/v2-core/build/UniswapV2Factory.json"), argument);
        store_be32(argument, 18);
        const Address a = chain.deploy(test::own_bytecode("Token"), argument);
        const Address b = chain.deploy(test::own_bytecode("Token"), argument);
        token0 = std::min(a, b);
        token1 = std::max(a, b);
        pair = test::address_of(
            chain.must(factory, calldata("createPair(address,address)", {word_of(token0), word_of(token1)})).word(0));
    }

    /// Balances and reserves alike, as after a sync().
    void set_reserves(const u256& reserve0, const u256& reserve1) {
        chain.set_slot(token0, test::mapping_slot(word_of(pair), 1), reserve0);
        chain.set_slot(token1, test::mapping_slot(word_of(pair), 1), reserve1);
        chain.must(pair, calldata("sync()"));
    }
    /// Pays the input in and asks for `amount_out`; what the pair does with it.
    test::CallOutcome swap(bool zero_for_one, const u256& amount_in, const u256& amount_out) {
        chain.must(zero_for_one ? token0 : token1, calldata("mint(address,uint256)", {word_of(pair), amount_in}));
        Bytes data = calldata(
            "swap(uint256,uint256,address,bytes)",
            {zero_for_one ? u256{} : amount_out, zero_for_one ? amount_out : u256{}, word_of(chain.me()), 128, 0});
        return chain.call(pair, data);
    }
};

/// Any width up to `bits`, and often an edge.
u256 random_amount(std::mt19937_64& random, unsigned bits) {
    const u256 any{random(), random(), random(), random()};
    const auto width = random() % (bits + 1);
    if (width == 0) return u256{random() % 3};
    const u256 bounded = any >> (256 - width);
    return random() % 16 == 0 ? (u256{1} << width) - u256{1 + random() % 2} : bounded;
}

// The pair enforces only its product: what it lets through at most, and at least for exact outputs, is the quote.
TEST(UniswapV2Pair, QuotesAreWhatThePairLetsThrough) {
    Market market;
    std::mt19937_64 random{1};
    size_t paid = 0;
    for (size_t i = 0; i < test::cases(20'000); ++i) {
        market.chain.undone([&] {
            market.set_reserves(random_amount(random, 112), random_amount(random, 112));
            auto pool = market.chain.build(family, {market.pair, {}});
            ASSERT_TRUE(pool);
            const bool zero_for_one = random() % 2 == 0;
            const TokenIndex in = zero_for_one ? 0 : 1, out = 1 - in;
            const u256 amount = random_amount(random, random() % 8 == 0 ? 200 : 112);
            const Quote quote = pool->quote_in(in, out, amount);
            if (!quote) {
                market.chain.undone([&] { EXPECT_FALSE(market.swap(zero_for_one, amount, 1).success) << i; });
                return;
            }
            ++paid;
            market.chain.undone(
                [&] { EXPECT_FALSE(market.swap(zero_for_one, amount, quote.amount + u256{1}).success) << i; });
            const test::CallOutcome swapped = market.swap(zero_for_one, amount, quote.amount);
            ASSERT_TRUE(swapped.success) << i;

            // Swap, events and storage lead to one state.
            const auto before = pool->clone();
            const auto by_events = pool->clone();
            for (const Log& log : swapped.logs) by_events->apply(log);
            EXPECT_EQ(pool->swap(in, out, amount), quote);
            const auto read_again = market.chain.build(family, {market.pair, {}});
            EXPECT_TRUE(pool->same_state(*read_again)) << i;
            EXPECT_TRUE(by_events->same_state(*read_again)) << i;
            EXPECT_FALSE(before->same_state(*read_again)) << i;

            // Exactly that output again, by the library's formula, costs at most one more than what was paid.
            const Quote needed = before->quote_out(in, out, quote.amount);
            ASSERT_TRUE(needed) << i;
            EXPECT_LE(needed.amount, amount + u256{1}) << i;
        });
    }
    EXPECT_GT(paid, test::cases(20'000) / 4);
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v2
