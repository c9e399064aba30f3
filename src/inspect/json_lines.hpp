#pragma once
// Findings as JSON lines: one object a finding.

#include "inspect/inspect.hpp"
#include "types/json_writer.hpp"

namespace osprey::inspect {

/// {"block", "kind", "txs", "actor", "contracts", "pools", "profit", "profit_wei", "cost_wei", "builder_wei",
/// "victims", "confidence", "reasons"}, then what is particular to the kind (docs/inspect.md). Amounts are decimal
/// text, signed.
void write_json(JsonWriter& out, const Inspection& inspection, const Finding& finding);

std::string signed_decimal(const u256& amount);

}  // namespace osprey::inspect
