// osprey bench: the built-in benchmarks, by name. To add one: write its file, and declare and list its function here.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>
#include <vector>

#include "cli/commands.hpp"

namespace osprey::cli {

Action bench_bundles(CLI::App& app);
Action bench_evm(CLI::App& app);
Action bench_inspect(CLI::App& app);
Action bench_market(CLI::App& app);
Action bench_pending(CLI::App& app);
Action bench_pipeline(CLI::App& app);
Action bench_store(CLI::App& app);

namespace {

constexpr Command benchmarks[] = {
    {"bundles", "Simulate bundles of two transactions", bench_bundles},
    {"evm", "Execute contracts and whole blocks", bench_evm},
    {"inspect", "Inspect blocks from traces and by execution", bench_inspect},
    {"market", "Quote, build the graph of pools and search it", bench_market},
    {"pending", "Decode and classify pending transactions", bench_pending},
    {"pipeline", "From a pending transaction to a signed backrun bundle, stage by stage", bench_pipeline},
    {"store", "Keep the live engine's events: the cost for the engine, and the database's pace", bench_store},
};

}  // namespace

Action bench(CLI::App& app) {
    app.require_subcommand(1, static_cast<int>(std::size(benchmarks)));
    const auto formatter = std::make_shared<CLI::Formatter>();  // the other commands share one
    formatter->label("SUBCOMMAND", "NAME...");
    app.formatter(formatter);
    app.footer("osprey bench NAME --help tells about one benchmark.");
    std::vector<std::pair<CLI::App*, Action>> all;
    for (const Command& b : benchmarks) {
        CLI::App* sub = app.add_subcommand(b.name, b.summary);
        sub->group("Benchmarks");
        all.emplace_back(sub, b.setup(*sub));
    }
    return [all] {
        int status = 0;
        for (const auto& [sub, action] : all)
            if (sub->parsed()) status = std::max(status, action());
        return status;
    };
}

}  // namespace osprey::cli
