#pragma once
// The part of an Arbitrum transaction's gas that stands for its place on L1 (Nitro, arbos/l1pricing/l1pricing.go and
// arbos/tx_processor.go). The prices come from the chain: ArbGasInfo (0x6c) tells price per unit and minimum gas price.

#include "primitives/bytes.hpp"

namespace osprey::chain {

/// Brotli's compression level that ArbOS takes from version 20 on (ArbOwnerPublic.getBrotliCompressionLevel tells);
/// before it 0.
inline constexpr int arbitrum_brotli_level = 1;

/// L1 calldata units of a transaction as it travels, signed: 16 for each byte of its Brotli compression.
uint64_t arbitrum_l1_units(BytesView encoded_transaction, int brotli_level = arbitrum_brotli_level);

/// Gas that the block charges for these units. `price_per_unit` (ArbGasInfo.getL1BaseFeeEstimate) and `base_fee`: wei.
uint64_t arbitrum_l1_gas(uint64_t units, const u256& price_per_unit, const u256& base_fee);
/// What NodeInterface.gasEstimateL1Component says: 256 units and a hundredth more for what is not signed yet, a tenth
/// on the cost, at a base fee that may fall by an eighth.
uint64_t arbitrum_l1_gas_estimate(uint64_t units, const u256& price_per_unit, const u256& base_fee,
                                  const u256& minimum_base_fee);

}  // namespace osprey::chain
