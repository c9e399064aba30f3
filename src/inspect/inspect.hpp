#pragma once
// What happened in a block: who took what from whom.

#include "inspect/finding.hpp"
#include "inspect/what_if.hpp"

namespace osprey::inspect {

/// Findings in the order of their first transaction, with what they point into.
struct Inspection {
    BlockView view;
    Actions actions;
    std::vector<Finding> findings;
    std::string note;  ///< what the source could not give; empty when nothing is missing
};

/// By what the view tells. `what_if`, if given, runs the block without some transactions: it makes losses exact.
Inspection inspect(BlockView view, const WhatIf& what_if = {});

struct BlockOptions {
    std::optional<Address> wrapped_native;  ///< of a chain that is in no list here
    bool whole_state = false;               ///< the state answers for everything, not only for what the block touched
};

/// Executes the block on `base`, the state before its first transaction. A block that cannot be executed there is
/// inspected by its receipts, if there are any. An error: neither is possible.
Result<Inspection> inspect_block(evm::Machine& machine, uint64_t chain_id, const Block& block, state::Reader& base,
                                 std::span<const Receipt> receipts = {}, const BlockOptions& options = {});

}  // namespace osprey::inspect
