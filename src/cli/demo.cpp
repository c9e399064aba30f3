// osprey demo: the whole way on recorded blocks, from execution to cycles proven in the EVM, as a report.

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "chain/record.hpp"
#include "cli/commands.hpp"
#include "cli/demo_record.hpp"
#include "cli/demo_report.hpp"
#include "cli/progress.hpp"

namespace osprey::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<fs::path> paths;
    bool json = false;
};

template <class Report>
int run(const Options& o, Report report) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    auto files = o.paths.empty() ? demo_records() : chain::find_records(o.paths);
    if (!files) return failed(files.error().message);

    Progress progress{"blocks"};
    evm::Machine machine;
    DemoTotals totals;
    bool all_well = true;
    for (const auto& file : *files) {
        progress.update(totals.blocks, files->size());
        const auto record = chain::load_record(file);
        if (!record) return failed(record.error().message);
        auto replay = chain::replay(machine, *record, 1);
        if (!replay) return failed(Error{replay.error()}.in(file.string()).message);
        // A block that cannot be executed is told of and passed over; the replay has said why.
        auto backtest = replay->gas_ok ? engine::backtest(machine, *record) : engine::Backtest{};
        if (!backtest) {
            replay->differences.push_back(std::move(backtest.error().message));
            backtest.emplace();
        }
        progress.clear();
        report.block(*record, *replay, *backtest);
        all_well = totals.add(*record, *replay, *backtest) && all_well;
    }
    totals.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    report.end(totals);
    return all_well ? 0 : 1;
}

}  // namespace

Action demo(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths, "Records (.json, .json.zst), and folders of them; none: a chosen few");
    app.add_flag("--json", o->json, "One object a line: each block, then the totals");
    app.footer(
        "Executes each block, lists its swaps, and looks after every transaction for cycles of swaps that give\n"
        "back more than they take. Each is executed in the EVM through the executor contract, on the state of that\n"
        "very moment; one that leaves anything else than the estimate, to the wei, is a failure.\n"
        "Without PATH: mainnet blocks from OSPREY_DATA or ../shared/data; where there are none, a block of a local\n"
        "node with a market of real Uniswap contracts, made by scripts/demo_record/make_demo_record.mjs.");
    return [o] {
        if (o->json) return run(*o, DemoJson{});
        return run(*o, DemoText{wants_color()});
    };
}

}  // namespace osprey::cli
