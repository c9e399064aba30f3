#include "protocol/amm/executed/executed.hpp"

#include <gtest/gtest.h>

#include <random>

#include "primitives/abi.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "support/chain_view.hpp"

namespace osprey::protocol::executed {
namespace {

using test::calldata;
using test::ChainView;
using test::TestChain;
using test::word_of;
using Kind = Word::Kind;

Address token(TestChain& chain) {
    uint8_t decimals[32];
    store_be32(decimals, 18);
    return chain.deploy(test::own_bytecode("Token"), decimals);
}

/// OddExchange has a view function and a swap that fetches its input.
TEST(Executed, AnUnknownContractByItsViewAndByItsSwap) {
    TestChain chain;
    const Address a = token(chain), b = token(chain);
    uint8_t arguments[64];
    store_be32(arguments, word_of(a));
    store_be32(arguments + 32, word_of(b));
    const Address pool = chain.deploy(test::own_bytecode("OddExchange"), arguments);
    for (const Address& each : {a, b})
        chain.must(each, calldata("mint(address,uint256)", {word_of(pool), u256{1} << 80}));
    ChainView view{chain};
    evm::Machine machine;
    const Ground ground{&view, chain.block(), &machine};
    const ExecutedPool by_view{
        {pool, {}},
        {a, b},
        {.kind = Recipe::Kind::view,
         .call = {pool, abi::selector("quote(uint256,uint256)"), {{Kind::index_in, {}}, {Kind::amount, {}}}}},
        ground};
    const ExecutedPool by_swap{{pool, {}},
                               {a, b},
                               {.kind = Recipe::Kind::swap,
                                .call = {pool,
                                         abi::selector("swap(address,uint256,address)"),
                                         {{Kind::token_in, {}}, {Kind::amount, {}}, {Kind::trader, {}}}},
                                .pay = Recipe::Pay::approve,
                                .payee = pool},
                               ground};
    std::mt19937_64 random{1};
    for (int i = 0; i < 300; ++i) {
        const TokenIndex in = random() % 2, out = 1 - in;
        const u256 amount = u256{random(), random() & 0xffffff, 0, 0} >> (random() % 80);
        const Quote told = by_view.quote_in(in, out, amount), swapped = by_swap.quote_in(in, out, amount);
        EXPECT_EQ(told, swapped) << to_string(amount);
        const auto real = chain.view(pool, calldata("quote(uint256,uint256)", {u256{in}, amount}));
        EXPECT_EQ(told, real.success ? Quote::ok(real.word(0)) : Quote::refused());
    }
    const Quote needed = by_view.quote_out(0, 1, 1'000'000);
    ASSERT_TRUE(needed);
    EXPECT_GE(by_view.quote_in(0, 1, needed.amount).amount, u256{1'000'000});
    EXPECT_LT(by_view.quote_in(0, 1, needed.amount - u256{1}).amount, u256{1'000'000});
    EXPECT_EQ(by_view.quote_in(0, 0, 1).outcome, Outcome::unknown);
    EXPECT_GT(by_swap.gas(0, 1, 1'000'000), 30'000U);
    EXPECT_NEAR(by_view.marginal(0, 1, 1e15).rate, 0.997, 1e-6);
}

/// The pair pays what it is asked for: the recipe asks for the model's quote, and for one more, which it refuses.
TEST(Executed, AUniswapPairPaysItsModelsQuote) {
    TestChain chain;
    uint8_t argument[32];
    store_be32(argument, word_of(chain.me()));
    const Address factory = chain.deploy(test::npm_bytecode("@uniswap/v2-core/build/UniswapV2Factory.json"), argument);
    const Address a = token(chain), b = token(chain);
    const Address token0 = std::min(a, b), token1 = std::max(a, b);
    const Address pair = test::address_of(
        chain.must(factory, calldata("createPair(address,address)", {word_of(a), word_of(b)})).word(0));
    chain.must(token0, calldata("mint(address,uint256)", {word_of(pair), u256{1} << 70}));
    chain.must(token1, calldata("mint(address,uint256)", {word_of(pair), u256{3} << 71}));
    chain.must(pair, calldata("sync()"));
    const auto model = chain.build(uniswap_v2::family, {pair, {}});
    ASSERT_TRUE(model);
    ChainView view{chain};
    evm::Machine machine;
    std::mt19937_64 random{2};
    for (int i = 0; i < 200; ++i) {
        const u256 amount = (u256{random()} >> (random() % 50)) + u256{1'000};
        const Quote quote = model->quote_in(0, 1, amount);
        ASSERT_TRUE(quote);
        for (const u256& asked : {quote.amount, quote.amount + u256{1}}) {
            const ExecutedPool pool{{pair, {}},
                                    {token0, token1},
                                    {.kind = Recipe::Kind::swap,
                                     .call = {pair,
                                              abi::selector("swap(uint256,uint256,address,bytes)"),
                                              {{Kind::constant, 0},
                                               {Kind::constant, asked},
                                               {Kind::trader, {}},
                                               {Kind::constant, 128},
                                               {Kind::constant, 0}}},
                                     .pay = Recipe::Pay::transfer,
                                     .payee = pair},
                                    {&view, chain.block(), &machine}};
            EXPECT_EQ(pool.quote_in(0, 1, amount), asked == quote.amount ? quote : Quote::refused());
        }
    }
}

}  // namespace
}  // namespace osprey::protocol::executed
