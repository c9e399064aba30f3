// Each rule of the book on both sides of its limit.

#include "risk/book.hpp"

#include <gtest/gtest.h>

namespace osprey::risk {
namespace {

constexpr uint64_t noon = 1'800'000'000;
constexpr u256 gwei{1'000'000'000};

Hash id_of(uint64_t n) { return to_hash(u256{n}); }
Address address_of(uint64_t n) { return to_address(u256{n}); }

/// Costs at most 100,000 gas at 10 gwei, and is expected to use 80,000.
Proposal proposal(uint64_t id = 1) {
    return {.id = id_of(id),
            .chain_id = 1,
            .block_number = 100,
            .value_wei = u256{2'000'000} * gwei,
            .payment_wei = u256{500'000} * gwei,
            .gas_limit = 100'000,
            .expected_gas = 80'000,
            .max_fee_per_gas_wei = u256{10} * gwei};
}
constexpr u256 most_cost = u256{1'000'000} * gwei;
constexpr u256 net_profit = u256{700'000} * gwei;

Book book_with(const Limits& limits, const RunningLimits& all = {}) { return Book{{{1, limits}}, all}; }
Reason reason_of(const Limits& limits, const Proposal& p = proposal()) {
    return book_with(limits).judge(p, noon).reason;
}
/// Lost by a transaction that reverts.
void lose(Book& book, uint64_t id, const u256& wei, uint64_t now) {
    ASSERT_TRUE(book.reserve(proposal(id), now).accepted);
    ASSERT_TRUE(book.settled(id_of(id), Outcome::reverted(wei), now));
}

TEST(RiskBook, WithoutLimitsAPlanThatGainsIsAccepted) {
    const Verdict verdict = book_with({}).judge(proposal(), noon);
    EXPECT_TRUE(verdict.accepted);
    EXPECT_EQ(verdict.reason, Reason::accepted);
    EXPECT_EQ(verdict.text, "net 700000000000000 wei, gas at most 1000000000000000 wei");
}

TEST(RiskBook, GasPrice) {
    EXPECT_EQ(reason_of({.most_gas_price_wei = u256{10} * gwei}), Reason::accepted);
    EXPECT_EQ(reason_of({.most_gas_price_wei = u256{10} * gwei - u256{1}}), Reason::gas_price);
}

TEST(RiskBook, GasCostCountsTheWholeGasLimitAndTheL1Fee) {
    EXPECT_EQ(reason_of({.most_gas_cost_wei = most_cost}), Reason::accepted);
    EXPECT_EQ(reason_of({.most_gas_cost_wei = most_cost - u256{1}}), Reason::gas_cost);
    Proposal with_l1 = proposal();
    with_l1.l1_fee_wei = u256{1};
    EXPECT_EQ(reason_of({.most_gas_cost_wei = most_cost}, with_l1), Reason::gas_cost);
}

TEST(RiskBook, StakeIsInventoryAndGas) {
    EXPECT_EQ(reason_of({.most_stake_wei = most_cost}), Reason::accepted);
    Proposal p = proposal();
    p.stake_wei = u256{7};
    EXPECT_EQ(reason_of({.most_stake_wei = most_cost + u256{7}}, p), Reason::accepted);
    EXPECT_EQ(reason_of({.most_stake_wei = most_cost + u256{6}}, p), Reason::stake);
}

TEST(RiskBook, NetProfitIsAfterPaymentAndExpectedGas) {
    EXPECT_EQ(reason_of({.least_net_profit_wei = net_profit}), Reason::accepted);
    EXPECT_EQ(reason_of({.least_net_profit_wei = net_profit + u256{1}}), Reason::net_profit);
    Proposal p = proposal();
    p.l1_fee_wei = u256{1};
    EXPECT_EQ(reason_of({.least_net_profit_wei = net_profit}, p), Reason::net_profit);
}

TEST(RiskBook, APlanThatLosesIsRefusedWithoutALimit) {
    Proposal p = proposal();
    p.value_wei = p.value_wei - net_profit;
    EXPECT_EQ(reason_of({}, p), Reason::accepted);
    p.value_wei -= u256{1};
    EXPECT_EQ(reason_of({}, p), Reason::net_profit);
}

TEST(RiskBook, Tokens) {
    Proposal p = proposal();
    p.tokens = {address_of(1), address_of(2)};
    EXPECT_EQ(reason_of({.allowed_tokens = {address_of(1), address_of(2), address_of(3)}}, p), Reason::accepted);
    EXPECT_EQ(reason_of({.allowed_tokens = {address_of(1)}}, p), Reason::denied_token);
    EXPECT_EQ(reason_of({.denied_tokens = {address_of(3)}}, p), Reason::accepted);
    EXPECT_EQ(reason_of({.denied_tokens = {address_of(2)}}, p), Reason::denied_token);
    EXPECT_EQ(reason_of({.allowed_tokens = {address_of(1), address_of(2)}, .denied_tokens = {address_of(2)}}, p),
              Reason::denied_token);
}

TEST(RiskBook, Pools) {
    Proposal p = proposal();
    p.pools = {{address_of(7), {}}, {address_of(8), id_of(80)}};
    EXPECT_EQ(reason_of({.denied_contracts = {address_of(9)}, .denied_pool_ids = {id_of(81)}}, p), Reason::accepted);
    EXPECT_EQ(reason_of({.denied_contracts = {address_of(7)}}, p), Reason::denied_pool);
    EXPECT_EQ(reason_of({.denied_contracts = {address_of(8)}}, p), Reason::denied_pool);
    EXPECT_EQ(reason_of({.denied_pool_ids = {id_of(80)}}, p), Reason::denied_pool);
    EXPECT_EQ(reason_of({.denied_pool_ids = {Hash{}}}, p), Reason::accepted);  // a pool without an id is not meant
}

TEST(RiskBook, InFlight) {
    Book book = book_with({.running = {.most_in_flight = 2}});
    EXPECT_TRUE(book.reserve(proposal(1), noon).accepted);
    EXPECT_TRUE(book.reserve(proposal(2), noon).accepted);
    EXPECT_EQ(book.reserve(proposal(3), noon).reason, Reason::in_flight);
    ASSERT_TRUE(book.settled(id_of(1), Outcome::never_landed(), noon));
    EXPECT_TRUE(book.reserve(proposal(3), noon).accepted);
}

TEST(RiskBook, InFlightOnAllChainsTogether) {
    Book book{{{1, {}}, {10, {}}}, {.most_in_flight = 2}};
    Proposal other = proposal(2);
    other.chain_id = 10;
    EXPECT_TRUE(book.reserve(proposal(1), noon).accepted);
    EXPECT_TRUE(book.reserve(other, noon).accepted);
    const Verdict refused = book.judge(proposal(3), noon);
    EXPECT_EQ(refused.reason, Reason::in_flight);
    EXPECT_EQ(refused.text, "all chains: 2 transactions in flight, the limit is 2");
}

TEST(RiskBook, PerBlockCountsWhatNeverLandedToo) {
    Book book = book_with({.most_per_block = 1});
    EXPECT_TRUE(book.reserve(proposal(1), noon).accepted);
    ASSERT_TRUE(book.settled(id_of(1), Outcome::never_landed(), noon));
    EXPECT_EQ(book.reserve(proposal(2), noon).reason, Reason::per_block);
    Proposal next = proposal(2);
    next.block_number = 101;
    EXPECT_TRUE(book.reserve(next, noon).accepted);
}

TEST(RiskBook, ABlockThatIsCountedNoMoreIsRefused) {
    Book book = book_with({.most_per_block = 1});
    for (uint64_t i = 0; i <= 256; ++i) {
        Proposal p = proposal(i + 1);
        p.block_number = 100 + i;
        ASSERT_TRUE(book.reserve(p, noon).accepted);
    }
    EXPECT_EQ(book.reserve(proposal(900), noon).reason, Reason::per_block);
    EXPECT_EQ(book.state().chains[0].blocks.size(), 256U);
}

TEST(RiskBook, DailyLossRollsOver24Hours) {
    const u256 lost{5};
    Book book = book_with({.running = {.most_daily_loss_wei = most_cost + lost}});
    lose(book, 1, lost, noon);
    EXPECT_TRUE(book.judge(proposal(2), noon).accepted);
    lose(book, 2, u256{1}, noon + 10);
    const Verdict refused = book.judge(proposal(3), noon + 10);
    EXPECT_EQ(refused.reason, Reason::daily_loss);
    EXPECT_EQ(refused.text,
              "chain 1: 6 wei lost in 24 hours, 0 at risk in flight and 1000000000000000 now: more than the limit of "
              "1000000000000005 wei");
    EXPECT_FALSE(book.judge(proposal(3), noon + day_seconds - 1).accepted);
    EXPECT_TRUE(book.judge(proposal(3), noon + day_seconds).accepted);
    EXPECT_EQ(book.status(noon + day_seconds).all.daily_loss_wei, u256{1});
}

TEST(RiskBook, WhatIsInFlightCountsAsLost) {
    Book book = book_with({.running = {.most_daily_loss_wei = most_cost + most_cost}});
    EXPECT_TRUE(book.reserve(proposal(1), noon).accepted);
    EXPECT_TRUE(book.reserve(proposal(2), noon).accepted);
    EXPECT_EQ(book.reserve(proposal(3), noon).reason, Reason::daily_loss);
    ASSERT_TRUE(book.settled(id_of(1), Outcome::landed(u256{9}, u256{9}), noon));
    EXPECT_TRUE(book.reserve(proposal(3), noon).accepted);
}

TEST(RiskBook, WhatIsTakenBackIsInFlightAgainAndCountsNoMore) {
    Book book = book_with({.running = {.failures_before_pause = 1, .pause_seconds = 60}});
    for (uint64_t i = 1; i <= 2; ++i) ASSERT_TRUE(book.reserve(proposal(i), noon).accepted);
    const auto gain = book.settled(id_of(1), Outcome::landed(u256{100}, u256{10}), noon);
    const auto loss = book.settled(id_of(2), Outcome::reverted(u256{7}), noon + 1);
    ASSERT_TRUE(gain && loss);
    ASSERT_TRUE(book.reopen(*gain));
    ASSERT_TRUE(book.reopen(*loss));
    const Status status = book.status(noon + 1);
    EXPECT_EQ(status.all.in_flight, 2U);
    EXPECT_EQ(status.all.at_risk_wei, most_cost + most_cost);
    for (const LedgerStatus& ledger : {status.all, status.chains.at(0).ledger}) {
        EXPECT_EQ(ledger.total_gain_wei, u256{});
        EXPECT_EQ(ledger.total_loss_wei, u256{});
        EXPECT_EQ(ledger.daily_loss_wei, u256{});
    }
    EXPECT_FALSE(status.tripped.empty()) << "the pause stays";
    EXPECT_FALSE(book.reopen(*loss)) << "it is in flight";
    EXPECT_EQ(book.status(noon + 1).all.in_flight, 2U);
    ASSERT_TRUE(book.settled(id_of(2), Outcome::reverted(u256{8}), noon + 2));
    EXPECT_EQ(book.status(noon + 2).all.total_loss_wei, u256{8});
}

TEST(RiskBook, ALandedLossCountsAndAGainDoesNotOffsetIt) {
    Book book = book_with({});
    for (uint64_t i = 1; i <= 2; ++i) ASSERT_TRUE(book.reserve(proposal(i), noon).accepted);
    ASSERT_TRUE(book.settled(id_of(1), Outcome::landed(u256{3}, u256{10}), noon));
    ASSERT_TRUE(book.settled(id_of(2), Outcome::landed(u256{100}, u256{10}), noon));
    const LedgerStatus chain = book.status(noon).chains.at(0).ledger;
    EXPECT_EQ(chain.daily_loss_wei, u256{7});
    EXPECT_EQ(chain.total_loss_wei, u256{7});
    EXPECT_EQ(chain.total_gain_wei, u256{90});
}

TEST(RiskBook, TotalLossNeverExpires) {
    Book book = book_with({.running = {.most_total_loss_wei = most_cost + u256{5}}});
    lose(book, 1, u256{5}, noon);
    EXPECT_TRUE(book.judge(proposal(2), noon + 2 * day_seconds).accepted);
    lose(book, 2, u256{1}, noon + 2 * day_seconds);
    EXPECT_EQ(book.judge(proposal(3), noon + 9 * day_seconds).reason, Reason::total_loss);
}

TEST(RiskBook, BeyondItsTotalLossEverythingStopsUntilAPersonResumes) {
    const u256 limit = most_cost + u256{5};
    Book book = book_with({.running = {.most_total_loss_wei = limit}});
    lose(book, 1, limit, noon);
    EXPECT_EQ(book.judge(proposal(2), noon).reason, Reason::total_loss);  // at it, not beyond
    book = book_with({.running = {.most_total_loss_wei = limit}});
    lose(book, 1, limit + u256{1}, noon);
    EXPECT_EQ(book.judge(proposal(2), noon + 30 * day_seconds).reason, Reason::stopped);
    EXPECT_EQ(book.status(noon).tripped.size(), 1U);
    book.resume();
    EXPECT_TRUE(book.judge(proposal(2), noon).accepted);
    EXPECT_EQ(book.status(noon).chains[0].ledger.total_loss_wei, u256{});
    EXPECT_EQ(book.status(noon).chains[0].ledger.daily_loss_wei, limit + u256{1});  // a day is a day
}

TEST(RiskBook, FailuresInARowPause) {
    Book book = book_with({.running = {.failures_before_pause = 2, .pause_seconds = 60}});
    lose(book, 1, u256{1}, noon);
    EXPECT_TRUE(book.judge(proposal(2), noon).accepted);
    lose(book, 2, u256{1}, noon);
    EXPECT_EQ(book.judge(proposal(3), noon + 59).reason, Reason::paused);
    EXPECT_EQ(book.status(noon + 59).chains[0].ledger.paused_until, noon + 60);
    EXPECT_EQ(book.status(noon + 60).chains[0].ledger.paused_until, std::nullopt);
    EXPECT_TRUE(book.judge(proposal(3), noon + 60).accepted);
    lose(book, 3, u256{1}, noon + 60);  // one more failure, and the pause begins anew
    EXPECT_EQ(book.judge(proposal(4), noon + 61).reason, Reason::paused);
}

TEST(RiskBook, SuccessEndsARowOfFailuresAndWhatNeverLandedDoesNot) {
    for (const bool success : {true, false}) {
        Book book = book_with({.running = {.failures_before_pause = 2, .pause_seconds = 60}});
        lose(book, 1, u256{1}, noon);
        ASSERT_TRUE(book.reserve(proposal(2), noon).accepted);
        ASSERT_TRUE(
            book.settled(id_of(2), success ? Outcome::landed(u256{1}, u256{1}) : Outcome::never_landed(), noon));
        lose(book, 3, u256{1}, noon);
        EXPECT_EQ(book.judge(proposal(4), noon).accepted, success);
    }
}

TEST(RiskBook, APauseWithoutAnEndEndsWhenAPersonResumes) {
    Book book = book_with({.running = {.failures_before_pause = 1}});
    lose(book, 1, u256{1}, noon);
    EXPECT_EQ(book.judge(proposal(2), UINT64_MAX - 1).reason, Reason::paused);
    book.resume();
    EXPECT_TRUE(book.judge(proposal(2), noon).accepted);
}

TEST(RiskBook, KillRefusesEverythingUntilResumed) {
    Book book = book_with({});
    ASSERT_TRUE(book.reserve(proposal(1), noon).accepted);
    book.kill("the price feed looks wrong");
    const Verdict refused = book.reserve(proposal(2), noon);
    EXPECT_EQ(refused.reason, Reason::killed);
    EXPECT_EQ(refused.text, "killed: the price feed looks wrong");
    EXPECT_TRUE(book.settled(id_of(1), Outcome::reverted(u256{4}), noon));  // what was under way still counts
    EXPECT_EQ(book.status(noon).all.total_loss_wei, u256{4});
    book.resume();
    EXPECT_TRUE(book.reserve(proposal(2), noon).accepted);
}

TEST(RiskBook, TimeThatGoesBackIsRefused) {
    Book book = book_with({});
    ASSERT_TRUE(book.reserve(proposal(1), noon).accepted);
    EXPECT_EQ(book.reserve(proposal(2), noon - 1).reason, Reason::time_went_back);
    EXPECT_TRUE(book.reserve(proposal(2), noon).accepted);
}

TEST(RiskBook, AnOutcomeFromThePastCountsFromNowOn) {
    Book book = book_with({});
    ASSERT_TRUE(book.reserve(proposal(1), noon).accepted);
    ASSERT_TRUE(book.settled(id_of(1), Outcome::reverted(u256{4}), noon - 1000));
    EXPECT_EQ(book.status(noon + day_seconds - 1).all.daily_loss_wei, u256{4});
    EXPECT_EQ(book.state().time, noon);
}

TEST(RiskBook, UnknownIdsAndDoublesAreRefused) {
    Book book = book_with({});
    EXPECT_FALSE(book.settled(id_of(1), Outcome::reverted(u256{4}), noon));
    EXPECT_EQ(book.state(), BookState{});
    ASSERT_TRUE(book.reserve(proposal(1), noon).accepted);
    EXPECT_EQ(book.reserve(proposal(1), noon).reason, Reason::duplicate);
    ASSERT_TRUE(book.settled(id_of(1), Outcome::reverted(u256{4}), noon));
    EXPECT_FALSE(book.settled(id_of(1), Outcome::reverted(u256{4}), noon));
    EXPECT_EQ(book.status(noon).all.total_loss_wei, u256{4});
}

TEST(RiskBook, WhatIsNoProposalIsRefused) {
    Proposal p = proposal();
    p.chain_id = 2;
    EXPECT_EQ(reason_of({}, p), Reason::unknown_chain);
    p = proposal();
    p.id = {};
    EXPECT_EQ(reason_of({}, p), Reason::malformed);
    p = proposal();
    p.gas_limit = 0;
    p.expected_gas = 0;
    EXPECT_EQ(reason_of({}, p), Reason::malformed);
    p = proposal();
    p.expected_gas = p.gas_limit + 1;
    EXPECT_EQ(reason_of({}, p), Reason::malformed);
}

TEST(RiskBook, OverflowIsRefusedNotWrapped) {
    const auto reason = [](auto change) {
        Proposal p = proposal();
        p.value_wei = u256::max() - u256{1};
        change(p);
        return reason_of({}, p);
    };
    EXPECT_EQ(reason([](Proposal&) {}), Reason::accepted);
    EXPECT_EQ(reason([](Proposal& p) { p.value_wei = u256::max(); }), Reason::overflow);
    EXPECT_EQ(reason([](Proposal& p) { p.max_fee_per_gas_wei = u256::max(); }), Reason::overflow);
    EXPECT_EQ(reason([](Proposal& p) { p.max_fee_per_gas_wei = u256{1} << 250; }), Reason::overflow);
    EXPECT_EQ(reason([](Proposal& p) { p.l1_fee_wei = u256::max() - u256{5}; }), Reason::overflow);
    EXPECT_EQ(reason([](Proposal& p) { p.payment_wei = u256::max() - u256{5}; }), Reason::overflow);
    EXPECT_EQ(reason([](Proposal& p) { p.stake_wei = u256::max() - u256{5}; }), Reason::overflow);
}

TEST(RiskBook, LossesThatDoNotFitStopAtTheTop) {
    Book book = book_with({.running = {.most_daily_loss_wei = u256::max(), .most_total_loss_wei = u256::max()}});
    for (uint64_t i = 1; i <= 2; ++i) ASSERT_TRUE(book.reserve(proposal(i), noon).accepted);
    for (uint64_t i = 1; i <= 2; ++i)
        ASSERT_TRUE(book.settled(id_of(i), Outcome::reverted(u256::max() - u256{3}), noon + i));
    EXPECT_EQ(book.status(noon).all.total_loss_wei, u256::max());
    EXPECT_EQ(book.judge(proposal(3), noon + 2).reason, Reason::daily_loss);
}

TEST(RiskBook, ChainsAddUpInTheReferenceCoin) {
    // A coin of chain 137 counts a quarter of the reference coin.
    Book book{{{1, {}}, {137, {}, 250'000'000'000'000'000_u256}},
              {.most_daily_loss_wei = most_cost + u256{2}, .failures_before_pause = 3, .pause_seconds = 5}};
    Proposal other = proposal(1);
    other.chain_id = 137;
    ASSERT_TRUE(book.reserve(other, noon).accepted);
    EXPECT_EQ(book.status(noon).all.at_risk_wei, most_cost / u256{4});
    ASSERT_TRUE(book.settled(id_of(1), Outcome::reverted(u256{5}), noon));
    EXPECT_EQ(book.status(noon).all.daily_loss_wei, u256{2});  // 1.25, rounded up
    EXPECT_EQ(book.status(noon).chains[1].ledger.daily_loss_wei, u256{5});
    EXPECT_EQ(book.status(noon).chains[0].ledger.daily_loss_wei, u256{});
    lose(book, 2, u256{1}, noon);
    EXPECT_EQ(book.judge(proposal(3), noon).reason, Reason::daily_loss);
    EXPECT_EQ(book.judge(other, noon).reason, Reason::accepted);
}

TEST(RiskBook, AChainsTroubleIsItsOwn) {
    Book book{{{1, {.running = {.failures_before_pause = 1, .pause_seconds = 60}}}, {10, {}}}, {}};
    lose(book, 1, u256{1}, noon);
    Proposal other = proposal(2);
    other.chain_id = 10;
    EXPECT_EQ(book.judge(proposal(2), noon).reason, Reason::paused);
    EXPECT_TRUE(book.judge(other, noon).accepted);
}

TEST(RiskLimits, MissingNamesTheMoneyLimits) {
    using Names = std::vector<std::string_view>;
    EXPECT_EQ(missing(Limits{}), (Names{"most_gas_price", "most_gas_cost", "least_net_profit", "most_stake",
                                        "most_daily_loss", "most_total_loss"}));
    const RunningLimits running{.most_daily_loss_wei = u256{1}, .most_total_loss_wei = u256{1}};
    EXPECT_EQ(missing(Limits{.most_gas_price_wei = u256{1},
                             .least_net_profit_wei = u256{},
                             .most_stake_wei = u256{1},
                             .running = running}),
              Names{"most_gas_cost"});
    EXPECT_EQ(missing(running), Names{});
}

}  // namespace
}  // namespace osprey::risk
