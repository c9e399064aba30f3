#include "types/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "primitives/hex.hpp"
#include "types/sample_transactions.hpp"

namespace osprey {
namespace {

using namespace literals;
using samples::contains;
using samples::sample;

constexpr TxType all_types[] = {TxType::legacy, TxType::access_list, TxType::dynamic_fee,
                                TxType::blob,   TxType::set_code,    TxType::deposit};

std::string json_of(const Transaction& tx) {
    JsonWriter w;
    write_json(w, tx);
    return std::move(w).take();
}

/// `text` with one member's value replaced; the member is taken out when the value is empty.
std::string with(std::string text, std::string_view name, std::string_view value) {
    const auto key = '"' + std::string{name} + "\":";
    const auto at = text.find(key);
    if (at == std::string::npos) throw std::logic_error("no such member: " + key);
    auto end = at + key.size();
    int depth = 0;
    for (; depth > 0 || (text[end] != ',' && text[end] != '}'); ++end) {
        if (text[end] == '[' || text[end] == '{') ++depth;
        if (text[end] == ']' || text[end] == '}') --depth;
    }
    if (!value.empty()) return text.replace(at, end - at, key + std::string{value});
    if (text[end] == ',') return text.erase(at, end + 1 - at);
    return text.erase(at - 1, end + 1 - at);  // the last one, with the comma before it
}

std::string refusal(const std::string& text) {
    const auto tx = parse_transaction(text);
    return tx ? "" : tx.error().message;
}

Block sample_block() {
    Block block;
    auto& h = block.header;
    h.coinbase = "0x95222290dd7278aa3ddd389cc1e1d165cc4bafe5"_address;
    h.number = 22'500'000;
    h.gas_limit = 36'000'000;
    h.timestamp = 1'747'000'000;
    h.extra_data = {1, 2};
    h.base_fee_per_gas = 1'000'000'000;
    h.withdrawals_root = empty_trie_root;
    h.blob_gas_used = 0;
    h.excess_blob_gas = 131'072;
    h.parent_beacon_block_root = empty_code_hash;
    h.requests_hash = empty_code_hash;
    block.hash = hash_of(h);
    for (const auto type : all_types) block.transactions.push_back(sample(type));
    block.ommer_hashes = {empty_code_hash};
    block.withdrawals = {{.index = 1, .validator_index = 2, .address = h.coinbase, .amount = 3}};
    return block;
}

std::string json_of(const Block& block) {
    JsonWriter w;
    write_json(w, block);
    return std::move(w).take();
}

TEST(Json, EveryTransactionTypeSurvivesTheRoundTrip) {
    for (const auto type : all_types) {
        const auto tx = sample(type);
        const auto read = parse_transaction(json_of(tx));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, tx) << static_cast<int>(type);
    }
    auto unprotected = sample(TxType::legacy);
    unprotected.chain_id.reset();
    samples::sign(unprotected, samples::secret_key);
    EXPECT_EQ(parse_transaction(json_of(unprotected)), unprotected);
}

TEST(Json, WhatATransactionMayLeaveOut) {
    const auto legacy = sample(TxType::legacy);
    for (const auto* member : {"type", "hash", "from", "chainId"})
        EXPECT_EQ(parse_transaction(with(json_of(legacy), member, "")), legacy) << member;
    const auto blob = sample(TxType::blob);
    for (const auto* member : {"hash", "from", "v", "yParity"})
        EXPECT_EQ(parse_transaction(with(json_of(blob), member, "")), blob) << member;
    auto creation = sample(TxType::dynamic_fee);
    creation.to.reset();
    samples::sign(creation, samples::secret_key);
    EXPECT_EQ(parse_transaction(json_of(creation)), creation);
    EXPECT_EQ(parse_transaction(with(json_of(creation), "to", "")), creation);
}

TEST(Json, TheGivenSenderIsTaken) {
    const auto text = with(json_of(sample(TxType::set_code)), "from", "\"0x0000000000000000000000000000000000000001\"");
    auto tx = parse_transaction(text);
    ASSERT_TRUE(tx) << tx.error().message;
    EXPECT_EQ(tx->sender, "0x0000000000000000000000000000000000000001"_address);
    EXPECT_TRUE(tx->authorizations.at(0).signer);
    ASSERT_TRUE(recover_senders(*tx));
    EXPECT_EQ(tx->sender, sample(TxType::set_code).sender);
}

TEST(Json, ARefusalNamesTheItem) {
    const auto text = json_of(sample(TxType::set_code));
    const struct {
        const char* member;
        const char* value;
        const char* reason;
    } cases[] = {
        {"gas", "", "gas: missing"},
        {"gas", "null", "gas: missing"},
        {"gas", "21000", "gas: expected a quantity, not a number"},
        {"gas", "\"-0x1\"", "gas: expected a quantity, not \"-0x1\""},
        {"gas", "\"0x\"", "gas: expected a quantity, not \"0x\""},
        {"gas", "\"21000\"", "gas: expected a quantity, not \"21000\""},
        {"gas", "\"0x1g\"", "gas: expected a quantity, not \"0x1g\""},
        {"gas", "\"0x10000000000000000\"", "gas: expected a quantity"},
        {"value", "\"0x10000000000000000000000000000000000000000000000000000000000000000\"", "value: "},
        {"input", "\"0x123\"", "input: expected hex bytes, not \"0x123\""},
        {"input", "{}", "input: expected hex bytes, not an object"},
        {"to", "", "to: missing"},
        {"to", "\"0x1234\"", "to: expected 0x and 40 hex digits"},
        {"type", "\"0x64\"", "type: transaction type 0x64 is not known"},
        {"hash", "\"0x00\"", "hash: expected 0x and 64 hex digits"},
        {"accessList", "", "accessList: missing"},
        {"accessList", "{}", "accessList: expected an array, not an object"},
        {"accessList", "[{\"storageKeys\":[]}]", "accessList[0].address: missing"},
        {"storageKeys", "[\"0x1\"]", "accessList[0].storageKeys[0]: expected 0x and 64 hex digits"},
        {"maxFeePerGas", "", "maxFeePerGas: missing"},
        {"authorizationList", "[1]", "authorizationList[0]: expected an object, not a number"},
        {"v", "\"0x2\"", "yParity: differs from v"},
        {"yParity", "\"0x100000000000000000000000000000000000000000000000000000000000000000\"",
         "authorizationList[0].yParity: expected a quantity"},
        {"r", "true", "authorizationList[0].r: expected a quantity, not a boolean"},
    };
    for (const auto& c : cases) {
        const auto wrong = refusal(with(text, c.member, c.value));
        EXPECT_TRUE(wrong.starts_with(c.reason)) << wrong << " / " << c.reason;
    }
    const auto blob = json_of(sample(TxType::blob));
    EXPECT_EQ(refusal(with(blob, "yParity", "\"0x2\"")), "yParity: differs from v");
    EXPECT_EQ(refusal(with(with(blob, "v", ""), "yParity", "\"0x2\"")), "yParity: must be 0 or 1");
    EXPECT_EQ(refusal(with(with(blob, "v", ""), "yParity", "")), "yParity: missing");
    const auto legacy = json_of(sample(TxType::legacy));
    EXPECT_EQ(refusal(with(legacy, "chainId", "\"0x2\"")), "chainId: is 2, but v says 1");
    EXPECT_TRUE(contains(refusal(with(legacy, "v", "\"0x1\"")), "v: must be 27, 28 or at least 35"));
    EXPECT_TRUE(contains(refusal("[]"), "expected an object, not an array"));
    EXPECT_TRUE(contains(refusal("{\"gas\""), "not valid JSON"));
    EXPECT_TRUE(contains(refusal(""), "not valid JSON"));
}

TEST(Json, ABlockSurvivesTheRoundTrip) {
    const auto block = sample_block();
    const auto read = parse_block(json_of(block));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, block);
    EXPECT_TRUE(check_hashes(*read));
    EXPECT_EQ(parse_block(with(json_of(block), "hash", "")), block);
}

TEST(Json, ABlocksRefusalNamesTheItem) {
    const auto text = json_of(sample_block());
    const auto wrong = [&](std::string_view member, std::string_view value) {
        const auto block = parse_block(with(text, member, value));
        return block ? "" : block.error().message;
    };
    EXPECT_TRUE(contains(wrong("number", "\"0xzz\""), "number: expected a quantity"));
    EXPECT_TRUE(contains(wrong("logsBloom", "\"0x00\""), "logsBloom: expected 0x and 512 hex digits"));
    EXPECT_TRUE(contains(wrong("gas", "\"-0x1\""), "transactions[0].gas: expected a quantity, not \"-0x1\""));
    EXPECT_TRUE(contains(wrong("transactions", "[\"0x00\"]"), "transactions[0]: expected an object, not a string"));
    EXPECT_EQ(wrong("withdrawals", ""), "withdrawals: missing");
    EXPECT_EQ(wrong("uncles", ""), "uncles: missing");
    EXPECT_EQ(wrong("validatorIndex", ""), "withdrawals[0].validatorIndex: missing");
    EXPECT_EQ(wrong("baseFeePerGas", ""), "baseFeePerGas: missing, though withdrawalsRoot is there");
    EXPECT_EQ(wrong("excessBlobGas", ""), "excessBlobGas: missing, though parentBeaconBlockRoot is there");
    EXPECT_EQ(wrong("requestsHash", ""), "");  // a block of Cancun, then
}

TEST(Json, CheckHashesNamesWhatDiffers) {
    auto block = sample_block();
    block.transactions[1].nonce += 1;
    EXPECT_TRUE(contains(check_hashes(block).error().message, "block 22500000: transactions[1].hash"));
    block.header.gas_used += 1;
    EXPECT_TRUE(contains(check_hashes(block).error().message, "block 22500000: hash"));
}

TEST(Json, ReceiptsSurviveTheRoundTrip) {
    const auto block = sample_block();
    std::vector<Receipt> receipts;
    for (const auto& tx : block.transactions) {
        Receipt receipt{.type = tx.type, .success = true, .gas_used = 50'000};
        receipt.cumulative_gas_used = 50'000 * (receipts.size() + 1);
        receipt.logs = {{.address = *tx.to, .topics = {empty_code_hash, empty_trie_root}, .data = {1, 2, 3}},
                        {.address = *tx.to, .topics = {}, .data = {}}};
        receipts.push_back(std::move(receipt));
    }
    receipts[0].success = false;
    receipts[1].contract_address = block.header.coinbase;
    receipts[2].post_state = empty_trie_root;
    receipts[2].success = false;
    receipts.back().deposit_nonce = 77;
    receipts.back().deposit_version = 1;
    JsonWriter w;
    write_json(w, block, receipts);
    const auto read = parse_receipts(w.view());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, receipts);
}

TEST(Json, AReceiptsRefusalNamesTheItem) {
    const std::string log = R"({"address":"0x95222290dd7278aa3ddd389cc1e1d165cc4bafe5","topics":[],"data":"0x"})";
    const auto receipt = [&](const std::string& logs) {
        return R"([{"status":"0x1","gasUsed":"0x1","cumulativeGasUsed":"0x1","logs":[)" + logs + "]}]";
    };
    EXPECT_TRUE(parse_receipts(receipt(log)));
    const auto wrong = [](const std::string& text) { return parse_receipts(text).error().message; };
    EXPECT_EQ(wrong(receipt(log + "," + with(log, "data", "\"0x0\""))).find("[0].logs[1].data: expected hex bytes"),
              0U);
    EXPECT_EQ(wrong(with(receipt(log), "gasUsed", "")), "[0].gasUsed: missing");
    EXPECT_EQ(wrong(with(receipt(log), "status", "\"0x2\"")), "[0].status: must be 0 or 1");
    const std::string topic = '"' + to_hex(empty_code_hash) + '"';
    std::string topics = topic;
    for (int i = 0; i < 4; ++i) topics += "," + topic;
    EXPECT_EQ(wrong(receipt(with(log, "topics", "[" + topics + "]"))), "[0].logs[0].topics: has more than 4 items");
}

TEST(JsonWriter, PutsInCommasAndEscapes) {
    JsonWriter w;
    w.begin_object().member("a", 1).key("b").begin_array().number(2).begin_object().end_object().null().end_array();
    w.member("quote\"\\", "line\n\ttab\x01\x7f").member("flag", true).member("half", 0.5).end_object();
    EXPECT_EQ(w.view(), R"({"a":1,"b":[2,{},null],"quote\"\\":"line\n\ttab\u0001)"
                        "\x7f"
                        R"(","flag":true,"half":0.5})");
    w.clear();
    w.begin_array().end_array();
    EXPECT_EQ(w.view(), "[]");
}

TEST(JsonWriter, NumbersKeepTheirDigits) {
    JsonWriter w;
    w.begin_array().number(UINT64_MAX).number(INT64_MIN).number(0.1).number(1e300).number(NAN);
    w.number(-std::numeric_limits<double>::infinity());
    w.quantity(0).quantity(31).decimal(u256::max()).hex(Bytes{0, 255}).raw("{\"x\":1}").end_array();
    EXPECT_EQ(
        w.view(),
        "[18446744073709551615,-9223372036854775808,0.1,1e+300,null,null,\"0x0\",\"0x1f\","
        "\"115792089237316195423570985008687907853269984665640564039457584007913129639935\",\"0x00ff\",{\"x\":1}]");
}

TEST(JsonWriter, OnlyUtf8ComesOut) {
    const auto written = [](std::string_view text) {
        JsonWriter w;
        w.string(text);
        return std::string{w.view()};
    };
    EXPECT_EQ(written("\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x85"), "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x85\"");
    const std::string bad = "\xef\xbf\xbd";
    EXPECT_EQ(written("a\xffz"), "\"a" + bad + "z\"");
    EXPECT_EQ(written("\xc3"), "\"" + bad + "\"");                                // cut short
    EXPECT_EQ(written("\xc0\xaf"), "\"" + bad + bad + "\"");                      // overlong
    EXPECT_EQ(written("\xed\xa0\x80"), "\"" + bad + bad + bad + "\"");            // surrogate
    EXPECT_EQ(written("\xf4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"");  // beyond U+10FFFF
    EXPECT_EQ(written(std::string_view{"\0x", 2}), "\"\\u0000x\"");
}

}  // namespace
}  // namespace osprey
