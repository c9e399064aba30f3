// Each threshold of the detectors, from both sides.

#include <gtest/gtest.h>

#include "inspect/thresholds.hpp"
#include "made_block.hpp"

namespace osprey::inspect {
namespace {

const Address token = account(1), other = account(2), pair = account(3), second = account(4), bot = account(5),
              owner = account(6), user = account(7), friend_ = account(8);

u256 milli(uint64_t n) { return u256{n} * ether / u256{1000}; }

/// WETH to the token and back over two pairs, with one ether gained; then `lost` of another token is given away, whose
/// price a swap of somebody else tells: one for one ether.
Inspection arbitrage_that_loses(const u256& lost) {
    MadeBlock b;
    b.tx(user, router).swap(account(9), router, user, user, weth, milli(10'000), other, milli(10'000));
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(5'000));
    b.swap(second, bot, bot, bot, token, milli(5'000), weth, milli(11'000));
    if (lost) b.transfer(other, bot, friend_, lost);
    return inspect(b.done());
}
TEST(Thresholds, LossShareOfAnArbitrage) {
    EXPECT_EQ(count_of(arbitrage_that_loses(milli(99)), Kind::arbitrage), 1U);
    EXPECT_EQ(count_of(arbitrage_that_loses(milli(101)), Kind::arbitrage), 0U);
}

/// The same with a little of a token without a price left behind on the way.
Inspection arbitrage_with_rest(const u256& missing) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(5'000));
    b.swap(account(9), bot, bot, bot, token, milli(5'000), other, milli(20'000));
    b.swap(second, bot, bot, bot, other, milli(20'000), weth, milli(11'000));
    // Nobody prices this one; the bot turns it over in a pair of its own kind and ends with less.
    b.swap(account(10), bot, bot, bot, account(11), milli(10'000), account(12), milli(10'000));
    b.swap(account(13), bot, bot, bot, account(12), milli(10'000), account(11), milli(10'000) - missing);
    return inspect(b.done());
}
TEST(Thresholds, DustOfATokenWithoutAPrice) {
    // 20 were turned over, of which a ten-thousandth is dust.
    EXPECT_EQ(count_of(arbitrage_with_rest(milli(1)), Kind::arbitrage), 1U);
    EXPECT_EQ(count_of(arbitrage_with_rest(milli(3)), Kind::arbitrage), 0U);
}

/// Bought 10 before the victim, sold so much after, for so much.
Inspection sandwich_that_sells(const u256& sold, const u256& got, bool adjacent = true) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
    if (!adjacent) b.tx(account(20), account(21));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(owner, bot).swap(pair, bot, bot, bot, token, sold, weth, got);
    return inspect(b.done());
}
bool has_inventory(const Inspection& seen) {
    for (const Finding& f : seen.findings)
        if (f.kind == Kind::sandwich) return f.has(Reason::inventory_change);
    ADD_FAILURE() << "no sandwich";
    return false;
}
bool is_linked(const Inspection& seen) {
    for (const Finding& f : seen.findings)
        if (f.kind == Kind::sandwich) return f.has(Reason::linked_by_transfer);
    return false;
}
TEST(Thresholds, WhatASandwichMayKeep) {
    // What was paid has not just come back: it is the token that has to be gone.
    EXPECT_FALSE(has_inventory(sandwich_that_sells(milli(9'010), milli(11'500))));
    EXPECT_TRUE(has_inventory(sandwich_that_sells(milli(8'990), milli(11'500))));
    // A contract of the attacker's own right around the victim may keep a half.
    EXPECT_EQ(count_of(sandwich_that_sells(milli(5'010), milli(6'500)), Kind::sandwich), 1U);
    EXPECT_EQ(count_of(sandwich_that_sells(milli(4'990), milli(6'500)), Kind::sandwich), 0U);
    EXPECT_EQ(count_of(sandwich_that_sells(milli(8'990), milli(11'500), false), Kind::sandwich), 0U);
}
/// Neither of one size nor around the victim: told from a market maker by nothing.
TEST(Thresholds, SizeOrPlaceOfASandwich) {
    EXPECT_EQ(count_of(sandwich_that_sells(milli(9'500), milli(11'500), false), Kind::sandwich), 0U);
    EXPECT_EQ(count_of(sandwich_that_sells(milli(9'950), milli(11'500), false), Kind::sandwich), 1U);
    EXPECT_EQ(count_of(sandwich_that_sells(milli(9'500), milli(11'500)), Kind::sandwich), 1U);
}

/// Another searcher took the price back in between: who sold to the unit what it bought attacked, and lost.
TEST(Thresholds, ASandwichThatLoses) {
    EXPECT_EQ(count_of(sandwich_that_sells(milli(10'000), milli(9'500), false), Kind::sandwich), 1U);
    EXPECT_EQ(count_of(sandwich_that_sells(milli(10'000) - u256{1}, milli(9'500), false), Kind::sandwich), 0U);
}

/// Two senders of one contract, which passes all on but for so much of its own that it pays.
Inspection contract_that_pays(const u256& own) {
    MadeBlock b;
    b.tx(owner, bot).transfer(weth, owner, bot, milli(10'000) - own);
    b.swap(pair, bot, bot, owner, weth, milli(10'000), token, milli(10'000));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(friend_, bot).swap(pair, bot, friend_, friend_, token, milli(10'000), weth, milli(10'500));
    return inspect(b.done());
}
TEST(Thresholds, WhatMakesATreasury) {
    EXPECT_EQ(count_of(contract_that_pays(milli(11)), Kind::sandwich), 1U);
    EXPECT_EQ(count_of(contract_that_pays(milli(9)), Kind::sandwich), 0U);
}

/// One account buys, another sells: so much of it was handed over between them.
Inspection handed_over(const u256& amount) {
    MadeBlock b;
    b.tx(owner, router).swap(pair, router, owner, owner, weth, milli(10'000), token, milli(10'000));
    b.transfer(token, owner, friend_, amount);
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(friend_, router).swap(pair, router, friend_, friend_, token, milli(10'000), weth, milli(10'500));
    return inspect(b.done());
}
TEST(Thresholds, WhatLinksTwoAccounts) {
    EXPECT_TRUE(is_linked(handed_over(milli(5'010))));
    EXPECT_FALSE(is_linked(handed_over(milli(4'990))));
}
TEST(Thresholds, AmountsThatMatch) {
    const auto matches = [](const Inspection& seen) {
        for (const Finding& f : seen.findings)
            if (f.kind == Kind::sandwich) return f.has(Reason::amounts_match);
        ADD_FAILURE() << "no sandwich";
        return false;
    };
    EXPECT_TRUE(matches(sandwich_that_sells(milli(9'901), milli(11'500))));
    EXPECT_FALSE(matches(sandwich_that_sells(milli(9'890), milli(11'500))));
}

/// A wallet that buys and sells through the public router around somebody's trade: near the victim it looks like a
/// sandwich, from further away like a wallet.
Inspection wallet_around(bool adjacent, const u256& sold) {
    MadeBlock b;
    b.tx(owner, router).swap(pair, router, owner, owner, weth, milli(10'000), token, milli(10'000));
    if (!adjacent) b.tx(account(20), account(21));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(owner, router).swap(pair, router, owner, owner, token, sold, weth, milli(10'500));
    return inspect(b.done());
}
TEST(Thresholds, ConfidenceOfASandwich) {
    // 0.2 for the pattern, 0.2 for amounts that match, 0.15 for the places, 0.1 for the gain.
    EXPECT_EQ(count_of(wallet_around(true, milli(10'000)), Kind::sandwich), 1U);
    EXPECT_EQ(count_of(wallet_around(false, milli(10'000)), Kind::sandwich), 0U);
    EXPECT_EQ(count_of(wallet_around(true, milli(9'500)), Kind::sandwich), 0U);
}

Inspection liquidity_for(unsigned span) {
    MadeBlock b;
    b.tx(owner, bot).liquidity(true, pair, bot, -60, 60, ether);
    b.tx(user, account(30)).swap_v3(pair, account(30), weth, milli(5'000), token, milli(4'000));
    for (unsigned i = 2; i < span; ++i) b.tx(account(20), account(21));
    b.tx(owner, bot).liquidity(false, pair, bot, -60, 60, ether);
    return inspect(b.done());
}
TEST(Thresholds, HowLongLiquidityIsThere) {
    EXPECT_EQ(count_of(liquidity_for(thresholds::jit_span), Kind::jit), 1U);
    EXPECT_EQ(count_of(liquidity_for(thresholds::jit_span + 1), Kind::jit), 0U);
}

Inspection one_way(uint64_t tip) {
    MadeBlock b;
    b.tx(owner, bot, tip).swap(pair, bot, bot, bot, weth, milli(5'000), token, milli(4'000));
    for (int i = 0; i < 3; ++i) b.tx(account(20), account(21), 10);
    return inspect(b.done());
}
TEST(Thresholds, PriorityThatIsHigh) {
    EXPECT_EQ(count_of(one_way(51), Kind::cex_dex), 1U);
    EXPECT_EQ(count_of(one_way(50), Kind::cex_dex), 0U);
}

/// The contract pays all but so much with its own; the rest, and so much of what is bought, is its caller's.
Inspection one_way_for(const u256& callers) {
    MadeBlock b;
    b.tx(owner, bot, 51).transfer(weth, owner, bot, callers);
    b.swap(pair, bot, bot, bot, weth, milli(5'000), token, milli(4'000));
    for (int i = 0; i < 3; ++i) b.tx(account(20), account(21), 10);
    return inspect(b.done());
}
TEST(Thresholds, InventoryOfAOneWayTrade) {
    EXPECT_EQ(count_of(one_way_for(milli(49)), Kind::cex_dex), 1U);
    EXPECT_EQ(count_of(one_way_for(milli(51)), Kind::cex_dex), 0U);
}

/// Each thing that a suspicion needs, taken away from it alone.
enum class Missing { nothing, price_of_place, own_contract, first_place, one_way, kept };
Inspection suspicion_without(Missing what) {
    MadeBlock b;
    if (what == Missing::first_place)
        b.tx(user, router, 10).swap(pair, router, user, user, weth, milli(500), token, milli(450));
    b.tx(owner, bot, what == Missing::price_of_place ? 10 : 100);
    b.swap(pair, bot, bot, what == Missing::kept ? user : bot, weth, milli(5'000), token, milli(4'000));
    if (what == Missing::one_way) b.swap(second, bot, bot, bot, token, milli(1'000), other, milli(1'000));
    for (int i = 0; i < 3; ++i) b.tx(account(20), what == Missing::own_contract ? bot : account(21), 10);
    return inspect(b.done());
}
TEST(Thresholds, WhatASuspicionNeeds) {
    EXPECT_EQ(count_of(suspicion_without(Missing::nothing), Kind::cex_dex), 1U);
    for (const Missing what :
         {Missing::price_of_place, Missing::own_contract, Missing::first_place, Missing::one_way, Missing::kept})
        EXPECT_EQ(count_of(suspicion_without(what), Kind::cex_dex), 0U) << static_cast<int>(what);
}

Inspection undone(unsigned pools) {
    MadeBlock b;
    b.tx(owner, bot);
    for (unsigned i = 0; i < pools; ++i)
        b.swap(account(static_cast<uint8_t>(40 + i)), bot, bot, bot, weth, ether, token, ether);
    b.fails();
    return inspect(b.done());
}
TEST(Thresholds, PoolsOfAFailedAttempt) {
    EXPECT_EQ(count_of(undone(thresholds::undone_swaps), Kind::failed), 1U);
    EXPECT_EQ(count_of(undone(thresholds::undone_swaps - 1), Kind::failed), 0U);
}

}  // namespace
}  // namespace osprey::inspect
