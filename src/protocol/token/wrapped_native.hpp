#pragma once
// The contract that wraps a chain's native coin.

#include "networks/networks.hpp"

namespace osprey::protocol {

using networks::wrapped_native;

}  // namespace osprey::protocol
