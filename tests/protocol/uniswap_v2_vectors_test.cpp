// The values that Uniswap's own tests of its pairs expect, and what a pair's Swap event says.

#include <gtest/gtest.h>

#include "primitives/abi.hpp"
#include "protocol/amm/uniswap_v2/events.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"

namespace osprey::protocol::uniswap_v2 {
namespace {

constexpr u256 unit = 1'000'000'000'000'000'000_u256;

Quote paid(const u256& reserve_in, const u256& reserve_out, const u256& in) {
    const Pair pair{{}, {}, {}, default_fee, reserve_in, reserve_out};
    const Pair mirrored{{}, {}, {}, default_fee, reserve_out, reserve_in};
    const Quote quote = pair.quote_in(0, 1, in);
    EXPECT_EQ(mirrored.quote_in(1, 0, in), quote);
    return quote;
}

// UniswapV2Pair.spec.ts, swapTestCases: [swap amount, reserve in, reserve out, expected output], in 1e18.
TEST(UniswapV2Vectors, PaysWhatThePairsOwnTestsExpect) {
    struct Case {
        uint64_t in, reserve_in, reserve_out;
        u256 out;
    };
    const Case cases[] = {
        {1, 5, 10, 1662497915624478906_u256},     {1, 10, 5, 453305446940074565_u256},
        {2, 5, 10, 2851015155847869602_u256},     {2, 10, 5, 831248957812239453_u256},
        {1, 10, 10, 906610893880149131_u256},     {1, 100, 100, 987158034397061298_u256},
        {1, 1000, 1000, 996006981039903216_u256},
    };
    for (const Case& c : cases)
        EXPECT_EQ(paid(u256{c.reserve_in} * unit, u256{c.reserve_out} * unit, u256{c.in} * unit), Quote::ok(c.out));
}

TEST(UniswapV2Vectors, RefusesWhatThePairRefuses) {
    EXPECT_FALSE(paid(0, 5, 1));
    EXPECT_FALSE(paid(5, 0, 1));
    EXPECT_FALSE(paid(5, 5, 0));
    EXPECT_FALSE(paid(1000, 1000, 1)) << "nothing comes out";
    EXPECT_TRUE(paid(max_reserve - u256{10}, max_reserve, 10));
    EXPECT_FALSE(paid(max_reserve - u256{10}, max_reserve, 11)) << "the balance would pass 2^112";
    EXPECT_FALSE(paid(max_reserve - u256{10}, max_reserve, u256::max()));
}

TEST(UniswapV2Vectors, DecodesSwapEvents) {
    Log log;
    log.topics = {abi::event_topic("Swap(address,uint256,uint256,uint256,uint256,address)"), {}, {}};
    log.data.resize(4 * abi::word_size);
    for (uint64_t i = 0; i < 4; ++i) abi::put_word(log.data.data(), i, u256{i + 1});
    const auto event = decode_swap(log);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->amount0_in, u256{1});
    EXPECT_EQ(event->amount1_in, u256{2});
    EXPECT_EQ(event->amount0_out, u256{3});
    EXPECT_EQ(event->amount1_out, u256{4});
    log.data.pop_back();
    EXPECT_FALSE(decode_swap(log));
    log.topics.clear();
    EXPECT_FALSE(decode_swap(log));
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v2
