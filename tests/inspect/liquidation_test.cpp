// Liquidations executed in our EVM: the same rows by the markets' events and by the calls alone, and what is none.

#include <gtest/gtest.h>

#include <array>

#include "inspect/executed_view.hpp"
#include "inspect/inspect.hpp"
#include "inspect/ledger.hpp"
#include "primitives/abi.hpp"
#include "state/overlay_view.hpp"
#include "support/aave_market.hpp"
#include "support/test_chain.hpp"

namespace osprey::inspect {
namespace {

using test::calldata;
using test::word_of;

const Address borrower = test::address_of(u256{0xb0b});
const Address second = test::address_of(u256{0xb0c});

class Liquidations : public ::testing::Test {
protected:
    Address deploy(std::string_view contract, std::initializer_list<Address> arguments = {}) {
        return deploy(test::own_bytecode(contract), arguments);
    }
    Address deploy(const Bytes& creation_code, std::initializer_list<Address> arguments) {
        Bytes words;
        for (const Address& a : arguments) {
            const Hash word = to_hash(to_u256(a));
            words.insert(words.end(), word.data(), word.data() + 32);
        }
        return chain_.deploy(creation_code, words);
    }
    Address coin(const Address& holder = {}) {
        const Address token = deploy("LentCoin");
        for (const Address& a : {chain_.me(), holder, borrower}) mint(token, a);
        return token;
    }
    void mint(const Address& token, const Address& to) {
        chain_.must(token, calldata("mint(address,uint256)", {word_of(to), u256{1'000'000}}));
    }

    BlockView run(const Address& to, const Bytes& data) {
        Block block;
        block.header.number = 20'000'000;
        block.header.timestamp = 1'720'000'000;
        block.header.gas_limit = 30'000'000;
        block.header.base_fee_per_gas = u256{};
        block.header.blob_gas_used = 0;
        block.header.excess_blob_gas = 0;
        block.header.parent_beacon_block_root = Hash{};
        Transaction tx;
        tx.sender = chain_.me();
        tx.nonce = chain_.state().account(tx.sender).nonce;
        tx.gas_limit = 10'000'000;
        tx.to = to;
        tx.data = data;
        block.transactions.push_back(tx);
        state::OverlayView base{chain_.state()};
        const bool all[] = {false};
        auto executed = execute_view(chain_.machine(), 1, block, base, {.without = all});
        if (!executed) throw std::runtime_error(executed.error().message);
        return std::move(executed->view);
    }
    static BlockView without_logs(BlockView view) {
        view.has_logs = false;
        view.logs.clear();
        for (TxView& tx : view.txs) tx.first_log = tx.end_log = 0;
        return view;
    }
    static Actions actions_of(const BlockView& view) { return decode_actions(view, Transfers{view}); }

    /// The rows by events; those by calls agree in all that calls tell. `by_calls`: so many, where they are fewer.
    std::vector<Liquidation> both(const Address& to, const Bytes& data, std::optional<size_t> by_calls = {}) {
        const BlockView view = run(to, data);
        EXPECT_TRUE(view.txs[0].success);
        const auto logged = actions_of(view).liquidations, called = actions_of(without_logs(view)).liquidations;
        EXPECT_EQ(called.size(), by_calls.value_or(logged.size()));
        if (logged.size() == called.size())
            for (size_t i = 0; i < logged.size(); ++i) {
                const Liquidation &a = logged[i], &b = called[i];
                EXPECT_EQ(a.liquidator, b.liquidator);
                EXPECT_EQ(a.market, b.market);
                EXPECT_EQ(a.borrower, b.borrower);
                EXPECT_EQ(a.call, b.call);
                EXPECT_EQ(a.step, b.step);
                EXPECT_EQ(a.debt_token, b.debt_token);
                if (b.debt_told) EXPECT_EQ(a.debt_amount, b.debt_amount);
                if (b.collateral_told) {
                    EXPECT_EQ(a.collateral_token, b.collateral_token);
                    EXPECT_EQ(a.collateral_amount, b.collateral_amount);
                }
            }
        return logged;
    }
    static void expect(const Liquidation& l, const Address& debt_token, uint64_t debt, const Address& collateral_token,
                       uint64_t collateral, uint64_t received) {
        EXPECT_EQ(l.debt_token, debt_token);
        EXPECT_EQ(l.debt_amount, u256{debt});
        EXPECT_EQ(l.collateral_token, collateral_token);
        EXPECT_EQ(l.collateral_amount, u256{collateral});
        EXPECT_EQ(l.received_amount, u256{received});
    }
    void expect_failed(const BlockView& view, Reason why) {
        for (const BlockView& v : {view, without_logs(view)}) {
            const Inspection seen = inspect(v);
            EXPECT_TRUE(seen.actions.liquidations.empty());
            ASSERT_EQ(seen.findings.size(), 1U);
            EXPECT_EQ(seen.findings[0].kind, Kind::failed);
            EXPECT_TRUE(seen.findings[0].has(Reason::liquidation_attempt));
            EXPECT_TRUE(seen.findings[0].has(why));
        }
    }

    test::TestChain chain_;
};

TEST_F(Liquidations, AaveTellsWhatMovedNotWhatWasAskedFor) {
    const Address pool = deploy("AaveLike"), debt = coin(), collateral = coin(pool), receipt = coin();
    const auto liquidate = [&](bool receipts) {
        return calldata("liquidationCall(address,address,address,uint256,bool)",
                        {word_of(collateral), word_of(debt), word_of(borrower), u256::max(), u256{receipts ? 1U : 0U}});
    };
    expect_failed(run(pool, liquidate(false)), Reason::reverted);
    chain_.must(pool, calldata("set(uint256,uint256,uint256,address)", {u256{700}, u256{90}, {}, word_of(receipt)}));
    auto rows = both(pool, liquidate(false));
    ASSERT_EQ(rows.size(), 1U);
    expect(rows[0], debt, 700, collateral, 90, 90);
    // V3 keeps a fee of the collateral; and the liquidator may take receipts.
    chain_.must(pool,
                calldata("set(uint256,uint256,uint256,address)", {u256{700}, u256{90}, u256{4}, word_of(receipt)}));
    rows = both(pool, liquidate(false));
    ASSERT_EQ(rows.size(), 1U);
    expect(rows[0], debt, 700, collateral, 94, 90);
    rows = both(pool, liquidate(true));
    ASSERT_EQ(rows.size(), 1U);
    expect(rows[0], debt, 700, receipt, 94, 90);
    EXPECT_EQ(rows[0].asset, collateral);
}

TEST_F(Liquidations, CompoundTellsTheReservesShareAndErrorCodes) {
    const Address asset = coin(), market = deploy("CTokenLike"), collateral = deploy("CTokenLike");
    mint(collateral, borrower);
    const Bytes liquidate =
        calldata("liquidateBorrow(address,uint256,address)", {word_of(borrower), u256{99999}, word_of(collateral)});
    expect_failed(run(market, liquidate), Reason::no_effect);
    chain_.must(market, calldata("set(address,uint256)", {word_of(asset), u256{300}}));
    const auto rows = both(market, liquidate);
    ASSERT_EQ(rows.size(), 1U);
    expect(rows[0], asset, 300, collateral, 600, 540);
    // Repaying for somebody else is no liquidation.
    EXPECT_TRUE(both(asset, calldata("transfer(address,uint256)", {word_of(market), u256{300}})).empty());
}

TEST_F(Liquidations, CometSeizesFirstAndSellsLater) {
    const Address base = coin(), asset = deploy("LentCoin"), comet = deploy("CometLike", {base, asset});
    mint(asset, comet);
    auto rows = both(comet,
                     calldata("absorb(address,address[])",
                              {word_of(chain_.me()), u256{64}, u256{2}, word_of(borrower), word_of(second)}),
                     2);         // the calls name the accounts alone
    ASSERT_EQ(rows.size(), 4U);  // two assets of each account
    EXPECT_EQ(rows[0].step, LiquidationStep::seized);
    EXPECT_EQ(rows[0].debt_amount, u256{400});
    EXPECT_EQ(rows[1].debt_amount, u256{});  // stands with the account's first
    EXPECT_EQ(rows[2].debt_amount, u256{401});
    EXPECT_EQ(rows[2].borrower, second);
    EXPECT_EQ(rows[2].collateral_amount, u256{501});
    rows = both(comet, calldata("buyCollateral(address,uint256,uint256,address)",
                                {word_of(asset), {}, u256{1000}, word_of(chain_.me())}));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].step, LiquidationStep::bought);
    expect(rows[0], base, 1000, asset, 1050, 1050);
}

TEST_F(Liquidations, MakerAuctionsBeginAndEnd) {
    const Address vat = deploy("VatLike"), auction = deploy("AuctionLike", {vat});
    Hash ilk;
    std::ranges::copy(std::string_view{"ETH-A"}, ilk.data());
    auto rows = both(auction, calldata("bark(bytes32,address,address)", {to_u256(ilk), word_of(borrower), {}}));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].step, LiquidationStep::seized);
    EXPECT_EQ(rows[0].borrower, borrower);
    EXPECT_EQ(to_string(rows[0].debt_amount), "7000000000000000000000");
    EXPECT_EQ(to_string(rows[0].collateral_amount), "5000000000000000000");
    rows = both(auction, calldata("take(uint256,uint256,uint256,address,bytes)",
                                  {u256{1}, {}, {}, word_of(chain_.me()), u256{160}, {}}));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].step, LiquidationStep::bought);
    EXPECT_EQ(rows[0].borrower, borrower);
    EXPECT_EQ(to_string(rows[0].debt_amount), "3000000000000000000000");
    EXPECT_EQ(to_string(rows[0].received_amount), "200000000");  // of eight decimals
    rows = both(auction, calldata("deal(uint256)", {u256{1}}));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].liquidator, test::address_of(u256{0xb1d}));
    EXPECT_FALSE(rows[0].debt_told);
    EXPECT_TRUE(actions_of(run(auction, calldata("deal(uint256)", {u256{}}))).liquidations.empty());
}

TEST_F(Liquidations, LiquityPaysWhoeverCalls) {
    const Address lusd = coin(), troves = deploy("TrovesLike", {lusd});
    mint(lusd, troves);
    const Address active = [&] {  // the first of the contracts that it made with `new` that is sent from
        const BlockView view = run(troves, calldata("redeemCollateral(address)", {word_of(borrower)}));
        for (const Call& c : view.calls)
            if (c.level == 1 && c.input.size == 4 + 32 &&
                abi::selector_of(view.input(c)) == abi::selector("decreaseLUSDDebt(uint256)"))
                return c.to;
        return Address{};
    }();
    chain_.set_balance(active, u256{100'000});
    // Redeeming closes a trove as well, and is none.
    EXPECT_TRUE(both(troves, calldata("redeemCollateral(address)", {word_of(borrower)})).empty());
    auto rows = both(troves, calldata("liquidate(address)", {word_of(borrower)}));
    ASSERT_EQ(rows.size(), 1U);
    expect(rows[0], lusd, 2000, native_coin, 1000, 5);
    rows = both(troves,
                calldata("batchLiquidateTroves(address[])", {u256{32}, u256{2}, word_of(borrower), word_of(second)}));
    ASSERT_EQ(rows.size(), 2U);
    expect(rows[0], lusd, 2000, native_coin, 1000, 10);  // what was paid for both stands with the first
    expect(rows[1], lusd, 2000, native_coin, 1000, 0);
    expect_failed(run(troves, calldata("batchLiquidateTroves(address[])", {u256{32}, {}})), Reason::reverted);
}

TEST_F(Liquidations, EulerCountsTheConnectorsCallOnce) {
    const Address asset = coin(), vault = deploy("EulerLike", {asset}), collateral = coin(vault);
    const auto liquidate = [&](const u256& repay) {
        return calldata("liquidate(address,address,uint256,uint256)",
                        {word_of(borrower), word_of(collateral), repay, {}});
    };
    const auto rows = both(vault, liquidate(u256{50}));
    ASSERT_EQ(rows.size(), 1U);
    expect(rows[0], asset, 50, collateral, 100, 100);
    expect_failed(run(vault, liquidate({})), Reason::no_effect);  // a healthy account
}

/// The real contract: a loan in good order, a price that falls, a liquidation of 40 units of the collateral.
TEST_F(Liquidations, MorphoBlueItself) {
    const Address me = chain_.me(), debt = coin(), collateral = coin();
    const Address morpho = deploy(test::built_bytecode("Morpho"), {me}), oracle = deploy("PriceLike");
    const u256 lltv{800'000'000'000'000'000};
    const std::array market{word_of(debt), word_of(collateral), word_of(oracle), u256{}, lltv};
    const auto of_market = [&](std::string_view function, std::initializer_list<u256> rest) {
        Bytes data = calldata(function, {});
        for (const auto& words : {std::vector<u256>{market.begin(), market.end()}, std::vector<u256>{rest}})
            for (const u256& w : words) {
                const Hash word = to_hash(w);
                data.insert(data.end(), word.data(), word.data() + 32);
            }
        return data;
    };
#define OSPREY_MARKET "(address,address,address,address,uint256)"
    const auto set_price = [&](uint64_t hundredths) {
        chain_.must(oracle, calldata("set(uint256)", {exp(u256{10}, u256{34}) * u256{hundredths}}));
    };
    chain_.must(morpho, calldata("enableIrm(address)", {u256{}}));
    chain_.must(morpho, calldata("enableLltv(uint256)", {lltv}));
    set_price(100);
    chain_.must(morpho, of_market("createMarket(" OSPREY_MARKET ")", {}));
    chain_.must(morpho, of_market("supply(" OSPREY_MARKET ",uint256,uint256,address,bytes)",
                                  {u256{1000}, {}, word_of(me), u256{288}, {}}));
    const auto as_borrower = [&](const Bytes& data) {
        chain_.set_balance(borrower, u256{1} << 100);
        const auto done = chain_.call_from(borrower, morpho, data);
        ASSERT_TRUE(done.success);
    };
    as_borrower(of_market("supplyCollateral(" OSPREY_MARKET ",uint256,address,bytes)",
                          {u256{100}, word_of(borrower), u256{256}, {}}));
    as_borrower(of_market("borrow(" OSPREY_MARKET ",uint256,uint256,address,address)",
                          {u256{75}, {}, word_of(borrower), word_of(borrower)}));
    const Bytes liquidate = of_market("liquidate(" OSPREY_MARKET ",address,uint256,uint256,bytes)",
                                      {word_of(borrower), u256{40}, {}, u256{288}, {}});
#undef OSPREY_MARKET
    expect_failed(run(morpho, liquidate), Reason::reverted);  // it is healthy
    set_price(90);
    const auto rows = both(morpho, liquidate);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].protocol, Protocol::morpho_blue);
    EXPECT_EQ(rows[0].borrower, borrower);
    // 40 * 0.9 over the incentive factor 1 / (1 - 0.3 * (1 - 0.8)) = 36 * 0.94 = 33.84, rounded up
    expect(rows[0], debt, 34, collateral, 40, 40);
    // The event alone, as receipts have it, names no token: the transfers do.
    BlockView receipts = run(morpho, liquidate);
    receipts.has_calls = false;
    const auto told = actions_of(receipts).liquidations;
    ASSERT_EQ(told.size(), 1U);
    expect(told[0], debt, 34, collateral, 40, 40);
    // Its flash loans cost nothing.
    const Address taker = deploy("LoanTaker");
    const auto loans =
        actions_of(run(taker, calldata("take(address,address,uint256)", {word_of(morpho), word_of(debt), u256{500}})))
            .flash_loans;
    ASSERT_EQ(loans.size(), 1U);
    EXPECT_EQ(loans[0].lender, morpho);
    EXPECT_EQ(loans[0].borrower, taker);
    EXPECT_EQ(loans[0].token, debt);
    EXPECT_EQ(loans[0].amount, u256{500});
    EXPECT_EQ(loans[0].fee, u256{});
}

/// The real contracts: a loan in good order, a price that falls, a liquidation; by events and by calls to the unit.
class AaveItself : public Liquidations {
protected:
    AaveItself() {
        chain_.block().timestamp = 1'720'000'000;  // that of run(): no interest falls due between
        market_.add(debt_, 18);
        // Five percent of bonus, of which the treasury has a tenth.
        receipt_ = market_
                       .add(collateral_, 18,
                            {.ltv = 7'500,
                             .liquidation_threshold = 8'000,
                             .liquidation_bonus = 10'500,
                             .liquidation_protocol_fee = 1'000})
                       .supplied;
        for (const Address& token : {debt_, collateral_})
            for (const Address& who : {chain_.me(), borrower})
                chain_.must(token, calldata("mint(address,uint256)", {word_of(who), tokens(10'000)}));
        market_.set_price(debt_, dollars(100));
        market_.set_price(collateral_, dollars(1'000));
        market_.supply(chain_.me(), debt_, tokens(5'000));
        chain_.set_balance(borrower, u256{1} << 100);
        market_.supply(borrower, collateral_, tokens(100));
        market_.borrow(borrower, debt_, tokens(700));
    }
    static u256 tokens(uint64_t n) { return u256{n} * u256{1'000'000'000'000'000'000}; }
    static u256 dollars(uint64_t cents) { return u256{cents} * u256{1'000'000}; }

    Bytes liquidate(const u256& repay, bool receipts = false) const {
        return calldata("liquidationCall(address,address,address,uint256,bool)",
                        {word_of(collateral_), word_of(debt_), word_of(borrower), repay, u256{receipts ? 1U : 0U}});
    }
    /// LiquidationLogic: PercentageMath rounds half up.
    static u256 percent(const u256& of, uint64_t basis_points) {
        return (of * u256{basis_points} + u256{5'000}) / u256{10'000};
    }
    static u256 percent_of(const u256& of, uint64_t basis_points) {
        return (of * u256{10'000} + u256{basis_points / 2}) / u256{basis_points};
    }
    void expect_row(const std::vector<Liquidation>& rows, const u256& repaid, uint64_t cents) {
        ASSERT_EQ(rows.size(), 1U);
        const Liquidation& l = rows[0];
        const u256 seized = percent(repaid * dollars(100) / dollars(cents), 10'500);
        const u256 fee = percent(seized - percent_of(seized, 10'500), 1'000);
        EXPECT_EQ(l.protocol, Protocol::aave);
        EXPECT_EQ(l.market, market_.pool);
        EXPECT_EQ(l.borrower, borrower);
        EXPECT_EQ(l.liquidator, chain_.me());
        EXPECT_EQ(l.debt_token, debt_);
        EXPECT_EQ(l.debt_amount, repaid);
        EXPECT_EQ(l.received_amount, seized - fee);
        EXPECT_EQ(l.collateral_amount, seized);
    }

    const Address debt_ = coin(), collateral_ = coin();
    test::AaveMarket market_{chain_};
    Address receipt_;
};

TEST_F(AaveItself, AHealthyAccountIsAFailedAttempt) {
    expect_failed(run(market_.pool, liquidate(tokens(300))), Reason::reverted);
}
TEST_F(AaveItself, TellsDebtCollateralAndTheTreasurysShare) {
    market_.set_price(collateral_, dollars(850));
    const auto rows = both(market_.pool, liquidate(tokens(300)));
    expect_row(rows, tokens(300), 850);
    EXPECT_EQ(rows[0].collateral_token, collateral_);
}
TEST_F(AaveItself, AskedForAllItTakesHalf) {
    market_.set_price(collateral_, dollars(850));
    expect_row(both(market_.pool, liquidate(u256::max())), tokens(350), 850);
    // Below a health factor of 0.95 all of it.
    market_.set_price(collateral_, dollars(800));
    expect_row(both(market_.pool, liquidate(u256::max())), tokens(700), 800);
}
TEST_F(AaveItself, PaysInReceiptsWhenAskedTo) {
    market_.set_price(collateral_, dollars(850));
    const auto rows = both(market_.pool, liquidate(tokens(300), true));
    expect_row(rows, tokens(300), 850);
    EXPECT_EQ(rows[0].collateral_token, receipt_);
    EXPECT_EQ(rows[0].asset, collateral_);
}
TEST_F(AaveItself, TheLiquidatorsBalancesSayTheSame) {
    market_.set_price(collateral_, dollars(850));
    const Inspection seen = inspect(run(market_.pool, liquidate(tokens(300))));
    ASSERT_EQ(seen.findings.size(), 1U);
    const Finding& f = seen.findings[0];
    EXPECT_EQ(f.kind, Kind::liquidation);
    ASSERT_EQ(f.victims.size(), 1U);
    EXPECT_EQ(f.victims[0].sender, borrower);
    // The liquidator's own balances say the same as the contract's event.
    std::vector<TokenChange> expected;
    const Liquidation& l = seen.actions.liquidations[0];
    add_change(expected, debt_, -l.debt_amount);
    add_change(expected, collateral_, l.received_amount);
    EXPECT_EQ(f.profit, expected);
}

TEST_F(Liquidations, OfOnesOwnAccountNameNoVictim) {
    const Address pool = deploy("AaveLike"), debt = coin(), collateral = coin(pool), receipt = coin();
    chain_.must(pool, calldata("set(uint256,uint256,uint256,address)", {u256{700}, u256{90}, {}, word_of(receipt)}));
    const auto of = [&](const Address& user) {
        return inspect(run(pool, calldata("liquidationCall(address,address,address,uint256,bool)",
                                          {word_of(collateral), word_of(debt), word_of(user), u256{1}, {}})));
    };
    const Inspection own = of(chain_.me()), other = of(borrower);
    ASSERT_EQ(own.findings.size(), 1U);
    EXPECT_TRUE(own.findings[0].has(Reason::self_liquidation));
    EXPECT_TRUE(own.findings[0].victims.empty());
    ASSERT_EQ(other.findings.size(), 1U);
    EXPECT_FALSE(other.findings[0].has(Reason::self_liquidation));
    ASSERT_EQ(other.findings[0].victims.size(), 1U);
    EXPECT_EQ(other.findings[0].victims[0].sender, borrower);
}

}  // namespace
}  // namespace osprey::inspect
