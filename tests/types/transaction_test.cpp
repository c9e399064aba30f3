#include "types/transaction.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"
#include "primitives/secp256k1.hpp"
#include "types/sample_transactions.hpp"

namespace osprey {
namespace {

using namespace literals;
using samples::contains;
using samples::sample;
using samples::secret_key;
using samples::sign;

constexpr TxType signed_types[] = {TxType::legacy, TxType::access_list, TxType::dynamic_fee, TxType::blob,
                                   TxType::set_code};

/// The reason that decoding gives; empty when it succeeds.
std::string refusal(BytesView encoding) {
    const auto tx = decode_transaction(encoding);
    return tx ? "" : tx.error().message;
}

TEST(Transaction, EveryTypeSurvivesTheRoundTrip) {
    for (const auto type : signed_types) {
        const auto tx = sample(type);
        const auto encoding = encode(tx);
        auto decoded = decode_transaction(encoding);
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_EQ(decoded->hash, keccak256(encoding));
        EXPECT_EQ(encode(*decoded), encoding);
        ASSERT_TRUE(recover_senders(*decoded));
        EXPECT_EQ(*decoded, tx) << "type " << static_cast<int>(type);
    }
}

TEST(Transaction, ADepositCarriesItsSender) {
    const auto tx = sample(TxType::deposit);
    auto decoded = decode_transaction(encode(tx));
    ASSERT_TRUE(decoded) << decoded.error().message;
    ASSERT_TRUE(recover_senders(*decoded));
    EXPECT_EQ(*decoded, tx);
    EXPECT_EQ(signing_hash(tx), Hash{});
}

TEST(Transaction, CreationsAreDecodedWhereTheirTypeHasThem) {
    for (const auto type : {TxType::legacy, TxType::access_list, TxType::dynamic_fee, TxType::deposit}) {
        auto tx = sample(type);
        tx.to.reset();
        const auto decoded = decode_transaction(encode(tx));
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_FALSE(decoded->to);
    }
    for (const auto type : {TxType::blob, TxType::set_code}) {
        auto tx = sample(type);
        tx.to.reset();
        EXPECT_TRUE(contains(refusal(encode(tx)), "to: "));
    }
}

// The example that EIP-155 works through.
TEST(Transaction, Eip155Example) {
    Transaction tx{.chain_id = 1,
                   .nonce = 9,
                   .max_fee_per_gas = 20'000'000'000,
                   .gas_limit = 21000,
                   .to = "0x3535353535353535353535353535353535353535"_address,
                   .value = 1'000'000'000'000'000'000};
    EXPECT_EQ(to_hex(signing_hash(tx)), "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    sign(tx, "0x4646464646464646464646464646464646464646464646464646464646464646"_hash);
    EXPECT_EQ(legacy_v(tx), u256{37});
    EXPECT_EQ(to_hex(encode(tx)),
              "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340b"
              "d939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc6421"
              "4b297fb1966a3b6d83");
}

TEST(Transaction, LegacyWithoutChainIdHasV27Or28) {
    auto tx = sample(TxType::legacy);
    tx.chain_id.reset();
    sign(tx, secret_key);
    auto decoded = decode_transaction(encode(tx));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_FALSE(decoded->chain_id);
    ASSERT_TRUE(recover_senders(*decoded));
    EXPECT_EQ(decoded->sender, tx.sender);
}

TEST(Transaction, LegacyVBounds) {
    Transaction tx;
    for (const uint64_t v : {0, 1, 26, 29, 34}) EXPECT_FALSE(set_legacy_v(tx, v)) << v;
    ASSERT_TRUE(set_legacy_v(tx, 35));
    EXPECT_EQ(tx.chain_id, 0U);
    EXPECT_FALSE(tx.y_parity);
    // The largest 64-bit chain id makes a v of 66 bits.
    const u256 largest = (u256{UINT64_MAX} << 1) + u256{36};
    ASSERT_TRUE(set_legacy_v(tx, largest));
    EXPECT_EQ(tx.chain_id, UINT64_MAX);
    EXPECT_TRUE(tx.y_parity);
    EXPECT_EQ(legacy_v(tx), largest);
    EXPECT_FALSE(set_legacy_v(tx, largest + u256{1}));
}

TEST(Transaction, HighSCountsFromHomesteadOn) {
    auto tx = sample(TxType::legacy);
    const auto sender = tx.sender;
    tx.s = secp256k1::order - tx.s;  // the other signature by the same key
    tx.y_parity = !tx.y_parity;
    EXPECT_TRUE(contains(recover_senders(tx).error().message, "EIP-2"));
    tx.sender = {};
    ASSERT_TRUE(recover_senders(tx, false));
    EXPECT_EQ(tx.sender, sender);
}

TEST(Transaction, ASignatureOfNoKeyIsAnError) {
    auto tx = sample(TxType::dynamic_fee);
    tx.r = 0;
    EXPECT_TRUE(contains(recover_senders(tx).error().message, "no key"));
    tx.r = secp256k1::order;
    EXPECT_FALSE(recover_senders(tx));
}

TEST(Transaction, AnInvalidAuthorizationSpoilsOnlyItself) {
    auto tx = sample(TxType::set_code);
    const auto good = tx.authorizations.at(0);
    auto high_s = good;
    high_s.s = secp256k1::order - high_s.s;
    high_s.y_parity = high_s.y_parity ? 0 : 1;
    auto odd_parity = good;
    odd_parity.y_parity = 2;
    auto no_key = good;
    no_key.r = 0;
    tx.authorizations = {high_s, odd_parity, no_key, good};
    sign(tx, secret_key);
    auto decoded = decode_transaction(encode(tx));
    ASSERT_TRUE(decoded) << decoded.error().message;
    ASSERT_TRUE(recover_senders(*decoded));
    for (size_t i = 0; i < 3; ++i) EXPECT_FALSE(decoded->authorizations[i].signer) << i;
    EXPECT_EQ(decoded->authorizations[3].signer, good.signer);
    EXPECT_TRUE(good.signer);
}

TEST(Transaction, AuthorizationChainIdsHave256Bits) {
    auto tx = sample(TxType::set_code);
    tx.authorizations[0].chain_id = u256::max();
    const auto decoded = decode_transaction(encode(tx));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->authorizations[0].chain_id, u256::max());
    tx.authorizations.clear();  // execution refuses it, not the decoder
    EXPECT_TRUE(decode_transaction(encode(tx)));
}

TEST(Transaction, EveryTruncationIsRefused) {
    for (const auto type : signed_types) {
        const auto encoding = encode(sample(type));
        for (size_t n = 0; n < encoding.size(); ++n) EXPECT_NE(refusal(BytesView{encoding}.first(n)), "") << n;
    }
}

/// A field list of a type 2 transaction with one field written by hand.
struct Mutation {
    size_t field;
    std::function<void(rlp::Writer&)> write;
    const char* reason;
};

TEST(Transaction, EachMalformedFieldIsNamed) {
    const auto original = encode(sample(TxType::dynamic_fee));
    const auto raw = [](std::initializer_list<uint8_t> bytes) {
        return [b = Bytes(bytes)](rlp::Writer& w) { w.raw(b); };
    };
    const auto bytes = [](size_t n) { return [b = Bytes(n, 0x11)](rlp::Writer& w) { w.bytes(b); }; };
    const auto list = [](rlp::Writer& w) { w.end_list(w.begin_list()); };
    const auto integer = [](uint64_t v) { return [v](rlp::Writer& w) { w.integer(v); }; };
    const Mutation mutations[] = {
        {0, bytes(9), "chainId: "},
        {0, list, "chainId: "},
        {1, raw({0x00}), "nonce: "},              // zero is the empty string
        {1, raw({0x81, 0x05}), "nonce: "},        // a single byte below 0x80 stands for itself
        {1, raw({0x82, 0x00, 0x05}), "nonce: "},  // leading zero
        {2, bytes(33), "maxPriorityFeePerGas: "},
        {3, bytes(33), "maxFeePerGas: "},
        {4, bytes(9), "gas: "},
        {5, bytes(19), "to: "},
        {5, bytes(21), "to: "},
        {6, bytes(33), "value: "},
        {7, list, "input: "},
        {8, bytes(0), "accessList: "},
        {8,
         [](rlp::Writer& w) {
             const auto all = w.begin_list();
             const auto one = w.begin_list();
             w.bytes(Address{});
             w.end_list(one);  // no list of keys
             w.end_list(all);
         },
         "accessList: item 0: storageKeys: "},
        {8,
         [](rlp::Writer& w) {
             const auto all = w.begin_list();
             const auto one = w.begin_list();
             w.bytes(Address{});
             const auto keys = w.begin_list();
             w.bytes(Hash{});
             w.bytes(Bytes(31));
             w.end_list(keys);
             w.end_list(one);
             w.end_list(all);
         },
         "accessList: item 0: storageKeys: item 1: "},
        {9, integer(2), "yParity: must be 0 or 1"},
        {10, bytes(33), "r: "},
        {11, bytes(33), "s: "},
    };
    for (const auto& mutation : mutations) {
        rlp::Reader whole{BytesView{original}.subspan(1)};
        auto fields = whole.list();
        ASSERT_TRUE(fields);
        rlp::Writer w;
        w.raw(BytesView{original}.first(1));
        const auto mark = w.begin_list();
        for (size_t i = 0; !fields->empty(); ++i) {
            const auto item = fields->next();
            ASSERT_TRUE(item);
            if (i == mutation.field) {
                mutation.write(w);
            } else {
                w.raw(item->whole);
            }
        }
        w.end_list(mark);
        EXPECT_TRUE(contains(refusal(w.view()), mutation.reason));
    }
}

TEST(Transaction, OtherMalformedEncodings) {
    EXPECT_TRUE(contains(refusal({}), "empty"));
    EXPECT_TRUE(contains(refusal(Bytes{0x05, 0xc0}), "type 0x05 is not known"));
    EXPECT_TRUE(contains(refusal(Bytes{0x00, 0xc0}), "type 0x00 is not known"));  // a legacy one has no type byte
    EXPECT_TRUE(contains(refusal(Bytes{0x80}), "type 0x80 is not known"));
    EXPECT_NE(refusal(Bytes{0x02}), "");
    EXPECT_NE(refusal(Bytes{0x02, 0x80}), "");

    for (const auto type : signed_types) {
        auto trailing = encode(sample(type));
        trailing.push_back(0x80);
        EXPECT_NE(refusal(trailing), "");
    }

    // One field more than the type has.
    const auto original = encode(sample(TxType::legacy));
    rlp::Reader whole{original};
    const auto fields = whole.list();
    ASSERT_TRUE(fields);
    rlp::Writer w;
    const auto mark = w.begin_list();
    w.raw(fields->rest());
    w.integer(uint64_t{1});
    w.end_list(mark);
    EXPECT_TRUE(contains(refusal(w.view()), "more fields"));
}

TEST(Transaction, AnAuthorizationParityOf256IsNotOne) {
    auto tx = sample(TxType::set_code);
    tx.authorizations[0].y_parity = 256;
    EXPECT_TRUE(contains(refusal(encode(tx)), "authorizationList: item 0: yParity"));
    tx.authorizations[0].y_parity = 255;
    EXPECT_EQ(refusal(encode(tx)), "");
}

TEST(Transaction, TheBlobNetworkFormIsRefusedByName) {
    const auto canonical = encode(sample(TxType::blob));
    rlp::Writer w;
    w.raw(BytesView{canonical}.first(1));
    const auto mark = w.begin_list();
    w.raw(BytesView{canonical}.subspan(1));
    for (int i = 0; i < 3; ++i) w.end_list(w.begin_list());  // blobs, commitments, proofs
    w.end_list(mark);
    EXPECT_TRUE(contains(refusal(w.view()), "network form"));
}

}  // namespace
}  // namespace osprey
