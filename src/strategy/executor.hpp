#pragma once
// The executor contract: plans run through it as real transactions of its operator, on a copy of the chain's state.
// Where it is not deployed it is put there by its own constructor.

#include <optional>
#include <span>
#include <unordered_map>

#include "evm/machine.hpp"
#include "strategy/own_slots.hpp"
#include "strategy/plan.hpp"

namespace osprey::strategy {

/// What the executor held of a token before and after; none: the token does not tell.
struct BalanceChange {
    Address token;
    std::optional<u256> before, after;
};

struct StoragePlace {
    Address contract;
    u256 slot;
    bool operator==(const StoragePlace&) const = default;
};

struct Executed {
    bool success = false;
    /// And every balance is what the plan says, to the last unit: the profit, and of other tokens what the swaps do not
    /// use.
    bool as_planned = false;
    std::string reason;                   ///< in words, when it is no success
    std::vector<BalanceChange> balances;  ///< the profit token first, then every other one of the plan
    uint64_t gas_used = 0;                ///< of the whole transaction, after refunds
    uint64_t gas_refunded = 0;            ///< what it needs beside that before it gets it back
    std::vector<Log> logs;

    /// Growth of the profit token; zero when it shrank.
    u256 profit() const noexcept;
};

/// One for each block. A thread of its own has a Machine and an Executor of its own.
class Executor {
public:
    /// In blocks before Istanbul every plan fails: the contract's code needs that fork's instructions. The error: the
    /// constructor failed.
    static Result<Executor> create(evm::Machine& machine, const evm::BlockEnv& block, const Address& wrapped_native,
                                   const Address& operated_by = executor_operator());
    /// The one that stands on the chain at `address`, with the operator's own balance for gas.
    static Executor deployed(evm::Machine& machine, const evm::BlockEnv& block, const Address& wrapped_native,
                             const Address& address, const Address& operated_by);

    const evm::BlockEnv& block() const noexcept { return block_; }
    const Address& address() const noexcept { return address_; }
    /// Goes on in another block.
    void set_block(const evm::BlockEnv& block) { block_ = block; }

    /// Puts the contract there, and an operator who can pay gas. Of a deployed one: nothing to do.
    void install(state::Overlay& state) const;
    /// The plan as the operator's next transaction, not signed: at the block's base fee, with all the gas there can be.
    Result<Transaction> transaction(state::Overlay& state, const Plan& plan) const;
    /// The plan as the operator's next transaction on the state, where the executor is installed. What it changes
    /// stays.
    Executed execute(state::Overlay& state, const Plan& plan);
    /// The same on an overlay of its own above `base`, with what the plan needs of its inventory given to the executor.
    /// None: there is no way known to give it a token (see balance_place()). An error: the plan cannot be encoded.
    Result<std::optional<Executed>> try_out(state::Reader& base, const Plan& plan);

    /// Runs the plan as try_out() does and looks at what is hashed for a storage slot: which belong to the executor.
    /// False: none but those that were known.
    bool learn_own_slots(state::Reader& base, const Plan& plan, OwnSlots& slots);

    /// Where the executor's balance of the token is kept, by the token itself or by another contract for it: what makes
    /// balanceOf answer what is written there.
    std::optional<StoragePlace> balance_place(state::Reader& base, const Address& token);
    /// What a view function answers; none when it fails.
    std::optional<Bytes> ask(state::Reader& base, const Address& contract, BytesView calldata);

private:
    Executor(evm::Machine& machine, const evm::BlockEnv& block, const Address& wrapped_native, const Address& address,
             const Address& operated_by)
        : machine_(&machine),
          block_(block),
          wrapped_native_(wrapped_native),
          address_(address),
          operator_(operated_by) {}

    Result<void> construct();
    state::Overlay& what_if(state::Reader& base);
    void give(state::Overlay& state, const TokenAmount& gift);
    bool agrees(const Executed& done, const Plan& plan) const;
    std::optional<Bytes> ask(state::Overlay& state, const Address& contract, BytesView calldata);
    std::optional<u256> balance(state::Overlay& state, const Address& token);

    evm::Machine* machine_;
    evm::BlockEnv block_;
    Address wrapped_native_, address_, operator_;
    state::SharedBytes code_;  ///< as the constructor left it; null: it is deployed
    Hash code_hash_;
    std::vector<std::pair<u256, u256>> storage_;
    std::unique_ptr<state::Overlay> what_if_;  ///< kept: making one is dearer than most calls
    std::unordered_map<Address, std::optional<StoragePlace>> balance_places_;
};

/// Whom the plan's steps let fetch tokens: the allowances that its execution reads and writes.
std::vector<Address> spenders_of(const Plan& plan);

}  // namespace osprey::strategy
