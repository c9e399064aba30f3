// Reading bundles in eth_callBundle's form.

#include "execute/bundle.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"

namespace osprey::execute {
namespace {

// EIP-155's example, and a dynamic-fee transaction of the same key.
const std::string first =
    "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340b"
    "d939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc6421"
    "4b297fb1966a3b6d83";
const std::string second =
    "0x02f86b0a80843b9aca008506fc23ac008252089435353535353535353535353535353535353535350180c001a01181f97689a6ce"
    "dc46cd883eda37c638021a06e60a675335517e56ab10651827a03a75b02286272de7bdcbcfbe11681b1c06605e518658d7eeafdcd9"
    "187b431628";

std::string hash_of(const std::string& raw) { return to_hex(keccak256(*parse_hex(raw))); }

std::string error_of(std::string_view json) {
    const auto parsed = parse_call_bundle(json);
    return parsed ? "no error" : parsed.error().message;
}

TEST(ParseCallBundle, ObjectArrayAndRequestAreTheSame) {
    const std::string object = fmt::format(
        R"({{"txs":["{}","{}"],"blockNumber":"0xb63dcd","stateBlockNumber":"latest","timestamp":1615920932,)"
        R"("minTimestamp":"0x5","maxTimestamp":0,"revertingTxHashes":["{}"],"baseFee":"0x7","gasLimit":30000000}})",
        first, second, hash_of(second));
    const std::string request =
        fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"eth_callBundle","params":[{}]}})", object);
    for (const std::string& text : {object, "[" + object + "]", request}) {
        const auto parsed = parse_call_bundle(text);
        ASSERT_TRUE(parsed) << parsed.error().message;
        EXPECT_EQ(parsed->bundle.block_number, 0xb63dcdU);
        EXPECT_EQ(parsed->state_block_number, std::nullopt);
        EXPECT_TRUE(parsed->on_latest);
        EXPECT_EQ(parsed->timestamp, 1615920932U);
        EXPECT_EQ(parsed->bundle.min_timestamp, 5U);
        EXPECT_EQ(parsed->bundle.max_timestamp, std::nullopt);
        EXPECT_EQ(parsed->base_fee, u256{7});
        EXPECT_EQ(parsed->gas_limit, 30'000'000U);
        ASSERT_EQ(parsed->bundle.transactions.size(), 2U);
        EXPECT_EQ(to_hex(parsed->bundle.transactions[1].sender), "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
        EXPECT_TRUE(parsed->bundle.may_revert(parsed->bundle.transactions[1].hash));
        EXPECT_FALSE(parsed->bundle.may_revert(parsed->bundle.transactions[0].hash));
        EXPECT_FALSE(parsed->bundle.may_be_dropped(parsed->bundle.transactions[1].hash));
        Bytes hashes = *parse_hex(hash_of(first));
        const Bytes more = *parse_hex(hash_of(second));
        hashes.insert(hashes.end(), more.begin(), more.end());
        EXPECT_EQ(bundle_hash(parsed->bundle.transactions), keccak256(hashes));
    }
}

TEST(ParseCallBundle, SaysWhatIsWrongAndWhere) {
    const auto with = [](std::string_view txs, std::string_view rest = "") {
        return error_of(fmt::format(R"({{"txs":[{}],"blockNumber":"0x1"{}}})", txs, rest));
    };
    EXPECT_TRUE(error_of("{").starts_with("not valid JSON")) << error_of("{");
    EXPECT_EQ(error_of("{}"), "txs: missing");
    EXPECT_EQ(error_of(R"({"params":[{"txs":[]}]})"), "params[0].blockNumber: missing");
    EXPECT_EQ(error_of(R"({"params":[]})"), "params: 0 parameters, not one");
    EXPECT_EQ(with(""), "a bundle without transactions");
    EXPECT_EQ(with(R"("0xzz")").substr(0, 7), "txs[0]:") << with(R"("0xzz")");
    EXPECT_EQ(with(R"("0x05")"), "txs[0]: transaction: type 0x05 is not known");
    EXPECT_EQ(with(fmt::format(R"("{0}","{1}","{0}")", first, second)), "txs[2]: the same transaction as txs[0]");
    EXPECT_EQ(with(fmt::format("\"{}\"", first), R"(,"timestamp":-1)").substr(0, 10), "timestamp:");
    EXPECT_EQ(with(fmt::format("\"{}\"", first), fmt::format(R"(,"droppingTxHashes":["{}"])", hash_of(second))),
              fmt::format("droppingTxHashes: {} is not in the bundle", hash_of(second)));
}

TEST(DecodeTransactions, HoldsTheBuildersLimits) {
    const std::vector<Bytes> many(max_bundle_transactions + 1, *parse_hex(first));
    EXPECT_EQ(decode_transactions(many).error().message, "101 transactions, at most 100");
    const std::vector<Bytes> large{Bytes(max_bundle_bytes + 1)};
    EXPECT_EQ(decode_transactions(large).error().message, "300001 bytes, at most 300000");
}

}  // namespace
}  // namespace osprey::execute
