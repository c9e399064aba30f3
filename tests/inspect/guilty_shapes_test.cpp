// Attacks and arbitrages of shapes that one does not see every day.

#include <gtest/gtest.h>

#include <algorithm>

#include "made_block.hpp"

namespace osprey::inspect {
namespace {

const Address token = account(1), other = account(2), pair = account(3), second = account(4), bot = account(5),
              owner = account(6), user = account(7), bot2 = account(9), owner2 = account(10), treasury = account(11),
              usd = account(12), third = account(13);

u256 milli(uint64_t n) { return u256{n} * ether / u256{1000}; }

const Finding* only(const Inspection& seen, Kind kind) {
    const Finding* found = nullptr;
    for (const Finding& f : seen.findings)
        if (f.kind == kind) {
            EXPECT_EQ(found, nullptr) << "more than one";
            found = &f;
        }
    EXPECT_NE(found, nullptr) << "none";
    return found;
}

void add_victim(MadeBlock& b, const Address& pool = pair, const Address& who = user) {
    b.tx(who, router).swap(pool, router, who, who, weth, milli(5'000), token, milli(4'000));
}

TEST(GuiltyShapes, AccountsWithOneBeneficiary) {
    MadeBlock b;
    b.tx(owner, bot).transfer(weth, treasury, bot, milli(10'000));
    b.swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
    add_victim(b);
    // The second contract sells what it held, and the money goes where it came from.
    b.tx(owner2, bot2).swap(pair, bot2, bot2, treasury, token, milli(10'000), weth, milli(10'500));
    const Inspection seen = inspect(b.done());
    const Finding* f = only(seen, Kind::sandwich);
    ASSERT_NE(f, nullptr);
    EXPECT_TRUE(f->has(Reason::linked_by_transfer));
    EXPECT_EQ(f->txs, (std::vector<uint32_t>{0, 2}));
}

/// A Vault as Balancer's that no table has: it holds the pools' tokens, and is nobody's account.
TEST(GuiltyShapes, ArbitrageThroughAVaultOfAFork) {
    const Address vault = account(20), pool = account(21);
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
    b.begin(bot, vault, abi::call(abi::selector("swap()"), {}));
    Hash pool_id;
    std::ranges::copy(pool.bytes, pool_id.bytes.begin());
    b.begin(vault, pool,
            abi::call(abi::selector("onSwap((uint8,address,address,uint256,bytes32,uint256,address,address,bytes),"
                                    "uint256,uint256)"),
                      {u256{96}, ether, ether, u256{}, to_u256(token), to_u256(weth), milli(10'000), to_u256(pool_id),
                       u256{}, to_u256(bot), to_u256(bot), u256{288}, u256{}}),
            abi::call(0, {milli(10'500)}));
    b.end().transfer(token, bot, vault, milli(10'000)).transfer(weth, vault, bot, milli(10'500)).end();
    const Inspection seen = inspect(b.done());
    const Finding* f = only(seen, Kind::arbitrage);
    ASSERT_NE(f, nullptr);
    EXPECT_EQ(f->profit, (std::vector<TokenChange>{{weth, milli(500)}}));
    EXPECT_EQ(f->contracts, std::vector<Address>{bot});
}

/// Of a chain that is in no list the coin's wrapper can be told: without it its gain has no worth.
TEST(GuiltyShapes, ChainThatIsInNoList) {
    for (const bool told : {false, true}) {
        MadeBlock b;
        b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
        b.swap(second, bot, bot, bot, token, milli(10'000), weth, milli(10'500));
        BlockView view = b.done();
        view.chain_id = 31337;
        if (told) view.wrapped_native = weth;
        const Inspection seen = inspect(std::move(view));
        const Finding* f = only(seen, Kind::arbitrage);
        ASSERT_NE(f, nullptr);
        EXPECT_EQ(f->profit_wei, told ? std::optional{milli(500)} : std::nullopt);
    }
}

TEST(GuiltyShapes, TwoAttackersNested) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
    b.tx(owner2, bot2).swap(pair, bot2, bot2, bot2, weth, milli(10'000), token, milli(8'000));
    add_victim(b);
    b.tx(owner2, bot2).swap(pair, bot2, bot2, bot2, token, milli(8'000), weth, milli(10'300));
    b.tx(owner, bot).swap(pair, bot, bot, bot, token, milli(10'000), weth, milli(10'200));
    const Inspection seen = inspect(b.done());
    std::vector<std::vector<uint32_t>> txs;
    for (const Finding& f : seen.findings)
        if (f.kind == Kind::sandwich) {
            txs.push_back(f.txs);
            EXPECT_TRUE(std::ranges::any_of(f.victims, [](const Victim& v) { return v.sender == user; }));
        }
    EXPECT_EQ(txs, (std::vector<std::vector<uint32_t>>{{0, 4}, {1, 3}}));
}

TEST(GuiltyShapes, SeveralVictimsOnSeveralPools) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
    b.swap(second, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
    add_victim(b);
    add_victim(b, second, account(14));
    b.tx(owner, bot).swap(pair, bot, bot, bot, token, milli(10'000), weth, milli(10'500));
    b.swap(second, bot, bot, bot, token, milli(10'000), weth, milli(10'500));
    const Inspection seen = inspect(b.done());
    const Finding* f = only(seen, Kind::sandwich);
    ASSERT_NE(f, nullptr);
    EXPECT_TRUE(f->has(Reason::several_pools) && f->has(Reason::several_victims));
    EXPECT_EQ(f->victims.size(), 2U);
    EXPECT_EQ(f->profit, (std::vector<TokenChange>{{weth, milli(1'000)}}));
}

/// Each transfer of the token loses a tenth: what arrived is sold whole.
TEST(GuiltyShapes, TokenWithATax) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
    b.transfer(token, bot, token, milli(1'000));
    b.tx(account(20), account(21));
    add_victim(b);
    b.tx(owner, bot).swap(pair, bot, bot, bot, token, milli(8'100), weth, milli(10'500));
    b.transfer(token, bot, token, milli(900));
    const Finding* f = only(inspect(b.done()), Kind::sandwich);
    EXPECT_NE(f, nullptr);
}

/// The attacker also provides liquidity for the victim's trade.
TEST(GuiltyShapes, SandwichWithLiquidity) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
    b.liquidity(true, pair, bot, -60, 60, ether);
    add_victim(b);
    b.tx(owner, bot).liquidity(false, pair, bot, -60, 60, ether);
    b.swap(pair, bot, bot, bot, token, milli(10'000), weth, milli(10'500));
    const Inspection seen = inspect(b.done());
    const Finding* f = only(seen, Kind::sandwich);
    ASSERT_NE(f, nullptr);
    EXPECT_TRUE(f->has(Reason::minted_before_burnt_after));
    EXPECT_EQ(count_of(seen, Kind::jit), 0U) << "one attack, one row";
}

/// Takes its liquidity out before the victim's trade and puts as much in again after. Less is another decision.
TEST(GuiltyShapes, SandwichByLiquidity) {
    const auto puts_back = [&](const u256& amount) {
        MadeBlock b;
        b.tx(owner, bot).shares(false, pair, token, weth, bot, milli(10'000));
        add_victim(b);
        b.tx(owner, bot).shares(true, pair, token, weth, bot, amount);
        return inspect(b.done());
    };
    const Inspection seen = puts_back(milli(9'100));
    const Finding* f = only(seen, Kind::sandwich);
    ASSERT_NE(f, nullptr);
    EXPECT_TRUE(f->has(Reason::by_liquidity));
    EXPECT_EQ(count_of(puts_back(milli(8'900)), Kind::sandwich), 0U);
}

/// Others' swaps tell that one of the dollar is a thousandth of the coin.
void add_price_of_usd(MadeBlock& b) {
    b.tx(user, router).swap(third, router, user, user, weth, milli(1'000), usd, milli(1'000'000));
}
/// Dollars to the token and back over two pairs, `gained` dollars more, `paid` of the coin to the builder.
Inspection arbitrage_in_usd(const u256& gained, const u256& paid, const Address& keeper = bot) {
    MadeBlock b;
    add_price_of_usd(b);
    b.tx(owner, bot).swap(pair, bot, bot, bot, usd, milli(1'000'000), token, milli(500));
    b.swap(second, bot, bot, bot, token, milli(500), usd, milli(1'000'000) + gained);
    if (keeper != bot) b.transfer(usd, bot, keeper, gained);
    if (paid) b.pay(bot, account(255), paid);
    return inspect(b.done());
}
TEST(GuiltyShapes, GainInAnotherToken) {
    const Inspection seen = arbitrage_in_usd(milli(100'000), {});
    const Finding* f = only(seen, Kind::arbitrage);
    ASSERT_NE(f, nullptr);
    EXPECT_EQ(f->profit, (std::vector<TokenChange>{{usd, milli(100'000)}}));
    EXPECT_EQ(f->profit_wei, milli(100));
}
TEST(GuiltyShapes, GainThatTheBuilderGetsNearlyAllOf) {
    const Inspection seen = arbitrage_in_usd(milli(100'000), milli(99));
    const Finding* f = only(seen, Kind::arbitrage);
    ASSERT_NE(f, nullptr);
    EXPECT_EQ(f->profit_wei, milli(1));
    EXPECT_TRUE(f->has(Reason::pays_builder));
    // All of it and more: it did not pay.
    const Inspection lost = arbitrage_in_usd(milli(100'000), milli(101));
    EXPECT_EQ(count_of(lost, Kind::arbitrage), 0U);
    EXPECT_EQ(count_of(lost, Kind::failed), 1U);
}
TEST(GuiltyShapes, GainThatGoesToAWallet) {
    const Inspection seen = arbitrage_in_usd(milli(100'000), {}, treasury);
    const Finding* f = only(seen, Kind::arbitrage);
    ASSERT_NE(f, nullptr);
    EXPECT_EQ(f->profit, (std::vector<TokenChange>{{usd, milli(100'000)}}));
}

/// The coin is supplied, the receipt sold for more.
TEST(GuiltyShapes, ThroughALendingWrap) {
    const Address lending = account(15), receipt = account(16);
    MadeBlock b;
    b.tx(owner, bot);
    b.begin(bot, lending,
            abi::call(abi::selector("supply(address,uint256,address,uint16)"),
                      {to_u256(weth), milli(10'000), to_u256(bot), {}}));
    b.transfer(weth, bot, receipt, milli(10'000)).transfer(receipt, {}, bot, milli(10'000)).end();
    b.swap(pair, bot, bot, bot, receipt, milli(10'000), weth, milli(10'100));
    const Finding* f = only(inspect(b.done()), Kind::arbitrage);
    EXPECT_NE(f, nullptr);
}

/// Out over one pool, back over two at once.
TEST(GuiltyShapes, SplitRoute) {
    MadeBlock b;
    b.tx(owner, bot).swap(pair, bot, bot, bot, weth, milli(10'000), token, milli(10'000));
    b.swap(second, bot, bot, bot, token, milli(6'000), weth, milli(6'100));
    b.swap(third, bot, bot, bot, token, milli(4'000), weth, milli(4'050));
    const Inspection seen = inspect(b.done());
    const Finding* f = only(seen, Kind::arbitrage);
    ASSERT_NE(f, nullptr);
    EXPECT_EQ(f->pools.size(), 3U);
    EXPECT_EQ(f->profit, (std::vector<TokenChange>{{weth, milli(150)}}));
}

/// A liquidation and the sale of what it would have given, both undone: one attempt.
TEST(GuiltyShapes, OneRowForAnAttemptOfTwoKinds) {
    MadeBlock b;
    b.tx(owner, bot);
    b.begin(bot, account(15),
            abi::call(abi::selector("liquidationCall(address,address,address,uint256,bool)"),
                      {to_u256(weth), to_u256(usd), to_u256(user), milli(1'000), {}}))
        .reverts()
        .end();
    b.swap(pair, bot, bot, bot, weth, ether, usd, ether).swap(second, bot, bot, bot, usd, ether, token, ether);
    b.fails();
    const Inspection seen = inspect(b.done());
    const Finding* f = only(seen, Kind::failed);
    ASSERT_NE(f, nullptr);
    EXPECT_TRUE(f->has(Reason::liquidation_attempt) && f->has(Reason::swap_attempt) && f->has(Reason::reverted));
    EXPECT_EQ(f->pools.size(), 3U);
}

}  // namespace
}  // namespace osprey::inspect
