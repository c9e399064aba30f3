#pragma once
// One well-formed, signed transaction of each type, with every field different from its default.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/secp256k1.hpp"
#include "types/transaction.hpp"

namespace osprey::samples {

using namespace literals;

inline testing::AssertionResult contains(const std::string& text, std::string_view part) {
    if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << '"' << text << "\" does not contain \"" << part << '"';
}

inline constexpr Hash secret_key = "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"_hash;
inline constexpr Hash other_key = "0x00000000000000000000000000000000000000000000000000000000000000a7"_hash;

inline secp256k1::Signature signature_of(const Hash& digest, const Hash& key) {
    const auto signature = secp256k1::sign(digest, key);
    if (!signature) throw std::logic_error("the key does not sign");
    return *signature;
}

/// Signs, and fills hash and sender.
inline void sign(Transaction& tx, const Hash& key) {
    const auto signature = signature_of(signing_hash(tx), key);
    tx.r = signature.r;
    tx.s = signature.s;
    tx.y_parity = signature.y_parity;
    tx.hash = keccak256(encode(tx));
    tx.sender = secp256k1::address_of(key).value();
}

inline Authorization sample_authorization() {
    Authorization a{
        .chain_id = 1, .address = "0x63c0c19a282a1b52b07dd5a65b58948a07dae32b"_address, .nonce = 7, .y_parity = 0};
    const auto signature = signature_of(authorization_hash(a), other_key);
    a.r = signature.r;
    a.s = signature.s;
    a.y_parity = signature.y_parity ? 1 : 0;
    a.signer = secp256k1::address_of(other_key);
    return a;
}

inline Transaction sample(TxType type) {
    Transaction tx{.type = type,
                   .gas_limit = 210'000,
                   .to = "0x7a250d5630b4cf539739df2c5dacb4c659f2488d"_address,
                   .value = 0x1234567890abcdef1234567890_u256,
                   .data = {0x38, 0xed, 0x17, 0x39, 0x00, 0xff}};
    if (type == TxType::deposit) {
        tx.source_hash = "0x3fdf1e0859d7b1dcfc60867ad89fe5980f41367f625b9aab4a929811026c7f7d"_hash;
        tx.sender = "0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001"_address;
        tx.mint = 0xde0b6b3a7640000_u256;
        tx.is_system = true;
        tx.hash = keccak256(encode(tx));
        return tx;
    }
    tx.chain_id = 1;
    tx.nonce = 300;
    tx.max_fee_per_gas = 40'000'000'000;
    tx.max_priority_fee_per_gas =
        type == TxType::legacy || type == TxType::access_list ? tx.max_fee_per_gas : u256{1'000'000'000};
    if (type != TxType::legacy)
        tx.access_list = {
            {.address = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address,
             .storage_keys = {Hash{}, "0x0000000000000000000000000000000000000000000000000000000000000001"_hash}},
            {.address = "0xdac17f958d2ee523a2206206994597c13d831ec7"_address, .storage_keys = {}}};
    if (type == TxType::blob) {
        tx.max_fee_per_blob_gas = 5'000'000'000;
        tx.blob_hashes = {"0x0193b37ba7c5c3b8b7fc1ff54a0bdc0fe1f917c265cf67a3a7e659ca4ea27c4b"_hash};
    }
    if (type == TxType::set_code) tx.authorizations = {sample_authorization()};
    sign(tx, secret_key);
    return tx;
}

}  // namespace osprey::samples
