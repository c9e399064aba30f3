#pragma once
// What a node says of an account and its slots, with the proof of it (EIP-1186, eth_getProof).

#include <vector>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"
#include "primitives/u256.hpp"

namespace osprey::chain {

struct StorageProof {
    u256 key;
    u256 value;
    std::vector<Bytes> nodes;
};
struct AccountProof {
    u256 balance;
    uint64_t nonce = 0;
    Hash code_hash, storage_hash;
    std::vector<Bytes> nodes;
    std::vector<StorageProof> storage;
};

/// The answer of eth_getProof.
Result<AccountProof> parse_account_proof(std::string_view json);

/// True: the account exists. An error: the proof does not prove what the node says, on a state of this root.
Result<bool> check_proof(const AccountProof& account, const Address& address, const Hash& root);

}  // namespace osprey::chain
