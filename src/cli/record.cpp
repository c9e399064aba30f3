// osprey record: blocks of a node with all the state that they touch, each executed again before it counts.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "chain/compressed_file.hpp"
#include "chain/recorder.hpp"
#include "chain/replay.hpp"
#include "chain/rpc/node_pool.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

namespace fs = std::filesystem;
using chain::RecordSource;

const std::map<std::string, RecordSource> sources = {{"best", RecordSource::best},
                                                     {"witness", RecordSource::witness},
                                                     {"tracer", RecordSource::tracer},
                                                     {"execution", RecordSource::execution}};

struct Options {
    std::vector<std::string> nodes;
    std::string from, to;
    fs::path out;
    std::string by = "best";
    bool verify = false, json = false;
    double rate = 0;
};

/// One block's line.
struct Line {
    uint64_t number = 0;
    size_t transactions = 0;
    std::string source;  ///< or "there": the file was there already
    uint64_t requests = 0;
    fs::path file;
    std::vector<std::string> differences;
};

void print(const Line& line, bool json) {
    if (json) {
        JsonWriter out;
        out.begin_object().member("block", line.number).member("file", line.file.string());
        out.member("transactions", line.transactions).member("source", line.source);
        out.member("requests", line.requests).member("ok", line.differences.empty());
        out.key("differences").begin_array();
        for (const std::string& difference : line.differences) out.string(difference);
        out.end_array().end_object();
        fmt::print("{}\n", out.view());
    } else {
        fmt::print("{:>10}  {:>4} txs  {:<9}  {:>6} requests  {}  {}\n", line.number, line.transactions, line.source,
                   line.requests, line.differences.empty() ? "ok    " : "failed", line.file.string());
        for (const std::string& difference : line.differences) fmt::print("            {}\n", difference);
    }
    std::fflush(stdout);
}

Result<uint64_t> number_of(chain::Rpc& rpc, const std::string& text, const char* option) {
    const auto block = chain::parse_block_parameter(text);
    if (!block) return std::unexpected(Error{block.error()}.in(option));
    const auto header = chain::header_at(rpc, *block);
    if (!header) return std::unexpected(Error{header.error()}.in(option));
    if (!*header) return fail(fmt::format("{}: {} has no block {}", option, rpc.name(), text));
    return (*header)->header.number;
}

/// The file of an earlier run; none when there is none that can be read.
std::optional<Line> already_there(const fs::path& folder, uint64_t number) {
    for (const char* form : {"witness", "prestate"}) {
        const fs::path file = folder / fmt::format("{}.{}.json.zst", number, form);
        if (!fs::exists(file)) continue;
        const auto record = chain::load_record(file);
        if (record) return Line{number, record->block.transactions.size(), "there", 0, file, {}};
    }
    return std::nullopt;
}

Result<Line> record_one(chain::Recorder& recorder, evm::Machine& machine, const fs::path& folder, uint64_t number) {
    if (auto line = already_there(folder, number)) return std::move(*line);
    auto recorded = recorder.record(number);
    if (!recorded) return std::unexpected(std::move(recorded.error()));
    const fs::path file =
        folder / fmt::format("{}.{}.json.zst", number, recorded->has_witness ? "witness" : "prestate");
    if (auto written = chain::write_file(file, recorded->json); !written)
        return std::unexpected(std::move(written.error()).in(file.string()));
    Line line{number, recorded->transactions, std::string{name_of(recorded->source)}, recorded->traffic.requests, file,
              {}};
    const auto record = chain::load_record(file);
    if (!record) {
        line.differences.push_back(record.error().message);
        return line;
    }
    const auto replay = chain::replay(machine, *record, 1);
    if (!replay) return std::unexpected(replay.error());
    line.differences = replay->differences;
    return line;
}

int run(const Options& o) {
    auto rpc = chain::open_nodes(o.nodes, {}, {.requests_per_second = o.rate});
    if (!rpc) return failed(rpc.error().message);
    const auto from = number_of(**rpc, o.from, "--from");
    if (!from) return failed(from.error().message);
    const auto to = o.to.empty() ? from : number_of(**rpc, o.to, "--to");
    if (!to) return failed(to.error().message);
    if (*to < *from) return failed(fmt::format("--to: block {} is before --from, block {}", *to, *from));
    std::error_code error;
    fs::create_directories(o.out, error);
    if (error) return failed(fmt::format("--out: {}: {}", o.out.string(), error.message()));
    auto recorder = chain::Recorder::open(*rpc, sources.at(o.by), {.verify = o.verify});
    if (!recorder) return failed(recorder.error().message);

    evm::Machine machine;
    Progress progress{"recording blocks"};
    size_t good = 0;
    const size_t all = *to - *from + 1;
    for (uint64_t number = *from; number <= *to; ++number) {
        progress.update(number - *from, all);
        const auto line = record_one(**recorder, machine, o.out, number);
        progress.clear();
        if (!line) return failed(line.error().message);
        print(*line, o.json);
        good += line->differences.empty();
    }
    if (!o.json) fmt::print("{} of {} blocks ok\n", good, all);
    return good == all ? 0 : 1;
}

}  // namespace

Action record(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("--rpc", o->nodes, "URL of a node; several stand in for each other")->required()->type_name("URL");
    app.add_option("--from", o->from, "First block: a number, or latest, safe, finalized")->required()->type_name("N");
    app.add_option("--to", o->to, "Last block; without it only the first")->type_name("N");
    app.add_option("--out", o->out, "Folder for the records; those that are there are kept")
        ->required()
        ->type_name("DIR");
    app.add_option("--by", o->by,
                   "Where the state comes from: witness (debug_executionWitness), tracer (prestateTracer),\n"
                   "execution (eth_getBalance and its kin for what execution asks), or the best that the node has")
        ->type_name("SOURCE")
        ->check(CLI::IsMember(sources));
    app.add_option("--rate", o->rate, "At most so many requests a second")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    app.add_flag("--verify", o->verify, "Have accounts and slots proven against the state root (eth_getProof)");
    app.add_flag("--json", o->json, "One object a line");
    app.footer(
        "Each block is executed again from its record: status 0 only when all of them came out as on the chain.");
    return [o] { return run(*o); };
}

}  // namespace osprey::cli
