// osprey bench evm: how fast contracts and whole blocks are executed.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "chain/archive.hpp"
#include "chain/compressed_file.hpp"
#include "chain/conformance/state_case.hpp"
#include "chain/find_files.hpp"
#include "cli/bench_records.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/replay_report.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<fs::path> paths;
    double seconds = 1;
    unsigned repeat = 7;
    bool json = false;
};

struct Measured {
    std::string name;
    uint64_t gas = 0;
    size_t runs = 0;
    double median_us = 0;
    double fastest_us = 0;
};

/// What there is to run: state tests as texts, and records.
struct Inputs {
    std::vector<chain::ArchivedFile> tests;
    std::vector<fs::path> records;
};

Result<void> add_file(const fs::path& path, Inputs& out) {
    const std::string name = path.filename().string();
    if (name.ends_with(".tar") || name.ends_with(".tar.zst")) {
        auto files = chain::read_archive(path);
        if (!files) return std::unexpected(std::move(files.error()));
        for (auto& file : *files)
            if (file.name.ends_with(".json"))
                out.tests.push_back({path.string() + ": " + file.name, std::move(file.content)});
        return {};
    }
    auto text = chain::read_file(path);
    if (!text) return std::unexpected(std::move(text.error()).in(path.string()));
    if (text->contains("\"chainId\"") && !text->contains("\"post\""))
        out.records.push_back(path);
    else
        out.tests.push_back({path.string(), std::move(*text)});
    return {};
}

bool is_input(const fs::path& path) {
    const std::string name = path.filename().string();
    return name.ends_with(".json") || name.ends_with(".json.zst") || name.ends_with(".tar") ||
           name.ends_with(".tar.zst");
}

Result<Inputs> collect(std::span<const fs::path> paths) {
    Inputs out;
    auto files = chain::find_files(paths, {.is_wanted = [](const auto& entry) { return is_input(entry.path()); },
                                           .name = "tests, archives or records",
                                           .in_subfolders = true});
    if (!files) return std::unexpected(std::move(files.error()));
    for (const auto& file : *files)
        if (auto done = add_file(file, out); !done) return std::unexpected(std::move(done.error()));
    if (!out.records.empty()) {
        auto sorted = chain::find_records(out.records);
        if (!sorted) return std::unexpected(std::move(sorted.error()));
        out.records = std::move(*sorted);
    }
    return out;
}

Result<Measured> measure(evm::Machine& machine, const chain::StateTest& test, const chain::StateCase& c,
                         double seconds) {
    using Clock = std::chrono::steady_clock;
    constexpr size_t least = 20, most = 1'000'000;
    state::StateTrie pre;
    (void)pre.apply(chain::all_of(test.pre().accounts));  // cannot fail: there are no nodes to load
    state::Overlay overlay{test.pre()};
    // A fast wrong answer is worth nothing.
    if (auto what = chain::run_case(machine, overlay, pre, c)) return fail(std::move(*what));
    if (!c.transaction || !c.transaction->to) return fail("the transaction calls no contract");

    const Transaction& tx = *c.transaction;
    const evm::Message message{
        .from = tx.sender, .to = *tx.to, .value = tx.value, .data = tx.data, .gas = tx.gas_limit};
    overlay.reset(test.pre());
    state::Overlay::Savepoint before{overlay};
    Measured out;
    out.gas = machine.call(overlay, c.env, message).gas_used;  // analyses the code and loads the accounts
    before.rollback();
    std::vector<double> times;
    const auto end = Clock::now() + std::chrono::duration<double>{seconds};
    while (times.size() < least || (times.size() < most && Clock::now() < end)) {
        const auto start = Clock::now();
        (void)machine.call(overlay, c.env, message);
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
        before.rollback();
    }
    out.runs = times.size();
    const auto middle = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    out.median_us = *middle;
    out.fastest_us = *std::ranges::min_element(times);
    return out;
}

void print(const Measured& m, bool json, bool& headed) {
    const double speed = mgas_per_s(m.gas, m.median_us / 1000);
    if (json) {
        JsonWriter out;
        out.begin_object().member("contract", m.name).member("gas", m.gas).member("runs", m.runs);
        out.member("median_us", m.median_us)
            .member("fastest_us", m.fastest_us)
            .member("mgas_per_s", speed)
            .end_object();
        fmt::print("{}\n", out.view());
        return;
    }
    if (!headed)
        fmt::print("{:<32} {:>12} {:>9} {:>12} {:>12} {:>8}\n", "contract", "gas", "runs", "fastest us", "median us",
                   "Mgas/s");
    headed = true;
    fmt::print("{:<32} {:>12} {:>9} {:>12.2f} {:>12.2f} {:>8.0f}\n", m.name, m.gas, m.runs, m.fastest_us, m.median_us,
               speed);
}

Result<void> run_tests(evm::Machine& machine, const chain::ArchivedFile& file, const Options& o, bool& headed) {
    const auto document = JsonDocument::parse(file.content);
    if (!document) return std::unexpected(document.error());
    simdjson::dom::object tests;
    if (document->root().get(tests) != simdjson::SUCCESS) return fail("is not a state test");
    for (const auto& [key, element] : tests) {
        const std::string name{key};
        const auto test = chain::StateTest::read(element);
        if (!test) return fail(name + ": " + test.error().message);
        Result<void> done;
        std::map<std::string, size_t> unknown_forks;
        const auto each = [&](std::string_view, Result<chain::StateCase> c) {
            if (!done) return;
            auto measured = c ? measure(machine, *test, *c, o.seconds) : std::unexpected(c.error());
            if (!measured) {
                done = std::unexpected(std::move(measured.error()).in(name));
                return;
            }
            measured->name = c->label.empty() ? fmt::format("{}/{}", name, c->at.data) : name + "/" + c->label;
            print(*measured, o.json, headed);
            std::fflush(stdout);
        };
        const auto read = test->for_each_case([](const chain::Network&) { return true; }, each, unknown_forks);
        if (!read) return fail(name + ": " + read.error().message);
        if (!done) return done;
    }
    return {};
}

int run_blocks(evm::Machine& machine, const std::vector<fs::path>& records, const Options& o) {
    JsonReplayReport json;
    ReplayTable table;
    ReplayReport& report = o.json ? static_cast<ReplayReport&>(json) : table;
    return replay_all(machine, records, o.repeat, report);
}

int run(const Options& o) {
    const fs::path data = project_data();
    const auto inputs = collect(o.paths.empty() ? std::vector{data / "evm-benchmarks", data / "blocks"} : o.paths);
    if (!inputs) return failed(inputs.error().message);
    evm::Machine machine;
    int status = 0;
    bool headed = false;
    for (const auto& file : inputs->tests)
        if (auto done = run_tests(machine, file, o, headed); !done)
            status = failed(file.name + ": " + done.error().message);
    if (inputs->records.empty()) return status;
    if (headed && !o.json) fmt::print("\n");
    return std::max(status, run_blocks(machine, inputs->records, o));
}

}  // namespace

Action bench_evm(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option(
        "PATH", o->paths,
        fmt::format("State tests (.json), archives of them (.tar.zst), block records, and folders of these\n({})",
                    project_data_help));
    app.add_option("--seconds", o->seconds, "Time to spend on each contract (default: 1)")
        ->type_name("S")
        ->check(CLI::Range(0.0, 600.0));
    app.add_option("--repeat", o->repeat, "Run every block this many times and tell the fastest time (default: 7)")
        ->type_name("N")
        ->check(CLI::Range(1U, 1'000'000U));
    app.add_flag("--json", o->json, "One object a line");
    app.footer(
        "A contract: the case must pass as a state test; then its call alone is timed, from the first instruction to\n"
        "the last, again and again on the same state, which is rolled back between the runs. The code was analysed\n"
        "and the accounts were loaded before. Gas is that of the call, without what the transaction itself costs;\n"
        "Mgas/s goes by the median.\n"
        "A block: as in osprey replay.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
