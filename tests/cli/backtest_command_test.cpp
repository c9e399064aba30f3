// osprey backtest as a user meets it.

#include <gtest/gtest.h>

#include <algorithm>

#include "support/run_osprey.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"

namespace osprey::cli {
namespace {

using test::osprey;
using test::Outcome;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

TEST(BacktestCommand, JsonLinesAreComplete) {
    const auto path = test::test_data("blocks/12159808.prestate.json.zst");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "absent: " << path.string();
    const auto first = osprey({"backtest", "--json", path.string()});
    EXPECT_EQ(first.status, 0) << first.err;
    EXPECT_EQ(first.err, "");
    const auto lines = lines_of(first.out);
    ASSERT_EQ(lines.size(), 2U);
    const auto document = JsonDocument::parse(lines[0]);
    ASSERT_TRUE(document);
    const JsonElement block = document->root();
    EXPECT_EQ(block["block"].get_uint64().value(), 12159808U);
    EXPECT_EQ(block["recall"].get_double().value(), 1.0);
    EXPECT_GE(block["profit_ratio"].get_double().value(), 1.0);
    ASSERT_EQ(block["realised"].get_array().value().size(), 2U);
    for (const JsonElement one : block["realised"].get_array().value()) {
        EXPECT_EQ(one["tx"].get_string().value().size(), 66U);
        EXPECT_FALSE(one["profit_wei"].get_string().value().empty());
        EXPECT_GE(one["tokens"].get_object().value().size(), 1U);
    }
    size_t matching = 0;
    for (const JsonElement one : block["found"].get_array().value()) {
        for (const char* name : {"after_tx", "strategy", "profit_wei", "net_wei", "gas", "path", "matches"})
            EXPECT_EQ(one[name].error(), simdjson::SUCCESS) << name;
        EXPECT_GT(one["gas"].get_uint64().value(), 21'000U);
        EXPECT_GE(one["path"].get_array().value().size(), 2U);
        EXPECT_TRUE(one["equal"].get_bool().value());
        matching += one["matches"].is_string();
    }
    EXPECT_GE(matching, 2U);
    const auto summary = JsonDocument::parse(lines[1]);
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->root()["summary"]["realised_found"].get_uint64().value(), 2U);
    EXPECT_EQ(summary->root()["summary"]["differing"].get_uint64().value(), 0U);
    // All but the times is the same every time.
    EXPECT_EQ(lines_of(osprey({"backtest", "--json", path.string()}).out)[0], lines[0]);
}

TEST(BacktestCommand, ForPeopleNamesWhatWasTaken) {
    const auto path = test::test_data("blocks/12159808.prestate.json.zst");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "absent: " << path.string();
    const auto result = osprey({"backtest", path.string()});
    EXPECT_EQ(result.status, 0) << result.err;
    for (const char* part : {"block 12,159,808", "searchers took 2, 2 found", "taken by tx 100", "in all"})
        EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
    EXPECT_EQ(result.out.find('\x1b'), std::string::npos) << "colours only on a terminal";
}

TEST(BacktestCommand, BadInputIsOneLine) {
    const auto absent = osprey({"backtest", "nowhere.json"});
    EXPECT_EQ(absent.status, 1);
    EXPECT_EQ(absent.out, "");
    EXPECT_EQ(std::ranges::count(absent.err, '\n'), 1);
    EXPECT_NE(absent.err.find("nowhere.json"), std::string::npos) << absent.err;
    EXPECT_EQ(osprey({"backtest"}).status, 2);
    EXPECT_EQ(osprey({"bench", "pipeline", "--repeat", "0"}).status, 2);
}

// A block whose record lacks what it reads is told of, and the status says so. What searchers took is then told by its
// receipts: in 18884864 nothing, the legs of its sandwich are no arbitrages.
TEST(BacktestCommand, ABlockThatCannotBeExecutedIsToldOf) {
    const auto path = test::test_data("blocks/18884864.witness.json.zst");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "absent: " << path.string();
    const auto result = osprey({"backtest", "--json", path.string()});
    EXPECT_EQ(result.status, 1);
    const auto lines = lines_of(result.out);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_NE(lines[0].find("missing trie node"), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find(R"("realised":[],"found":[],"recall":null,"profit_ratio":null})"), std::string::npos)
        << lines[0];
}

}  // namespace
}  // namespace osprey::cli
