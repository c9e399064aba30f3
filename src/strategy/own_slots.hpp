#pragma once
// What contracts keep for the executor's accounts, which no chain has: all of it is zero, though no record says so.

#include <unordered_set>

#include "primitives/bytes.hpp"

namespace osprey::strategy {

/// Nobody has a key for these, and nobody made a contract there.
const Address& executor_deployer() noexcept;
const Address& executor_operator() noexcept;
/// Where the deployer's first contract stands.
const Address& executor_address() noexcept;
bool is_own_account(const Address& address) noexcept;

/// Storage slots of other contracts that belong to these accounts: their place in a mapping by address at any of the
/// first slots, as Solidity and as Vyper hash it, at the places that libraries of tokens choose, and, one mapping
/// deeper, what those allow to a spender.
class OwnSlots {
public:
    OwnSlots();
    /// An allowance that the executor's own approval will touch.
    void add_spender(const Address& spender);
    /// Somebody hashed this for a storage slot: where it holds one of the accounts, or a slot of theirs, the slot is
    /// theirs too. False: it is not, or was known.
    bool learn(BytesView preimage);
    bool contains(const u256& slot) const;

private:
    std::unordered_set<Address> spenders_;
    std::unordered_set<u256> nested_;
};

}  // namespace osprey::strategy
