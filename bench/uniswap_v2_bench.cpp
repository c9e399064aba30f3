// Quotes of V2 pairs: many pools of all sizes, so that branches and caches see a real mix, and one that stays in L1.

#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"

namespace osprey::protocol::uniswap_v2 {
namespace {

struct Trade {
    TokenIndex in;
    u256 amount;
};

struct Market {
    std::vector<Pair> pairs;
    std::vector<Trade> trades;

    explicit Market(size_t count) {
        std::mt19937_64 random{1};
        std::uniform_real_distribution<double> digits{9, 26}, part{-6, -1};
        constexpr std::array<uint32_t, 4> fees{3000, 3000, 2500, 2000};
        for (size_t i = 0; i < count; ++i) {
            const std::array<double, 2> reserves{std::pow(10, digits(random)), std::pow(10, digits(random))};
            pairs.emplace_back(Address{}, Address{}, Address{}, fees[random() % 4], to_u256(reserves[0]),
                               to_u256(reserves[1]));
            const TokenIndex in = random() % 2;
            trades.push_back({in, to_u256(reserves[in] * std::pow(10, part(random)))});
        }
    }
};

/// Each quote's input hangs on the output before: latency, not throughput.
void quotes(benchmark::State& state, bool in_a_chain) {
    const Market market{static_cast<size_t>(state.range(0))};
    size_t i = 0;
    uint64_t last = 0;
    for (auto _ : state) {
        const Trade& trade = market.trades[i];
        u256 amount = trade.amount;
        if (in_a_chain) amount.w[0] ^= last & 1;
        const Quote quote = market.pairs[i].quote_in(trade.in, trade.in ^ 1, amount);
        last = quote.amount.w[0];
        benchmark::DoNotOptimize(last);
        if (++i == market.pairs.size()) i = 0;
    }
}
void uniswap_v2_quote(benchmark::State& state) { quotes(state, false); }
void uniswap_v2_quote_latency(benchmark::State& state) { quotes(state, true); }
BENCHMARK(uniswap_v2_quote)->Arg(1)->Arg(1024)->Arg(16384);
BENCHMARK(uniswap_v2_quote_latency)->Arg(1)->Arg(1024)->Arg(16384);

void uniswap_v2_quote_out(benchmark::State& state) {
    const Market market{static_cast<size_t>(state.range(0))};
    std::vector<u256> wanted;
    for (size_t i = 0; i < market.pairs.size(); ++i)
        wanted.push_back(
            market.pairs[i].quote_in(market.trades[i].in, market.trades[i].in ^ 1, market.trades[i].amount).amount);
    size_t i = 0;
    for (auto _ : state) {
        const TokenIndex in = market.trades[i].in;
        benchmark::DoNotOptimize(market.pairs[i].quote_out(in, in ^ 1, wanted[i]));
        if (++i == market.pairs.size()) i = 0;
    }
}
BENCHMARK(uniswap_v2_quote_out)->Arg(1)->Arg(1024);

}  // namespace
}  // namespace osprey::protocol::uniswap_v2
