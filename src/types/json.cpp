#include "types/json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "types/json_reader.hpp"

namespace osprey {

// --- reading ----------------------------------------------------------------------------------

JsonStatus read_json(JsonElement e, AccessListEntry& out) {
    return JsonObject{e}.required("address", out.address).required("storageKeys", out.storage_keys).end();
}

JsonStatus read_json(JsonElement e, Authorization& out) {
    JsonObject o{e};
    o.required("chainId", out.chain_id).required("address", out.address).required("nonce", out.nonce);
    // Nodes have written the parity under both names.
    o.required(o.find("yParity") ? "yParity" : "v", out.y_parity).required("r", out.r).required("s", out.s);
    return o.end();
}

static void read_type(JsonObject& o, TxType& out) {
    uint64_t number = 0;
    o.optional("type", number);
    if (!o.ok()) return;
    if (const auto type = known_tx_type(number)) {
        out = *type;
    } else {
        o.refuse("type", fmt::format("transaction type {:#x} is not known", number));
    }
}

static void read_signature(JsonObject& o, Transaction& tx) {
    o.required("r", tx.r).required("s", tx.s);
    if (tx.type == TxType::legacy) {
        u256 v;
        std::optional<uint64_t> chain_id;
        o.required("v", v).optional("chainId", chain_id);
        if (!o.ok()) return;
        if (auto done = set_legacy_v(tx, v); !done) return o.refuse("v", done.error().message);
        if (chain_id && tx.chain_id && *chain_id != *tx.chain_id)
            o.refuse("chainId", fmt::format("is {}, but v says {}", *chain_id, *tx.chain_id));
        return;
    }
    std::optional<u256> parity, v;
    o.required("chainId", tx.chain_id.emplace()).optional("yParity", parity).optional("v", v);
    if (!o.ok()) return;
    if (!parity && !v) return o.refuse("yParity", "missing");
    if (parity && v && *parity != *v) return o.refuse("yParity", "differs from v");
    const auto& given = parity ? *parity : *v;
    if (given > u256{1}) return o.refuse(parity ? "yParity" : "v", "must be 0 or 1");
    tx.y_parity = given == u256{1};
}

static void read_fees(JsonObject& o, Transaction& tx) {
    if (tx.type == TxType::deposit) return;
    if (tx.type == TxType::legacy || tx.type == TxType::access_list) {
        o.required("gasPrice", tx.max_fee_per_gas);
        tx.max_priority_fee_per_gas = tx.max_fee_per_gas;
    } else {
        // gasPrice is the effective price here, no part of the transaction.
        o.required("maxFeePerGas", tx.max_fee_per_gas).required("maxPriorityFeePerGas", tx.max_priority_fee_per_gas);
    }
    if (tx.type == TxType::blob) o.required("maxFeePerBlobGas", tx.max_fee_per_blob_gas);
}

JsonStatus read_json(JsonElement e, Transaction& out) {
    JsonObject o{e};
    Transaction tx;
    read_type(o, tx.type);
    if (!o.ok()) return o.end();
    o.required("gas", tx.gas_limit).required("value", tx.value);
    o.required(o.find("input") ? "input" : "data", tx.data);
    if (tx.type == TxType::blob || tx.type == TxType::set_code) {
        o.required("to", tx.to.emplace());
    } else {
        o.optional("to", tx.to);
    }
    read_fees(o, tx);
    if (tx.type == TxType::deposit) {
        // The nonce beside it is the sender's at execution, which belongs to the receipt.
        o.required("sourceHash", tx.source_hash).optional("mint", tx.mint).optional("isSystemTx", tx.is_system);
        o.required("from", tx.sender);
    } else {
        o.required("nonce", tx.nonce);
        if (tx.type != TxType::legacy) o.required("accessList", tx.access_list);
        if (tx.type == TxType::blob) o.required("blobVersionedHashes", tx.blob_hashes);
        if (tx.type == TxType::set_code) o.required("authorizationList", tx.authorizations);
        read_signature(o, tx);
    }
    std::optional<Hash> hash;
    std::optional<Address> from;
    o.optional("hash", hash).optional("from", from);
    if (auto done = o.end(); !done) return done;

    tx.hash = hash ? *hash : keccak256(encode(tx));
    if (from) {
        tx.sender = *from;
        recover_authorities(tx);
    } else if (auto done = recover_senders(tx); !done) {
        return json_fail(done.error().message);
    }
    out = std::move(tx);
    return {};
}

JsonStatus read_json(JsonElement e, Log& out) {
    JsonObject o{e};
    o.required("address", out.address).required("topics", out.topics).required("data", out.data);
    if (o.ok() && out.topics.size() > 4) o.refuse("topics", "has more than 4 items");
    return o.end();
}

JsonStatus read_json(JsonElement e, Receipt& out) {
    JsonObject o{e};
    read_type(o, out.type);
    std::optional<uint64_t> status;
    o.optional("status", status).optional("root", out.post_state);
    if (status && *status > 1) o.refuse("status", "must be 0 or 1");
    out.success = status == 1;
    // Some nodes give the post-state root beside the status; it is hashed only where there is no status.
    if (status) out.post_state.reset();
    o.required("gasUsed", out.gas_used).required("cumulativeGasUsed", out.cumulative_gas_used);
    o.required("logs", out.logs).optional("contractAddress", out.contract_address);
    if (out.type == TxType::deposit)
        o.optional("depositNonce", out.deposit_nonce).optional("depositReceiptVersion", out.deposit_version);
    return o.end();
}

JsonStatus read_json(JsonElement e, Withdrawal& out) {
    JsonObject o{e};
    o.required("index", out.index).required("validatorIndex", out.validator_index);
    return o.required("address", out.address).required("amount", out.amount).end();
}

JsonStatus read_json(JsonElement e, Header& out) {
    JsonObject o{e};
    o.required("parentHash", out.parent_hash).required("sha3Uncles", out.ommers_hash).required("miner", out.coinbase);
    o.required("stateRoot", out.state_root).required("transactionsRoot", out.transactions_root);
    o.required("receiptsRoot", out.receipts_root).required("logsBloom", out.logs_bloom);
    o.required("difficulty", out.difficulty).required("number", out.number).required("gasLimit", out.gas_limit);
    o.required("gasUsed", out.gas_used).required("timestamp", out.timestamp).required("extraData", out.extra_data);
    o.required("mixHash", out.prev_randao).required("nonce", out.nonce);
    o.optional("baseFeePerGas", out.base_fee_per_gas).optional("withdrawalsRoot", out.withdrawals_root);
    o.optional("blobGasUsed", out.blob_gas_used).optional("excessBlobGas", out.excess_blob_gas);
    o.optional("parentBeaconBlockRoot", out.parent_beacon_block_root).optional("requestsHash", out.requests_hash);
    // Each needs all those before it: the hash is over a list without gaps.
    const std::pair<std::string_view, bool> fields[] = {
        {"baseFeePerGas", out.base_fee_per_gas.has_value()},
        {"withdrawalsRoot", out.withdrawals_root.has_value()},
        {"blobGasUsed", out.blob_gas_used.has_value()},
        {"excessBlobGas", out.excess_blob_gas.has_value()},
        {"parentBeaconBlockRoot", out.parent_beacon_block_root.has_value()},
        {"requestsHash", out.requests_hash.has_value()},
    };
    for (size_t i = 1; i < std::size(fields); ++i)
        if (fields[i].second && !fields[i - 1].second)
            o.refuse(fields[i - 1].first, fmt::format("missing, though {} is there", fields[i].first));
    if (out.blob_gas_used && !out.parent_beacon_block_root)
        o.refuse("parentBeaconBlockRoot", "missing, though blobGasUsed is there");
    return o.end();
}

JsonStatus read_json(JsonElement e, Block& out) {
    if (auto done = read_json(e, out.header); !done) return done;
    JsonObject o{e};
    std::optional<Hash> hash;
    o.optional("hash", hash).required("transactions", out.transactions);
    // Under proof of stake there are none, and some sources leave the empty list out.
    if (o.find("uncles") || out.header.ommers_hash != no_ommers_hash) o.required("uncles", out.ommer_hashes);
    if (out.header.withdrawals_root) o.required("withdrawals", out.withdrawals);
    out.hash = hash ? *hash : hash_of(out.header);
    return o.end();
}

template <class T>
static Result<T> parse_json(std::string_view text) {
    const auto document = JsonDocument::parse(text);
    if (!document) return std::unexpected(document.error());
    T value;
    if (const auto done = read_json(document->root(), value); !done) return std::unexpected(done.error().to_error());
    return value;
}

Result<Block> parse_block(std::string_view json) { return parse_json<Block>(json); }
Result<Transaction> parse_transaction(std::string_view json) { return parse_json<Transaction>(json); }
Result<std::vector<Receipt>> parse_receipts(std::string_view json) { return parse_json<std::vector<Receipt>>(json); }

Result<void> check_hashes(const Block& block) {
    const auto header = hash_of(block.header);
    if (header != block.hash)
        return fail(fmt::format("block {}: hash is given as {}, the header hashes to {}", block.header.number,
                                to_hex(block.hash), to_hex(header)));
    for (size_t i = 0; i < block.transactions.size(); ++i) {
        const auto& tx = block.transactions[i];
        const auto hash = keccak256(encode(tx));
        if (hash != tx.hash)
            return fail(fmt::format("block {}: transactions[{}].hash is given as {}, the content hashes to {}",
                                    block.header.number, i, to_hex(tx.hash), to_hex(hash)));
    }
    return {};
}

// --- writing ----------------------------------------------------------------------------------

static void write_hashes(JsonWriter& w, std::string_view name, std::span<const Hash> hashes) {
    w.key(name).begin_array();
    for (const auto& hash : hashes) w.hex(hash);
    w.end_array();
}

static void write_address(JsonWriter& w, std::string_view name, const std::optional<Address>& address) {
    w.key(name);
    if (address) {
        w.hex(*address);
    } else {
        w.null();
    }
}

static JsonWriter& write_type(JsonWriter& w, TxType type) {
    return w.key("type").quantity(static_cast<uint64_t>(type));
}

void write_json(JsonWriter& w, const Log& log) {
    w.begin_object().member("address", log.address);
    write_hashes(w, "topics", log.topics);
    w.member("data", BytesView{log.data}).end_object();
}

static void write_members(JsonWriter& w, const Transaction& tx) {
    write_type(w, tx.type).member("hash", tx.hash).member("from", tx.sender);
    write_address(w, "to", tx.to);
    w.key("nonce").quantity(tx.nonce).key("gas").quantity(tx.gas_limit);
    w.key("value").quantity(tx.value).member("input", BytesView{tx.data}).key("gasPrice").quantity(tx.max_fee_per_gas);
    if (tx.type == TxType::deposit) {
        w.member("sourceHash", tx.source_hash).key("mint").quantity(tx.mint).member("isSystemTx", tx.is_system);
        return;
    }
    if (tx.type != TxType::legacy) {
        w.key("accessList").begin_array();
        for (const auto& entry : tx.access_list) {
            w.begin_object().member("address", entry.address);
            write_hashes(w, "storageKeys", entry.storage_keys);
            w.end_object();
        }
        w.end_array();
    }
    if (tx.type != TxType::legacy && tx.type != TxType::access_list) {
        w.key("maxFeePerGas").quantity(tx.max_fee_per_gas);
        w.key("maxPriorityFeePerGas").quantity(tx.max_priority_fee_per_gas);
    }
    if (tx.type == TxType::blob) {
        w.key("maxFeePerBlobGas").quantity(tx.max_fee_per_blob_gas);
        write_hashes(w, "blobVersionedHashes", tx.blob_hashes);
    }
    if (tx.type == TxType::set_code) {
        w.key("authorizationList").begin_array();
        for (const auto& a : tx.authorizations) {
            w.begin_object().key("chainId").quantity(a.chain_id).member("address", a.address);
            w.key("nonce").quantity(a.nonce).key("yParity").quantity(a.y_parity);
            w.key("r").quantity(a.r).key("s").quantity(a.s).end_object();
        }
        w.end_array();
    }
    if (tx.chain_id) w.key("chainId").quantity(*tx.chain_id);
    const u256 parity{tx.y_parity ? 1U : 0U};
    w.key("v").quantity(tx.type == TxType::legacy ? legacy_v(tx) : parity);
    if (tx.type != TxType::legacy) w.key("yParity").quantity(parity);
    w.key("r").quantity(tx.r).key("s").quantity(tx.s);
}

void write_json(JsonWriter& w, const Transaction& tx) {
    w.begin_object();
    write_members(w, tx);
    w.end_object();
}

void write_json(JsonWriter& w, const Withdrawal& withdrawal) {
    w.begin_object().key("index").quantity(withdrawal.index);
    w.key("validatorIndex").quantity(withdrawal.validator_index);
    w.member("address", withdrawal.address).key("amount").quantity(withdrawal.amount).end_object();
}

static void write_members(JsonWriter& w, const Header& h) {
    w.key("number").quantity(h.number).member("parentHash", h.parent_hash).member("sha3Uncles", h.ommers_hash);
    w.member("miner", h.coinbase).member("stateRoot", h.state_root).member("transactionsRoot", h.transactions_root);
    w.member("receiptsRoot", h.receipts_root).member("logsBloom", h.logs_bloom);
    w.key("difficulty").quantity(h.difficulty).key("gasLimit").quantity(h.gas_limit);
    w.key("gasUsed").quantity(h.gas_used).key("timestamp").quantity(h.timestamp);
    w.member("extraData", BytesView{h.extra_data}).member("mixHash", h.prev_randao).member("nonce", h.nonce);
    if (h.base_fee_per_gas) w.key("baseFeePerGas").quantity(*h.base_fee_per_gas);
    if (h.withdrawals_root) w.member("withdrawalsRoot", *h.withdrawals_root);
    if (h.blob_gas_used) w.key("blobGasUsed").quantity(*h.blob_gas_used);
    if (h.excess_blob_gas) w.key("excessBlobGas").quantity(*h.excess_blob_gas);
    if (h.parent_beacon_block_root) w.member("parentBeaconBlockRoot", *h.parent_beacon_block_root);
    if (h.requests_hash) w.member("requestsHash", *h.requests_hash);
}

void write_json(JsonWriter& w, const Block& block) {
    w.begin_object().member("hash", block.hash);
    write_members(w, block.header);
    w.key("transactions").begin_array();
    for (size_t i = 0; i < block.transactions.size(); ++i) {
        w.begin_object();
        write_members(w, block.transactions[i]);
        w.member("blockHash", block.hash).key("blockNumber").quantity(block.header.number);
        w.key("transactionIndex").quantity(i).end_object();
    }
    w.end_array();
    write_hashes(w, "uncles", block.ommer_hashes);
    if (block.header.withdrawals_root) {
        w.key("withdrawals").begin_array();
        for (const auto& withdrawal : block.withdrawals) write_json(w, withdrawal);
        w.end_array();
    }
    w.end_object();
}

/// EIP-1559: what a unit of gas cost in this block.
static u256 effective_gas_price(const Transaction& tx, const std::optional<u256>& base_fee) {
    if (!base_fee || tx.type == TxType::deposit) return tx.max_fee_per_gas;
    return std::min(tx.max_fee_per_gas, *base_fee + tx.max_priority_fee_per_gas);
}

void write_json(JsonWriter& w, const Block& block, std::span<const Receipt> receipts) {
    w.begin_array();
    for (size_t i = 0; i < receipts.size(); ++i) {
        const auto& tx = block.transactions.at(i);
        const auto& receipt = receipts[i];
        w.begin_object().member("transactionHash", tx.hash).key("transactionIndex").quantity(i);
        w.member("from", tx.sender);
        write_address(w, "to", tx.to);
        write_type(w, receipt.type);
        if (receipt.post_state) {
            w.member("root", *receipt.post_state);
        } else {
            w.key("status").quantity(receipt.success ? 1U : 0U);
        }
        w.key("gasUsed").quantity(receipt.gas_used).key("cumulativeGasUsed").quantity(receipt.cumulative_gas_used);
        w.key("effectiveGasPrice").quantity(effective_gas_price(tx, block.header.base_fee_per_gas));
        write_address(w, "contractAddress", receipt.contract_address);
        if (receipt.deposit_nonce) w.key("depositNonce").quantity(*receipt.deposit_nonce);
        if (receipt.deposit_version) w.key("depositReceiptVersion").quantity(*receipt.deposit_version);
        w.key("logs").begin_array();
        for (const auto& log : receipt.logs) write_json(w, log);
        w.end_array().end_object();
    }
    w.end_array();
}

std::string quote_large_integers(std::string_view json) {
    std::string out;
    out.reserve(json.size() + 64);
    bool in_text = false;
    for (size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_text) {
            out += c;
            if (c == '\\' && i + 1 < json.size()) out += json[++i];
            in_text = c != '"';
            continue;
        }
        in_text = c == '"';
        size_t end = i;
        while (end < json.size() && json[end] >= '0' && json[end] <= '9') ++end;
        const bool fraction = end < json.size() && (json[end] == '.' || json[end] == 'e' || json[end] == 'E');
        if (end - i >= 20 && !fraction) {
            out.append(1, '"').append(json.substr(i, end - i)).append(1, '"');
            i = end - 1;
        } else if (end > i) {
            out.append(json.substr(i, end - i));
            i = end - 1;
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace osprey
