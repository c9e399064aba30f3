// osprey inspect: who took what from whom in blocks.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>

#include "chain/record.hpp"
#include "cli/commands.hpp"
#include "cli/inspect_report.hpp"
#include "cli/inspect_run.hpp"
#include "cli/inspect_source.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

struct Options {
    std::vector<std::filesystem::path> paths;
    std::string kinds;
    std::string rpc, wrapped_native;
    uint64_t from = 0, to = 0;
    InspectRun run;
    InspectedNode::Options source;
};

Result<KindFilter> parse_kinds(const std::string& list, bool many) {
    KindFilter kinds(inspect::kinds, list.empty());
    if (list.empty())  // too many to read
        for (const auto kind : {inspect::Kind::swap, inspect::Kind::fill}) kinds[static_cast<size_t>(kind)] = many;
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

int inspect_files(const Options& o) {
    const auto files = chain::find_records(o.paths);
    if (!files) return failed(files.error().message);
    std::vector<std::string> names;
    for (const auto& file : *files) names.push_back(file.string());
    return inspect_all(
        names,
        [&](evm::Machine& machine, size_t i, const IsKnown& known) {
            return inspect_file(machine, (*files)[i], o.source.wrapped_native, known);
        },
        o.run);
}

int inspect_range(const Options& o) {
    if (o.to < o.from) return failed("--to: before --from");
    const auto node = InspectedNode::open(o.rpc, o.source);
    if (!node) return failed(node.error().message);
    std::vector<std::string> names;
    for (uint64_t n = o.from; n <= o.to; ++n) names.push_back(std::to_string(n));
    return inspect_all(
        names,
        [&](evm::Machine& machine, size_t i, const IsKnown& known) -> Result<std::optional<inspect::Inspection>> {
            if (known && known(node->chain_id(), o.from + i)) return std::nullopt;
            return node->inspect(machine, o.from + i);
        },
        o.run);
}

int run(Options& o) {
    auto kinds = parse_kinds(o.kinds, o.run.json || !o.run.store.empty());
    if (!kinds) return failed(kinds.error().message);
    o.run.kinds = std::move(*kinds);
    if (!o.wrapped_native.empty()) {
        const auto wrapped = parse_address(o.wrapped_native);
        if (!wrapped) return failed("--wrapped-native: " + wrapped.error().message);
        o.source.wrapped_native = *wrapped;
    }
    return o.rpc.empty() ? inspect_files(o) : inspect_range(o);
}

}  // namespace

Action inspect(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths, "Records or trace files (.json, .json.zst), and folders of them");
    auto* rpc =
        app.add_option("--rpc", o->rpc, "Blocks that a node traces: http(s)://, ws(s)://, or the path of an IPC socket")
            ->type_name("URL");
    auto* from = app.add_option("--from", o->from, "The first block")->type_name("N")->needs(rpc);
    auto* to = app.add_option("--to", o->to, "The last block")->type_name("N")->needs(rpc);
    rpc->needs(from)->needs(to);
    app.add_flag("--execute", o->source.executes,
                 "Run the node's blocks here, on its state: victims' losses are then exact. It has to have the state")
        ->needs(rpc);
    app.add_option("--wrapped-native", o->wrapped_native,
                   "The contract that wraps the native coin, of a chain that osprey networks does not list")
        ->type_name("ADDRESS");
    app.add_option("--kinds", o->kinds,
                   "Only these, with commas between: swap, arbitrage, backrun, sandwich, jit, liquidation, failed,\n"
                   "builder_payment, cex_dex, fill (all; for people all but swap and fill)")
        ->type_name("LIST");
    app.add_flag("--json", o->run.json, "One JSON object a line for each finding; with --store too");
    auto* out = app.add_option("--out", o->run.out,
                               "Write to this file; after an interruption the same command goes on where it stopped")
                    ->type_name("FILE");
    auto* store = app.add_option("--store", o->run.store,
                                 "Write into a database, postgres://USER@HOST/NAME or sqlite:FILE; blocks that it has\n"
                                 "are left out. The password is best in PGPASSWORD or ~/.pgpass")
                      ->type_name("DSN")
                      ->excludes(out);
    app.add_flag("--again", o->run.again, "With --store: also blocks that the database has; their rows are replaced")
        ->needs(store);
    app.add_option("--jobs", o->run.jobs, "Blocks at a time (the number of processors)")
        ->type_name("N")
        ->check(CLI::Range(1U, 1024U));
    app.footer(
        "A record is executed: victims' losses are then exact, by running the block without the attacker. A trace "
        "file\n"
        "(trace_block with receipts) tells of calls and no logs; what cannot be told from it is said, not guessed.\n"
        "A node needs trace_block (Erigon, Reth, Nethermind) or debug_traceBlockByNumber (geth), unless\n"
        "--execute is given.");
    return [o] {
        if (o->paths.empty() == o->rpc.empty())
            return failed("inspect needs either a PATH or --rpc with --from and --to");
        return run(*o);
    };
}

}  // namespace osprey::cli
