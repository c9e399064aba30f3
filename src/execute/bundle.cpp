#include "execute/bundle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "types/json_reader.hpp"

namespace osprey::execute {

namespace {
bool has(const std::vector<Hash>& list, const Hash& hash) noexcept {
    return std::ranges::find(list, hash) != list.end();
}
}  // namespace

bool Bundle::may_revert(const Hash& tx) const noexcept { return has(reverting_tx_hashes, tx); }
bool Bundle::may_be_dropped(const Hash& tx) const noexcept { return has(dropping_tx_hashes, tx); }

Hash bundle_hash(std::span<const Transaction> transactions) {
    Bytes hashes;
    hashes.reserve(32 * transactions.size());
    for (const Transaction& tx : transactions) hashes.insert(hashes.end(), tx.hash.bytes.begin(), tx.hash.bytes.end());
    return keccak256(hashes);
}

Result<std::vector<Transaction>> decode_transactions(std::span<const Bytes> raw) {
    if (raw.empty()) return fail("a bundle without transactions");
    if (raw.size() > max_bundle_transactions)
        return fail(fmt::format("{} transactions, at most {}", raw.size(), max_bundle_transactions));
    size_t bytes = 0;
    for (const Bytes& encoding : raw) bytes += encoding.size();
    if (bytes > max_bundle_bytes) return fail(fmt::format("{} bytes, at most {}", bytes, max_bundle_bytes));

    std::vector<Transaction> transactions;
    transactions.reserve(raw.size());
    for (size_t i = 0; i < raw.size(); ++i) {
        auto tx = decode_transaction(raw[i]);
        if (!tx) return std::unexpected(std::move(tx.error()).in(fmt::format("txs[{}]", i)));
        if (auto done = recover_senders(*tx); !done)
            return std::unexpected(std::move(done.error()).in(fmt::format("txs[{}]", i)));
        const auto same = std::ranges::find(transactions, tx->hash, &Transaction::hash);
        if (same != transactions.end())
            return fail(fmt::format("txs[{}]: the same transaction as txs[{}]", i, same - transactions.begin()));
        transactions.push_back(std::move(*tx));
    }
    return transactions;
}

namespace {

/// Clients write these as quantities, as numbers and as decimal text.
JsonStatus read_u64(JsonElement e, uint64_t& out) {
    u256 v;
    if (auto done = read_json_integer(e, v); !done) return done;
    if (!v.fits_u64()) return json_fail("does not fit 64 bits");
    out = v.w[0];
    return {};
}

struct Number {
    uint64_t value = 0;
    friend JsonStatus read_json(JsonElement e, Number& out) { return read_u64(e, out.value); }
};
struct Wei {
    u256 value;
    friend JsonStatus read_json(JsonElement e, Wei& out) { return read_json_integer(e, out.value); }
};
/// "latest" and "pending" are none.
struct BlockTag {
    std::optional<uint64_t> number;
    friend JsonStatus read_json(JsonElement e, BlockTag& out) {
        std::string_view text;
        if (e.get(text) == simdjson::SUCCESS && (text == "latest" || text == "pending")) return {};
        return read_u64(e, out.number.emplace());
    }
};

std::optional<uint64_t> value_of(const std::optional<Number>& n) { return n ? std::optional{n->value} : std::nullopt; }

JsonStatus read_request(JsonElement e, CallBundleRequest& out) {
    simdjson::dom::array array;
    if (e.get(array) == simdjson::SUCCESS) {
        if (array.size() != 1) return json_fail(fmt::format("{} parameters, not one", array.size()));
        auto done = read_request(array.at(0).value_unsafe(), out);
        if (!done) return std::unexpected(std::move(done.error()).in_item(0));
        return {};
    }
    JsonObject object{e};
    if (const auto params = object.ok() ? object.find("params") : std::nullopt) {
        auto done = read_request(*params, out);
        if (!done) return std::unexpected(std::move(done.error()).in_member("params"));
        return {};
    }
    std::vector<Bytes> raw;
    Number block;
    std::optional<Number> timestamp, minimum, maximum, gas_limit;
    std::optional<BlockTag> state;
    std::optional<Wei> base_fee;
    Bundle& bundle = out.bundle;
    object.required("txs", raw).required("blockNumber", block).optional("stateBlockNumber", state);
    object.optional("timestamp", timestamp).optional("minTimestamp", minimum).optional("maxTimestamp", maximum);
    object.optional("revertingTxHashes", bundle.reverting_tx_hashes);
    object.optional("droppingTxHashes", bundle.dropping_tx_hashes);
    object.optional("coinbase", out.coinbase).optional("gasLimit", gas_limit).optional("baseFee", base_fee);
    if (auto done = object.end(); !done) return done;

    auto transactions = decode_transactions(raw);
    if (!transactions) return json_fail(std::move(transactions.error().message));
    bundle.transactions = std::move(*transactions);
    bundle.block_number = block.value;
    bundle.min_timestamp = value_of(minimum);
    bundle.max_timestamp = value_of(maximum);
    if (bundle.max_timestamp == uint64_t{0}) bundle.max_timestamp.reset();  // how some clients say "none"
    out.timestamp = value_of(timestamp);
    out.gas_limit = value_of(gas_limit);
    if (state) out.state_block_number = state->number;
    out.on_latest = state && !state->number;
    if (base_fee) out.base_fee = base_fee->value;
    for (const auto* list : {&bundle.reverting_tx_hashes, &bundle.dropping_tx_hashes})
        for (const Hash& hash : *list)
            if (std::ranges::find(bundle.transactions, hash, &Transaction::hash) == bundle.transactions.end())
                return json_fail(fmt::format("{}TxHashes: {} is not in the bundle",
                                             list == &bundle.reverting_tx_hashes ? "reverting" : "dropping",
                                             to_hex(hash)));
    return {};
}

}  // namespace

Result<CallBundleRequest> parse_call_bundle(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return std::unexpected(document.error());
    CallBundleRequest request;
    if (auto done = read_request(document->root(), request); !done) return std::unexpected(done.error().to_error());
    return request;
}

}  // namespace osprey::execute
