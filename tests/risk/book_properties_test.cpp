// Random sequences of proposals, outcomes and time on three chains, against a reference that keeps all of history and
// counts anew each time; and the same with the state written and read again in between.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "risk/book.hpp"

namespace osprey::risk {
namespace {

constexpr uint64_t start = 1'800'000'000;
constexpr uint64_t chain_ids[] = {1, 10, 137};

struct Sent {
    Proposal proposal;
    bool open = true;
};
struct Lost {
    uint64_t chain_id, at;
    uint64_t wei;
};

/// All that ever happened. Small numbers, so that plain arithmetic is exact.
struct History {
    std::vector<Sent> sent;
    std::vector<Lost> lost;

    static uint64_t at_risk(const Proposal& p) {
        return p.gas_limit * static_cast<uint64_t>(p.max_fee_per_gas_wei) + static_cast<uint64_t>(p.l1_fee_wei);
    }
    uint64_t daily(uint64_t chain, uint64_t now) const {
        uint64_t sum = 0;
        for (const Lost& each : lost)
            if ((chain == 0 || each.chain_id == chain) && each.at + day_seconds > now) sum += each.wei;
        return sum;
    }
    uint64_t total(uint64_t chain) const {
        uint64_t sum = 0;
        for (const Lost& each : lost)
            if (chain == 0 || each.chain_id == chain) sum += each.wei;
        return sum;
    }
    uint64_t risked(uint64_t chain) const {
        uint64_t sum = 0;
        for (const Sent& each : sent)
            if (each.open && (chain == 0 || each.proposal.chain_id == chain)) sum += at_risk(each.proposal);
        return sum;
    }
    uint32_t in_flight(uint64_t chain) const {
        return static_cast<uint32_t>(std::ranges::count_if(
            sent, [&](const Sent& s) { return s.open && (chain == 0 || s.proposal.chain_id == chain); }));
    }
    uint32_t for_block(uint64_t chain, uint64_t block) const {
        return static_cast<uint32_t>(std::ranges::count_if(
            sent, [&](const Sent& s) { return s.proposal.chain_id == chain && s.proposal.block_number == block; }));
    }
};

bool within(const RunningLimits& limits, const History& history, uint64_t chain, const Proposal& p, uint64_t now) {
    const uint64_t risk = History::at_risk(p) + history.risked(chain);
    return history.in_flight(chain) < *limits.most_in_flight &&
           u256{risk + history.daily(chain, now)} <= *limits.most_daily_loss_wei &&
           u256{risk + history.total(chain)} <= *limits.most_total_loss_wei;
}

struct Rig {
    std::mt19937_64 random;
    std::vector<BookChain> chains;
    RunningLimits all;
    uint64_t now = start, next_id = 1;

    explicit Rig(uint64_t seed) : random(seed) {
        for (const uint64_t id : chain_ids) chains.push_back({id, {.most_per_block = 2, .running = limits(2)}});
        all = limits(4);
    }
    uint64_t below(uint64_t n) { return random() % n; }
    RunningLimits limits(uint64_t factor) {
        return {.most_daily_loss_wei = u256{factor * (3'000 + below(3'000))},
                .most_total_loss_wei = u256{factor * (9'000 + below(30'000))},
                .most_in_flight = static_cast<uint32_t>(factor * (1 + below(4)))};
    }
    Proposal propose() {
        const uint64_t gas = 10 + below(40);
        return {.id = to_hash(u256{next_id++}),
                .chain_id = chain_ids[below(3)],
                .block_number = (now - start) / 12,
                .value_wei = u256{100'000},
                .gas_limit = gas,
                .expected_gas = gas / 2,
                .max_fee_per_gas_wei = u256{10 + below(60)},
                .l1_fee_wei = u256{below(100)}};
    }
    void wait() {
        const uint64_t kind = below(100);
        now += kind < 60 ? 0 : kind < 99 ? below(400) : below(day_seconds);
    }
    /// Never costs more than what was at risk: what the executor contract sees to.
    Outcome outcome(const Proposal& p) {
        const u256 cost{below(History::at_risk(p) + 1)};
        switch (below(5)) {
            case 0:
                return Outcome::never_landed();
            case 1:
                return Outcome::landed(cost + u256{below(1000)}, cost);
            case 2:
                return Outcome::landed(u256{below(static_cast<uint64_t>(cost) + 1)}, cost);
            default:
                return Outcome::reverted(cost);
        }
    }
};

TEST(RiskBookProperties, AgreesWithAReferenceThatRemembersEverything) {
    std::map<Reason, int> told;
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        Rig rig{seed};
        Book book{rig.chains, rig.all};
        History history;
        for (int step = 0; step < 1'500; ++step) {
            rig.wait();
            if (rig.below(2) == 0) {
                const Proposal p = rig.propose();
                const auto& limits = std::ranges::find(rig.chains, p.chain_id, &BookChain::chain_id)->limits;
                const bool may = within(limits.running, history, p.chain_id, p, rig.now) &&
                                 within(rig.all, history, 0, p, rig.now) &&
                                 history.for_block(p.chain_id, p.block_number) < *limits.most_per_block;
                const Verdict verdict = book.reserve(p, rig.now);
                ASSERT_EQ(verdict.accepted, may) << seed << ' ' << step << ' ' << verdict.text;
                ++told[verdict.reason];
                if (verdict.accepted) history.sent.push_back({p});
            } else {
                std::vector<Sent*> open;
                for (Sent& each : history.sent)
                    if (each.open) open.push_back(&each);
                if (open.empty()) continue;
                Sent& one = *open[rig.below(open.size())];
                const Outcome outcome = rig.outcome(one.proposal);
                ASSERT_TRUE(book.settled(one.proposal.id, outcome, rig.now));
                one.open = false;
                if (outcome.loss_wei())
                    history.lost.push_back({one.proposal.chain_id, rig.now, static_cast<uint64_t>(outcome.loss_wei())});
            }
            const Status status = book.status(rig.now);
            ASSERT_LE(status.all.in_flight, *rig.all.most_in_flight);
            ASSERT_LE(status.all.daily_loss_wei, *rig.all.most_daily_loss_wei);
            ASSERT_LE(status.all.total_loss_wei, *rig.all.most_total_loss_wei);
            ASSERT_EQ(status.all.daily_loss_wei, u256{history.daily(0, rig.now)});
            ASSERT_EQ(status.all.at_risk_wei, u256{history.risked(0)});
            for (const ChainStatus& each : status.chains) {
                ASSERT_EQ(each.ledger.in_flight, history.in_flight(each.chain_id));
                ASSERT_EQ(each.ledger.daily_loss_wei, u256{history.daily(each.chain_id, rig.now)});
                ASSERT_EQ(each.ledger.total_loss_wei, u256{history.total(each.chain_id)});
            }
        }
    }
    for (const Reason reason :
         {Reason::accepted, Reason::in_flight, Reason::per_block, Reason::daily_loss, Reason::total_loss})
        EXPECT_GT(told[reason], 100) << name_of(reason);
}

TEST(RiskBookProperties, ARestoredBookGoesOnAsIfNothingHadHappened) {
    for (uint64_t seed = 1; seed <= 30; ++seed) {
        Rig rig{seed};
        rig.all.failures_before_pause = 3;
        rig.all.pause_seconds = 500;
        Book steady{rig.chains, rig.all};
        Book restored{rig.chains, rig.all};
        std::vector<Proposal> open;
        for (int step = 0; step < 400; ++step) {
            rig.wait();
            if (rig.below(60) == 0) rig.now -= rig.below(3);  // a clock that errs
            const uint64_t what = rig.below(100);
            if (what < 50) {
                const Proposal p = rig.propose();
                const Verdict a = steady.reserve(p, rig.now), b = restored.reserve(p, rig.now);
                ASSERT_EQ(a.reason, b.reason);
                ASSERT_EQ(a.text, b.text);
                if (a.accepted) open.push_back(p);
            } else if (what < 97) {
                if (open.empty()) continue;
                const size_t which = rig.below(open.size());
                const Outcome outcome = rig.outcome(open[which]);
                ASSERT_TRUE(steady.settled(open[which].id, outcome, rig.now));
                ASSERT_TRUE(restored.settled(open[which].id, outcome, rig.now));
                open.erase(open.begin() + static_cast<ptrdiff_t>(which));
            } else if (what < 99) {
                steady.kill("\"quoted\", \n and more");
                restored.kill("\"quoted\", \n and more");
            } else {
                steady.resume();
                restored.resume();
            }
            ASSERT_EQ(steady.state(), restored.state());
            const auto state = parse_book_state(to_json(restored.state()));
            ASSERT_TRUE(state) << state.error().message;
            ASSERT_EQ(*state, restored.state());
            restored = Book{rig.chains, rig.all};
            ASSERT_TRUE(restored.restore(*state));
        }
    }
}

TEST(RiskBookState, LossesOfAChainThatIsNoLongerConfiguredAreKept) {
    Book before{{{1, {}}, {10, {}}}, {}};
    Rig rig{1};
    Proposal p = rig.propose();
    p.chain_id = 10;
    ASSERT_TRUE(before.reserve(p, start).accepted);
    Book after{{{1, {}}}, {}};
    ASSERT_TRUE(after.restore(before.state()));
    ASSERT_TRUE(after.settled(p.id, Outcome::reverted(u256{7}), start));
    EXPECT_EQ(after.status(start).all.daily_loss_wei, u256{7});
    EXPECT_EQ(after.status(start).chains.at(1).ledger.daily_loss_wei, u256{7});
    EXPECT_EQ(after.reserve(p, start).reason, Reason::unknown_chain);
}

TEST(RiskBookState, WhatNoBookWroteIsRefused) {
    BookState good;
    good.time = start;
    good.chains = {{.chain_id = 1, .ledger = {.losses = {{start - 1, u256{1}}, {start, u256{2}}}}}, {.chain_id = 10}};
    good.in_flight = {{.id = to_hash(u256{1}), .chain_id = 1}, {.id = to_hash(u256{2}), .chain_id = 10}};
    ASSERT_TRUE(check(good));
    const auto message = [&](auto change) {
        BookState bad = good;
        change(bad);
        Book book{{}, {}};
        const auto restored = book.restore(bad);
        EXPECT_EQ(book.state(), BookState{});
        EXPECT_FALSE(parse_book_state(to_json(bad)));
        return restored ? "" : restored.error().message;
    };
    EXPECT_EQ(message([](BookState& s) { std::swap(s.chains[0].ledger.losses[0], s.chains[0].ledger.losses[1]); }),
              "chain 1: losses are not in the order of their time");
    EXPECT_EQ(message([](BookState& s) { s.time -= 1; }), "chain 1: a loss later than the book's time");
    EXPECT_EQ(message([](BookState& s) { s.chains[0].ledger.losses[0].wei = {}; }), "chain 1: a loss of nothing");
    EXPECT_EQ(message([](BookState& s) { std::swap(s.chains[0], s.chains[1]); }),
              "chains are not in the order of their ids");
    EXPECT_EQ(message([](BookState& s) { s.chains[1].blocks = {{5, 1}, {5, 1}}; }),
              "chain 10: blocks are not in their order");
    EXPECT_EQ(message([](BookState& s) { s.in_flight[0].id = s.in_flight[1].id; }),
              "0x0000000000000000000000000000000000000000000000000000000000000002 is in flight twice");
    EXPECT_EQ(message([](BookState& s) { s.in_flight[0].chain_id = 2; }),
              "0x0000000000000000000000000000000000000000000000000000000000000001 is in flight on a chain that is not "
              "there");
}

TEST(RiskBookState, TextThatIsNoStateNamesItsPlace) {
    EXPECT_FALSE(parse_book_state("{"));
    const auto message = [](std::string_view json) { return parse_book_state(json).error().message; };
    EXPECT_EQ(message("{}"), "time: missing");
    EXPECT_EQ(message(R"({"time":1,"all":{"losses":[{"at":1,"wei":"x"}]},"chains":[],"in_flight":[]})").substr(0, 17),
              "all.losses[0].wei");
}

/// Two books see the same; in one of them some outcomes are taken back sooner or later. Then they hold the same.
TEST(RiskBookProperties, WhatWasTakenBackIsAsIfItHadNotBeenSettled) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        Rig rig{seed};
        const RunningLimits none;
        std::vector<BookChain> chains = rig.chains;
        for (BookChain& chain : chains) {
            chain.limits = {};
            chain.reference_wei_per_coin = u256{1 + rig.below(3'000'000'000)} * u256{1'000'000'000};
        }
        Book plain{chains, none}, other{chains, none};
        std::vector<Settlement> to_take_back;
        std::vector<Proposal> open;
        for (int step = 0; step < 400; ++step) {
            rig.now += rig.below(2'000);
            const Proposal p = rig.propose();
            if (plain.reserve(p, rig.now).accepted) {
                ASSERT_TRUE(other.reserve(p, rig.now).accepted);
                open.push_back(p);
            }
            if (!open.empty() && rig.below(2) == 0) {
                const size_t which = rig.below(open.size());
                const Outcome outcome = rig.outcome(open[which]);
                auto settled = other.settled(open[which].id, outcome, rig.now);
                ASSERT_TRUE(settled);
                if (rig.below(3) == 0)
                    to_take_back.push_back(std::move(*settled));
                else
                    ASSERT_TRUE(plain.settled(open[which].id, outcome, rig.now));
                open.erase(open.begin() + static_cast<ptrdiff_t>(which));
            }
            if (!to_take_back.empty() && rig.below(4) == 0) {
                ASSERT_TRUE(other.reopen(to_take_back.back()));
                to_take_back.pop_back();
            }
        }
        for (const Settlement& each : to_take_back) ASSERT_TRUE(other.reopen(each));
        const Status a = plain.status(rig.now), b = other.status(rig.now);
        const auto same = [](const LedgerStatus& x, const LedgerStatus& y) {
            EXPECT_EQ(x.daily_loss_wei, y.daily_loss_wei);
            EXPECT_EQ(x.total_loss_wei, y.total_loss_wei);
            EXPECT_EQ(x.total_gain_wei, y.total_gain_wei);
            EXPECT_EQ(x.at_risk_wei, y.at_risk_wei);
            EXPECT_EQ(x.in_flight, y.in_flight);
        };
        same(a.all, b.all);
        ASSERT_EQ(a.chains.size(), b.chains.size());
        for (size_t i = 0; i < a.chains.size(); ++i) same(a.chains[i].ledger, b.chains[i].ledger);
        ASSERT_FALSE(testing::Test::HasFailure()) << seed;
    }
}

}  // namespace
}  // namespace osprey::risk
