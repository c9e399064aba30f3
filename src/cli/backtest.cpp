// osprey backtest: the strategies over recorded blocks, what they find beside what searchers took.

#include "engine/backtest.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "cli/backtest_report.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"

namespace osprey::cli {

namespace {

struct Options {
    std::vector<std::filesystem::path> paths;
    bool json = false;
};

template <class Report>
int run(const Options& o, const Report& report) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    const auto files = chain::find_records(o.paths);
    if (!files) return failed(files.error().message);
    Progress progress{"blocks"};
    evm::Machine machine;
    BacktestTotals totals;
    for (const auto& file : *files) {
        progress.update(totals.blocks + totals.failed_blocks, files->size());
        const auto record = chain::load_record(file);
        if (!record) return failed(record.error().message);
        const auto backtest = engine::backtest(machine, *record);
        progress.clear();
        if (!backtest) {
            // What searchers took can still be told by the receipts.
            const auto realised =
                engine::realised_arbitrages(machine, record->chain_id, record->block, record->state(), record->receipts)
                    .value_or(std::vector<engine::Realised>{});
            report.failed(*record, Error{backtest.error()}.in(file.string()).message, realised);
            totals.add_failed(realised);
            continue;
        }
        report.block(*record, *backtest);
        totals.add(*record, *backtest);
    }
    totals.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    report.end(totals);
    return totals.all_well() ? 0 : 1;
}

}  // namespace

Action backtest(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths, "Records (.json, .json.zst), and folders of them")->required();
    app.add_flag("--json", o->json, "One object a line: each block, then the summary");
    app.footer(
        "At the start of each block and behind every transaction that moved pools, each strategy says what it would "
        "do.\n"
        "Every plan is executed as a transaction through the executor contract, on the exact state of that moment; "
        "one\n"
        "that leaves anything else than the estimate, to the wei, is a failure (status 1), and so is a block that\n"
        "cannot be executed. Plans that read state which the record lacks are dropped and counted.\n"
        "profit is before gas and builder payments, in wrapped native coin; net is after gas at the block's base fee.");
    return [o] { return o->json ? run(*o, BacktestJson{}) : run(*o, BacktestText{wants_color()}); };
}

}  // namespace osprey::cli
