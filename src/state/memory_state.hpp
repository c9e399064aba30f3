#pragma once
// A whole state in memory: prestate records, state tests, benchmarks.

#include <span>

#include "state/changes.hpp"
#include "state/flat_map.hpp"
#include "state/reader.hpp"

namespace osprey::state {

/// Several threads may read at once while none writes.
class MemoryState final : public Reader {
public:
    using Storage = FlatMap<u256, u256>;  ///< no zero values
    struct StoredAccount {
        AccountInfo info;
        Storage storage;
    };

    MemoryState() = default;
    MemoryState(MemoryState&&) = default;
    MemoryState& operator=(MemoryState&&) = default;

    Result<std::optional<AccountInfo>> account(const Address& address) override;
    Result<u256> storage(const Address& address, const u256& slot) override;
    Result<SharedBytes> code(const Address& address, const Hash& code_hash) override;
    Result<bool> has_storage(const Address& address) override;
    Result<Hash> block_hash(uint64_t number) override;

    /// The account exists from here on; its storage stays.
    void set_account(const Address& address, const AccountInfo& info);
    /// The account exists from here on; zero erases the slot.
    void set_storage(const Address& address, const u256& slot, const u256& value);
    /// Sets the account's code hash too.
    void set_code(const Address& address, Bytes code);
    void set_block_hash(uint64_t number, const Hash& hash);
    void apply(std::span<const AccountChange> changes);
    void reserve(size_t accounts) { accounts_.reserve(accounts); }

    /// Root of the state trie of all that is here, from the ground up.
    Hash state_root() const;

    const FlatMap<Address, StoredAccount>& accounts() const noexcept { return accounts_; }

private:
    FlatMap<Address, StoredAccount> accounts_;
    FlatMap<Hash, SharedBytes> codes_;
    FlatMap<uint64_t, Hash> block_hashes_;
};

}  // namespace osprey::state
