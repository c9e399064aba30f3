// Harm put together by hand, in every way that we could think of, and what has to pass beside it.

#include "execute/no_harm/no_harm.hpp"

#include "execute/harm_lab.hpp"
#include "primitives/abi.hpp"

namespace osprey::execute {
namespace {

using test::address_of;
using test::calldata;
using test::int_word;
using test::word_of;
using Kind = Refusal::Kind;

static_assert(!std::is_constructible_v<CheckedBundle, Bundle, BundleOutcome>, "only the check makes one");
static_assert(!std::is_default_constructible_v<CheckedBundle>);

class NoHarm : public test::HarmLab {};

// --- what passes ------------------------------------------------------------------------------

TEST_F(NoHarm, ABackrunPasses) {
    expect_passes({swap_v2(*alice, true, 50 * unit), swap_v2(*mallory, false, 20 * unit)});
    expect_passes({swap_v3(*alice, true, 50 * unit), swap_v3(*mallory, false, 20 * unit)});
    expect_passes(
        {swap_v2(*alice, true, 50 * unit), call(*mallory, router,
                                                calldata("roundTrip(address,address,bool,uint256)",
                                                         {word_of(other_pair), word_of(pair), u256{1}, unit}))});
    expect_passes({swap_v2(*alice, true, 50 * unit), swap_v2(*bob, false, unit), swap_v3(*mallory, false, unit),
                   swap_v2(*eve, false, 20 * unit)});
}

TEST_F(NoHarm, ABackrunThatPaysBuilderAndSenderPasses) {
    expect_passes({swap_v2(*alice, true, 50 * unit), swap_v2(*mallory, false, 20 * unit),
                   call(*mallory, chain().block().coinbase, {}, 1'000'000),
                   transfer(*mallory, token0, alice->address(), unit), call(*eve, alice->address(), {}, 1'000'000)});
}

TEST_F(NoHarm, WhatIsUnrelatedPassesInAnyOrder) {
    const Address elsewhere = address_of(u256{0x5afe} << 140);
    expect_passes({transfer(*mallory, token0, elsewhere, unit), swap_v2(*alice, true, unit), swap_v3(*eve, true, unit),
                   transfer(*bob, token1, alice->address(), 5), call(*mallory, elsewhere, {}, 5)});
    expect_passes({swap_v3(*mallory, true, unit), swap_v2(*alice, true, unit), swap_v3(*eve, false, unit)});
    expect_passes({swap_v2(*mallory, true, unit), swap_v2(*mallory, false, unit)});
    expect_passes({swap_v2(*alice, true, unit)});
}

TEST_F(NoHarm, WhoMakesThePriceBetterFirstPasses) {
    expect_passes({swap_v2(*mallory, false, 20 * unit), swap_v2(*alice, true, 50 * unit)});
}

TEST_F(NoHarm, LiquidityThatMakesThePriceBetterPassesWhenItsGasIsPaidFor) {
    const auto position = [&](const char* function) {
        return call(*mallory, router,
                    calldata(std::string{function} + "(address,int24,int24,uint128)",
                             {word_of(pool), int_word(-600), int_word(600), 100 * unit}));
    };
    // She gets more of the token, and pays a little more for gas.
    expect_refused({position("addV3"), swap_v3(*alice, true, unit), position("removeV3")},
                   {Kind::balance, 1, alice->address(), {}});
    expect_passes({position("addV3"), call(*mallory, alice->address(), {}, 10'000'000), swap_v3(*alice, true, unit),
                   position("removeV3")});
}

// --- prices -----------------------------------------------------------------------------------

TEST_F(NoHarm, SandwichesAreRefused) {
    const Expected alice_gets_less{Kind::balance, 1, alice->address(), token1};
    expect_refused({swap_v2(*mallory, true, unit), swap_v2(*alice, true, 50 * unit), swap_v2(*mallory, false, unit)},
                   alice_gets_less);
    expect_refused({swap_v3(*mallory, true, unit), swap_v3(*alice, true, 50 * unit), swap_v3(*mallory, false, unit)},
                   alice_gets_less);
    // The smallest that moves her amount at all.
    expect_refused({swap_v2(*mallory, true, 1000), swap_v2(*alice, true, 50 * unit)}, alice_gets_less);
    // By two accounts, with something else in between, and without its second half.
    expect_refused({swap_v2(*mallory, true, unit), swap_v2(*alice, true, 50 * unit), swap_v2(*eve, false, unit)},
                   alice_gets_less);
    expect_refused({swap_v2(*mallory, true, unit), swap_v3(*bob, true, unit), swap_v2(*eve, true, unit),
                    swap_v2(*alice, true, 50 * unit)},
                   {Kind::balance, 3, alice->address(), token1});
    expect_refused({swap_v2(*mallory, true, unit), swap_v2(*alice, true, 50 * unit)}, alice_gets_less);
}

TEST_F(NoHarm, ASandwichThatMakesTheVictimsLimitHoldIsRefused) {
    expect_refused({swap_v2(*mallory, true, 100 * unit), swap_v2(*alice, true, 10 * unit, 19 * unit),
                    swap_v2(*mallory, false, unit)},
                   {Kind::success_lost, 1, alice->address(), {}});
    expect_refused({swap_v3(*mallory, true, 300 * unit), swap_v3(*alice, true, unit, unit * 9 / 10)},
                   {Kind::success_lost, 1, alice->address(), {}});
}

TEST_F(NoHarm, APriceIsAlsoMovedByAGift) {
    expect_refused({transfer(*mallory, token0, pair, unit), call(*mallory, pair, calldata("sync()")),
                    swap_v2(*alice, true, 50 * unit)},
                   {Kind::balance, 2, alice->address(), token1});
    expect_passes({transfer(*mallory, token1, pair, unit), call(*mallory, pair, calldata("sync()")),
                   swap_v2(*alice, true, 50 * unit)});
}

TEST_F(NoHarm, AnOrderThatOnlyRunsBecauseOfOursIsHarm) {
    const auto stop = [&] {
        return call(*alice, router, swap_data("stopLoss", pair, true, 10 * unit, 19 * unit, alice->address()));
    };
    Bundle bundle;
    bundle.transactions = {swap_v2(*mallory, true, 100 * unit), stop(), swap_v2(*mallory, false, unit)};
    expect_refused(bundle, {Kind::balance, 1, alice->address(), token0});
}

TEST_F(NoHarm, OneHopOfARouteIsEnough) {
    const Transaction route = call(
        *alice, router,
        calldata("roundTrip(address,address,bool,uint256)", {word_of(pair), word_of(other_pair), u256{1}, 10 * unit}));
    const Transaction front =
        call(*mallory, router, swap_data("swapV2", other_pair, false, unit, {}, mallory->address()));
    expect_refused({front, route}, {Kind::balance, 1, alice->address(), token0});
}

TEST_F(NoHarm, ABackrunOfOneIsAFrontrunOfTheNext) {
    expect_refused(
        {swap_v2(*alice, true, 50 * unit), swap_v2(*mallory, false, 20 * unit), swap_v2(*bob, false, 10 * unit)},
        {Kind::balance, 2, bob->address(), token0});
    expect_passes(
        {swap_v2(*alice, true, 50 * unit), swap_v2(*bob, false, 10 * unit), swap_v2(*mallory, false, 10 * unit)});
}

TEST_F(NoHarm, RemovedLiquidityIsASandwichToo) {
    test::HarmLab::must_as(
        mallory->address(), router,
        calldata("addV3(address,int24,int24,uint128)", {word_of(pool), int_word(-600), int_word(600), 10'000 * unit}));
    const auto position = [&](const char* function) {
        return call(*mallory, router,
                    calldata(std::string{function} + "(address,int24,int24,uint128)",
                             {word_of(pool), int_word(-600), int_word(600), 10'000 * unit}));
    };
    expect_refused({position("removeV3"), swap_v3(*alice, true, unit), position("addV3")},
                   {Kind::balance, 1, alice->address(), token1});
    expect_passes({swap_v3(*alice, true, unit), position("removeV3")});
}

TEST_F(NoHarm, ProvidersOfLiquidityAreSendersLikeOthers) {
    const Transaction add =
        call(*alice, router,
             calldata("addV3(address,int24,int24,uint128)", {word_of(pool), int_word(-600), int_word(600), 10 * unit}));
    expect_refused({swap_v3(*mallory, true, 5 * unit), add, swap_v3(*mallory, false, 5 * unit)},
                   {Kind::balance, 1, alice->address(), token0});
    // Beside the price, and then within her range: she has to pay in both tokens.
    const Transaction one_sided =
        call(*bob, router,
             calldata("addV3(address,int24,int24,uint128)", {word_of(pool), int_word(60), int_word(600), 10 * unit}));
    expect_refused({swap_v3(*mallory, false, 20 * unit), one_sided}, {Kind::balance, 1, bob->address(), token1});
    const Transaction add_v2 =
        call(*alice, router, calldata("addV2(address,uint256,uint256)", {word_of(pair), unit, 2 * unit}));
    expect_refused({swap_v2(*mallory, true, 5 * unit), add_v2}, {Kind::balance, 1, alice->address(), pair});
    expect_passes({call(*alice, router, calldata("addV2(address,uint256,uint256)", {word_of(pair), unit, 2 * unit})),
                   swap_v2(*mallory, true, 5 * unit)});
}

TEST_F(NoHarm, WhatNoBalanceShowsIsRefusedWhenOursChangesIt) {
    const Address ledger = deploy("Ledger");
    must_as(alice->address(), token0, calldata("approve(address,uint256)", {word_of(ledger), u256::max()}));
    const auto deposit = [&] {
        return call(*alice, ledger, calldata("deposit(address,uint256)", {word_of(pair), unit}));
    };
    expect_refused({swap_v2(*mallory, true, unit), deposit()}, {Kind::not_measurable, 1, alice->address(), {}});
    expect_passes({swap_v3(*mallory, true, unit), deposit()});
    expect_passes({deposit(), swap_v2(*mallory, true, unit)});
}

// --- whose balance ----------------------------------------------------------------------------

TEST_F(NoHarm, TheRecipientIsProtected) {
    const Address cold_wallet = address_of(u256{0xc01d} << 140);
    expect_refused({swap_v2(*mallory, true, unit), swap_v2(*alice, true, 50 * unit, {}, cold_wallet)},
                   {Kind::balance, 1, cold_wallet, token1});
    const Address contract_wallet = deploy("Wallet");
    expect_refused({swap_v2(*mallory, true, unit), swap_v2(*alice, true, 50 * unit, {}, contract_wallet)},
                   {Kind::balance, 1, contract_wallet, token1});
}

TEST_F(NoHarm, TheSmartAccountBehindTheSenderIsProtected) {
    const Address wallet = deploy("Wallet");
    equip(token0, wallet);
    chain().must(wallet, calldata("setOwner(address)", {word_of(alice->address())}));
    static const abi::Signature execute = *abi::parse_signature("execute(address,uint256,bytes)");
    const auto act = [&] {
        return call(
            *alice, wallet,
            *abi::encode_call(execute, {router, u256{}, swap_data("swapV2", pair, true, 50 * unit, {}, wallet)}));
    };
    expect_refused({swap_v2(*mallory, true, unit), act()}, {Kind::balance, 1, wallet, token1});
    expect_passes({act(), swap_v2(*mallory, false, unit)});
}

TEST_F(NoHarm, WhatIsMadeGoodAtTheEndIsRefusedWhereItHappens) {
    expect_refused({swap_v2(*mallory, true, unit), swap_v2(*alice, true, 50 * unit), swap_v2(*mallory, false, unit),
                    transfer(*mallory, token1, alice->address(), 100 * unit)},
                   {Kind::balance, 1, alice->address(), token1});
}

TEST_F(NoHarm, WhatIsTakenAtTheEndIsRefusedThere) {
    const Address spender = deploy("Spender");
    must_as(alice->address(), token1, calldata("approve(address,uint256)", {word_of(spender), u256::max()}));
    const Transaction pull =
        call(*mallory, spender,
             calldata("pull(address,address,address,uint256)",
                      {word_of(token1), word_of(alice->address()), word_of(mallory->address()), 1}));
    expect_refused({swap_v2(*alice, true, unit), pull}, {Kind::balance, 1, alice->address(), token1});
}

TEST_F(NoHarm, AllowancesAreNotOursToUse) {
    const Address spender = deploy("Spender");
    const Address other = address_of(u256{0x0d0} << 140);  // in no foreign transaction
    chain().must(token0, calldata("mint(address,uint256)", {word_of(other), unit}));
    must_as(other, token0, calldata("approve(address,uint256)", {word_of(spender), unit}));
    const auto pull = [&] {
        return call(*mallory, spender,
                    calldata("pull(address,address,address,uint256)",
                             {word_of(token0), word_of(other), word_of(mallory->address()), 7}));
    };
    expect_refused({swap_v2(*alice, true, unit), pull()}, {Kind::balance, 1, other, token0});
    expect_refused({pull(), swap_v2(*alice, true, unit)}, {Kind::balance, 0, other, token0});
    expect_refused({pull()}, {Kind::balance, 0, other, token0});
    // Used up and given back.
    const auto borrow = [&] {
        return call(*mallory, spender,
                    calldata("pullAndReturn(address,address,uint256)", {word_of(token0), word_of(other), 7}));
    };
    expect_refused({swap_v2(*alice, true, unit), borrow()}, {Kind::approval, 1, other, token0});
    // Somebody who agreed: the maker of an order, the borrower of a loan that we liquidate.
    expect_passes({swap_v2(*alice, true, unit), pull()}, {.counterparties = {other}});
    const auto from_alice = [&] {
        return call(*mallory, spender,
                    calldata("pull(address,address,address,uint256)",
                             {word_of(token0), word_of(alice->address()), word_of(mallory->address()), 7}));
    };
    must_as(alice->address(), token0, calldata("approve(address,uint256)", {word_of(spender), unit}));
    expect_refused({transfer(*alice, token1, bob->address(), 5), from_alice()},
                   {Kind::balance, 1, alice->address(), token0}, {.counterparties = {alice->address()}});
    // Whom she pays is protected as she is.
    expect_refused({transfer(*alice, token1, other, 5), pull()}, {Kind::balance, 1, other, token0},
                   {.counterparties = {other}});
}

TEST_F(NoHarm, NonFungibleTokensStayWhereTheyAre) {
    const Address collectible = deploy("Collectible");
    chain().must(collectible, calldata("mint(address,uint256)", {word_of(alice->address()), 1}));
    chain().must(collectible, calldata("mint(address,uint256)", {word_of(mallory->address()), 2}));
    must_as(alice->address(), collectible,
            calldata("setApprovalForAll(address,bool)", {word_of(mallory->address()), 1}));
    expect_refused(
        {swap_v2(*alice, true, unit),
         call(*mallory, collectible, calldata("exchange(address,uint256,uint256)", {word_of(alice->address()), 1, 2}))},
        {Kind::nft, 1, alice->address(), collectible});
    expect_refused({swap_v2(*alice, true, unit), call(*mallory, collectible,
                                                      calldata("approveFor(address,address)",
                                                               {word_of(alice->address()), word_of(eve->address())}))},
                   {Kind::approval, 1, alice->address(), collectible});
}

TEST_F(NoHarm, WhoIsOursTakesAKey) {
    our_contracts = {alice->address()};  // she has no code
    expect_refused({swap_v2(*mallory, true, unit), swap_v2(*alice, true, 50 * unit)},
                   {Kind::balance, 1, alice->address(), token1});
}

TEST_F(NoHarm, AStrangerWhoCallsOurContractIsNoStranger) {
    const Address ours = deploy("Router");
    our_contracts = {ours};
    must_as(bob->address(), token0, calldata("approve(address,uint256)", {word_of(ours), u256::max()}));
    const Transaction front = call(*bob, ours, swap_data("swapV2", pair, true, unit, {}, bob->address()));
    expect_refused({front, swap_v2(*alice, true, 50 * unit), swap_v2(*mallory, false, unit)},
                   {Kind::linked, 0, ours, {}});
}

// --- being first ------------------------------------------------------------------------------

TEST_F(NoHarm, DisplacementIsRefused) {
    const Address prize = deploy("Prize", {word_of(token0)});
    chain().must(token0, calldata("mint(address,uint256)", {word_of(prize), unit}));
    const auto claim = [&](const test::HarmLab::Signer& who, const char* how) {
        return call(who, prize, calldata(how));
    };
    expect_refused({claim(*mallory, "claim()"), claim(*alice, "claim()")},
                   {Kind::success_lost, 1, alice->address(), {}});
    expect_refused({claim(*mallory, "claimQuietly()"), claim(*alice, "claimQuietly()")},
                   {Kind::balance, 0, prize, token0});  // hers, as far as anybody can tell
    expect_passes({claim(*alice, "claim()"), claim(*mallory, "claimQuietly()")});
    // An arbitrage that somebody else found.
    const auto arbitrage = [&](const test::HarmLab::Signer& who) {
        return call(who, router,
                    calldata("roundTrip(address,address,bool,uint256)",
                             {word_of(pair), word_of(other_pair), u256{1}, 5 * unit}));
    };
    expect_refused({arbitrage(*mallory), arbitrage(*bob)}, {Kind::balance, 1, bob->address(), token0});
    expect_passes({arbitrage(*bob), arbitrage(*mallory)});
}

TEST_F(NoHarm, OrdersByTheCoinbasesBalanceAreHarm) {
    const Address prize = deploy("Prize", {word_of(token0)});
    chain().must(token0, calldata("mint(address,uint256)", {word_of(prize), unit}));
    const auto claim = [&] { return call(*alice, prize, calldata("claimUnlessRich(uint256)", {50'000'000})); };
    expect_refused({call(*mallory, chain().block().coinbase, {}, 60'000'000), claim()},
                   {Kind::balance, 1, alice->address(), token0});
    expect_passes({claim(), call(*mallory, chain().block().coinbase, {}, 60'000'000)});
}

TEST_F(NoHarm, LessOfTheNativeCoinIsHarm) {
    const Address shop = deploy("Shop");
    chain().set_balance(shop, 100 * unit);
    for (const auto* who : {alice.get(), mallory.get()})
        must_as(who->address(), token0, calldata("approve(address,uint256)", {word_of(shop), u256::max()}));
    const auto sell = [&](const test::HarmLab::Signer& who) {
        return call(who, shop, calldata("sell(address,uint256)", {word_of(token0), 5}));
    };
    expect_refused({sell(*mallory), sell(*alice)}, {Kind::balance, 1, alice->address(), {}});
    expect_passes({sell(*alice), sell(*mallory)});
    // We close it before she comes: until Cancun its code goes too, and she calls nothing.
    for (const evm::Fork fork : {evm::Fork::shanghai, evm::Fork::osaka}) {
        chain().block().fork = fork;
        const Transaction close = call(*mallory, shop, calldata("close()"));
        if (fork == evm::Fork::shanghai)
            expect_refused({close, sell(*alice)}, {Kind::identity, 0, shop, {}});
        else
            expect_refused({close, sell(*alice)}, {Kind::success_lost, 1, alice->address(), {}});
    }
}

TEST_F(NoHarm, MoreGasIsHarm) {
    const Address crowd = deploy("Crowd");
    const auto grow = [&](uint64_t n) { return call(*mallory, crowd, calldata("grow(uint256)", {u256{n}})); };
    const auto work = [&] { return call(*alice, crowd, calldata("work()")); };
    expect_refused({grow(1), work()}, {Kind::balance, 1, alice->address(), {}});
    Transaction tight = work();
    tight.gas_limit = 25'000;
    ASSERT_TRUE(sign_transaction(*alice, tight));
    expect_refused({grow(10), tight}, {Kind::success_lost, 1, alice->address(), {}});
    expect_passes({work(), grow(10)});
}

TEST_F(NoHarm, GasOfTheBlockIsNotOursToUseUp) {
    const Transaction ours = transfer(*mallory, token0, eve->address(), 5), theirs = swap_v2(*alice, true, unit);
    NoHarmOptions options;
    options.room.gas = ours.gas_limit + 30'000;
    expect_refused({ours, theirs}, {Kind::not_included, 1, alice->address(), {}}, options);
    expect_passes({theirs}, options);
}

TEST_F(NoHarm, NoncesAndCodeAreNotOursToChange) {
    Authorization leaked;
    leaked.chain_id = 1;
    leaked.address = router;
    const auto with_authorization = [&](uint64_t nonce) {
        leaked.nonce = nonce;
        EXPECT_TRUE(sign_authorization(*alice, leaked));
        Transaction tx;
        tx.type = TxType::set_code;
        tx.chain_id = 1;
        tx.max_fee_per_gas = 5000;
        tx.gas_limit = 200'000;
        tx.to = eve->address();
        tx.authorizations = {leaked};
        EXPECT_TRUE(sign_transaction(*mallory, tx));
        return tx;
    };
    expect_refused({with_authorization(0), swap_v2(*alice, true, unit)}, {Kind::not_included, 1, alice->address(), {}});
    expect_refused({swap_v2(*alice, true, unit), with_authorization(1)}, {Kind::identity, 1, alice->address(), {}});
}

// --- tokens that play tricks ------------------------------------------------------------------

class NoHarmByTokens : public test::HarmLab {
protected:
    NoHarmByTokens() : trick(deploy("TrickToken")) {
        for (const auto* who : {alice.get(), mallory.get()})
            chain().must(trick, calldata("mint(address,uint256)", {word_of(who->address()), 1000}));
    }
    Transaction set(uint64_t fee, bool silent) {
        return call(*mallory, trick, calldata("set(uint256,bool)", {u256{fee}, u256{silent ? 1U : 0U}}));
    }
    const Address trick;
};

TEST_F(NoHarmByTokens, AFeeThatIsRaisedBeforeThem) {
    expect_refused({set(100, false), transfer(*alice, trick, bob->address(), 500)},
                   {Kind::balance, 1, bob->address(), trick});
    // Its events are a lie, or there are none: balances are asked.
    expect_refused({set(100, true), transfer(*alice, trick, bob->address(), 500)},
                   {Kind::balance, 1, bob->address(), trick});
    // Put back as it was.
    expect_refused({set(100, true), transfer(*alice, trick, bob->address(), 500), set(0, false)},
                   {Kind::balance, 1, bob->address(), trick});
    expect_passes({transfer(*alice, trick, bob->address(), 500), set(100, true)});
}

TEST_F(NoHarmByTokens, ABalanceThatIsTakenWithoutATrace) {
    const auto seize = [&] {
        return call(*mallory, trick, calldata("seize(address,uint256)", {word_of(bob->address()), 500}));
    };
    expect_refused({transfer(*alice, trick, bob->address(), 500), seize()}, {Kind::balance, 1, bob->address(), trick});
    chain().must(trick, calldata("set(uint256,bool)", {0, 1}));
    expect_refused({transfer(*alice, trick, bob->address(), 500), seize()}, {Kind::balance, 1, bob->address(), trick});
}

TEST_F(NoHarmByTokens, ABalanceThatFollowsAnotherContract) {
    const Address scale = address_of(chain().must(trick, calldata("scale()")).word(0));
    const auto shrink = [&] { return call(*mallory, scale, calldata("set(uint256)", {900})); };
    expect_refused({transfer(*alice, trick, bob->address(), 500), shrink()},
                   {Kind::balance, 1, alice->address() < bob->address() ? alice->address() : bob->address(), trick});
    const auto grow = [&] { return call(*mallory, scale, calldata("set(uint256)", {1100})); };
    expect_passes({transfer(*alice, trick, bob->address(), 500), grow()});
}

// --- any bundle of swaps ----------------------------------------------------------------------

// Held against the two executions themselves, put side by side: four people swap at random on three markets.
TEST_F(NoHarm, AnyBundleOfSwapsIsJudgedAsItsTwoExecutionsSay) {
    std::mt19937_64 random{7};
    const test::HarmLab::Signer* people[] = {alice.get(), bob.get(), mallory.get(), eve.get()};
    const auto holdings = [&](const test::HarmLab::Signer& who) {
        std::vector<u256> all{chain().state().account(who.address()).balance};
        for (const Address& token : {token0, token1})
            all.push_back(chain().view(token, calldata("balanceOf(address)", {word_of(who.address())})).word(0));
        return all;
    };
    const auto run = [&](const Transaction& tx) {
        EXPECT_TRUE(chain().machine().transact(chain().state(), chain().block(), tx));
        std::vector<u256> all = holdings(*alice), more = holdings(*bob);
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    size_t passed = 0;
    const size_t rounds = test::cases(300, 3000);
    for (size_t round = 0; round < rounds; ++round) {
        std::vector<Transaction> bundle;
        std::vector<bool> ours;
        for (size_t i = 0, n = 2 + random() % 4; i < n; ++i) {
            const size_t who = random() % 4;
            const bool zero_for_one = random() % 2 == 0;
            const u256 amount = u256{1 + random() % 20} * unit;
            ours.push_back(who >= 2);
            switch (random() % 3) {
                case 0:
                    bundle.push_back(swap_v2(*people[who], zero_for_one, amount));
                    break;
                case 1:
                    bundle.push_back(swap_v3(*people[who], zero_for_one, amount));
                    break;
                default:
                    bundle.push_back(
                        call(*people[who], router,
                             swap_data("swapV2", other_pair, zero_for_one, amount, {}, people[who]->address())));
            }
        }
        std::vector<std::vector<u256>> without;
        state::Overlay::Savepoint before{chain().state()};
        without.push_back(holdings(*alice));
        for (const u256& more : holdings(*bob)) without[0].push_back(more);
        for (size_t i = 0; i < bundle.size(); ++i)
            if (!ours[i]) without.push_back(run(bundle[i]));
        before.rollback();
        bool harmless = true;
        size_t foreign = 0;
        for (size_t i = 0; i < bundle.size(); ++i) {
            const auto with = run(bundle[i]);
            foreign += ours[i] ? 0 : 1;
            for (size_t k = 0; k < with.size(); ++k) harmless = harmless && with[k] >= without[foreign][k];
        }
        before.rollback();
        const auto judged = check(bundle);
        EXPECT_EQ(judged.has_value(), harmless) << (judged ? "it passed" : judged.error().message);
        passed += judged ? 1 : 0;
    }
    EXPECT_GT(passed, rounds / 10);
    EXPECT_LT(passed, rounds * 9 / 10);
}

// --- what the bundle says ---------------------------------------------------------------------

Bundle bundle_of(std::vector<Transaction> transactions) {
    Bundle bundle;
    bundle.transactions = std::move(transactions);
    return bundle;
}

TEST_F(NoHarm, AForeignTransactionIsNotDroppedBecauseOfOurs) {
    Bundle bundle = bundle_of({swap_v2(*mallory, true, 100 * unit), swap_v2(*alice, true, 10 * unit, 19 * unit)});
    bundle.dropping_tx_hashes = {bundle.transactions[1].hash};
    expect_refused(bundle, {Kind::not_included, 1, alice->address(), {}});
    Bundle reverts = bundle_of({swap_v2(*mallory, true, 100 * unit), swap_v2(*alice, true, 10 * unit, 19 * unit)});
    reverts.reverting_tx_hashes = {reverts.transactions[1].hash};
    expect_refused(reverts, {Kind::success_lost, 1, alice->address(), {}});
}

TEST_F(NoHarm, OursInFrontIsNotOptional) {
    for (const bool drop : {false, true}) {
        Bundle bundle = bundle_of({swap_v3(*mallory, true, unit), swap_v2(*alice, true, unit)});
        (drop ? bundle.dropping_tx_hashes : bundle.reverting_tx_hashes) = {bundle.transactions[0].hash};
        expect_refused(bundle, {Kind::own_optional, 0, {}, {}});
        Bundle behind = bundle_of({swap_v2(*alice, true, unit), swap_v2(*mallory, false, unit)});
        (drop ? behind.dropping_tx_hashes : behind.reverting_tx_hashes) = {behind.transactions[1].hash};
        expect_passes(behind);
    }
}

TEST_F(NoHarm, OursMustDoWhatItIsCheckedFor) {
    Bundle bundle = bundle_of({swap_v2(*alice, true, unit), swap_v2(*mallory, false, unit, 1000 * unit)});
    expect_refused(bundle, {Kind::own_failure, 1, {}, {}});
    bundle = bundle_of({swap_v2(*alice, true, unit), swap_v2(*mallory, false, unit, 1000 * unit)});
    bundle.reverting_tx_hashes = {bundle.transactions[1].hash};
    expect_refused(bundle, {Kind::own_failure, 1, {}, {}});
}

TEST_F(NoHarm, WhatIsNoBundleIsRefused) {
    const Transaction theirs = swap_v2(*alice, true, unit);
    expect_refused({theirs, swap_v2(*mallory, false, unit), theirs}, {Kind::invalid, 2, {}, {}});
    Transaction unpaid = swap_v2(*alice, true, unit);
    unpaid.nonce = 7;
    ASSERT_TRUE(sign_transaction(*alice, unpaid));
    expect_refused({unpaid, swap_v2(*mallory, false, unit)}, {Kind::invalid, 0, {}, {}});
    expect_refused({swap_v2(*mallory, false, unit), unpaid}, {Kind::invalid, 1, {}, {}});
    expect_refused(std::vector<Transaction>{}, {Kind::invalid, 0, {}, {}});
}

TEST_F(NoHarm, TheReasonNamesTransactionAccountTokenAndAmounts) {
    const std::vector<Transaction> bundle{swap_v2(*mallory, true, unit), swap_v2(*alice, true, 50 * unit)};
    const auto result = check(bundle);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().hash, bundle[1].hash);
    EXPECT_EQ(result.error().message, "after transaction 1 " + to_hex(bundle[1].hash) + ", " +
                                          to_hex(alice->address()) + " has " + to_string(result.error().with) +
                                          " of token " + to_hex(token1) + ", and " + to_string(result.error().without) +
                                          " without ours");
}

}  // namespace
}  // namespace osprey::execute
