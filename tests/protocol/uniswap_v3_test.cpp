#include "protocol/amm/uniswap_v3/uniswap_v3.hpp"

#include <gtest/gtest.h>

#include <map>

#include "protocol/amm/uniswap_v3/tick_math.hpp"

namespace osprey::protocol::uniswap_v3 {
namespace {

constexpr u256 unit = 1'000'000'000'000'000'000_u256;
constexpr u256 price_one = u256{1} << 96;

/// Ticks kept in maps; words listed as unknown are.
class Ticks final : public TickSource {
public:
    void initialize(int32_t tick, i128 net, int32_t spacing) {
        const int32_t compressed = tick / spacing;
        words_[compressed >> 8] |= u256{1} << static_cast<uint64_t>(compressed & 0xff);
        nets_[tick] = net;
    }
    void forget_word(int32_t word) { unknown_.insert({word, true}); }

    std::optional<u256> bitmap_word(int32_t word) const override {
        if (unknown_.contains(word)) return {};
        const auto at = words_.find(word);
        return at == words_.end() ? u256{} : at->second;
    }
    std::optional<i128> liquidity_net(int32_t tick) const override { return nets_.at(tick); }

private:
    std::map<int32_t, u256> words_;
    std::map<int32_t, i128> nets_;
    std::map<int32_t, bool> unknown_;
};

// TickMath.spec.ts
TEST(UniswapV3TickMath, HasTheContractsValues) {
    EXPECT_EQ(sqrt_ratio_at_tick(min_tick), min_sqrt_ratio);
    EXPECT_EQ(sqrt_ratio_at_tick(min_tick + 1), 4295343490_u256);
    EXPECT_EQ(sqrt_ratio_at_tick(max_tick - 1), 1461373636630004318706518188784493106690254656249_u256);
    EXPECT_EQ(sqrt_ratio_at_tick(max_tick), max_sqrt_ratio);
    EXPECT_EQ(sqrt_ratio_at_tick(0), price_one);
}

TEST(UniswapV3TickMath, GrowsWithEveryTick) {
    for (int32_t tick = min_tick; tick < max_tick; tick += 997)
        EXPECT_LT(sqrt_ratio_at_tick(tick), sqrt_ratio_at_tick(tick + 1)) << tick;
}

// SwapMath.spec.ts: "exact amount in that gets capped at price target in one for zero", "... fully spent ...",
// "entire input amount taken as fee"
TEST(UniswapV3SwapMath, TakesTheContractsSteps) {
    const u128 liquidity = (u256{2} * unit).low_u128();
    // encodePriceSqrt(101, 100) and encodePriceSqrt(1000, 100)
    const u256 price101 = 79623317895830914510639640423_u256, price10 = 250541448375047931186413801569_u256;
    const auto capped = swap_step(price_one, price101, liquidity, unit, 600);
    ASSERT_TRUE(capped);
    EXPECT_EQ(capped->amount_in, 9975124224178055_u256);
    EXPECT_EQ(capped->fee_amount, 5988667735148_u256);
    EXPECT_EQ(capped->amount_out, 9925619580021728_u256);
    EXPECT_EQ(capped->sqrt_price, price101);

    const auto spent = swap_step(price_one, price10, liquidity, unit, 600);
    ASSERT_TRUE(spent);
    EXPECT_EQ(spent->amount_in, 999400000000000000_u256);
    EXPECT_EQ(spent->fee_amount, 600000000000000_u256);
    EXPECT_EQ(spent->amount_out, 666399946655997866_u256);

    const auto fee_only =
        swap_step(2413_u256, 79887613182836312_u256, (1985041575832132834610021537970_u256).low_u128(), 10_u256, 1872);
    ASSERT_TRUE(fee_only);
    EXPECT_EQ(fee_only->amount_in, 0_u256);
    EXPECT_EQ(fee_only->amount_out, 0_u256);
    EXPECT_EQ(fee_only->fee_amount, 10_u256);
    EXPECT_EQ(fee_only->sqrt_price, 2413_u256);
}

TEST(UniswapV3, CrossesTicksAndRunsOut) {
    Ticks ticks;
    const u128 liquidity = unit.low_u128();
    ticks.initialize(-600, static_cast<i128>(liquidity), 60);
    ticks.initialize(-60, static_cast<i128>(liquidity), 60);
    ticks.initialize(60, -static_cast<i128>(liquidity), 60);
    ticks.initialize(600, -static_cast<i128>(liquidity), 60);
    const State state{.sqrt_price = price_one, .tick = 0, .liquidity = 2 * liquidity, .fee = 3000, .tick_spacing = 60};

    const auto inside = swap_exact_in(state, ticks, true, unit / u256{1000});
    ASSERT_TRUE(inside);
    EXPECT_EQ(inside->ticks_crossed, 0U);
    const auto across = swap_exact_in(state, ticks, true, unit / u256{50});
    ASSERT_TRUE(across);
    EXPECT_EQ(across->ticks_crossed, 1U);
    EXPECT_LT(across->amount_out, inside->amount_out * u256{20});
    const auto mirrored = swap_exact_in(state, ticks, false, unit / u256{50});
    ASSERT_TRUE(mirrored);
    EXPECT_EQ(mirrored->ticks_crossed, 1U);
    EXPECT_GT(mirrored->sqrt_price, price_one);

    EXPECT_EQ(swap_exact_in(state, ticks, true, unit).error(), Failure::no_liquidity);
    EXPECT_EQ(swap_exact_in(state, ticks, true, 0).error(), Failure::refused);
    EXPECT_EQ(swap_exact_in(state, ticks, true, 1).error(), Failure::refused) << "nothing comes out";
    ticks.forget_word(-1);
    EXPECT_EQ(swap_exact_in(state, ticks, true, unit / u256{50}).error(), Failure::unknown_ticks);
}

TEST(UniswapV3, UnpacksStorage) {
    // tick -2 in 24 bits above the price.
    const u256 slot0 = (u256{0xfffffe} << 160) | price_one;
    EXPECT_EQ(unpack_sqrt_price(slot0), price_one);
    EXPECT_EQ(unpack_tick(slot0), -2);
    EXPECT_EQ(unpack_liquidity_net((u256::max() << 128) | u256{5}), i128{-1});
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v3
