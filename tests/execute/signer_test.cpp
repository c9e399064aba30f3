// Signing, held against EIP-155's example and against what ethers 6.17 signs with the same key.

#include "execute/signer.hpp"

#include <gtest/gtest.h>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"

namespace osprey::execute {
namespace {

using namespace literals;

constexpr Hash key = "0x4646464646464646464646464646464646464646464646464646464646464646"_hash;
constexpr Address somebody = "0x3535353535353535353535353535353535353535"_address;

std::unique_ptr<LocalSigner> signer() { return std::move(LocalSigner::from_key(key).value()); }

TEST(Signer, ExampleOfEip155) {
    Transaction tx;
    tx.chain_id = 1;
    tx.nonce = 9;
    tx.max_fee_per_gas = tx.max_priority_fee_per_gas = 20'000'000'000;
    tx.gas_limit = 21000;
    tx.to = somebody;
    tx.value = 1'000'000'000'000'000'000;
    EXPECT_EQ(to_hex(signing_hash(tx)), "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    ASSERT_TRUE(sign_transaction(*signer(), tx));
    EXPECT_EQ(to_hex(encode(tx)),
              "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340b"
              "d939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc6421"
              "4b297fb1966a3b6d83");
    EXPECT_EQ(to_hex(tx.sender), "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
    EXPECT_EQ(tx.hash, keccak256(encode(tx)));
}

TEST(Signer, LegacyWithoutChainId) {
    Transaction tx;
    tx.nonce = 3;
    tx.max_fee_per_gas = tx.max_priority_fee_per_gas = 1;
    tx.gas_limit = 21000;
    tx.to = somebody;
    tx.value = 1;
    ASSERT_TRUE(sign_transaction(*signer(), tx));
    EXPECT_EQ(to_hex(encode(tx)),
              "0xf85e030182520894353535353535353535353535353535353535353501801c9f93ef9fa65d2b40b5a5e50f4f0ec3a8cd35797f"
              "0639906883323bd8b52c187aa075a86e8a47ed61ef8ac0b572856429752b609969ae03f2c8e706aaa24a444934");
}

TEST(Signer, AccessListTransaction) {
    Transaction tx;
    tx.type = TxType::access_list;
    tx.chain_id = 1;
    tx.nonce = 7;
    tx.max_fee_per_gas = tx.max_priority_fee_per_gas = 30'000'000'000;
    tx.gas_limit = 100'000;
    tx.to = somebody;
    tx.value = 5;
    tx.data = {0x12, 0x34};
    tx.access_list = {{"0x1111111111111111111111111111111111111111"_address, {to_hash(u256{1})}}};
    ASSERT_TRUE(sign_transaction(*signer(), tx));
    EXPECT_EQ(
        to_hex(encode(tx)),
        "0x01f8a201078506fc23ac00830186a094353535353535353535353535353535353535353505821234f838f7941111111111111111"
        "111111111111111111111111e1a0000000000000000000000000000000000000000000000000000000000000000101a0aa13148bd7"
        "84d65c692d1bec5e663a669671d7a87fd0b4446efbae437273a33fa0203c583b0442ce4aa7dc4e8f6c9ddc03dcd403e4a27e86be62"
        "bc18f06194494e");
}

TEST(Signer, DynamicFeeTransaction) {
    Transaction tx;
    tx.type = TxType::dynamic_fee;
    tx.chain_id = 10;
    tx.max_fee_per_gas = 30'000'000'000;
    tx.max_priority_fee_per_gas = 1'000'000'000;
    tx.gas_limit = 21000;
    tx.to = somebody;
    tx.value = 1;
    ASSERT_TRUE(sign_transaction(*signer(), tx));
    EXPECT_EQ(
        to_hex(encode(tx)),
        "0x02f86b0a80843b9aca008506fc23ac008252089435353535353535353535353535353535353535350180c001a01181f97689a6ce"
        "dc46cd883eda37c638021a06e60a675335517e56ab10651827a03a75b02286272de7bdcbcfbe11681b1c06605e518658d7eeafdcd9"
        "187b431628");
}

TEST(Signer, SetCodeTransactionWithItsAuthorization) {
    const auto own = signer();
    Authorization authorization;
    authorization.chain_id = 1;
    authorization.address = "0x2222222222222222222222222222222222222222"_address;
    authorization.nonce = 9;
    ASSERT_TRUE(sign_authorization(*own, authorization));
    Transaction tx;
    tx.type = TxType::set_code;
    tx.chain_id = 1;
    tx.nonce = 8;
    tx.max_fee_per_gas = 30'000'000'000;
    tx.max_priority_fee_per_gas = 1'000'000'000;
    tx.gas_limit = 100'000;
    tx.to = own->address();
    tx.authorizations = {authorization};
    ASSERT_TRUE(sign_transaction(*own, tx));
    EXPECT_EQ(tx.authorizations[0].signer, own->address());
    EXPECT_EQ(
        to_hex(encode(tx)),
        "0x04f8ca0108843b9aca008506fc23ac00830186a0949d8a62f656a8d1615c1294fd71e9cfb3e4855a4f8080c0f85cf85a01942222"
        "222222222222222222222222222222222222"
        "0980a0b7838af567c7495ea71ae846d14a48c34b1aec8560a8f7b0930ddaa9f89c1cc8a01058678019b1769836441e31bd4bfbc281"
        "1b776ceb8273b01cfba912a1275ec480a0495afeeade10b6f1e32eab8acf411874f58be202ed40b83bf209d5e4e6972c60a035e31a"
        "66f30e011ae4adfb358e557d68658478a0c50ebbd611e0b73cc434221e");
}

TEST(Signer, PersonalMessages) {
    EXPECT_EQ(to_hex(personal_message_hash("hello")),
              "0x50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750");
    EXPECT_EQ(
        sign_personal_message(*signer(), "hello").value(),
        "0xf63c93dc642a4839770b35abf9cb304ac2f1b5463d9a9abd87546feaa0af992e659cf087c433e45c45f6135cb819ab1922c6359d"
        "bb1b8c8d7a54141de2cd4beb1b");
}

TEST(Signer, FlashbotsHeaderSignsTheHexTextOfTheBodysHash) {
    constexpr std::string_view body =
        R"({"jsonrpc":"2.0","id":1,"method":"eth_callBundle","params":[{"txs":[],"blockNumber":"0x1"}]})";
    EXPECT_EQ(
        flashbots_signature(*signer(), body).value(),
        "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f:"
        "0x48d1205d3daa102e4fe0d00fdc2d64b4fb5d0a77a5b9dc2c5565ccc1993e20e57d597d0409e3c72d2dfad6c58dc7db6c9adba730"
        "632a4c6b39c245ba2ad6afb21b");
}

TEST(Signer, RefusesKeysThatAreNone) {
    for (const Hash& bad : {Hash{}, to_hash(secp256k1::order), to_hash(u256::max())}) {
        const auto refused = LocalSigner::from_key(bad);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().message, "the secret key is 0 or not below the order of secp256k1");
    }
    EXPECT_TRUE(LocalSigner::from_key(to_hash(secp256k1::order - u256{1})));
}

TEST(Signer, RefusesWhatNobodySigns) {
    Transaction deposit;
    deposit.type = TxType::deposit;
    EXPECT_FALSE(sign_transaction(*signer(), deposit));
    Transaction chainless;
    chainless.type = TxType::dynamic_fee;
    EXPECT_FALSE(sign_transaction(*signer(), chainless));
}

/// A device that answers with the key of another account.
class WrongSigner final : public Signer {
public:
    const Address& address() const noexcept override { return somebody; }
    Result<secp256k1::Signature> sign(const Hash& digest) const override { return *secp256k1::sign(digest, key); }
};

TEST(Signer, RefusesASignatureOfAnotherKey) {
    Transaction tx;
    tx.chain_id = 1;
    const auto refused = sign_transaction(WrongSigner{}, tx);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "the signer of 0x3535353535353535353535353535353535353535 gave a signature of "
              "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
}

}  // namespace
}  // namespace osprey::execute
