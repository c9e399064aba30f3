#pragma once
// The precompiles on the curve alt_bn128, y² = x³ + 3 over Fp: addition (0x06), scalar multiplication (0x07) and the
// pairing check (0x08). EIP-196 and EIP-197 define encodings and failures; gas is the caller's affair.

#include "primitives/bytes.hpp"

namespace osprey::evm::bn254 {

/// P + Q for input P ‖ Q, 64 bytes each: short input is padded with zeros, longer is cut. False, the call fails, where
/// a coordinate is not below p or a point is not on the curve. (0, 0) is the point at infinity, also in `out`.
bool add(BytesView input, uint8_t out[64]) noexcept;

/// k·P for input P ‖ k, 64 and 32 bytes, padded and checked as in add; k is any 256-bit number.
bool mul(BytesView input, uint8_t out[64]) noexcept;

/// Whether the product of e(P, Q) over all pairs is 1, for input of 192 bytes a pair: P, then Q over Fp2 with imaginary
/// parts first. False, the call fails, where the size is no multiple of 192, a coordinate is not below p, or a point is
/// not on its curve or not in its group. No pairs: the result is true.
bool pairing_check(BytesView input, bool& result) noexcept;

}  // namespace osprey::evm::bn254
