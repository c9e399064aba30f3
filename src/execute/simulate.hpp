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
    std::string revert_reason;       ///< what the revert's data says, in words; empty without data
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

/// Gas that the block still has where the bundle begins.
struct BlockRoom {
    uint64_t gas = UINT64_MAX;
    uint64_t blob_gas = UINT64_MAX;
};

/// A bundle, one transaction at a time, for whoever looks at the state between two of them. Changes stay on the
/// overlay; a state::Overlay::Savepoint takes them back, and a copy of the run from before goes on from there. Machine,
/// overlay, block and bundle have to outlive it.
class BundleRun {
public:
    BundleRun(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block, const Bundle& bundle,
              const BlockRoom& room = {});

    bool done() const noexcept { return next_ == bundle_->transactions.size(); }
    size_t position() const noexcept { return next_; }
    /// Runs the next transaction. An error: it is invalid in its place and may not be dropped, which changed nothing,
    /// or the state could not answer. A transaction that fails is no error.
    Result<const TransactionOutcome*> next();
    /// Goes on behind a transaction that was invalid.
    void skip() { ++next_; }
    /// The same run, going on with another bundle that began alike.
    BundleRun going_on_with(const Bundle& other) const;
    /// The sums over what has run.
    BundleOutcome outcome() const;

private:
    u256 coinbase_balance() const { return state_->account(block_->coinbase).balance; }

    evm::Machine* machine_;
    state::Overlay* state_;
    const evm::BlockEnv* block_;
    const Bundle* bundle_;
    BlockRoom room_;
    u256 coinbase_before_;
    size_t next_ = 0;
    BundleOutcome out_;
};

/// Sees each transaction when it has run (or was dropped), with the state after it.
using AfterEach = std::function<void(size_t index, const TransactionOutcome&)>;

/// Runs the whole bundle and leaves its changes on the overlay. `block` is the environment of the block that the
/// bundle is for. The error, one line: the bundle is for another block or time, a transaction is invalid in its place
/// (named by index and hash), or the state could not answer (then the overlay is void).
Result<BundleOutcome> simulate(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block,
                               const Bundle& bundle, const BlockRoom& room = {}, const AfterEach& after_each = {});
/// The part of simulate() that needs no execution: whether the bundle is for this block and time.
Result<void> check_place(const evm::BlockEnv& block, const Bundle& bundle);

/// The result of eth_callBundle: gas and block numbers as numbers, amounts as decimal text. Dropped transactions are
/// not among the results.
void write_json(JsonWriter& out, const BundleOutcome& outcome);

}  // namespace osprey::execute
