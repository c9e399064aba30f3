#include "cli/inspect_source.hpp"

#include <chrono>

#include "chain/compressed_file.hpp"
#include "chain/record.hpp"
#include "inspect/traced_view.hpp"

namespace osprey::cli {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// Records say so in their name as a rule; nobody has to keep to it.
bool is_named_record(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    return name.find(".prestate.") != std::string::npos || name.find(".witness.") != std::string::npos;
}

Result<inspect::Inspection> inspect_traces(const std::filesystem::path& file, const std::string& text,
                                           Clock::time_point begin, InspectTimes& times) {
    auto view = inspect::read_traced_block(text);
    if (!view) return std::unexpected(std::move(view.error()).in(file.string()));
    times.read = seconds_since(begin);
    const auto start = Clock::now();
    auto seen = inspect::inspect(std::move(*view));
    seen.note = "by its traces: there are no logs, so that what tokens do by themselves is not seen";
    times.inspect = seconds_since(start);
    return seen;
}

}  // namespace

Result<inspect::Inspection> inspect_file(evm::Machine& machine, const std::filesystem::path& file,
                                         InspectTimes* times) {
    InspectTimes unused;
    InspectTimes& t = times == nullptr ? unused : *times;
    const auto begin = Clock::now();
    if (!is_named_record(file)) {
        const auto text = chain::read_file(file);
        if (!text) return std::unexpected(text.error());
        if (inspect::is_traced_block(*text)) return inspect_traces(file, *text, begin, t);
    }
    const auto record = chain::load_record(file);
    if (!record) return std::unexpected(record.error());
    t.read = seconds_since(begin);
    const auto start = Clock::now();
    auto seen = inspect::inspect_block(machine, record->chain_id, record->block, record->state(), record->receipts);
    t.inspect = seconds_since(start);
    if (!seen) return std::unexpected(std::move(seen.error()).in(file.string()));
    return seen;
}

}  // namespace osprey::cli
