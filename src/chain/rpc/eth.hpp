#pragma once
// The eth_ namespace, typed. An error names the method and the node.

#include <optional>
#include <string>

#include "chain/rpc/rpc.hpp"
#include "types/block.hpp"

namespace osprey::chain {

/// A block as JSON-RPC names it: a number or a tag such as "latest"; quotes are added.
std::string block_parameter(uint64_t number);
/// A decimal number, 0x-hex, or one of latest, safe, finalized, pending, earliest. For what people type.
Result<std::string> parse_block_parameter(std::string_view text);

Result<uint64_t> chain_id(Rpc& rpc);
Result<uint64_t> block_number(Rpc& rpc);

struct BlockHeader {
    Header header;
    Hash hash;  ///< as the node says; equal to hash_of(header), or the read fails
};
/// `block`: as block_parameter() gives it. none: the node has no such block.
Result<std::optional<BlockHeader>> header_at(Rpc& rpc, const std::string& block);
Result<std::optional<BlockHeader>> header_by_hash(Rpc& rpc, const Hash& hash);
/// With its transactions; hashes are checked against the content.
Result<std::optional<Block>> block_at(Rpc& rpc, const std::string& block);
Result<std::optional<Block>> block_by_hash(Rpc& rpc, const Hash& hash);
/// By eth_getBlockReceipts, or one by one where the node lacks that.
Result<std::vector<Receipt>> receipts_of(Rpc& rpc, const Block& block);

/// What became of one transaction, and where.
struct PlacedReceipt {
    Receipt receipt;
    Hash block_hash;
    uint64_t block_number = 0;
    u256 effective_gas_price;  ///< wei a gas
};
/// By hash, in one batch; none: it is in no block that the node knows of.
Result<std::vector<std::optional<PlacedReceipt>>> receipts_by_hash(Rpc& rpc, std::span<const Hash> transactions);
/// The account's next nonce, counting what waits for a block too.
Result<uint64_t> pending_nonce(Rpc& rpc, const Address& account);

/// A log and where in the chain it is.
struct PlacedLog {
    Log log;
    uint64_t block_number = 0;
    Hash block_hash;
    uint64_t index = 0;    ///< in its block
    bool removed = false;  ///< its block is no longer part of the chain
};
struct LogFilter {
    uint64_t from = 0, to = 0;
    std::vector<Address> addresses;         ///< empty: any
    std::vector<std::vector<Hash>> topics;  ///< by place; an empty one: any
};
Result<std::vector<PlacedLog>> logs_of(Rpc& rpc, const LogFilter& filter);
/// Of each block by its hash, in one batch; the filter's range is not looked at.
Result<std::vector<std::vector<PlacedLog>>> logs_of_blocks(Rpc& rpc, std::span<const Hash> blocks,
                                                           const LogFilter& filter);

/// Readers of results, for those that come by subscription.
Result<BlockHeader> parse_header(std::string_view json);
Result<PlacedLog> parse_placed_log(std::string_view json);

}  // namespace osprey::chain
