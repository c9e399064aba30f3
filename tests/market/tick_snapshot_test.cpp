// Pools with ticks as they stood on chain: their snapshot written into the storage of the real contract, whose swaps
// are the model's.

#include <gtest/gtest.h>

#include "chain/compressed_file.hpp"
#include "market/pool_file.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "support/test_data.hpp"
#include "support/tick_market.hpp"

namespace osprey::market {
namespace {

using namespace protocol;
namespace v3 = protocol::uniswap_v3;

constexpr std::string_view artefact = "@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json";
// Storage of UniswapV3Pool.
constexpr uint64_t slot0 = 0, liquidity_slot = 4, ticks_slot = 5, bitmap_slot = 6;

/// The contract with the snapshot's state, and whatever it could be asked to pay.
void write(test::TickMarket& market, const v3::TickPool& pool) {
    const v3::TickTable& table = pool.table();
    const v3::PoolHead& head = pool.head();
    market.prepare();
    market.deploy_pool(test::npm_bytecode(artefact),
                       {u256::max(), test::word_of(market.token0), test::word_of(market.token1), u256{pool.fee()},
                        test::int_word(table.spacing())});
    market.initialize(head.sqrt_price);
    test::TestChain& chain = market.chain;
    const u256 tick_mask = u256{0xffffff} << 160;
    chain.set_slot(market.pool, slot0,
                   (chain.slot(market.pool, slot0) & ~tick_mask) | ((test::int_word(head.tick) << 160) & tick_mask));
    chain.set_slot(market.pool, liquidity_slot, u256::from_u128(head.liquidity));
    std::map<int32_t, u256> words;
    for (const v3::Tick& tick : table.ticks()) {
        chain.set_slot(market.pool, test::mapping_slot(test::int_word(tick.tick), ticks_slot),
                       u256::from_u128(tick.gross) | u256::from_u128(static_cast<u128>(tick.net)) << 128);
        const int32_t place = v3::compress(tick.tick, table.spacing());
        words[place >> 8] |= u256{1} << static_cast<uint64_t>(place & 0xff);
    }
    for (const auto& [word, bits] : words)
        chain.set_slot(market.pool, test::mapping_slot(test::int_word(word), bitmap_slot), bits);
    for (const Address& token : {market.token0, market.token1})
        chain.must(token, test::calldata("mint(address,uint256)", {test::word_of(market.pool), u256{1} << 200}));
}

TEST(TickSnapshot, SwapsAreTheContracts) {
    const auto path = test::test_data("pools/uniswap_v3_ticks.json.zst");
    const auto text = chain::read_file(path);
    if (!text) GTEST_SKIP() << "absent: " << path;
    const auto set = parse_pools(*text);
    ASSERT_TRUE(set) << set.error().message;
    std::mt19937_64 random{21};
    const size_t wanted = test::cases(40, 2'000);  // for each pool
    size_t pools = 0, ticks = 0, compared = 0, paid = 0, beyond = 0, crossings = 0;
    for (const auto& snapshot : set->pools) {
        const auto* real = dynamic_cast<const v3::TickPool*>(snapshot.get());
        if (real == nullptr) continue;
        ++pools;
        ticks += real->table().ticks().size();
        test::TickMarket market;
        write(market, *real);
        const PoolKey key{market.pool, {}};
        auto made = v3::make_pool(key, market.token0, market.token1, real->head(), real->fee(), real->table().spacing(),
                                  {real->table().ticks().begin(), real->table().ticks().end()});
        ASSERT_TRUE(made) << made.error().message;
        auto model = std::move(*made);
        auto window = market.chain.build(v3::family, key);
        ASSERT_TRUE(window);
        ASSERT_TRUE(window->same_state(*model));
        for (size_t i = 0; i < wanted; ++i) {
            const TokenIndex in = random() % 2, out = 1 - in;
            const bool exact_in = random() % 3 != 0;
            const u256 most_in = model->max_in(in, out),
                       most = exact_in ? most_in : model->quote_in(in, out, most_in).amount;
            u256 amount = test::random_amount(random, bit_width(most));
            if (random() % 8 == 0) amount = most - u256{random() % 3} + u256{1};
            const Quote quote = exact_in ? model->quote_in(in, out, amount) : model->quote_out(in, out, amount);
            const Quote near = exact_in ? window->quote_in(in, out, amount) : window->quote_out(in, out, amount);
            const bool keep = random() % 16 == 0;
            test::Swapped swapped;
            const auto ask = [&] { swapped = market.swap(in == 0, exact_in, amount); };
            keep ? ask() : market.chain.undone(ask);
            ++compared;
            ASSERT_EQ(static_cast<bool>(quote), swapped.success) << "pool " << pools << ", " << to_string(amount);
            if (near.outcome == Outcome::unknown)
                ++beyond;
            else
                ASSERT_EQ(near, quote);
            if (!quote) continue;
            ++paid;
            ASSERT_EQ(to_string(quote.amount), to_string(exact_in ? swapped.out : swapped.in)) << "pool " << pools;
            ASSERT_TRUE(test::is_within(model->rate_bound(in, out), swapped.in, swapped.out));
            if (!keep) continue;
            const auto before = dynamic_cast<const v3::TickPool&>(*model).head();
            for (const Log& log : swapped.logs) EXPECT_NE(model->apply(log), Applied::must_read);
            window = market.chain.build(v3::family, key);
            ASSERT_TRUE(window);
            ASSERT_TRUE(window->same_state(*model));
            crossings += dynamic_cast<const v3::TickPool&>(*model).head().liquidity != before.liquidity;
        }
    }
    std::printf(
        "%zu pools with %zu ticks, %zu swaps compared, %zu paid, %zu beyond the window, %zu kept across ticks\n", pools,
        ticks, compared, paid, beyond, crossings);
    EXPECT_EQ(pools, 17U);
    EXPECT_GT(paid, compared / 2);
    EXPECT_GT(crossings, 0U);
}

}  // namespace
}  // namespace osprey::market
