// Who must not be accused: patterns that look like an attack to a reader of swaps alone.

#include <gtest/gtest.h>

#include "made_block.hpp"

namespace osprey::inspect {
namespace {

const Address token = account(1), other = account(2), pair = account(3), second = account(4), bot = account(5),
              owner = account(6), user = account(7), maker = account(8);

u256 milli(uint64_t n) { return u256{n} * ether / u256{1000}; }

size_t accusations(const Inspection& seen) {
    return count_of(seen, Kind::sandwich) + count_of(seen, Kind::arbitrage) + count_of(seen, Kind::backrun) +
           count_of(seen, Kind::jit) + count_of(seen, Kind::liquidation);
}

TEST(Innocent, WalletThatBuysAndSellsInOneBlock) {
    MadeBlock b;
    b.tx(owner, router).swap(pair, router, owner, owner, weth, milli(1'000), token, milli(1'000));
    b.tx(account(20), account(21));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(account(20), account(21));
    b.tx(owner, router).swap(pair, router, owner, owner, token, milli(1'000), weth, milli(1'050));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

TEST(Innocent, TwoWayTraderWithoutAnyoneBetween) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(1'000), token, milli(1'000));
    b.tx(owner, bot).swap(pair, bot, bot, bot, token, milli(1'000), weth, milli(990));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// Others trade between, the other way: nobody was moved ahead of.
TEST(Innocent, TraderAroundATradeInTheOtherDirection) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(1'000), token, milli(1'000));
    b.tx(user, router).swap(pair, router, user, user, token, milli(5'000), weth, milli(4'000));
    b.tx(owner, bot).swap(pair, bot, bot, bot, token, milli(1'000), weth, milli(900));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// Buys much and sells a part: an inventory, not a closed position.
TEST(Innocent, MarketMakerWhoKeepsAnInventory) {
    MadeBlock b;
    b.tx(owner, maker).swap(pair, maker, maker, maker, weth, milli(10'000), token, milli(10'000));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(owner, maker).swap(pair, maker, maker, maker, token, milli(3'000), weth, milli(3'300));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// Two users of one unknown router, opposite trades, a third between: the router passes all on and owns nothing.
TEST(Innocent, UsersOfOneUnknownRouter) {
    const Address unknown = account(30);
    MadeBlock b;
    b.tx(account(31), unknown).swap(pair, unknown, account(31), account(31), weth, milli(1'000), token, milli(1'000));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(account(32), unknown).swap(pair, unknown, account(32), account(32), token, milli(1'000), weth, milli(1'050));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// A settlement trades a pool before and after a user, for orders of others: it is nobody's account.
TEST(Innocent, ProtectedBatches) {
    const Address settlement = "0x9008d19f58aabd9ed0d60971565aa8510560ab41"_address;
    MadeBlock b;
    b.tx(account(31), settlement)
        .swap(pair, settlement, settlement, settlement, weth, milli(1'000), token, milli(1'000));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(account(32), settlement)
        .swap(pair, settlement, settlement, settlement, token, milli(1'000), weth, milli(1'050));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// One trade split over three routes by an aggregator: tokens meet again, and the user has given something for it.
TEST(Innocent, AggregatorFill) {
    const Address aggregator = "0x1111111254eeb25477b68fb85ed929f73a960582"_address;
    MadeBlock b;
    b.tx(user, aggregator).swap(pair, aggregator, user, aggregator, weth, milli(3'000), token, milli(3'000));
    b.swap(second, aggregator, user, aggregator, weth, milli(3'000), other, milli(3'000));
    b.swap(account(40), aggregator, aggregator, aggregator, other, milli(3'000), token, milli(2'990));
    b.transfer(token, aggregator, user, milli(5'990));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// A round trip over two pools that ends with less.
TEST(Innocent, RoundTripAtALoss) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(1'000), token, milli(1'000));
    b.swap(second, bot, bot, bot, token, milli(1'000), weth, milli(990));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// Gains less than the gas costs: told as a failed attempt.
TEST(Innocent, RoundTripThatDoesNotPayItsGas) {
    const auto gains = [](uint64_t wei) {
        MadeBlock b;
        b.tx(owner, bot, 1).swap(pair, bot, bot, bot, weth, ether, token, ether);
        b.swap(second, bot, bot, bot, token, ether, weth, ether + u256{wei});
        return inspect(b.done());
    };
    EXPECT_EQ(count_of(gains(100'000), Kind::arbitrage), 0U);
    EXPECT_EQ(count_of(gains(100'000), Kind::failed), 1U);
    EXPECT_EQ(count_of(gains(100'001), Kind::arbitrage), 1U);
}

/// Takes liquidity out and puts it back at other prices, with a trade between.
TEST(Innocent, LiquidityThatIsRebalanced) {
    MadeBlock b;
    b.tx(owner, maker).liquidity(false, pair, maker, -60, 60, ether);
    b.tx(user, account(30)).swap_v3(pair, account(30), weth, milli(5'000), token, milli(4'000));
    b.tx(owner, maker).liquidity(true, pair, maker, -120, 0, ether);
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// The position manager holds everybody's positions: two users of it are two users.
TEST(Innocent, UsersOfThePositionManager) {
    const Address manager = "0xc36442b4a4522e871399cd717abdd847ab11fe88"_address;
    MadeBlock b;
    b.tx(owner, manager).liquidity(true, pair, manager, -60, 60, ether);
    b.tx(user, account(30)).swap_v3(pair, account(30), weth, milli(5'000), token, milli(4'000));
    b.tx(maker, manager).liquidity(false, pair, manager, -60, 60, ether);
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// Accused all the same: one actor behind two senders and two contracts, as what one bought is passed to the other.
TEST(Guilty, SandwichOverTwoAccounts) {
    const Address bot2 = account(50), owner2 = account(51);
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
    b.transfer(token, bot, bot2, milli(10'000));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(owner2, bot2).swap(pair, bot2, bot2, bot2, token, milli(10'000), weth, milli(10'500));
    const Inspection seen = inspect(b.done());
    ASSERT_EQ(count_of(seen, Kind::sandwich), 1U);
    for (const Finding& f : seen.findings)
        if (f.kind == Kind::sandwich) {
            EXPECT_TRUE(f.has(Reason::linked_by_transfer) || f.has(Reason::same_contract));
            EXPECT_EQ(f.profit, (std::vector<TokenChange>{{weth, milli(500)}}));
        }
}

/// Two victims with a trade of the attacker between them: one attack, one row.
TEST(Guilty, SandwichOfSeveralLayers) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(5'000), token, milli(5'000));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(5'000), token, milli(3'900));
    b.tx(maker, router).swap(pair, router, maker, maker, weth, milli(5'000), token, milli(3'000));
    b.tx(owner, bot).swap(pair, bot, bot, bot, token, milli(8'900), weth, milli(10'900));
    const Inspection seen = inspect(b.done());
    ASSERT_EQ(count_of(seen, Kind::sandwich), 1U);
    for (const Finding& f : seen.findings)
        if (f.kind == Kind::sandwich) {
            EXPECT_EQ(f.txs, (std::vector<uint32_t>{0, 2, 4}));
            EXPECT_EQ(f.victims.size(), 2U);
            EXPECT_TRUE(f.has(Reason::several_layers));
        }
}

}  // namespace
}  // namespace osprey::inspect
