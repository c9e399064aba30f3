#include "protocol/uniswap_v4_market.hpp"

namespace osprey::protocol::uniswap_v4 {
namespace {

// A pool that was traded up and down: its ticks' slots hold something already.
TEST(UniswapV4Gas, IsEstimatedWithinAQuarter) {
    Market market;
    const auto pool = market.initialize(market.key(3000, 10), u256{1} << 96);
    ASSERT_TRUE(pool);
    ASSERT_TRUE(market.modify(*pool, -100'000, 100'000, 1'000'000'000'000'000'000_u256));
    for (int i = 1; i < 100; ++i) ASSERT_TRUE(market.modify(*pool, -100 * i, 100 * i, 1'000'000'000'000'000_u256));
    const auto swap_call = [&](bool down, const u256& amount) {
        return Market::swap_call("swap", pool->parameters(), down, true, amount);
    };
    for (const bool down : {true, false, false, true, true, false})
        market.chain.must(market.router, swap_call(down, 500'000'000'000'000'000_u256));
    const auto stored = market.built(pool->parameters());
    for (const bool down : {true, false})
        for (const u256 amount : {1'000'000_u256, 20'000'000'000'000'000_u256, 400'000'000'000'000'000_u256}) {
            const auto swapped = market.chain.attempt(market.router, swap_call(down, amount));
            ASSERT_TRUE(swapped.success);
            const auto estimate = static_cast<double>(stored->gas(down ? 0 : 1, down ? 1 : 0, amount));
            EXPECT_NEAR(estimate / static_cast<double>(swapped.gas_used), 1, 0.25)
                << to_string(amount) << " " << swapped.gas_used;
        }
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v4
