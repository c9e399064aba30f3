#include "chain/recorder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "chain/compressed_file.hpp"
#include "chain/replay.hpp"
#include "primitives/hex.hpp"
#include "support/anvil.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"

namespace osprey::chain {
namespace {

namespace fs = std::filesystem;
using namespace literals;

/// With one word: returns the slot that it names. With two: writes the second into the slot that the first names.
constexpr const char* keeper = "0x60203614600f5760203560003555005b6000355460005260206000f3";
constexpr Address contract = "0x00000000000000000000000000000000000c0de1"_address;

/// Loads what was recorded, from a file as the command does, and executes it.
Replay replayed(const Recorded& recorded) {
    const fs::path file = fs::temp_directory_path() / fmt::format("osprey-recorder-{}.json", ::getpid());
    EXPECT_TRUE(write_file(file, recorded.json));
    const auto record = load_record(file);
    fs::remove(file);
    if (!record) {
        ADD_FAILURE() << record.error().message;
        return {};
    }
    evm::Machine machine;
    return replay(machine, *record, 1).value();
}

Bytes words(uint8_t first, uint8_t second) {
    Bytes out(64);
    out[31] = first;
    out[63] = second;
    return out;
}

TEST(Recorder, WhatANodeMinedReplaysFromEverySource) {
    test::Anvil node{{.arguments = {"--chain-id", "1", "--hardfork", "cancun", "--number", "19500000", "--timestamp",
                                    "1711200000"}}};
    node.call("anvil_setCode", fmt::format(R"(["{}","{}"])", to_hex(contract), keeper));
    node.mine();
    node.send(contract, 0, words(7, 1));
    node.send(*parse_address("0x00000000000000000000000000000000000f1540"), 5);
    // One block with transactions that build on each other: a slot is written, cleared and written again.
    node.call("evm_setAutomine", "[false]");
    for (const auto& [slot, value] : {std::pair{7, 0}, {8, 3}, {7, 9}, {8, 0}, {9, 0}})
        node.call(
            "eth_sendTransaction",
            fmt::format(R"([{{"from":"{}","to":"{}","data":"{}","gas":"0x186a0"}}])", test::anvil_account,
                        to_hex(contract), to_hex(words(static_cast<uint8_t>(slot), static_cast<uint8_t>(value)))));
    node.mine();
    const uint64_t last = block_number(*node.rpc()).value();
    ASSERT_EQ(last, 19'500'004U);
    for (const auto source : {RecordSource::best, RecordSource::tracer, RecordSource::execution})
        for (const bool verify : {false, true}) {
            auto recorder = Recorder::open(node.rpc(), source, {.verify = verify});
            ASSERT_TRUE(recorder) << recorder.error().message;
            for (uint64_t number = 19'500'002; number <= last; ++number) {
                const auto recorded = (*recorder)->record(number);
                ASSERT_TRUE(recorded) << recorded.error().message;
                EXPECT_EQ(recorded->source,
                          source == RecordSource::execution ? RecordSource::execution : RecordSource::tracer);
                const Replay result = replayed(*recorded);
                EXPECT_TRUE(result.ok()) << number << ": " << (result.ok() ? "" : result.differences[0]);
                EXPECT_TRUE(result.gas_ok && result.bloom_ok && result.receipts_ok == true);
            }
            EXPECT_EQ((*recorder)->record(last)->transactions, 5U);
        }
    auto recorder = Recorder::open(node.rpc(), RecordSource::witness).value();
    EXPECT_FALSE(recorder->record(last)) << "anvil gives no witness";
    EXPECT_FALSE(recorder->record(last + 1));
    EXPECT_FALSE(recorder->record(0));
}

TEST(Recorder, AnvilsOwnChainUnderItsOwnRules) {
    test::Anvil node;
    node.send(*parse_address("0x00000000000000000000000000000000000f1540"), 5);
    auto recorder = Recorder::open(node.rpc(), RecordSource::execution).value();
    const auto recorded = recorder->record(1);
    ASSERT_TRUE(recorded) << recorded.error().message;
    const Replay result = replayed(*recorded);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.differences[0]);
    EXPECT_EQ(result.fork, "Osaka");
}

TEST(Recorder, NeedsTheChainsRules) {
    test::Anvil node{{.arguments = {"--chain-id", "424242"}}};
    const auto recorder = Recorder::open(node.rpc(), RecordSource::best);
    ASSERT_FALSE(recorder);
    EXPECT_NE(recorder.error().message.find("the rules of chain 424242 are not known"), std::string::npos);
}

/// Answers from a recording, as a node with debug_executionWitness would.
class RecordedNode final : public Rpc {
public:
    explicit RecordedNode(const fs::path& file) {
        const auto document = JsonDocument::parse(read_file(file).value()).value();
        const JsonObject record{document.root()};
        const auto text = [&](const char* name) { return simdjson::minify(*record.find(name)); };
        block_ = text("block");
        receipts_ = text("receipts");
        witness_ = text("witness");
    }
    std::vector<RpcReply> batch(std::span<const RpcRequest> requests, const RpcOptions&) override {
        std::vector<RpcReply> out;
        for (const RpcRequest& request : requests) {
            const std::string& m = request.method;
            out.emplace_back(m == "eth_chainId"              ? R"("0x1")"
                             : m == "eth_getBlockByNumber"   ? block_
                             : m == "eth_getBlockReceipts"   ? receipts_
                             : m == "debug_executionWitness" ? witness_
                                                             : "null");
        }
        return out;
    }
    std::string name() const override { return "recording"; }

private:
    std::string block_, receipts_, witness_;
};

TEST(Recorder, WitnessesProveTheStateRoot) {
    const auto file = test::test_data("blocks/21688509.witness.json.zst");
    if (!fs::exists(file)) GTEST_SKIP() << "the recorded data is absent: no " << file.string();
    const auto original = load_record(file);
    ASSERT_TRUE(original) << original.error().message;
    auto recorder = Recorder::open(std::make_shared<RecordedNode>(file), RecordSource::best).value();
    auto recorded = recorder->record(original->number);
    ASSERT_TRUE(recorded) << recorded.error().message;
    EXPECT_TRUE(recorded->has_witness);
    // The parent's header, which a node would have told, is not in this recording.
    recorded->json.insert(recorded->json.find("\"witness\":"),
                          "\"parentStateRoot\":\"" + to_hex(*original->parent_state_root) + "\",");
    const Replay result = replayed(*recorded);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.differences[0]);
    EXPECT_EQ(result.state_ok, true);
}

}  // namespace
}  // namespace osprey::chain
