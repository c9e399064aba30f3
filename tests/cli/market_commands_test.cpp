// osprey arbitrage and osprey route as a user meets them.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "chain/compressed_file.hpp"
#include "cli/pool_sets.hpp"
#include "primitives/hex.hpp"
#include "support/run_osprey.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {
namespace {

using test::osprey;
using test::Outcome;

/// Three pairs in a triangle that is 10 % out of balance, and a fourth beside one of them.
class MarketCommands : public testing::Test {
protected:
    MarketCommands() {
        folder_ = std::filesystem::temp_directory_path() / ("osprey-market-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
        write("market.json", R"({"format": "osprey-pools/1", "chainId": 1, "tokens": [
          {"address": "0x00000000000000000000000000000000000000a1", "symbol": "AAA", "decimals": 18},
          {"address": "0x00000000000000000000000000000000000000b2", "symbol": "BBB", "decimals": 6},
          {"address": "0x00000000000000000000000000000000000000c3", "symbol": "CCC", "decimals": 18},
          {"address": "0x00000000000000000000000000000000000000d4", "symbol": "CCC"}], "pools": [
          {"kind": "uniswap_v2", "contract": "0x0000000000000000000000000000000000000001",
           "tokens": ["0x00000000000000000000000000000000000000a1", "0x00000000000000000000000000000000000000b2"],
           "state": {"reserves": ["1000000000000000000000", "2000000000000"], "fee": 3000}},
          {"kind": "uniswap_v2", "contract": "0x0000000000000000000000000000000000000002",
           "tokens": ["0x00000000000000000000000000000000000000b2", "0x00000000000000000000000000000000000000c3"],
           "state": {"reserves": ["2000000000000", "1100000000000000000000"], "fee": 3000}},
          {"kind": "uniswap_v2", "contract": "0x0000000000000000000000000000000000000003",
           "tokens": ["0x00000000000000000000000000000000000000a1", "0x00000000000000000000000000000000000000c3"],
           "state": {"reserves": ["1000000000000000000000", "1000000000000000000000"], "fee": 3000}},
          {"kind": "uniswap_v2", "contract": "0x0000000000000000000000000000000000000004",
           "tokens": ["0x00000000000000000000000000000000000000a1", "0x00000000000000000000000000000000000000b2"],
           "state": {"reserves": ["500000000000000000000", 1000000000000], "fee": 500}}]})");
    }
    ~MarketCommands() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, std::string_view text) {
        const auto path = folder_ / name;
        std::ofstream(path) << text;
        return path.string();
    }
    std::string market() const { return (folder_ / "market.json").string(); }

    std::filesystem::path folder_;
};

u256 decimal(JsonElement e, const char* name) {
    u256 value;
    EXPECT_TRUE(read_json_integer(e[name].value(), value));
    return value;
}
std::string text(JsonElement e, const char* name) { return std::string{e[name].get_string().value()}; }

TEST_F(MarketCommands, ArbitrageReportsCyclesThatChain) {
    const auto result = osprey({"arbitrage", "--pools", market(), "--start", "AAA", "--json"});
    ASSERT_EQ(result.status, 0) << result.err;
    const auto document = JsonDocument::parse(result.out);
    ASSERT_TRUE(document);
    size_t count = 0;
    u256 last = u256::max();
    for (const JsonElement o : document->root()["opportunities"].get_array().value()) {
        ++count;
        const u256 in = decimal(o, "amount_in"), out = decimal(o, "amount_out"), profit = decimal(o, "profit");
        EXPECT_EQ(out, in + profit);
        EXPECT_LE(profit, last) << "best first";
        last = profit;
        EXPECT_EQ(text(o, "start"), "0x00000000000000000000000000000000000000a1");
        u256 amount = in;
        std::string token = text(o, "start");
        for (const JsonElement hop : o["path"].get_array().value()) {
            EXPECT_EQ(text(hop, "kind"), "uniswap_v2");
            EXPECT_EQ(text(hop, "token_in"), token);
            EXPECT_EQ(decimal(hop, "amount_in"), amount);
            token = text(hop, "token_out");
            amount = decimal(hop, "amount_out");
        }
        EXPECT_EQ(token, text(o, "start"));
        EXPECT_EQ(amount, out);
        const double optimality = o["optimality"].get_double().value();
        EXPECT_GT(optimality, 0.999);
        EXPECT_LE(optimality, 1.0);
    }
    EXPECT_EQ(count, 2U) << "one through each of the two pairs of AAA and BBB";
    EXPECT_GE(document->root()["ms"].get_double().value(), 0.0);

    const auto readable = osprey({"arbitrage", "--pools", market(), "--start", "AAA", "--together", "2"});
    EXPECT_EQ(readable.status, 0);
    EXPECT_NE(readable.out.find("AAA > BBB > CCC > AAA"), std::string::npos) << readable.out;
    EXPECT_NE(readable.out.find("without sharing a pool"), std::string::npos) << readable.out;
    EXPECT_EQ(osprey({"arbitrage", "--pools", market(), "--start", "AAA", "--max-hops", "2", "--json"})
                  .out.find("{\"opportunities\":[]"),
              0U);
}

TEST_F(MarketCommands, RouteSpendsAllAndSwapsChain) {
    const auto result = osprey(
        {"route", "--pools", market(), "--from", "AAA", "--to", "BBB", "--amount", "10000000000000000000", "--json"});
    ASSERT_EQ(result.status, 0) << result.err;
    const auto document = JsonDocument::parse(result.out);
    ASSERT_TRUE(document);
    const auto answers = document->root()["opportunities"].get_array().value();
    ASSERT_EQ(answers.size(), 1U);
    const JsonElement route = answers.at(0).value();
    u256 spent, got;
    for (const JsonElement hop : route["path"].get_array().value()) {
        if (text(hop, "token_in") == text(route, "start")) spent += decimal(hop, "amount_in");
        if (text(hop, "token_out") == text(route, "end")) got += decimal(hop, "amount_out");
        if (text(hop, "token_in") == text(route, "end")) got -= decimal(hop, "amount_in");
    }
    EXPECT_EQ(spent, decimal(route, "amount_in"));
    EXPECT_EQ(got, decimal(route, "amount_out"));
    EXPECT_GT(route["optimality"].get_double().value(), 0.999);
    // More than one pair alone pays: 10 of 1000 at 0.3 % for 19.7 thousand, or at 0.05 % of the smaller for 19.5.
    EXPECT_GT(got, 19'800'000'000_u256);
}

TEST_F(MarketCommands, SayWhatIsWrongInOneLine) {
    const std::string bad = write("bad.json", R"({"format": "osprey-pools/1", "pools": [{"kind": "uniswap_v2",
        "contract": "0x0000000000000000000000000000000000000001",
        "tokens": ["0x00000000000000000000000000000000000000a1", "0x00000000000000000000000000000000000000b2"],
        "state": {"reserves": ["5192296858534827628530496329220096", "1"], "fee": 3000}}]})");
    const std::string unknown = write("unknown.json", R"({"format": "osprey-pools/1", "pools": [{"kind": "pond",
        "contract": "0x0000000000000000000000000000000000000001", "tokens": [], "state": {}}]})");
    const std::string other = write("other.json", R"({"hello": "world"})");
    const std::string cut = write("cut.json", R"([{"address": "0x00)");
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
        {{"arbitrage", "--pools", "nowhere.json"}, "nowhere.json"},
        {{"arbitrage", "--pools", bad}, "pools[0].state: reserves"},
        {{"arbitrage", "--pools", unknown}, "\"pond\""},
        {{"arbitrage", "--pools", other}, "no form of pools"},
        {{"arbitrage", "--pools", cut}, "cut.json"},
        {{"arbitrage", "--pools", market()}, "--start"},
        {{"arbitrage", "--pools", market(), "--start", "ZZZ"}, "ZZZ"},
        {{"arbitrage", "--pools", market(), "--start", "CCC"}, "2 tokens"},
        {{"arbitrage", "--pools", market(), "--start", "AAA", "--min-profit", "much"}, "--min-profit"},
        {{"route", "--pools", market(), "--from", "AAA", "--to", "AAA", "--amount", "5"}, "--to"},
        {{"route", "--pools", market(), "--from", "AAA", "--to", "BBB", "--amount", "0"}, "--amount"},
        {{"route", "--pools", market(), "--from", "AAA", "--to", "BBB", "--amount", "-5"}, "--amount"},
        {{"route", "--pools", market(), "--from", "AAA", "--to", "BBB", "--amount", "1"}, "pays for that amount"},
    };
    for (const auto& [arguments, part] : cases) {
        const auto result = osprey(arguments);
        EXPECT_EQ(result.status, 1) << part;
        EXPECT_EQ(result.out, "") << part;
        EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
        EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    }
}

TEST(Snapshots, ReadEveryFormOfTheData) {
    const auto pools = test::test_data("pools");
    if (!std::filesystem::exists(pools)) GTEST_SKIP() << "absent: " << pools.string();
    const auto pairs = Snapshot::load({pools / "uniswap_v2_pairs_2020-10.json.zst"});
    ASSERT_TRUE(pairs) << pairs.error().message;
    EXPECT_EQ(pairs->graph().pool_count(), 10'773U);
    const auto ticks = Snapshot::load({pools / "uniswap_v3_ticks.json.zst"});
    ASSERT_TRUE(ticks) << ticks.error().message;
    EXPECT_EQ(ticks->graph().pool_count(), 19U);
    const auto archive = Snapshot::load({pools / "balancer_pools.tar.zst"});
    ASSERT_FALSE(archive);
    EXPECT_NE(archive.error().message.find("100 snapshots"), std::string::npos) << archive.error().message;
    const auto both = Snapshot::load(
        {pools / "balancer_pools.tar.zst:stable-and-weighted.json", pools / "uniswap_v2_pairs_2020-10.json.zst"});
    ASSERT_TRUE(both) << both.error().message;
    EXPECT_GT(both->graph().pool_count(), 12'000U);
    EXPECT_EQ(both->graph().address_of(both->find("WETH").value()),
              parse_address("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2").value());
}

TEST(Snapshots, WhatIsWrittenReadsTheSame) {
    const auto path = test::test_data("pools/uniswap_v3_ticks.json.zst");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "absent: " << path.string();
    for (const char* name : {"uniswap_v3_ticks.json.zst", "uniswap_v2_pairs_2020-10.json.zst"}) {
        const auto text = chain::read_file(test::test_data("pools") / name);
        ASSERT_TRUE(text);
        auto set = market::parse_pools(*text);
        ASSERT_TRUE(set) << set.error().message;
        set->chain_id = 1;
        set->at = market::BlockPosition{.number = 7, .hash = {}};
        JsonWriter json;
        market::write_pools(json, *set);
        const auto again = market::parse_pools(json.view());
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->chain_id, 1U);
        EXPECT_EQ(again->at->number, 7U);
        ASSERT_EQ(again->tokens.size(), set->tokens.size());
        ASSERT_EQ(again->pools.size(), set->pools.size());
        for (size_t i = 0; i < set->pools.size(); ++i) EXPECT_TRUE(again->pools[i]->same_state(*set->pools[i])) << i;
    }
}

}  // namespace
}  // namespace osprey::cli
