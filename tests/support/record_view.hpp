#pragma once
// A recorded block as it runs, and what is known of its state: a record answers zero for whatever its block did not
// touch, so a model that is built from it has to be told what cannot be known.

#include <unordered_map>
#include <unordered_set>

#include "chain/record.hpp"
#include "evm/block.hpp"
#include "protocol/amm/family.hpp"
#include "state/overlay.hpp"

namespace osprey::test {

/// Between the record and the overlay that the block runs on. Until sealed it notes what the block asks for; from then
/// on a zero is known only where the block asked too.
class KnownRecord final : public state::Reader {
public:
    explicit KnownRecord(state::Reader& record) : record_(&record) {}
    void seal() { sealed_ = true; }
    bool knows(const Address& account) const { return !unknown_accounts_.contains(account); }
    bool knows(const Address& account, const u256& slot) const;

    Result<std::optional<state::AccountInfo>> account(const Address& address) override;
    Result<u256> storage(const Address& address, const u256& slot) override;
    Result<state::SharedBytes> code(const Address& address, const Hash& code_hash) override;
    Result<bool> has_storage(const Address& address) override { return record_->has_storage(address); }
    Result<Hash> block_hash(uint64_t number) override { return record_->block_hash(number); }

private:
    using Slots = std::unordered_map<Address, std::unordered_set<u256>>;
    state::Reader* record_;
    bool sealed_ = false;
    std::unordered_set<Address> accounts_, unknown_accounts_;
    Slots slots_, unknown_slots_;
};

class RunningRecord {
public:
    /// Executes the block once to learn what it touches; throws when that fails. Deposits of an OP-stack block are left
    /// out and its other transactions run without fees: what pools do does not depend on either.
    explicit RunningRecord(const chain::Record& record);

    /// What its transactions emitted, one list a transaction.
    const std::vector<std::vector<Log>>& logs() const { return logs_; }
    /// Runs the next transaction.
    void next();
    /// The pool of whichever family takes it, its needs answered by the state as it stands. Null: none does.
    std::unique_ptr<protocol::Pool> build(const protocol::PoolKey& key);
    /// Of that family alone.
    std::unique_ptr<protocol::Pool> build(const protocol::Family& family, const protocol::PoolKey& key);

private:
    std::vector<Log> run(evm::BlockExecutor& executor, state::Overlay& state, const Transaction& tx);
    void answer(const protocol::Need& need, protocol::Answers& answers);
    std::unique_ptr<protocol::Pool> build(const protocol::Family& family, const protocol::PoolKey& key,
                                          protocol::Answers& answers);

    const chain::Record* record_;
    evm::Machine machine_;
    KnownRecord known_;
    std::unique_ptr<state::Overlay> state_;
    std::unique_ptr<evm::BlockExecutor> executor_;
    std::vector<std::vector<Log>> logs_;
    size_t next_ = 0;
};

}  // namespace osprey::test
