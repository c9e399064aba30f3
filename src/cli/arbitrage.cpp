// osprey arbitrage: every cycle of swaps in a snapshot of pools that gives back more than went in.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "cli/commands.hpp"
#include "cli/pool_sets.hpp"
#include "market/cycle_search.hpp"
#include "market/disjoint.hpp"
#include "market/joint_optimum.hpp"
#include "primitives/hex.hpp"
#include "protocol/amm/family.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

struct Options {
    std::vector<std::filesystem::path> pools;
    std::vector<std::string> starts;
    unsigned max_hops = 4;
    double gas_price = 0;
    uint32_t flash_premium = 0;
    std::string min_profit = "1";
    size_t limit = 20;
    size_t together = 0;
    bool json = false;
};

struct Found {
    std::vector<market::Opportunity> opportunities;
    std::optional<market::DisjointChoice> disjoint;
    std::optional<market::JointPlan> joint;
    market::TokenId base = 0;
    double ms = 0;
};

Result<Found> search(const Options& options, const Snapshot& snapshot) {
    market::SearchSettings settings;
    for (const std::string& start : options.starts) {
        const auto token = snapshot.find(start);
        if (!token) return std::unexpected(Error{"--start: " + token.error().message});
        settings.starts.push_back(*token);
    }
    if (settings.starts.empty()) {
        const auto weth = snapshot.wrapped_ether();
        if (!weth) return fail("no wrapped ether in the files: say by --start which token to start from");
        settings.starts.push_back(*weth);
    }
    settings.base = settings.starts.front();
    settings.max_hops = options.max_hops;
    settings.flash_premium = options.flash_premium;
    settings.gas_price = static_cast<uint64_t>(options.gas_price * 1e9);
    settings.fixed_gas = 21'000;
    if (!parse_u256(options.min_profit, settings.min_net))
        return fail(fmt::format("--min-profit {}: expected an integer, in smallest units", options.min_profit));
    market::CycleSearch cycles(snapshot.graph(), settings);
    for (size_t i = 1; i < settings.starts.size(); ++i)
        if (!cycles.is_priced(settings.starts[i]))
            return fail(fmt::format("--start {}: no pools sell it for {}, which everything is counted in",
                                    options.starts[i], options.starts[0]));
    const auto begin = std::chrono::steady_clock::now();
    Found found{.opportunities = cycles.search_all(), .base = settings.base, .ms = 0};
    found.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    if (options.together != 0 && !found.opportunities.empty()) {
        // Beyond the first thousand nothing is left that is worth choosing.
        const std::span all{found.opportunities.data(), std::min<size_t>(found.opportunities.size(), 1000)};
        found.disjoint = market::best_disjoint(all, options.together);
        found.joint = market::joint_optimum(snapshot.graph(), all.first(std::min(all.size(), options.together)),
                                            settings.base, options.flash_premium);
    }
    return found;
}

void write_swap(JsonWriter& json, const market::TokenGraph& graph, const market::Hop& hop, const u256& amount_in,
                const u256& amount_out) {
    const protocol::Pool& pool = graph.pool(hop.pool);
    json.begin_object().member("pool", Snapshot::pool_name(pool)).member("kind", pool.family().name);
    json.member("token_in", graph.address_of(graph.token_in(hop)));
    json.member("token_out", graph.address_of(graph.token_out(hop)));
    json.key("amount_in").decimal(amount_in).key("amount_out").decimal(amount_out).end_object();
}

void print_json(const Snapshot& snapshot, const Found& found) {
    const market::TokenGraph& graph = snapshot.graph();
    JsonWriter json;
    json.begin_object().key("opportunities").begin_array();
    for (const market::Opportunity& o : found.opportunities) {
        json.begin_object().key("path").begin_array();
        for (size_t i = 0; i < o.hops.size(); ++i) write_swap(json, graph, o.hops[i], o.amounts[i], o.amounts[i + 1]);
        json.end_array().member("start", graph.address_of(o.start));
        json.key("amount_in").decimal(o.amounts.front()).key("amount_out").decimal(o.amounts.back());
        json.key("profit").decimal(o.profit).key("net").decimal(o.net).member("gas", o.gas);
        json.member("optimality", o.optimality()).end_object();
    }
    json.end_array();
    if (found.disjoint) {
        json.key("disjoint").begin_object().key("chosen").begin_array();
        for (const size_t place : found.disjoint->chosen) json.number(place);
        json.end_array()
            .key("net")
            .decimal(found.disjoint->net)
            .key("bound")
            .decimal(found.disjoint->bound)
            .end_object();
    }
    if (found.joint) {
        json.key("joint").begin_object().key("swaps").begin_array();
        for (const market::RouteSwap& swap : found.joint->swaps)
            write_swap(json, graph, swap.hop, swap.amount_in, swap.amount_out);
        json.end_array().key("amount_in").decimal(found.joint->amount_in);
        json.key("amount_out").decimal(found.joint->amount_out).key("profit").decimal(found.joint->profit);
        json.member("gas", found.joint->gas).member("optimality", found.joint->optimality()).end_object();
    }
    json.member("ms", found.ms).end_object();
    fmt::print("{}\n", json.view());
}

void print_text(const Options& options, const Snapshot& snapshot, const Found& found) {
    const market::TokenGraph& graph = snapshot.graph();
    const std::string base = snapshot.label(found.base);
    fmt::print("{} pools, {} tokens: {} profitable cycles of up to {} hops in {:.1f} ms\n", graph.pool_count(),
               graph.token_count(), found.opportunities.size(), options.max_hops, found.ms);
    if (!snapshot.passed_over().empty())
        fmt::print("{} pools passed over, the first: {} ({})\n", snapshot.passed_over().size(),
                   snapshot.passed_over()[0].pool, snapshot.passed_over()[0].why);
    if (found.opportunities.empty()) return;
    fmt::print("\n{:>4}  {:>14}  {:>14}  path, each cycle as if it were alone\n", "", "net " + base, "in");
    size_t place = 0;
    for (const market::Opportunity& o : found.opportunities) {
        if (place == options.limit) {
            fmt::print("      and {} more (--limit)\n", found.opportunities.size() - place);
            break;
        }
        std::string path = snapshot.label(o.start);
        for (const market::Hop& hop : o.hops) path += fmt::format(" > {}", snapshot.label(graph.token_out(hop)));
        std::string kinds;
        for (const market::Hop& hop : o.hops) {
            const std::string_view kind = graph.pool(hop.pool).family().name;
            if (kinds.find(kind) == std::string::npos) kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", kind);
        }
        path += fmt::format("  ({})", kinds);
        fmt::print("{:>4}  {:>14}  {:>14}  {}\n", ++place, snapshot.amount(found.base, o.net),
                   snapshot.amount(o.start, o.amounts.front()), path);
    }
    if (found.disjoint) {
        std::string places;
        for (const size_t p : found.disjoint->chosen) places += fmt::format("{}{}", places.empty() ? "" : ", ", p + 1);
        fmt::print("\nwithout sharing a pool: {} {} from {}\n", snapshot.amount(found.base, found.disjoint->net), base,
                   places);
    }
    if (found.joint)
        fmt::print("the pools of the first {} together: {} {} by {} swaps, {:.4f} of the bound, gas not taken off\n",
                   std::min(options.together, found.opportunities.size()),
                   snapshot.amount(found.base, found.joint->profit), base, found.joint->swaps.size(),
                   found.joint->optimality());
}

}  // namespace

Action arbitrage(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("--pools", options->pools,
                   "Files with pools (docs/pool-file.md tells the forms), plain or .zst, or ARCHIVE.tar.zst:NAME")
        ->required();
    app.add_option("--start", options->starts,
                   "Tokens to start from, by address or symbol; everything is counted in the first (wrapped ether)");
    app.add_option("--max-hops", options->max_hops, "Longest cycle, in swaps")
        ->check(CLI::Range(2U, market::longest_cycle))
        ->capture_default_str();
    app.add_option("--gas-price", options->gas_price,
                   "Gwei, taken off each cycle's profit; the first start token pays it")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str();
    app.add_option("--flash-premium", options->flash_premium, "Of the flash loan, in millionths of the input")
        ->check(CLI::Range(0U, 999'999U))
        ->capture_default_str();
    app.add_option("--min-profit", options->min_profit,
                   "What a cycle has to leave after its costs, in smallest units of the first start token")
        ->capture_default_str();
    app.add_option("--limit", options->limit, "How many to print; --json has all")->capture_default_str();
    app.add_option("--together", options->together,
                   "Also: the best so many that share no pool, and what the pools of the first so many give at once");
    app.add_flag("--json", options->json, "One JSON object");
    return [options] {
        const auto snapshot = Snapshot::load(options->pools);
        if (!snapshot) return failed(snapshot.error().message);
        const auto found = search(*options, *snapshot);
        if (!found) return failed(found.error().message);
        if (options->json)
            print_json(*snapshot, *found);
        else
            print_text(*options, *snapshot, *found);
        return 0;
    };
}

}  // namespace osprey::cli
