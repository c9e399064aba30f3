#pragma once
// What is inspected: a file of a recorded block or of its traces, or a block that a node traces.

#include <filesystem>

#include "chain/rpc/rpc.hpp"
#include "cli/inspect_run.hpp"
#include "inspect/inspect.hpp"

namespace osprey::cli {

/// Nothing for a known block: of a record no more is read than which block it is of. The error names the file.
Result<std::optional<inspect::Inspection>> inspect_file(evm::Machine& machine, const std::filesystem::path& file,
                                                        const IsKnown& known);

/// By the node's trace_block, or by debug_traceBlockByNumber where it lacks that, with the block's receipts. The error
/// names the node and the block.
Result<inspect::Inspection> inspect_node_block(chain::Rpc& node, uint64_t chain_id, uint64_t number);

}  // namespace osprey::cli
