// The program as a user meets it: what it prints where, and its status.

#include "support/run_osprey.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/test_data.hpp"

namespace osprey::cli {
namespace {

namespace fs = std::filesystem;

using test::osprey;
using test::Outcome;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Commands, HelpAndVersion) {
    const auto help = osprey({"--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_EQ(help.err, "");
    for (const Command& c : commands) {
        EXPECT_HAS(help.out, c.name);
        EXPECT_HAS(help.out, c.summary);
        const auto one = osprey({c.name, "--help"});
        EXPECT_EQ(one.status, 0);
        EXPECT_HAS(one.out, c.summary);
    }
    const auto version = osprey({"--version"});
    EXPECT_EQ(version.status, 0);
    EXPECT_TRUE(version.out.starts_with("osprey ")) << version.out;
}

TEST(Commands, BadArgumentsAreOneLineAndStatusTwo) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
        {{}, "needs one of: "},
        {{"fly"}, "no command \"fly\""},
        {{"--fly"}, "--fly"},
        {{"replay"}, "PATH"},
        {{"replay", "--repeat", "0", "x"}, "--repeat"},
        {{"replay", "--trace", "all", "x"}, "--trace"},
        {{"statetest", "--fork", "Atlantis", "x"}, "--fork"},
        {{"statetest", "--fly", "x"}, "--fly"},
        {{"bench"}, "evm"},
        {{"bench", "fly"}, "evm"},
    };
    for (const auto& [arguments, part] : cases) {
        const auto result = osprey(arguments);
        EXPECT_EQ(result.status, 2) << part;
        EXPECT_EQ(result.out, "");
        EXPECT_EQ(result.error_lines(), 1U) << result.err;
        EXPECT_TRUE(result.err.starts_with("osprey: ")) << result.err;
        EXPECT_HAS(result.err, part);
        EXPECT_HAS(result.err, "--help");
    }
}

TEST(Commands, AMissingPathIsOneLineThatNamesIt) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"replay", "/no/such/place"},
                                                      {"statetest", "/no/such/place"},
                                                      {"bench", "evm", "/no/such/place"}}) {
        const auto result = osprey(arguments);
        EXPECT_EQ(result.status, 1);
        EXPECT_EQ(result.error_lines(), 1U) << result.err;
        EXPECT_HAS(result.err, "/no/such/place: there is no such file or folder");
    }
}

class InAFolder : public testing::Test {
protected:
    InAFolder() : path_(fs::temp_directory_path() / ("osprey-commands-" + std::to_string(::getpid()))) {
        fs::create_directories(path_);
    }
    ~InAFolder() override { fs::remove_all(path_); }
    std::string write(const std::string& name, std::string_view text) const {
        std::ofstream{path_ / name} << text;
        return (path_ / name).string();
    }
    fs::path path_;
};

TEST_F(InAFolder, StatetestEndsWithTheCountsAndFailsWhenACaseDoes) {
    const auto other = osprey({"statetest", write("a.json", R"({"t": {"exec": {}}})")});
    EXPECT_EQ(other.status, 0);
    EXPECT_EQ(other.out, "passed over 1 file: VM tests\n0 passed, 0 failed\n");

    const auto file = write("b.json", R"({"t": {"post": )");
    const auto broken = osprey({"statetest", file});
    EXPECT_EQ(broken.status, 1);
    EXPECT_HAS(broken.out, file + ": not valid JSON");
    EXPECT_TRUE(broken.out.ends_with("\n0 passed, 1 failed\n")) << broken.out;

    const auto json = osprey({"statetest", "--json", file});
    EXPECT_EQ(json.status, 1);
    EXPECT_TRUE(json.out.starts_with("{\"file\":")) << json.out;
    EXPECT_HAS(json.out, "\n{\"passed\":0,\"failed\":1,");
}

TEST_F(InAFolder, ReplayGoesOnAfterARecordThatCannotBeLoaded) {
    const fs::path good = test::test_data("blocks/19910734.prestate.json.zst");
    if (!fs::exists(good)) GTEST_SKIP() << "the recorded block is absent: no " << good;
    const auto bad = write("1.json", "{}");
    const auto table = osprey({"replay", bad, good.string()});
    EXPECT_EQ(table.status, 1);
    EXPECT_EQ(table.error_lines(), 1U);
    EXPECT_HAS(table.err, bad + ": chainId: missing");
    EXPECT_TRUE(table.out.ends_with("1 of 2 blocks ok\n")) << table.out;

    const auto json = osprey({"replay", "--json", "--repeat", "2", good.string()});
    EXPECT_EQ(json.status, 0) << json.out;
    EXPECT_TRUE(json.out.starts_with(
        R"({"block":19910734,"fork":"Cancun","txs":0,"gas":0,"gas_ok":true,"receipts_ok":true,"bloom_ok":true,)"
        R"("state_ok":null,"execute_ms":)"))
        << json.out;
    EXPECT_HAS(json.out, "\n{\"blocks\":1,\"ok\":1,\"gas\":0,\"execute_ms\":");
}

TEST(Bench, MeasuresAContract) {
    const fs::path data = test::test_data("evm-benchmarks");
    if (!fs::exists(data)) GTEST_SKIP() << "the benchmarks are absent: no " << data;
    const auto result = osprey({"bench", "evm", "--json", "--seconds", "0", data.string()});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_HAS(result.out, "{\"contract\":\"sha1_divs/5311\",\"gas\":");
    EXPECT_EQ(std::ranges::count(result.out, '\n'), 14);
}

}  // namespace
}  // namespace osprey::cli
