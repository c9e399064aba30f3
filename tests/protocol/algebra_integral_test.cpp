#include "protocol/amm/algebra/integral.hpp"

#include <gtest/gtest.h>

#include "protocol/amm/uniswap_v3/tick_math.hpp"
#include "support/tick_market.hpp"

namespace osprey::protocol::algebra {
namespace {

using test::TickMarket;

constexpr std::string_view artefact =
    "@cryptoalgebra/integral-core/artifacts/contracts/AlgebraPool.sol/AlgebraPool.json";
/// Constants.MAX_LIQUIDITY_PER_TICK
constexpr u128 most_per_tick =
    (u128{40564824043007ULL} * 1'000'000'000ULL + 195767232ULL) * 1'000'000'000ULL + 224305152ULL;

struct Market : TickMarket {
    Market(uint32_t fee, int32_t spacing)
        : TickMarket({.mint = "mintAlgebra(address,int24,int24,uint128)",
                      .burn = "burnIntegral(address,int24,int24,uint128)"}) {
        prepare();
        deploy_pool(test::npm_bytecode(artefact), {0, u256::max(), test::word_of(token0), test::word_of(token1)});
        // defaultConfigurationForPool(): communityFee, tickSpacing, fee
        answer_as_factory({0, test::int_word(spacing), u256{fee}});
    }
};

TEST(AlgebraIntegral, SwapsAreTheContracts) {
    struct Kind {
        uint32_t fee;
        int32_t spacing;
    };
    constexpr Kind kinds[] = {{500, 60}, {3000, 60}, {100, 1}, {0, 10}, {50'000, 500}};
    std::mt19937_64 random{3};
    const size_t wanted = test::cases(1'500, 100'000);
    size_t compared = 0, paid = 0, crossed = 0, unknown = 0;
    for (size_t world = 0; compared < wanted; ++world) {
        const Kind& k = kinds[world % std::size(kinds)];
        Market market{k.fee, k.spacing};
        const auto tick =
            static_cast<int32_t>(random() % 4 == 0 ? random() % 1'774'000 : 787'272 + random() % 200'000) +
            uniswap_v3::min_tick;
        auto empty = market.chain.build(integral_family, {market.pool, {}});
        ASSERT_TRUE(empty);
        EXPECT_EQ(empty->quote_in(0, 1, 1), Quote::refused());
        const auto begun = market.initialize(uniswap_v3::sqrt_ratio_at_tick(tick) + u256{random() % 3});
        for (const Log& log : begun.logs) EXPECT_NE(empty->apply(log), Applied::must_read);
        EXPECT_TRUE(empty->same_state(*market.chain.build(integral_family, {market.pool, {}})));

        test::TickTrial trial{
            .market = &market,
            .family = &integral_family,
            .fee = k.fee,
            .spacing = k.spacing,
            .table_spacing = 1,
            .max_liquidity_per_tick = most_per_tick,
            .left_out = [&](bool zero_for_one, const u256& in) {
                // The pool's balance beyond 128 bits.
                const Address& token = zero_for_one ? market.token0 : market.token1;
                return in + market.chain.slot(token, test::mapping_slot(test::word_of(market.pool), 1)) > most_in;
            }};
        for (size_t i = random() % 24; i > 0; --i) trial.random_mint(random);
        trial.run(random, std::min<size_t>(wanted - compared, 300));
        if (testing::Test::HasFatalFailure()) FAIL() << "world " << world;
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

TEST(AlgebraIntegral, FeeAndPluginEvents) {
    Market market{500, 60};
    market.initialize(uniswap_v3::sqrt_ratio_at_tick(10));
    market.mint(-600, 600, 1'000'000'000'000);
    const PoolKey key{market.pool, {}};
    const auto pool = market.chain.build(integral_family, key);
    ASSERT_TRUE(pool);
    market.answer_as_factory({1, 1, 1});  // hasRoleOrOwner()
    for (const Log& log : market.chain.must(market.pool, test::calldata("setFee(uint16)", {1234})).logs)
        EXPECT_EQ(pool->apply(log), Applied::applied);
    EXPECT_TRUE(pool->same_state(*market.chain.build(integral_family, key)));
    const auto swapped = market.swap(true, true, 1'000'000);
    EXPECT_EQ(pool->quote_in(0, 1, 1'000'000), Quote::ok(swapped.out));

    // A plugin that is asked before a swap: its word decides, so there is no model.
    market.chain.must(market.pool, test::calldata("setPlugin(address)", {test::word_of(market.trader)}));
    bool must_read = false;
    for (const Log& log : market.chain.must(market.pool, test::calldata("setPluginConfig(uint8)", {1})).logs)
        must_read |= pool->apply(log) == Applied::must_read;
    EXPECT_TRUE(must_read);
    EXPECT_FALSE(market.chain.build(integral_family, key));
}

}  // namespace
}  // namespace osprey::protocol::algebra
