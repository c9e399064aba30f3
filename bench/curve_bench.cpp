// Curve's quotes on pools of ordinary size and balance.

#include <benchmark/benchmark.h>

#include "protocol/amm/curve_cryptoswap/crypto_pool.hpp"
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

void quotes(benchmark::State& state, const Pool& pool, u256 amount = u256{1'000} * u256{curve_stableswap::rate_unit},
            TokenIndex out = 1) {
    for (auto _ : state) {
        const Quote quote = pool.quote_in(0, out, amount);
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

/// tricrypto2 as it stood in September 2022.
void cryptoswap(benchmark::State& state) {
    using namespace curve_cryptoswap;
    State s;
    s.generation = state.range(0) == 0 ? Generation::tricrypto2 : Generation::tricrypto_ng;
    s.balances = {59'322'299'954'700, 294'239'831'786, 37'540'816'101'198'307'079'179_u256};
    s.precisions = {1'000'000'000'000, 10'000'000'000, 1};
    s.price_scale = {20'175'003'494'720'556'482'838_u256, 1'611'960'250'580'732'303'300_u256};
    s.price_oracle = s.last_prices = s.price_scale;
    s.last_prices_time = 1'663'241'459;
    s.initial_a = s.future_a = 1'707'629;
    s.initial_gamma = s.future_gamma = 11'809'167'828'997;
    s.d = 179'196'023'895'444'384'846'349'695_u256;
    s.virtual_price = wad;
    s.xcp_profit = 1'045'941'304'849'278'049;
    s.supply = 150'000'000'000'000'000'000'000_u256;
    s.mid_fee = 5'000'000;
    s.out_fee = 30'000'000;
    s.fee_gamma = 500'000'000'000'000;
    s.allowed_extra_profit = 2'000'000'000'000;
    s.adjustment_step = 490'000'000'000'000;
    s.average_time = 600;
    CryptoPool pool{Address{}, s};
    pool.set_time(1'663'241'603);
    if (!pool.quote_in(0, 2, u256{1'000'000'000})) state.SkipWithError("refused");
    quotes(state, pool, u256{1'000'000'000}, 2);
}
BENCHMARK(cryptoswap)->Arg(0)->Arg(1);

}  // namespace
}  // namespace osprey::protocol
