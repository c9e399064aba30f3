// The daemon's events in a database, on a market of this machine: what is stored is what the stream told.

#include "cli/event_store.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "cli/demo_run.hpp"
#include "primitives/hex.hpp"
#include "store/back_end.hpp"
#include "support/run_osprey.hpp"

namespace osprey::cli {
namespace {

using namespace std::chrono_literals;
using EventStoreSlow = store::OnEach;
OSPREY_ON_EACH(EventStoreSlow);

/// A folder of the test's own.
class Folder {
public:
    Folder() {
        std::string name = std::filesystem::temp_directory_path() / "osprey-event-store-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for temporary files");
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::filesystem::path operator/(const char* name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

struct DemoRun {
    DemoTotals totals;
    Address wrapped_native;
    std::vector<std::string> events;  ///< JSON
    std::map<Address, u256> profit;   ///< as it was told
    std::vector<std::string> landed;  ///< ids
};

DemoRun run_demo_into(EventOutput& output, const DemoOptions& options,
                      const std::function<void(uint64_t)>& at_block = {}) {
    DemoRun run;
    const DemoWatch watch{.event =
                              [&](const engine::Event& event) {
                                  output.put(event);
                                  run.events.push_back(engine::to_json(event));
                                  const auto* outcome = std::get_if<engine::OutcomeEvent>(&event.what);
                                  if (outcome == nullptr || outcome->kind != engine::OutcomeEvent::Kind::landed) return;
                                  run.profit[outcome->token] += outcome->profit;
                                  run.landed.push_back(to_hex(outcome->id));
                              },
                          .progress = {},
                          .block =
                              [&](const DemoBlock& block) {
                                  if (at_block) at_block(block.totals->blocks);
                                  return true;
                              },
                          .configured =
                              [&](std::string_view toml) {
                                  const auto config = config::parse(toml, "demo.toml");
                                  ASSERT_TRUE(config) << config.error().message;
                                  run.wrapped_native = config->chains[0].facts->network().wrapped_native;
                              }};
    const auto totals = run_demo(options, watch);
    EXPECT_TRUE(totals) << totals.error().message;
    if (totals) run.totals = *totals;
    return run;
}

std::vector<std::string> stored(const std::string& dsn, const std::string& where = "1 = 1") {
    const auto database = store::open_database(dsn);
    if (!database) throw std::runtime_error(database.error().message);
    return store::ask(**database, "SELECT json FROM live_events WHERE " + where + " ORDER BY run, chain_id, seq");
}
std::map<Address, u256> stored_profit(const std::string& dsn) {
    auto store = store::EventStore::open(dsn);
    const auto days = store->profits();
    EXPECT_TRUE(days) << days.error().message;
    std::map<Address, u256> sums;
    for (const store::DayProfit& day : *days) {
        Address token;
        EXPECT_TRUE(parse_hex_to(day.token, token.bytes)) << day.token;
        sums[token] += day.profit;
    }
    return sums;
}

TEST_P(EventStoreSlow, IsTheStreamLineForLineAndItsProfitIsTheOneTold) {
    const Folder folder;
    const auto recording = folder / "session.jsonl";
    EventOutput output;
    ASSERT_TRUE(output.open_store(
        {.dsn = dsn(), .spool = folder / "events.spool", .command = "demo", .mode = "live", .tell = {}}));
    const DemoRun run = run_demo_into(output, {.seed = 3, .blocks = 15, .recording = recording});
    const auto done = output.finish(60s);
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_GT(run.totals.landed, 5U);
    EXPECT_EQ(stored(dsn()), run.events);
    EXPECT_EQ(stored_profit(dsn()), run.profit);
    EXPECT_EQ(stored_profit(dsn())[run.wrapped_native], run.totals.profit);
    EXPECT_EQ(run.totals.profit, run.totals.profit_on_chain);

    // As a person asks.
    const auto of_one = [&](const std::string& id) {
        std::string lines;
        for (const std::string& line : run.events)
            if (line.find("\"id\":\"" + id) != std::string::npos) lines += line + "\n";
        return lines;
    };
    const std::string& id = run.landed.front();
    const auto story = test::osprey({"db", "opportunities", "--store", dsn(), "--id", id, "--json"});
    EXPECT_EQ(story.status, 0) << story.err;
    EXPECT_EQ(story.out, of_one(id));
    const auto text = test::osprey({"db", "opportunities", "--store", dsn(), "--id", id});
    for (const char* step : {"found ", "accepted", "sent for block", "landed in block"})
        EXPECT_NE(text.out.find(step), std::string::npos) << step << " in " << text.out;
    const auto list =
        test::osprey({"db", "opportunities", "--store", dsn(), "--outcome", "landed", "--limit", "1000", "--json"});
    EXPECT_EQ(static_cast<size_t>(std::ranges::count(list.out, '\n')), run.landed.size());

    // The recording again, into the same database: the same events, and no profit twice.
    const auto replayed = test::osprey(
        {"run", "--config", recording.string() + ".toml", "--replay", recording, "--store", dsn(), "--json"});
    EXPECT_EQ(replayed.status, 0) << replayed.err;
    const auto again = stored(dsn(), "run = (SELECT run FROM live_runs WHERE command = 'replay')");
    EXPECT_EQ(again, run.events);
    EXPECT_EQ(stored_profit(dsn()), run.profit);
}

TEST(KilledEventStoreSlow, ADatabaseThatIsKilledAndComesBackMissesNothing) {
    test::Postgres server;
    const std::string dsn = server.make_database();
    const Folder folder;
    EventOutput output;
    ASSERT_TRUE(output.open_store(
        {.dsn = dsn, .spool = folder / "events.spool", .command = "demo", .mode = "live", .tell = {}}));
    const DemoRun run = run_demo_into(output, {.seed = 4, .blocks = 20, .speed = 10}, [&](uint64_t block) {
        // Who waited for it would never come to the block that brings it back.
        if (block == 4 || block == 17) server.kill();
        if (block == 7 || block == 20) server.restart();
    });
    const auto done = output.finish(60s);
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_GT(run.totals.landed, 5U);
    EXPECT_EQ(stored(dsn), run.events);
    EXPECT_EQ(stored_profit(dsn), run.profit);
    EXPECT_EQ(run.totals.profit, run.totals.profit_on_chain) << "it earned on meanwhile";
}

TEST(DbCommand, AnswersBadInputWithOneLine) {
    const Folder folder;
    const std::string empty = "sqlite:" + (folder / "empty.db").string();
    ASSERT_TRUE(store::EventStore::open(empty));
    const auto refuses = [&](std::vector<std::string> arguments, std::string_view part) {
        const auto outcome = test::osprey(arguments);
        EXPECT_NE(outcome.status, 0);
        EXPECT_EQ(outcome.error_lines(), 1U) << outcome.err;
        EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    };
    refuses({"db"}, "opportunities, profits");
    refuses({"db", "eggs"}, "\"eggs\"");
    refuses({"db", "opportunities"}, "--store is required");
    refuses({"db", "opportunities", "--store", "eggs"}, "postgres://USER@HOST:PORT/NAME or sqlite:FILE");
    refuses({"db", "profits", "--store", "sqlite:/nowhere/x.db"}, "there is no such file");
    refuses({"db", "opportunities", "--store", "postgres://u:Heron@127.0.0.1:1/d"}, "127.0.0.1");
    refuses({"db", "opportunities", "--store", empty, "--id", "12"}, "--id: expected 0x");
    refuses({"db", "opportunities", "--store", empty, "--id", "0x1' OR '1"}, "--id: expected 0x");
    refuses({"db", "opportunities", "--store", empty, "--id", "0x12"}, "has no opportunity 0x12");
    refuses({"db", "opportunities", "--store", empty, "--outcome", "fried"}, "fried");
    refuses({"demo", "--blocks", "2", "--store", "sqlite:/nowhere/x.db"}, "--store: sqlite:/nowhere/x.db");
    const auto none = test::osprey({"db", "opportunities", "--store", empty});
    EXPECT_EQ(none.status, 0);
    EXPECT_EQ(none.out, "there are none\n");
    EXPECT_EQ(test::osprey({"db", "profits", "--store", empty}).out, "nothing has landed\n");
}

}  // namespace
}  // namespace osprey::cli
