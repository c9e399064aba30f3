#pragma once
// Headers, blocks, receipts and logs.

#include <optional>
#include <vector>

#include "primitives/bytes.hpp"
#include "primitives/error.hpp"
#include "types/transaction.hpp"

namespace osprey {

struct Log {
    Address address;
    std::vector<Hash> topics;
    Bytes data;
    bool operator==(const Log&) const = default;
};

struct Receipt {
    TxType type = TxType::legacy;
    bool success = false;
    std::optional<Hash> post_state;  ///< before Byzantium: the state root after the transaction, in place of status
    uint64_t gas_used = 0;
    uint64_t cumulative_gas_used = 0;
    std::vector<Log> logs;
    std::optional<Address> contract_address;
    std::optional<uint64_t> deposit_nonce;    ///< OP stack, from Regolith
    std::optional<uint64_t> deposit_version;  ///< OP stack, from Canyon
    bool operator==(const Receipt&) const = default;
};

struct Withdrawal {
    uint64_t index = 0;
    uint64_t validator_index = 0;
    Address address;
    uint64_t amount = 0;  ///< gwei
    bool operator==(const Withdrawal&) const = default;
};

/// A block header; the optional fields came with the fork named beside them and are hashed when present.
struct Header {
    Hash parent_hash;
    Hash ommers_hash;
    Address coinbase;
    Hash state_root;
    Hash transactions_root;
    Hash receipts_root;
    Bloom logs_bloom;
    u256 difficulty;
    uint64_t number = 0;
    uint64_t gas_limit = 0;
    uint64_t gas_used = 0;
    uint64_t timestamp = 0;
    Bytes extra_data;
    Hash prev_randao;  ///< mixHash before Paris
    FixedBytes<8> nonce;
    std::optional<u256> base_fee_per_gas;          ///< wei; London
    std::optional<Hash> withdrawals_root;          ///< Shanghai
    std::optional<uint64_t> blob_gas_used;         ///< Cancun
    std::optional<uint64_t> excess_blob_gas;       ///< Cancun
    std::optional<Hash> parent_beacon_block_root;  ///< Cancun
    std::optional<Hash> requests_hash;             ///< Prague
    bool operator==(const Header&) const = default;
};

/// ommers_hash of a block without ommers: keccak256 of the empty RLP list.
inline constexpr Hash no_ommers_hash{
    {{0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
      0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47}}};

struct Block {
    Header header;
    Hash hash;
    std::vector<Transaction> transactions;
    std::vector<Header> ommers;  ///< empty when read from JSON, which has only their hashes
    std::vector<Hash> ommer_hashes;
    std::vector<Withdrawal> withdrawals;
    bool operator==(const Block&) const = default;
};

/// Optional fields up to the first that is absent: no header has one without those before it.
Bytes encode(const Header& header);
/// The number of fields tells the fork: 15, 16 (London), 17 (Shanghai), 20 (Cancun) or 21 (Prague), nothing between.
Result<Header> decode_header(BytesView rlp);
Hash hash_of(const Header& header);  ///< keccak256 of the encoding

/// A block as it travels and as blockRlp has it: [header, transactions, ommers, withdrawals?].
Bytes encode(const Block& block);
Result<Block> decode_block(BytesView rlp);

/// With its type byte, as it stands in the receipts trie. A deposit's nonce is part of it only together with its
/// version, from Canyon on (OP stack specification, "Deposit Receipt").
Bytes encode(const Receipt& receipt);
Bytes encode(const Receipt& receipt, const Bloom& bloom);  ///< the same with bloom_of(receipt.logs) at hand
Bloom bloom_of(std::span<const Log> logs);
Bloom bloom_of(std::span<const Receipt> receipts);  ///< the header's
void add_to_bloom(Bloom& bloom, const Log& log);
void add_to_bloom(Bloom& bloom, const Bloom& other);

}  // namespace osprey
