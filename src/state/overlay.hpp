#pragma once
// The working state of execution: everything touched so far, on top of a Reader that is never written to.
//
// Each account and slot is one record with a stable address, found by an open-addressing index. Every change leaves
// an undo entry in one journal, so a checkpoint is a length and a rollback pops entries. Warm and cold (EIP-2929),
// original values (EIP-2200) and transient storage (EIP-1153) are stamped with the transaction's number: starting a
// transaction resets all of them by counting up.

#include <memory>
#include <optional>
#include <vector>

#include "state/changes.hpp"
#include "state/reader.hpp"

namespace osprey::state {

/// Number of a transaction on one overlay; not used twice while a stamp bears it, not even after a rollback. 0 is no
/// transaction.
using TxId = uint32_t;

struct Account {
    Address address;
    TxId warm = 0;            ///< transaction in which the account is warm
    TxId created = 0;         ///< transaction that created the contract (EIP-6780)
    TxId destructed = 0;      ///< transaction that scheduled its destruction
    TxId touched = 0;         ///< transaction that touched it (EIP-161)
    uint32_t storage_id = 0;  ///< names the storage; a new one makes all slots zero at once
    bool exists = false;
    bool storage_fresh = false;  ///< the base knows nothing of this storage
    uint64_t nonce = 0;
    u256 balance;  ///< wei
    Hash code_hash = empty_code_hash;
    SharedBytes code;                      ///< null until it is asked for
    std::shared_ptr<const void> compiled;  ///< what the executor keeps with this code; dropped when the code changes

    bool has_code() const noexcept { return code_hash != empty_code_hash; }
    /// EIP-161: no nonce, no balance, no code.
    bool is_empty() const noexcept { return nonce == 0 && !balance && !has_code(); }

    bool base_exists = false;
    AccountInfo base;
    uint32_t index = 0;
};

struct Slot {
    u256 key;
    u256 value;
    u256 original;  ///< value when this transaction first touched it (valid while `tx` is the current one)
    uint32_t storage_id = 0;
    TxId tx = 0;  ///< transaction in which the slot is warm
};

namespace detail {

/// Chunks that never move, so that references live as long as the overlay.
template <class T>
class StableVector {
public:
    T& operator[](uint32_t i) noexcept { return chunks_[i >> shift][i & mask]; }
    const T& operator[](uint32_t i) const noexcept { return chunks_[i >> shift][i & mask]; }
    uint32_t size() const noexcept { return size_; }
    uint32_t grow() {
        if ((size_ >> shift) == chunks_.size()) chunks_.push_back(std::make_unique<T[]>(size_t{1} << shift));
        return size_++;
    }
    void clear() noexcept { size_ = 0; }  ///< keeps the chunks; grow() hands out used records again

private:
    static constexpr uint32_t shift = 8, mask = (1U << shift) - 1;
    std::vector<std::unique_ptr<T[]>> chunks_;
    uint32_t size_ = 0;
};

/// Open addressing from hash to record number, with 32 bits of the hash beside it.
class Index {
public:
    Index() : cells_(initial), mask_(initial - 1) {}

    /// The record for which `same(number)` holds, or null; `where` is then the cell to fill by insert().
    template <class Same>
    const uint32_t* find(uint64_t hash, const Same& same, size_t& where) const noexcept {
        const auto tag = static_cast<uint32_t>(hash >> 32) | 1U;
        for (size_t i = hash & mask_;; i = (i + 1) & mask_) {
            const Cell& c = cells_[i];
            if (c.tag == tag && same(c.number)) return &c.number;
            if (c.tag == 0) {
                where = i;
                return nullptr;
            }
        }
    }
    void insert(uint64_t hash, uint32_t number, size_t where) {
        cells_[where] = {static_cast<uint32_t>(hash >> 32) | 1U, number};
        ++used_;
    }
    bool full() const noexcept { return used_ * 4 >= cells_.size() * 3; }
    /// Doubles and takes every record in again; `hash_of(number)`.
    template <class HashOf>
    void rehash(const HashOf& hash_of) {
        std::vector<Cell> old(cells_.size() * 2);
        old.swap(cells_);
        mask_ = cells_.size() - 1;
        for (const Cell& c : old) {
            if (c.tag == 0) continue;
            size_t i = hash_of(c.number) & mask_;
            while (cells_[i].tag != 0) i = (i + 1) & mask_;
            cells_[i] = c;
        }
    }
    void clear() noexcept {
        std::fill(cells_.begin(), cells_.end(), Cell{});
        used_ = 0;
    }

private:
    static constexpr size_t initial = 1024;
    struct Cell {
        uint32_t tag = 0, number = 0;
    };
    std::vector<Cell> cells_;
    size_t mask_;
    size_t used_ = 0;
};

/// Secret of this process: keeps chosen keys from all meeting in one cell.
extern const uint64_t hash_seed[5];

inline uint64_t mix(uint64_t a, uint64_t b) noexcept {
    const u128 m = u128{a} * b;
    return static_cast<uint64_t>(m) ^ static_cast<uint64_t>(m >> 64);
}
inline uint64_t hash_slot(uint32_t storage_id, const u256& k) noexcept {
    return mix(k.w[0] ^ hash_seed[0], k.w[1] ^ hash_seed[1]) ^
           mix(k.w[2] ^ hash_seed[2] ^ (uint64_t{storage_id} << 24), k.w[3] ^ hash_seed[3]);
}
inline uint64_t hash_address(const Address& a) noexcept {
    uint64_t x, y;
    uint32_t z;
    std::memcpy(&x, a.data(), 8);
    std::memcpy(&y, a.data() + 8, 8);
    std::memcpy(&z, a.data() + 16, 4);
    return mix(mix(x ^ hash_seed[0], y ^ hash_seed[1]) ^ z, hash_seed[4]);
}

}  // namespace detail

class Overlay {
public:
    /// `last`: the number that the transactions' own are counted from; for tests of the end of the count.
    explicit Overlay(Reader& base, TxId last = 0) : base_(&base), tx_(last + 1) {}
    Overlay(const Overlay&) = delete;
    Overlay& operator=(const Overlay&) = delete;

    /// Forgets everything and stands on `base`; keeps its memory.
    void reset(Reader& base);

    // --- transactions and checkpoints ---------------------------------------------------------

    /// Starts a transaction: all is cold, nothing is touched, transient storage is empty.
    void begin_transaction();
    /// EIP-161 and SELFDESTRUCT: removes what the transaction destroyed and, from Spurious Dragon, what it left empty.
    void end_transaction(bool clear_empty);
    TxId tx() const noexcept { return tx_; }

    using Checkpoint = size_t;
    Checkpoint checkpoint() const noexcept { return journal_.size(); }
    void rollback(Checkpoint to);

    /// Keeps the journal over the ends of transactions while it lives: rollback() then goes back to its start.
    /// Any number may be nested, released innermost first.
    class Savepoint {
    public:
        explicit Savepoint(Overlay& o) : overlay_(&o), at_(o.checkpoint()) { ++o.savepoints_; }
        ~Savepoint() { --overlay_->savepoints_; }
        Savepoint(const Savepoint&) = delete;
        Savepoint& operator=(const Savepoint&) = delete;
        void rollback() { overlay_->rollback(at_); }

    private:
        Overlay* overlay_;
        Checkpoint at_;
    };

    // --- accounts -----------------------------------------------------------------------------

    Account& account(const Address& address) {
        size_t where = 0;
        const uint64_t h = detail::hash_address(address);
        const auto* n = account_index_.find(h, [&](uint32_t i) { return accounts_[i].address == address; }, where);
        return n != nullptr ? accounts_[*n] : load_account(address, h, where);
    }
    /// The account when it was asked for before; null otherwise.
    Account* find(const Address& address) noexcept {
        size_t where = 0;
        const auto* n = account_index_.find(
            detail::hash_address(address), [&](uint32_t i) { return accounts_[i].address == address; }, where);
        return n != nullptr ? &accounts_[*n] : nullptr;
    }
    /// True when it was cold until now.
    bool warm_up(Account& a) {
        if (a.warm == tx_) return false;
        journal_.push_back({Undo::warm_account, a.index, a.warm, {}});
        a.warm = tx_;
        return true;
    }
    bool is_warm(const Account& a) const noexcept { return a.warm == tx_; }
    void set_balance(Account& a, const u256& v) {
        journal_.push_back({Undo::balance, a.index, 0, a.balance});
        a.balance = v;
    }
    void set_nonce(Account& a, uint64_t v) {
        journal_.push_back({Undo::nonce, a.index, 0, {a.nonce}});
        a.nonce = v;
    }
    void set_code(Account& a, SharedBytes code, const Hash& code_hash);
    /// EIP-161 touch; also what makes an account exist.
    void touch(Account& a);
    /// A contract is being made at `a`: empty storage, created in this transaction.
    void mark_created(Account& a);
    /// Scheduled for end_transaction(). False when it already was.
    bool mark_destructed(Account& a);
    /// The code, loaded when needed; empty bytes for none. Never null.
    const SharedBytes& code(Account& a) { return a.code ? a.code : load_code(a); }
    /// EIP-7610: whether any slot of the account is set.
    bool has_storage(Account& a);

    // --- storage ------------------------------------------------------------------------------

    Slot& slot(Account& a, const u256& key) {
        size_t where = 0;
        const uint64_t h = detail::hash_slot(a.storage_id, key);
        const auto* n = slot_index_.find(
            h, [&](uint32_t i) { return slots_[i].storage_id == a.storage_id && slots_[i].key == key; }, where);
        Slot& s = n != nullptr ? slots_[*n] : load_slot(a, key, h, where);
        return s;
    }
    /// The slot when it was asked for before; null otherwise.
    const Slot* find_slot(const Account& a, const u256& key) const noexcept {
        size_t where = 0;
        const auto* n = slot_index_.find(
            detail::hash_slot(a.storage_id, key),
            [&](uint32_t i) { return slots_[i].storage_id == a.storage_id && slots_[i].key == key; }, where);
        return n != nullptr ? &slots_[*n] : nullptr;
    }
    /// The slot when this transaction has touched it; null otherwise.
    const Slot* find_warm(const Account& a, const u256& key) const noexcept {
        const Slot* s = find_slot(a, key);
        return s != nullptr && s->tx == tx_ ? s : nullptr;
    }
    /// The slot, warm from here on and with its original value set; `cold` tells what it was.
    Slot& access(Account& a, const u256& key, bool& cold) {
        Slot& s = slot(a, key);
        cold = s.tx != tx_;
        if (cold) [[unlikely]] {
            journal_.push_back({Undo::warm_slot, slot_number(s), s.tx, {}});
            s.tx = tx_;
            s.original = s.value;
        }
        return s;
    }
    void set_slot(Slot& s, const u256& v) {
        journal_.push_back({Undo::storage, slot_number(s), 0, s.value});
        s.value = v;
    }
    u256 transient(const Account& a, const u256& key) noexcept;
    void set_transient(const Account& a, const u256& key, const u256& v);

    // --- the base -----------------------------------------------------------------------------

    Reader& base() const noexcept { return *base_; }
    Result<Hash> block_hash(uint64_t number) { return base_->block_hash(number); }
    /// The first thing that the base could not tell. Whatever was computed since is void.
    const std::optional<Error>& fault() const noexcept { return fault_; }
    void set_fault(Error e) {
        if (!fault_) fault_ = std::move(e);
    }
    /// All accounts that differ from the base, with the slots that were written; for roots and for the next block.
    std::vector<AccountChange> changes();
    /// Accounts that were asked for, in order; for tracers and access lists.
    uint32_t account_count() const noexcept { return accounts_.size(); }
    Account& account_at(uint32_t i) noexcept { return accounts_[i]; }

    template <class F>
    void for_each_slot(F&& f) {
        for (uint32_t i = 0; i < slots_.size(); ++i) f(slots_[i]);
    }

private:
    struct Undo {
        enum Kind : uint8_t {
            balance,
            nonce,
            code_change,
            storage,
            transient_storage,
            warm_account,
            warm_slot,
            created,
            destructed,
            touched,
            existence,
            storage_name,
        };
        Kind kind;
        uint32_t number;
        uint32_t small;
        u256 value;
    };
    struct OldCode {
        SharedBytes code;
        std::shared_ptr<const void> compiled;
        Hash hash;
    };

    Account& load_account(const Address& address, uint64_t hash, size_t where);
    Slot& load_slot(Account& a, const u256& key, uint64_t hash, size_t where);
    const SharedBytes& load_code(Account& a);
    void set_exists(Account& a, bool v);
    /// Starts the count again: no stamp that is left can be taken for a coming transaction's.
    void forget_transactions();
    void new_storage(Account& a);
    static uint32_t slot_number(const Slot& s) noexcept { return reinterpret_cast<const NumberedSlot&>(s).number; }

    struct NumberedSlot : Slot {
        uint32_t number = 0;
    };

    Reader* base_;
    TxId tx_;
    uint32_t next_storage_id_ = 1;
    int savepoints_ = 0;
    detail::StableVector<Account> accounts_;
    detail::Index account_index_;
    detail::StableVector<NumberedSlot> slots_;
    detail::Index slot_index_;
    detail::StableVector<NumberedSlot> transients_;
    detail::Index transient_index_;
    std::vector<Undo> journal_;
    std::vector<OldCode> old_codes_;
    std::vector<uint32_t> touched_, destructed_;
    std::optional<Error> fault_;
};

}  // namespace osprey::state
