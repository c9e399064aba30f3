#include "protocol/amm/wrapping/wrapping.hpp"

#include <gtest/gtest.h>

#include <random>

#include "chain/record.hpp"
#include "primitives/real.hpp"
#include "support/pool_checks.hpp"
#include "support/test_chain.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::wrapping {
namespace {

using test::calldata;
using test::TestChain;
using test::word_of;

const Address weth = test::address_of(0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2_u256);
const Address wsteth = test::address_of(0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0_u256);

TEST(Wrapping, CoinsGoInAndOutOneForOne) {
    TestChain chain;
    const Address made = chain.deploy(test::npm_bytecode("canonical-weth/build/contracts/WETH9.json"));
    // Under its own address the family knows it. The decimals stand in storage.
    chain.set_slot(weth, 2, 18);
    chain.set_code(weth, *chain.state().code(chain.state().account(made)));
    std::mt19937_64 random{1};
    for (int i = 0; i < 200; ++i) {
        const auto before = chain.build(family, {weth, {}});
        ASSERT_TRUE(before);
        const TokenIndex in = random() % 2;
        const u256 held = chain.view(weth, calldata("balanceOf(address)", {word_of(chain.me())})).word(0);
        const u256 amount = in == plain         ? u256{random()}
                            : random() % 8 == 0 ? held + u256{1}
                                                : held / u256{1 + random() % 3};
        auto by_swap = before->clone(), by_events = before->clone();
        const Quote quote = by_swap->swap(in, 1 - in, amount);
        const auto outcome = in == plain ? chain.call(weth, calldata("deposit()"), amount)
                                         : chain.call(weth, calldata("withdraw(uint256)", {amount}));
        // I alone hold it: what I do not have is not there.
        ASSERT_EQ(static_cast<bool>(quote), outcome.success) << i;
        if (!quote) continue;
        const u256 now = chain.view(weth, calldata("balanceOf(address)", {word_of(chain.me())})).word(0);
        EXPECT_EQ(in == plain ? now - held : held - now, quote.amount);
        EXPECT_EQ(before->quote_out(in, 1 - in, quote.amount), Quote::ok(amount));
        for (const Log& log : outcome.logs) by_events->apply(log);
        const auto after = chain.build(family, {weth, {}});
        EXPECT_TRUE(by_swap->same_state(*after));
        EXPECT_TRUE(by_events->same_state(*after));
        EXPECT_NEAR(static_cast<double>(outcome.gas_used), static_cast<double>(before->gas(in, 1 - in, amount)),
                    25'000);
    }
    EXPECT_FALSE(chain.build(family, {made, {}})) << "an address that is nobody's wrapper";
}

TEST(Wrapping, WrappedStakedEtherInRecordedBlocks) {
    const auto records = test::recorded_blocks();
    if (records.empty()) GTEST_SKIP() << "no recorded blocks";
    size_t compared = 0;
    std::mt19937_64 random{2};
    for (const auto& path : records) {
        auto record = chain::load_record(path);
        if (!record || record->number < 11'888'477) continue;
        TestChain chain{*record};
        std::unique_ptr<Pool> pool;
        try {
            pool = chain.build(family, {wsteth, {}});
        } catch (const std::runtime_error&) {
            continue;  // the record lacks what it would take
        }
        if (!pool) continue;
        for (int i = 0; i < 200; ++i) {
            const u256 amount = u256{random(), random() >> (random() % 64), 0, 0} >> (random() % 100);
            const auto in_shares = chain.view(wsteth, calldata("getWstETHByStETH(uint256)", {amount}));
            const auto in_ether = chain.view(wsteth, calldata("getStETHByWstETH(uint256)", {amount}));
            if (const Quote quote = pool->quote_in(plain, wrapped, amount)) {
                EXPECT_EQ(quote.amount, in_shares.word(0));
                ++compared;
            }
            if (const Quote quote = pool->quote_in(wrapped, plain, amount)) {
                EXPECT_EQ(quote.amount, in_ether.word(0));
                EXPECT_LE(to_double(quote.amount), pool->rate_bound(wrapped, plain).rate * to_double(amount));
                // The least that pays it.
                const Quote needed = pool->quote_out(wrapped, plain, quote.amount);
                ASSERT_TRUE(needed);
                EXPECT_LE(needed.amount, amount);
                EXPECT_GE(pool->quote_in(wrapped, plain, needed.amount).amount, quote.amount);
                ++compared;
            }
        }
    }
    RecordProperty("compared", static_cast<int>(compared));
    if (compared == 0) GTEST_SKIP() << "no record holds all of stETH that its wrapper asks for";
}

TEST(Wrapping, WritesAndReadsItsState) {
    const Wrapper pool{wsteth, weth, {.assets = u256{115}, .shares = u256{100}, .supply = u256{40}}};
    const auto read = [&](std::string_view text) { return test::read_as(pool, text); };
    const auto again = read(test::written(pool));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(pool.same_state(**again));
    EXPECT_EQ(pool.quote_in(wrapped, plain, 10), Quote::ok(11));
    EXPECT_EQ(pool.quote_in(plain, wrapped, 10), Quote::ok(8));
    EXPECT_EQ(pool.quote_in(wrapped, plain, 41), Quote::refused());
    EXPECT_EQ(pool.quote_in(wrapped, plain, 0), Quote::refused());
    EXPECT_EQ(read(R"({"assets": "0", "shares": "1", "supply": "1"})").error().message, "assets: from 1 to 2^128 - 1");
}

}  // namespace
}  // namespace osprey::protocol::wrapping
