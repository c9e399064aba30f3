// Curve's quotes on pools of ordinary size and balance.

#include <benchmark/benchmark.h>

#include "protocol/amm/curve_stableswap/stable_pool.hpp"

namespace osprey::protocol {
namespace {

curve_stableswap::StablePool stable_pool(size_t coins, const curve_stableswap::Rules& rules) {
    curve_stableswap::State state;
    state.rules = rules;
    state.coins = static_cast<uint8_t>(coins);
    for (size_t i = 0; i < coins; ++i) {
        state.tokens[i].data()[0] = static_cast<uint8_t>(i + 1);
        // Millions of 18 decimals, 10 % apart.
        state.balances[i] = u256{50'000'000 + 5'000'000 * i} * u256{curve_stableswap::rate_unit};
        state.rates[i] = u256{rules.whole_rates ? 1 : curve_stableswap::rate_unit};
    }
    state.fee = 1'000'000;
    state.admin_fee = 5'000'000'000;
    state.offpeg_fee_multiplier = 50'000'000'000;
    state.initial_a = state.future_a = rules.precise_a ? 20'000 : 200;
    return {Address{}, state};
}

void quotes(benchmark::State& state, const Pool& pool) {
    u256 amount = u256{1'000} * u256{curve_stableswap::rate_unit};
    for (auto _ : state) {
        const Quote quote = pool.quote_in(0, 1, amount);
        benchmark::DoNotOptimize(quote);
        amount.w[0] = (amount.w[0] & ~0xffffULL) | (quote.amount.w[0] & 0xffff);
    }
}

void stableswap(benchmark::State& state) {
    quotes(state, stable_pool(static_cast<size_t>(state.range(0)), curve_stableswap::Rules{}));
}
BENCHMARK(stableswap)->Arg(2)->Arg(3)->Arg(4)->Arg(8);

void stableswap_ng(benchmark::State& state) {
    quotes(state, stable_pool(static_cast<size_t>(state.range(0)), curve_stableswap::ng_rules));
}
BENCHMARK(stableswap_ng)->Arg(2)->Arg(3);

void stableswap_swap(benchmark::State& state) {
    auto pool = stable_pool(3, curve_stableswap::Rules{});
    u256 amount = u256{1'000} * u256{curve_stableswap::rate_unit};
    bool back = false;
    for (auto _ : state) {
        amount = pool.swap(back ? 1 : 0, back ? 0 : 1, amount).amount;
        back = !back;
    }
    benchmark::DoNotOptimize(amount);
}
BENCHMARK(stableswap_swap)->Iterations(100'000);

void stableswap_quote_out(benchmark::State& state) {
    const auto pool = stable_pool(3, curve_stableswap::Rules{});
    u256 amount = u256{1'000} * u256{curve_stableswap::rate_unit};
    for (auto _ : state) {
        const Quote quote = pool.quote_out(0, 1, amount);
        benchmark::DoNotOptimize(quote);
        amount.w[0] = (amount.w[0] & ~0xffffULL) | (quote.amount.w[0] & 0xffff);
    }
}
BENCHMARK(stableswap_quote_out);

}  // namespace
}  // namespace osprey::protocol
