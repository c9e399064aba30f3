#pragma once
// A block as a node's trace_block tells it, with its receipts: calls, values and gas, no logs.

#include <string_view>

#include "inspect/view.hpp"
#include "primitives/error.hpp"

namespace osprey::inspect {

/// One JSON object: block_number, block_timestamp, miner, base_fee_per_gas, traces (trace_block), receipts. Keys in
/// snake_case, as recordings have them, or as JSON-RPC spells them; numbers in any form. The error names the item.
Result<BlockView> read_traced_block(std::string_view json);
/// Whether the text looks like such an object rather than a record.
bool is_traced_block(std::string_view json);

}  // namespace osprey::inspect
