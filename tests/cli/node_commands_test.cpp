// The commands that talk to a node, against a real one.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "networks/networks.hpp"
#include "primitives/hex.hpp"
#include "support/anvil.hpp"
#include "support/run_osprey.hpp"
#include "support/test_chain.hpp"
#include "types/json_reader.hpp"

namespace osprey::cli {
namespace {

namespace fs = std::filesystem;

using test::osprey;
using test::Outcome;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

struct Scratch {
    Scratch() { fs::create_directories(path); }
    ~Scratch() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    fs::path path = fs::temp_directory_path() / fmt::format("osprey-node-commands-{}", ::getpid());
};

TEST(NetworksCommand, ListsThemAndTellsOfOne) {
    const auto list = osprey({"networks"});
    EXPECT_EQ(list.status, 0);
    for (const auto& network : networks::all()) EXPECT_HAS(list.out, network.short_name);
    const auto one = osprey({"networks", "base"});
    EXPECT_EQ(one.status, 0);
    EXPECT_HAS(one.out, "chain 8453");
    EXPECT_HAS(one.out, "Jovian");
    EXPECT_EQ(osprey({"networks", "8453"}).out, one.out);
    const auto json = osprey({"networks", "--json"});
    const auto document = JsonDocument::parse(json.out);
    ASSERT_TRUE(document) << document.error().message;
    size_t count = 0;
    EXPECT_TRUE(for_each_item(document->root(), [&](JsonElement item, size_t) {
        ++count;
        uint64_t id = 0;
        return JsonObject{item}.number("chainId", id).end();
    }));
    EXPECT_EQ(count, networks::all().size());
    const auto none = osprey({"networks", "atlantis"});
    EXPECT_EQ(none.status, 1);
    EXPECT_HAS(none.err, "there is no network \"atlantis\"");
}

TEST(RecordCommand, RecordsAndKeepsWhatIsThere) {
    test::Anvil node{{.arguments = {"--chain-id", "1", "--hardfork", "cancun", "--number", "19500000", "--timestamp",
                                    "1711200000"}}};
    node.send(Address{{{0x0f, 0x15, 0x40}}}, 5);
    node.send(Address{{{0x0f, 0x15, 0x40}}}, 6);
    const Scratch scratch;
    const std::vector<std::string> command = {"record", "--rpc", node.url(),           "--from", "19500001", "--to",
                                              "latest", "--out", scratch.path.string()};
    const auto done = osprey(command);
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_HAS(done.out, "2 of 2 blocks ok");
    const auto replayed = osprey({"replay", scratch.path.string()});
    EXPECT_EQ(replayed.status, 0) << replayed.out;
    EXPECT_HAS(replayed.out, "2 of 2 blocks ok");
    const auto again = osprey(command);
    EXPECT_EQ(again.status, 0);
    EXPECT_HAS(again.out, "there");
    for (const auto& [wrong, part] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"--from", "19600000"}, "has no block 19600000"},
             {{"--from", "soon"}, "\"soon\" is no block"},
             {{"--from", "19500002", "--to", "19500001"}, "is before --from"}}) {
        std::vector<std::string> words = {"record", "--rpc", node.url(), "--out", scratch.path.string()};
        words.insert(words.end(), wrong.begin(), wrong.end());
        const auto failed = osprey(words);
        EXPECT_EQ(failed.status, 1);
        EXPECT_HAS(failed.err, part);
        EXPECT_EQ(std::ranges::count(failed.err, '\n'), 1);
    }
    EXPECT_HAS(osprey({"record", "--rpc", "ftp://x", "--from", "1", "--out", "x"}).err, "a node's address is http://");
}

TEST(DiscoverCommand, FindsPools) {
    test::Anvil node;
    Bytes code = test::npm_bytecode("@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json");
    // Its constructor sets who owns it and the fees; for the latter it has to run.
    const auto hash = node.call("eth_sendTransaction", fmt::format(R"([{{"from":"{}","data":"{}","gas":"0x1312d00"}}])",
                                                                   test::anvil_account, to_hex(code)));
    std::string receipt = "null";
    for (int tries = 0; receipt == "null" && tries < 200; ++tries, ::usleep(5000))
        receipt = node.call("eth_getTransactionReceipt", "[" + hash + "]");
    const std::string address = receipt.substr(receipt.find("\"contractAddress\":\"") + 19, 42);
    node.send(*parse_address(address), 0,
              test::calldata("createPool(address,address,uint24)", {u256{0x1001}, u256{0x1002}, u256{500}}));
    const Scratch scratch;
    const std::vector<std::string> command = {
        "discover", "--rpc", node.url(), "--to", "latest", "--out", (scratch.path / "pools.jsonl").string(), "--json"};
    auto with_factory = command;
    with_factory.insert(with_factory.end(), {"--factory", "uniswap_v3:" + address});
    const auto done = osprey(with_factory);
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_HAS(done.out, "\"pools\":1");
    EXPECT_EQ(osprey(command).status, 1) << "the chain has no known factories";
    auto malformed = command;
    malformed.insert(malformed.end(), {"--factory", "uniswap_v9:0x"});
    EXPECT_HAS(osprey(malformed).err, "--factory");
}

}  // namespace
}  // namespace osprey::cli
