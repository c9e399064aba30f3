#include "types/transaction.hpp"

#include <fmt/format.h>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"
#include "primitives/secp256k1.hpp"
#include "types/rlp_fields.hpp"

namespace osprey {

static Result<void> read_field(rlp::Reader& r, AccessListEntry& entry) {
    return RlpFields{r.list()}.read("address", entry.address).read("storageKeys", entry.storage_keys).end();
}

static Result<void> read_field(rlp::Reader& r, Authorization& a) {
    RlpFields fields{r.list()};
    fields.read("chainId", a.chain_id).read("address", a.address).read("nonce", a.nonce).read("yParity", a.y_parity);
    fields.read("r", a.r).read("s", a.s);
    // EIP-7702 bounds the field at 2^8; a value of 2 to 255 only makes this one authorization invalid.
    if (fields.ok() && !(a.y_parity < u256{256})) return fail("yParity: must be below 256");
    return fields.end();
}

namespace {

void write_address(rlp::Writer& w, const std::optional<Address>& to) { w.bytes(to ? BytesView{*to} : BytesView{}); }

void write_access_list(rlp::Writer& w, const std::vector<AccessListEntry>& list) {
    const auto all = w.begin_list();
    for (const auto& entry : list) {
        const auto one = w.begin_list();
        w.bytes(entry.address);
        const auto keys = w.begin_list();
        for (const auto& key : entry.storage_keys) w.bytes(key);
        w.end_list(keys);
        w.end_list(one);
    }
    w.end_list(all);
}

void write_authorizations(rlp::Writer& w, const std::vector<Authorization>& list) {
    const auto all = w.begin_list();
    for (const auto& a : list) {
        const auto one = w.begin_list();
        w.integer(a.chain_id);
        w.bytes(a.address);
        w.integer(a.nonce);
        w.integer(a.y_parity);
        w.integer(a.r);
        w.integer(a.s);
        w.end_list(one);
    }
    w.end_list(all);
}

void write_legacy(rlp::Writer& w, const Transaction& tx, bool for_signing) {
    const auto list = w.begin_list();
    w.integer(tx.nonce);
    w.integer(tx.max_fee_per_gas);
    w.integer(tx.gas_limit);
    write_address(w, tx.to);
    w.integer(tx.value);
    w.bytes(tx.data);
    if (!for_signing) {
        w.integer(legacy_v(tx));
        w.integer(tx.r);
        w.integer(tx.s);
    } else if (tx.chain_id) {
        w.integer(*tx.chain_id);
        w.integer(uint64_t{0});
        w.integer(uint64_t{0});
    }
    w.end_list(list);
}

void write_typed(rlp::Writer& w, const Transaction& tx, bool for_signing) {
    const auto type = static_cast<uint8_t>(tx.type);
    w.raw({&type, 1});
    const auto list = w.begin_list();
    w.integer(tx.chain_id.value_or(0));
    w.integer(tx.nonce);
    if (tx.type != TxType::access_list) w.integer(tx.max_priority_fee_per_gas);
    w.integer(tx.max_fee_per_gas);
    w.integer(tx.gas_limit);
    write_address(w, tx.to);
    w.integer(tx.value);
    w.bytes(tx.data);
    write_access_list(w, tx.access_list);
    if (tx.type == TxType::blob) {
        w.integer(tx.max_fee_per_blob_gas);
        const auto hashes = w.begin_list();
        for (const auto& hash : tx.blob_hashes) w.bytes(hash);
        w.end_list(hashes);
    } else if (tx.type == TxType::set_code) {
        write_authorizations(w, tx.authorizations);
    }
    if (!for_signing) {
        w.integer(uint64_t{tx.y_parity});
        w.integer(tx.r);
        w.integer(tx.s);
    }
    w.end_list(list);
}

void write_deposit(rlp::Writer& w, const Transaction& tx) {
    const auto type = static_cast<uint8_t>(tx.type);
    w.raw({&type, 1});
    const auto list = w.begin_list();
    w.bytes(tx.source_hash);
    w.bytes(tx.sender);
    write_address(w, tx.to);
    w.integer(tx.mint);
    w.integer(tx.value);
    w.integer(tx.gas_limit);
    w.integer(uint64_t{tx.is_system});
    w.bytes(tx.data);
    w.end_list(list);
}

Result<void> read_legacy(BytesView encoding, Transaction& tx) {
    rlp::Reader whole{encoding};
    RlpFields fields{whole.list()};
    u256 v;
    fields.read("nonce", tx.nonce).read("gasPrice", tx.max_fee_per_gas).read("gas", tx.gas_limit).read("to", tx.to);
    fields.read("value", tx.value).read("input", tx.data).read("v", v).read("r", tx.r).read("s", tx.s);
    if (auto done = fields.end(); !done) return done;
    tx.max_priority_fee_per_gas = tx.max_fee_per_gas;
    if (auto done = set_legacy_v(tx, v); !done) return done;
    return whole.end();
}

Result<void> read_typed(BytesView payload, Transaction& tx) {
    rlp::Reader whole{payload};
    auto list = whole.list();
    if (tx.type == TxType::blob && list) {
        // The form with blobs, commitments and proofs nests the transaction one list deeper.
        auto ahead = *list;
        if (const auto first = ahead.next(); first && first->is_list)
            return fail("comes with its blobs (network form); the canonical form without them is needed");
    }
    RlpFields fields{std::move(list)};
    fields.read("chainId", tx.chain_id).read("nonce", tx.nonce);
    if (tx.type == TxType::access_list) {
        fields.read("gasPrice", tx.max_fee_per_gas);
        tx.max_priority_fee_per_gas = tx.max_fee_per_gas;
    } else {
        fields.read("maxPriorityFeePerGas", tx.max_priority_fee_per_gas).read("maxFeePerGas", tx.max_fee_per_gas);
    }
    fields.read("gas", tx.gas_limit);
    if (tx.type == TxType::blob || tx.type == TxType::set_code) {
        fields.read("to", tx.to.emplace());  // EIP-4844, EIP-7702: never a creation
    } else {
        fields.read("to", tx.to);
    }
    fields.read("value", tx.value).read("input", tx.data).read("accessList", tx.access_list);
    if (tx.type == TxType::blob)
        fields.read("maxFeePerBlobGas", tx.max_fee_per_blob_gas).read("blobVersionedHashes", tx.blob_hashes);
    if (tx.type == TxType::set_code) fields.read("authorizationList", tx.authorizations);
    fields.read("yParity", tx.y_parity).read("r", tx.r).read("s", tx.s);
    if (auto done = fields.end(); !done) return done;
    return whole.end();
}

Result<void> read_deposit(BytesView payload, Transaction& tx) {
    rlp::Reader whole{payload};
    RlpFields fields{whole.list()};
    fields.read("sourceHash", tx.source_hash).read("from", tx.sender).read("to", tx.to).read("mint", tx.mint);
    fields.read("value", tx.value).read("gas", tx.gas_limit).read("isSystemTx", tx.is_system).read("input", tx.data);
    if (auto done = fields.end(); !done) return done;
    return whole.end();
}

}  // namespace

std::optional<TxType> known_tx_type(uint64_t type) noexcept {
    if (type <= 4 || type == static_cast<uint64_t>(TxType::deposit)) return static_cast<TxType>(type);
    return std::nullopt;
}

u256 legacy_v(const Transaction& tx) {
    const u256 parity{tx.y_parity ? 1U : 0U};
    return tx.chain_id ? (u256{*tx.chain_id} << 1) + u256{35} + parity : u256{27} + parity;
}

Result<void> set_legacy_v(Transaction& tx, const u256& v) {
    if (v == u256{27} || v == u256{28}) {
        tx.chain_id.reset();
        tx.y_parity = v == u256{28};
        return {};
    }
    if (v < u256{35}) return fail(fmt::format("v: must be 27, 28 or at least 35 (EIP-155), is {}", to_string(v)));
    const auto rest = v - u256{35};
    if (!(rest >> 1).fits_u64()) return fail("v: its chain id is beyond 64 bits");
    tx.chain_id = static_cast<uint64_t>(rest >> 1);
    tx.y_parity = (rest.w[0] & 1) != 0;
    return {};
}

Bytes encode(const Transaction& tx) {
    rlp::Writer w;
    switch (tx.type) {
        case TxType::legacy:
            write_legacy(w, tx, false);
            break;
        case TxType::deposit:
            write_deposit(w, tx);
            break;
        default:
            write_typed(w, tx, false);
    }
    return std::move(w).take();
}

Result<Transaction> decode_transaction(BytesView encoding) {
    if (encoding.empty()) return fail("transaction: empty");
    Result<Transaction> decoded{std::in_place};  // filled where it is returned: it is a large value
    auto& tx = *decoded;
    Result<void> done;
    if (encoding[0] >= 0xc0) {
        done = read_legacy(encoding, tx);
    } else {
        const auto type = known_tx_type(encoding[0]);
        if (!type || *type == TxType::legacy)
            return fail(fmt::format("transaction: type 0x{:02x} is not known", encoding[0]));
        tx.type = *type;
        const auto payload = encoding.subspan(1);
        done = *type == TxType::deposit ? read_deposit(payload, tx) : read_typed(payload, tx);
    }
    if (!done)
        return std::unexpected(
            std::move(done).error().in(fmt::format("transaction of type {:#x}", static_cast<unsigned>(tx.type))));
    tx.hash = keccak256(encoding);
    return decoded;
}

Hash signing_hash(const Transaction& tx) {
    if (tx.type == TxType::deposit) return {};
    rlp::Writer w;
    if (tx.type == TxType::legacy) {
        write_legacy(w, tx, true);
    } else {
        write_typed(w, tx, true);
    }
    return keccak256(w.view());
}

Hash authorization_hash(const Authorization& a) {
    rlp::Writer w;
    constexpr uint8_t magic = 0x05;
    w.raw({&magic, 1});
    const auto list = w.begin_list();
    w.integer(a.chain_id);
    w.bytes(a.address);
    w.integer(a.nonce);
    w.end_list(list);
    return keccak256(w.view());
}

void recover_authorities(Transaction& tx) {
    for (auto& a : tx.authorizations) {
        a.signer.reset();
        if (a.y_parity > u256{1} || a.s > secp256k1::half_order) continue;
        a.signer = secp256k1::recover(authorization_hash(a), a.r, a.s, a.y_parity == u256{1});
    }
}

Result<void> recover_senders(Transaction& tx, bool homestead) {
    if (tx.type == TxType::deposit) return {};  // carries its sender and no signature
    if (homestead && tx.s > secp256k1::half_order)
        return fail("transaction " + to_hex(tx.hash) + ": s is in the upper half of the order (EIP-2)");
    const auto sender = secp256k1::recover(signing_hash(tx), tx.r, tx.s, tx.y_parity);
    if (!sender) return fail("transaction " + to_hex(tx.hash) + ": its signature belongs to no key");
    tx.sender = *sender;
    recover_authorities(tx);
    return {};
}

}  // namespace osprey
