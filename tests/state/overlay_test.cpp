#include "state/overlay.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "primitives/keccak.hpp"
#include "state/memory_state.hpp"

namespace osprey::state {
namespace {

Address address_of(uint64_t n) { return to_address(u256{n}); }

SharedBytes shared(Bytes b) { return std::make_shared<const Bytes>(std::move(b)); }

void set_code(Overlay& o, Account& a, const Bytes& code) { o.set_code(a, shared(code), keccak256(code)); }

u256 write(Overlay& o, Account& a, const u256& key, const u256& value) {
    bool cold = false;
    Slot& s = o.access(a, key, cold);
    const u256 before = s.value;
    o.set_slot(s, value);
    return before;
}

u256 read(Overlay& o, Account& a, const u256& key) {
    bool cold = false;
    return o.access(a, key, cold).value;
}

/// Two contracts with storage, a rich account and an empty one.
MemoryState small_state() {
    MemoryState s;
    for (const uint64_t n : {1, 2}) {
        s.set_account(address_of(n), {.nonce = 1, .balance = u256{100 * n}});
        s.set_code(address_of(n), {0x60, static_cast<uint8_t>(n)});
        s.set_storage(address_of(n), 1, 10 * n);
        s.set_storage(address_of(n), 2, 20 * n);
    }
    s.set_account(address_of(10), {.nonce = 5, .balance = u256{1'000'000}});
    s.set_account(address_of(11), {});
    s.set_account(address_of(3), {});
    return s;
}

const AccountChange* change_of(const std::vector<AccountChange>& all, const Address& a) {
    const auto found = std::ranges::find(all, a, &AccountChange::address);
    return found == all.end() ? nullptr : &*found;
}

class OverlayTest : public testing::Test {
protected:
    MemoryState base = small_state();
    Overlay overlay{base};
    Account& account(uint64_t n) { return overlay.account(address_of(n)); }
};

// --- checkpoints ---------------------------------------------------------------------------------

TEST_F(OverlayTest, NothingChangedIsNoChange) {
    overlay.begin_transaction();
    account(1);
    account(99);
    read(overlay, account(1), 1);
    read(overlay, account(1), 77);
    overlay.end_transaction(true);
    EXPECT_TRUE(overlay.changes().empty());
    EXPECT_EQ(overlay.account_count(), 2U);
}

TEST_F(OverlayTest, NestedCheckpointsUnwindOneByOne) {
    overlay.begin_transaction();
    Account& a = account(1);
    std::vector<Overlay::Checkpoint> points;
    for (uint64_t i = 0; i < 10; ++i) {
        points.push_back(overlay.checkpoint());
        overlay.set_balance(a, 1000 + i);
        overlay.set_nonce(a, 100 + i);
        write(overlay, a, 1, 500 + i);
        overlay.set_transient(a, 1, 600 + i);
        set_code(overlay, a, Bytes{0x5b, static_cast<uint8_t>(i)});
    }
    for (uint64_t i = 9; i > 0; --i) {
        overlay.rollback(points[i]);
        EXPECT_EQ(a.balance, u256{999 + i});
        EXPECT_EQ(a.nonce, 99 + i);
        EXPECT_EQ(read(overlay, a, 1), u256{499 + i});
        EXPECT_EQ(overlay.transient(a, 1), u256{599 + i});
        EXPECT_EQ(*overlay.code(a), (Bytes{0x5b, static_cast<uint8_t>(i - 1)}));
        EXPECT_EQ(a.code_hash, keccak256(*overlay.code(a)));
    }
    overlay.rollback(points[0]);
    EXPECT_EQ(a.balance, u256{100});
    EXPECT_EQ(a.nonce, 1U);
    EXPECT_EQ(read(overlay, a, 1), u256{10});
    EXPECT_EQ(overlay.transient(a, 1), u256{});
    EXPECT_EQ(*overlay.code(a), (Bytes{0x60, 1}));
    EXPECT_TRUE(overlay.changes().empty());
}

TEST_F(OverlayTest, RollbackSkipsManyCheckpointsAtOnce) {
    overlay.begin_transaction();
    Account& a = account(10);
    const auto start = overlay.checkpoint();
    for (uint64_t i = 0; i < 100; ++i) overlay.set_balance(a, i);
    overlay.rollback(start);
    EXPECT_EQ(a.balance, u256{1'000'000});
    EXPECT_EQ(overlay.checkpoint(), start);
}

TEST_F(OverlayTest, RollbackRestoresWhatIsKeptWithTheCode) {
    overlay.begin_transaction();
    Account& a = account(1);
    const auto compiled = std::make_shared<const int>(7);
    a.compiled = compiled;
    const auto before = overlay.checkpoint();
    set_code(overlay, a, {0x00});
    EXPECT_EQ(a.compiled, nullptr);
    overlay.rollback(before);
    EXPECT_EQ(a.compiled, compiled);
}

TEST_F(OverlayTest, RollbackRestoresMarks) {
    overlay.begin_transaction();
    Account& a = account(1);
    Account& fresh = account(50);
    const auto storage = a.storage_id;
    const auto before = overlay.checkpoint();
    overlay.warm_up(a);
    EXPECT_TRUE(overlay.mark_destructed(a));
    EXPECT_FALSE(overlay.mark_destructed(a));
    overlay.mark_created(a);
    overlay.touch(fresh);
    EXPECT_NE(a.storage_id, storage);
    EXPECT_EQ(read(overlay, a, 1), u256{});
    overlay.rollback(before);
    EXPECT_FALSE(overlay.is_warm(a));
    EXPECT_NE(a.destructed, overlay.tx());
    EXPECT_NE(a.created, overlay.tx());
    EXPECT_FALSE(fresh.exists);
    EXPECT_EQ(a.storage_id, storage);
    EXPECT_FALSE(a.storage_fresh);
    EXPECT_EQ(read(overlay, a, 1), u256{10});
    EXPECT_TRUE(overlay.mark_destructed(a));
    overlay.rollback(before);
    overlay.end_transaction(true);
    EXPECT_TRUE(a.exists);
    EXPECT_TRUE(overlay.changes().empty());
}

// --- savepoints over several transactions --------------------------------------------------------

TEST_F(OverlayTest, SavepointGoesBackOverTransactions) {
    overlay.begin_transaction();
    overlay.set_balance(account(10), 5);
    overlay.end_transaction(true);
    {
        Overlay::Savepoint outer(overlay);
        for (uint64_t i = 0; i < 3; ++i) {
            overlay.begin_transaction();
            write(overlay, account(1), 1, 70 + i);
            set_code(overlay, account(2), Bytes{static_cast<uint8_t>(i)});
            overlay.end_transaction(true);
        }
        {
            Overlay::Savepoint inner(overlay);
            overlay.begin_transaction();
            overlay.mark_destructed(account(1));
            overlay.end_transaction(true);
            EXPECT_FALSE(account(1).exists);
            inner.rollback();
        }
        overlay.begin_transaction();
        EXPECT_TRUE(account(1).exists);
        EXPECT_EQ(read(overlay, account(1), 1), u256{72});
        EXPECT_EQ(*overlay.code(account(2)), Bytes{2});
        overlay.end_transaction(true);
        outer.rollback();
    }
    overlay.begin_transaction();
    EXPECT_EQ(account(10).balance, u256{5});
    EXPECT_EQ(read(overlay, account(1), 1), u256{10});
    EXPECT_EQ(*overlay.code(account(2)), (Bytes{0x60, 2}));
    const auto changes = overlay.changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].address, address_of(10));
}

TEST_F(OverlayTest, SavepointMayRollBackTwice) {
    Overlay::Savepoint here(overlay);
    for (int i = 0; i < 2; ++i) {
        overlay.begin_transaction();
        EXPECT_EQ(account(10).balance, u256{1'000'000});
        overlay.set_balance(account(10), 1);
        overlay.end_transaction(true);
        here.rollback();
    }
    EXPECT_TRUE(overlay.changes().empty());
}

TEST_F(OverlayTest, WithoutSavepointTheJournalStartsAnew) {
    overlay.begin_transaction();
    overlay.set_balance(account(10), 1);
    overlay.end_transaction(true);
    overlay.begin_transaction();
    EXPECT_EQ(overlay.checkpoint(), 0U);
}

// --- one transaction to the next ------------------------------------------------------------------

TEST_F(OverlayTest, AccountsAndSlotsAreColdInEachTransaction) {
    for (int i = 0; i < 3; ++i) {
        overlay.begin_transaction();
        Account& a = account(1);
        EXPECT_TRUE(overlay.warm_up(a));
        EXPECT_FALSE(overlay.warm_up(a));
        EXPECT_EQ(overlay.find_warm(a, 1), nullptr);
        bool cold = false;
        overlay.access(a, 1, cold);
        EXPECT_TRUE(cold);
        ASSERT_NE(overlay.find_warm(a, 1), nullptr);
        overlay.access(a, 1, cold);
        EXPECT_FALSE(cold);
        overlay.end_transaction(true);
    }
}

TEST_F(OverlayTest, RollbackMakesColdAgain) {
    overlay.begin_transaction();
    Account& a = account(1);
    const auto before = overlay.checkpoint();
    overlay.warm_up(a);
    read(overlay, a, 1);
    overlay.rollback(before);
    EXPECT_TRUE(overlay.warm_up(a));
    bool cold = false;
    overlay.access(a, 1, cold);
    EXPECT_TRUE(cold);
}

TEST_F(OverlayTest, OriginalValueIsTheTransactionsFirst) {
    overlay.begin_transaction();
    write(overlay, account(1), 1, 11);
    write(overlay, account(1), 1, 12);
    bool cold = false;
    EXPECT_EQ(overlay.access(account(1), 1, cold).original, u256{10});
    overlay.end_transaction(true);

    overlay.begin_transaction();
    const auto before = overlay.checkpoint();
    EXPECT_EQ(overlay.access(account(1), 1, cold).original, u256{12});
    write(overlay, account(1), 1, 13);
    overlay.rollback(before);
    EXPECT_EQ(overlay.access(account(1), 1, cold).original, u256{12});
    EXPECT_EQ(overlay.access(account(1), 1, cold).value, u256{12});
}

TEST_F(OverlayTest, TransientStorageLivesForOneTransaction) {
    overlay.begin_transaction();
    overlay.set_transient(account(1), 1, 5);
    overlay.set_transient(account(2), 1, 6);
    EXPECT_EQ(overlay.transient(account(1), 1), u256{5});
    EXPECT_EQ(overlay.transient(account(2), 1), u256{6});
    EXPECT_EQ(overlay.transient(account(1), 2), u256{});
    const auto before = overlay.checkpoint();
    overlay.set_transient(account(1), 1, 0);
    overlay.set_transient(account(1), 2, 9);
    overlay.rollback(before);
    EXPECT_EQ(overlay.transient(account(1), 1), u256{5});
    EXPECT_EQ(overlay.transient(account(1), 2), u256{});
    overlay.end_transaction(true);
    overlay.begin_transaction();
    EXPECT_EQ(overlay.transient(account(1), 1), u256{});
    const auto again = overlay.checkpoint();
    overlay.set_transient(account(1), 1, 7);
    overlay.rollback(again);
    EXPECT_EQ(overlay.transient(account(1), 1), u256{});
    EXPECT_TRUE(overlay.changes().empty());
}

TEST_F(OverlayTest, TransientStorageSurvivesANewNameOfTheStorage) {
    overlay.begin_transaction();
    overlay.set_transient(account(1), 1, 5);
    overlay.mark_created(account(1));
    EXPECT_EQ(overlay.transient(account(1), 1), u256{5});
}

// --- the ends of transactions ---------------------------------------------------------------------

TEST_F(OverlayTest, DestroyedInOneTransactionCreatedAgainInTheNext) {
    overlay.begin_transaction();
    Account& a = account(1);
    write(overlay, a, 3, 30);
    overlay.mark_destructed(a);
    EXPECT_EQ(read(overlay, a, 1), u256{10});  // until the transaction ends
    overlay.end_transaction(true);
    EXPECT_FALSE(a.exists);
    EXPECT_FALSE(a.has_code());
    EXPECT_EQ(a.nonce, 0U);
    EXPECT_EQ(a.balance, u256{});
    EXPECT_FALSE(overlay.has_storage(a));
    {
        const auto changes = overlay.changes();
        ASSERT_EQ(changes.size(), 1U);
        EXPECT_FALSE(changes[0].exists);
        EXPECT_TRUE(changes[0].storage_cleared);
        EXPECT_TRUE(changes[0].storage.empty());
    }

    overlay.begin_transaction();
    overlay.mark_created(a);
    overlay.set_nonce(a, 1);
    EXPECT_EQ(read(overlay, a, 1), u256{});
    EXPECT_EQ(read(overlay, a, 3), u256{});
    write(overlay, a, 2, 22);
    set_code(overlay, a, {0x60, 1});  // the very code that the base has
    overlay.end_transaction(true);

    const auto changes = overlay.changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_TRUE(changes[0].exists);
    EXPECT_TRUE(changes[0].storage_cleared);
    EXPECT_EQ(changes[0].storage, (std::vector<std::pair<u256, u256>>{{2, 22}}));

    MemoryState next = small_state();
    next.apply(changes);
    EXPECT_EQ(next.storage(a.address, 1).value(), u256{});
    EXPECT_EQ(next.storage(a.address, 2).value(), u256{22});
    EXPECT_EQ(next.storage(a.address, 3).value(), u256{});
    EXPECT_EQ(*next.code(a.address, a.code_hash).value(), (Bytes{0x60, 1}));
}

TEST_F(OverlayTest, NewContractDestroyedAndMadeAgainHasNoOldSlots) {
    Overlay::Savepoint start(overlay);
    Account& a = account(60);
    for (uint64_t i = 0; i < 3; ++i) {
        overlay.begin_transaction();
        overlay.mark_created(a);
        overlay.set_nonce(a, 1);
        EXPECT_EQ(read(overlay, a, 1), u256{});
        write(overlay, a, 1, 5 + i);
        overlay.mark_destructed(a);
        overlay.end_transaction(true);
        EXPECT_TRUE(overlay.changes().empty()) << "an account that neither was nor is";
    }
    start.rollback();
    EXPECT_FALSE(a.exists);
    EXPECT_TRUE(overlay.changes().empty());
}

TEST_F(OverlayTest, DestructionInARolledBackFrameDoesNotHappen) {
    overlay.begin_transaction();
    const auto before = overlay.checkpoint();
    overlay.mark_destructed(account(1));
    overlay.rollback(before);
    overlay.mark_destructed(account(2));
    overlay.end_transaction(true);
    EXPECT_TRUE(account(1).exists);
    EXPECT_FALSE(account(2).exists);
}

TEST_F(OverlayTest, TouchedEmptyAccountsAreCleared) {
    overlay.begin_transaction();
    overlay.touch(account(11));
    overlay.touch(account(90));
    EXPECT_TRUE(account(90).exists);
    overlay.end_transaction(true);
    EXPECT_FALSE(account(11).exists);
    EXPECT_FALSE(account(90).exists);
    const auto changes = overlay.changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].address, address_of(11));
    EXPECT_FALSE(changes[0].exists);
}

TEST_F(OverlayTest, BeforeSpuriousDragonATouchMakesAnEmptyAccount) {
    overlay.begin_transaction();
    overlay.touch(account(90));
    overlay.end_transaction(false);
    EXPECT_TRUE(account(90).exists);
    EXPECT_TRUE(account(11).exists);
    const auto changes = overlay.changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].address, address_of(90));
    EXPECT_TRUE(changes[0].exists);
}

TEST_F(OverlayTest, UntouchedEmptyAccountsStay) {
    overlay.begin_transaction();
    account(11);
    overlay.end_transaction(true);
    EXPECT_TRUE(account(11).exists);
}

TEST_F(OverlayTest, ATouchThatWasRolledBackClearsNothingButRipemd160) {
    overlay.begin_transaction();
    const auto before = overlay.checkpoint();
    overlay.touch(account(11));
    overlay.touch(account(3));
    overlay.rollback(before);
    overlay.end_transaction(true);
    EXPECT_TRUE(account(11).exists);
    EXPECT_FALSE(account(3).exists);
}

TEST_F(OverlayTest, AnAccountThatIsNoLongerEmptyStays) {
    overlay.begin_transaction();
    overlay.touch(account(90));
    overlay.set_balance(account(90), 1);
    overlay.end_transaction(true);
    EXPECT_TRUE(account(90).exists);
}

// --- changes --------------------------------------------------------------------------------------

TEST_F(OverlayTest, ChangesTellEveryFieldOnce) {
    overlay.begin_transaction();
    Account& a = account(1);
    write(overlay, a, 1, 0);
    write(overlay, a, 2, 99);
    write(overlay, a, 2, 20);  // as it was
    write(overlay, a, 7, 70);
    overlay.set_nonce(account(10), 6);
    set_code(overlay, account(2), {});
    overlay.touch(account(70));
    overlay.set_balance(account(70), 7);
    overlay.end_transaction(true);
    const auto changes = overlay.changes();
    ASSERT_EQ(changes.size(), 4U);
    const auto* one = change_of(changes, address_of(1));
    ASSERT_NE(one, nullptr);
    EXPECT_EQ(one->storage, (std::vector<std::pair<u256, u256>>{{1, 0}, {7, 70}}));
    EXPECT_FALSE(one->storage_cleared);
    EXPECT_EQ(one->code, nullptr);
    const auto* two = change_of(changes, address_of(2));
    ASSERT_NE(two, nullptr);
    EXPECT_EQ(two->info.code_hash, empty_code_hash);
    EXPECT_EQ(change_of(changes, address_of(10))->info.nonce, 6U);
    EXPECT_EQ(change_of(changes, address_of(70))->info.balance, u256{7});
}

TEST_F(OverlayTest, HasStorageSeesBaseAndOverlay) {
    overlay.begin_transaction();
    EXPECT_TRUE(overlay.has_storage(account(1)));
    EXPECT_FALSE(overlay.has_storage(account(10)));
    write(overlay, account(10), 1, 1);
    EXPECT_TRUE(overlay.has_storage(account(10)));
    write(overlay, account(10), 1, 0);
    EXPECT_FALSE(overlay.has_storage(account(10)));
    EXPECT_FALSE(overlay.has_storage(account(80)));
}

TEST_F(OverlayTest, ResetStandsOnAnotherBase) {
    MemoryState other;
    other.set_account(address_of(1), {.nonce = 9, .balance = 3});
    for (int i = 0; i < 3; ++i) {
        overlay.begin_transaction();
        write(overlay, account(1), 1, 55);
        overlay.set_transient(account(1), 1, 55);
        overlay.mark_destructed(account(2));
        overlay.end_transaction(true);
        overlay.reset(i % 2 == 0 ? static_cast<Reader&>(other) : base);
        EXPECT_EQ(overlay.account_count(), 0U);
        EXPECT_TRUE(overlay.changes().empty());
        EXPECT_EQ(account(1).nonce, i % 2 == 0 ? 9U : 1U);
        EXPECT_EQ(read(overlay, account(1), 1), i % 2 == 0 ? u256{} : u256{10});
        EXPECT_EQ(overlay.transient(account(1), 1), u256{});
    }
}

TEST_F(OverlayTest, TheCountOfTransactionsBeginsAgain) {
    Overlay late(base, UINT32_MAX - 2);
    Overlay::Savepoint savepoint(late);
    for (int i = 0; i < 4; ++i) {
        late.begin_transaction();
        Account& a = late.account(address_of(900));
        EXPECT_TRUE(late.warm_up(a)) << "every transaction starts cold, " << i;
        bool cold = false;
        Slot& s = late.access(a, 5, cold);
        EXPECT_TRUE(cold) << i;
        EXPECT_EQ(s.original, u256{static_cast<uint64_t>(i)});
        late.set_slot(s, u256{static_cast<uint64_t>(i) + 1});
        EXPECT_EQ(late.transient(a, 1), u256{});
        late.set_transient(a, 1, 7);
        late.touch(a);
        late.set_balance(a, 1);
        late.end_transaction(true);
    }
    EXPECT_LT(late.tx(), 4U);
    savepoint.rollback();
    late.begin_transaction();
    Account& a = late.account(address_of(900));
    EXPECT_TRUE(late.warm_up(a));
    EXPECT_EQ(late.slot(a, 5).value, u256{});
    EXPECT_EQ(late.transient(a, 1), u256{});
    EXPECT_FALSE(a.exists);
}

TEST_F(OverlayTest, ResetNamesStoragesFromTheStart) {
    const auto first = account(1).storage_id;
    for (int i = 0; i < 100; ++i) {
        overlay.reset(base);
        overlay.begin_transaction();
        write(overlay, account(2), 1, 7);
        overlay.end_transaction(true);
        EXPECT_EQ(account(2).storage_id, first) << "or changes() would take longer after every reset";
        const auto changes = overlay.changes();
        ASSERT_EQ(changes.size(), 1U);
        EXPECT_EQ(changes[0].storage, (std::vector<std::pair<u256, u256>>{{1, 7}}));
    }
}

/// Answers nothing.
class Silent final : public Reader {
    Result<std::optional<AccountInfo>> account(const Address&) override { return fail("no account"); }
    Result<u256> storage(const Address&, const u256&) override { return fail("no storage"); }
    Result<SharedBytes> code(const Address&, const Hash&) override { return fail("no code"); }
    Result<Hash> block_hash(uint64_t) override { return fail("no hash"); }
};

TEST_F(OverlayTest, KeepsTheFirstFault) {
    Silent silent;
    Overlay o(silent);
    o.begin_transaction();
    EXPECT_FALSE(o.fault());
    Account& a = o.account(address_of(1));
    a.storage_fresh = false;
    read(o, a, 1);
    ASSERT_TRUE(o.fault());
    EXPECT_EQ(o.fault()->message, "no account");
    o.reset(base);
    EXPECT_FALSE(o.fault());
}

// --- many -----------------------------------------------------------------------------------------

TEST_F(OverlayTest, RecordsKeepTheirPlaceWhileTheIndexGrows) {
    overlay.begin_transaction();
    Account& first = account(1000);
    bool cold = false;
    Slot& slot = overlay.access(first, 0, cold);
    overlay.set_slot(slot, 1);
    constexpr uint64_t many = 20'000;
    const auto before = overlay.checkpoint();
    for (uint64_t i = 0; i < many; ++i) {
        overlay.touch(account(1000 + i));
        overlay.set_balance(account(1000 + i), i + 1);
        write(overlay, first, i + 1, i + 2);
        overlay.set_transient(first, i, i + 3);
    }
    EXPECT_EQ(&first, &account(1000));
    EXPECT_EQ(&slot, &overlay.access(first, 0, cold));
    for (uint64_t i = 0; i < many; ++i) {
        ASSERT_EQ(account(1000 + i).balance, u256{i + 1});
        ASSERT_EQ(read(overlay, first, i + 1), u256{i + 2});
        ASSERT_EQ(overlay.transient(first, i), u256{i + 3});
    }
    EXPECT_EQ(overlay.changes().size(), many);
    overlay.rollback(before);
    EXPECT_EQ(read(overlay, first, 5000), u256{});
    EXPECT_EQ(overlay.transient(first, 5000), u256{});
    EXPECT_EQ(account(1000 + many / 2).balance, u256{});
}

// --- against a model ------------------------------------------------------------------------------

/// The overlay's promise in plain maps that are copied whole at every checkpoint.
struct Model {
    struct Plain {
        bool exists = false;
        uint64_t nonce = 0;
        u256 balance;
        Bytes code;
        std::map<u256, u256> storage;
        std::map<u256, u256> original;  ///< where this transaction touched it
        std::map<u256, u256> transient;
        bool warm = false, created = false, destructed = false, touched = false;
        bool empty() const { return nonce == 0 && !balance && code.empty(); }
    };
    std::map<uint64_t, Plain> accounts;

    void begin() {
        for (auto& [n, a] : accounts) {
            a.original.clear();
            a.transient.clear();
            a.warm = a.created = a.destructed = a.touched = false;
        }
    }
    void end(bool clear_empty) {
        for (auto& [n, a] : accounts) {
            if (a.destructed) {
                a.exists = false;
                a.nonce = 0;
                a.balance = {};
                a.code.clear();
                a.storage.clear();
            }
            if (clear_empty && a.touched && a.exists && a.empty()) {
                a.exists = false;
                a.storage.clear();
            }
        }
    }
};

struct OverlayProperty : testing::TestWithParam<uint64_t> {};

TEST_P(OverlayProperty, EqualsPlainMaps) {
    std::mt19937_64 random(GetParam());
    const auto below = [&](uint64_t n) { return random() % n; };
    constexpr uint64_t account_numbers = 8;  // none is RIPEMD-160's

    Model model;
    MemoryState base;
    for (uint64_t n = 0; n < account_numbers; ++n) {
        auto& a = model.accounts[100 + n];
        if (n % 3 == 2) continue;
        a.exists = true;
        a.nonce = below(3);
        a.balance = below(2);
        if (n % 2 == 0) a.code = {0x60, static_cast<uint8_t>(n)};
        for (uint64_t s = 0; s < below(4); ++s) a.storage[s] = 1 + below(3);
        base.set_account(address_of(100 + n), {.nonce = a.nonce, .balance = a.balance});
        base.set_code(address_of(100 + n), a.code);
        for (const auto& [k, v] : a.storage) base.set_storage(address_of(100 + n), k, v);
    }
    Overlay overlay(base);

    struct Saved {
        Overlay::Checkpoint at;
        Model model;
    };
    struct Held {
        std::unique_ptr<Overlay::Savepoint> point;
        Model model;
    };
    std::vector<Saved> checkpoints;
    std::vector<Held> savepoints;

    const auto compare = [&] {
        for (const auto& [n, m] : model.accounts) {
            Account& a = overlay.account(address_of(n));
            ASSERT_EQ(a.exists, m.exists) << n;
            ASSERT_EQ(a.nonce, m.nonce) << n;
            ASSERT_EQ(a.balance, m.balance) << n;
            ASSERT_EQ(*overlay.code(a), m.code) << n;
            ASSERT_EQ(a.code_hash, keccak256(m.code)) << n;
            ASSERT_EQ(overlay.is_warm(a), m.warm) << n;
            ASSERT_EQ(a.created == overlay.tx(), m.created) << n;
            for (uint64_t k = 0; k < 5; ++k) {
                const auto value = m.storage.find(k);
                ASSERT_EQ(overlay.slot(a, k).value, value == m.storage.end() ? u256{} : value->second) << n;
                const Slot* warm = overlay.find_warm(a, k);
                const auto original = m.original.find(k);
                ASSERT_EQ(warm != nullptr, original != m.original.end()) << n;
                if (warm != nullptr) ASSERT_EQ(warm->original, original->second);
                const auto transient = m.transient.find(k);
                ASSERT_EQ(overlay.transient(a, k), transient == m.transient.end() ? u256{} : transient->second);
            }
            bool any = false;
            for (const auto& [k, v] : m.storage) any = any || v;
            // The base tells only whether it has slots, not whether all of them were cleared here.
            if (any || a.storage_fresh) ASSERT_EQ(overlay.has_storage(a), any);
        }
    };

    overlay.begin_transaction();
    model.begin();
    for (int step = 0; step < 3000; ++step) {
        const uint64_t n = 100 + below(account_numbers);
        Account& a = overlay.account(address_of(n));
        Model::Plain& m = model.accounts[n];
        switch (below(16)) {
            case 0:
                m.balance = below(3);
                overlay.set_balance(a, m.balance);
                break;
            case 1:
                m.nonce = below(3);
                overlay.set_nonce(a, m.nonce);
                break;
            case 2:
                m.code = Bytes(below(3), 0x5b);
                set_code(overlay, a, m.code);
                break;
            case 3:
            case 4:
            case 5: {
                if (!m.exists) break;  // code runs only where an account is
                const uint64_t k = below(5), v = below(4);
                m.original.try_emplace(k, m.storage[k]);
                m.storage[k] = v;
                write(overlay, a, k, v);
                break;
            }
            case 6: {
                if (!m.exists) break;
                const uint64_t k = below(5);
                m.original.try_emplace(k, m.storage[k]);
                read(overlay, a, k);
                break;
            }
            case 7: {
                const uint64_t k = below(5);
                m.transient[k] = step;
                overlay.set_transient(a, k, step);
                break;
            }
            case 8:
                ASSERT_EQ(overlay.warm_up(a), !m.warm);
                m.warm = true;
                break;
            case 9:
                overlay.touch(a);
                m.touched = m.exists = true;
                break;
            case 10:
                // As the machine does: only what has neither nonce nor code nor storage.
                if (!m.empty() || overlay.has_storage(a)) break;
                overlay.mark_created(a);
                m.created = m.touched = m.exists = true;
                m.storage.clear();
                m.original.clear();
                break;
            case 11:
                ASSERT_EQ(overlay.mark_destructed(a), !m.destructed);
                m.destructed = true;
                break;
            case 12:
                checkpoints.push_back({overlay.checkpoint(), model});
                break;
            case 13:
                if (checkpoints.empty()) break;
                for (auto drop = below(checkpoints.size()); drop > 0; --drop) checkpoints.pop_back();
                overlay.rollback(checkpoints.back().at);
                model = std::move(checkpoints.back().model);
                checkpoints.pop_back();
                break;
            case 14: {
                const bool clear_empty = below(2) == 0;
                overlay.end_transaction(clear_empty);
                model.end(clear_empty);
                checkpoints.clear();
                if (savepoints.size() < 3 && below(2) == 0)
                    savepoints.push_back({std::make_unique<Overlay::Savepoint>(overlay), model});
                if (!savepoints.empty() && below(3) == 0) {
                    if (below(2) == 0) {
                        savepoints.back().point->rollback();
                        model = savepoints.back().model;
                    }
                    savepoints.pop_back();
                }
                overlay.begin_transaction();
                model.begin();
                break;
            }
            default:
                if (below(8) == 0) compare();
        }
        if (HasFatalFailure()) return;
    }
    overlay.end_transaction(true);
    model.end(true);

    // What changes() tells leads from the base to the model.
    base.apply(overlay.changes());
    for (const auto& [n, m] : model.accounts) {
        const auto info = base.account(address_of(n)).value();
        ASSERT_EQ(info.has_value(), m.exists) << n;
        if (!m.exists) continue;
        ASSERT_EQ(info->nonce, m.nonce);
        ASSERT_EQ(info->balance, m.balance);
        ASSERT_EQ(*base.code(address_of(n), info->code_hash).value(), m.code);
        for (uint64_t k = 0; k < 5; ++k) {
            const auto value = m.storage.find(k);
            ASSERT_EQ(base.storage(address_of(n), k).value(), value == m.storage.end() ? u256{} : value->second);
        }
    }
    while (!savepoints.empty()) savepoints.pop_back();
}

INSTANTIATE_TEST_SUITE_P(Seeds, OverlayProperty, testing::Range<uint64_t>(0, 24));

}  // namespace
}  // namespace osprey::state
