// State tests: one transaction on a given state, under the rules of each fork that the test names.

#include <fmt/format.h>

#include "chain/conformance/cases.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"
#include "primitives/secp256k1.hpp"

namespace osprey::chain {

namespace {

using evm::Fork;

/// The state before the transaction. BLOCKHASH answers by the tests' convention: keccak256 of the decimal number.
class PreState final : public state::Reader {
public:
    explicit PreState(state::MemoryState& state) : state_(state) {}
    Result<std::optional<state::AccountInfo>> account(const Address& address) override {
        return state_.account(address);
    }
    Result<u256> storage(const Address& address, const u256& slot) override { return state_.storage(address, slot); }
    Result<state::SharedBytes> code(const Address& address, const Hash& hash) override {
        return state_.code(address, hash);
    }
    Result<bool> has_storage(const Address& address) override { return state_.has_storage(address); }
    Result<Hash> block_hash(uint64_t number) override {
        const std::string text = std::to_string(number);
        return keccak256({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    }

private:
    state::MemoryState& state_;
};

Hash logs_hash(std::span<const Log> logs) {
    rlp::Writer out;
    const auto all = out.begin_list();
    for (const Log& log : logs) {
        const auto one = out.begin_list();
        out.bytes(log.address);
        const auto topics = out.begin_list();
        for (const Hash& topic : log.topics) out.bytes(topic);
        out.end_list(topics);
        out.bytes(log.data);
        out.end_list(one);
    }
    out.end_list(all);
    return keccak256(out.view());
}

JsonStatus read_env(const JsonObject& env, const evm::ChainSpec& chain, evm::BlockEnv& out) {
    u256 base_fee{10};  // what the tests' makers assume where a test does not say
    u256 gas_limit, excess_blob_gas, parent_excess, parent_blob_gas;
    const auto random = env.find("currentRandom");
    u256 random_word;
    for (const auto& done :
         {read_word(env, "currentNumber", out.number), read_word(env, "currentTimestamp", out.timestamp),
          read_word(env, "currentGasLimit", gas_limit), read_word(env, "currentDifficulty", out.difficulty),
          read_word(env, "currentRandom", random_word), read_word(env, "currentBaseFee", base_fee),
          read_word(env, "currentExcessBlobGas", excess_blob_gas), read_word(env, "parentExcessBlobGas", parent_excess),
          read_word(env, "parentBlobGasUsed", parent_blob_gas)})
        if (!done) return done;
    const auto coinbase = env.find("currentCoinbase");
    if (!coinbase) return json_fail("currentCoinbase: missing");
    if (auto done = read_json(*coinbase, out.coinbase); !done)
        return std::unexpected(std::move(done).error().in_member("currentCoinbase"));

    const evm::ForkActivation& now = evm::activation_at(chain, out.number, out.timestamp);
    out.chain_id = chain.chain_id;
    out.fork = now.fork;
    out.blobs = now.blobs;
    out.gas_limit = gas_limit.fits_u64() ? gas_limit.w[0] : UINT64_MAX;
    if (out.fork >= Fork::london) out.base_fee = base_fee;
    if (out.fork >= Fork::paris) out.prev_randao = to_hash(random ? random_word : out.difficulty);
    if (out.fork >= Fork::cancun) {
        if (!env.find("currentExcessBlobGas")) {
            const u256 target = u256{now.blobs.target * evm::gas_per_blob};
            const u256 sum = parent_excess + parent_blob_gas;
            excess_blob_gas = sum < target ? u256{} : sum - target;
        }
        out.blob_base_fee = evm::blob_base_fee(excess_blob_gas.fits_u64() ? excess_blob_gas.w[0] : UINT64_MAX,
                                               now.blobs.update_fraction);
    }
    return {};
}

/// A number that may be too big on purpose: the transaction is then one that nobody could send.
template <class T>
Result<void> read_field(const JsonElement& e, std::string_view name, T& out) {
    if (auto done = read_word(e, out); !done)
        return std::unexpected(std::move(done).error().in_member(name).to_error());
    return {};
}
template <class T>
Result<void> read_field(const JsonObject& tx, std::string_view name, T& out) {
    const auto member = tx.find(name);
    return member ? read_field(*member, name, out) : Result<void>{};
}

/// The item of a list; none when there is no such item or no such list.
std::optional<JsonElement> item_of(const JsonObject& tx, std::string_view name, uint64_t index) {
    const auto list = tx.find(name);
    JsonElement item;
    if (!list || list->at(index).get(item) != simdjson::SUCCESS || item.is_null()) return std::nullopt;
    return item;
}

Result<void> read_authorizations(JsonElement list, std::vector<Authorization>& out) {
    auto done = for_each_item(list, [&](JsonElement item, size_t) -> JsonStatus {
        const JsonObject object{item};
        Authorization& auth = out.emplace_back();
        const bool has_parity = object.find("yParity").has_value();
        for (const auto& read : {read_word(object, "chainId", auth.chain_id), read_word(object, "nonce", auth.nonce),
                                 read_word(object, has_parity ? "yParity" : "v", auth.y_parity),
                                 read_word(object, "r", auth.r), read_word(object, "s", auth.s)})
            if (!read) return read;
        const auto address = object.find("address");
        return address ? read_json(*address, auth.address) : json_fail("address: missing");
    });
    if (!done) return std::unexpected(std::move(done).error().in_member("authorizationList").to_error());
    return {};
}

/// The transaction of one case out of a test's template.
Result<Transaction> read_transaction(const JsonObject& tx, const ConformanceFailure::Indexes& at, uint64_t chain_id) {
    Transaction out;
    const auto data = item_of(tx, "data", at.data);
    const auto gas = item_of(tx, "gasLimit", at.gas);
    const auto value = item_of(tx, "value", at.value);
    if (!data || !gas || !value) return fail("the case's indexes point past the transaction's data, gasLimit or value");
    if (auto done = read_json(*data, out.data); !done)
        return std::unexpected(std::move(done).error().in_member("data").to_error());
    for (auto& done : {read_field(*gas, "gasLimit", out.gas_limit), read_field(*value, "value", out.value),
                       read_field(tx, "nonce", out.nonce), read_field(tx, "gasPrice", out.max_fee_per_gas)})
        if (!done) return std::unexpected(done.error());
    out.max_priority_fee_per_gas = out.max_fee_per_gas;

    std::string_view to;
    if (const auto member = tx.find("to"); member && member->get(to) == simdjson::SUCCESS && !to.empty()) {
        const auto address = parse_address(to);
        if (!address) return fail("to: " + address.error().message);
        out.to = *address;
    }
    if (const auto list = item_of(tx, "accessLists", at.data)) {
        out.type = TxType::access_list;
        if (auto done = read_json(*list, out.access_list); !done)
            return std::unexpected(std::move(done).error().in_member("accessLists").to_error());
    }
    if (tx.find("maxFeePerGas")) {
        out.type = TxType::dynamic_fee;
        for (auto& done : {read_field(tx, "maxFeePerGas", out.max_fee_per_gas),
                           read_field(tx, "maxPriorityFeePerGas", out.max_priority_fee_per_gas)})
            if (!done) return std::unexpected(done.error());
    }
    if (const auto blobs = tx.find("blobVersionedHashes")) {
        out.type = TxType::blob;
        if (auto done = read_field(tx, "maxFeePerBlobGas", out.max_fee_per_blob_gas); !done)
            return std::unexpected(done.error());
        if (auto done = read_json(*blobs, out.blob_hashes); !done)
            return std::unexpected(std::move(done).error().in_member("blobVersionedHashes").to_error());
    }
    if (const auto list = tx.find("authorizationList")) {
        out.type = TxType::set_code;
        if (auto done = read_authorizations(*list, out.authorizations); !done) return std::unexpected(done.error());
        recover_authorities(out);
    }
    if (out.type != TxType::legacy) out.chain_id = chain_id;
    return out;
}

/// One entry of a test's "post".
class StateCase {
public:
    StateCase(evm::Machine& machine, state::MemoryState& pre, const state::StateTrie& pre_trie,
              const JsonObject& transaction)
        : machine_(machine), pre_(pre), overlay_(pre_), pre_trie_(pre_trie), transaction_(transaction) {}

    /// Nothing when the case passes; what differs otherwise.
    std::optional<std::string> run(JsonElement entry, const evm::BlockEnv& env, ConformanceFailure::Indexes& at) {
        JsonObject post{entry};
        Hash root, logs;
        post.required("hash", root).required("logs", logs);
        std::optional<JsonElement> indexes = post.find("indexes");
        if (!post.ok()) return post.end().error().to_error().message;
        if (!indexes) return "indexes: missing";
        for (const auto& [name, index] :
             {std::pair<std::string_view, uint64_t&>{"data", at.data}, {"gas", at.gas}, {"value", at.value}}) {
            const auto member = JsonObject{*indexes}.find(name);
            if (!member) return fmt::format("indexes.{}: missing", name);
            if (auto done = read_json_number(*member, index); !done)
                return fmt::format("indexes.{}: {}", name, done.error().message);
        }
        std::string expected_exception;
        if (const auto member = post.find("expectException"))
            if (auto done = read_json(*member, expected_exception); !done) return done.error().to_error().message;

        overlay_.reset(pre_);
        Result<evm::TransactResult> done = transact(post, env, at);
        if (overlay_.fault()) return overlay_.fault()->message;
        // The miner's reward of 0, which a block around the transaction would bring: it touches the account.
        overlay_.begin_transaction();
        overlay_.touch(overlay_.account(env.coinbase));
        overlay_.end_transaction(env.fork >= Fork::spurious_dragon);
        state::StateTrie trie = pre_trie_;
        if (auto applied = trie.apply(overlay_.changes()); !applied) return applied.error().message;

        if (done && !expected_exception.empty())
            return fmt::format("the transaction was accepted, expected {}", expected_exception);
        if (!done && expected_exception.empty()) return "the transaction was refused: " + done.error().message;
        const std::string how = done ? fmt::format("{}, gas {}", message_or_success(*done), done->gas_used)
                                     : "refused: " + done.error().message;
        if (const Hash actual = trie.root(); actual != root)
            return fmt::format("state root {}, expected {} ({})", to_hex(actual), to_hex(root), how);
        if (const Hash actual = logs_hash(done ? done->logs : std::vector<Log>{}); actual != logs)
            return fmt::format("logs hash {}, expected {} ({})", to_hex(actual), to_hex(logs), how);
        return std::nullopt;
    }

private:
    static std::string_view message_or_success(const evm::TransactResult& r) {
        return r.success() ? "success" : evm::message_of(r.status);
    }

    Result<evm::TransactResult> transact(const JsonObject& post, const evm::BlockEnv& env,
                                         const ConformanceFailure::Indexes& at) {
        auto tx = transaction(post, env, at);
        if (!tx) return std::unexpected(tx.error());
        evm::TransactOptions options;
        options.block_gas_left = env.gas_limit;
        options.block_blob_gas_left = env.blobs.max * evm::gas_per_blob;
        return machine_.transact(overlay_, env, *tx, options);
    }

    /// As it was sent, where the test tells that; else made of its parts.
    Result<Transaction> transaction(const JsonObject& post, const evm::BlockEnv& env,
                                    const ConformanceFailure::Indexes& at) {
        std::optional<Address> sender;
        if (const auto member = transaction_.find("sender")) {
            if (auto done = read_json(*member, sender.emplace()); !done)
                return std::unexpected(std::move(done).error().in_member("sender").to_error());
        } else if (const auto key = transaction_.find("secretKey")) {
            Hash secret;
            if (auto done = read_json(*key, secret); !done)
                return std::unexpected(std::move(done).error().in_member("secretKey").to_error());
            sender = secp256k1::address_of(secret);
        }
        if (const auto member = post.find("txbytes")) {
            Bytes encoded;
            if (auto done = read_json(*member, encoded); !done)
                return std::unexpected(std::move(done).error().in_member("txbytes").to_error());
            auto tx = decode_transaction(encoded);
            if (!tx) return tx;
            if (auto done = recover_senders(*tx, env.fork >= Fork::homestead); !done)
                return std::unexpected(done.error());
            if (sender && tx->sender != *sender)
                return fail(
                    fmt::format("txbytes is signed by {}, the sender is {}", to_hex(tx->sender), to_hex(*sender)));
            return tx;
        }
        if (!sender) return fail("sender: missing, and so is secretKey");
        auto tx = read_transaction(transaction_, at, env.chain_id);
        if (tx) tx->sender = *sender;
        return tx;
    }

    evm::Machine& machine_;
    PreState pre_;
    state::Overlay overlay_;
    const state::StateTrie& pre_trie_;
    const JsonObject& transaction_;
};

}  // namespace

void run_state_test(evm::Machine& machine, std::string_view name, JsonElement test, const WantsNetwork& wanted,
                    FileOutcome& out) {
    const JsonObject object{test};
    const auto env = object.find("env"), pre = object.find("pre"), transaction = object.find("transaction"),
               post = object.find("post");
    if (!env || !pre || !transaction || !post) return out.fail(name, {}, "not a state test as the others in its file");
    state::MemoryState state;
    if (auto done = read_accounts(*pre, state); !done)
        return out.fail(name, {}, std::move(done).error().in_member("pre").to_error().message);
    state::StateTrie pre_trie;
    (void)pre_trie.apply(all_of(state));  // cannot fail: there are no nodes to load
    pre_trie.root();                      // hashes everything once, for all the copies
    const JsonObject tx{*transaction};
    StateCase state_case{machine, state, pre_trie, tx};

    const auto done = for_each_member(*post, [&](std::string_view fork, JsonElement entries) -> JsonStatus {
        auto network = Network::find(fork);
        if (!network) {
            simdjson::dom::array cases;
            out.unknown_forks[std::string{fork}] += entries.get(cases) == simdjson::SUCCESS ? cases.size() : 1;
            return {};
        }
        if (!wanted(*network)) return {};
        if (auto read = read_config(object, *network); !read)
            return std::unexpected(std::move(read).error().in_member("config"));
        const evm::ChainSpec chain = network->spec({});
        evm::BlockEnv block;
        if (auto read = read_env(JsonObject{*env}, chain, block); !read)
            return std::unexpected(std::move(read).error().in_member("env"));
        return for_each_item(entries, [&](JsonElement entry, size_t) -> JsonStatus {
            ConformanceFailure::Indexes at{};
            auto what = state_case.run(entry, block, at);
            if (what)
                out.failures.push_back({{}, std::string{name}, std::string{fork}, at, std::move(*what)});
            else
                ++out.passed;
            return {};
        });
    });
    if (!done) out.fail(name, {}, done.error().to_error().message);
}

}  // namespace osprey::chain
