#include "state/overlay_view.hpp"

#include <gtest/gtest.h>

#include "primitives/keccak.hpp"
#include "state/memory_state.hpp"

namespace osprey::state {
namespace {

constexpr Address rich{{{1}}}, contract{{{2}}}, nobody{{{3}}}, unknown{{{4}}};

/// A source that cannot tell about one account.
class Partial final : public Reader {
public:
    MemoryState memory;
    size_t asked = 0;

    Result<std::optional<AccountInfo>> account(const Address& address) override {
        ++asked;
        if (address == unknown) return fail("not in the record");
        return memory.account(address);
    }
    Result<u256> storage(const Address& address, const u256& slot) override {
        ++asked;
        if (slot == u256{99}) return fail("not in the record");
        return memory.storage(address, slot);
    }
    Result<SharedBytes> code(const Address& address, const Hash& hash) override { return memory.code(address, hash); }
    Result<Hash> block_hash(uint64_t) override { return fail("not in the record"); }
};

class OverlayViews : public testing::Test {
protected:
    OverlayViews() {
        base_.memory.set_account(rich, {.nonce = 5, .balance = 1000});
        base_.memory.set_code(contract, {0x60, 0x00});
        base_.memory.set_storage(contract, 1, 11);
        base_.memory.set_storage(contract, 2, 22);
    }
    Partial base_;
    Overlay overlay_{base_};
    OverlayView view_{overlay_};
};

TEST_F(OverlayViews, ShowsWhatTheOverlayHoldsAndElseItsBase) {
    overlay_.begin_transaction();
    Account& a = overlay_.account(rich);
    overlay_.set_balance(a, 7);
    overlay_.set_slot(overlay_.slot(overlay_.account(contract), 1), 111);
    Overlay what_if{view_};
    EXPECT_EQ(what_if.account(rich).balance, u256{7});
    EXPECT_EQ(what_if.account(rich).nonce, 5U);
    EXPECT_EQ(what_if.slot(what_if.account(contract), 1).value, u256{111});
    EXPECT_EQ(what_if.slot(what_if.account(contract), 2).value, u256{22});
    EXPECT_EQ(*what_if.code(what_if.account(contract)), (Bytes{0x60, 0x00}));
    EXPECT_FALSE(what_if.account(nobody).exists);
    EXPECT_TRUE(view_.complete());
}

TEST_F(OverlayViews, AskingLeavesNoTraceInTheOverlay) {
    overlay_.begin_transaction();
    static_cast<void>(overlay_.account(contract));
    const uint32_t accounts = overlay_.account_count();
    Overlay what_if{view_};
    static_cast<void>(what_if.account(rich));
    what_if.set_slot(what_if.slot(what_if.account(contract), 2), 5);
    EXPECT_EQ(overlay_.account_count(), accounts);
    EXPECT_EQ(overlay_.find_slot(overlay_.account(contract), 2), nullptr);
    EXPECT_EQ(overlay_.slot(overlay_.account(contract), 2).value, u256{22});
}

TEST_F(OverlayViews, WhatTheBaseCannotTellIsNothingAndNoted) {
    Overlay what_if{view_};
    EXPECT_FALSE(what_if.account(unknown).exists);
    EXPECT_FALSE(view_.complete());
    view_.forget();
    EXPECT_EQ(what_if.slot(what_if.account(contract), 99).value, u256{});
    EXPECT_FALSE(view_.complete());
    EXPECT_FALSE(what_if.fault()) << "the what-if stays of use";
    EXPECT_FALSE(overlay_.fault());
    view_.forget();
    EXPECT_EQ(what_if.block_hash(1).value(), Hash{});
    EXPECT_FALSE(view_.complete());
}

TEST_F(OverlayViews, AContractThatIsGoneIsGone) {
    overlay_.begin_transaction();
    Account& a = overlay_.account(contract);
    overlay_.mark_destructed(a);
    overlay_.end_transaction(true);
    EXPECT_EQ(view_.account(contract).value(), std::nullopt);
    EXPECT_EQ(view_.storage(contract, 1).value(), u256{});
}

}  // namespace
}  // namespace osprey::state
