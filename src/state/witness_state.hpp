#pragma once
// The state as a witness proves it: every node, code and header counts only under its own hash, so a witness that was
// tampered with can at most have something missing.

#include <memory>
#include <span>

#include "state/changes.hpp"
#include "state/flat_map.hpp"
#include "state/reader.hpp"
#include "state/state_trie.hpp"

namespace osprey::state {

/// Several threads may read at once while none applies changes. Nothing is cached: a Reader is asked once for an item.
class WitnessState final : public Reader {
public:
    /// `root`: of the state that is read, the parent block's. `codes` are known by their hashes.
    WitnessState(std::vector<Bytes> nodes, std::vector<Bytes> codes, const Hash& root);

    Result<std::optional<AccountInfo>> account(const Address& address) override;  ///< none: proven to be absent
    Result<u256> storage(const Address& address, const u256& slot) override;
    Result<SharedBytes> code(const Address& address, const Hash& code_hash) override;
    Result<bool> has_storage(const Address& address) override;
    Result<Hash> block_hash(uint64_t number) override;

    void set_block_hash(uint64_t number, const Hash& hash);

    /// The root that the state would have; nothing here changes. Takes what Overlay::changes() gives, which is all
    /// that differs from this state, so it may be asked again after every transaction.
    Result<Hash> state_root_after(std::span<const AccountChange> changes) const;

    /// Moves this state forward, its root and what is read from it: not below an overlay that is still in use.
    /// After an error the state must not be used any more.
    Result<void> apply(std::span<const AccountChange> changes);
    Hash root() { return trie_.root(); }

private:
    StateTrie trie_;
    FlatMap<Hash, SharedBytes> codes_;
    FlatMap<uint64_t, Hash> block_hashes_;
};

}  // namespace osprey::state
