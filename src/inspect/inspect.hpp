#pragma once
// What happened in a block: who took what from whom.

#include "inspect/executed_view.hpp"
#include "inspect/finding.hpp"

namespace osprey::inspect {

/// Findings in the order of their first transaction, with what they point into.
struct Inspection {
    BlockView view;
    Actions actions;
    std::vector<Finding> findings;
};

/// By what the view tells alone.
Inspection inspect(BlockView view);

/// Executes the block on `base`, the state before its first transaction. An error: a chain without rules here, a block
/// that cannot be executed, a base that cannot answer.
Result<Inspection> inspect_block(evm::Machine& machine, uint64_t chain_id, const Block& block, state::Reader& base);

}  // namespace osprey::inspect
