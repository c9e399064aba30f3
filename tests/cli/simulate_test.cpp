// osprey simulate, on recorded blocks and on a node.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "chain/record.hpp"
#include "execute/signer.hpp"
#include "primitives/hex.hpp"
#include "support/anvil.hpp"
#include "support/run_osprey.hpp"
#include "support/test_data.hpp"
#include "types/json.hpp"
#include "types/json_reader.hpp"

namespace osprey::cli {
namespace {

namespace fs = std::filesystem;
using namespace literals;

class Simulate : public testing::Test {
protected:
    Simulate() : folder_(fs::temp_directory_path() / ("osprey-simulate-" + std::to_string(::getpid()))) {
        fs::create_directories(folder_);
    }
    ~Simulate() override { fs::remove_all(folder_); }

    std::string write(std::string_view text) const {
        const fs::path file = folder_ / "bundle.json";
        std::ofstream{file} << text;
        return file.string();
    }
    static std::string request(std::span<const Transaction> transactions, uint64_t block, std::string_view more = "") {
        std::string txs;
        for (const Transaction& tx : transactions)
            txs += fmt::format("{}\"{}\"", txs.empty() ? "" : ",", to_hex(encode(tx)));
        return fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"eth_callBundle","params":[{{"txs":[{}],)"
                           R"("blockNumber":"0x{:x}"{}}}]}})",
                           txs, block, more);
    }
    static test::Outcome osprey(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "simulate");
        return test::osprey(arguments);
    }
    fs::path folder_;
};

std::string text_at(const JsonDocument& json, std::string_view pointer) {
    std::string_view text;
    return json.root().at_pointer(pointer).get(text) == simdjson::SUCCESS ? std::string{text} : "no text";
}
uint64_t number_at(const JsonDocument& json, std::string_view pointer) {
    uint64_t number = UINT64_MAX;
    return json.root().at_pointer(pointer).get(number) == simdjson::SUCCESS ? number : UINT64_MAX;
}
#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

class SimulateOnRecord : public Simulate {
protected:
    void SetUp() override {
        file_ = test::test_data("blocks/12522062.prestate.json.zst");
        if (!fs::exists(file_)) GTEST_SKIP() << "the recorded block is absent: no " << file_;
        auto record = chain::load_record(file_);
        ASSERT_TRUE(record) << record.error().message;
        record_.emplace(std::move(*record));
    }
    std::span<const Transaction> transactions(size_t first, size_t count) const {
        return std::span{record_->block.transactions}.subspan(first, count);
    }
    fs::path file_;
    std::optional<chain::Record> record_;
};

TEST_F(SimulateOnRecord, GivesWhatTheChainRecorded) {
    // At the start, with the default state block; in the middle.
    for (const size_t first : {size_t{0}, size_t{40}}) {
        const auto file = write(
            request(transactions(first, 3), record_->number, first == 0 ? "" : R"(,"stateBlockNumber":"0xbf124d")"));
        const auto result = osprey({file, "--record", file_.string(), "--after", std::to_string(first), "--json"});
        EXPECT_EQ(result.status, 0) << result.err;
        const auto json = JsonDocument::parse(result.out);
        ASSERT_TRUE(json) << result.out;
        uint64_t gas = 0;
        for (size_t i = 0; i < 3; ++i) {
            const std::string at = fmt::format("/results/{}/", i);
            gas += record_->receipts[first + i].gas_used;
            EXPECT_EQ(number_at(*json, at + "gasUsed"), record_->receipts[first + i].gas_used);
            EXPECT_EQ(text_at(*json, at + "txHash"), to_hex(transactions(first, 3)[i].hash));
            EXPECT_EQ(text_at(*json, at + "fromAddress"), to_hex(transactions(first, 3)[i].sender));
        }
        EXPECT_EQ(number_at(*json, "/totalGasUsed"), gas);
        EXPECT_EQ(number_at(*json, "/stateBlockNumber"), record_->number - 1);
        simdjson::dom::object object;
        ASSERT_EQ(json->root().get(object), simdjson::SUCCESS);
        std::vector<std::string> keys;
        for (const auto& [key, value] : object) keys.emplace_back(key);
        EXPECT_EQ(keys, (std::vector<std::string>{"bundleGasPrice", "bundleHash", "coinbaseDiff", "ethSentToCoinbase",
                                                  "gasFees", "results", "stateBlockNumber", "totalGasUsed"}));
    }
}

TEST_F(SimulateOnRecord, DrawsTheCallsForPeople) {
    const auto file = write(request(transactions(0, 3), record_->number));
    const auto result = osprey({file, "--record", file_.string(), "--trace"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_HAS(result.out, "Uniswap V2 router.swapExactETHForTokens() 10 ETH [101,840]\n");
    EXPECT_HAS(result.out, "├─ STATICCALL V2 pair 0x80b4…85c5.getReserves() [2,504]\n");
    EXPECT_HAS(result.out, "Transfer 10 WETH Uniswap V2 router → V2 pair 0x80b4…85c5\n");
    EXPECT_HAS(result.out, "Swap 1.589 WETH → 8.9554e21 0xf65b…276c in V2 pair 0x80b4…85c5\n");
    EXPECT_HAS(result.out, "the coinbase gains 0.03966 ETH: 170.113 gwei a gas\n");
    EXPECT_EQ(result.out.find('\x1b'), std::string::npos) << "colours only on a terminal";
}

TEST_F(SimulateOnRecord, AFailureIsShownWithItsReason) {
    size_t failed = 0;
    while (failed < record_->receipts.size() && record_->receipts[failed].success) ++failed;
    ASSERT_LT(failed, record_->receipts.size());
    const auto file = write(request(transactions(failed, 1), record_->number));
    const auto result = osprey({file, "--record", file_.string(), "--after", std::to_string(failed), "--trace"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_HAS(result.out, "would not be included: transaction 0 ");
    EXPECT_HAS(result.out, "reverted");
}

TEST_F(SimulateOnRecord, SaysWhatIsWrongInOneLine) {
    const auto expect = [&](const std::vector<std::string>& arguments, const std::string& what) {
        const auto result = osprey(arguments);
        EXPECT_NE(result.status, 0) << what;
        EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
        EXPECT_HAS(result.err, what);
    };
    const std::string record = file_.string();
    const auto good = write(request(transactions(0, 1), record_->number));
    expect({good}, "one of --record and --rpc is needed");
    expect({good, "--record", record, "--rpc", "http://x"}, "--rpc");
    expect({good, "--record", record, "--after", "178"}, record + ": --after 178: the block has 177 transactions");
    expect({good, "--rpc", "gopher://x"}, "a node's address is http://");
    expect({good, "--record", "/no/such/record.json"}, "/no/such/record.json");
    expect({"/no/such/bundle.json", "--record", record}, "/no/such/bundle.json");
    expect({write("{}"), "--record", record}, "bundle.json: txs: missing");
    expect({write(request(transactions(0, 1), 5)), "--record", record},
           "bundle.json: the bundle is for block 5, not for 12522062");
    expect({write(request(transactions(0, 1), record_->number, R"(,"stateBlockNumber":"0x5")")), "--record", record},
           "stateBlockNumber is 5, and the record has the state of block 12522061");
    // In the block's start its nonce is still used.
    const auto& all = record_->block.transactions;
    const auto later = std::ranges::find_if(all, [&](const Transaction& tx) {
        return std::ranges::find(all, tx.sender, &Transaction::sender)->hash != tx.hash;
    });
    ASSERT_NE(later, all.end());
    expect({write(request({&*later, 1}, record_->number)), "--record", record},
           "bundle.json: transaction 0 " + to_hex(later->hash) + ": nonce ");
}

TEST_F(SimulateOnRecord, StateThatTheRecordLacksIsSaid) {
    // Somebody of another block: whether they can pay is not in this record.
    const auto signer = *execute::LocalSigner::from_key(to_hash(u256{1}));
    Transaction tx = record_->block.transactions[0];
    tx.to = Address{{{0x12, 0x34}}};
    tx.data.clear();
    tx.value = {};
    tx.nonce = 0;
    tx.max_fee_per_gas = tx.max_priority_fee_per_gas = {};
    ASSERT_TRUE(execute::sign_transaction(*signer, tx));
    const auto result = osprey({write(request({&tx, 1}, record_->number)), "--record", file_.string(), "--json"});
    EXPECT_EQ(result.status, 1);
    EXPECT_HAS(result.err, "the record lacks state that the bundle reads");
    EXPECT_HAS(result.out, "\"totalGasUsed\":21000");
}

TEST_F(Simulate, OnANodeItGivesWhatTheNodeThenDoes) {
    test::Anvil anvil{{.arguments = {"--chain-id", "1", "--hardfork", "prague"}}};
    // The key of anvil's first account, which its documentation publishes.
    const auto signer =
        *execute::LocalSigner::from_key("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"_hash);
    ASSERT_EQ(to_hex(signer->address()), test::anvil_account);
    anvil.mine(2);
    std::vector<Transaction> bundle;
    // A contract that pays the coinbase all it is sent and writes a slot.
    for (uint64_t nonce : {0, 1}) {
        Transaction tx;
        tx.type = TxType::dynamic_fee;
        tx.chain_id = 1;
        tx.nonce = nonce;
        tx.max_fee_per_gas = 20'000'000'000;
        tx.max_priority_fee_per_gas = 1'000'000'000;
        tx.gas_limit = 200'000;
        tx.value = nonce == 0 ? 0 : 12345;
        if (nonce == 0)  // returns 0x5f5f5f5f34415af15f5500: call{value: callvalue}(coinbase), sstore(0, 0)
            tx.data = *parse_hex("6a5f5f5f5f34415af15f55005f52600b6015f3");
        else
            tx.to = "0x5fbdb2315678afecb367f032d93f642f64180aa3"_address;  // what that creates
        ASSERT_TRUE(execute::sign_transaction(*signer, tx));
        bundle.push_back(tx);
    }
    const auto result =
        osprey({write(request(bundle, 3, R"(,"stateBlockNumber":"latest")")), "--rpc", anvil.url(), "--json"});
    ASSERT_EQ(result.status, 0) << result.err;
    const auto json = JsonDocument::parse(result.out);
    ASSERT_TRUE(json);
    EXPECT_EQ(number_at(*json, "/stateBlockNumber"), 2U);
    EXPECT_EQ(text_at(*json, "/results/1/ethSentToCoinbase"), "12345");

    (void)anvil.call("evm_setAutomine", "[false]");
    for (const Transaction& tx : bundle)
        (void)anvil.call("eth_sendRawTransaction", fmt::format("[\"{}\"]", to_hex(encode(tx))));
    anvil.mine();
    const auto receipts = parse_receipts(anvil.call("eth_getBlockReceipts", "[\"0x3\"]"));
    ASSERT_TRUE(receipts) << receipts.error().message;
    ASSERT_EQ(receipts->size(), 2U);
    for (size_t i = 0; i < 2; ++i)
        EXPECT_EQ(number_at(*json, fmt::format("/results/{}/gasUsed", i)), (*receipts)[i].gas_used) << i;

    const auto table = osprey({write(request(bundle, 3, R"(,"stateBlockNumber":"0x2")")), "--rpc", anvil.url()});
    EXPECT_EQ(table.status, 0) << table.err;
    EXPECT_HAS(table.out, "on the state of block 2 (http://127.0.0.1:");
    const auto past = osprey({write(request(bundle, 2, R"(,"stateBlockNumber":"0x2")")), "--rpc", anvil.url()});
    EXPECT_HAS(past.err, "the bundle is for block 2, and the state is that of block 2");
}

TEST(BenchBundles, SimulatesWhatTheRecordHas) {
    const fs::path file = test::test_data("blocks/12522062.prestate.json.zst");
    if (!fs::exists(file)) GTEST_SKIP() << "the recorded block is absent: no " << file;
    const std::string path = file.string();
    const char* argv[] = {"osprey", "bench", "bundles", "--json", "--repeat", "1", path.c_str()};
    testing::internal::CaptureStdout();
    const int status = run(7, argv);
    const auto json = JsonDocument::parse(testing::internal::GetCapturedStdout());
    EXPECT_EQ(status, 0);
    ASSERT_TRUE(json);
    EXPECT_GT(number_at(*json, "/bundles"), 5U);
    EXPECT_EQ(number_at(*json, "/bundles"), number_at(*json, "/runs"));
}

}  // namespace
}  // namespace osprey::cli
