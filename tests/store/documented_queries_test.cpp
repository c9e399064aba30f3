// docs/store.md: every query in it runs, and tells what it says.

#include <algorithm>
#include <fstream>
#include <sstream>

#include "store/back_end.hpp"
#include "store/live_events.hpp"
#include "store/made_events.hpp"
#include "store/made_inspection.hpp"

namespace osprey::store {
namespace {

using DocumentedQueries = OnEach;
OSPREY_ON_EACH(DocumentedQueries);

/// The fenced blocks of these languages, in the order of the page.
std::vector<std::string> queries(std::string_view language) {
    std::ifstream page{std::string{OSPREY_SOURCE_DIR} + "/docs/store.md"};
    std::vector<std::string> found;
    const std::string begin = fmt::format("```{}", language);
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        if (line == begin) {
            inside = true;
            found.emplace_back();
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            found.back() += line + "\n";
        }
    }
    return found;
}

/// Two arbitrages and a sandwich in each of the blocks 2 (whose transactions the page's hash is one of), 3 and 5.
void fill(FindingStore store) {
    std::vector<BlockRows> batch;
    for (const uint64_t block : {2U, 3U, 5U}) {
        auto seen = made_inspection(1, block, 2);
        seen.findings.push_back(seen.findings[0]);
        seen.findings.back().actor = made_address(2);
        if (block == 2) {
            seen.view.txs[2].hash = Hash{};
            seen.view.txs[2].hash.bytes[31] = 2;
        }
        seen.view.timestamp = 1'700'000'000 + 86'400 * block;
        batch.push_back(rows_of(seen, all_kinds));
    }
    const auto done = store.put(batch);
    ASSERT_TRUE(done) << done.error().message;
}

TEST_P(DocumentedQueries, TellWhatIsThere) {
    fill(back_end.open());
    const auto database = back_end.connect();
    auto all = queries("sql");
    ASSERT_EQ(all.size(), 9U);
    all.erase(all.begin(), all.begin() + 3);  // of live events
    const auto lite = queries("sqlite");
    ASSERT_EQ(lite.size(), 2U);
    const bool postgres = GetParam() == Dialect::postgres;
    if (!postgres) {
        all[0] = lite[0];
        all[4] = lite[1];
    }
    const auto profits = ask(*database, all[0]);
    ASSERT_EQ(profits.size(), 6U);  // three days, two actors
    EXPECT_TRUE(profits[0].starts_with("2023-11-")) << profits[0];
    EXPECT_NE(profits[0].find("|1|2.0"), std::string::npos) << profits[0];
    const auto losses = ask(*database, all[1]);
    ASSERT_EQ(losses.size(), 2U);  // of two tokens; the other victim's loss is not known
    const auto has = [](const std::string& row, std::string_view part) { return row.find(part) != std::string::npos; };
    EXPECT_TRUE(has(losses[0], "|3|120")) << losses[0];
    EXPECT_TRUE(has(losses[1], "|3|6")) << losses[1];
    EXPECT_EQ(ask(*database, all[2]).size(), 3U);
    if (postgres) {
        EXPECT_EQ(ask_one(*database, all[3]), "2023-11-01 00:00:00|0.0000");
    }
    EXPECT_TRUE(has(ask_one(*database, all[4]), "|3"));
    EXPECT_EQ(ask(*database, all[5]), (std::vector<std::string>{"1|2|3", "1|5|5"}));
}

TEST_P(DocumentedQueries, TellWhatTheLiveEngineTold) {
    MadeStream stream{1, 1};
    for (int i = 0; i < 300; ++i) stream.step();
    std::vector<LiveEvent> events;
    for (const std::string& line : stream.lines) events.push_back(*read_live_event(7, 1'767'225'600'000'000, line));
    events.erase(events.begin() + 20);  // missing
    auto store = EventStore::open(dsn());
    const LiveRun run{.run = 7, .command = "run", .mode = "live"};
    const auto done = store->put({&run, 1}, events);
    ASSERT_TRUE(done) << done.error().message;
    const auto database = back_end.connect();
    const auto all = queries("sql");
    if (GetParam() == Dialect::postgres) {
        std::vector<std::string> ours;
        for (const DayProfit& d : *store->profits())
            ours.push_back(fmt::format("{}|{}|{}|{}|{}", d.day, d.strategy, d.token, d.landed, to_string(d.profit)));
        auto theirs = ask(*database, all[0]);
        for (std::string& row : theirs) row.resize(row.rfind('|'));
        std::ranges::sort(ours);
        std::ranges::sort(theirs);
        EXPECT_EQ(theirs, ours);
        EXPECT_GT(ours.size(), 2U);
    }
    EXPECT_TRUE(ask_one(*database, all[1]).starts_with("quotes")) << ask_one(*database, all[1]);
    EXPECT_EQ(ask(*database, all[2]), std::vector<std::string>{"7|1|1"});
}

}  // namespace
}  // namespace osprey::store
