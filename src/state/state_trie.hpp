#pragma once
// The state as tries: the accounts' trie and the storage tries below it (Yellow Paper, section 4.1), keyed by
// keccak256.

#include <memory>
#include <optional>
#include <span>

#include "state/changes.hpp"
#include "state/flat_map.hpp"
#include "state/trie.hpp"

namespace osprey::state {

/// An account as the trie holds it.
struct TrieAccount {
    AccountInfo info;
    Hash storage_root = empty_trie_root;
};

Bytes encode(const TrieAccount& account);  ///< rlp([nonce, balance, storageRoot, codeHash])
Result<TrieAccount> decode_trie_account(BytesView encoded);

/// keccak256 of each, in one batch.
std::vector<Hash> secure_keys(std::span<const Address> addresses);
std::vector<Hash> secure_keys(std::span<const u256> slots);

/// A copy is cheap until it is changed: storage tries are shared, and copied when one side writes to them.
/// Errors name the account and the slot.
class StateTrie {
public:
    StateTrie() = default;
    StateTrie(std::shared_ptr<const NodeSet> nodes, const Hash& root)
        : nodes_(nodes), accounts_(std::move(nodes), root) {}

    Result<std::optional<TrieAccount>> account(const Address& address) const;
    Result<u256> storage(const Address& address, const u256& slot) const;

    /// Brings accounts and slots to what the changes say. After an error only some of them may have been.
    Result<void> apply(std::span<const AccountChange> changes);
    Hash root() { return accounts_.root(); }

private:
    Result<std::optional<TrieAccount>> account(const Address& address, const Hash& key) const;

    std::shared_ptr<const NodeSet> nodes_;
    Trie accounts_;
    FlatMap<Address, std::shared_ptr<Trie>> storage_;  ///< those that were changed; the rest is read from the nodes
};

}  // namespace osprey::state
