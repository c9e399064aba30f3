// Recorded mainnet blocks, executed again: every one must come out as the chain had it, and a wrong one must be told.

#include "chain/replay.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "primitives/hex.hpp"
#include "support/test_data.hpp"

namespace osprey::chain {
namespace {

namespace fs = std::filesystem;

/// Their witnesses hold the nodes of the accounts' trie and none of the storage tries, which their blocks read: nothing
/// can be executed on them.
constexpr const char* without_storage[] = {
    "1150000.witness.json.zst", "2675000.witness.json.zst",  "4370000.witness.json.zst",
    "9069000.witness.json.zst", "18884864.witness.json.zst", "19426587.witness.json.zst",
};

std::string all_of(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

/// Deposits, L1 fees and the vaults: OP Mainnet in 2023.
TEST(Replay, EveryOptimismBlockIsOk) {
    const fs::path folder = test::test_data("blocks-optimism");
    if (!fs::exists(folder)) GTEST_SKIP() << "the recorded blocks are absent: no " << folder;
    const auto files = find_records(std::vector{folder});
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_GE(files->size(), 7U);
    evm::Machine machine;
    for (const auto& file : *files) {
        SCOPED_TRACE(file.filename());
        const auto record = load_record(file);
        ASSERT_TRUE(record) << record.error().message;
        const auto result = replay(machine, *record, 1);
        ASSERT_TRUE(result) << result.error().message;
        EXPECT_TRUE(result->ok()) << all_of(result->differences);
        EXPECT_TRUE(result->gas_ok && result->bloom_ok && result->receipts_ok == true);
    }
}

TEST(Replay, EveryRecordedBlockIsOk) {
    const fs::path folder = test::test_data("blocks");
    if (!fs::exists(folder)) GTEST_SKIP() << "the recorded blocks are absent: no " << folder;
    const auto files = find_records(std::vector{folder});
    ASSERT_TRUE(files) << files.error().message;
    evm::Machine machine;
    size_t state_roots = 0;
    for (const auto& file : *files) {
        SCOPED_TRACE(file.filename());
        const auto record = load_record(file);
        ASSERT_TRUE(record) << record.error().message;
        const auto result = replay(machine, *record, 1);
        ASSERT_TRUE(result) << result.error().message;
        if (std::ranges::find(without_storage, file.filename().string()) != std::end(without_storage)) {
            EXPECT_FALSE(result->executed);
            ASSERT_EQ(result->differences.size(), 1U);
            EXPECT_NE(result->differences[0].find("missing trie node"), std::string::npos) << result->differences[0];
            continue;
        }
        EXPECT_TRUE(result->ok()) << all_of(result->differences);
        EXPECT_TRUE(result->executed && result->gas_ok && result->bloom_ok);
        EXPECT_EQ(result->receipts_ok, true);
        EXPECT_EQ(result->gas, record->block.header.gas_used);
        if (record->witness) {
            EXPECT_EQ(result->state_ok, true);
            ++state_roots;
        }
    }
    EXPECT_GE(state_roots, 4U);
}

/// A block of 15 transactions, the first of Spurious Dragon.
class ReplayOfOneBlock : public testing::Test {
protected:
    void SetUp() override {
        const fs::path file = test::test_data("blocks/2675000.prestate.json.zst");
        if (!fs::exists(file)) GTEST_SKIP() << "the recorded block is absent: no " << file;
        auto loaded = load_record(file);
        ASSERT_TRUE(loaded) << loaded.error().message;
        record = std::move(*loaded);
    }
    Replay run(unsigned repeat = 1) {
        auto result = replay(machine, record, repeat);
        if (!result) {
            ADD_FAILURE() << result.error().message;
            return {};
        }
        return std::move(*result);
    }
    std::string tx(size_t i) const {
        return "tx " + std::to_string(i) + " " + to_hex(record.block.transactions[i].hash);
    }

    evm::Machine machine;
    Record record;
};

TEST_F(ReplayOfOneBlock, RepeatsWithTheSameResult) {
    const Replay result = run(3);
    EXPECT_TRUE(result.ok()) << all_of(result.differences);
    EXPECT_EQ(result.fork, "Spurious Dragon");
    EXPECT_EQ(result.state_ok, std::nullopt);
    EXPECT_GT(result.execute_ms, 0);
}

TEST_F(ReplayOfOneBlock, NamesTheFirstTransactionThatDiffers) {
    record.receipts[3].gas_used += 1;
    record.receipts[7].gas_used += 1;
    const Replay result = run();
    EXPECT_EQ(result.receipts_ok, false);
    ASSERT_FALSE(result.differences.empty());
    const uint64_t chain_has = record.receipts[3].gas_used;
    EXPECT_EQ(result.differences[0],
              tx(3) + ": gas " + std::to_string(chain_has - 1) + ", chain has " + std::to_string(chain_has));
}

TEST_F(ReplayOfOneBlock, ComparesLogs) {
    const auto with_logs = std::ranges::find_if(record.receipts, [](const Receipt& r) { return !r.logs.empty(); });
    if (with_logs == record.receipts.end()) GTEST_SKIP() << "the block has no logs";
    const auto i = static_cast<size_t>(with_logs - record.receipts.begin());
    with_logs->logs[0].data.push_back(1);
    const Replay result = run();
    ASSERT_FALSE(result.differences.empty());
    EXPECT_EQ(result.differences[0], tx(i) + ": log 0 of " + to_hex(with_logs->logs[0].address) + " has other data");
}

TEST_F(ReplayOfOneBlock, NamesAccountsThatThePrestateLacks) {
    const Address sender = record.block.transactions[0].sender;
    record.prestate->apply(std::vector{state::AccountChange{.address = sender, .exists = false}});
    const Replay result = run();
    EXPECT_FALSE(result.executed);
    ASSERT_EQ(result.differences.size(), 2U);
    EXPECT_NE(result.differences[0].find("transaction 0 "), std::string::npos) << result.differences[0];
    EXPECT_NE(result.differences[1].find("not in the prestate: "), std::string::npos) << result.differences[1];
    EXPECT_NE(result.differences[1].find(to_hex(sender)), std::string::npos) << result.differences[1];
}

TEST_F(ReplayOfOneBlock, TellsAWrongHeader) {
    record.block.header.gas_used += 1;
    record.block.header.logs_bloom.bytes[5] ^= 1;
    const Replay result = run();
    EXPECT_FALSE(result.gas_ok);
    EXPECT_FALSE(result.bloom_ok);
    EXPECT_EQ(result.receipts_ok, true);
}

TEST_F(ReplayOfOneBlock, NeedsTheChainsRules) {
    record.chain_id = 424242;
    const auto result = replay(machine, record, 1);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("chain 424242 is not known"), std::string::npos);
}

}  // namespace
}  // namespace osprey::chain
