#include "chain/rpc/eth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "primitives/hex.hpp"
#include "types/json.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::chain {

using osprey::read_json;
static JsonStatus read_json(JsonElement e, PlacedLog& out) {
    if (auto done = osprey::read_json(e, out.log); !done) return done;
    return JsonObject{e}
        .required("blockNumber", out.block_number)
        .required("blockHash", out.block_hash)
        .required("logIndex", out.index)
        .optional("removed", out.removed)
        .end();
}

namespace {

template <class T>
Result<T> parse_json(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return std::unexpected(document.error());
    T out{};
    if (auto done = read_json(document->root(), out); !done) return std::unexpected(done.error().to_error());
    return out;
}

Result<uint64_t> quantity(Rpc& rpc, const char* method) {
    const auto reply = rpc.call(method, "[]");
    if (!reply) return std::unexpected(reply.error().to_error());
    auto out = parse_json<uint64_t>(*reply);
    if (!out) return std::unexpected(std::move(out.error()).in(std::string{method} + ": " + rpc.name()));
    return out;
}

/// The result of one call, read by `read`; none when it is null.
template <class Read>
auto optional_result(Rpc& rpc, const std::string& method, std::string params, const Read& read)
    -> Result<std::optional<typename decltype(read(std::string_view{}))::value_type>> {
    const auto reply = rpc.call(method, std::move(params));
    if (!reply) {
        // Most nodes answer null for a block that they do not have; some answer with an error.
        if (reply.error().kind == RpcFault::behind) return std::nullopt;
        return std::unexpected(reply.error().to_error());
    }
    if (*reply == "null") return std::nullopt;
    auto out = read(*reply);
    if (!out) return std::unexpected(std::move(out.error()).in(method + ": " + rpc.name()));
    return std::move(*out);
}

Result<Block> parse_checked_block(std::string_view json) {
    auto block = parse_block(json);
    if (!block) return block;
    if (auto checked = check_hashes(*block); !checked) return std::unexpected(std::move(checked.error()));
    return block;
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }
std::string quoted_hash(const Hash& hash) { return quoted(to_hex(hash)); }

void write_filter(JsonWriter& out, const LogFilter& filter) {
    if (!filter.addresses.empty()) {
        out.key("address").begin_array();
        for (const Address& address : filter.addresses) out.hex(address);
        out.end_array();
    }
    if (filter.topics.empty()) return;
    out.key("topics").begin_array();
    for (const auto& choices : filter.topics) {
        if (choices.empty()) {
            out.null();
            continue;
        }
        out.begin_array();
        for (const Hash& topic : choices) out.hex(topic);
        out.end_array();
    }
    out.end_array();
}

}  // namespace

std::string block_parameter(uint64_t number) { return fmt::format("0x{:x}", number); }

Result<std::string> parse_block_parameter(std::string_view text) {
    constexpr std::array<std::string_view, 5> tags = {"latest", "safe", "finalized", "pending", "earliest"};
    if (std::ranges::find(tags, text) != tags.end()) return std::string{text};
    if (text.starts_with("0x")) {
        const auto number = parse_quantity_u64(text);
        if (number) return block_parameter(*number);
    }
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && !text.empty()) return block_parameter(number);
    return fail(fmt::format("\"{}\" is no block: a number or latest, safe, finalized, pending, earliest", text));
}

Result<uint64_t> chain_id(Rpc& rpc) { return quantity(rpc, "eth_chainId"); }
Result<uint64_t> block_number(Rpc& rpc) { return quantity(rpc, "eth_blockNumber"); }

Result<BlockHeader> parse_header(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return std::unexpected(document.error());
    BlockHeader out;
    if (auto done = osprey::read_json(document->root(), out.header); !done)
        return std::unexpected(done.error().to_error());
    if (auto done = JsonObject{document->root()}.required("hash", out.hash).end(); !done)
        return std::unexpected(done.error().to_error());
    if (const Hash hash = hash_of(out.header); hash != out.hash)
        return fail(fmt::format("block {}: given as {}, the content has {}", out.header.number, to_hex(out.hash),
                                to_hex(hash)));
    return out;
}

Result<PlacedLog> parse_placed_log(std::string_view json) { return parse_json<PlacedLog>(json); }

Result<std::optional<BlockHeader>> header_at(Rpc& rpc, const std::string& block) {
    return optional_result(rpc, "eth_getBlockByNumber", "[" + quoted(block) + ",false]", parse_header);
}
Result<std::optional<BlockHeader>> header_by_hash(Rpc& rpc, const Hash& hash) {
    return optional_result(rpc, "eth_getBlockByHash", "[" + quoted_hash(hash) + ",false]", parse_header);
}
Result<std::optional<Block>> block_at(Rpc& rpc, const std::string& block) {
    return optional_result(rpc, "eth_getBlockByNumber", "[" + quoted(block) + ",true]", parse_checked_block);
}
Result<std::optional<Block>> block_by_hash(Rpc& rpc, const Hash& hash) {
    return optional_result(rpc, "eth_getBlockByHash", "[" + quoted_hash(hash) + ",true]", parse_checked_block);
}

Result<std::vector<Receipt>> receipts_of(Rpc& rpc, const Block& block) {
    const auto all = rpc.call("eth_getBlockReceipts", "[" + quoted(block_parameter(block.header.number)) + "]");
    if (all && *all != "null") {
        auto receipts = parse_receipts(*all);
        if (!receipts) return std::unexpected(std::move(receipts.error()).in("eth_getBlockReceipts: " + rpc.name()));
        return receipts;
    }
    if (!all && all.error().kind != RpcFault::node) return std::unexpected(all.error().to_error());
    std::vector<RpcRequest> requests;
    for (const Transaction& tx : block.transactions)
        requests.push_back({"eth_getTransactionReceipt", "[" + quoted_hash(tx.hash) + "]"});
    std::string array = "[";
    for (const RpcReply& reply : rpc.batch(requests)) {
        if (!reply) return std::unexpected(reply.error().to_error());
        if (array.size() > 1) array += ',';
        array += *reply;
    }
    return parse_receipts(array + "]");
}

Result<std::vector<std::optional<PlacedReceipt>>> receipts_by_hash(Rpc& rpc, std::span<const Hash> transactions) {
    std::vector<RpcRequest> requests;
    for (const Hash& hash : transactions)
        requests.push_back({"eth_getTransactionReceipt", "[" + quoted_hash(hash) + "]"});
    std::vector<std::optional<PlacedReceipt>> out;
    for (const RpcReply& reply : rpc.batch(requests)) {
        if (!reply) return std::unexpected(reply.error().to_error());
        if (*reply == "null") {
            out.emplace_back();
            continue;
        }
        const auto document = JsonDocument::parse(*reply);
        if (!document) return std::unexpected(Error{document.error()}.in("eth_getTransactionReceipt: " + rpc.name()));
        PlacedReceipt placed;
        JsonStatus done = read_json(document->root(), placed.receipt);
        if (done)
            done = JsonObject{document->root()}
                       .required("blockHash", placed.block_hash)
                       .required("blockNumber", placed.block_number)
                       .optional("effectiveGasPrice", placed.effective_gas_price)
                       .end();
        if (!done) return std::unexpected(done.error().to_error().in("eth_getTransactionReceipt: " + rpc.name()));
        out.push_back(std::move(placed));
    }
    return out;
}

Result<uint64_t> pending_nonce(Rpc& rpc, const Address& account) {
    const auto reply = rpc.call("eth_getTransactionCount", "[" + quoted(to_hex(account)) + ",\"pending\"]");
    if (!reply) return std::unexpected(reply.error().to_error());
    auto nonce = parse_json<uint64_t>(*reply);
    if (!nonce) return std::unexpected(std::move(nonce.error()).in("eth_getTransactionCount: " + rpc.name()));
    return nonce;
}

Result<std::vector<PlacedLog>> logs_of(Rpc& rpc, const LogFilter& filter) {
    JsonWriter out;
    out.begin_array().begin_object();
    out.member("fromBlock", block_parameter(filter.from)).member("toBlock", block_parameter(filter.to));
    write_filter(out, filter);
    out.end_object().end_array();
    const auto reply = rpc.call("eth_getLogs", std::move(out).take());
    if (!reply) return std::unexpected(reply.error().to_error());
    auto logs = parse_json<std::vector<PlacedLog>>(*reply);
    if (!logs) return std::unexpected(std::move(logs.error()).in("eth_getLogs: " + rpc.name()));
    return logs;
}

Result<std::vector<std::vector<PlacedLog>>> logs_of_blocks(Rpc& rpc, std::span<const Hash> blocks,
                                                           const LogFilter& filter) {
    std::vector<RpcRequest> requests;
    for (const Hash& block : blocks) {
        JsonWriter out;
        out.begin_array().begin_object().member("blockHash", block);
        write_filter(out, filter);
        out.end_object().end_array();
        requests.push_back({"eth_getLogs", std::move(out).take()});
    }
    std::vector<std::vector<PlacedLog>> out;
    for (const RpcReply& reply : rpc.batch(requests)) {
        if (!reply) return std::unexpected(reply.error().to_error());
        auto logs = parse_json<std::vector<PlacedLog>>(*reply);
        if (!logs) return std::unexpected(std::move(logs.error()).in("eth_getLogs: " + rpc.name()));
        for (const PlacedLog& log : *logs)
            if (log.block_hash != blocks[out.size()])
                return fail("eth_getLogs: " + rpc.name() + ": asked for one block's logs, told of another's");
        out.push_back(std::move(*logs));
    }
    return out;
}

}  // namespace osprey::chain
