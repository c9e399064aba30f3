#include "protocol/amm/uniswap_v3/pool.hpp"

#include <gtest/gtest.h>

#include "primitives/abi.hpp"
#include "primitives/real.hpp"
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

#if __has_feature(address_sanitizer)
constexpr size_t reduced_cases = 260;  // the tables of every tick take long there
#else
constexpr size_t reduced_cases = 1'300;
#endif

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
        trial.run(random, std::min<size_t>({wanted - compared, std::max<size_t>(wanted / 6, 40), 300}));
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
                 test::cases(reduced_cases), 1);
}

TEST(UniswapV3Pool, PancakeSwapsAreTheContracts) {
    compare_with(pancakeswap_family, "@pancakeswap/v3-core/artifacts/contracts/PancakeV3Pool.sol/PancakeV3Pool.json",
                 test::cases(reduced_cases / 2, 100'000), 2);
}

/// A pool with random positions that was never on a chain.
std::unique_ptr<Pool> random_pool(std::mt19937_64& random) {
    constexpr int32_t spacing = 60;
    const auto tick = static_cast<int32_t>(random() % 40'000) - 20'000;
    PoolHead head{.sqrt_price = sqrt_ratio_at_tick(tick) + u256{random() % 1'000'000}, .tick = tick, .liquidity = 0};
    std::map<int32_t, Tick> ticks;
    for (size_t i = 1 + random() % 20; i > 0; --i) {
        const int32_t lower = (compress(tick, spacing) - static_cast<int32_t>(random() % 300) + 50) * spacing;
        const int32_t upper = lower + (1 + static_cast<int32_t>(random() % 200)) * spacing;
        const u128 amount = (u128{1} << (60 + random() % 25)) + random();
        for (const int32_t at : {lower, upper}) {
            ticks[at].tick = at;
            ticks[at].gross += amount;
            ticks[at].net += at == lower ? static_cast<i128>(amount) : -static_cast<i128>(amount);
        }
        if (lower <= tick && tick < upper) head.liquidity += amount;
    }
    const std::string state = test::full_state(head, 3000, spacing, ticks);
    const Address tokens[] = {test::address_of(1), test::address_of(2)};
    auto pool = test::read_state(family, {}, tokens, state);
    if (!pool) throw std::runtime_error(pool.error().message);
    return std::move(*pool);
}

// The floating-point side tells what the exact side does.
TEST(UniswapV3Pool, CurvesFollowTheQuotes) {
    std::mt19937_64 random{4};
    size_t points = 0;
    for (int round = 0; round < 300; ++round) {
        const auto pool = random_pool(random);
        for (const TokenIndex in : {TokenIndex{0}, TokenIndex{1}}) {
            const TokenIndex out = 1 - in;
            const u256 most = pool->max_in(in, out);
            std::vector<Stretch> stretches(4096);
            stretches.resize(pool->stretches(in, out, stretches));
            ASSERT_EQ(static_cast<bool>(most), !stretches.empty());
            if (!most) {
                EXPECT_EQ(pool->marginal(in, out, 0).rate, 0);
                continue;
            }
            EXPECT_TRUE(pool->quote_in(in, out, most));
            EXPECT_EQ(pool->quote_in(in, out, most + u256{1}), Quote::refused());
            EXPECT_NEAR(stretches.back().end_in / to_double(most), 1, 1e-12);
            const double spot = pool->marginal(in, out, 0).rate;
            EXPECT_LE(spot, pool->rate_bound(in, out).rate);
            for (size_t i = 1; i < stretches.size(); ++i)
                EXPECT_GE(stretches[i].begin_in, stretches[i - 1].end_in * (1 - 1e-12));
            for (const Stretch& s : stretches) {
                const double amount =
                    s.begin_in + (s.end_in - s.begin_in) * static_cast<double>(1 + random() % 98) / 100;
                if (amount < 1e12 || s.end_in - s.begin_in < 1e9) continue;  // roundings would show
                const double x = s.keep * (amount - s.begin_in);
                const double expected = s.begin_out + s.out_reserve * x / (s.in_reserve + x);
                const Quote quote = pool->quote_in(in, out, to_u256(amount));
                ASSERT_TRUE(quote);
                EXPECT_NEAR(to_double(quote.amount) / expected, 1, 1e-9);
                EXPECT_TRUE(test::is_within(pool->rate_bound(in, out), to_u256(amount), quote.amount));
                // What it costs to buy that back is no more than what was paid.
                const Quote needed = pool->quote_out(in, out, quote.amount);
                ASSERT_TRUE(needed);
                EXPECT_LE(needed.amount, to_u256(amount));
                const Marginal marginal = pool->marginal(in, out, amount);
                const double rate = s.keep * s.out_reserve * s.in_reserve / ((s.in_reserve + x) * (s.in_reserve + x));
                EXPECT_NEAR(marginal.rate / rate, 1, 1e-6);
                EXPECT_NEAR(marginal.slope / (-2 * s.keep * rate / (s.in_reserve + x)), 1, 1e-6);
                ++points;
            }
        }
    }
    EXPECT_GT(points, 1000U);
}

// Exactly, for inputs of every size; and where the liquidity is the same everywhere there is little between.
TEST(UniswapV3Pool, QuotesAreWithinTheirBound) {
    std::mt19937_64 random{6};
    size_t compared = 0, close = 0;
    while (compared < test::cases(20'000, 400'000)) {
        const auto pool = random_pool(random);
        for (const TokenIndex in : {TokenIndex{0}, TokenIndex{1}}) {
            const TokenIndex out = 1 - in;
            const u256 most = pool->max_in(in, out);
            const RateBound bound = pool->rate_bound(in, out);
            EXPECT_EQ(most ? bound.bend > 0 : bound.rate == 0, true);
            if (!most) continue;
            Stretch first;
            pool->stretches(in, out, {&first, 1});
            const double spot = pool->marginal(in, out, 0).rate;
            for (int i = 0; i < 50; ++i) {
                u256 amount = test::random_amount(random, bit_width(most));
                if (random() % 4 == 0) amount = most - u256{random() % 3};
                const Quote quote = pool->quote_in(in, out, amount);
                if (!quote) continue;
                ASSERT_TRUE(test::is_within(bound, amount, quote.amount)) << to_string(amount);
                ++compared;
                const double x = to_double(amount);
                if (quote.amount < 1'000'000'000 || amount < 1'000'000'000 || first.begin_in != 0 || x > first.end_in)
                    continue;
                // A bound by the liquidity ahead cannot be nearer than the present liquidity allows.
                const double bounded = bound.rate * x / (1 + bound.bend * x);
                EXPECT_GE(bounded, to_double(quote.amount) * (1 - 1e-12));
                if (bound.bend * first.in_reserve / first.keep > 1 - 1e-6 && spot > bound.rate * (1 - 1e-9)) {
                    EXPECT_NEAR(bounded / to_double(quote.amount), 1, 1e-6);
                    ++close;
                }
            }
        }
    }
    EXPECT_GT(close, compared / 100);
}

// What a change leaves alone is taken over: the table is that which is made of the ticks alone.
TEST(UniswapV3Pool, ChangedTablesAreThoseMadeAnew) {
    std::mt19937_64 random{7};
    for (int round = 0; round < 200; ++round) {
        const auto pool = random_pool(random);
        for (int i = 0; i < 10; ++i) {
            const auto* before = dynamic_cast<const TickPool*>(pool.get());
            const auto ticks = before->table().ticks();
            const bool grows = random() % 2 == 0;
            int32_t lower = ticks[random() % ticks.size()].tick, upper = ticks[random() % ticks.size()].tick;
            if (random() % 2 == 0) lower += 60 * (static_cast<int32_t>(random() % 400) - 200);
            if (lower >= upper) continue;
            Log log;
            log.topics = {abi::event_topic(grows ? "Mint(address,address,int24,int24,uint128,uint256,uint256)"
                                                 : "Burn(address,int24,int24,uint128,uint256,uint256)"),
                          {},
                          {},
                          {}};
            store_be32(log.topics[2].data(), test::int_word(lower));
            store_be32(log.topics[3].data(), test::int_word(upper));
            log.data.resize((grows ? 4 : 3) * 32);
            abi::put_word(log.data.data(), grows ? 1 : 0, u256{1 + (random() >> random() % 60)});
            if (pool->apply(log) != Applied::applied) continue;
            const auto anew = test::written_and_read(*pool);
            ASSERT_TRUE(anew) << anew.error().message;
            for (const Direction direction : {Direction::down, Direction::up}) {
                const auto side = [&](const Pool& p) -> const Side& {
                    return dynamic_cast<const TickPool&>(p).table().side(direction);
                };
                ASSERT_EQ(side(*pool).entry_liquidity, side(**anew).entry_liquidity);
                const auto same = [](const Stop& a, const Stop& b) {
                    return a.sqrt_price == b.sqrt_price && a.in == b.in && a.out == b.out &&
                           a.liquidity == b.liquidity && a.tick == b.tick && a.crossings == b.crossings &&
                           a.most == b.most && a.initialized == b.initialized;
                };
                ASSERT_TRUE(std::ranges::equal(side(*pool).stops, side(**anew).stops, same)) << round << " " << i;
            }
        }
    }
}

TEST(UniswapV3Pool, TicksOfPricesAreTheRatios) {
    std::mt19937_64 random{5};
    for (int i = 0; i < 20'000; ++i) {
        const auto tick = static_cast<int32_t>(random() % (2 * max_tick)) + min_tick;
        const u256 ratio = sqrt_ratio_at_tick(tick);
        EXPECT_EQ(tick_at_sqrt_ratio(ratio), tick);
        if (tick > min_tick) EXPECT_EQ(tick_at_sqrt_ratio(ratio - u256{1}), tick - 1);
    }
    EXPECT_EQ(tick_at_sqrt_ratio(min_sqrt_ratio), min_tick);
    EXPECT_EQ(tick_at_sqrt_ratio(max_sqrt_ratio - u256{1}), max_tick - 1);
}

TEST(UniswapV3Pool, BadStatesAreRefusedByName) {
    const std::string good =
        test::full_state({.sqrt_price = sqrt_ratio_at_tick(5), .tick = 5, .liquidity = 7}, 500, 10,
                         {{-10, {.tick = -10, .gross = 7, .net = 7}}, {10, {.tick = 10, .gross = 7, .net = -7}}});
    const Address tokens[] = {test::address_of(1), test::address_of(2)};
    ASSERT_TRUE(test::read_state(family, {}, tokens, good));
    const auto error = [&](std::string_view what, std::string_view by) {
        std::string bad = good;
        const size_t at = bad.find(what);
        EXPECT_NE(at, std::string::npos) << what;
        bad.replace(at, what.size(), by);
        const auto read = test::read_state(family, {}, tokens, bad);
        return read ? std::string{"accepted"} : read.error().message;
    };
    EXPECT_TRUE(error("\"tick\":5", "\"tick\":6").starts_with("tick: "));
    EXPECT_TRUE(error("\"tick\":5", "\"tick\":\"x\"").starts_with("tick: "));
    EXPECT_TRUE(error("\"liquidity\":\"7\"", "\"liquidity\":\"6\"").starts_with("ticks: "));
    EXPECT_TRUE(error("\"fee\":500", "\"fee\":1000000").starts_with("fee: "));
    EXPECT_TRUE(error("\"tick_spacing\":10", "\"tick_spacing\":0").starts_with("tick_spacing: "));
    EXPECT_TRUE(error("\"tick_spacing\":10", "\"tick_spacing\":7").starts_with("ticks: "));
    EXPECT_TRUE(error("[-10,", "[20,").starts_with("ticks: "));
    EXPECT_TRUE(error("\"-7\"", "\"--7\"").starts_with("ticks: "));
    EXPECT_TRUE(error("\"known\":[-887272,", "\"known\":[").starts_with("known: "));
    EXPECT_TRUE(error("\"sqrt_price\"", "\"sqrt\"").starts_with("sqrt_price: "));
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v3
