// osprey route: one trade over all pools of a snapshot, split for the greatest output.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "cli/commands.hpp"
#include "cli/pool_sets.hpp"
#include "market/router.hpp"
#include "primitives/hex.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/family.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

struct Options {
    std::vector<std::filesystem::path> pools;
    std::string from, to, amount;
    market::RouteSettings settings;
    double gas_price = 0;
    size_t limit = 40;
    bool json = false;
};

void print_json(const Snapshot& snapshot, const Options& options, const market::Route& route, double ms) {
    const market::TokenGraph& graph = snapshot.graph();
    JsonWriter json;
    json.begin_object().key("opportunities").begin_array().begin_object().key("path").begin_array();
    for (const market::RouteSwap& swap : route.swaps) {
        const protocol::Pool& pool = graph.pool(swap.hop.pool);
        json.begin_object().member("pool", Snapshot::pool_name(pool)).member("kind", pool.family().name);
        json.member("token_in", graph.address_of(graph.token_in(swap.hop)));
        json.member("token_out", graph.address_of(graph.token_out(swap.hop)));
        json.key("amount_in").decimal(swap.amount_in).key("amount_out").decimal(swap.amount_out).end_object();
    }
    json.end_array().member("start", graph.address_of(*snapshot.find(options.from)));
    json.member("end", graph.address_of(*snapshot.find(options.to)));
    json.key("amount_in").decimal(route.amount_in).key("amount_out").decimal(route.amount_out);
    json.key("profit").decimal({});
    json.member("gas", route.gas).member("optimality", route.optimality()).end_object().end_array();
    json.member("ms", ms).end_object();
    fmt::print("{}\n", json.view());
}

void print_text(const Snapshot& snapshot, market::TokenId from, market::TokenId to, const market::Route& route,
                double ms, size_t limit) {
    const market::TokenGraph& graph = snapshot.graph();
    fmt::print("{} {} for {} {}: {} swaps, {} gas, {:.4f} of the proven bound, in {:.1f} ms\n",
               snapshot.amount(from, route.amount_in), snapshot.label(from), snapshot.amount(to, route.amount_out),
               snapshot.label(to), route.swaps.size(), route.gas, route.optimality(), ms);
    fmt::print("\n{:>4}  {:>14} {:<8}    {:>14} {:<8}  {:>6}  pool\n", "", "in", "", "out", "", "share");
    size_t place = 0;
    for (const market::RouteSwap& swap : route.swaps) {
        if (place == limit) {
            fmt::print("      and {} more (--limit)\n", route.swaps.size() - place);
            break;
        }
        const market::TokenId in = graph.token_in(swap.hop), out = graph.token_out(swap.hop);
        const protocol::Pool& pool = graph.pool(swap.hop.pool);
        const std::string share =
            in == from ? fmt::format("{:.1f} %", 100 * to_double(swap.amount_in) / to_double(route.amount_in)) : "";
        fmt::print("{:>4}  {:>14} {:<8} -> {:>14} {:<8}  {:>6}  {} {}\n", ++place, snapshot.amount(in, swap.amount_in),
                   snapshot.label(in), snapshot.amount(out, swap.amount_out), snapshot.label(out), share,
                   pool.family().name, Snapshot::pool_name(pool));
    }
}

int run(const Options& options) {
    const auto snapshot = Snapshot::load(options.pools);
    if (!snapshot) return failed(snapshot.error().message);
    const auto from = snapshot->find(options.from), to = snapshot->find(options.to);
    if (!from) return failed("--from: " + from.error().message);
    if (!to) return failed("--to: " + to.error().message);
    if (*from == *to) return failed("--to: it is the token of --from");
    u256 amount;
    if (!parse_u256(options.amount, amount) || !amount)
        return failed(
            fmt::format("--amount {}: expected an integer above 0, in the token's smallest unit", options.amount));
    auto settings = options.settings;
    if (options.gas_price > 0) {
        const auto ether = snapshot->wrapped_ether();
        const auto link = ether ? snapshot->graph().find_link(*ether, *to) : std::nullopt;
        if (!ether || (*ether != *to && !link))
            return failed("--gas-price: no pool in the files tells what wrapped ether is worth in " + options.to);
        settings.gas_price = options.gas_price * 1e9 * (*ether == *to ? 1 : snapshot->graph().link_rate(*link));
    }
    market::Router router(snapshot->graph());
    const auto begin = std::chrono::steady_clock::now();
    const auto route = router.route(*from, *to, amount, settings);
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    if (!route) {
        if (options.json) fmt::print("{{\"opportunities\":[],\"ms\":{}}}\n", ms);
        return failed(fmt::format("no path of at most {} swaps from {} to {} pays for that amount",
                                  options.settings.max_hops, options.from, options.to));
    }
    if (options.json)
        print_json(*snapshot, options, *route, ms);
    else
        print_text(*snapshot, *from, *to, *route, ms, options.limit);
    return 0;
}

}  // namespace

Action route(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("--pools", options->pools,
                   "Files with pools (docs/pool-file.md tells the forms), plain or .zst, or ARCHIVE.tar.zst:NAME")
        ->required();
    app.add_option("--from", options->from, "Token to sell, by address or symbol")->required();
    app.add_option("--to", options->to, "Token to buy")->required();
    app.add_option("--amount", options->amount, "To sell, in the token's smallest unit")->required();
    app.add_option("--max-hops", options->settings.max_hops, "Swaps of a path")
        ->check(CLI::Range(1U, market::longest_route))
        ->capture_default_str();
    app.add_option("--gas-price", options->gas_price,
                   "Gwei: swaps that bring less than their gas are left out (0: the greatest output)")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str();
    app.add_option("--limit", options->limit, "How many swaps to print; --json has all")->capture_default_str();
    app.add_flag("--json", options->json, "One JSON object");
    return [options] { return run(*options); };
}

}  // namespace osprey::cli
