// Who fills others' orders: CoW's batches, UniswapX, 1inch Fusion. Nobody is accused for filling; who takes an order
// that rests at a price and gains by it is an arbitrageur.

#include <gtest/gtest.h>

#include "inspect/thresholds.hpp"
#include "made_block.hpp"

namespace osprey::inspect {
namespace {

const Address token = account(1), pair = account(3), second = account(4), filler = account(5), owner = account(6),
              user = account(7), maker = account(8), gauge = account(9);
const Address cow = "0x9008d19f58aabd9ed0d60971565aa8510560ab41"_address;
const Address one_inch = "0x111111125421ca6dc452d289314280a0f8842a65"_address;
const Address reactor = "0x6000da47483062a0d734ba3dc7576ce6a0b645c4"_address;

u256 milli(uint64_t n) { return u256{n} * ether / u256{1000}; }

size_t accusations(const Inspection& seen) {
    return count_of(seen, Kind::sandwich) + count_of(seen, Kind::arbitrage) + count_of(seen, Kind::backrun) +
           count_of(seen, Kind::jit) + count_of(seen, Kind::cex_dex);
}

constexpr const char* order = "(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)";
std::string with_order(const char* before, const char* after) { return std::string{before} + order + after; }

/// The maker sells `made` of the token for `taken` WETH; the filler got the WETH in a pool.
MadeBlock filled_order(bool auction, const u256& made, const u256& taken, const u256& got) {
    MadeBlock b;
    b.tx(owner, filler);
    b.begin(filler, one_inch,
            abi::call(abi::selector(with_order("fillOrderArgs(", ",bytes32,bytes32,uint256,uint256,bytes)")),
                      {u256{1},
                       to_u256(maker),
                       {},
                       to_u256(token),
                       to_u256(weth),
                       made,
                       taken,
                       {},
                       {},
                       {},
                       made,
                       {},
                       u256{448},
                       {}}),
            abi::call(0, {made, taken, {}}));
    if (auction)
        b.begin(
             one_inch, gauge,
             abi::call(abi::selector(with_order("getTakingAmount(", ",bytes,bytes32,address,uint256,uint256,bytes)")),
                       {u256{1}}))
            .end();
    b.transfer(token, maker, filler, made);
    b.swap(pair, filler, filler, filler, token, made, weth, got);
    b.transfer(weth, filler, maker, taken);
    return std::move(b.end());
}

TEST(Orders, FusionsResolverIsNoArbitrageur) {
    const Inspection seen = inspect(filled_order(true, milli(10'000), milli(9'900), milli(10'000)).done());
    EXPECT_EQ(accusations(seen), 0U);
    ASSERT_EQ(count_of(seen, Kind::fill), 1U);
    for (const Finding& f : seen.findings)
        if (f.kind == Kind::fill) {
            EXPECT_EQ(f.actor, maker);
            EXPECT_TRUE(f.has(Reason::signed_order));
            EXPECT_EQ(f.profit, (std::vector<TokenChange>{{token, -milli(10'000)}, {weth, milli(9'900)}}));
        }
}
TEST(Orders, RestingOrderAgainstAPoolIsAnArbitrage) {
    const Inspection seen = inspect(filled_order(false, milli(10'000), milli(9'900), milli(10'000)).done());
    ASSERT_EQ(count_of(seen, Kind::arbitrage), 1U);
    for (const Finding& f : seen.findings)
        if (f.kind == Kind::arbitrage) {
            EXPECT_TRUE(f.has(Reason::fills_others));
            EXPECT_EQ(f.confidence, thresholds::fills_others_confidence);
            EXPECT_EQ(f.profit, (std::vector<TokenChange>{{weth, milli(100)}}));
        }
}
/// Filled at the pool's own price: an order, nothing gained.
TEST(Orders, RestingOrderWithoutAGain) {
    EXPECT_EQ(accusations(inspect(filled_order(false, milli(10'000), milli(10'000), milli(10'000)).done())), 0U);
}

/// Two orders of one batch, in opposite directions, each filled in a pool of its own; the solver's contract brings both
/// and is left with the fees.
TEST(Orders, BatchWithOppositeOrders) {
    MadeBlock b;
    b.tx(owner, cow);
    const auto trade = [&](const Address& who, const Address& sell, const u256& sold, const Address& buy,
                           const u256& bought) {
        b.event(cow, "Trade(address,address,address,uint256,uint256,uint256,bytes)", {to_u256(who)},
                {to_u256(sell), to_u256(buy), sold, bought, {}, u256{192}, {}});
    };
    b.transfer(weth, user, cow, milli(5'000));
    b.transfer(token, maker, cow, milli(5'000));
    b.swap(pair, filler, cow, cow, weth, milli(5'000), token, milli(5'010));
    b.swap(second, filler, cow, cow, token, milli(5'000), weth, milli(5'020));
    b.transfer(token, cow, user, milli(5'000));
    b.transfer(weth, cow, maker, milli(5'000));
    b.transfer(weth, cow, filler, milli(20));
    trade(user, weth, milli(5'000), token, milli(5'000));
    trade(maker, token, milli(5'000), weth, milli(5'000));
    const Inspection seen = inspect(b.done());
    EXPECT_EQ(count_of(seen, Kind::sandwich) + count_of(seen, Kind::backrun), 0U);
    // The solver's own balances do gain here, over two pools: that is told, as what it is.
    for (const Finding& f : seen.findings)
        if (f.kind == Kind::arbitrage) EXPECT_TRUE(f.has(Reason::fills_others));
}
TEST(Orders, BatchThatLeavesTheSolverNothing) {
    MadeBlock b;
    b.tx(owner, cow);
    b.transfer(weth, user, cow, milli(5'000));
    b.swap(pair, cow, cow, cow, weth, milli(5'000), token, milli(5'010));
    b.transfer(token, maker, cow, milli(2'000));
    b.swap(second, cow, cow, cow, token, milli(2'000), weth, milli(2'010));
    b.transfer(token, cow, user, milli(5'000));
    b.transfer(weth, cow, maker, milli(2'000));
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

/// A filler buys for the swapper in one pool and keeps the difference.
TEST(Orders, UniswapXFiller) {
    MadeBlock b;
    b.tx(owner, filler);
    b.transfer(weth, user, filler, milli(5'000));
    b.swap(pair, filler, filler, filler, weth, milli(4'990), token, milli(5'000));
    b.transfer(token, filler, user, milli(5'000));
    b.event(reactor, "Fill(bytes32,address,address,uint256)", {u256{1}, to_u256(filler), to_u256(user)}, {u256{1}});
    const Inspection seen = inspect(b.done());
    EXPECT_EQ(accusations(seen), 0U);
    EXPECT_EQ(count_of(seen, Kind::fill), 1U);
}

/// One filler before and after a user's trade, each time for another swapper.
TEST(Orders, FillerAroundAUser) {
    MadeBlock b;
    const auto fill = [&](const Address& swapper, const Address& in, const Address& out) {
        b.tx(owner, filler);
        b.transfer(in, swapper, filler, milli(3'000));
        b.swap(pair, filler, filler, filler, in, milli(3'000), out, milli(3'000));
        b.transfer(out, filler, swapper, milli(3'000));
        b.event(reactor, "Fill(bytes32,address,address,uint256)", {u256{1}, to_u256(filler), to_u256(swapper)},
                {u256{1}});
    };
    fill(account(31), weth, token);
    b.tx(account(20), account(21));
    b.tx(user, router).swap(pair, router, user, user, weth, milli(5'000), token, milli(4'000));
    b.tx(account(20), account(21));
    fill(account(32), token, weth);
    EXPECT_EQ(accusations(inspect(b.done())), 0U);
}

}  // namespace
}  // namespace osprey::inspect
