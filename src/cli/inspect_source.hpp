#pragma once
// What is inspected: a file of a recorded block or of its traces, or a block that a node traces.

#include <filesystem>

#include "chain/rpc/rpc.hpp"
#include "inspect/inspect.hpp"

namespace osprey::cli {

/// How long the parts took, in seconds.
struct InspectTimes {
    double read = 0;     ///< reading, unpacking and parsing the file
    double inspect = 0;  ///< all the rest: for a record execution too
};

/// The error names the file.
Result<inspect::Inspection> inspect_file(evm::Machine& machine, const std::filesystem::path& file,
                                         InspectTimes* times = nullptr);

/// By the node's trace_block, or by debug_traceBlockByNumber where it lacks that, with the block's receipts. The error
/// names the node and the block.
Result<inspect::Inspection> inspect_node_block(chain::Rpc& node, uint64_t chain_id, uint64_t number);

}  // namespace osprey::cli
