// Quotes of pools of the Uniswap V3 kind: within a range, over many ticks, and what events cost.
// For figures: chrt -f 50 taskset -c 1 osprey_bench --benchmark_filter=UniswapV3

#include "protocol/amm/uniswap_v3/pool.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "chain/compressed_file.hpp"
#include "market/pool_file.hpp"
#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::protocol::uniswap_v3 {
namespace {

/// USDC and WETH at 0.3 %: a position over everything, and two hundred ticks to each side that change the liquidity.
std::unique_ptr<Pool> pool() {
    constexpr int32_t spacing = 60, middle = 197'220;
    const auto hold = u128{1'172'977'496'694'614'619ULL};
    JsonWriter json;
    json.begin_object();
    json.key("sqrt_price").decimal(sqrt_ratio_at_tick(middle + spacing / 2));
    json.member("tick", middle + spacing / 2);
    json.key("liquidity").decimal(u256::from_u128(hold));
    json.member("fee", 3000).member("tick_spacing", spacing);
    json.key("known").begin_array().number(min_tick).number(max_tick).end_array();
    json.key("ticks").begin_array();
    for (int32_t i = -200; i <= 200; ++i) {
        const bool gives = i <= 0;
        const uint64_t net = 4'000'000'000'000'000ULL + static_cast<uint64_t>(i + 200) * 1'000'003;
        json.begin_array().number(middle + i * spacing).decimal(u256{net});
        json.string((gives ? "" : "-") + std::to_string(net)).end_array();
    }
    json.end_array().end_object();
    const auto document = JsonDocument::parse(json.view());
    JsonObject object{document->root()};
    const Address tokens[2] = {};
    auto read = family.read({}, tokens, object);
    if (!read) throw std::runtime_error(read.error().message);
    return std::move(*read);
}

/// The real pool of most ticks in the snapshot: 1,415. Null where the data is absent.
std::unique_ptr<Pool> real_pool() {
    const char* data = std::getenv("OSPREY_DATA");
    const auto text = chain::read_file(std::filesystem::path{data != nullptr ? data : "../shared/data"} /
                                       "pools/uniswap_v3_ticks.json.zst");
    if (!text) return nullptr;
    auto set = market::parse_pools(*text);
    if (!set) throw std::runtime_error(set.error().message);
    std::unique_ptr<Pool> most;
    size_t ticks = 0;
    for (auto& pool : set->pools)
        if (const auto* v3 = dynamic_cast<const TickPool*>(pool.get());
            v3 != nullptr && v3->table().ticks().size() > ticks) {
            ticks = v3->table().ticks().size();
            most = std::move(pool);
        }
    return most;
}

Direction direction(bool zero_for_one) { return zero_for_one ? Direction::down : Direction::up; }

/// Amounts that end in the middle of the range behind `crossings` ticks.
std::vector<u256> amounts(const Pool& market, bool zero_for_one, bool exact_in, int64_t crossings) {
    const auto& v3 = dynamic_cast<const TickPool&>(market);
    const auto& stops = v3.table().side(direction(zero_for_one)).stops;
    const size_t first = *v3.table().first_stop(direction(zero_for_one), v3.head().tick);
    const auto whole =
        full_step(direction(zero_for_one), zero_for_one ? stops[first].sqrt_price : v3.head().sqrt_price,
                  zero_for_one ? v3.head().sqrt_price : stops[first].sqrt_price, v3.head().liquidity, v3.fee());
    const auto sum = [&](size_t i) {
        return exact_in ? whole.in + stops[i].in - stops[first].in : whole.out + stops[i].out - stops[first].out;
    };
    size_t end = first;
    for (int64_t crossed = 0; crossed < crossings; ++end) crossed += stops[end].initialized ? 1 : 0;
    const u256 low = end == first ? u256{} : sum(end - 1), high = sum(end);
    std::mt19937_64 random{7};
    std::vector<u256> out(1024);
    for (u256& amount : out) amount = low + (high - low) * u256{random() % 1'000'000} / u256{1'000'001} + u256{1};
    return out;
}

/// One quote after the other, each waiting for the last: latency.
void quote(benchmark::State& state, const std::unique_ptr<Pool>& market, bool zero_for_one, bool exact_in) {
    if (!market) return state.SkipWithError("the snapshot of pools is absent");
    const auto asked = amounts(*market, zero_for_one, exact_in, state.range(0));
    const TokenIndex in = zero_for_one ? 0 : 1, out = 1 - in;
    uint64_t last = 0;
    size_t i = 0;
    for (auto _ : state) {
        u256 amount = asked[i];
        amount.w[0] ^= last & 1;
        const Quote q = exact_in ? market->quote_in(in, out, amount) : market->quote_out(in, out, amount);
        last = q.amount.w[0];
        i = (i + 1) % asked.size();
    }
    benchmark::DoNotOptimize(last);
}
BENCHMARK_CAPTURE(quote, UniswapV3_in_0to1, pool(), true, true)->Arg(0)->Arg(1)->Arg(2)->Arg(4)->Arg(16)->Arg(64);
BENCHMARK_CAPTURE(quote, UniswapV3_in_1to0, pool(), false, true)->Arg(0)->Arg(1)->Arg(2)->Arg(4)->Arg(16)->Arg(64);
BENCHMARK_CAPTURE(quote, UniswapV3_out_0to1, pool(), true, false)->Arg(0)->Arg(4)->Arg(64);
BENCHMARK_CAPTURE(quote, UniswapV3_out_1to0, pool(), false, false)->Arg(0)->Arg(4)->Arg(64);

BENCHMARK_CAPTURE(quote, UniswapV3_real_in_0to1, real_pool(), true, true)->Arg(0)->Arg(1)->Arg(16)->Arg(256);
BENCHMARK_CAPTURE(quote, UniswapV3_real_in_1to0, real_pool(), false, true)->Arg(0)->Arg(1)->Arg(16)->Arg(256);

void UniswapV3_marginal(benchmark::State& state) {
    const auto market = pool();
    double amount = 1e9;
    for (auto _ : state) {
        amount = 1e9 + market->marginal(0, 1, amount).rate;
        benchmark::DoNotOptimize(amount);
    }
}
BENCHMARK(UniswapV3_marginal);

void UniswapV3_clone(benchmark::State& state) {
    const auto market = pool();
    for (auto _ : state) benchmark::DoNotOptimize(market->clone());
}
BENCHMARK(UniswapV3_clone);

/// A Swap event back and forth within a range.
void UniswapV3_apply_swap(benchmark::State& state) {
    const auto market = pool();
    const PoolHead head = dynamic_cast<const TickPool&>(*market).head();
    Log log;
    log.topics = {abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)"), {}, {}};
    log.data.resize(5 * 32);
    abi::put_word(log.data.data(), 3, u256::from_u128(head.liquidity));
    abi::put_word(log.data.data(), 4, u256{static_cast<uint64_t>(head.tick)});
    uint64_t shift = 0;
    for (auto _ : state) {
        abi::put_word(log.data.data(), 2, head.sqrt_price + u256{shift ^= 1});
        benchmark::DoNotOptimize(market->apply(log));
    }
}
BENCHMARK(UniswapV3_apply_swap);

/// A Mint event in a pool with 401 ticks.
void UniswapV3_apply_mint(benchmark::State& state) {
    const auto market = pool();
    Log log;
    log.topics = {abi::event_topic("Mint(address,address,int24,int24,uint128,uint256,uint256)"), {}, {}, {}};
    store_be32(log.topics[2].data(), u256{197'160});
    store_be32(log.topics[3].data(), u256{197'280});
    log.data.resize(4 * 32);
    abi::put_word(log.data.data(), 1, u256{1000});
    for (auto _ : state) benchmark::DoNotOptimize(market->apply(log));
}
BENCHMARK(UniswapV3_apply_mint);

}  // namespace
}  // namespace osprey::protocol::uniswap_v3
