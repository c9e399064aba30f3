// osprey bench inspect: how many blocks a second one core classifies, from traces and by execution.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>

#include "chain/compressed_file.hpp"
#include "chain/record.hpp"
#include "cli/commands.hpp"
#include "inspect/inspect.hpp"
#include "inspect/traced_view.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t london = 12'965'000;  ///< of Ethereum mainnet
constexpr double traces_target = 1000, records_target = 60;

struct Options {
    std::vector<std::filesystem::path> paths;
    size_t blocks = 1000;
    bool json = false;
};

struct Figure {
    const char* name;
    size_t blocks = 0;
    double seconds = 0;
    double target = 0;  ///< blocks a second; 0: told for its own sake
    double rate() const { return seconds > 0 ? static_cast<double>(blocks) / seconds : 0; }
    bool met() const { return blocks == 0 || rate() >= target; }
};

/// Calls f for so many blocks, over the items in turn; the time that f says it took.
template <class T, class F>
Figure measure(const char* name, double target, std::vector<T>& items, size_t blocks, F&& f) {
    Figure figure{.name = name, .target = target};
    if (items.empty()) return figure;
    for (; figure.blocks < blocks; ++figure.blocks) figure.seconds += f(items[figure.blocks % items.size()]);
    return figure;
}

template <class F>
double time_of(F&& f) {
    const auto begin = Clock::now();
    f();
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Resident memory in MiB, as Linux tells it.
double resident() {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
    return 0;
}

int run(const Options& o) {
    const auto files = chain::find_records(o.paths);
    if (!files) return failed(files.error().message);
    std::vector<std::string> texts;
    std::vector<chain::Record> records;
    for (const auto& file : *files) {
        auto text = chain::read_file(file);
        if (!text) return failed(text.error().message);
        if (inspect::is_traced_block(*text)) {
            texts.push_back(std::move(*text));
        } else {
            auto record = chain::load_record(file);
            if (!record) return failed(record.error().message);
            if (record->chain_id == 1 && record->number < london) continue;
            records.push_back(std::move(*record));
        }
    }
    std::vector<inspect::BlockView> views;
    evm::Machine machine;
    std::erase_if(records, [&](const chain::Record& r) {
        const auto seen = inspect::inspect_block(machine, r.chain_id, r.block, r.state());
        return !seen;  // a witness without storage
    });
    Figure figures[3];
    figures[0] = measure("parse traces", 0, texts, std::min<size_t>(o.blocks, 1000), [&](const std::string& text) {
        return time_of([&] {
            auto view = inspect::read_traced_block(text);
            if (view && views.size() < texts.size()) views.push_back(std::move(*view));
        });
    });
    const double before = resident();
    figures[1] = measure("classify traces", traces_target, views, o.blocks, [&](const inspect::BlockView& view) {
        inspect::BlockView copy = view;
        return time_of([&] { (void)inspect::inspect(std::move(copy)); });
    });
    figures[2] = measure(
        "execute and classify, London and later", records_target, records, o.blocks, [&](const chain::Record& r) {
            return time_of([&] { (void)inspect::inspect_block(machine, r.chain_id, r.block, r.state()); });
        });
    const double after = resident();
    bool met = true;
    for (const Figure& f : figures) {
        met &= f.met();
        if (f.blocks == 0) continue;
        if (o.json) {
            JsonWriter json;
            json.begin_object().member("name", f.name).member("blocks", f.blocks).member("blocks_per_s", f.rate());
            json.member("target", f.target).member("met", f.met()).end_object();
            fmt::print("{}\n", json.view());
        } else {
            fmt::print("{:<40} {:>9.0f} blocks/s over {} blocks{}\n", f.name, f.rate(), f.blocks,
                       f.target == 0 ? "" : fmt::format(" ({} {:.0f})", f.met() ? "at least" : "MISSED:", f.target));
        }
    }
    if (o.json) {
        JsonWriter json;
        json.begin_object().member("name", "resident memory").member("unit", "MiB").member("before", before);
        fmt::print("{}\n", json.member("after", after).end_object().view());
        return met ? 0 : 1;
    }
    fmt::print("{:<40} {:>9.0f} MiB before, {:.0f} MiB after\n", "resident memory", before, after);
    return met ? 0 : 1;
}

}  // namespace

Action bench_inspect(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths, "Trace files and records, and folders of them")->required();
    app.add_option("--blocks", o->blocks, "Inspect so many blocks of each sort, the files in turn")
        ->type_name("N")
        ->check(CLI::Range(1U, 100'000'000U));
    app.add_flag("--json", o->json, "One object a line");
    app.footer(
        "On one core. Reading and parsing is told apart; of records those of London and later count, each with its\n"
        "execution and, where there is a sandwich or a backrun, the executions without it.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
