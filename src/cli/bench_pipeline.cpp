// osprey bench pipeline: from a pending transaction's raw bytes to a simulated, signed backrun bundle, stage by stage.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <numeric>

#include "cli/bench_blocks.hpp"
#include "cli/bench_records.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/report_text.hpp"
#include "engine/backrun_pipeline.hpp"
#include "engine/record_walk.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

using engine::BackrunPipeline;
using engine::PipelineOutcome;
using engine::Stage;
using engine::stages;

constexpr double p50_target_ms = 1, p99_target_ms = 5;
constexpr double block_p50_target_ms = 2, block_p99_target_ms = 10;

struct Options {
    std::vector<std::filesystem::path> paths;
    size_t repeat = 50;
    size_t pools = 10'000, moved = 50, blocks = 500;
    bool json = false;
};

/// Runs of one kind: seconds by stage, and of all stages together.
class Samples {
public:
    void add(const PipelineOutcome& outcome) {
        for (size_t i = 0; i < stages; ++i) by_stage_[i].push_back(outcome.seconds[i]);
        total_.push_back(std::accumulate(outcome.seconds.begin(), outcome.seconds.end(), 0.0));
    }
    void sort() {
        for (auto& stage : by_stage_) std::ranges::sort(stage);
        std::ranges::sort(total_);
    }
    size_t size() const noexcept { return total_.size(); }
    const std::vector<double>& of(Stage stage) const { return by_stage_[static_cast<size_t>(stage)]; }
    const std::vector<double>& total() const noexcept { return total_; }
    double share(Stage stage) const {
        const auto sum = [](const std::vector<double>& all) { return std::accumulate(all.begin(), all.end(), 0.0); };
        return sum(total_) > 0 ? sum(of(stage)) / sum(total_) : 0;
    }

private:
    std::array<std::vector<double>, stages> by_stage_;
    std::vector<double> total_;
};

/// Milliseconds; of sorted seconds.
double percentile(const std::vector<double>& sorted, double part) {
    if (sorted.empty()) return 0;
    return 1e3 * sorted[std::min(sorted.size() - 1, static_cast<size_t>(part * static_cast<double>(sorted.size())))];
}

struct Results {
    size_t blocks = 0, victims = 0, bundles = 0;
    std::map<std::string, size_t> refusals;
    Samples to_bundle, to_nothing;

    bool met() const {
        return to_bundle.size() > 0 && percentile(to_bundle.total(), 0.5) <= p50_target_ms &&
               percentile(to_bundle.total(), 0.99) <= p99_target_ms;
    }
};

/// Each transaction of the block that moves pools as the pending one, on the state right before it.
Result<void> measure(const chain::Record& record, const Options& o, Results& results) {
    evm::Machine machine;
    auto opened = engine::RecordWalk::open(machine, record);
    if (!opened) return std::unexpected(std::move(opened).error());
    engine::RecordWalk& walk = **opened;
    if (!walk.has_market()) return {};
    ++results.blocks;
    const auto signer = execute::LocalSigner::from_key(to_hash(u256{0x05b9}));
    const execute::Signer* signers[] = {signer->get()};
    const execute::OwnAccounts own{signers, {&strategy::executor_address(), 1}};
    auto executor =
        strategy::Executor::create(machine, walk.env(), walk.native().value_or(Address{}), (*signer)->address());
    if (!executor) return std::unexpected(std::move(executor).error());
    executor->install(walk.state());
    for (size_t i = 0; i < record.block.transactions.size(); ++i) {
        const bool moves = std::ranges::any_of(walk.receipts()[i].logs,
                                               [](const Log& log) { return engine::pool_that_moved(log).has_value(); });
        if (moves && walk.search() != nullptr) {
            walk.search()->set_gas_price(walk.env().base_fee);
            BackrunPipeline pipeline{{.machine = machine,
                                      .state = walk.state(),
                                      .executor = *executor,
                                      .graph = walk.graph(),
                                      .search = *walk.search(),
                                      .signer = **signer,
                                      .own = own,
                                      .wrapped_native = walk.native(),
                                      .bid = {},
                                      .no_harm = {.room = {}, .counterparties = {}, .missing_state_is_zero = true}}};
            const Bytes raw = encode(record.block.transactions[i]);
            for (size_t round = 0; round < o.repeat; ++round) {
                const auto outcome = pipeline.run(raw);
                if (!outcome) return std::unexpected(Error{outcome.error()}.in("transaction " + std::to_string(i)));
                if (!outcome->moved_pools) break;
                if (round == 0) {
                    ++results.victims;
                    results.bundles += outcome->bundle.has_value();
                    if (!outcome->refusal.empty()) ++results.refusals[outcome->refusal];
                }
                (outcome->bundle ? results.to_bundle : results.to_nothing).add(*outcome);
            }
        }
        const auto change = walk.next();
        if (!change) return std::unexpected(change.error());
        if (walk.search() != nullptr) walk.search()->follow(*change);
    }
    return {};
}

bool met(const BlockFigures& f) {
    return 1e3 * f.to_decision.percentile(0.5) <= block_p50_target_ms &&
           1e3 * f.to_decision.percentile(0.99) <= block_p99_target_ms && f.differ == 0;
}

void print_blocks(const BlockFigures& f) {
    fmt::print("\nfrom a block with {} moved pools of {} to ranked and executed finds; milliseconds\n\n", f.moved,
               f.pools);
    const auto row = [](std::string_view name, const engine::Histogram& h) {
        fmt::print("  {:<10} {:>9.4f} {:>9.4f} {:>9.4f}\n", name, 1e3 * h.percentile(0.5), 1e3 * h.percentile(0.99),
                   1e3 * h.most());
    };
    fmt::print("  {:<10} {:>9} {:>9} {:>9}\n", "", "p50", "p99", "worst");
    for (size_t i = 0; i < engine::search_stages; ++i)
        if (f.stages[i].count() != 0) row(name_of(static_cast<engine::SearchStage>(i)), f.stages[i]);
    row("all", f.to_decision);
    fmt::print(
        "\n  {} blocks, {} found and executed, {} otherwise than planned, {} to be taken; target: p50 {} ms, p99 {} "
        "ms: {}\n",
        f.blocks, f.found, f.differ, f.best, block_p50_target_ms, block_p99_target_ms, met(f) ? "met" : "MISSED");
}

void print_text(const Results& r) {
    fmt::print("from raw bytes to a simulated, signed bundle behind the pending transaction; milliseconds\n\n");
    fmt::print("  {:<10} {:>9} {:>9} {:>9} {:>8}     {:>9} {:>9}\n", "", "p50", "p99", "worst", "share", "p50", "p99");
    fmt::print("  {:<10} {:>38}     {:>19}\n", "stage", fmt::format("{} bundles", r.bundles),
               fmt::format("{} without one", r.victims - r.bundles));
    for (size_t i = 0; i < stages; ++i) {
        const auto stage = static_cast<Stage>(i);
        const auto &with = r.to_bundle.of(stage), &without = r.to_nothing.of(stage);
        fmt::print("  {:<10} {:>9.4f} {:>9.4f} {:>9.4f} {:>6.1f} %     {:>9.4f} {:>9.4f}\n", engine::name_of(stage),
                   percentile(with, 0.5), percentile(with, 0.99), percentile(with, 1), 100 * r.to_bundle.share(stage),
                   percentile(without, 0.5), percentile(without, 0.99));
    }
    const auto &with = r.to_bundle.total(), &without = r.to_nothing.total();
    fmt::print("  {:<10} {:>9.4f} {:>9.4f} {:>9.4f} {:>6.1f} %     {:>9.4f} {:>9.4f}\n", "all", percentile(with, 0.5),
               percentile(with, 0.99), percentile(with, 1), 100.0, percentile(without, 0.5), percentile(without, 0.99));
    fmt::print("\n  {} blocks, {} pending transactions that moved pools; target: p50 {} ms, p99 {} ms: {}\n", r.blocks,
               r.victims, p50_target_ms, p99_target_ms, r.met() ? "met" : "MISSED");
    for (const auto& [why, count] : r.refusals) fmt::print("  {:>4} refused: {}\n", count, why);
}

void print_json(const Results& r, const BlockFigures& f) {
    JsonWriter out;
    out.begin_object().member("name", "pipeline").member("blocks", r.blocks).member("victims", r.victims);
    out.member("bundles", r.bundles).member("runs", r.to_bundle.size()).member("met", r.met());
    const auto times = [&](std::string_view name, const std::vector<double>& sorted) {
        out.key(name).begin_object().member("p50_ms", percentile(sorted, 0.5));
        out.member("p99_ms", percentile(sorted, 0.99)).member("max_ms", percentile(sorted, 1));
    };
    times("total", r.to_bundle.total());
    out.end_object().key("stages").begin_object();
    for (size_t i = 0; i < stages; ++i) {
        const auto stage = static_cast<Stage>(i);
        times(engine::name_of(stage), r.to_bundle.of(stage));
        out.member("share", r.to_bundle.share(stage)).end_object();
    }
    out.end_object();
    times("without_bundle", r.to_nothing.total());
    out.end_object().key("blocks_to_finds").begin_object().member("pools", f.pools).member("moved", f.moved);
    out.member("blocks", f.blocks).member("found", f.found).member("differ", f.differ);
    out.member("p50_ms", 1e3 * f.to_decision.percentile(0.5)).member("p99_ms", 1e3 * f.to_decision.percentile(0.99));
    out.member("max_ms", 1e3 * f.to_decision.most()).member("met", met(f)).end_object().end_object();
    fmt::print("{}\n", out.view());
}

int run(const Options& o) {
    const auto files = o.paths.empty() ? busy_records() : chain::find_records(o.paths);
    if (!files) return failed(files.error().message);
    if (files->empty())
        fmt::print(stderr, "no recorded blocks in {}: pending transactions are not measured\n",
                   project_data().string());
    Progress progress{"blocks"};
    Results results;
    for (size_t i = 0; i < files->size(); ++i) {
        progress.update(i, files->size());
        const auto record = chain::load_record((*files)[i]);
        if (!record) return failed(record.error().message);
        if (const auto done = measure(*record, o, results); !done)
            return failed(Error{done.error()}.in((*files)[i].string()).message);
    }
    progress.clear();
    results.to_bundle.sort();
    results.to_nothing.sort();
    const auto blocks = measure_blocks(o.pools, o.moved, o.blocks);
    if (!blocks) return failed(blocks.error().message);
    if (o.json) {
        print_json(results, *blocks);
    } else {
        if (!files->empty()) print_text(results);
        print_blocks(*blocks);
    }
    return (files->empty() || results.met()) && met(*blocks) ? 0 : 1;
}

}  // namespace

Action bench_pipeline(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths,
                   "Records (.json, .json.zst), and folders of them (default: a chosen few of the project's data, in\n"
                   "$OSPREY_DATA or ../shared/data)");
    app.add_option("--repeat", o->repeat, "Run each pending transaction this many times")
        ->type_name("N")
        ->check(CLI::Range(size_t{1}, size_t{100'000}));
    app.add_option("--pools", o->pools, "Pools of the market that blocks are told of")
        ->type_name("N")
        ->check(CLI::Range(size_t{100}, size_t{1'000'000}));
    app.add_option("--moved", o->moved, "Pools that each block moves")
        ->type_name("N")
        ->check(CLI::Range(size_t{1}, size_t{50}));
    app.add_option("--blocks", o->blocks, "Blocks")->type_name("N")->check(CLI::Range(size_t{1}, size_t{100'000}));
    app.add_flag("--json", o->json, "One JSON object");
    app.footer(
        "First, each transaction of recorded blocks that moved pools is taken as pending, on the state right before "
        "it:\n"
        "the way to a backrun bundle on one core, from decoding and recovering the sender over search and sizing to\n"
        "execution, signature and the no-harm rule. Then the live engine, threads and queues included, is told of "
        "blocks\n"
        "that move pools of a synthetic market of real pairs, and the time from a block's arrival to the last "
        "decision\n"
        "on it is measured. Status 1 when p50 or p99 miss their targets, or a plan came out otherwise than planned.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
