#pragma once
// A block as a node's tracer tells it, with its receipts: trace_block, which has calls, values and gas and no logs, or
// geth's callTracer, which has logs too.

#include <string_view>

#include "inspect/view.hpp"
#include "primitives/error.hpp"

namespace osprey::inspect {

/// One JSON object: block_number, block_timestamp, miner, base_fee_per_gas, traces (trace_block), receipts. Keys in
/// snake_case, as recordings have them, or as JSON-RPC spells them; numbers in any form. In place of traces it may have
/// call_traces (debug_traceBlockByNumber with callTracer, with its logs when they were asked for). The error names the
/// item.
Result<BlockView> read_traced_block(std::string_view json);
/// Whether the text looks like such an object rather than a record.
bool is_traced_block(std::string_view json);

}  // namespace osprey::inspect
