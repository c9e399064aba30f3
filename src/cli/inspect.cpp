// osprey inspect: who took what from whom in blocks.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>
#include <thread>

#include "chain/record.hpp"
#include "cli/commands.hpp"
#include "cli/inspect_report.hpp"
#include "cli/inspect_run.hpp"

namespace osprey::cli {

namespace {

struct Options {
    std::vector<std::filesystem::path> paths;
    std::string kinds;
    InspectRun run;
};

Result<KindFilter> parse_kinds(const std::string& list, bool json) {
    KindFilter kinds(inspect::kinds, list.empty());
    if (list.empty())  // too many to read
        for (const auto kind : {inspect::Kind::swap, inspect::Kind::fill}) kinds[static_cast<size_t>(kind)] = json;
    std::istringstream names{list};
    for (std::string name; std::getline(names, name, ',');) {
        const auto kind = inspect::find_kind(name);
        if (!kind) {
            std::string all;
            for (size_t i = 0; i < inspect::kinds; ++i)
                all += fmt::format("{}{}", i == 0 ? "" : ", ", inspect::name_of(static_cast<inspect::Kind>(i)));
            return fail(fmt::format("--kinds: there is no kind \"{}\"; there are {}", name, all));
        }
        kinds[static_cast<size_t>(*kind)] = true;
    }
    return kinds;
}

int run(Options& o) {
    auto kinds = parse_kinds(o.kinds, o.run.json);
    if (!kinds) return failed(kinds.error().message);
    o.run.kinds = std::move(*kinds);
    auto files = chain::find_records(o.paths);
    if (!files) return failed(files.error().message);
    return inspect_all(*files, o.run);
}

}  // namespace

Action inspect(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths, "Records or trace files (.json, .json.zst), and folders of them")->required();
    app.add_option("--kinds", o->kinds,
                   "Only these, with commas between: swap, arbitrage, backrun, sandwich, jit, liquidation, failed,\n"
                   "builder_payment, cex_dex, fill (all; for people all but swap and fill)")
        ->type_name("LIST");
    app.add_flag("--json", o->run.json, "One JSON object a line for each finding");
    app.add_option("--out", o->run.out,
                   "Write to this file; after an interruption the same command goes on where it stopped")
        ->type_name("FILE");
    app.add_option("--jobs", o->run.jobs, "Blocks at a time (the number of processors)")
        ->type_name("N")
        ->check(CLI::Range(1U, 1024U));
    app.footer(
        "A record is executed: victims' losses are then exact, by running the block without the attacker. A trace "
        "file\n"
        "(trace_block with receipts) tells of calls and no logs; what cannot be told from it is said, not guessed.\n"
        "--rpc (blocks from a node) and --store (into a database) are not there yet.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
