#pragma once
// A record's state together with the knowledge of what is in it. A record holds what its block touched and answers zero
// or "no account" for everything else; whoever executes something else on it has to tell the two apart.

#include <unordered_map>
#include <unordered_set>

#include "state/overlay.hpp"
#include "strategy/own_slots.hpp"

namespace osprey::engine {

/// Stands under the overlay that the block runs on. First the block is executed once, and all that it asks for is
/// known; after seal() a zero is known only when the block asked for it too, and what the record cannot tell is zero.
/// What belongs to the executor, which no chain has, is known to be zero.
class KnownState final : public state::Reader {
public:
    explicit KnownState(state::Reader& record) : record_(&record) {}

    void seal() { sealed_ = true; }
    bool knows(const Address& account) const { return !missing_accounts_.contains(account); }
    bool knows(const Address& account, const u256& slot) const;
    /// What the executor allows them is known to be nothing, before its own approvals.
    void expect_approvals(std::span<const Address> spenders) {
        for (const Address& spender : spenders) own_slots_.add_spender(spender);
    }
    strategy::OwnSlots& own_slots() noexcept { return own_slots_; }
    /// The accounts that were asked for before seal().
    const std::unordered_set<Address>& accounts() const { return accounts_; }

    Result<std::optional<state::AccountInfo>> account(const Address& address) override;
    Result<u256> storage(const Address& address, const u256& slot) override;
    Result<state::SharedBytes> code(const Address& address, const Hash& code_hash) override;
    Result<bool> has_storage(const Address& address) override { return record_->has_storage(address); }
    Result<Hash> block_hash(uint64_t number) override { return record_->block_hash(number); }

private:
    using Slots = std::unordered_map<Address, std::unordered_set<u256>>;

    state::Reader* record_;
    bool sealed_ = false;
    std::unordered_set<Address> accounts_, missing_accounts_;
    Slots slots_, missing_slots_;
    strategy::OwnSlots own_slots_;
};

/// The state of a running block as a base for what-ifs: overlays on it see the block's overlay and change nothing
/// there. Tells whether they were given anything that is not known.
class StateView final : public state::Reader {
public:
    StateView(state::Overlay& block, KnownState& known) : block_(&block), known_(&known) {}

    /// Whether everything asked for since forget() was known.
    bool complete() const noexcept { return complete_; }
    void forget() noexcept { complete_ = true; }
    /// These slots of the contract may be unknown: what they hold decides nothing that a what-if looks at.
    void overlook(const Address& contract, uint64_t first, uint64_t last) {
        overlooked_[contract].push_back({.first = first, .last = last});
    }
    void expect_approvals(std::span<const Address> spenders) { known_->expect_approvals(spenders); }
    strategy::OwnSlots& own_slots() noexcept { return known_->own_slots(); }
    /// The slot's value when it is known; does not count for complete().
    std::optional<u256> slot_if_known(const Address& address, const u256& slot);

    Result<std::optional<state::AccountInfo>> account(const Address& address) override;
    Result<u256> storage(const Address& address, const u256& slot) override;
    Result<state::SharedBytes> code(const Address& address, const Hash& code_hash) override;
    Result<bool> has_storage(const Address& address) override;
    Result<Hash> block_hash(uint64_t number) override;

private:
    struct SlotRange {
        uint64_t first, last;
    };
    bool overlooks(const Address& contract, const u256& slot) const;

    state::Overlay* block_;
    KnownState* known_;
    bool complete_ = true;
    std::unordered_map<Address, std::vector<SlotRange>> overlooked_;
};

}  // namespace osprey::engine
