#include "protocol/amm/algebra/adaptive_pool.hpp"

#include <gtest/gtest.h>

#include "protocol/amm/algebra/integral.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"
#include "support/tick_market.hpp"

namespace osprey::protocol::algebra {
namespace {

using test::TickMarket;

constexpr std::string_view pool_artefact = "@cryptoalgebra/core/artifacts/contracts/AlgebraPool.sol/AlgebraPool.json";
constexpr std::string_view oracle_artefact =
    "@cryptoalgebra/core/artifacts/contracts/DataStorageOperator.sol/DataStorageOperator.json";
constexpr uint64_t config_slot = 65536;
constexpr int writes = 8;  ///< to one ring

FeeConfig random_config(std::mt19937_64& random) {
    switch (random() % 4) {
        case 0:  // AdaptiveFee.initialFeeConfiguration()
            return {2900, 12'000, 360, 60'000, 59, 8500, 100};
        case 1:
            return {0, 0, 360, 60'000, 59, 8500, static_cast<uint16_t>(random() % 10'000)};
        default:
            return {static_cast<uint16_t>(random() % 20'000),
                    static_cast<uint16_t>(random() % 20'000),
                    static_cast<uint32_t>(random() >> (32 + random() % 32)),
                    static_cast<uint32_t>(random() >> (32 + random() % 32)),
                    static_cast<uint16_t>(1 + (random() % UINT16_MAX >> random() % 16)),
                    static_cast<uint16_t>(1 + (random() % UINT16_MAX >> random() % 16)),
                    static_cast<uint16_t>(random() % 20'000)};
    }
}

uint32_t random_step(std::mt19937_64& random) {
    switch (random() % 8) {
        case 0:
            return 1;
        case 1:
            return static_cast<uint32_t>(1 + random() % 100'000);
        case 2:
            return static_cast<uint32_t>(volatility_window - 1 + random() % 3);
        case 3:
            return static_cast<uint32_t>(1 + random() % 3'000'000);
        default:
            return static_cast<uint32_t>(1 + random() % 4000);
    }
}

/// Writes rings of timepoints into a DataStorageOperator and lets it add to them.
class AlgebraOracle : public testing::Test {
protected:
    AlgebraOracle() : pool_(test::address_of(0xa15eb2a)) {
        uint8_t argument[32];
        store_be32(argument, test::word_of(pool_));
        oracle_ = chain_.deploy(test::npm_bytecode(oracle_artefact), argument);
    }

    void put(uint16_t index, const Timepoint& point, uint16_t window_start) {
        chain_.set_slot(oracle_, u256{index}, pack_timepoint(point) | u256{window_start} << 232);
    }

    test::TestChain chain_;
    Address pool_, oracle_;
};

TEST_F(AlgebraOracle, WritesWhatTheModelExpects) {
    std::mt19937_64 random{11};
    const size_t wanted = test::cases(4'000, 60'000);
    size_t compared = 0, within_day = 0, unknown = 0, wrapped_rings = 0, moved_fees = 0, stuck = 0;
    while (compared < wanted) {
        const FeeConfig config = random_config(random);
        const bool wraps = random() % 3 == 0;
        const auto count = static_cast<uint16_t>(1 + random() % 40);
        const auto last =
            static_cast<uint16_t>(wraps ? (random() % 2 == 0 ? random() % 40 - 20 : random()) : count - 1);
        // Times may pass 2^32.
        auto time = static_cast<uint32_t>(random() % 2 == 0 ? random() : 1'700'000'000);
        const unsigned tick_bits = random() % 20, slow = random() % 3;
        int32_t tick = static_cast<int32_t>(random() % 1'000'000) - 500'000;
        const auto step = [&] {
            const uint32_t any = random_step(random);
            return slow == 0 ? any : 1 + any % (slow == 1 ? 4000 : 60);
        };
        const auto move = [&] {
            tick += static_cast<int32_t>(random() & ((1ULL << tick_bits) - 1)) * (random() % 2 == 0 ? 1 : -1);
            tick = std::clamp(tick, uniswap_v3::min_tick, uniswap_v3::max_tick);
        };
        std::vector<Timepoints::Entry> entries;
        chain_.undone([&] {
            chain_.set_slot(oracle_, u256{config_slot}, pack_fee_config(config));
            int64_t cumulative = static_cast<int64_t>(random() % 1'000'000'000'000) - 500'000'000'000;
            u128 volatility = random();
            if (wraps) {
                // The oldest of a full ring, as many as are overwritten and two more.
                for (int i = 1; i <= writes + 2; ++i) {
                    const Timepoint old{time, cumulative, volatility, tick, tick};
                    const auto index = static_cast<uint16_t>(last + i);
                    entries.push_back({index, old});
                    time += step();
                }
            }
            std::vector<Timepoint> points;
            for (uint16_t i = 0; i < count; ++i) {
                move();
                points.push_back({time, cumulative, volatility, tick, tick + static_cast<int32_t>(random() % 64) - 32});
                const uint32_t elapsed = i + 1 < count ? step() : 0;
                time += elapsed;
                cumulative += int64_t{tick} * elapsed;
                volatility += random() >> (24 + random() % 40);
            }
            const auto first = static_cast<uint16_t>(last - count + 1);
            for (uint16_t i = 0; i < count; ++i) entries.push_back({static_cast<uint16_t>(first + i), points[i]});
            // Each with the newest one before its window, or the oldest.
            for (const Timepoints::Entry& e : entries) {
                const Timepoints::Entry* start = entries.data();
                while (start < &e && e.point.time - start[1].point.time >= volatility_window) ++start;
                put(e.index, e.point, start->index);
            }
            auto model = Timepoints::make(entries, wraps);
            ASSERT_TRUE(model);
            wrapped_rings += wraps;
            for (int i = 0; i < writes; ++i) {
                time = model->last().point.time + step();
                move();
                // What stands between the oldest and the newest was not written here, and nothing may look for it.
                if (wraps && time - points.front().time < volatility_window &&
                    time - entries.front().point.time >= volatility_window)
                    return;
                const auto next = model->next(time, tick);
                if (model->stuck()) {
                    EXPECT_FALSE(next);
                    EXPECT_FALSE(
                        chain_
                            .call_from(pool_, oracle_,
                                       test::calldata("write(uint16,uint32,int24)",
                                                      {u256{model->last().index}, u256{time}, test::int_word(tick)}))
                            .success);
                    ++stuck;
                    return;
                }
                if (!next) {
                    EXPECT_TRUE(wraps);
                    ++unknown;
                    return;
                }
                const uint16_t index = model->last().index;
                const auto outcome = chain_.call_from(
                    pool_, oracle_,
                    test::calldata("write(uint16,uint32,int24)", {u256{index}, u256{time}, test::int_word(tick)}));
                ASSERT_TRUE(outcome.success);
                model->add(next->point);
                ASSERT_EQ(outcome.word(0), u256{model->last().index});
                const uint16_t fee = config.flat() ? config.base_fee : adaptive_fee(next->mean_volatility, config);
                ASSERT_EQ(outcome.word(1), u256{fee});
                const auto stored = unpack_timepoint(chain_.slot(oracle_, u256{model->last().index}));
                ASSERT_TRUE(stored);
                ASSERT_EQ(*stored, next->point);
                ++compared;
                within_day += time - entries.front().point.time > volatility_window;
                moved_fees += fee != config.base_fee;
            }
        });
        if (HasFatalFailure()) return;
    }
    std::printf("%zu timepoints compared, %zu with a day behind them, %zu unknown, %zu rings full, %zu fees moved\n",
                compared, within_day, unknown, wrapped_rings, moved_fees);
    EXPECT_GT(within_day, compared / 4);
    EXPECT_GT(moved_fees, compared / 10);
    EXPECT_GT(stuck, 0U);
    EXPECT_LT(unknown, wanted / 4);
}

TEST(AlgebraFee, ConfigurationsPack) {
    std::mt19937_64 random{1};
    for (int i = 0; i < 100; ++i) {
        const FeeConfig config = random_config(random);
        EXPECT_EQ(unpack_fee_config(pack_fee_config(config)), config);
    }
}

struct Market : TickMarket {
    explicit Market(const FeeConfig& config, uint64_t timestamp)
        : TickMarket({.mint = "mintAlgebra(address,int24,int24,uint128)"}) {
        chain.block().timestamp = timestamp;
        prepare();
        uint8_t argument[32];
        store_be32(argument, test::word_of(place_of_pool()));
        oracle = chain.deploy(test::npm_bytecode(oracle_artefact), argument);
        configure(config);
        deploy_pool(test::npm_bytecode(pool_artefact),
                    {test::word_of(oracle), u256::max(), u256{0xfeed}, test::word_of(token0), test::word_of(token1)});
        answer_as_factory({0});  // defaultCommunityFee()
    }
    std::vector<Log> configure(const FeeConfig& c) {
        return chain
            .must(oracle, test::calldata("changeFeeConfiguration((uint16,uint16,uint32,uint32,uint16,uint16,uint16))",
                                         {u256{c.alpha1}, u256{c.alpha2}, u256{c.beta1}, u256{c.beta2}, u256{c.gamma1},
                                          u256{c.gamma2}, u256{c.base_fee}}))
            .logs;
    }
    std::unique_ptr<Pool> model() { return chain.build(adaptive_family, {pool, {}}); }
    Address oracle;
};

const AdaptivePool& as_adaptive(const Pool& pool) { return dynamic_cast<const AdaptivePool&>(pool); }

TEST(AlgebraAdaptive, SwapsAreTheContracts) {
    std::mt19937_64 random{12};
    const size_t wanted = test::cases(1'000, 100'000);
    size_t compared = 0, paid = 0, unknown = 0, first_in_block = 0, fee_changes = 0, order_stops = 0, changes = 0;
    while (compared < wanted) {
        const bool with_orders = random() % 3 == 0;
        FeeConfig config = random_config(random);
        while (!config.valid()) config = random_config(random);
        Market market{config, random() % 8 == 0 ? 4'294'900'000U : 1'700'000'000U};
        auto empty = market.model();
        ASSERT_TRUE(empty);
        EXPECT_EQ(empty->quote_in(0, 1, 1), Quote::refused());
        const auto tick = static_cast<int32_t>(random() % 400'000) - 200'000;
        const auto begun = market.initialize(uniswap_v3::sqrt_ratio_at_tick(tick) + u256{random() % 3});
        for (const Log& log : begun.logs) EXPECT_EQ(empty->apply(log), Applied::applied);
        EXPECT_TRUE(empty->same_state(*market.model()));

        test::TickTrial trial{
            .market = &market, .family = &adaptive_family, .spacing = 60, .max_liquidity_per_tick = u128{1} << 100};
        for (size_t i = 1 + random() % 20; i > 0; --i) trial.random_mint(random);
        const auto order_tick = [&] { return (tick / 60 + static_cast<int32_t>(random() % 60) - 30) * 60; };
        if (with_orders)
            for (size_t i = random() % 4; i > 0; --i) {
                const int32_t at = order_tick();
                market.chain.call(market.trader,
                                  test::calldata("mintAlgebra(address,int24,int24,uint128)",
                                                 {test::word_of(market.pool), test::int_word(at), test::int_word(at),
                                                  u256{1 + (random() >> random() % 40)}}));
            }
        auto model = market.model();
        ASSERT_TRUE(model);
        for (int i = 0; i < 120; ++i) {
            if (random() % 3 != 0) {
                market.chain.block().timestamp += random() % 3 == 0 ? random_step(random) : 1 + random() % 600;
                model->set_time(market.chain.block().timestamp);
            }
            const TokenIndex in = random() % 2, out = 1 - in;
            const bool zero_for_one = in == 0, exact_in = random() % 3 != 0;
            u256 amount = test::random_amount(random, 100);
            const u256 most = model->max_in(in, out);
            if (exact_in && most && random() % 8 == 0)
                amount = most + u256{random() % 3} - u256{1};
            else if (most && random() % 3 == 0)
                amount = test::random_amount(random, bit_width(most));
            const bool keep = random() % 2 == 0;
            const Quote quote = exact_in ? model->quote_in(in, out, amount) : model->quote_out(in, out, amount);
            const bool is_first =
                as_adaptive(*model).fee_state().time != static_cast<uint32_t>(market.chain.block().timestamp);
            const uint16_t fee_before = as_adaptive(*model).fee_state().fee;
            test::Swapped swapped;
            const auto ask = [&] { swapped = market.swap(zero_for_one, exact_in, amount); };
            if (keep)
                ask();
            else
                market.chain.undone(ask);
            if (quote.outcome == Outcome::unknown) {
                ++unknown;
                EXPECT_GE(amount, exact_in ? most : u256{});
            } else {
                const Address& token = zero_for_one ? market.token0 : market.token1;
                const u256 paid_in = exact_in ? amount : quote.amount;
                const bool left_out =
                    quote && !swapped.success &&
                    paid_in + market.chain.slot(token, test::mapping_slot(test::word_of(market.pool), 1)) > most_in;
                if (!left_out) {
                    ++compared;
                    first_in_block += is_first;
                    ASSERT_EQ(static_cast<bool>(quote), swapped.success) << i << " " << to_string(amount);
                    if (quote) {
                        ++paid;
                        ASSERT_EQ(to_string(quote.amount), to_string(exact_in ? swapped.out : swapped.in)) << i;
                        ASSERT_TRUE(test::is_within(model->rate_bound(in, out), swapped.in, swapped.out)) << i;
                        if (exact_in) {
                            const uint64_t estimated = model->gas(in, out, amount);
                            EXPECT_LT(estimated, 2 * swapped.gas_used + 50'000) << i;
                            EXPECT_GT(3 * estimated, swapped.gas_used) << i;
                        }
                    }
                }
            }
            if (keep && swapped.success) {
                auto by_swap = model->clone();
                bool must_read = false;
                for (const Log& log : swapped.logs) must_read |= model->apply(log) == Applied::must_read;
                const auto stored = market.model();
                ASSERT_TRUE(stored);
                if (quote) {
                    // The end of what is known may be reached.
                    if (exact_in) {
                        const Quote again = by_swap->swap(in, out, amount);
                        if (again.outcome != Outcome::unknown) {
                            ASSERT_EQ(again, quote);
                            ASSERT_TRUE(by_swap->same_state(*stored)) << i;
                        }
                    }
                    if (as_adaptive(*stored).fee_state().fee != fee_before) ++fee_changes;
                    EXPECT_FALSE(must_read && amount < most);
                } else {
                    ++order_stops;
                }
                if (!must_read) ASSERT_TRUE(model->same_state(*stored)) << i;
                if (must_read || random() % 8 == 0) model = market.model();
            }
            if (random() % 8 == 0) {
                // Positions and orders come and go.
                const int32_t a = order_tick(), b = with_orders && random() % 3 == 0 ? a : order_tick();
                const bool grows = random() % 2 == 0;
                const auto changed = market.chain.call(
                    market.trader,
                    test::calldata(
                        grows ? "mintAlgebra(address,int24,int24,uint128)" : "burn(address,int24,int24,uint128)",
                        {test::word_of(market.pool), test::int_word(std::min(a, b)), test::int_word(std::max(a, b)),
                         u256{1 + (random() >> random() % 40)}}));
                bool must_read = false;
                for (const Log& log : changed.logs) must_read |= model->apply(log) == Applied::must_read;
                const auto stored = market.model();
                if (must_read)
                    model = market.model();
                else
                    ASSERT_TRUE(model->same_state(*stored)) << i;
                changes += changed.success && !must_read;
            }
            if (random() % 64 == 0) {
                do config = random_config(random);
                while (!config.valid());
                for (const Log& log : market.configure(config)) EXPECT_EQ(model->apply(log), Applied::applied);
                ASSERT_TRUE(model->same_state(*market.model()));
            }
        }
        const auto again = test::written_and_read(*model);
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_TRUE((*again)->same_state(*model));
    }
    std::printf(
        "%zu swaps compared, %zu paid, %zu unknown, %zu first in their blocks, %zu fee changes, %zu into "
        "orders, %zu changes of liquidity by events\n",
        compared, paid, unknown, first_in_block, fee_changes, order_stops, changes);
    EXPECT_GT(paid, compared / 3);
    EXPECT_GT(first_in_block, compared / 4);
    EXPECT_GT(fee_changes, compared / 40);
    EXPECT_GT(order_stops, 0U);
    EXPECT_GT(changes, 0U);
}

// In its second round through the ring the operator fails at the last slot, and the fee stays for good.
TEST(AlgebraAdaptive, FullRingsKeepTheirFee) {
    Market market{{2900, 12'000, 360, 60'000, 59, 8500, 100}, 1'700'000'000};
    market.initialize(uniswap_v3::sqrt_ratio_at_tick(30));
    market.mint(-6000, 6000, 1'000'000'000'000);
    const Timepoint last{.time = 1'700'000'000, .tick_cumulative = 5, .volatility = 9, .tick = 30, .average_tick = 30};
    for (const uint32_t index : {0U, 1U, 65533U, 65534U, 65535U}) {
        Timepoint point = last;
        point.time -= (65534 - index) & 0xffff;
        market.chain.set_slot(market.oracle, u256{index}, pack_timepoint(point) | u256{65533} << 232);
    }
    const u256 global = market.chain.slot(market.pool, 2), index_mask = u256{0xffff} << 224;
    market.chain.set_slot(market.pool, 2, (global & ~index_mask) | u256{65534} << 224);
    const auto model = market.model();
    ASSERT_TRUE(model);
    for (int i = 0; i < 3; ++i) {
        market.chain.block().timestamp += 5000;
        model->set_time(market.chain.block().timestamp);
        const Quote quote = model->quote_in(0, 1, 1'000'000'000);
        const auto swapped = market.swap(true, true, 1'000'000'000);
        ASSERT_TRUE(swapped.success);
        EXPECT_EQ(swapped.logs.size(), 4U);  // two transfers, the operator's failure, the swap
        EXPECT_EQ(quote, Quote::ok(swapped.out));
        const auto by_swap = model->clone();
        EXPECT_EQ(by_swap->swap(0, 1, 1'000'000'000), quote);
        for (const Log& log : swapped.logs) EXPECT_NE(model->apply(log), Applied::must_read);
        EXPECT_TRUE(model->same_state(*market.model()));
        EXPECT_TRUE(by_swap->same_state(*model));
    }
}

}  // namespace
}  // namespace osprey::protocol::algebra
