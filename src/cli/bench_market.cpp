// osprey bench market: quotes, the graph, and the search on a market of 10,000 and of 100,000 pools.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>

#include "cli/commands.hpp"
#include "cli/synthetic_market.hpp"
#include "market/cycle_search.hpp"
#include "market/router.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/amm/uniswap_v3/tick_math.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    size_t rounds = 2000;
    bool json = false;
};

struct Figure {
    std::string name, unit;
    double value = 0;
    double target = 0;  ///< at most that (at least, where at_least is set); 0: told for its own sake
    std::string note;
    bool at_least = false;

    bool met() const noexcept { return target == 0 || (at_least ? value >= target : value <= target); }
};

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// The fastest of some runs: what the code takes when nothing else is in its way.
double fastest(int runs, const std::function<double()>& run) {
    double best = run();
    for (int i = 1; i < runs; ++i) best = std::min(best, run());
    return best;
}

Figure quote_v2() {
    std::mt19937_64 random{1};
    constexpr size_t pools = 1024, amounts = 64;
    std::vector<protocol::uniswap_v2::Pair> pairs;
    for (size_t i = 0; i < pools; ++i) {
        const auto reserve = [&] { return to_u256(std::exp2(static_cast<double>(40 + random() % 50)) * 1.37); };
        pairs.emplace_back(Address{}, Address{}, Address{}, 3000, reserve(), reserve());
    }
    const double ns = fastest(7, [&] {
        const auto begin = Clock::now();
        uint64_t kept = 0;
        for (size_t i = 0; i < amounts; ++i)
            for (const auto& pair : pairs) kept ^= pair.quote_in(0, 1, pair.reserve(0) >> (1 + i % 20)).amount.w[0];
        asm volatile("" : : "r"(kept));
        return seconds_since(begin) * 1e9 / (pools * amounts);
    });
    return {"Uniswap V2 quote, exact", "ns", ns, 25, "1,024 pools of all sizes in turn"};
}

/// USDC and WETH at 0.3 %, with two hundred ticks to each side of the price that change the liquidity.
std::unique_ptr<protocol::Pool> pool_with_ticks() {
    namespace v3 = protocol::uniswap_v3;
    constexpr int32_t spacing = 60, middle = 197'220;
    std::vector<v3::Tick> ticks;
    u128 liquidity = 0;
    for (int32_t i = -200; i <= 200; ++i) {
        const auto net = static_cast<__int128>(4'000'000'000'000'000LL + (i + 200) * 1'000'003LL);
        ticks.push_back({.tick = middle + i * spacing, .gross = static_cast<u128>(net), .net = i <= 0 ? net : -net});
        if (i <= 0) liquidity += static_cast<u128>(net);
    }
    // What stands at the upper end closes all that is left open.
    __int128 open = 0;
    for (const v3::Tick& t : ticks) open += t.net;
    ticks.push_back({.tick = middle + 201 * spacing, .gross = static_cast<u128>(open), .net = -open});
    auto pool = v3::make_pool(
        {}, {}, {}, {.sqrt_price = v3::sqrt_ratio_at_tick(middle + 30), .tick = middle + 30, .liquidity = liquidity},
        3000, spacing, std::move(ticks));
    if (!pool) throw std::logic_error(pool.error().message);
    return std::move(*pool);
}

/// Quotes one after the other, each waiting for the last.
double quote_v3_ns(const protocol::Pool& pool, std::span<const protocol::Stretch> ranges, size_t crossed) {
    std::mt19937_64 random{5};
    std::vector<u256> amounts(1024);
    for (u256& amount : amounts)
        amount = to_u256(ranges[crossed].begin_in + (ranges[crossed].end_in - ranges[crossed].begin_in) *
                                                        (0.1 + 0.8 * static_cast<double>(random() >> 11) * 0x1p-53));
    return fastest(7, [&] {
        const auto begin = Clock::now();
        uint64_t last = 0;
        for (int i = 0; i < 64; ++i)
            for (u256 amount : amounts) {
                amount.w[0] ^= last & 1;
                last = pool.quote_in(0, 1, amount).amount.w[0];
            }
        asm volatile("" : : "r"(last));
        return seconds_since(begin) * 1e9 / 64 / static_cast<double>(amounts.size());
    });
}

void quote_v3(std::vector<Figure>& out) {
    const auto pool = pool_with_ticks();
    std::vector<protocol::Stretch> ranges(128);
    ranges.resize(pool->stretches(0, 1, ranges));
    constexpr size_t far = 64;
    const double near_ns = quote_v3_ns(*pool, ranges, 0), far_ns = quote_v3_ns(*pool, ranges, far);
    out.push_back({"Uniswap V3 quote within one range, exact", "ns", near_ns, 120, "one pool of 402 ticks"});
    out.push_back({"  and for each tick crossed", "ns", std::max(0.0, far_ns - near_ns) / far, 40,
                   fmt::format("{:.0f} ns over {} ticks", far_ns, far)});
}

void filter(SyntheticMarket& market, std::vector<Figure>& out) {
    const market::TokenGraph& graph = market.graph;
    const double pools = static_cast<double>(graph.pool_count());
    // All rates of all edges against one threshold, as a search without any structure would do it.
    const double ns = fastest(7, [&] {
        const auto begin = Clock::now();
        size_t kept = 0;
        for (int i = 0; i < 16; ++i) {
            const double least = 1e30 + i;
            const double* rates = graph.link_rates();
            const double* back = graph.link_back_rates();
            for (size_t link = 0; link < graph.link_count(); ++link) kept += rates[link] * back[link] > least ? 1 : 0;
        }
        asm volatile("" : : "r"(kept));
        return seconds_since(begin) * 1e9 / 16 / pools;
    });
    out.push_back({"filter, a pool", "ns", ns, 1, fmt::format("both directions of {:.0f} pools", pools)});
}

void search(SyntheticMarket& market, const Options& options, double target_ms, std::vector<Figure>& out) {
    const size_t pools = market.graph.pool_count();
    market::CycleSearch search(market.graph, {.starts = market.hubs,
                                              .base = market.hubs[0],
                                              .max_hops = 4,
                                              .gas_price = 20'000'000'000,
                                              .fixed_gas = 60'000,
                                              .flash_premium = 0,
                                              .min_net = 1});
    std::mt19937_64 random{3};
    std::vector<double> ms;
    double cycles = 0, sized = 0, promising = 0;
    // Every round moves 50 pools and puts them back, so that all rounds see the same market.
    for (size_t round = 0; round < options.rounds; ++round) {
        market.graph.begin_block({.number = round, .hash = {}}, round);
        const market::MarketChange change = market.trade(50, random);
        const auto begin = Clock::now();
        const auto found = search.search(change);
        ms.push_back(seconds_since(begin) * 1e3);
        cycles += static_cast<double>(found.size());
        sized += static_cast<double>(search.sized());
        promising += static_cast<double>(search.promising());
        search.search(market::MarketChange{.at = {}, .moved = {}, .stale = market.graph.undo_block()->moved});
    }
    std::ranges::sort(ms);
    const auto n = static_cast<double>(options.rounds);
    const std::string size = fmt::format("{} pools", pools);
    out.push_back(
        {"cycles through 50 moved pools, p50, " + size, "ms", ms[ms.size() / 2], 0,
         fmt::format("{:.0f} promising, {:.0f} sized, {:.1f} found on average", promising / n, sized / n, cycles / n)});
    out.push_back({"cycles through 50 moved pools, p99, " + size, "ms", ms[ms.size() * 99 / 100], target_ms,
                   fmt::format("worst of {:.0f}: {:.2f} ms", n, ms.back())});
}

/// What a trade of a thousandth to a tenth of the market's depth takes to split, with prices of the moment.
void split(SyntheticMarket& market, std::vector<Figure>& out) {
    market::Router router(market.graph);
    double worst_ms = 0, worst = 1;
    size_t swaps = 0;
    for (const double whole : {10.0, 100.0, 1'000.0, 10'000.0})
        for (size_t hub = 1; hub < market.hubs.size(); ++hub) {
            std::optional<market::Route> route;
            const double ms = fastest(3, [&] {
                const auto begin = Clock::now();
                route = router.route(market.hubs[0], market.hubs[hub], to_u256(whole * 1e18));
                return seconds_since(begin) * 1e3;
            });
            if (!route) throw std::logic_error("the benchmark's market has no route");
            worst_ms = std::max(worst_ms, ms);
            worst = std::min(worst, route->optimality());
            swaps = std::max(swaps, route->swaps.size());
        }
    out.push_back({"split of a trade over 10,000 pools, the slowest", "ms", worst_ms, 20,
                   fmt::format("10 to 10,000 base tokens for each hub, up to {} swaps", swaps)});
    out.push_back({"  the least of the proven bound", "", worst, 0.999, "obtained / bound", true});
}

void run(const Options& options, std::vector<Figure>& out) {
    out.push_back(quote_v2());
    quote_v3(out);
    for (const size_t pools : {10'000UL, 100'000UL}) {
        SyntheticMarket market = SyntheticMarket::make(pools, 2);
        if (pools == 100'000) {
            const double s = fastest(3, [&] {
                const auto start = Clock::now();
                market.graph.build();
                return seconds_since(start);
            });
            out.push_back({"building a graph of 100,000 pools", "s", s, 1, ""});
            filter(market, out);
        }
        if (pools == 10'000) split(market, out);
        search(market, options, pools == 10'000 ? 1 : 5, out);
    }
}

int report(const Options& options, const std::vector<Figure>& figures) {
    bool good = true;
    for (const Figure& f : figures) good = good && f.met();
    if (options.json) {
        JsonWriter json;
        json.begin_object().key("figures").begin_array();
        for (const Figure& f : figures) {
            json.begin_object().member("name", f.name).member("unit", f.unit).member("value", f.value);
            if (f.target != 0) json.member(f.at_least ? "at_least" : "at_most", f.target);
            if (!f.note.empty()) json.member("note", f.note);
            json.end_object();
        }
        json.end_array().end_object();
        fmt::print("{}\n", json.view());
        return good ? 0 : 1;
    }
    for (const Figure& f : figures) {
        const std::string target = f.target == 0 ? ""
                                                 : fmt::format("{} {:g}",
                                                               f.met()      ? f.at_least ? ">=" : "<="
                                                               : f.at_least ? "BELOW"
                                                                            : "ABOVE",
                                                               f.target);
        fmt::print("{:<52} {:>10.3f} {:<3} {:<10} {}\n", f.name, f.value, f.unit, target, f.note);
    }
    return good ? 0 : 1;
}

}  // namespace

Action bench_market(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("--rounds", options->rounds, "Changes of the market that are searched")
        ->check(CLI::Range(100, 1'000'000));
    app.add_flag("--json", options->json, "One JSON object");
    app.footer("Status 1 when a figure misses its target.");
    return [options] {
        std::vector<Figure> figures;
        run(*options, figures);
        return report(*options, figures);
    };
}

}  // namespace osprey::cli
