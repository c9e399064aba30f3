#include "chain/record.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "chain/compressed_file.hpp"
#include "chain/find_files.hpp"
#include "evm/fork.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"
#include "state/trie.hpp"
#include "types/json.hpp"
#include "types/json_reader.hpp"

namespace osprey::chain {

namespace fs = std::filesystem;

namespace {

std::unexpected<JsonError> refuse(std::string_view item, std::string why) {
    return std::unexpected(JsonError{std::string{item}, std::move(why)});
}
/// For an error of the layers below, which have no path of their own.
std::unexpected<JsonError> refuse(std::string_view item, Error error) { return refuse(item, std::move(error.message)); }

std::string indexed(std::string_view list, size_t index) {
    return std::string{list} + "[" + std::to_string(index) + "]";
}

std::string expected(const Hash& given, const Hash& computed) {
    return "given as " + to_hex(given) + ", the content has " + to_hex(computed);
}

JsonStatus parse_decimal(std::string_view text, uint64_t& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size())
        return json_fail("expected a decimal block number, not \"" + std::string{text.substr(0, 80)} + "\"");
    return {};
}

// --- the block ----------------------------------------------------------------------------------

/// As read_json() for a Block, but a recording may lack the hash (it is computed) and the uncles.
JsonStatus read_block(JsonElement e, Block& out) {
    if (auto done = read_json(e, out.header); !done) return done;
    out.hash = hash_of(out.header);
    std::optional<Hash> hash;
    JsonObject block{e};
    block.optional("hash", hash).required("transactions", out.transactions).optional("uncles", out.ommer_hashes);
    if (out.header.withdrawals_root) block.required("withdrawals", out.withdrawals);
    if (hash && *hash != out.hash) block.refuse("hash", expected(*hash, out.hash));
    return block.end();
}

JsonStatus read_block_rlp(JsonElement e, Block& out) {
    Bytes encoded;
    if (auto done = read_json(e, encoded); !done) return done;
    auto block = decode_block(encoded);
    if (!block) return json_fail(std::move(block.error().message));
    out = std::move(*block);
    out.hash = hash_of(out.header);

    rlp::Writer ommers;
    const auto list = ommers.begin_list();
    for (const auto& ommer : out.ommers) ommers.raw(encode(ommer));
    ommers.end_list(list);
    if (const auto hash = keccak256(ommers.view()); hash != out.header.ommers_hash)
        return refuse("sha3Uncles", expected(out.header.ommers_hash, hash));
    return {};
}

/// What the header promises about the rest of the block, and the senders. `senders_given`: they came with the block.
JsonStatus check_block(Block& block, uint64_t chain_id, bool senders_given) {
    const auto n = block.transactions.size();
    std::vector<Bytes> encoded(n);
    for (size_t i = 0; i < n; ++i) encoded[i] = encode(block.transactions[i]);
    const std::vector<BytesView> views(encoded.begin(), encoded.end());
    std::vector<Hash> hashes(n);
    keccak256_batch(views, hashes.data());
    for (size_t i = 0; i < n; ++i)
        if (hashes[i] != block.transactions[i].hash)
            return refuse(indexed("transactions", i) + ".hash", expected(block.transactions[i].hash, hashes[i]));
    if (const auto root = state::ordered_root(encoded); root != block.header.transactions_root)
        return refuse("transactionsRoot", expected(block.header.transactions_root, root));

    // A chain that is not in the table is a recent one.
    const auto* chain = evm::find_chain(chain_id);
    const auto* rules =
        chain == nullptr ? nullptr : &evm::activation_at(*chain, block.header.number, block.header.timestamp);
    // The OP stack has no withdrawals; from Isthmus on the field holds another root.
    if (block.header.withdrawals_root && (rules == nullptr || rules->op_fork < evm::OpFork::isthmus)) {
        std::vector<Bytes> withdrawals;
        withdrawals.reserve(block.withdrawals.size());
        for (const auto& withdrawal : block.withdrawals) {
            rlp::Writer out;
            const auto list = out.begin_list();
            out.integer(withdrawal.index);
            out.integer(withdrawal.validator_index);
            out.bytes(withdrawal.address);
            out.integer(withdrawal.amount);
            out.end_list(list);
            withdrawals.push_back(std::move(out).take());
        }
        if (const auto root = state::ordered_root(withdrawals); root != *block.header.withdrawals_root)
            return refuse("withdrawalsRoot", expected(*block.header.withdrawals_root, root));
    }

    const bool homestead = rules == nullptr || rules->fork >= evm::Fork::homestead;
    for (size_t i = 0; i < n; ++i) {
        auto& tx = block.transactions[i];
        if (tx.type == TxType::deposit) continue;  // not signed
        const auto given = tx.sender;
        if (auto done = recover_senders(tx, homestead); !done)
            return refuse(indexed("transactions", i), std::move(done.error()));
        if (senders_given && tx.sender != given)
            return refuse(indexed("transactions", i) + ".from",
                          "given as " + to_hex(given) + ", the signature is of " + to_hex(tx.sender));
    }
    return {};
}

// --- the state ----------------------------------------------------------------------------------

JsonStatus read_nonce(JsonElement e, uint64_t& out) {
    // Some nodes' prestate tracers write this one quantity as a number.
    return e.is_number() ? read_json_number(e, out) : read_json(e, out);
}

JsonStatus read_storage(JsonElement e, const Address& address, state::MemoryState& out) {
    return for_each_member(e, [&](std::string_view key, JsonElement member) -> JsonStatus {
        const auto slot = parse_quantity(key);
        if (!slot || !key.starts_with("0x")) return json_fail("the slot is not a hex number of at most 32 bytes");
        u256 value;
        if (auto done = read_json(member, value); !done) return done;
        out.set_storage(address, *slot, value);
        return {};
    });
}

JsonStatus read_prestate(JsonElement e, state::MemoryState& out) {
    simdjson::dom::object object;
    if (e.get(object) == simdjson::SUCCESS) out.reserve(object.size());
    return for_each_member(e, [&](std::string_view key, JsonElement member) -> JsonStatus {
        const auto address = parse_address(key);
        if (!address) return json_fail("the key is not an address");
        if (out.accounts().contains(*address)) return json_fail("the account is there twice");
        JsonObject account{member};
        state::AccountInfo info;
        Bytes code;
        std::optional<Hash> code_hash;
        account.optional("balance", info.balance).optional("code", code).optional("codeHash", code_hash);
        if (const auto nonce = account.find("nonce"))
            if (auto done = read_nonce(*nonce, info.nonce); !done)
                return std::unexpected(std::move(done).error().in_member("nonce"));
        if (!account.ok()) return account.end();
        out.set_account(*address, info);
        if (!code.empty()) out.set_code(*address, std::move(code));
        if (const auto hash = out.accounts().find(*address)->info.code_hash; code_hash && *code_hash != hash)
            return refuse("code", "hashes to " + to_hex(hash) + ", not to codeHash " + to_hex(*code_hash));
        if (const auto storage = account.find("storage"))
            if (auto done = read_storage(*storage, *address, out); !done)
                return std::unexpected(std::move(done).error().in_member("storage"));
        return account.end();
    });
}

/// A header in RLP or as a JSON object: nodes give their witnesses either.
JsonStatus read_header(JsonElement e, Header& out) {
    if (!e.is_string()) return read_json(e, out);
    Bytes encoded;
    if (auto done = read_json(e, encoded); !done) return done;
    auto header = decode_header(encoded);
    if (!header) return json_fail(std::move(header.error().message));
    out = std::move(*header);
    return {};
}

JsonStatus add_block_hash(Record& record, uint64_t number, const Hash& hash) {
    const auto [at, is_new] = record.block_hashes.try_emplace(number, hash);
    if (!is_new && at->second != hash)
        return json_fail("says " + to_hex(hash) + " for block " + std::to_string(number) + ", which is known as " +
                         to_hex(at->second));
    return {};
}

/// Headers count only as the block's ancestors: each must be the one that its child names, from the parent upwards.
JsonStatus read_headers(JsonElement e, Record& record) {
    std::unordered_map<Hash, std::pair<size_t, Header>> headers;
    auto done = for_each_item(e, [&](JsonElement item, size_t index) -> JsonStatus {
        Header header;
        if (auto read = read_header(item, header); !read) return read;
        const auto hash = hash_of(header);
        headers.try_emplace(hash, index, std::move(header));
        return {};
    });
    if (!done) return done;
    auto wanted = record.block.header.parent_hash;
    auto number = record.number;
    while (!headers.empty()) {
        const auto found = headers.extract(wanted);
        if (found.empty()) {
            const auto first =
                std::ranges::min_element(headers, {}, [](const auto& entry) { return entry.second.first; });
            return std::unexpected(
                JsonError{{}, "is not an ancestor of the block: none of the headers left hashes to " + to_hex(wanted)}
                    .in_item(first->second.first));
        }
        const auto& [index, header] = found.mapped();
        if (number == 0 || header.number != number - 1)
            return std::unexpected(
                JsonError{"number", "is " + std::to_string(header.number) + ", its child has " + std::to_string(number)}
                    .in_item(index));
        number = header.number;
        if (wanted == record.block.header.parent_hash) record.parent_state_root = header.state_root;
        if (auto added = add_block_hash(record, number, wanted); !added)
            return std::unexpected(std::move(added).error().in_item(index));
        wanted = header.parent_hash;
        if (number == 0) continue;
        if (auto added = add_block_hash(record, number - 1, wanted); !added)
            return std::unexpected(std::move(added).error().in_item(index));
    }
    return {};
}

JsonStatus read_witness(JsonElement e, Record& record) {
    JsonObject witness{e};
    std::vector<Bytes> nodes;
    std::vector<Bytes> codes;
    witness.required("state", nodes).required("codes", codes);
    if (!witness.ok()) return witness.end();
    if (const auto headers = witness.find("headers"))
        if (auto done = read_headers(*headers, record); !done)
            return std::unexpected(std::move(done).error().in_member("headers"));
    if (!record.parent_state_root) return json_fail("has no parent header, and there is no parentStateRoot");
    record.witness =
        std::make_unique<state::WitnessState>(std::move(nodes), std::move(codes), *record.parent_state_root);
    return {};
}

// --- the record ---------------------------------------------------------------------------------

JsonStatus in(std::string_view item, JsonStatus status) {
    if (status) return status;
    return std::unexpected(std::move(status).error().in_member(item));
}

JsonStatus read_record(JsonElement root, Record& record) {
    JsonObject object{root};
    if (auto done = object.number("chainId", record.chain_id).number("number", record.number).end(); !done) return done;

    const auto json_block = object.find("block");
    const auto rlp_block = object.find("blockRlp");
    if (!json_block && !rlp_block) return refuse("block", std::string{"missing, and so is blockRlp"});
    const std::string_view block_name = json_block ? "block" : "blockRlp";
    if (auto done = in(block_name,
                       json_block ? read_block(*json_block, record.block) : read_block_rlp(*rlp_block, record.block));
        !done)
        return done;
    if (record.block.header.number != record.number)
        return refuse(block_name, "has number " + std::to_string(record.block.header.number) + ", the record says " +
                                      std::to_string(record.number));
    if (auto done = in(block_name, check_block(record.block, record.chain_id, json_block.has_value())); !done)
        return done;

    if (record.number > 0) record.block_hashes[record.number - 1] = record.block.header.parent_hash;
    if (const auto hashes = object.find("blockHashes")) {
        auto done = for_each_member(*hashes, [&](std::string_view key, JsonElement member) -> JsonStatus {
            uint64_t number = 0;
            Hash hash;
            if (auto parsed = parse_decimal(key, number); !parsed) return parsed;
            if (auto read = read_json(member, hash); !read) return read;
            if (number == record.number && hash != record.block.hash)
                return json_fail("is " + to_hex(hash) + ", the block's own hash is " + to_hex(record.block.hash));
            return add_block_hash(record, number, hash);
        });
        if (!done) return in("blockHashes", std::move(done));
    }

    std::optional<Hash> parent_state_root;
    object.optional("parentStateRoot", parent_state_root);
    if (!object.ok()) return object.end();
    record.parent_state_root = parent_state_root;

    if (const auto receipts = object.find("receipts")) {
        if (auto done = in("receipts", read_json(*receipts, record.receipts)); !done) return done;
        if (record.receipts.size() != record.block.transactions.size())
            return refuse("receipts", "there are " + std::to_string(record.receipts.size()) + ", for " +
                                          std::to_string(record.block.transactions.size()) + " transactions");
        record.has_receipts = true;
    }

    if (const auto witness = object.find("witness")) {
        if (auto done = in("witness", read_witness(*witness, record)); !done) return done;
        if (parent_state_root && *record.parent_state_root != *parent_state_root)
            return refuse("parentStateRoot", "is " + to_hex(*parent_state_root) + ", the parent header has " +
                                                 to_hex(*record.parent_state_root));
        for (const auto& [number, hash] : record.block_hashes) record.witness->set_block_hash(number, hash);
    } else if (const auto prestate = object.find("prestate")) {
        record.prestate = std::make_unique<state::MemoryState>();
        if (auto done = in("prestate", read_prestate(*prestate, *record.prestate)); !done) return done;
        for (const auto& [number, hash] : record.block_hashes) record.prestate->set_block_hash(number, hash);
    } else {
        return refuse("prestate", std::string{"missing, and so is witness"});
    }
    return {};
}

bool is_record_name(const fs::path& path) {
    const auto name = path.filename().string();
    return name.ends_with(".json") || name.ends_with(".json.zst");
}

/// Files are ordered by the number that their name begins with; those without one come last.
std::tuple<uint64_t, bool, std::string> order_of(const fs::path& path) {
    const auto name = path.filename().string();
    uint64_t number = UINT64_MAX;
    std::from_chars(name.data(), name.data() + name.size(), number);
    return {number, name.find(".witness.") != std::string::npos, path.string()};
}

}  // namespace

Result<Record> load_record(const fs::path& path) {
    const auto text = read_file(path);
    if (!text) return std::unexpected(Error{text.error()}.in(path.string()));
    const auto document = JsonDocument::parse(*text);
    if (!document) return std::unexpected(Error{document.error()}.in(path.string()));
    Record record;
    record.path = path;
    if (const auto done = read_record(document->root(), record); !done)
        return std::unexpected(done.error().to_error().in(path.string()));
    return record;
}

Result<void> write_prestate(JsonWriter& out, state::MemoryState& state) {
    out.begin_object();
    for (const auto& [address, account] : state.accounts()) {
        out.key(to_hex(address)).begin_object();
        out.key("balance").quantity(account.info.balance).key("nonce").quantity(account.info.nonce);
        if (account.info.code_hash != empty_code_hash) {
            const auto code = state.code(address, account.info.code_hash);
            if (!code) return std::unexpected(code.error());
            out.member("code", BytesView{**code});
        }
        if (!account.storage.empty()) {
            out.key("storage").begin_object();
            for (const auto& [slot, value] : account.storage) out.key(to_hex(to_hash(slot))).quantity(value);
            out.end_object();
        }
        out.end_object();
    }
    out.end_object();
    return {};
}

Result<void> save_record(const fs::path& path, const Record& record) {
    if (!record.prestate) return fail(path.string() + ": prestate: the record has none to write");
    JsonWriter out;
    out.begin_object().member("chainId", record.chain_id).member("number", record.number);
    out.key("block");
    write_json(out, record.block);
    if (record.has_receipts) {
        out.key("receipts");
        write_json(out, record.block, record.receipts);
    }
    if (record.parent_state_root) out.member("parentStateRoot", *record.parent_state_root);

    std::vector<std::pair<uint64_t, Hash>> hashes(record.block_hashes.begin(), record.block_hashes.end());
    std::ranges::sort(hashes);
    out.key("blockHashes").begin_object();
    for (const auto& [number, hash] : hashes) out.member(std::to_string(number), hash);
    out.end_object();

    out.key("prestate");
    if (auto done = write_prestate(out, *record.prestate); !done)
        return std::unexpected(std::move(done.error()).in(path.string()));
    out.end_object();
    auto done = write_file(path, out.view());
    if (!done) return std::unexpected(std::move(done.error()).in(path.string()));
    return done;
}

Result<std::vector<fs::path>> find_records(std::span<const fs::path> paths) {
    auto found = find_files(paths, {.is_wanted = [](const auto& entry) { return is_record_name(entry.path()); },
                                    .name = ".json or .json.zst files"});
    if (!found) return found;
    std::ranges::sort(*found, {}, order_of);
    const auto repeated = std::ranges::unique(*found);
    found->erase(repeated.begin(), repeated.end());
    return found;
}

}  // namespace osprey::chain
