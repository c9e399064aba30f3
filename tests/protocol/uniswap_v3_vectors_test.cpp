// The values that Uniswap's own tests of its libraries expect, and what a pool's Swap event says.

#include <gtest/gtest.h>

#include "primitives/abi.hpp"
#include "protocol/amm/uniswap_v3/events.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v3/swap_math.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"

namespace osprey::protocol::uniswap_v3 {
namespace {

constexpr u256 unit = 1'000'000'000'000'000'000_u256;
constexpr u256 price_one = u256{1} << 96;

// TickMath.spec.ts
TEST(UniswapV3Vectors, TickMathHasTheContractsValues) {
    EXPECT_EQ(sqrt_ratio_at_tick(min_tick), min_sqrt_ratio);
    EXPECT_EQ(sqrt_ratio_at_tick(min_tick + 1), 4295343490_u256);
    EXPECT_EQ(sqrt_ratio_at_tick(max_tick - 1), 1461373636630004318706518188784493106690254656249_u256);
    EXPECT_EQ(sqrt_ratio_at_tick(max_tick), max_sqrt_ratio);
    EXPECT_EQ(sqrt_ratio_at_tick(0), price_one);
}

TEST(UniswapV3Vectors, RatiosGrowWithEveryTick) {
    for (int32_t tick = min_tick; tick < max_tick; tick += 997)
        EXPECT_LT(sqrt_ratio_at_tick(tick), sqrt_ratio_at_tick(tick + 1)) << tick;
}

// SwapMath.spec.ts: "exact amount in that gets capped at price target in one for zero", "... fully spent ...",
// "entire input amount taken as fee"
TEST(UniswapV3Vectors, StepsAreTheContracts) {
    const u128 liquidity = (u256{2} * unit).low_u128();
    const u256 price101 = 79623317895830914510639640423_u256;  // encodePriceSqrt(101, 100)
    const Amounts capped = full_step(Direction::up, price_one, price101, liquidity, 600);
    EXPECT_EQ(capped.in, 9975124224178055_u256 + 5988667735148_u256);
    EXPECT_EQ(capped.out, 9925619580021728_u256);

    EXPECT_EQ(step_in(Direction::up, price_one, liquidity, unit, 600).amount, 666399946655997866_u256);

    const u128 deep = (1985041575832132834610021537970_u256).low_u128();
    const PartialStep fee_only = step_in(Direction::up, 2413_u256, deep, 10_u256, 1872);
    EXPECT_EQ(fee_only.amount, 0_u256);
    EXPECT_EQ(fee_only.sqrt_price, 2413_u256);
}

TEST(UniswapV3Vectors, DecodesSwapEvents) {
    Log log;
    log.topics = {abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)"), {}, {}};
    log.data.resize(5 * abi::word_size);
    const u256 words[] = {9, -u256{4}, price_one, 77, -u256{2}};
    for (size_t i = 0; i < 5; ++i) abi::put_word(log.data.data(), i, words[i]);
    auto event = decode_swap(log);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->family, &family);
    EXPECT_EQ(event->amount0, u256{9});
    EXPECT_EQ(event->amount1, -u256{4});
    EXPECT_EQ(event->sqrt_price, price_one);
    EXPECT_EQ(event->liquidity, 77U);
    EXPECT_EQ(event->tick, -2);

    log.data.resize(7 * abi::word_size);
    EXPECT_FALSE(decode_swap(log)) << "PancakeSwap's length under Uniswap's name";
    log.topics[0] = abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)");
    event = decode_swap(log);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->family, &pancakeswap_family);
    EXPECT_EQ(event->tick, -2);
    log.topics.pop_back();
    EXPECT_FALSE(decode_swap(log));
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v3
