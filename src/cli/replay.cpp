// osprey replay: recorded blocks, executed again and compared with what the chain made of them.

#include "chain/replay.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<fs::path> paths;
    unsigned repeat = 1;
    bool json = false;
};

struct Totals {
    size_t blocks = 0;
    size_t ok = 0;
    size_t transactions = 0;
    uint64_t gas = 0;
    double execute_ms = 0;
};

double mgas_per_s(uint64_t gas, double ms) { return ms > 0 ? static_cast<double>(gas) / ms / 1000 : 0; }

void add_optional(JsonWriter& out, std::string_view name, std::optional<bool> value) {
    out.key(name);
    if (value)
        out.boolean(*value);
    else
        out.null();
}

/// One object a line.
class JsonReport {
public:
    void failed_to_load(const fs::path& path, const Error& error) const {
        JsonWriter out;
        out.begin_object().member("file", path.string()).member("error", error.message).end_object();
        fmt::print("{}\n", out.view());
    }
    void block(const chain::Record& record, const chain::Replay& r) const {
        JsonWriter out;
        out.begin_object().member("block", record.number).member("fork", r.fork);
        out.member("txs", record.block.transactions.size()).member("gas", r.gas).member("gas_ok", r.gas_ok);
        add_optional(out, "receipts_ok", r.receipts_ok);
        out.member("bloom_ok", r.bloom_ok);
        add_optional(out, "state_ok", r.state_ok);
        out.member("execute_ms", r.execute_ms);
        if (!r.ok()) {
            out.member("file", record.path.string()).key("differences").begin_array();
            for (const auto& line : r.differences) out.string(line);
            out.end_array();
        }
        out.end_object();
        fmt::print("{}\n", out.view());
    }
    void end(const Totals& t) const {
        JsonWriter out;
        out.begin_object().member("blocks", t.blocks).member("ok", t.ok).member("gas", t.gas);
        out.member("execute_ms", t.execute_ms).member("mgas_per_s", mgas_per_s(t.gas, t.execute_ms)).end_object();
        fmt::print("{}\n", out.view());
    }
};

/// A table, with what differs below its row.
class Table {
public:
    void failed_to_load(const fs::path&, const Error& error) const {
        std::fflush(stdout);
        fmt::print(stderr, "osprey: {}\n", error.message);
    }
    void block(const chain::Record& record, const chain::Replay& r) {
        head();
        const auto gas = r.executed ? word(r.gas_ok) : "failed";
        const auto bloom = word(r.executed ? std::optional{r.bloom_ok} : std::nullopt);
        row(std::to_string(record.number), r.fork, record.block.transactions.size(), r.gas, gas, word(r.receipts_ok),
            bloom, word(r.state_ok), r.execute_ms);
        for (const auto& line : r.differences) fmt::print("    {}\n", line);
        for (const auto& line : r.notes) fmt::print("    {}\n", line);
    }
    void end(const Totals& t) {
        head();
        fmt::print("{:-<96}\n", "");
        row("total", "", t.transactions, t.gas, "", "", "", "", t.execute_ms);
        fmt::print("{} of {} blocks ok\n", t.ok, t.blocks);
    }

private:
    static std::string_view word(std::optional<bool> ok) { return !ok ? "-" : *ok ? "ok" : "differs"; }
    static void row(std::string_view block, std::string_view fork, size_t transactions, uint64_t gas,
                    std::string_view gas_ok, std::string_view receipts, std::string_view bloom, std::string_view state,
                    double ms) {
        fmt::print("{:>9}  {:<17} {:>5} {:>11}  {:<8} {:<8} {:<8} {:<8} {:>9.3f} {:>8.0f}\n", block, fork, transactions,
                   gas, gas_ok, receipts, bloom, state, ms, mgas_per_s(gas, ms));
    }
    void head() {
        if (headed_) return;
        headed_ = true;
        fmt::print("{:>9}  {:<17} {:>5} {:>11}  {:<8} {:<8} {:<8} {:<8} {:>9} {:>8}\n", "block", "fork", "txs",
                   "gas used", "gas", "receipts", "bloom", "state", "ms", "Mgas/s");
    }
    bool headed_ = false;
};

template <class Report>
int run(const Options& o, Report report) {
    const auto files = chain::find_records(o.paths);
    if (!files) return failed(files.error().message);
    Progress progress{"blocks"};
    evm::Machine machine;
    Totals totals;
    for (const auto& file : *files) {
        progress.update(totals.blocks, files->size());
        ++totals.blocks;
        const auto record = chain::load_record(file);
        auto result = record ? chain::replay(machine, *record, o.repeat) : std::unexpected(record.error());
        progress.clear();
        if (!result) {
            report.failed_to_load(file, record ? std::move(result.error()).in(file.string()) : result.error());
            continue;
        }
        report.block(*record, *result);
        if (result->ok()) ++totals.ok;
        totals.transactions += record->block.transactions.size();
        totals.gas += result->gas;
        totals.execute_ms += result->execute_ms;
    }
    report.end(totals);
    return totals.ok == totals.blocks ? 0 : 1;
}

}  // namespace

Action replay(CLI::App& app) {
    const auto o = std::make_shared<Options>();
    app.add_option("PATH", o->paths, "Records (.json, .json.zst), and folders of them")->required();
    app.add_option("--repeat", o->repeat, "Run every block this many times and tell the fastest time")
        ->type_name("N")
        ->check(CLI::Range(1U, 1'000'000U));
    app.add_flag("--json", o->json, "One object a line: each block, then the totals");
    app.footer(
        "A block is ok when all that its record can prove is right: gas, receipts and logs bloom, and with a witness\n"
        "the state root. The time is that of execution alone: state in memory, senders known, roots computed after.");
    return [o] { return o->json ? run(*o, JsonReport{}) : run(*o, Table{}); };
}

}  // namespace osprey::cli
