#include "types/block.hpp"

#include <array>

#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"
#include "types/rlp_fields.hpp"

namespace osprey {

static Result<void> read_field(rlp::Reader& r, Withdrawal& w) {
    RlpFields fields{r.list()};
    fields.read("index", w.index).read("validatorIndex", w.validator_index).read("address", w.address);
    return fields.read("amount", w.amount).end();
}

static Result<void> read_field(rlp::Reader& r, Header& h) {
    RlpFields fields{r.list()};
    fields.read("parentHash", h.parent_hash).read("sha3Uncles", h.ommers_hash).read("miner", h.coinbase);
    fields.read("stateRoot", h.state_root).read("transactionsRoot", h.transactions_root);
    fields.read("receiptsRoot", h.receipts_root).read("logsBloom", h.logs_bloom).read("difficulty", h.difficulty);
    fields.read("number", h.number).read("gasLimit", h.gas_limit).read("gasUsed", h.gas_used);
    fields.read("timestamp", h.timestamp).read("extraData", h.extra_data).read("mixHash", h.prev_randao);
    fields.read("nonce", h.nonce);
    if (fields.more()) fields.read("baseFeePerGas", h.base_fee_per_gas);
    if (fields.more()) fields.read("withdrawalsRoot", h.withdrawals_root);
    if (fields.more())  // Cancun brought three at once
        fields.read("blobGasUsed", h.blob_gas_used)
            .read("excessBlobGas", h.excess_blob_gas)
            .read("parentBeaconBlockRoot", h.parent_beacon_block_root);
    if (fields.more()) fields.read("requestsHash", h.requests_hash);
    return fields.end();
}

/// In a block, a legacy transaction stands as its list and a typed one as a byte string.
static Result<void> read_field(rlp::Reader& r, Transaction& tx) {
    const auto item = r.next();
    if (!item) return std::unexpected(item.error());
    if (!item->is_list && !item->payload.empty() && item->payload[0] >= 0xc0)
        return fail("a legacy transaction must not be wrapped into a byte string");
    return assign(tx, decode_transaction(item->is_list ? item->whole : item->payload));
}

namespace {

void write_header(rlp::Writer& w, const Header& h) {
    const auto list = w.begin_list();
    w.bytes(h.parent_hash);
    w.bytes(h.ommers_hash);
    w.bytes(h.coinbase);
    w.bytes(h.state_root);
    w.bytes(h.transactions_root);
    w.bytes(h.receipts_root);
    w.bytes(h.logs_bloom);
    w.integer(h.difficulty);
    w.integer(h.number);
    w.integer(h.gas_limit);
    w.integer(h.gas_used);
    w.integer(h.timestamp);
    w.bytes(h.extra_data);
    w.bytes(h.prev_randao);
    w.bytes(h.nonce);
    bool more = true;
    const auto integer = [&](const auto& field) {
        more = more && field;
        if (more) w.integer(*field);
    };
    const auto hash = [&](const std::optional<Hash>& field) {
        more = more && field;
        if (more) w.bytes(*field);
    };
    integer(h.base_fee_per_gas);
    hash(h.withdrawals_root);
    integer(h.blob_gas_used);
    integer(h.excess_blob_gas);
    hash(h.parent_beacon_block_root);
    hash(h.requests_hash);
    w.end_list(list);
}

/// Yellow Paper, 4.3.1 (M3:2048): three of the hash's 16-bit words, each modulo 2048, name the bits.
void set_bits(Bloom& bloom, const Hash& hash) {
    for (size_t i = 0; i < 6; i += 2) {
        const unsigned bit = (static_cast<unsigned>(hash.bytes[i]) << 8 | hash.bytes[i + 1]) & 2047U;
        bloom.bytes[255 - bit / 8] |= static_cast<uint8_t>(1U << bit % 8);
    }
}

/// Collects what goes into a bloom, so that several hashes are computed side by side.
class BloomBatch {
public:
    explicit BloomBatch(Bloom& bloom) : bloom_(bloom) {}
    void add(const Log& log) {
        add(BytesView{log.address});
        for (const auto& topic : log.topics) add(BytesView{topic});
    }
    void flush() {
        keccak256_batch({inputs_.data(), count_}, hashes_.data());
        for (size_t i = 0; i < count_; ++i) set_bits(bloom_, hashes_[i]);
        count_ = 0;
    }

private:
    void add(BytesView input) {
        inputs_[count_++] = input;
        if (count_ == inputs_.size()) flush();
    }
    Bloom& bloom_;
    std::array<BytesView, 32> inputs_;
    std::array<Hash, 32> hashes_;
    size_t count_ = 0;
};

}  // namespace

Bytes encode(const Header& header) {
    rlp::Writer w;
    write_header(w, header);
    return std::move(w).take();
}

Result<Header> decode_header(BytesView rlp) {
    rlp::Reader r{rlp};
    Header header;
    auto done = read_field(r, header);
    if (done) done = r.end();
    if (!done) return std::unexpected(std::move(done).error().in("header"));
    return header;
}

Hash hash_of(const Header& header) { return keccak256(encode(header)); }

Bytes encode(const Block& block) {
    rlp::Writer w;
    const auto whole = w.begin_list();
    write_header(w, block.header);
    const auto transactions = w.begin_list();
    for (const auto& tx : block.transactions) {
        if (tx.type == TxType::legacy) {
            w.raw(encode(tx));
        } else {
            w.bytes(encode(tx));
        }
    }
    w.end_list(transactions);
    const auto ommers = w.begin_list();
    for (const auto& ommer : block.ommers) write_header(w, ommer);
    w.end_list(ommers);
    if (block.header.withdrawals_root) {
        const auto withdrawals = w.begin_list();
        for (const auto& withdrawal : block.withdrawals) {
            const auto one = w.begin_list();
            w.integer(withdrawal.index);
            w.integer(withdrawal.validator_index);
            w.bytes(withdrawal.address);
            w.integer(withdrawal.amount);
            w.end_list(one);
        }
        w.end_list(withdrawals);
    }
    w.end_list(whole);
    return std::move(w).take();
}

Result<Block> decode_block(BytesView rlp) {
    rlp::Reader r{rlp};
    Block block;
    RlpFields fields{r.list()};
    fields.read("header", block.header).read("transactions", block.transactions).read("uncles", block.ommers);
    // EIP-4895 adds the header's field and the list together.
    if (block.header.withdrawals_root) fields.read("withdrawals", block.withdrawals);
    auto done = fields.end();
    if (done) done = r.end();
    if (!done) return std::unexpected(std::move(done).error().in("block"));
    block.hash = hash_of(block.header);
    for (const auto& ommer : block.ommers) block.ommer_hashes.push_back(hash_of(ommer));
    return block;
}

Bytes encode(const Receipt& receipt) { return encode(receipt, bloom_of(receipt.logs)); }

Bytes encode(const Receipt& receipt, const Bloom& bloom) {
    rlp::Writer w;
    if (receipt.type != TxType::legacy) {
        const auto type = static_cast<uint8_t>(receipt.type);
        w.raw({&type, 1});
    }
    const auto whole = w.begin_list();
    if (receipt.post_state) {
        w.bytes(*receipt.post_state);
    } else {
        w.integer(uint64_t{receipt.success});
    }
    w.integer(receipt.cumulative_gas_used);
    w.bytes(bloom);
    const auto logs = w.begin_list();
    for (const auto& log : receipt.logs) {
        const auto one = w.begin_list();
        w.bytes(log.address);
        const auto topics = w.begin_list();
        for (const auto& topic : log.topics) w.bytes(topic);
        w.end_list(topics);
        w.bytes(log.data);
        w.end_list(one);
    }
    w.end_list(logs);
    if (receipt.deposit_version) {
        w.integer(receipt.deposit_nonce.value_or(0));
        w.integer(*receipt.deposit_version);
    }
    w.end_list(whole);
    return std::move(w).take();
}

Bloom bloom_of(std::span<const Log> logs) {
    Bloom bloom;
    BloomBatch batch{bloom};
    for (const auto& log : logs) batch.add(log);
    batch.flush();
    return bloom;
}

Bloom bloom_of(std::span<const Receipt> receipts) {
    Bloom bloom;
    BloomBatch batch{bloom};
    for (const auto& receipt : receipts)
        for (const auto& log : receipt.logs) batch.add(log);
    batch.flush();
    return bloom;
}

void add_to_bloom(Bloom& bloom, const Log& log) {
    BloomBatch batch{bloom};
    batch.add(log);
    batch.flush();
}

void add_to_bloom(Bloom& bloom, const Bloom& other) {
    for (size_t i = 0; i < Bloom::size(); ++i) bloom.bytes[i] |= other.bytes[i];
}

}  // namespace osprey
