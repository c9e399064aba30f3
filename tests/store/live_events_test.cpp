// Events of the live engine in a database: to the letter, each once, and never in disagreement with the opportunities.

#include "store/live_events.hpp"

#include <algorithm>

#include "store/back_end.hpp"
#include "store/made_events.hpp"

namespace osprey::store {
namespace {

using LiveEvents = OnEach;
OSPREY_ON_EACH(LiveEvents);

constexpr uint64_t first_run = 1'767'225'600'000'000;  // 2026-01-01
constexpr uint64_t a_second = 1'000'000;

EventStore open(const std::string& dsn) {
    auto store = EventStore::open(dsn);
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
}
LiveEvent event_of(uint64_t run, const std::string& line, uint64_t received_at = first_run + a_second) {
    auto event = read_live_event(run, received_at, line);
    if (!event) throw std::runtime_error(event.error().message);
    return std::move(*event);
}
LiveRun a_run(uint64_t run, const char* command = "run") { return {.run = run, .command = command, .mode = "live"}; }

std::map<std::string, Opportunity> by_id(EventStore& store) {
    std::map<std::string, Opportunity> all;
    const auto rows = store.opportunities({.chain_id = {}, .outcome = {}, .strategy = {}, .limit = 1'000'000});
    EXPECT_TRUE(rows) << rows.error().message;
    for (const Opportunity& o : *rows) all.emplace(*o.run + *o.chain_id + *o.id, o);
    return all;
}

void expect_same(const MadeStream::Made& made, const Opportunity& row) {
    EXPECT_EQ(row.strategy, made.strategy);
    EXPECT_EQ(row.profit_token, made.token);
    EXPECT_EQ(row.follows, made.id);
    EXPECT_EQ(row.expected_net, "-7");
    EXPECT_EQ(row.accepted, made.accepted ? Cell{*made.accepted ? "1" : "0"} : Cell{});
    EXPECT_EQ(row.reason, made.accepted ? Cell{made.reason} : Cell{});
    EXPECT_EQ(row.tx, made.tx.empty() ? Cell{} : Cell{made.tx});
    EXPECT_EQ(row.outcome, made.is_told ? Cell{made.outcome} : Cell{});
    using Flight = MadeStream::Flight;
    if (!made.is_told) {
        EXPECT_FALSE(row.profit || row.gas_cost || row.net);
        return;
    }
    EXPECT_EQ(row.profit, to_string(made.sum(&Flight::profit)));
    EXPECT_EQ(row.gas_cost, to_string(made.sum(&Flight::gas_cost)));
    EXPECT_EQ(row.net, inspect::signed_decimal(made.sum(&Flight::net)));
}

/// Two chains in turn, in batches of any size, some of which are written again as after a lost answer.
TEST_P(LiveEvents, OpportunitiesAreWhatTheirEventsSayThroughReorganisations) {
    for (uint64_t seed = 1; seed <= 6; ++seed) {
        const uint64_t run = first_run + seed;
        MadeStream one{1, 2 * seed}, other{137, 2 * seed + 1};
        std::mt19937_64 random{seed};
        std::optional<EventStore> store = open(dsn());
        std::vector<LiveEvent> batch, before;
        size_t told_one = 0, told_other = 0;
        for (int step = 0; step < 400; ++step) {
            (random() % 3 == 0 ? other : one).step();
            for (; told_one < one.lines.size(); ++told_one) batch.push_back(event_of(run, one.lines[told_one]));
            for (; told_other < other.lines.size(); ++told_other)
                batch.push_back(event_of(run, other.lines[told_other]));
            if (random() % 12 != 0 && step != 399) continue;
            const LiveRun runs[] = {a_run(run)};
            if (random() % 4 == 0) {
                store.emplace(open(dsn()));
                batch.insert(batch.begin(), before.begin(), before.end());
            }
            const auto done = store->put(runs, batch);
            ASSERT_TRUE(done) << done.error().message;
            before = std::exchange(batch, {});
        }
        const auto rows = by_id(*store);
        size_t unwound = 0;
        for (const MadeStream* stream : {&one, &other}) {
            const char* chain = stream == &one ? "1" : "137";
            for (const auto& [id, made] : stream->opportunities) {
                SCOPED_TRACE(fmt::format("seed {} chain {} {}", seed, chain, id));
                const auto row = rows.find(std::to_string(run) + chain + id);
                ASSERT_NE(row, rows.end());
                expect_same(made, row->second);
                unwound += made.outcome == "unwound";
            }
            EXPECT_EQ(ask(*back_end.connect(), fmt::format("SELECT json FROM live_events WHERE run = {} AND chain_id = "
                                                           "{} ORDER BY seq",
                                                           run, chain)),
                      stream->lines);
        }
        EXPECT_GT(unwound, 0U);
        EXPECT_EQ(ask_one(*back_end.connect(), fmt::format("SELECT count(*) FROM opportunities WHERE run = {}", run)),
                  std::to_string(one.opportunities.size() + other.opportunities.size()));
        u256 profit;
        const auto profits = store->profits();
        ASSERT_TRUE(profits) << profits.error().message;
        for (const DayProfit& day : *profits) profit += day.profit;
        u256 expected;
        for (const auto& [key, row] : rows) {
            u256 of_one;
            if (row.outcome == "landed" && parse_u256(*row.profit, of_one)) expected += of_one;
        }
        EXPECT_EQ(profit, expected);
        EXPECT_NE(profit, u256{});
    }
}

TEST_P(LiveEvents, AReplayEarnsNothingAndAnIdIsFollowedThroughAllRuns) {
    EventStore store = open(dsn());
    MadeStream stream{1, 5};
    while (std::ranges::none_of(stream.opportunities, [](const auto& o) { return o.second.outcome == "landed"; }))
        stream.step();
    std::vector<LiveEvent> live, again;
    for (const std::string& line : stream.lines) {
        live.push_back(event_of(first_run, line));
        again.push_back(event_of(first_run + 1, line));
    }
    const LiveRun runs[] = {a_run(first_run), a_run(first_run + 1, "replay")};
    ASSERT_TRUE(store.put({&runs[1], 1}, again));
    ASSERT_EQ(store.profits()->size(), 0U);
    ASSERT_TRUE(store.put({runs, 1}, live));
    EXPECT_EQ(store.profits()->size(), 1U);
    EXPECT_EQ(store.profits()->front().day, "2026-01-01");
    const auto landed = store.opportunities({.chain_id = 1, .outcome = "landed", .strategy = {}, .limit = 10});
    ASSERT_EQ(landed->size(), 2U);
    EXPECT_EQ(landed->front().first_at, "2026-01-01 00:00:01.000000");
    EXPECT_EQ(store.opportunities({.chain_id = 2, .outcome = {}, .strategy = {}, .limit = 10})->size(), 0U);
    EXPECT_EQ(store.opportunities({.chain_id = {}, .outcome = {}, .strategy = {}, .limit = 1})->size(), 1U);

    const std::string id = *landed->front().id;
    EXPECT_EQ(*store.ids(id.substr(0, 12), 10), std::vector<std::string>{id});
    EXPECT_EQ(store.ids("0x", 1'000)->size(), stream.opportunities.size());
    const auto story = store.story(id);
    ASSERT_TRUE(story) << story.error().message;
    std::vector<std::string> told, expected;
    for (const std::string& line : stream.lines)
        if (line.find(id) != std::string::npos) expected.push_back(line);
    for (const LiveEvent& event : *story) told.push_back(event.json);
    std::vector<std::string> twice = expected;
    twice.insert(twice.end(), expected.begin(), expected.end());
    EXPECT_EQ(told, twice);
    EXPECT_EQ(story->front().received_at, first_run + a_second);
    EXPECT_EQ(story->back().run, first_run + 1);
}

TEST_P(LiveEvents, WhatAnEarlierRunLeftInFlightIsAnOutcomeOfItsOwn) {
    EventStore store = open(dsn());
    const std::string id = to_hex(Hash{{{9}}});
    const auto line = [&](const char* rest) {
        return fmt::format(R"({{"seq":0,"chain":1,"block":7,"hash":"{}","event":"outcome","id":"{}",{}}})", id, id,
                           rest);
    };
    const std::vector<LiveEvent> events{event_of(
        first_run, line(R"("kind":"never_landed","in_block":0,"profit":"0","gas_cost":"0","net":"-50","reason":"x")"))};
    ASSERT_TRUE(store.put({}, events));
    const auto rows = by_id(store);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.begin()->second.net, "-50");
    EXPECT_EQ(rows.begin()->second.strategy, Cell{});
    EXPECT_EQ(rows.begin()->second.outcome_reason, "x");
}

TEST(LiveEventLines, WhatIsNoEventIsRefused) {
    const std::string hash = to_hex(Hash{});
    for (const std::string& line :
         {std::string{}, std::string{"{}"}, std::string{"[]"}, std::string{"{\"seq\":"},
          fmt::format(R"({{"seq":-1,"chain":1,"block":7,"hash":"{}","event":"block"}})", hash),
          fmt::format(R"({{"seq":18446744073709551615,"chain":1,"block":7,"hash":"{}","event":"block"}})", hash),
          fmt::format(R"({{"seq":1,"chain":1,"block":7,"hash":"0x12","event":"block"}})"),
          fmt::format(R"({{"seq":1,"chain":1,"block":7,"hash":"{}","event":"sent","id":"'); DROP"}})", hash),
          fmt::format(R"({{"seq":1,"chain":1,"block":7,"hash":"{0}","event":"outcome","id":"{0}","net":"1e5"}})", hash),
          fmt::format(R"({{"seq":1,"chain":1,"block":7,"hash":"{0}","event":"verdict","id":"{0}"}})", hash)}) {
        const auto event = read_live_event(1, 2, line);
        EXPECT_FALSE(event) << line;
        if (!event) {
            EXPECT_FALSE(event.error().message.empty());
        }
    }
    // What a later version may tell is kept, if it is of no opportunity's account.
    EXPECT_TRUE(read_live_event(
        1, 2, fmt::format(R"({{"seq":1,"chain":1,"block":7,"hash":"{}","event":"weather","sun":true}})", hash)));
}

}  // namespace
}  // namespace osprey::store
