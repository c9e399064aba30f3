#pragma once
// Executes a bundle on a state and reports it as eth_callBundle does.

#include <functional>

#include "evm/machine.hpp"
#include "execute/bundle.hpp"
#include "execute/signed_wei.hpp"
#include "types/json_writer.hpp"

namespace osprey::execute {

struct TransactionOutcome {
    Hash hash;
    Address from;
    std::optional<Address> to;                ///< none: a creation
    std::optional<Address> contract_address;  ///< what it created
    bool dropped = false;                     ///< left out as it may be; then the rest is empty but for `error`
    evm::Status status = evm::Status::success;
    uint64_t gas_used = 0;     ///< after refunds
    u256 effective_gas_price;  ///< wei a gas, base fee included
    u256 gas_fees;             ///< wei: the part of the gas price that the coinbase gets (EIP-1559), times the gas
    SignedWei coinbase_diff;   ///< what the coinbase gained from it
    SignedWei eth_sent_to_coinbase;  ///< coinbase_diff - gas_fees
    Bytes output;                    ///< return data, or what it reverted with
    std::string error;               ///< in geth's words; empty for success
    std::string revert_reason;       ///< what Error(string) or Panic(uint256) says; empty otherwise
    std::vector<Log> logs;

    bool success() const noexcept { return !dropped && status == evm::Status::success; }
};

struct BundleOutcome {
    Hash bundle_hash;
    uint64_t state_block_number = 0;
    uint64_t gas_used = 0;
    u256 gas_fees;                   ///< wei, to the coinbase
    SignedWei coinbase_diff;         ///< wei
    SignedWei eth_sent_to_coinbase;  ///< coinbase_diff - gas_fees
    SignedWei bundle_gas_price;      ///< coinbase_diff / gas_used, rounded down: what builders sort by
    std::vector<TransactionOutcome> transactions;
    /// Why a builder would not include it though every transaction is valid: one failed that may not. Empty otherwise.
    std::string why_not_included;
};

struct SimulateOptions {
    /// What the block still has, from the bundle's place on.
    uint64_t block_gas_left = UINT64_MAX;
    uint64_t block_blob_gas_left = UINT64_MAX;
    /// Sees each transaction when it has run (or was dropped), with the state after it.
    std::function<void(size_t index, const TransactionOutcome&)> after_each;
};

/// Runs the transactions one after the other and leaves their changes on the overlay: a state::Overlay::Savepoint
/// around it takes them back. `block` is the environment of the block that the bundle is for. The error, one line: the
/// bundle is for another block or time, a transaction is invalid in its place (named by index and hash), or the state
/// could not answer (then the overlay is void). A failed transaction is no error.
Result<BundleOutcome> simulate(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block,
                               const Bundle& bundle, const SimulateOptions& options = {});

/// The result of eth_callBundle: gas and block numbers as numbers, amounts as decimal text. Dropped transactions are
/// not among the results.
void write_json(JsonWriter& out, const BundleOutcome& outcome);

}  // namespace osprey::execute
