#pragma once
// What makes a block fit its parent, apart from executing it. Proof of work and its difficulty are not looked at.

#include "evm/fork.hpp"
#include "types/block.hpp"

namespace osprey::chain {

/// EIP-1559, and the OP stack's forms of it (specification of Canyon, Holocene and Jovian, "Execution Engine"): wei
/// that the child of `parent` must have as base fee under the rules of `chain`; 0 before London.
u256 base_fee_after(const evm::ChainSpec& chain, const Header& parent, uint64_t timestamp);
/// EIP-4844 and EIP-7918: gas that the child of `parent` must have as excess blob gas.
uint64_t excess_blob_gas_after(const evm::ChainSpec& chain, const Header& parent, uint64_t timestamp);

/// What is known beforehand of the child of `parent` at that time: everything but what its maker chooses and what its
/// transactions lead to; those fields are the parent's. Without a beacon root.
Header header_after(const evm::ChainSpec& chain, const Header& parent, const Hash& parent_hash, uint64_t timestamp);

/// A header by itself and against its parent. The error names the field, what it is and what it should be.
Result<void> check_header(const evm::ChainSpec& chain, const Header& parent, const Header& header);
/// What the header promises about the block's content: transactions, ommers, withdrawals, and the size (EIP-7934).
Result<void> check_body(const evm::ChainSpec& chain, const Block& block);

}  // namespace osprey::chain
