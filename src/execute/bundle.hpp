#pragma once
// A bundle: signed transactions in an order, with the conditions under which they may be included.

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "primitives/error.hpp"
#include "types/transaction.hpp"

namespace osprey::execute {

/// Limits of the Flashbots builder.
inline constexpr size_t max_bundle_transactions = 100;
inline constexpr size_t max_bundle_bytes = 300'000;

struct Bundle {
    std::vector<Transaction> transactions;  ///< with senders and, for EIP-7702, authorities recovered
    uint64_t block_number = 0;              ///< the block that it is for
    std::optional<uint64_t> min_timestamp;  ///< seconds, inclusive
    std::optional<uint64_t> max_timestamp;
    std::vector<Hash> reverting_tx_hashes;  ///< may fail and stay in
    std::vector<Hash> dropping_tx_hashes;   ///< left out when they fail or are invalid in their place

    bool may_revert(const Hash& tx) const noexcept;
    bool may_be_dropped(const Hash& tx) const noexcept;
};

/// keccak256 of the transactions' hashes one after the other: what builders call the bundle by.
Hash bundle_hash(std::span<const Transaction> transactions);

/// Decodes and recovers; in the error, transactions are counted from 0. Refuses an empty bundle, one beyond the limits
/// and one in which a transaction stands twice.
Result<std::vector<Transaction>> decode_transactions(std::span<const Bytes> raw);

/// What eth_callBundle asks for: the bundle and where to try it. Members that are absent are none.
struct CallBundleRequest {
    Bundle bundle;
    /// The block whose state it runs on; none: the one before the bundle's.
    std::optional<uint64_t> state_block_number;
    bool on_latest = false;             ///< stateBlockNumber is "latest"
    std::optional<uint64_t> timestamp;  ///< seconds
    std::optional<Address> coinbase;
    std::optional<uint64_t> gas_limit;
    std::optional<u256> base_fee;  ///< wei
};
/// The parameter object of eth_callBundle or eth_sendBundle, an array that holds it, or the JSON-RPC request around
/// it. blockNumber as a quantity or a number.
Result<CallBundleRequest> parse_call_bundle(std::string_view json);

}  // namespace osprey::execute
