#pragma once
// What a revert says, for people.

#include <string>

#include "evm/status.hpp"
#include "primitives/bytes.hpp"

namespace osprey::strategy {

/// The text of Error(string), the meaning of Panic(uint256), the name of an error of the executor or of a well-known
/// pool, or the data in hex; how the execution ended where it did not revert at all.
std::string reason_of(evm::Status status, BytesView output);

}  // namespace osprey::strategy
