// osprey statetest: the official tests, from files and folders.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <thread>

#include "chain/conformance/conformance.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

struct Options {
    std::vector<std::filesystem::path> paths;
    std::string fork;
    std::string filter;
    bool json = false;
};

void print(const chain::ConformanceFailure& f) {
    std::string line = f.file.string();
    if (!f.test.empty()) line += ": " + f.test;
    if (!f.fork.empty()) line += ", " + f.fork;
    if (f.indexes) line += fmt::format(", d={} g={} v={}", f.indexes->data, f.indexes->gas, f.indexes->value);
    fmt::print("{}: {}\n", line, f.what);
}

void print_json(const chain::ConformanceFailure& f) {
    JsonWriter out;
    out.begin_object().member("file", f.file.string());
    if (!f.test.empty()) out.member("test", f.test);
    if (!f.fork.empty()) out.member("fork", f.fork);
    if (f.indexes) out.member("data", f.indexes->data).member("gas", f.indexes->gas).member("value", f.indexes->value);
    out.member("what", f.what).end_object();
    fmt::print("{}\n", out.view());
}

void print_summary(const chain::ConformanceReport& report) {
    for (const auto& [kind, files] : report.files_passed_over)
        fmt::print("passed over {} file{}: {}\n", files, files == 1 ? "" : "s", kind);
    for (const auto& [fork, cases] : report.unknown_forks)
        fmt::print("passed over {} case{}: fork {} is not known\n", cases, cases == 1 ? "" : "s", fork);
    fmt::print("{} passed, {} failed\n", report.passed, report.failed);
}

void print_summary_json(const chain::ConformanceReport& report) {
    JsonWriter out;
    out.begin_object().member("passed", report.passed).member("failed", report.failed);
    out.key("files_passed_over").begin_object();
    for (const auto& [kind, files] : report.files_passed_over) out.member(kind, files);
    out.end_object().key("unknown_forks").begin_object();
    for (const auto& [fork, cases] : report.unknown_forks) out.member(fork, cases);
    out.end_object().end_object();
    fmt::print("{}\n", out.view());
}

int run(const Options& o) {
    Progress progress{"files"};
    chain::ConformanceOptions options;
    options.fork = o.fork;
    options.filter = o.filter;
    options.threads = std::max(1U, std::thread::hardware_concurrency());
    options.on_failure = [&](const chain::ConformanceFailure& f) {
        progress.clear();
        o.json ? print_json(f) : print(f);
    };
    options.on_file = [&](size_t done, size_t all) { progress.update(done, all); };
    const auto report = chain::run_conformance(o.paths, options);
    progress.clear();
    if (!report) return failed(report.error().message);
    o.json ? print_summary_json(*report) : print_summary(*report);
    return report->failed == 0 ? 0 : 1;
}

}  // namespace

Action statetest(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths, "Test files, and folders to search for .json files")->required();
    app.add_option("--fork", o->fork, "Only this fork or network, as in Cancun or BerlinToLondonAt5")
        ->type_name("NAME")
        ->check([](const std::string& name) {
            return chain::is_known_network(name) ? std::string{}
                                                 : "no fork has this name; the forks are " + chain::fork_names();
        });
    app.add_option("--filter", o->filter, "Only tests with this text in \"<file>: <test>\"")->type_name("TEXT");
    app.add_flag("--json", o->json, "One object a line: each failing case, then the totals");
    app.footer(
        "State tests (GeneralStateTests) and blockchain tests (ValidBlocks) are run; other files are passed over and\n"
        "counted. Each failing case is named with what differs; d, g and v are its indexes of data, gas and value.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
