#pragma once
// The contract that wraps a chain's native coin.

#include <optional>

#include "primitives/bytes.hpp"

namespace osprey::protocol {

/// None for chains that are not known here.
std::optional<Address> wrapped_native(uint64_t chain_id);

}  // namespace osprey::protocol
