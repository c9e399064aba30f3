#include "cli/replay_report.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/progress.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

void add_optional(JsonWriter& out, std::string_view name, std::optional<bool> value) {
    out.key(name);
    if (value)
        out.boolean(*value);
    else
        out.null();
}

std::string_view word(std::optional<bool> ok) { return !ok ? "-" : *ok ? "ok" : "differs"; }

constexpr auto row_format = "{:>9}  {:<17} {:>5} {:>11}  {:<8} {:<8} {:<8} {:<8} {:>9.3f} {:>8.0f}\n";
constexpr auto head_format = "{:>9}  {:<17} {:>5} {:>11}  {:<8} {:<8} {:<8} {:<8} {:>9} {:>8}\n";
constexpr auto width = 101;

}  // namespace

void JsonReplayReport::refused(const std::filesystem::path& file, const Error& error) {
    JsonWriter out;
    out.begin_object().member("file", file.string()).member("error", error.message).end_object();
    fmt::print("{}\n", out.view());
}

void JsonReplayReport::block(const chain::Record& record, const chain::Replay& r) {
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

void JsonReplayReport::end(const Totals& t) {
    JsonWriter out;
    out.begin_object().member("blocks", t.blocks).member("ok", t.ok).member("gas", t.gas);
    out.member("execute_ms", t.execute_ms).member("mgas_per_s", mgas_per_s(t.gas, t.execute_ms)).end_object();
    fmt::print("{}\n", out.view());
}

void ReplayTable::refused(const std::filesystem::path&, const Error& error) {
    std::fflush(stdout);
    fmt::print(stderr, "osprey: {}\n", error.message);
}

void ReplayTable::block(const chain::Record& record, const chain::Replay& r) {
    head();
    const auto gas = r.executed ? word(r.gas_ok) : "failed";
    const auto bloom = word(r.executed ? std::optional{r.bloom_ok} : std::nullopt);
    fmt::print(row_format, record.number, r.fork, record.block.transactions.size(), r.gas, gas, word(r.receipts_ok),
               bloom, word(r.state_ok), r.execute_ms, mgas_per_s(r.gas, r.execute_ms));
    for (const auto& line : r.differences) fmt::print("    {}\n", line);
    for (const auto& line : r.notes) fmt::print("    {}\n", line);
}

void ReplayTable::end(const Totals& t) {
    head();
    fmt::print("{:-<{}}\n", "", width);
    fmt::print(row_format, "total", "", t.transactions, t.gas, "", "", "", "", t.execute_ms,
               mgas_per_s(t.gas, t.execute_ms));
    fmt::print("{} of {} blocks ok\n", t.ok, t.blocks);
}

void ReplayTable::head() {
    if (headed_) return;
    headed_ = true;
    fmt::print(head_format, "block", "fork", "txs", "gas used", "gas", "receipts", "bloom", "state", "ms", "Mgas/s");
}

int replay_all(evm::Machine& machine, std::span<const std::filesystem::path> records, unsigned repeat,
               ReplayReport& report) {
    Progress progress{"blocks"};
    Totals totals;
    for (const auto& file : records) {
        progress.update(totals.blocks, records.size());
        ++totals.blocks;
        const auto record = chain::load_record(file);
        const auto result = record ? chain::replay(machine, *record, repeat) : std::unexpected(record.error());
        progress.clear();
        if (!result) {
            report.refused(file, result.error());
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

}  // namespace osprey::cli
