#pragma once
// The JSON-RPC forms of blocks, transactions and receipts, read and written.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "primitives/error.hpp"
#include "types/block.hpp"
#include "types/json_writer.hpp"

namespace osprey {

/// As eth_getBlockByNumber(n, true) returns it. Hashes are taken as given (and computed when absent): check_hashes() is
/// for whoever does not trust the source. Ommers come as hashes only.
Result<Block> parse_block(std::string_view json);
/// As eth_getTransactionByHash returns it; without a type it is a legacy one. The hash is computed when absent. The
/// sender is "from", or recovered when that is absent; authorities are always recovered.
Result<Transaction> parse_transaction(std::string_view json);
/// As eth_getBlockReceipts returns them; logsBloom may be absent. Before Byzantium "root" stands in place of "status",
/// and a receipt may have neither (recordings made without the state): `success` is false then and tells nothing.
Result<std::vector<Receipt>> parse_receipts(std::string_view json);

/// The text with every bare integer of 20 digits or more in quotes: no parser here reads a number beyond 64 bits, and
/// some programs write them.
std::string quote_large_integers(std::string_view json);

/// Recomputes the block's and its transactions' hashes from their content; the error names what differs.
Result<void> check_hashes(const Block& block);

void write_json(JsonWriter& w, const Log& log);
/// Without its place in a block. gasPrice of the types with a maximum fee is that fee, as for a pending one.
void write_json(JsonWriter& w, const Transaction& tx);
void write_json(JsonWriter& w, const Withdrawal& withdrawal);
/// With its transactions in full.
void write_json(JsonWriter& w, const Block& block);
/// The block's receipts as an array, in the form of a recording: no bloom, logs without their place.
void write_json(JsonWriter& w, const Block& block, std::span<const Receipt> receipts);

}  // namespace osprey
