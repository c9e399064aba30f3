// osprey replay: recorded blocks, executed again and compared with what the chain made of them.

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/commands.hpp"
#include "cli/replay_report.hpp"
#include "cli/replay_trace.hpp"

namespace osprey::cli {

namespace {

const std::map<std::string, TraceForm> trace_forms = {{"call", TraceForm::call},
                                                      {"prestate", TraceForm::prestate},
                                                      {"diff", TraceForm::diff},
                                                      {"parity", TraceForm::parity}};

struct Options {
    std::vector<std::filesystem::path> paths;
    unsigned repeat = 1;
    std::string trace;  ///< empty: none
    bool json = false;
};

int run(const Options& o, ReplayReport& report) {
    const auto files = chain::find_records(o.paths);
    if (!files) return failed(files.error().message);
    evm::Machine machine;
    if (!o.trace.empty()) return trace_all(machine, *files, trace_forms.at(o.trace), o.json);
    return replay_all(machine, *files, o.repeat, report);
}

}  // namespace

Action replay(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths, "Records (.json, .json.zst), and folders of them")->required();
    app.add_option("--repeat", o->repeat, "Run every block this many times and tell the fastest time")
        ->type_name("N")
        ->check(CLI::Range(1U, 1'000'000U));
    app.add_option("--trace", o->trace,
                   "Print what each transaction did: call (geth's callTracer; a tree for people), prestate or diff\n"
                   "(geth's prestateTracer), parity (trace_block); one JSON object a line, but for the tree")
        ->type_name("FORM")
        ->check(CLI::IsMember(trace_forms))
        ->excludes("--repeat");
    app.add_flag("--json", o->json, "One object a line: each block, then the totals");
    app.footer(
        "A block is ok when all that its record can prove is right: gas, receipts and logs bloom, and with a witness\n"
        "the state root. The time is that of execution alone: state in memory, senders known, roots computed after.");
    return [o] {
        JsonReplayReport json;
        ReplayTable table;
        return run(*o, o->json ? static_cast<ReplayReport&>(json) : table);
    };
}

}  // namespace osprey::cli
