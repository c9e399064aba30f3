#include "state/memory_state.hpp"

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"
#include "state/state_trie.hpp"

namespace osprey::state {

Result<std::optional<AccountInfo>> MemoryState::account(const Address& address) {
    const auto* found = accounts_.find(address);
    return found == nullptr ? std::nullopt : std::optional{found->info};
}

Result<u256> MemoryState::storage(const Address& address, const u256& slot) {
    const auto* found = accounts_.find(address);
    if (found == nullptr) return u256{};
    const auto* value = found->storage.find(slot);
    return value == nullptr ? u256{} : *value;
}

Result<SharedBytes> MemoryState::code(const Address& address, const Hash& code_hash) {
    if (code_hash == empty_code_hash) {
        static const auto none = std::make_shared<const Bytes>();
        return none;
    }
    if (const auto* found = codes_.find(code_hash)) return *found;
    return fail("code " + to_hex(code_hash) + " of account " + to_hex(address) + " is not in this state");
}

Result<bool> MemoryState::has_storage(const Address& address) {
    const auto* found = accounts_.find(address);
    return found != nullptr && !found->storage.empty();
}

Result<Hash> MemoryState::block_hash(uint64_t number) {
    if (const auto* found = block_hashes_.find(number)) return *found;
    return fail("the hash of block " + std::to_string(number) + " is not in this state");
}

void MemoryState::set_account(const Address& address, const AccountInfo& info) { accounts_[address].info = info; }

void MemoryState::set_storage(const Address& address, const u256& slot, const u256& value) {
    auto& storage = accounts_[address].storage;
    if (value)
        storage[slot] = value;
    else
        storage.erase(slot);
}

void MemoryState::set_code(const Address& address, Bytes code) {
    const auto hash = keccak256(code);
    accounts_[address].info.code_hash = hash;
    if (hash == empty_code_hash) return;
    auto& shared = codes_[hash];
    if (!shared) shared = std::make_shared<const Bytes>(std::move(code));
}

void MemoryState::set_block_hash(uint64_t number, const Hash& hash) { block_hashes_[number] = hash; }

void MemoryState::apply(std::span<const AccountChange> changes) {
    for (const auto& change : changes) {
        if (!change.exists) {
            accounts_.erase(change.address);
            continue;
        }
        auto& account = accounts_[change.address];
        account.info = change.info;
        if (change.storage_cleared) account.storage.clear();
        for (const auto& [slot, value] : change.storage) set_storage(change.address, slot, value);
        if (change.code && change.info.code_hash != empty_code_hash) codes_[change.info.code_hash] = change.code;
    }
}

Hash MemoryState::state_root() const {
    std::vector<Address> addresses;
    std::vector<u256> slots;
    addresses.reserve(accounts_.size());
    for (const auto& [address, account] : accounts_) {
        addresses.push_back(address);
        for (const auto& [slot, value] : account.storage) slots.push_back(slot);
    }
    const auto account_keys = secure_keys(addresses);
    const auto slot_keys = secure_keys(slots);

    // Nothing in here can fail: keys are hashes, and there are no nodes to load.
    std::vector<Trie> tries(accounts_.size());
    std::vector<Trie*> to_compute;
    rlp::Writer value_rlp;
    size_t next_slot = 0;
    size_t i = 0;
    for (const auto& [address, account] : accounts_) {
        for (const auto& [slot, value] : account.storage) {
            value_rlp.clear();
            value_rlp.integer(value);
            (void)tries[i].insert(slot_keys[next_slot++], value_rlp.view());
        }
        to_compute.push_back(&tries[i++]);
    }
    Trie::hash_all(to_compute);

    Trie state;
    i = 0;
    for (const auto& [address, account] : accounts_) {
        (void)state.insert(account_keys[i], encode(TrieAccount{account.info, tries[i].root()}));
        ++i;
    }
    return state.root();
}

}  // namespace osprey::state
