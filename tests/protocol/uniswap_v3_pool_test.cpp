#include "protocol/amm/uniswap_v3/pool.hpp"

#include <gtest/gtest.h>

#include "protocol/amm/uniswap_v3/tick_math.hpp"
#include "support/tick_market.hpp"

namespace osprey::protocol::uniswap_v3 {
namespace {

using test::TickMarket;

struct Kind {
    uint32_t fee;
    int32_t spacing;
};
constexpr Kind kinds[] = {{500, 10}, {3000, 60}, {10000, 200}, {100, 1}, {2500, 50}, {0, 1}, {999'999, 16'383}};

u128 most_per_tick(int32_t spacing) {
    const int32_t lowest = -(max_tick / spacing);
    return ~u128{0} / static_cast<u128>(-2 * lowest + 1);
}

u256 random_price(std::mt19937_64& random) {
    switch (random() % 8) {
        case 0: {  // anywhere at all
            const u256 any{random(), random(), random(), random()};
            const u256 price = any >> (96 + random() % 128);
            return std::clamp(price, min_sqrt_ratio, max_sqrt_ratio - u256{1}, std::less{});
        }
        case 1:  // the very ends
            return random() % 2 == 0 ? min_sqrt_ratio + u256{random() % 3} : max_sqrt_ratio - u256{1 + random() % 3};
        case 2:  // on a tick
            return sqrt_ratio_at_tick(static_cast<int32_t>(random() % 2000) * 60 - 60'000);
        default: {
            const auto tick = static_cast<int32_t>(random() % 200'000) - 100'000;
            return sqrt_ratio_at_tick(tick) + u256{random() % 1'000'000};
        }
    }
}

void compare_with(const Family& kind, std::string_view artefact, size_t wanted, uint64_t seed) {
    const Bytes code = test::npm_bytecode(artefact);
    std::mt19937_64 random{seed};
    size_t compared = 0, paid = 0, crossed = 0, unknown = 0;
    for (size_t world = 0; compared < wanted; ++world) {
        TickMarket market;
        market.prepare();
        const Kind& k = kinds[world % std::size(kinds)];
        market.deploy_pool(code, {u256::max(), test::word_of(market.token0), test::word_of(market.token1), u256{k.fee},
                                  test::int_word(k.spacing)});
        auto empty = market.chain.build(kind, {market.pool, {}});
        ASSERT_TRUE(empty);
        EXPECT_EQ(empty->quote_in(0, 1, 1), Quote::refused());
        const auto begun = market.initialize(random_price(random));
        for (const Log& log : begun.logs) EXPECT_EQ(empty->apply(log), Applied::applied);
        EXPECT_TRUE(empty->same_state(*market.chain.build(kind, {market.pool, {}})));

        test::TickTrial trial{.market = &market,
                              .family = &kind,
                              .fee = k.fee,
                              .spacing = k.spacing,
                              .max_liquidity_per_tick = most_per_tick(k.spacing)};
        for (size_t i = random() % 24; i > 0; --i) trial.random_mint(random);
        trial.run(random, std::min<size_t>(wanted - compared, 300));
        if (testing::Test::HasFatalFailure()) FAIL() << "world " << world << " of seed " << seed;
        compared += trial.compared;
        paid += trial.paid;
        crossed += trial.crossed;
        unknown += trial.unknown;
    }
    std::printf("%zu swaps compared, %zu paid, %zu crossed ticks, %zu beyond the window\n", compared, paid, crossed,
                unknown);
    EXPECT_GT(paid, compared / 3);
    EXPECT_GT(crossed, compared / 100);
}

TEST(UniswapV3Pool, SwapsAreTheContracts) {
    compare_with(family, "@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json",
                 test::cases(1'600), 1);
}

TEST(UniswapV3Pool, PancakeSwapsAreTheContracts) {
    compare_with(pancakeswap_family, "@pancakeswap/v3-core/artifacts/contracts/PancakeV3Pool.sol/PancakeV3Pool.json",
                 test::cases(800, 30'000), 2);
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v3
