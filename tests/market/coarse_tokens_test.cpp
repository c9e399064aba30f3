// Cycles through tokens of few decimals, where fees that are rounded up to whole units make a saw of the gain: the size
// is held against every input there is.

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "market/cycle_sizing.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"

namespace osprey::market {
namespace {

namespace v3 = protocol::uniswap_v3;

Address address(uint64_t n) { return to_address(u256{n}); }

constexpr uint32_t dearest_fee = 10'000;  // millionths

/// Two pools of a fine token, the start, and a coarse one, a unit of which is worth `unit` of the other's.
struct CoarseCycle {
    TokenGraph graph;
    std::vector<Hop> hops;

    CoarseCycle(std::mt19937_64& random, double reserve, double unit) {
        const auto between = [&](double low, double high) {
            return low + (high - low) * static_cast<double>(random() % 10'000) / 10'000;
        };
        const double margin = between(1.0, 1.12);
        const PoolId buys = add(random, reserve * between(0.5, 2), unit),
                     sells = add(random, reserve * between(0.5, 2), unit * margin);
        hops = {{buys, 0, 1}, {sells, 1, 0}};
    }

private:
    PoolId add(std::mt19937_64& random, double reserve, double price) {
        const protocol::PoolKey key{.contract = address(100 + graph.pool_count()), .id = {}};
        if (random() % 4 == 0)
            return graph.add(std::make_unique<protocol::uniswap_v2::Pair>(key.contract, address(1), address(2),
                                                                          protocol::uniswap_v2::default_fee,
                                                                          to_u256(reserve * price), to_u256(reserve)));
        const uint32_t fees[] = {100, 500, 3'000, dearest_fee};
        const u128 liquidity = to_u256(reserve * std::sqrt(price)).low_u128();
        // In a V3 pool the price is the second token's units for one of the first.
        v3::PoolHead head{.sqrt_price = to_u256(0x1p96 / std::sqrt(price)), .tick = 0, .liquidity = liquidity};
        head.tick = v3::tick_at_sqrt_ratio(head.sqrt_price);
        constexpr int32_t end = 887'220;
        auto pool = v3::make_pool(key, address(1), address(2), head, fees[random() % std::size(fees)], 60,
                                  {{.tick = -end, .gross = liquidity, .net = static_cast<v3::i128>(liquidity)},
                                   {.tick = end, .gross = liquidity, .net = -static_cast<v3::i128>(liquidity)}});
        if (!pool) throw std::runtime_error(pool.error().message);
        return graph.add(std::move(*pool));
    }
};

/// Negative: it loses.
double gain_of(const CoarseCycle& c, const u256& in) {
    const auto out = c.graph.quote(c.hops, in);
    return out ? out.amount >= in ? to_double(out.amount - in) : -to_double(in - out.amount) : -1;
}

TEST(CoarseTokensSlow, TheBestOfAllInputs) {
    std::mt19937_64 random{21};
    CycleSizer sizer;
    size_t gains = 0;
    for (int round = 0; round < 200; ++round) {
        const double unit = std::exp2(4 + static_cast<double>(random() % 40) / 10),
                     reserve = std::exp2(6 + static_cast<double>(random() % 60) / 10);
        const CoarseCycle c{random, reserve, unit};
        double best = 0;
        const auto most = static_cast<uint64_t>(reserve * unit / 3);
        for (uint64_t x = 1; x < most; ++x) best = std::max(best, gain_of(c, u256{x}));
        const auto sized = sizer.size(c.graph, c.hops);
        ASSERT_EQ(sized.has_value(), best > 0) << round;
        if (!sized) continue;
        ++gains;
        EXPECT_EQ(to_double(sized->profit), best) << round;
        EXPECT_GE(sized->bound, best) << round;
    }
    EXPECT_GT(gains, 40U);
}

/// The least of the first token that pays so much of the other.
std::optional<u256> least_in(const protocol::Pool& pool, const u256& wanted) {
    const auto asked = pool.quote_out(0, 1, wanted);
    if (!asked) return {};
    u256 in = asked.amount, step{1};
    const auto pays = [&](const u256& less) { return less < in && pool.quote_in(0, 1, in - less).amount >= wanted; };
    for (; pays(step); step <<= 1) in -= step;
    while (step >>= 1)
        if (pays(step)) in -= step;
    return in;
}

/// What lies between has so many units that only their own number can be gone through: the least input for each.
TEST(CoarseTokensSlow, TheBestOfAllAmountsBetween) {
    std::mt19937_64 random{22};
    CycleSizer sizer;
    size_t gains = 0, exact = 0;
    for (int round = 0; round < 100; ++round) {
        const double unit = std::exp2(20 + static_cast<double>(random() % 200) / 10),
                     reserve = std::exp2(10 + static_cast<double>(random() % 110) / 10);
        const CoarseCycle c{random, reserve, unit};
        const auto sized = sizer.size(c.graph, c.hops);
        double best = 0;
        // Twice the best amount gains nothing any more.
        const auto most = static_cast<uint64_t>(sized ? 2.2 * to_double(sized->amounts[1]) + 100 : reserve / 5);
        for (uint64_t k = 1; k < most; ++k) {
            const auto in = least_in(c.graph.pool(c.hops[0].pool), u256{k});
            if (!in) break;
            best = std::max(best, gain_of(c, *in));
        }
        if (!sized) {  // a gain of less than a unit is luck
            EXPECT_LT(best, unit) << round;
            continue;
        }
        ++gains;
        // Tops differ by less than the fee of a unit.
        const double less = (best - to_double(sized->profit)) / unit;
        exact += less == 0;
        EXPECT_LE(less, 1e-4) << round;
        EXPECT_GE(sized->bound, best) << round;
    }
    EXPECT_GT(gains, 50U);
    EXPECT_GE(exact + 2, gains);
}

}  // namespace
}  // namespace osprey::market
