#include "state/state_trie.hpp"

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"

namespace osprey::state {

namespace {

Error about(Error error, const Address& address) {
    error.message += " of account " + to_hex(address);
    return error;
}
Error about(Error error, const Address& address, const u256& slot) {
    error.message += " of slot " + to_hex(to_hash(slot)) + " of account " + to_hex(address);
    return error;
}

Hash secure_key(const Address& address) { return keccak256(address); }
Hash secure_key(const u256& slot) { return keccak256(to_hash(slot)); }

Result<u256> decode_value(BytesView rlp) {
    rlp::Reader reader{rlp};
    auto value = reader.integer();
    if (!value) return value;
    if (auto end = reader.end(); !end) return std::unexpected(std::move(end.error()));
    return value;
}

}  // namespace

Bytes encode(const TrieAccount& account) {
    rlp::Writer out;
    const auto list = out.begin_list();
    out.integer(account.info.nonce);
    out.integer(account.info.balance);
    out.bytes(account.storage_root);
    out.bytes(account.info.code_hash);
    out.end_list(list);
    return std::move(out).take();
}

Result<TrieAccount> decode_trie_account(BytesView encoded) {
    rlp::Reader outer{encoded};
    auto list = outer.list();
    if (!list) return std::unexpected(std::move(list.error()));
    const auto nonce = list->u64();
    if (!nonce) return fail("nonce: " + nonce.error().message);
    const auto balance = list->integer();
    if (!balance) return fail("balance: " + balance.error().message);
    const auto storage_root = list->hash();
    if (!storage_root) return fail("storage root: " + storage_root.error().message);
    const auto code_hash = list->hash();
    if (!code_hash) return fail("code hash: " + code_hash.error().message);
    if (auto end = list->end(); !end) return std::unexpected(std::move(end.error()));
    if (auto end = outer.end(); !end) return std::unexpected(std::move(end.error()));
    return TrieAccount{{*nonce, *balance, *code_hash}, *storage_root};
}

std::vector<Hash> secure_keys(std::span<const Address> addresses) {
    const std::vector<BytesView> views(addresses.begin(), addresses.end());
    std::vector<Hash> keys(views.size());
    keccak256_batch(views, keys.data());
    return keys;
}

std::vector<Hash> secure_keys(std::span<const u256> slots) {
    std::vector<Hash> words(slots.size());
    for (size_t i = 0; i < slots.size(); ++i) words[i] = to_hash(slots[i]);
    const std::vector<BytesView> views(words.begin(), words.end());
    std::vector<Hash> keys(views.size());
    keccak256_batch(views, keys.data());
    return keys;
}

Result<std::optional<TrieAccount>> StateTrie::account(const Address& address) const {
    return account(address, secure_key(address));
}

Result<std::optional<TrieAccount>> StateTrie::account(const Address& address, const Hash& key) const {
    auto value = accounts_.get(key);
    if (!value) return std::unexpected(about(std::move(value.error()), address));
    if (!*value) return std::nullopt;
    auto account = decode_trie_account(**value);
    if (!account) return fail("malformed account " + to_hex(address) + " in the trie: " + account.error().message);
    return *account;
}

Result<u256> StateTrie::storage(const Address& address, const u256& slot) const {
    const auto key = secure_key(slot);
    const auto read = [&](const Trie& trie) -> Result<u256> {
        auto value = trie.get(key);
        if (!value) return std::unexpected(about(std::move(value.error()), address, slot));
        if (!*value) return u256{};
        auto number = decode_value(**value);
        if (!number) return std::unexpected(about(std::move(number.error()).in("malformed value"), address, slot));
        return number;
    };
    if (const auto* changed = storage_.find(address)) return read(**changed);
    const auto owner = account(address);
    if (!owner) return std::unexpected(owner.error());
    if (!*owner || (*owner)->storage_root == empty_trie_root) return u256{};
    return read(Trie{nodes_, (*owner)->storage_root});
}

Result<void> StateTrie::apply(std::span<const AccountChange> changes) {
    std::vector<Address> addresses;
    std::vector<u256> slots;
    addresses.reserve(changes.size());
    for (const auto& change : changes) {
        addresses.push_back(change.address);
        if (change.exists)
            for (const auto& [slot, value] : change.storage) slots.push_back(slot);
    }
    const auto account_keys = secure_keys(addresses);
    const auto slot_keys = secure_keys(slots);

    // In every trie first what is written and then what is erased: a branch that is about to gain an entry must not
    // collapse in between, for its last child need not be known to a witness.
    std::vector<TrieAccount> accounts(changes.size());
    std::vector<Trie*> storage_tries(changes.size());
    std::vector<Trie*> changed;
    rlp::Writer value_rlp;
    size_t first_slot = 0;
    for (size_t i = 0; i < changes.size(); ++i) {
        const auto& change = changes[i];
        if (!change.exists) {
            storage_.erase(change.address);
            continue;
        }
        if (change.storage_cleared) {
            storage_[change.address] = std::make_shared<Trie>();
        } else {
            const auto before = account(change.address, account_keys[i]);
            if (!before) return std::unexpected(before.error());
            if (*before) accounts[i].storage_root = (*before)->storage_root;
        }
        accounts[i].info = change.info;
        if (change.storage.empty() && !change.storage_cleared) continue;

        auto& shared = storage_[change.address];
        if (!shared)
            shared = std::make_shared<Trie>(nodes_, accounts[i].storage_root);
        else if (shared.use_count() > 1)
            shared = std::make_shared<Trie>(*shared);
        auto& trie = *shared;
        storage_tries[i] = &trie;
        changed.push_back(&trie);
        for (const bool erasing : {false, true}) {
            for (size_t j = 0; j < change.storage.size(); ++j) {
                const auto& [slot, value] = change.storage[j];
                if ((value == u256{}) != erasing) continue;
                value_rlp.clear();
                if (!erasing) value_rlp.integer(value);
                auto done = trie.insert(slot_keys[first_slot + j], value_rlp.view());
                if (!done) return std::unexpected(about(std::move(done.error()), change.address, slot));
            }
        }
        first_slot += change.storage.size();
    }
    Trie::hash_all(changed);

    for (const bool erasing : {false, true}) {
        for (size_t i = 0; i < changes.size(); ++i) {
            if (changes[i].exists == erasing) continue;
            if (storage_tries[i] != nullptr) accounts[i].storage_root = storage_tries[i]->root();
            auto done =
                erasing ? accounts_.erase(account_keys[i]) : accounts_.insert(account_keys[i], encode(accounts[i]));
            if (!done) return std::unexpected(about(std::move(done.error()), changes[i].address));
        }
    }
    return {};
}

}  // namespace osprey::state
