// What the desk does about finds, and when it does nothing: real plans on real pairs, without a node or a thread.

#include "engine/live/desk.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/live/searcher.hpp"
#include "engine/live/task_maker.hpp"
#include "support/scripted_chain.hpp"

namespace osprey::engine {
namespace {

using test::ScriptedChain;
using State = chain::ChainStatus::State;

constexpr u256 gwei = 1'000'000'000_u256;

class Collector final : public execute::Submitter {
public:
    Result<void> submit(const execute::CheckedBundle& bundle) override {
        if (refuses) return fail("the pool is full");
        sent.push_back(bundle.bundle().transactions.back());
        return {};
    }
    std::vector<Transaction> sent;
    bool refuses = false;
};

/// The stages one after the other. Results wait until they are asked for.
struct Rig {
    explicit Rig(Mode mode, const risk::Limits& limits = {})
        : account(risk::Book{{{.chain_id = ScriptedChain::id, .limits = limits}}, {}}),
          searcher(chain.setup(), signer->address()),
          desk({.mode = mode,
                .setup = chain.setup(),
                .source = &chain,
                .signer = signer.get(),
                .account = &account,
                .submitter = &submitter,
                .sink = [this](const Event& event) { told.push_back(event); },
                .sent = [this](const Transaction& tx) { maker.on_sent(tx); },
                .given_up = [this](const Hash& tx) { maker.on_given_up(tx); }}),
          maker(
              chain.setup(), chain,
              {.task = [this](const Task& task) { results.push_back(searcher.run(task)); },
               .head = [this](auto next, const BlockEvent& facts) { desk.on_head(update, std::move(next), facts); }}) {
        maker.start_with(chain.pool_names(), 1);
        desk.on_status({State::live, {}});
        follow(chain.genesis());
        decide();
    }

    void follow(chain::ChainUpdate news) {
        update = std::move(news);
        ASSERT_TRUE(maker.on_update(update, {}));
    }
    void pending(std::vector<Transaction> transactions) { maker.on_pending(std::move(transactions), {}); }
    void decide(bool late = false) {
        for (const TaskResult& result : std::exchange(results, {})) desk.on_result(result, late);
    }
    /// Two pairs of one token come apart: there is something to gain.
    ScriptedChain::Content gap() const {
        return {.moves = {{0, u256{1000} * ScriptedChain::one, u256{900} * ScriptedChain::one}},
                .used_nonces = {},
                .logs = {}};
    }

    template <class What>
    std::vector<What> all() const {
        std::vector<What> events;
        for (const Event& event : told)
            if (const auto* what = std::get_if<What>(&event.what)) events.push_back(*what);
        return events;
    }
    std::vector<std::string> refusals() const {
        std::vector<std::string> reasons;
        for (const VerdictEvent& verdict : all<VerdictEvent>())
            if (!verdict.accepted) reasons.push_back(verdict.reason);
        return reasons;
    }
    void expect_refused(std::string_view why) const {
        ASSERT_FALSE(refusals().empty());
        for (const std::string& reason : refusals()) EXPECT_NE(reason.find(why), std::string::npos) << reason;
        EXPECT_TRUE(submitter.sent.empty());
        EXPECT_EQ(account.status().all.in_flight, 0U);
    }

    ScriptedChain chain{4};
    std::unique_ptr<execute::LocalSigner> signer = ScriptedChain::operator_signer();
    BookAccount account;
    Collector submitter;
    std::vector<Event> told;
    std::vector<TaskResult> results;
    chain::ChainUpdate update;
    Searcher searcher;
    Desk desk;
    TaskMaker maker;
};

TEST(Desk, SendsWhatIsWorthItForTheNextBlock) {
    Rig rig{Mode::live};
    rig.follow(rig.chain.extend({rig.gap()}));
    rig.decide();
    ASSERT_EQ(rig.submitter.sent.size(), 1U);
    const auto sent = rig.all<SentEvent>();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].tx, rig.submitter.sent[0].hash);
    EXPECT_EQ(sent[0].block_number, rig.chain.head().header.number + 1);
    EXPECT_EQ(rig.submitter.sent[0].sender, rig.signer->address());
    EXPECT_EQ(rig.account.status().all.in_flight, 1U);
}

TEST(Desk, DoesNothingAboutAnOldHead) {
    Rig rig{Mode::live};
    rig.follow(rig.chain.extend({rig.gap()}));
    auto old = std::exchange(rig.results, {});
    rig.follow(rig.chain.extend({{}}));
    for (const TaskResult& result : old) rig.desk.on_result(result, false);
    rig.expect_refused("the head has moved on");
}

TEST(Desk, DoesNothingAboutAHeadThatIsAboutToBeReplaced) {
    Rig rig{Mode::live};
    rig.follow(rig.chain.extend({rig.gap()}));
    rig.decide(true);
    rig.expect_refused("a newer head is known already");
}

TEST(Desk, DoesNothingUnlessTheChainIsLive) {
    for (const State state : {State::syncing, State::degraded}) {
        Rig rig{Mode::live};
        rig.desk.on_status({state, "no block for 60 s"});
        rig.follow(rig.chain.extend({rig.gap()}));
        rig.decide();
        rig.expect_refused("no block for 60 s");
    }
}

TEST(Desk, DoesNothingAtAHeadWhoseStateCouldNotBeAsked) {
    Rig rig{Mode::live};
    rig.follow(rig.chain.extend({rig.gap()}));
    rig.desk.on_result({.error = "node: timed out"}, false);
    rig.desk.on_result({.error = "node: timed out"}, false);
    ASSERT_EQ(rig.all<StatusEvent>().back().state, "degraded");
    EXPECT_EQ(rig.all<StatusEvent>().back().reason, "node: timed out");
    EXPECT_EQ(rig.all<StatusEvent>().size(), 2U) << "told once";
    rig.decide();
    rig.expect_refused("could not be asked");
    // The next head is another question.
    rig.follow(rig.chain.extend({rig.gap()}));
    EXPECT_EQ(rig.all<StatusEvent>().back().state, "live");
    rig.decide();
    EXPECT_EQ(rig.submitter.sent.size(), 1U);
}

TEST(Desk, DoesNothingThatTheLimitsForbid) {
    Rig rig{Mode::live, {.most_gas_cost_wei = u256{1}}};
    rig.follow(rig.chain.extend({rig.gap()}));
    rig.decide();
    rig.expect_refused("gas cost");
}

TEST(Desk, OnlyLooksInWatch) {
    Rig rig{Mode::watch};
    rig.follow(rig.chain.extend({rig.gap()}));
    rig.decide();
    ASSERT_FALSE(rig.all<VerdictEvent>().empty());
    EXPECT_EQ(rig.all<VerdictEvent>()[0].reason, "watching only");
    rig.follow(rig.chain.extend({{}}));
    EXPECT_TRUE(rig.submitter.sent.empty());
    EXPECT_TRUE(rig.all<OutcomeEvent>().empty());
}

TEST(Desk, WhatNobodyTakesIsNotInFlight) {
    Rig rig{Mode::live};
    rig.submitter.refuses = true;
    rig.follow(rig.chain.extend({rig.gap()}));
    rig.decide();
    ASSERT_EQ(rig.all<OutcomeEvent>().size(), 1U);
    EXPECT_EQ(rig.all<OutcomeEvent>()[0].kind, OutcomeEvent::Kind::never_landed);
    EXPECT_EQ(rig.all<OutcomeEvent>()[0].reason, "the pool is full");
    EXPECT_EQ(rig.account.status().all.in_flight, 0U);
}

/// Backruns in several markets, found one after the other, of which each pays more than those before: the nonces go
/// by what is paid, and everybody has one.
TEST(Desk, MovesBackWhatPaysLess) {
    Rig rig{Mode::live};
    for (uint64_t i = 0; i < 3; ++i) {
        rig.pending({rig.chain.pending(i, 2 * i, u256{2 + 2 * i} * gwei)});
        rig.decide();
    }
    // The last of each opportunity, by nonce.
    std::map<Hash, Transaction> newest;
    for (const SentEvent& sent : rig.all<SentEvent>())
        newest[sent.id] = *std::ranges::find(rig.submitter.sent, sent.tx, &Transaction::hash);
    ASSERT_EQ(newest.size(), 3U);
    std::vector<Transaction> by_nonce;
    for (const auto& [id, tx] : newest) by_nonce.push_back(tx);
    std::ranges::sort(by_nonce, {}, &Transaction::nonce);
    for (size_t i = 0; i < by_nonce.size(); ++i) {
        EXPECT_EQ(by_nonce[i].nonce, i);
        EXPECT_EQ(by_nonce[i].max_priority_fee_per_gas, u256{6 - 2 * i} * gwei) << "right behind the one it follows";
    }
    EXPECT_EQ(rig.all<SentEvent>().size(), 6U) << "3, then 2 of them again at a later nonce, of which one twice";
    EXPECT_EQ(rig.account.status().all.in_flight, 3U);
}

/// Of several that pay the same none but the last can be followed, and what the first left is still there behind it.
TEST(Desk, FollowsTheLastOfThoseThatPayTheSame) {
    Rig rig{Mode::live};
    rig.pending({rig.chain.pending(0, 0, u256{5} * gwei), rig.chain.pending(1, 2, u256{5} * gwei)});
    rig.decide();
    std::set<Address> pools;
    for (const FoundEvent& found : rig.all<FoundEvent>())
        if (found.find.is_best && found.find.placeable)
            for (const FoundSwap& swap : found.find.swaps) pools.insert(swap.pool.contract);
    for (const size_t pool : {0, 1, 2, 3}) EXPECT_TRUE(pools.contains(ScriptedChain::pool_address(pool))) << pool;
    EXPECT_EQ(rig.submitter.sent.size(), 2U);
}

/// Nodes take a replacement for a tenth more only.
TEST(Desk, LeavesOutWhatCouldNotTakeThePlaceOfAnother) {
    Rig rig{Mode::live};
    rig.pending({rig.chain.pending(0, 0, u256{100} * gwei)});
    rig.decide();
    ASSERT_EQ(rig.submitter.sent.size(), 1U);
    rig.pending({rig.chain.pending(1, 2, u256{105} * gwei)});
    rig.decide();
    const auto refusals = rig.refusals();
    ASSERT_EQ(refusals.size(), 1U);
    EXPECT_NE(refusals[0].find("too near"), std::string::npos);
    for (const SentEvent& sent : rig.all<SentEvent>()) EXPECT_EQ(sent.priority_fee, u256{100} * gwei);
    // The searcher had counted on both: what ours does behind the one that is not there is still known.
    EXPECT_TRUE(rig.all<WithdrawnEvent>().empty());
}

/// Somebody comes in front and takes what ours was for.
TEST(Desk, WithdrawsWhatWouldFailWhereItStands) {
    Rig rig{Mode::live};
    rig.follow(rig.chain.extend({rig.gap()}));
    rig.decide();
    ASSERT_EQ(rig.submitter.sent.size(), 1U);
    const Transaction ours = rig.submitter.sent[0];
    TaskResult result;
    result.block = rig.maker.next_block();
    result.failing = {ours.hash};
    rig.desk.on_result(result, false);
    ASSERT_EQ(rig.submitter.sent.size(), 2U);
    EXPECT_EQ(rig.submitter.sent[1].nonce, ours.nonce);
    EXPECT_EQ(rig.submitter.sent[1].to, ours.sender);
    ASSERT_EQ(rig.all<WithdrawnEvent>().size(), 1U);
    EXPECT_EQ(rig.all<WithdrawnEvent>()[0].id, rig.all<SentEvent>()[0].id);
    rig.desk.on_result(result, false);
    EXPECT_EQ(rig.submitter.sent.size(), 2U) << "once is enough";
}

}  // namespace
}  // namespace osprey::engine
