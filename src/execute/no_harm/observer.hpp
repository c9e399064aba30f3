#pragma once
// What the no-harm rule has to know of executions before it can measure: who and what came up in them, and what each
// transaction wrote.

#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "evm/machine.hpp"
#include "types/transaction.hpp"

namespace osprey::execute {

struct StorageWrite {
    Address contract;
    u256 slot;
    u256 value;
    friend bool operator==(const StorageWrite&, const StorageWrite&) = default;
    friend bool operator<(const StorageWrite& a, const StorageWrite& b) noexcept {
        return std::tie(a.contract, a.slot, a.value) < std::tie(b.contract, b.slot, b.value);
    }
};

/// Sees the transactions of both executions, with ours and without.
class Observer final : public evm::Tracer {
public:
    /// How a foreign transaction ended: what it has to be held against in the other execution.
    struct Effects {
        std::vector<StorageWrite> writes;  ///< in order; also those that were taken back later
        std::vector<Log> logs;
        uint64_t gas_used = 0;
        evm::Status status = evm::Status::success;
        Bytes output;
        friend bool operator==(const Effects&, const Effects&) = default;
    };

    /// Before the transaction runs; reads whom a foreign one names.
    void begin(const Transaction& tx, bool is_foreign);
    /// After it ran; none of it counts when it was invalid.
    void take_logs(const std::vector<Log>& logs);
    Effects& effects() noexcept { return effects_; }
    /// By this transaction.
    const std::unordered_set<Address>& called() const noexcept { return called_; }
    struct Pull {
        Address token, from;
    };
    /// transferFrom() calls of this transaction, whatever became of them.
    const std::vector<Pull>& pulls() const noexcept { return pulls_; }

    // Of all that was seen:
    std::unordered_set<Address> parties;          ///< sent or received something, or stand in an event
    std::unordered_set<Address> foreign_parties;  ///< of these, those of foreign transactions
    std::unordered_set<Address> named;            ///< by a foreign transaction: its recipient, words of its calldata
    std::unordered_set<Address> contracts;        ///< that ran, or emitted
    std::unordered_set<Address> created;
    /// Contracts that trade: they emitted a trade or a change of liquidity, or one of our transactions gave them
    /// something and they by themselves gave something.
    std::unordered_set<Address> markets;

    bool wants_instructions() const override { return false; }
    void call_start(const CallStart& call) override;
    void storage_change(const Address& contract, const u256& slot, const u256& before, const u256& after) override;
    void selfdestruct(const Address& contract, const Address& beneficiary, const u256& balance) override;

private:
    void add_party(const Address& address);
    void moved(const Address& mover, const Address& from, const Address& to);

    bool foreign_ = false;
    std::unordered_set<Address> gave_, received_;  ///< in this transaction of ours
    Effects effects_;
    std::unordered_set<Address> called_;
    std::vector<Pull> pulls_;
};

}  // namespace osprey::execute
