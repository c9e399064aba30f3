#pragma once
// Which storage slots stand behind a contract's view functions: for codes whose layout nobody wrote down.

#include <optional>
#include <vector>

#include "support/test_chain.hpp"

namespace osprey::test {

/// The contract's own slots that the call reads, in the order of their first reading.
std::vector<u256> slots_read(TestChain& chain, const Address& contract, const Bytes& calldata);
/// The slot whose value the call's first output word follows one to one: word = value + a constant. None when there
/// is no such slot.
std::optional<u256> slot_behind(TestChain& chain, const Address& contract, const Bytes& calldata);

}  // namespace osprey::test
