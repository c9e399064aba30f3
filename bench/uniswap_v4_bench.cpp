// Quotes of a V4 pool like mainnet's ETH/USDC at 0.05 %: within one range, and through so many ticks. The figures for
// one tick more are the differences between the arguments.

#include <benchmark/benchmark.h>

#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v4/pool.hpp"

namespace osprey::protocol::uniswap_v4 {
namespace {

constexpr int32_t spacing = 10, start_tick = -200758;

/// Liquidity at every tick for 400 ticks either way, more towards the middle.
V4Pool market(uint32_t protocol_fee) {
    auto ticks = std::make_shared<TickTable>(spacing);
    u128 liquidity = 100'000'000'000'000'000;
    const int32_t here = concentrated::floor_div(start_tick, spacing);
    for (int32_t i = 1; i <= 200; ++i) {
        const i128 step = 1'000'000'000'000'000 + i * 7'777'777;
        ticks->set((here + 1 - i) * spacing, static_cast<u128>(step), step);
        ticks->set((here + i) * spacing, static_cast<u128>(step), -step);
        liquidity += static_cast<u128>(step);
    }
    Key key{.fee = 500, .tick_spacing = spacing};
    key.currency1.bytes[0] = 1;
    const u256 low = concentrated::sqrt_ratio_at_tick(start_tick),
               high = concentrated::sqrt_ratio_at_tick(start_tick + 1);
    return {{},
            key,
            {.sqrt_price = (low + high) >> 1, .tick = start_tick, .protocol_fee = protocol_fee, .lp_fee = 500},
            true,
            liquidity,
            ticks};
}

/// Amounts that end inside of the range after `ticks` crossings.
u256 amount_through(const V4Pool& pool, TokenIndex in, size_t ticks, bool exact_in) {
    std::vector<Stretch> stretches(ticks + 1);
    const size_t count = pool.stretches(in, 1 - in, stretches);
    const Stretch& s = stretches[count - 1];
    const u256 amount = to_u256(s.begin_in + (s.end_in - s.begin_in) * 0.4);
    return exact_in ? amount : pool.quote_in(in, 1 - in, amount).amount;
}

void quotes(benchmark::State& state, TokenIndex in, bool exact_in) {
    const V4Pool pool = market(static_cast<uint32_t>(state.range(1)));
    const u256 most = amount_through(pool, in, static_cast<size_t>(state.range(0)), exact_in);
    uint64_t last = 0;
    for (auto _ : state) {
        u256 amount = most;
        amount.w[0] ^= last & 0xff;
        const Quote quote = exact_in ? pool.quote_in(in, 1 - in, amount) : pool.quote_out(in, 1 - in, amount);
        last = quote.amount.w[0];
        benchmark::DoNotOptimize(last);
    }
    if (last == 0) state.SkipWithError("nothing paid");
}
void uniswap_v4_down_in(benchmark::State& state) { quotes(state, 0, true); }
void uniswap_v4_up_in(benchmark::State& state) { quotes(state, 1, true); }
void uniswap_v4_down_out(benchmark::State& state) { quotes(state, 0, false); }
void uniswap_v4_up_out(benchmark::State& state) { quotes(state, 1, false); }
void arguments(benchmark::internal::Benchmark* b) {
    for (const int64_t ticks : {0, 1, 10, 100}) b->Args({ticks, 0});
    b->Args({10, 1000 | (1000 << 12)});
    b->ArgNames({"ticks", "protocol_fee"});
}
BENCHMARK(uniswap_v4_down_in)->Apply(arguments);
BENCHMARK(uniswap_v4_up_in)->Apply(arguments);
BENCHMARK(uniswap_v4_down_out)->Apply(arguments);
BENCHMARK(uniswap_v4_up_out)->Apply(arguments);

}  // namespace
}  // namespace osprey::protocol::uniswap_v4
