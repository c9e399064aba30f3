#include "cli/run_summary.hpp"

#include <gtest/gtest.h>

#include "types/json_reader.hpp"

namespace osprey::cli {
namespace {

using Kind = engine::OutcomeEvent::Kind;

engine::Event outcome(uint64_t chain, Kind kind) {
    return {.chain_id = chain,
            .at = {},
            .what = engine::OutcomeEvent{.kind = kind, .profit = {}, .gas_cost = {}, .net = {}, .reason = {}}};
}

/// Two chains, of which the second gets nothing but a block.
RunSummary some() {
    RunSummary summary;
    summary.add_chain(1, "one");
    summary.add_chain(2, "two");
    for (int i = 0; i < 3; ++i) summary.take({.chain_id = 1, .at = {}, .what = engine::BlockEvent{}});
    summary.take({.chain_id = 2, .at = {}, .what = engine::BlockEvent{}});
    summary.take({.chain_id = 3, .at = {}, .what = engine::BlockEvent{}});
    for (int i = 0; i < 4; ++i) summary.take({.chain_id = 1, .at = {}, .what = engine::FoundEvent{}});
    for (int i = 0; i < 2; ++i) summary.take({.chain_id = 1, .at = {}, .what = engine::SentEvent{}});
    // One lands, is taken back with its block, and lands again.
    for (const Kind kind : {Kind::landed, Kind::unwound, Kind::landed, Kind::never_landed})
        summary.take(outcome(1, kind));
    engine::PipelineStats stats;
    for (int ms = 1; ms <= 100; ++ms) stats.block_to_decision.add(std::chrono::milliseconds{ms});
    stats.stages[0].add(std::chrono::microseconds{250});
    summary.set_stats(1, stats);
    return summary;
}

TEST(RunSummary, CountsByChain) {
    const RunSummary summary = some();
    ASSERT_EQ(summary.chains().size(), 2U);
    const ChainSummary& one = summary.chains()[0];
    EXPECT_EQ(one.blocks, 3U);
    EXPECT_EQ(one.found, 4U);
    EXPECT_EQ(one.sent, 2U);
    EXPECT_EQ(one.outcomes.at(Kind::landed), 1U);
    EXPECT_EQ(one.outcomes.at(Kind::never_landed), 1U);
    EXPECT_EQ(summary.chains()[1].blocks, 1U);
    EXPECT_EQ(summary.chains()[1].found, 0U);
}

TEST(RunSummary, IsATableForPeople) {
    const RunSummary summary = some();
    testing::internal::CaptureStdout();
    for (const ChainSummary& chain : summary.chains()) print(chain, Painter{false});
    const std::string text = testing::internal::GetCapturedStdout();
    EXPECT_NE(text.find("3 blocks, 4 found, 2 sent, 1 landed, 1 never landed\n"), std::string::npos) << text;
    EXPECT_NE(text.find("block to decision          100"), std::string::npos) << text;
    EXPECT_NE(text.find("100.00 ms\n"), std::string::npos) << text;
    EXPECT_NE(text.find("0.25 ms"), std::string::npos) << text;
    EXPECT_EQ(text.find("pending to decision"), std::string::npos) << "nothing was pending\n" << text;
    EXPECT_TRUE(text.ends_with("  1 block, 0 found\n")) << text;
}

TEST(RunSummary, IsOneObjectForPrograms) {
    const std::string json = to_json(some().chains()[0]);
    EXPECT_EQ(json.find('\n'), std::string::npos);
    const auto document = JsonDocument::parse(json);
    ASSERT_TRUE(document) << json;
    EXPECT_TRUE(
        json.starts_with(R"({"event":"timing","chain":1,"name":"one","blocks":3,"found":4,"sent":2,"landed":1,)"))
        << json;
    EXPECT_NE(json.find(R"("block_to_decision":{"count":100,"p50_ms":)"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("max_ms":100},"pending_to_decision":{"count":0,"p50_ms":0,"p99_ms":0,"max_ms":0})"),
              std::string::npos)
        << json;
    EXPECT_NE(json.find(R"("stages":{"update":{"count":1,"p50_ms":0.25,)"), std::string::npos) << json;
}

}  // namespace
}  // namespace osprey::cli
