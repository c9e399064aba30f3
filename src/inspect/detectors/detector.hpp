#pragma once
// Detectors: pure functions from what a block did to findings. Each stands in a file of its own.

#include "inspect/context.hpp"
#include "inspect/thresholds.hpp"
#include "inspect/what_if.hpp"

namespace osprey::inspect {

using Findings = std::vector<Finding>;

/// Opposite trades of one actor around others' in the same pool, closed at no loss of inventory.
Findings detect_sandwiches(const Context& context);
/// The same by taking liquidity away and putting it back.
Findings detect_liquidity_sandwiches(const Context& context);
/// The victims' losses by running the block without the actor. Victims who lost nothing are taken off; false when none
/// is left. Without `what_if` nothing is known of losses.
bool settle_losses(const Context& context, const WhatIf& what_if, Finding& sandwich);

/// Cycles of swaps in one transaction that leave its sender richer. `taken`: transactions that are explained otherwise.
/// Those that cost more gas than they gained come as failed attempts.
Findings detect_arbitrages(const Context& context, const std::vector<bool>& taken);
/// Which transaction opened the gap that an arbitrage closed; by execution where that is possible.
Findings detect_backruns(const Context& context, const WhatIf& what_if, std::span<const Finding> arbitrages);
/// Liquidity that was there for one trade.
Findings detect_jit(const Context& context);
/// Every liquidation, with its bonus and what the liquidator's accounts gained by the whole transaction.
Findings detect_liquidations(const Context& context);
/// Transactions that asked for liquidations and got none, or tried to trade over several pools and were undone.
Findings detect_failed(const Context& context);
/// Payments to the block's maker that are no gas.
Findings detect_builder_payments(const Context& context);
/// One-way trades that pay much for their place. A suspicion.
Findings detect_cex_dex(const Context& context, const std::vector<bool>& taken);
/// Every swap, with the user behind it.
Findings list_swaps(const Context& context);
/// What users traded through routers and aggregators, a row each.
Findings list_fills(const Context& context);

/// What every finding tells of its transactions: actor, contracts, changes, worth, costs. `party` of the first.
Finding start_finding(const Context& context, Kind kind, std::span<const uint32_t> txs);
void add_reason(Finding& finding, Reason reason);
/// The swap's pool, unless the last one that was added is the same.
void add_pool(Finding& finding, const protocol::PoolKey& pool);

}  // namespace osprey::inspect
