#pragma once
// Inspections of the recorded blocks and traces, for tests.

#include <gtest/gtest.h>

#include "chain/compressed_file.hpp"
#include "chain/record.hpp"
#include "inspect/inspect.hpp"
#include "inspect/traced_view.hpp"
#include "primitives/hex.hpp"
#include "support/test_data.hpp"

namespace osprey::inspect {

inline std::optional<Inspection> inspected_traces(uint64_t number) {
    const auto text = chain::read_file(test::test_data("inspect/traces/" + std::to_string(number) + ".json.zst"));
    if (!text) return {};
    auto view = read_traced_block(*text);
    if (!view) {
        ADD_FAILURE() << view.error().message;
        return {};
    }
    return inspect(std::move(*view));
}

/// The record with a prestate, else the one with a witness.
inline std::optional<chain::Record> recorded(uint64_t number) {
    for (const char* kind : {".prestate.json.zst", ".witness.json.zst"}) {
        const auto file = test::test_data("blocks/" + std::to_string(number) + kind);
        if (!std::filesystem::exists(file)) continue;
        auto record = chain::load_record(file);
        if (record) return std::move(*record);
        ADD_FAILURE() << record.error().message;
    }
    return {};
}

inline std::optional<Inspection> inspected_record(const chain::Record& record) {
    evm::Machine machine;
    auto seen = inspect_block(machine, record.chain_id, record.block, record.state(), record.receipts);
    if (seen) return std::move(*seen);
    ADD_FAILURE() << seen.error().message;
    return {};
}
inline std::optional<Inspection> inspected_record(uint64_t number) {
    const auto record = recorded(number);
    return record ? inspected_record(*record) : std::nullopt;
}

inline std::vector<const Finding*> of_kind(const Inspection& seen, Kind kind) {
    std::vector<const Finding*> found;
    for (const Finding& f : seen.findings)
        if (f.kind == kind) found.push_back(&f);
    return found;
}
inline std::string hash_of_tx(const Inspection& seen, uint32_t tx) { return to_hex(seen.view.txs[tx].hash); }

}  // namespace osprey::inspect
