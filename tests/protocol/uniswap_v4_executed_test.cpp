#include "protocol/amm/uniswap_v4/execution.hpp"
#include "protocol/uniswap_v4_market.hpp"
#include "support/chain_view.hpp"

namespace osprey::protocol::uniswap_v4 {
namespace {

constexpr uint16_t before_delta = before_swap_flag | before_swap_returns_delta_flag;
constexpr uint16_t after_delta = after_swap_flag | after_swap_returns_delta_flag;

/// What a real swap through the router came to, as a quote: its answer is (in, out).
Quote quote_of(const CallOutcome& swapped, bool exact_in) {
    if (!swapped.success) return Quote::refused();
    // The router settles amounts of the wrong sign as well: a swap that costs what it should pay. No quote says that.
    if (swapped.word(0) >> 255 || swapped.word(1) >> 255) return Quote::refused();
    return Quote::ok(swapped.word(exact_in ? 1 : 0));
}

Quote asked(const Pool& pool, bool zero_for_one, bool exact_in, const u256& amount) {
    const TokenIndex in = zero_for_one ? 0 : 1;
    return exact_in ? pool.quote_in(in, 1 - in, amount) : pool.quote_out(in, 1 - in, amount);
}

struct Hooked : Market {
    test::ChainView view{chain};
    evm::Machine machine;
    executed::Ground ground{&view, chain.block(), &machine};

    /// V4TradingHook at an address with those rights and, so that hooks differ, that name.
    Address put_hook(uint16_t flags, uint8_t name) {
        uint8_t argument[32];
        store_be32(argument, word_of(manager));
        const Address deployed = chain.deploy(test::own_bytecode("V4TradingHook"), argument);
        Address hook;
        hook.bytes = {0xb0, 0x0c, name};
        hook.bytes[18] = static_cast<uint8_t>(flags >> 8);
        hook.bytes[19] = static_cast<uint8_t>(flags);
        chain.set_code(hook, *chain.state().code(chain.state().account(deployed)));
        chain.set_balance(hook, u256{1} << 200);
        return hook;
    }
    void set(const Address& hook, int64_t specified, int64_t other, int64_t after, uint64_t fee, bool settles = true) {
        chain.must(hook, test::calldata("set(int256,int256,int256,uint24,bool)",
                                        {word_of_int(specified), word_of_int(other), word_of_int(after), u256{fee},
                                         u256{settles}}));
    }
};

/// Swaps for real, from state to state, each quoted before by execution. `choose` tells the hook what to do next.
template <class Choose>
void compare(uint16_t flags, uint32_t fee, uint64_t seed, Choose choose) {
    Hooked market;
    Random random{seed};
    const Address hook = market.put_hook(flags, 1);
    size_t seen = 0, paid = 0, refused = 0, kinds[2][2] = {};
    const size_t wanted = test::cases(500, 10'000);
    while (seen < wanted) {
        market.chain.undone([&] {
            const bool native = random() % 4 == 0;
            const Key key = market.key(fee, 60, hook, native);
            const auto pool = market.initialize(key, sqrt_ratio_at_tick(static_cast<int32_t>(random() % 4001) - 2000));
            ASSERT_TRUE(pool);
            ASSERT_TRUE(pool->needs_execution());
            ASSERT_TRUE(market.modify(*pool, -12'000, 12'000, (u256{1} << (60 + random() % 40))));
            ASSERT_TRUE(market.modify(*pool, -600, 1'200, (u256{1} << (60 + random() % 40))));
            const auto other = market.initialize(market.key(3000, 60, {}, native), u256{1} << 96);
            ASSERT_TRUE(other);
            const auto model = executed_pool(*pool, market.ground);
            ASSERT_EQ(model->key(), pool->key());
            for (int i = 0; i < 40; ++i, ++seen) {
                choose(market, hook, random);
                const bool zero_for_one = random() % 2 == 0, exact_in = random() % 2 == 0;
                const u256 amount = random_amount(random, one_of(random, {8U, 60U, 90U, 100U, 130U, 256U}));
                const Quote quote = asked(*model, zero_for_one, exact_in, amount);
                const auto real =
                    market.chain.call(market.router, Market::swap_call("swap", key, zero_for_one, exact_in, amount));
                // Two's complement: such an amount is one of the other kind to the contract, and none to a quote.
                const Quote told = amount >> 255 ? Quote::refused() : quote_of(real, exact_in);
                ASSERT_EQ(quote, told) << "amount " << to_string(amount) << " seed " << seed << " case " << seen << " "
                                       << zero_for_one << exact_in << ": " << to_string(quote.amount) << " and "
                                       << to_string(told.amount);
                ++(quote ? paid : refused);
                if (quote) ++kinds[zero_for_one][exact_in];
                for (const Log& log : real.logs)
                    if (log.address == market.manager || log.address == hook)
                        ASSERT_EQ(model->apply(log), Applied::must_read);
            }
            // Another pool of the same manager is none of its business.
            const auto added =
                market.chain.must(market.router, Market::with_key("modify", ",int24,int24,int256", other->parameters(),
                                                                  {word_of_int(-600), word_of_int(600), 1'000'000}));
            for (const Log& log : added.logs) ASSERT_EQ(model->apply(log), Applied::foreign);
        });
        if (testing::Test::HasFatalFailure()) return;
    }
    EXPECT_GT(paid, wanted / 4);
    EXPECT_GT(refused, wanted / 20);
    for (const auto& direction : kinds)
        for (const size_t count : direction) EXPECT_GT(count, wanted / 40);
}

int64_t part(Random& random) {
    return one_of<int64_t>(
        random, {0, 1, -1, 2'500, -2'500, 400'000, -400'000, static_cast<int64_t>(random() % 2'000'001) - 1'000'000});
}

TEST(UniswapV4Executed, AHookThatTakesOrGivesBeforeTheSwap) {
    compare(before_delta, 3000, 51, [](Hooked& market, const Address& hook, Random& random) {
        market.set(hook, part(random), random() % 2 == 0 ? 0 : part(random), 0, 0, random() % 16 != 0);
    });
}

// All of the input is the hook's, which pays for it by its own curve: the pool sees nothing of the swap.
TEST(UniswapV4Executed, AHookWithACurveOfItsOwn) {
    compare(before_delta, 500, 52, [](Hooked& market, const Address& hook, Random& random) {
        market.set(hook, random() % 2 == 0 ? 1'000'000 : -1'000'000, part(random), 0, 0);
    });
}

TEST(UniswapV4Executed, AHookThatTakesOrGivesAfterTheSwap) {
    compare(after_delta, 3000, 53, [](Hooked& market, const Address& hook, Random& random) {
        market.set(hook, 0, 0, part(random), 0, random() % 16 != 0);
    });
}

TEST(UniswapV4Executed, AHookThatSetsTheFeeOfASwap) {
    compare(before_swap_flag, dynamic_fee_flag, 54, [](Hooked& market, const Address& hook, Random& random) {
        const auto fee = one_of<uint64_t>(random, {0, 1, 3000, 50'000, 999'000, 1'000'000, random() % 1'000'000});
        market.set(hook, 0, 0, 0, fee);
    });
}

TEST(UniswapV4Executed, AHookThatDoesAllOfIt) {
    compare(before_delta | after_delta, dynamic_fee_flag, 55, [](Hooked& market, const Address& hook, Random& random) {
        market.set(hook, part(random) / 4, part(random) / 4, part(random) / 4, random() % 100'000, random() % 16 != 0);
    });
}

TEST(UniswapV4Executed, WithoutAHookItIsTheModelsQuote) {
    Hooked market;
    Random random{56};
    size_t seen = 0, paid = 0, refused = 0;
    const size_t wanted = test::cases(1'500, 20'000);
    while (seen < wanted) {
        market.chain.undone([&] {
            const auto pool = random_pool(random, market, 60);
            if (!pool) return;
            const auto executed = executed_pool(*pool, market.ground);
            for (int i = 0; i < 30; ++i, ++seen) {
                const bool zero_for_one = random() % 2 == 0, exact_in = random() % 2 == 0;
                const u256 amount = random_swap_amount(random, *pool, zero_for_one ? 0 : 1, exact_in);
                const Quote quote = asked(*executed, zero_for_one, exact_in, amount);
                ASSERT_EQ(quote, asked(*pool, zero_for_one, exact_in, amount))
                    << to_string(amount) << " " << zero_for_one << exact_in;
                ++(quote ? paid : refused);
            }
        });
        if (testing::Test::HasFatalFailure()) return;
    }
    EXPECT_GT(paid, wanted / 5);
    EXPECT_GT(refused, wanted / 20);
}

TEST(UniswapV4Executed, WhatItIsAsAPool) {
    Hooked market;
    const Address hook = market.put_hook(before_delta, 2);
    const Key key = market.key(3000, 60, hook);
    const auto pool = market.initialize(key, u256{1} << 96);
    ASSERT_TRUE(pool);
    ASSERT_TRUE(market.modify(*pool, -6000, 6000, u256{1} << 90));
    market.set(hook, 100'000, 0, 0, 0);
    const auto model = executed_pool(*pool, market.ground);
    // A tenth to the hook, then the pool's fee.
    EXPECT_NEAR(model->marginal(0, 1, 1e15).rate, 0.9 * 0.997, 1e-4);
    EXPECT_GT(model->gas(0, 1, 1'000'000), 50'000U);
    EXPECT_TRUE(std::isinf(model->rate_bound(0, 1).rate));
    EXPECT_EQ(model->quote_in(0, 0, 1000).outcome, Outcome::unknown);
    EXPECT_EQ(model->quote_out(1, 1, 1000).outcome, Outcome::unknown);
    EXPECT_EQ(model->quote_out(0, 2, 1000).outcome, Outcome::unknown);
    const auto copy = model->clone();
    EXPECT_TRUE(copy->same_state(*model));
    EXPECT_EQ(copy->swap(0, 1, 1'000'000), model->quote_in(0, 1, 1'000'000));

    // It answers for the state as it is when it is asked.
    const Quote before = model->quote_in(0, 1, 1'000'000);
    market.set(hook, 200'000, 0, 0, 0);
    EXPECT_LT(model->quote_in(0, 1, 1'000'000).amount, before.amount);
    // Where the hook is gone, nothing swaps.
    market.chain.set_code(hook, {});
    EXPECT_EQ(model->quote_in(0, 1, 1'000'000), Quote::refused());
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v4
