#pragma once
// Keccak-256 (the pre-standard padding of Ethereum), the fastest implementation that this CPU can run.

#include <span>

#include "primitives/bytes.hpp"

namespace osprey {

Hash keccak256(BytesView data) noexcept;
/// Two words, as for a Solidity mapping slot: the commonest input of the EVM's KECCAK256.
Hash keccak256_64(const uint8_t* data) noexcept;
/// Many inputs at once, several lanes at a time where the CPU has them. `out` has `in.size()` places.
void keccak256_batch(std::span<const BytesView> in, Hash* out) noexcept;
/// Name of the implementation chosen at start-up, for reports.
const char* keccak_implementation() noexcept;

}  // namespace osprey
