#include "protocol/amm/uniswap_v2/uniswap_v2.hpp"

#include <gtest/gtest.h>

#include "primitives/abi.hpp"

namespace osprey::protocol::uniswap_v2 {
namespace {

constexpr u256 max_reserve = (u256{1} << 112) - u256{1};

// UniswapV2Pair.spec.ts, swapTestCases: [swap amount, reserve in, reserve out, expected output], in 1e18.
TEST(UniswapV2, PaysWhatThePairsOwnTestsExpect) {
    constexpr u256 unit = 1'000'000'000'000'000'000_u256;
    struct Case {
        u256 in, reserve_in, reserve_out, out;
    };
    const Case cases[] = {
        {unit, u256{5} * unit, u256{10} * unit, 1662497915624478906_u256},
        {unit, u256{10} * unit, u256{5} * unit, 453305446940074565_u256},
        {u256{2} * unit, u256{5} * unit, u256{10} * unit, 2851015155847869602_u256},
        {u256{2} * unit, u256{10} * unit, u256{5} * unit, 831248957812239453_u256},
        {unit, u256{10} * unit, u256{10} * unit, 906610893880149131_u256},
        {unit, u256{100} * unit, u256{100} * unit, 987158034397061298_u256},
        {unit, u256{1000} * unit, u256{1000} * unit, 996006981039903216_u256},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(amount_out({.reserve0 = c.reserve_in, .reserve1 = c.reserve_out}, true, c.in), c.out);
        EXPECT_EQ(amount_out({.reserve0 = c.reserve_out, .reserve1 = c.reserve_in}, false, c.in), c.out);
    }
}

TEST(UniswapV2, RefusesWhatThePairRefuses) {
    EXPECT_FALSE(amount_out({.reserve0 = 0, .reserve1 = 5}, true, 1));
    EXPECT_FALSE(amount_out({.reserve0 = 5, .reserve1 = 0}, true, 1));
    EXPECT_FALSE(amount_out({.reserve0 = 5, .reserve1 = 5}, true, 0));
    EXPECT_FALSE(amount_out({.reserve0 = 1000, .reserve1 = 1000}, true, 1)) << "nothing comes out";
    const State full{.reserve0 = max_reserve - u256{10}, .reserve1 = max_reserve};
    EXPECT_TRUE(amount_out(full, true, 10));
    EXPECT_FALSE(amount_out(full, true, 11)) << "the balance would pass 2^112";
    EXPECT_FALSE(amount_out(full, true, u256::max()));
}

TEST(UniswapV2, ReadsReservesAndEvents) {
    const u256 slot = (u256{1234} << 224) | (u256{77} << 112) | max_reserve;
    const State state = unpack_reserves(slot, 2500);
    EXPECT_EQ(state.reserve0, max_reserve);
    EXPECT_EQ(state.reserve1, u256{77});
    EXPECT_EQ(state.fee, 2500U);

    Log log;
    log.topics = {abi::event_topic("Sync(uint112,uint112)")};
    log.data.resize(64);
    abi::put_word(log.data.data(), 0, u256{3});
    abi::put_word(log.data.data(), 1, u256{4});
    ASSERT_TRUE(decode_sync(log));
    EXPECT_EQ(decode_sync(log)->reserve0, u256{3});
    EXPECT_EQ(decode_sync(log)->reserve1, u256{4});
    EXPECT_FALSE(decode_swap(log));
    log.data.resize(63);
    EXPECT_FALSE(decode_sync(log));
    log.topics.clear();
    EXPECT_FALSE(decode_sync(log));
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v2
