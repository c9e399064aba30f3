#pragma once
// Detectors: pure functions from what a block did to findings. Each stands in a file of its own.

#include "inspect/context.hpp"
#include "inspect/thresholds.hpp"

namespace osprey::inspect {

using Findings = std::vector<Finding>;

/// Opposite trades of one actor around others' in the same pool, closed at no loss of inventory.
Findings detect_sandwiches(const Context& context);
/// Cycles of swaps in one transaction that leave its sender richer. `taken`: transactions that are explained otherwise.
Findings detect_arbitrages(const Context& context, const std::vector<bool>& taken);

/// What every finding tells of its transactions: actor, contracts, changes, worth, costs. `party` of the first.
Finding start_finding(const Context& context, Kind kind, std::span<const uint32_t> txs);
void add_reason(Finding& finding, Reason reason);
/// The swap's pool, unless the last one that was added is the same.
void add_pool(Finding& finding, const protocol::PoolKey& pool);

}  // namespace osprey::inspect
