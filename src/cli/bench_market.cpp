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
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
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
    double target = 0;  ///< at most that; 0: told for its own sake
    std::string note;
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

/// Search through one moved pool of the two greatest hubs: nearly all it does is to look at links.
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

void run(const Options& options, std::vector<Figure>& out) {
    out.push_back(quote_v2());
    for (const size_t pools : {10'000UL, 100'000UL}) {
        const auto begin = Clock::now();
        SyntheticMarket market = SyntheticMarket::make(pools, 2);
        static_cast<void>(begin);
        if (pools == 100'000) {
            const double s = fastest(3, [&] {
                const auto start = Clock::now();
                market.graph.build();
                return seconds_since(start);
            });
            out.push_back({"building a graph of 100,000 pools", "s", s, 1, ""});
            filter(market, out);
        }
        search(market, options, pools == 10'000 ? 1 : 5, out);
    }
}

int report(const Options& options, const std::vector<Figure>& figures) {
    bool good = true;
    for (const Figure& f : figures) good = good && (f.target == 0 || f.value <= f.target);
    if (options.json) {
        JsonWriter json;
        json.begin_object().key("figures").begin_array();
        for (const Figure& f : figures) {
            json.begin_object().member("name", f.name).member("unit", f.unit).member("value", f.value);
            if (f.target != 0) json.member("at_most", f.target);
            if (!f.note.empty()) json.member("note", f.note);
            json.end_object();
        }
        json.end_array().end_object();
        fmt::print("{}\n", json.view());
        return good ? 0 : 1;
    }
    for (const Figure& f : figures) {
        const std::string target =
            f.target == 0 ? "" : fmt::format("{} {:g}", f.value <= f.target ? "<=" : "ABOVE", f.target);
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
    app.footer("Status 1 when a figure is above its target.");
    return [options] {
        std::vector<Figure> figures;
        run(*options, figures);
        return report(*options, figures);
    };
}

}  // namespace osprey::cli
