#pragma once
// What a transaction on an OP-stack chain pays beside its gas: for its data's place on L1, and to the operator. After
// the OP stack specification ("L1-Cost fees", "Operator fee") and op-geth's core/types/rollup_cost.go.

#include "evm/fork.hpp"
#include "state/overlay.hpp"
#include "types/transaction.hpp"

namespace osprey::evm {

/// L1's prices as the L1Block contract keeps them.
struct L1Prices {
    u256 base_fee, blob_base_fee;                                 ///< wei
    u256 overhead, scalar;                                        ///< before Ecotone: gas, millionths
    uint64_t base_fee_scalar = 0, blob_base_fee_scalar = 0;       ///< from Ecotone
    uint64_t operator_fee_scalar = 0, operator_fee_constant = 0;  ///< from Isthmus
};
/// Touches nothing: reading does not warm the contract.
L1Prices read_l1_prices(state::Overlay& state);

/// Bytes that FastLZ (level 1) makes of the data; what Fjord and later estimate from.
uint64_t fastlz_size(BytesView data);
/// Fjord: bytes that the transaction is expected to take in a batch.
uint64_t estimated_data_size(BytesView encoded_transaction);

/// Wei for the data. `encoded_transaction`: as it travels, signed.
u256 l1_fee(OpFork fork, const L1Prices& prices, BytesView encoded_transaction);
/// Wei for the gas; none before Isthmus.
u256 operator_fee(OpFork fork, const L1Prices& prices, uint64_t gas);

/// What one transaction owes.
struct RollupFees {
    OpFork fork = OpFork::none;
    L1Prices prices;
    uint64_t gas_limit = 0;
    u256 l1;
    u256 operator_fee(uint64_t gas) const { return evm::operator_fee(fork, prices, gas); }
    /// Taken before execution.
    u256 at_most() const { return l1 + operator_fee(gas_limit); }
};
RollupFees rollup_fees(OpFork fork, const L1Prices& prices, const Transaction& tx);
/// After execution: gives back what of the operator's fee was not needed, and pays the vaults, that of the base fee
/// too.
void settle_rollup_fees(state::Overlay& state, state::Account& sender, const RollupFees& fees, const u256& base_fee,
                        uint64_t gas_used);

}  // namespace osprey::evm
