#pragma once
// The executor contract (contracts/, docs/executor.md) as compiled into the program.

#include "primitives/bytes.hpp"

namespace osprey::strategy {

// The creation bytecode. A deployment is this code followed by the ABI-encoded constructor arguments: owner, operator
// and wrapped native coin, 32 bytes each. `transient`: the build that keeps its guard in transient storage (EIP-1153,
// Cancun and later); otherwise the build in storage, which runs from Istanbul on.
BytesView executor_creation_code(bool transient);

}  // namespace osprey::strategy
