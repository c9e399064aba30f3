// One trade split over the pools of a market: 10,773 real pairs where shared/data is, and as many made up ones.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "chain/compressed_file.hpp"
#include "market/pool_file.hpp"
#include "market/router.hpp"
#include "primitives/hex.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"

namespace osprey::market {
namespace {

Address made_up(uint64_t n) { return to_address(u256{0x70000000 + n}); }

/// 200 tokens whose prices agree within a third of a percent, pools of all sizes, no hub: every pool is within reach.
const TokenGraph& dense_market() {
    static const TokenGraph graph = [] {
        TokenGraph g;
        std::mt19937_64 random{12};
        std::uniform_real_distribution<double> digits{18, 24}, off{-0.003, 0.003}, price{-4, 4};
        constexpr uint64_t tokens = 200, pools = 10'000;
        std::vector<double> prices(tokens);
        for (double& p : prices) p = std::pow(10, price(random));
        for (uint64_t i = 0; i < pools; ++i) {
            const uint64_t a = random() % tokens;
            uint64_t b = random() % tokens;
            if (a == b) b = (a + 1) % tokens;
            const double value = std::pow(10, digits(random));
            g.add(std::make_unique<protocol::uniswap_v2::Pair>(made_up(1000 + i), made_up(a), made_up(b), 3000,
                                                               to_u256(value / prices[a]),
                                                               to_u256(value / prices[b] * std::exp(off(random)))));
        }
        g.build();
        return g;
    }();
    return graph;
}

/// Null where the data is absent.
const TokenGraph* real_market() {
    static const std::unique_ptr<TokenGraph> graph = []() -> std::unique_ptr<TokenGraph> {
        const char* root = std::getenv("OSPREY_DATA");
        const std::filesystem::path data = root != nullptr ? root : "../shared/data";
        const auto text = chain::read_file(data / "pools" / "uniswap_v2_pairs_2020-10.json.zst");
        if (!text) return nullptr;
        auto set = parse_pools(*text);
        if (!set) return nullptr;
        auto g = std::make_unique<TokenGraph>();
        add_pools(*g, *set);
        g->build();
        return g;
    }();
    return graph.get();
}

void measure(benchmark::State& state, const TokenGraph& graph, TokenId from, TokenId to, double amount, bool cold,
             unsigned hops) {
    const u256 in = to_u256(amount);
    RouteSettings settings;
    settings.max_hops = hops;
    Router kept{graph};
    std::optional<Route> found;
    for (auto _ : state) {
        if (cold) {
            Router fresh{graph};
            found = fresh.route(from, to, in, settings);
        } else {
            found = kept.route(from, to, in, settings);
        }
        benchmark::DoNotOptimize(found);
    }
    if (!found) return;
    state.counters["optimality"] = found->optimality();
    state.counters["swaps"] = static_cast<double>(found->swaps.size());
}

constexpr const char* weth = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2";
constexpr const char* usdc = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
constexpr const char* dai = "0x6B175474E89094C44Da98b954EedeAC495271d0F";
constexpr const char* wbtc = "0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599";

void router_real(benchmark::State& state, const char* from, const char* to, bool cold, unsigned hops) {
    const TokenGraph* graph = real_market();
    if (graph == nullptr) return state.SkipWithError("shared/data/pools is absent");
    measure(state, *graph, graph->find_token(parse_address(from).value()).value(),
            graph->find_token(parse_address(to).value()).value(), static_cast<double>(state.range(0)) * 1e18, cold,
            hops);
}
BENCHMARK_CAPTURE(router_real, weth_usdc_cold, weth, usdc, true, 3)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(router_real, weth_usdc_warm, weth, usdc, false, 3)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(router_real, dai_wbtc_cold, dai, wbtc, true, 3)
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Arg(100'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(router_real, dai_wbtc_warm, dai, wbtc, false, 3)
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Arg(100'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(router_real, dai_wbtc_warm_4_hops, dai, wbtc, false, 4)
    ->Arg(10'000'000)
    ->Arg(100'000'000)
    ->Unit(benchmark::kMillisecond);

void router_dense(benchmark::State& state, bool cold, unsigned hops) {
    const TokenGraph& graph = dense_market();
    measure(state, graph, graph.find_token(made_up(0)).value(), graph.find_token(made_up(100)).value(),
            static_cast<double>(state.range(0)) * 1e18, cold, hops);
}
BENCHMARK_CAPTURE(router_dense, cold, true, 3)->Arg(1)->Arg(10'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(router_dense, warm, false, 3)->Arg(1)->Arg(10'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(router_dense, warm_2_hops, false, 2)
    ->Arg(1)
    ->Arg(10'000)
    ->Arg(10'000'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace osprey::market
