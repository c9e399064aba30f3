#include "types/block.hpp"

#include <gtest/gtest.h>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"
#include "types/sample_transactions.hpp"

namespace osprey {
namespace {

using namespace literals;
using samples::contains;
using samples::sample;

/// A header with this many fields, each different from its default.
Header sample_header(int fields) {
    Header h;
    h.parent_hash = keccak256(Bytes{1});
    h.ommers_hash = keccak256(Bytes{2});
    h.coinbase = "0x95222290dd7278aa3ddd389cc1e1d165cc4bafe5"_address;
    h.state_root = keccak256(Bytes{3});
    h.transactions_root = keccak256(Bytes{4});
    h.receipts_root = keccak256(Bytes{5});
    h.logs_bloom.bytes[17] = 0x80;
    h.difficulty = 0x2c4a8e1d9f11_u256;
    h.number = 15'000'000;
    h.gas_limit = 30'000'000;
    h.gas_used = 29'999'999;
    h.timestamp = 1'655'778'535;
    h.extra_data = {0x65, 0x74, 0x68};
    h.prev_randao = keccak256(Bytes{6});
    h.nonce.bytes[7] = 9;
    if (fields > 15) h.base_fee_per_gas = 30'000'000'000;
    if (fields > 16) h.withdrawals_root = keccak256(Bytes{7});
    if (fields > 17) h.blob_gas_used = 131'072;
    if (fields > 18) h.excess_blob_gas = 0;
    if (fields > 19) h.parent_beacon_block_root = keccak256(Bytes{8});
    if (fields > 20) h.requests_hash = keccak256(Bytes{9});
    return h;
}

std::string refusal(BytesView rlp) {
    const auto block = decode_block(rlp);
    return block ? "" : block.error().message;
}

Block sample_block(int header_fields) {
    Block block;
    block.header = sample_header(header_fields);
    block.hash = hash_of(block.header);
    for (const auto type :
         {TxType::legacy, TxType::access_list, TxType::dynamic_fee, TxType::blob, TxType::set_code, TxType::deposit}) {
        auto tx = sample(type);
        if (type != TxType::deposit) tx.sender = {};  // decoding recovers nothing
        for (auto& a : tx.authorizations) a.signer.reset();
        block.transactions.push_back(std::move(tx));
    }
    block.ommers = {sample_header(15), sample_header(16)};
    for (const auto& ommer : block.ommers) block.ommer_hashes.push_back(hash_of(ommer));
    if (header_fields > 16)
        block.withdrawals = {{.index = 16'814'502,
                              .validator_index = 571'662,
                              .address = "0xac665a44d46194eb9826d6f93fb5cc93bc2654b4"_address,
                              .amount = 15'864'331}};
    return block;
}

TEST(Header, EveryForksFormSurvivesTheRoundTrip) {
    for (const int fields : {15, 16, 17, 20, 21}) {
        const auto header = sample_header(fields);
        const auto encoding = encode(header);
        const auto decoded = decode_header(encoding);
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_EQ(*decoded, header);
        EXPECT_EQ(hash_of(*decoded), keccak256(encoding));
    }
}

TEST(Header, NoForkHasFieldsBetweenThoseForms) {
    for (const int fields : {18, 19}) {
        const auto decoded = decode_header(encode(sample_header(fields)));
        ASSERT_FALSE(decoded);
        EXPECT_TRUE(contains(decoded.error().message, fields == 18 ? "excessBlobGas" : "parentBeaconBlockRoot"));
    }
    const auto longest = encode(sample_header(21));
    rlp::Reader whole{longest};
    const auto fields = whole.list();
    ASSERT_TRUE(fields);
    rlp::Writer w;
    const auto mark = w.begin_list();
    w.raw(fields->rest());
    w.bytes(Hash{});
    w.end_list(mark);
    const auto decoded = decode_header(w.view());
    ASSERT_FALSE(decoded);
    EXPECT_TRUE(contains(decoded.error().message, "more fields"));
}

TEST(Header, AFieldOfTheWrongSizeIsNamed) {
    const auto original = encode(sample_header(21));
    const char* names[] = {"parentHash",    "sha3Uncles",      "miner",       "stateRoot",     "transactionsRoot",
                           "receiptsRoot",  "logsBloom",       "difficulty",  "number",        "gasLimit",
                           "gasUsed",       "timestamp",       "extraData",   "mixHash",       "nonce",
                           "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot",
                           "requestsHash"};
    for (size_t wrong = 0; wrong < std::size(names); ++wrong) {
        rlp::Reader whole{original};
        auto fields = whole.list();
        ASSERT_TRUE(fields);
        rlp::Writer w;
        const auto mark = w.begin_list();
        for (size_t i = 0; !fields->empty(); ++i) {
            const auto item = fields->next();
            ASSERT_TRUE(item);
            if (i == wrong) {
                w.end_list(w.begin_list());  // a list fits none
            } else {
                w.raw(item->whole);
            }
        }
        w.end_list(mark);
        const auto decoded = decode_header(w.view());
        ASSERT_FALSE(decoded) << names[wrong];
        EXPECT_TRUE(contains(decoded.error().message, std::string{"header: "} + names[wrong] + ": "));
    }
}

TEST(Block, KnowsTheHashOfNoOmmers) { EXPECT_EQ(no_ommers_hash, keccak256(Bytes{0xc0})); }

TEST(Block, SurvivesTheRoundTrip) {
    for (const int fields : {15, 16, 17, 20, 21}) {
        const auto block = sample_block(fields);
        const auto decoded = decode_block(encode(block));
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_EQ(*decoded, block) << fields;
    }
}

TEST(Block, WithdrawalsStandExactlyWhereTheHeaderHasTheirRoot) {
    const auto with_list = [](int header_fields, bool list) {
        rlp::Writer w;
        const auto mark = w.begin_list();
        w.raw(encode(sample_header(header_fields)));
        for (int i = 0; i < (list ? 3 : 2); ++i) w.end_list(w.begin_list());
        w.end_list(mark);
        return std::move(w).take();
    };
    EXPECT_EQ(refusal(with_list(16, false)), "");
    EXPECT_EQ(refusal(with_list(17, true)), "");
    EXPECT_TRUE(contains(refusal(with_list(16, true)), "more fields"));
    EXPECT_TRUE(contains(refusal(with_list(17, false)), "withdrawals: "));
}

TEST(Block, TransactionsStandInTheirOwnForm) {
    const auto with_transaction = [](auto&& write) {
        rlp::Writer w;
        const auto mark = w.begin_list();
        w.raw(encode(sample_header(16)));
        const auto transactions = w.begin_list();
        w.raw(encode(sample(TxType::legacy)));
        write(w);
        w.end_list(transactions);
        w.end_list(w.begin_list());
        w.end_list(mark);
        return std::move(w).take();
    };
    const auto legacy = encode(sample(TxType::legacy));
    const auto typed = encode(sample(TxType::dynamic_fee));
    EXPECT_EQ(refusal(with_transaction([&](rlp::Writer& w) { w.bytes(typed); })), "");
    EXPECT_TRUE(contains(refusal(with_transaction([&](rlp::Writer& w) { w.bytes(legacy); })),
                         "transactions: item 1: a legacy transaction must not be wrapped"));
    EXPECT_NE(refusal(with_transaction([&](rlp::Writer& w) { w.raw(typed); })), "");
    EXPECT_TRUE(
        contains(refusal(with_transaction([&](rlp::Writer& w) { w.bytes({}); })), "item 1: transaction: empty"));
}

TEST(Block, EveryTruncationIsRefused) {
    const auto encoding = encode(sample_block(21));
    for (size_t n = 0; n < encoding.size(); ++n) EXPECT_NE(refusal(BytesView{encoding}.first(n)), "") << n;
    auto trailing = encoding;
    trailing.push_back(0xc0);
    EXPECT_NE(refusal(trailing), "");
}

Receipt sample_receipt(TxType type) {
    Receipt receipt{.type = type, .success = true, .gas_used = 21'000, .cumulative_gas_used = 42'000};
    receipt.logs = {{.address = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address,
                     .topics = {keccak256(Bytes{1}), keccak256(Bytes{2})},
                     .data = {0xff, 0x00}}};
    return receipt;
}

/// The fields of an encoded receipt, behind the type byte.
std::vector<Bytes> receipt_fields(BytesView encoding, bool typed) {
    rlp::Reader whole{typed ? encoding.subspan(1) : encoding};
    auto list = whole.list();
    std::vector<Bytes> fields;
    while (list && !list->empty()) {
        const auto item = list->next();
        if (!item) break;
        fields.emplace_back(item->payload.begin(), item->payload.end());
    }
    return fields;
}

TEST(Receipt, HoldsStatusGasBloomAndLogs) {
    const auto receipt = sample_receipt(TxType::legacy);
    const auto fields = receipt_fields(encode(receipt), false);
    ASSERT_EQ(fields.size(), 4U);
    EXPECT_EQ(fields[0], Bytes{1});
    EXPECT_EQ(fields[1], (Bytes{0xa4, 0x10}));
    const auto bloom = bloom_of(receipt.logs);
    EXPECT_EQ(fields[2], Bytes(bloom.bytes.begin(), bloom.bytes.end()));
    EXPECT_EQ(encode(receipt, bloom), encode(receipt));

    auto failed = receipt;
    failed.success = false;
    EXPECT_EQ(receipt_fields(encode(failed), false)[0], Bytes{});  // zero is the empty string
    auto early = receipt;
    early.post_state = keccak256(Bytes{3});
    EXPECT_EQ(receipt_fields(encode(early), false)[0].size(), 32U);
}

TEST(Receipt, TypedOnesStartWithTheirType) {
    for (const auto type :
         {TxType::access_list, TxType::dynamic_fee, TxType::blob, TxType::set_code, TxType::deposit}) {
        const auto encoding = encode(sample_receipt(type));
        EXPECT_EQ(encoding[0], static_cast<uint8_t>(type));
        EXPECT_EQ(receipt_fields(encoding, true).size(), 4U);
    }
}

TEST(Receipt, ADepositsNonceIsHashedFromCanyonOn) {
    auto receipt = sample_receipt(TxType::deposit);
    receipt.deposit_nonce = 5;
    EXPECT_EQ(receipt_fields(encode(receipt), true).size(), 4U);
    receipt.deposit_version = 1;
    const auto fields = receipt_fields(encode(receipt), true);
    ASSERT_EQ(fields.size(), 6U);
    EXPECT_EQ(fields[4], Bytes{5});
    EXPECT_EQ(fields[5], Bytes{1});
}

TEST(Bloom, SetsThreeBitsForEachAddressAndTopic) {
    const auto count = [](const Bloom& bloom) {
        int bits = 0;
        for (const auto byte : bloom.bytes) bits += std::popcount(byte);
        return bits;
    };
    EXPECT_EQ(bloom_of(std::span<const Log>{}), Bloom{});
    Log log{.address = "0x0000000000000000000000000000000000000001"_address, .topics = {}, .data = {1, 2, 3}};
    const std::vector<Log> one{log};
    const auto bloom = bloom_of(one);
    EXPECT_EQ(count(bloom), 3);
    // keccak256 of the address is 1468288056310c82aa4c01a7e12a10f8...: words 0x1468, 0x2880, 0x5631 modulo 2048.
    for (const unsigned bit : {0x468U, 0x080U, 0x631U}) EXPECT_TRUE(bloom.bytes[255 - bit / 8] >> bit % 8 & 1) << bit;

    Bloom added;
    add_to_bloom(added, log);
    EXPECT_EQ(added, bloom);
}

TEST(Bloom, ManyLogsGiveTheUnionOfEachAlone) {
    // More inputs than one batch of hashing takes.
    std::vector<Receipt> receipts(7);
    Bloom expected;
    for (uint8_t i = 0; i < 70; ++i) {
        Log log{.address = to_address(u256{i}), .topics = {}, .data = {}};
        for (uint8_t t = 0; t < i % 5; ++t) log.topics.push_back(keccak256(Bytes{i, t}));
        add_to_bloom(expected, log);
        receipts[i % 7].logs.push_back(std::move(log));
    }
    EXPECT_EQ(bloom_of(receipts), expected);
    Bloom merged;
    for (const auto& receipt : receipts) add_to_bloom(merged, bloom_of(receipt.logs));
    EXPECT_EQ(merged, expected);
}

}  // namespace
}  // namespace osprey
