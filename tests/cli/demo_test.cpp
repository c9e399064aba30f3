#include <gtest/gtest.h>

#include <unistd.h>

#include <unordered_map>
#include <unordered_set>

#include "cli/demo_run.hpp"
#include "support/run_osprey.hpp"

namespace osprey::cli {
namespace {

struct Shown {
    DemoTotals totals;
    std::string toml;
    std::vector<std::string> events;  ///< JSON
    std::vector<engine::Event> kept;
};

Shown shown(const DemoOptions& options) {
    Shown shown;
    const auto totals = run_demo(options, {.event =
                                               [&](const engine::Event& event) {
                                                   shown.events.push_back(to_json(event));
                                                   shown.kept.push_back(event);
                                               },
                                           .progress = {},
                                           .block = {},
                                           .configured = [&](std::string_view toml) { shown.toml = toml; }});
    EXPECT_TRUE(totals) << totals.error().message;
    if (totals) shown.totals = *totals;
    return shown;
}

std::filesystem::path recording_file() {
    return std::filesystem::temp_directory_path() / ("osprey-demo-test-" + std::to_string(::getpid()) + ".jsonl");
}

TEST(DemoSlow, ReportedProfitIsOnTheChainToTheWei) {
    const Shown demo = shown({.seed = 1, .blocks = 50});
    for (const std::string& difference : demo.totals.differences) ADD_FAILURE() << difference;
    EXPECT_EQ(demo.totals.blocks, 50U);
    EXPECT_GT(demo.totals.landed, 20U);
    EXPECT_EQ(demo.totals.reverted, 0U) << "nobody but the agents competes, and their transactions are seen";
    EXPECT_GT(demo.totals.profit, demo.totals.gas_cost);
    EXPECT_EQ(demo.totals.profit, demo.totals.profit_on_chain);
    EXPECT_EQ(demo.totals.gas_cost, demo.totals.gas_cost_on_chain);
    EXPECT_EQ(demo.totals.rival_found, demo.totals.rival_arbitrages);

    // Each opportunity can be followed by its name: what is sent was found and accepted, what landed was sent.
    std::unordered_set<Hash> found, accepted, sent;
    for (const engine::Event& event : demo.kept) {
        if (const auto* e = std::get_if<engine::FoundEvent>(&event.what)) found.insert(e->find.id);
        if (const auto* e = std::get_if<engine::VerdictEvent>(&event.what)) {
            EXPECT_TRUE(found.contains(e->id));
            if (e->accepted) accepted.insert(e->id);
        }
        if (const auto* e = std::get_if<engine::SentEvent>(&event.what)) {
            EXPECT_TRUE(accepted.contains(e->id));
            EXPECT_EQ(e->block_number, event.at.number + 1);
            sent.insert(e->id);
        }
        if (const auto* e = std::get_if<engine::OutcomeEvent>(&event.what)) EXPECT_TRUE(sent.contains(e->id));
    }
}

TEST(DemoSlow, TheSameSeedGivesTheSameOpportunities) {
    const DemoOptions options{.seed = 7, .blocks = 12};
    const Shown one = shown(options), other = shown(options), another = shown({.seed = 8, .blocks = 12});
    EXPECT_GT(one.totals.sent, 0U);
    EXPECT_EQ(one.events, other.events);
    EXPECT_NE(one.events, another.events);
}

TEST(DemoSlow, ARecordingLeadsToTheSameDecisionsAgain) {
    const Shown demo = shown({.seed = 3, .blocks = 12, .recording = recording_file()});
    ASSERT_GT(demo.totals.landed, 0U);
    const auto config = config::parse(demo.toml, "demo.toml");
    ASSERT_TRUE(config) << config.error().message;
    std::vector<std::string> again;
    const auto done =
        engine::replay(*config, recording_file(), [&](const engine::Event& event) { again.push_back(to_json(event)); });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(again.size(), demo.events.size());
    for (size_t i = 0; i < std::min(again.size(), demo.events.size()); ++i) ASSERT_EQ(again[i], demo.events[i]) << i;

    // A recording that lacks something says what.
    const auto cut = recording_file().string() + ".cut";
    {
        std::ifstream whole{recording_file()};
        std::ofstream part{cut};
        std::string line;
        for (size_t i = 0; std::getline(whole, line); ++i)
            if (line.find("\"t\":\"slot\"") == std::string::npos || i % 7 != 0) part << line << '\n';
    }
    bool degraded = false;
    ASSERT_TRUE(engine::replay(*config, cut,
                               [&](const engine::Event& event) {
                                   const auto* status = std::get_if<engine::StatusEvent>(&event.what);
                                   degraded = degraded ||
                                              (status != nullptr && status->reason.starts_with("the recording lacks"));
                               }) ||
                true);
    EXPECT_TRUE(degraded);
    const auto none = engine::replay(*config, recording_file().string() + ".none", {});
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find("cannot be read"), std::string::npos);
    // The same as a person does it.
    const std::string file = recording_file().string();
    const test::Outcome outcome = test::osprey({"run", "--config", file + ".toml", "--replay", file, "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::string told;
    for (const std::string& event : demo.events) told += event + "\n";
    EXPECT_EQ(outcome.out, told);
    for (const char* ending : {"", ".toml", ".key", ".cut"}) std::filesystem::remove(file + ending);
}

TEST(DemoSlow, PaperBooksWhatThePlanComesToInTheRealBlock) {
    const Shown demo = shown({.seed = 1, .blocks = 25, .mode = engine::Mode::paper});
    EXPECT_EQ(demo.totals.sent, 0U);
    EXPECT_EQ(demo.totals.gas_cost_on_chain, u256{}) << "nothing was sent";
    std::unordered_map<Hash, engine::Find> found;
    size_t booked = 0, taken = 0;
    for (const engine::Event& event : demo.kept) {
        if (const auto* e = std::get_if<engine::FoundEvent>(&event.what)) found.emplace(e->find.id, e->find);
        const auto* e = std::get_if<engine::OutcomeEvent>(&event.what);
        if (e == nullptr || e->kind != engine::OutcomeEvent::Kind::paper) continue;
        ++booked;
        ASSERT_TRUE(found.contains(e->id));
        const engine::Find& find = found.at(e->id);
        EXPECT_EQ(e->block_number, find.at.number + 1);
        // It stands where it was expected, or the agents' transactions came otherwise and it fails.
        if (e->reason.empty())
            EXPECT_EQ(e->profit, find.plan.profit);
        else
            EXPECT_EQ(e->profit, u256{}), ++taken;
    }
    EXPECT_GT(booked, 10U);
    EXPECT_LT(taken, booked / 4);
}

TEST(DemoSlow, WatchTellsAndDoesNothing) {
    const Shown demo = shown({.seed = 1, .blocks = 10, .mode = engine::Mode::watch});
    EXPECT_GT(demo.totals.found, 5U);
    EXPECT_EQ(demo.totals.sent, 0U);
    EXPECT_EQ(demo.totals.gas_cost_on_chain, u256{});
    for (const engine::Event& event : demo.kept) {
        EXPECT_FALSE(std::holds_alternative<engine::OutcomeEvent>(event.what)) << to_json(event);
        if (const auto* e = std::get_if<engine::FoundEvent>(&event.what)) EXPECT_TRUE(e->find.as_planned);
    }
}

TEST(DemoSlow, SeveralChainsAtOnce) {
    const Shown demo = shown({.seed = 5, .blocks = 8, .chains = 2});
    for (const std::string& difference : demo.totals.differences) ADD_FAILURE() << difference;
    std::unordered_set<uint64_t> chains;
    for (const engine::Event& event : demo.kept)
        if (std::holds_alternative<engine::SentEvent>(event.what)) chains.insert(event.chain_id);
    EXPECT_EQ(chains.size(), 2U);
}

TEST(RunCommand, RefusesWhatItCannotRun) {
    for (const auto& arguments : {std::vector<std::string>{"run", "--config", "/nowhere/osprey.toml"},
                                  std::vector<std::string>{"run", "--config", "/nowhere/osprey.toml", "--check"}}) {
        const test::Outcome outcome = test::osprey(arguments);
        EXPECT_EQ(outcome.status, 1);
        EXPECT_EQ(outcome.error_lines(), 1U) << outcome.err;
        EXPECT_NE(outcome.err.find("/nowhere/osprey.toml"), std::string::npos) << outcome.err;
    }
}

}  // namespace
}  // namespace osprey::cli
