#pragma once
// Transactions of types 0 to 4 (EIP-2718 and what followed), as values.

#include <optional>
#include <vector>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"

namespace osprey {

enum class TxType : uint8_t {
    legacy = 0,
    access_list = 1,  ///< EIP-2930
    dynamic_fee = 2,  ///< EIP-1559
    blob = 3,         ///< EIP-4844
    set_code = 4,     ///< EIP-7702
    deposit = 0x7e,   ///< OP stack
};

struct AccessListEntry {
    Address address;
    std::vector<Hash> storage_keys;
    bool operator==(const AccessListEntry&) const = default;
};

/// EIP-7702 authorization tuple.
struct Authorization {
    u256 chain_id;
    Address address;
    uint64_t nonce = 0;
    u256 y_parity;
    u256 r, s;
    std::optional<Address> signer;  ///< recovered; none when the signature is invalid
    bool operator==(const Authorization&) const = default;
};

struct Transaction {
    TxType type = TxType::legacy;
    std::optional<uint64_t> chain_id;  ///< none: a legacy transaction without EIP-155
    uint64_t nonce = 0;
    u256 max_fee_per_gas;           ///< wei; gasPrice for types 0 and 1
    u256 max_priority_fee_per_gas;  ///< wei; gasPrice for types 0 and 1
    uint64_t gas_limit = 0;
    std::optional<Address> to;  ///< none: contract creation
    u256 value;                 ///< wei
    Bytes data;
    std::vector<AccessListEntry> access_list;
    u256 max_fee_per_blob_gas;  ///< wei
    std::vector<Hash> blob_hashes;
    std::vector<Authorization> authorizations;
    bool y_parity = false;
    u256 r, s;

    Hash hash;       ///< keccak256 of the encoding
    Address sender;  ///< recovered from the signature (or given, where a test or a simulation says so)

    // OP-stack deposit (type 0x7e)
    Hash source_hash;
    u256 mint;  ///< wei
    bool is_system = false;

    bool operator==(const Transaction&) const = default;
};

/// None for a type byte that no transaction here has.
std::optional<TxType> known_tx_type(uint64_t type) noexcept;

/// The canonical (network, not blob-sidecar) encoding: RLP for type 0, type byte and RLP for the rest.
Bytes encode(const Transaction& tx);
/// Strict: canonical RLP, known type, field sizes as their EIPs have them. Fills hash; not sender.
Result<Transaction> decode_transaction(BytesView encoding);
/// Sets chain id and parity from a legacy transaction's v: 27 or 28, or 35 + 2 * chain id + parity (EIP-155).
Result<void> set_legacy_v(Transaction& tx, const u256& v);
/// The v that set_legacy_v() takes apart.
u256 legacy_v(const Transaction& tx);
/// The hash that is signed; zero for a deposit, which nobody signs.
Hash signing_hash(const Transaction& tx);
/// Recovers sender and the signers of authorizations. An error when the signature gives none, or s is high and
/// `homestead` (EIP-2) holds.
Result<void> recover_senders(Transaction& tx, bool homestead = true);
/// The part of recover_senders() that concerns EIP-7702. An invalid signature leaves its signer empty: it spoils only
/// that authorization, not the transaction.
void recover_authorities(Transaction& tx);
/// EIP-7702: keccak256(0x05 || rlp([chain_id, address, nonce])).
Hash authorization_hash(const Authorization& a);

}  // namespace osprey
