// Who must not be accused, continued: two traders whom something links that is nobody's, inventories, releases of
// collateral, migrations.

#include <gtest/gtest.h>

#include "made_block.hpp"

namespace osprey::inspect {
namespace {

const Address token = account(1), other = account(2), pair = account(3), second = account(4), bot = account(5),
              owner = account(6), user = account(7), maker = account(8), unknown = account(30),
              first_user = account(31), last_user = account(32);

u256 milli(uint64_t n) { return u256{n} * ether / u256{1000}; }

size_t accusations(const Inspection& seen) {
    return count_of(seen, Kind::sandwich) + count_of(seen, Kind::arbitrage) + count_of(seen, Kind::backrun) +
           count_of(seen, Kind::jit) + count_of(seen, Kind::liquidation) + count_of(seen, Kind::cex_dex);
}

/// `before` and `after` trade the pair in opposite directions, with a user of the first direction right between.
template <class F, class G>
Inspection around_a_user(F&& before, G&& after) {
    MadeBlock b;
    before(b);
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    after(b);
    return inspect(b.done());
}

/// A router that nobody described keeps dust of what passes through, and spends it for the next user.
TEST(InnocentShapes, RouterThatKeepsDust) {
    const auto seen = around_a_user(
        [&](MadeBlock& b) {
            b.tx(first_user, unknown).transfer(weth, first_user, unknown, milli(1'000));
            b.swap(pair, unknown, unknown, unknown, weth, milli(1'000), token, milli(1'000));
            b.transfer(token, unknown, first_user, milli(1'000) - u256{1});
        },
        [&](MadeBlock& b) {
            b.tx(last_user, unknown).transfer(token, last_user, unknown, milli(1'000));
            b.swap(pair, unknown, unknown, unknown, token, milli(1'000) + u256{1}, weth, milli(1'050));
            b.transfer(weth, unknown, last_user, milli(1'050));
        });
    EXPECT_EQ(accusations(seen), 0U);
}

/// The token's owner gets a share of each trade, and pays some of it out again.
TEST(InnocentShapes, FeeOfTheTokenInBothTrades) {
    const Address dividends = account(33);
    const auto seen = around_a_user(
        [&](MadeBlock& b) {
            b.tx(first_user, router)
                .swap(pair, router, first_user, first_user, weth, milli(1'000), token, milli(1'000));
            b.transfer(token, first_user, dividends, milli(100));
        },
        [&](MadeBlock& b) {
            b.tx(last_user, router).transfer(token, dividends, last_user, milli(100));
            b.swap(pair, router, last_user, last_user, token, milli(1'000), weth, milli(1'050));
        });
    EXPECT_EQ(accusations(seen), 0U);
}

/// The first trader sells what they bought to a pool that no decoder knows, the last buys there.
TEST(InnocentShapes, UnknownPoolInBothTrades) {
    const auto seen = around_a_user(
        [&](MadeBlock& b) {
            b.tx(first_user, router)
                .swap(pair, router, first_user, first_user, weth, milli(1'000), token, milli(1'000));
            b.transfer(token, first_user, unknown, milli(1'000)).transfer(other, unknown, first_user, milli(700));
        },
        [&](MadeBlock& b) {
            b.tx(last_user, router).transfer(other, last_user, unknown, milli(700));
            b.transfer(token, unknown, last_user, milli(1'000));
            b.swap(pair, router, last_user, last_user, token, milli(1'000), weth, milli(1'050));
        });
    EXPECT_EQ(accusations(seen), 0U);
}

/// Two users who have nothing to do with each other, in opposite directions around a third, through known routers.
TEST(InnocentShapes, TwoUsersAroundAThird) {
    const auto seen = around_a_user(
        [&](MadeBlock& b) {
            b.tx(first_user, router)
                .swap(pair, router, first_user, first_user, weth, milli(1'000), token, milli(1'000));
        },
        [&](MadeBlock& b) {
            b.tx(last_user, router).swap(pair, router, last_user, last_user, token, milli(1'000), weth, milli(1'050));
        });
    EXPECT_EQ(accusations(seen), 0U);
}

/// A wallet buys and sells through a router that is in no table, with others' transactions between.
TEST(InnocentShapes, WalletThroughAnUnknownRouter) {
    MadeBlock b;
    b.tx(owner, unknown).swap(pair, unknown, owner, owner, weth, milli(1'000), token, milli(1'000));
    b.tx(account(20), account(21));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(owner, unknown).swap(pair, unknown, owner, owner, token, milli(1'000), weth, milli(1'050));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// A market maker trades both ways within a block, sizes of its own each time, and not around one trade.
TEST(InnocentShapes, MarketMakerOfBothWays) {
    MadeBlock b;
    b.tx(owner, maker).swap(pair, maker, maker, maker, weth, milli(10'000), token, milli(10'000));
    b.tx(account(20), account(21));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(account(20), account(21));
    b.tx(owner, maker).swap(pair, maker, maker, maker, token, milli(9'500), weth, milli(10'300));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// A route over two pools that came to nothing, through a router's fork that is in no table.
TEST(InnocentShapes, RouteThatFailedInAForkOfARouter) {
    const auto failed = [&](const char* function) {
        MadeBlock b;
        b.tx(user, unknown, 1, abi::selector(function));
        b.swap(pair, unknown, user, second, weth, milli(1'000), token, milli(1'000));
        b.swap(second, unknown, second, user, token, milli(1'000), other, milli(1'000));
        return count_of(inspect(b.fails().done()), Kind::failed);
    };
    EXPECT_EQ(failed("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"), 0U);
    EXPECT_EQ(failed("nobodyKnowsThis()"), 1U);
}

/// Takes a position out, trades a part over two pools and back, and puts it in again at other prices: what the position
/// held is no gain.
TEST(InnocentShapes, RebalancingInOneTransaction) {
    MadeBlock b;
    b.tx(owner, maker).liquidity(false, account(40), maker, -60, 60, ether);
    b.transfer(weth, account(40), maker, milli(5'000)).transfer(token, account(40), maker, milli(5'000));
    b.swap(pair, maker, maker, maker, weth, milli(1'000), token, milli(1'000));
    b.swap(second, maker, maker, maker, token, milli(1'000), weth, milli(990));
    b.liquidity(true, account(40), maker, -120, 0, ether);
    b.transfer(weth, maker, account(40), milli(2'000));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// A debt is repaid, its collateral released and a part of it sold for what was repaid: the rest was the debtor's.
TEST(InnocentShapes, ReleaseOfCollateral) {
    const Address lender = account(41);
    MadeBlock b;
    b.tx(user, router).swap(pair, router, user, user, weth, milli(10'000), token, milli(10'000));
    b.tx(owner, bot);
    b.swap(pair, bot, lender, bot, weth, milli(5'000), token, milli(4'900));
    b.begin(bot, lender, abi::call(0x9f1a2b3c, {u256{1}}))
        .transfer(token, bot, lender, milli(4'900))
        .transfer(weth, lender, bot, milli(8'000))
        .end();
    b.transfer(weth, bot, lender, milli(5'000));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// Calls that take one token and give another, or nothing yet, and are no swaps of a pool.
Inspection takes_and_gives(const u256& took, const u256& gave, bool with_event, const u256& price = milli(1'000)) {
    MadeBlock b;
    // One of the token is worth so much of the coin.
    b.tx(first_user, router).swap(pair, router, first_user, first_user, weth, price, token, milli(1'000));
    b.tx(first_user, router).swap(second, router, first_user, first_user, weth, milli(1'000), other, milli(1'000));
    b.tx(user, account(50));
    b.begin(account(50), unknown, abi::call(0x9f1a2b3c, {took}));
    b.transfer(token, account(50), unknown, took);
    if (gave) b.transfer(other, unknown, account(50), gave);
    if (with_event) b.event(unknown, "Deposited(address,uint256,uint256)", {to_u256(user)}, {took, gave});
    b.end();
    return inspect(b.done());
}
size_t unknown_swaps(const Inspection& seen) {
    size_t n = 0;
    for (const Finding& f : seen.findings)
        if (f.kind == Kind::swap && f.has(Reason::by_transfers)) {
            EXPECT_EQ(f.confidence, 0.5);
            ++n;
        }
    EXPECT_EQ(accusations(seen), 0U);
    return n;
}

TEST(UnknownExchange, ByItsTransfersAtTheBlocksPrice) {
    EXPECT_EQ(unknown_swaps(takes_and_gives(milli(1'000), milli(980), true)), 1U);
    EXPECT_EQ(unknown_swaps(takes_and_gives(milli(1'000), milli(971), true)), 1U);
}
TEST(UnknownExchange, NotAtAnotherPrice) {
    EXPECT_EQ(unknown_swaps(takes_and_gives(milli(1'000), milli(969), true)), 0U);
    EXPECT_EQ(unknown_swaps(takes_and_gives(milli(1'000), milli(700), true)), 0U) << "a loan";
    EXPECT_EQ(unknown_swaps(takes_and_gives(milli(1'000), milli(1'500), true)), 0U) << "a release of collateral";
}
TEST(UnknownExchange, NotWithoutAnEventOfBothAmounts) {
    EXPECT_EQ(unknown_swaps(takes_and_gives(milli(1'000), milli(980), false)), 0U);
}
TEST(UnknownExchange, NoMigrationAndNoDeposit) {
    EXPECT_EQ(unknown_swaps(takes_and_gives(milli(1'000), milli(1'000), true)), 0U) << "one for one";
    EXPECT_EQ(unknown_swaps(takes_and_gives(milli(1'000), {}, true)), 0U) << "a bridge gives elsewhere";
}

/// Wraps the coin and unwraps it again around a trade.
TEST(InnocentShapes, WrappingIsNoSwap) {
    MadeBlock b;
    b.tx(user, weth);
    b.event(weth, "Deposit(address,uint256)", {to_u256(user)}, {milli(1'000)});
    const Inspection seen = inspect(b.done());
    EXPECT_EQ(accusations(seen) + count_of(seen, Kind::swap), 0U);
}

}  // namespace
}  // namespace osprey::inspect
