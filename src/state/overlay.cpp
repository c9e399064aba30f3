#include "state/overlay.hpp"

#include <random>

namespace osprey::state {

namespace detail {
namespace {
uint64_t random_word() {
    static std::random_device device;
    return (uint64_t{device()} << 32 | device()) | 1;
}
}  // namespace
const uint64_t hash_seed[5] = {random_word(), random_word(), random_word(), random_word(), random_word()};
}  // namespace detail

namespace {
/// EIP-161 as mainnet ran it: the touch of RIPEMD-160's address outlives a revert (block 2,675,119).
constexpr Address ripemd_address = [] {
    Address a;
    a.bytes[19] = 3;
    return a;
}();
const SharedBytes no_code = std::make_shared<const Bytes>();
}  // namespace

void Overlay::reset(Reader& base) {
    base_ = &base;
    tx_ = 1;               // no record is left that bears a number
    next_storage_id_ = 1;  // changes() takes memory by the number of names given
    accounts_.clear();
    account_index_.clear();
    slots_.clear();
    slot_index_.clear();
    transients_.clear();
    transient_index_.clear();
    journal_.clear();
    old_codes_.clear();
    touched_.clear();
    destructed_.clear();
    fault_.reset();
}

void Overlay::forget_transactions() {
    for (uint32_t i = 0; i < accounts_.size(); ++i) {
        Account& a = accounts_[i];
        a.warm = a.created = a.destructed = a.touched = 0;
    }
    for (uint32_t i = 0; i < slots_.size(); ++i) slots_[i].tx = 0;
    for (uint32_t i = 0; i < transients_.size(); ++i) transients_[i].tx = 0;
    for (Undo& u : journal_) {
        switch (u.kind) {
            case Undo::warm_account:
            case Undo::warm_slot:
            case Undo::created:
            case Undo::destructed:
            case Undo::touched:
            case Undo::transient_storage:
                u.small = 0;
                break;
            default:
                break;
        }
    }
    tx_ = 0;
}

void Overlay::begin_transaction() {
    if (tx_ == UINT32_MAX) [[unlikely]]
        forget_transactions();
    ++tx_;
    touched_.clear();
    destructed_.clear();
    if (savepoints_ == 0) {
        journal_.clear();
        old_codes_.clear();
    }
}

void Overlay::end_transaction(bool clear_empty) {
    for (const uint32_t n : destructed_) {
        Account& a = accounts_[n];
        if (a.destructed != tx_) continue;  // the frame that destroyed it was rolled back
        set_exists(a, false);
        if (a.balance) set_balance(a, {});
        if (a.nonce != 0) set_nonce(a, 0);
        if (a.has_code()) set_code(a, no_code, empty_code_hash);
        new_storage(a);
    }
    if (!clear_empty) return;
    for (const uint32_t n : touched_) {
        Account& a = accounts_[n];
        if (a.touched == tx_ && a.exists && a.is_empty()) {
            set_exists(a, false);
            new_storage(a);
        }
    }
}

void Overlay::rollback(Checkpoint to) {
    while (journal_.size() > to) {
        const Undo u = journal_.back();
        journal_.pop_back();
        switch (u.kind) {
            case Undo::balance:
                accounts_[u.number].balance = u.value;
                break;
            case Undo::nonce:
                accounts_[u.number].nonce = u.value.w[0];
                break;
            case Undo::code_change: {
                OldCode& old = old_codes_.back();
                Account& a = accounts_[u.number];
                a.code = std::move(old.code);
                a.compiled = std::move(old.compiled);
                a.code_hash = old.hash;
                old_codes_.pop_back();
                break;
            }
            case Undo::storage:
                slots_[u.number].value = u.value;
                break;
            case Undo::transient_storage:
                transients_[u.number].value = u.value;
                transients_[u.number].tx = u.small;
                break;
            case Undo::warm_account:
                accounts_[u.number].warm = u.small;
                break;
            case Undo::warm_slot:
                slots_[u.number].tx = u.small;
                break;
            case Undo::created:
                accounts_[u.number].created = u.small;
                break;
            case Undo::destructed:
                accounts_[u.number].destructed = u.small;
                break;
            case Undo::touched:
                if (accounts_[u.number].address != ripemd_address) accounts_[u.number].touched = u.small;
                break;
            case Undo::existence:
                accounts_[u.number].exists = u.small != 0;
                break;
            case Undo::storage_name:
                accounts_[u.number].storage_id = u.small;
                accounts_[u.number].storage_fresh = u.value.w[0] != 0;
                break;
        }
    }
}

Account& Overlay::load_account(const Address& address, uint64_t hash, size_t where) {
    if (account_index_.full()) {
        account_index_.rehash([this](uint32_t n) { return detail::hash_address(accounts_[n].address); });
        account_index_.find(hash, [](uint32_t) { return false; }, where);
    }
    const uint32_t number = accounts_.grow();
    Account& a = accounts_[number];
    a = Account{};
    a.address = address;
    a.index = number;
    a.storage_id = next_storage_id_++;
    auto info = base_->account(address);
    if (!info) {
        set_fault(std::move(info.error()));
    } else if (*info) {
        a.exists = a.base_exists = true;
        a.base = **info;
        a.nonce = a.base.nonce;
        a.balance = a.base.balance;
        a.code_hash = a.base.code_hash;
    }
    a.storage_fresh = !a.base_exists;
    account_index_.insert(hash, number, where);
    return a;
}

Slot& Overlay::load_slot(Account& a, const u256& key, uint64_t hash, size_t where) {
    if (slot_index_.full()) {
        slot_index_.rehash([this](uint32_t n) { return detail::hash_slot(slots_[n].storage_id, slots_[n].key); });
        slot_index_.find(hash, [](uint32_t) { return false; }, where);
    }
    const uint32_t number = slots_.grow();
    NumberedSlot& s = slots_[number];
    s.key = key;
    s.value = {};
    s.storage_id = a.storage_id;
    s.tx = 0;
    s.number = number;
    if (!a.storage_fresh) {
        auto v = base_->storage(a.address, key);
        if (v)
            s.value = *v;
        else
            set_fault(std::move(v.error()));
    }
    slot_index_.insert(hash, number, where);
    return s;
}

const SharedBytes& Overlay::load_code(Account& a) {
    if (!a.has_code()) return a.code = no_code;
    auto code = base_->code(a.address, a.code_hash);
    if (code)
        a.code = std::move(*code);
    else
        set_fault(std::move(code.error()));
    if (!a.code) a.code = no_code;
    return a.code;
}

void Overlay::set_code(Account& a, SharedBytes code, const Hash& code_hash) {
    journal_.push_back({Undo::code_change, a.index, 0, {}});
    old_codes_.push_back({std::move(a.code), std::move(a.compiled), a.code_hash});
    a.code = std::move(code);
    a.compiled.reset();
    a.code_hash = code_hash;
}

void Overlay::set_exists(Account& a, bool v) {
    if (a.exists == v) return;
    journal_.push_back({Undo::existence, a.index, a.exists ? 1U : 0U, {}});
    a.exists = v;
}

void Overlay::touch(Account& a) {
    if (a.touched != tx_) {
        journal_.push_back({Undo::touched, a.index, a.touched, {}});
        a.touched = tx_;
        touched_.push_back(a.index);
    }
    set_exists(a, true);
}

void Overlay::new_storage(Account& a) {
    journal_.push_back({Undo::storage_name, a.index, a.storage_id, {a.storage_fresh ? 1U : 0U}});
    a.storage_id = next_storage_id_++;
    a.storage_fresh = true;
}

void Overlay::mark_created(Account& a) {
    journal_.push_back({Undo::created, a.index, a.created, {}});
    a.created = tx_;
    if (a.base_exists || a.exists) new_storage(a);
    touch(a);
}

bool Overlay::mark_destructed(Account& a) {
    if (a.destructed == tx_) return false;
    journal_.push_back({Undo::destructed, a.index, a.destructed, {}});
    a.destructed = tx_;
    destructed_.push_back(a.index);
    return true;
}

bool Overlay::has_storage(Account& a) {
    for (uint32_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].storage_id == a.storage_id && slots_[i].value) return true;
    if (a.storage_fresh) return false;
    auto has = base_->has_storage(a.address);
    if (!has) set_fault(std::move(has.error()));
    return has.value_or(false);
}

u256 Overlay::transient(const Account& a, const u256& key) noexcept {
    size_t where = 0;
    const auto* n = transient_index_.find(
        detail::hash_slot(a.index, key),
        [&](uint32_t i) { return transients_[i].storage_id == a.index && transients_[i].key == key; }, where);
    return n != nullptr && transients_[*n].tx == tx_ ? transients_[*n].value : u256{};
}

void Overlay::set_transient(const Account& a, const u256& key, const u256& v) {
    size_t where = 0;
    const uint64_t hash = detail::hash_slot(a.index, key);
    const auto same = [&](uint32_t i) { return transients_[i].storage_id == a.index && transients_[i].key == key; };
    const auto* n = transient_index_.find(hash, same, where);
    if (n == nullptr) {
        if (transient_index_.full()) {
            transient_index_.rehash(
                [this](uint32_t i) { return detail::hash_slot(transients_[i].storage_id, transients_[i].key); });
            transient_index_.find(hash, [](uint32_t) { return false; }, where);
        }
        const uint32_t number = transients_.grow();
        NumberedSlot& s = transients_[number];
        s.key = key;
        s.storage_id = a.index;
        s.tx = 0;
        s.number = number;
        transient_index_.insert(hash, number, where);
        n = &s.number;
    }
    NumberedSlot& s = transients_[*n];
    journal_.push_back({Undo::transient_storage, s.number, s.tx, s.tx == tx_ ? s.value : u256{}});
    s.value = v;
    s.tx = tx_;
}

std::vector<AccountChange> Overlay::changes() {
    std::vector<std::vector<std::pair<u256, u256>>> written(accounts_.size());
    // Storage ids are handed out in increasing order but not to accounts alone: look the owner up.
    std::vector<uint32_t> owner(next_storage_id_, UINT32_MAX);
    for (uint32_t i = 0; i < accounts_.size(); ++i) owner[accounts_[i].storage_id] = i;
    for (uint32_t i = 0; i < slots_.size(); ++i) {
        const NumberedSlot& s = slots_[i];
        const uint32_t n = owner[s.storage_id];
        if (n == UINT32_MAX) continue;
        Account& a = accounts_[n];
        u256 before;
        if (!a.storage_fresh) before = base_->storage(a.address, s.key).value_or(u256{});
        if (s.value != before) written[n].emplace_back(s.key, s.value);
    }
    std::vector<AccountChange> out;
    for (uint32_t i = 0; i < accounts_.size(); ++i) {
        const Account& a = accounts_[i];
        const bool cleared = a.storage_fresh && a.base_exists;
        const bool same = a.exists == a.base_exists && a.nonce == a.base.nonce && a.balance == a.base.balance &&
                          a.code_hash == a.base.code_hash;
        if ((same || (!a.exists && !a.base_exists)) && written[i].empty() && !cleared) continue;
        AccountChange c;
        c.address = a.address;
        c.exists = a.exists;
        c.info = {a.nonce, a.balance, a.code_hash};
        c.storage_cleared = cleared;
        if (a.exists) c.storage = std::move(written[i]);
        if (a.code_hash != a.base.code_hash) c.code = a.code;
        out.push_back(std::move(c));
    }
    return out;
}

}  // namespace osprey::state
