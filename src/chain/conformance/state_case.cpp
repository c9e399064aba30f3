#include "chain/conformance/state_case.hpp"

#include <fmt/format.h>

#include "chain/conformance/cases.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/secp256k1.hpp"

namespace osprey::chain {

namespace {

using evm::Fork;

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

/// As it was sent.
Result<Transaction> decode_sent(BytesView encoded, const std::optional<Address>& sender, Fork fork) {
    auto tx = decode_transaction(encoded);
    if (!tx) return tx;
    if (auto done = recover_senders(*tx, fork >= Fork::homestead); !done) return std::unexpected(done.error());
    if (sender && tx->sender != *sender)
        return fail(fmt::format("txbytes is signed by {}, the sender is {}", to_hex(tx->sender), to_hex(*sender)));
    return tx;
}

std::unexpected<Error> malformed(std::string_view item, JsonError error) {
    return std::unexpected(std::move(error).in_member(item).to_error());
}

}  // namespace

Result<std::optional<state::AccountInfo>> PreState::account(const Address& address) {
    return accounts.account(address);
}
Result<u256> PreState::storage(const Address& address, const u256& slot) { return accounts.storage(address, slot); }
Result<state::SharedBytes> PreState::code(const Address& address, const Hash& hash) {
    return accounts.code(address, hash);
}
Result<bool> PreState::has_storage(const Address& address) { return accounts.has_storage(address); }
Result<Hash> PreState::block_hash(uint64_t number) {
    const std::string text = std::to_string(number);
    return keccak256({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

Result<StateTest> StateTest::read(JsonElement test) {
    const JsonObject object{test};
    const auto env = object.find("env"), pre = object.find("pre"), transaction = object.find("transaction"),
               post = object.find("post");
    if (!env || !pre || !transaction || !post) return fail("not a state test as the others in its file");
    StateTest out{test, *env, *transaction, *post};
    if (auto done = read_accounts(*pre, out.pre_->accounts); !done) return malformed("pre", std::move(done.error()));
    if (const auto sender = out.transaction_.find("sender")) {
        if (auto done = read_json(*sender, out.sender_.emplace()); !done)
            return malformed("transaction.sender", std::move(done.error()));
    } else if (const auto key = out.transaction_.find("secretKey")) {
        Hash secret;
        if (auto done = read_json(*key, secret); !done)
            return malformed("transaction.secretKey", std::move(done.error()));
        out.sender_ = secp256k1::address_of(secret);
    }
    return out;
}

Result<void> StateTest::for_each_case(const std::function<bool(const Network&)>& wanted,
                                      const std::function<void(std::string_view, Result<StateCase>)>& f,
                                      std::map<std::string, size_t>& unknown_forks) const {
    auto done = for_each_member(post_, [&](std::string_view fork, JsonElement entries) -> JsonStatus {
        auto network = Network::find(fork);
        if (!network) {
            simdjson::dom::array cases;
            unknown_forks[std::string{fork}] += entries.get(cases) == simdjson::SUCCESS ? cases.size() : 1;
            return {};
        }
        if (!wanted(*network)) return {};
        if (auto read = read_config(test_, *network); !read)
            return std::unexpected(std::move(read).error().in_member("config"));
        evm::BlockEnv env;
        if (auto read = read_env(env_, network->spec({}), env); !read)
            return std::unexpected(std::move(read).error().in_member("env"));
        return for_each_item(entries, [&](JsonElement entry, size_t) -> JsonStatus {
            auto one = read_case(entry, env);
            if (one) one->fork = fork;
            f(fork, std::move(one));
            return {};
        });
    });
    if (!done) return std::unexpected(done.error().to_error());
    return {};
}

Result<StateCase> StateTest::read_case(JsonElement entry, const evm::BlockEnv& env) const {
    StateCase out{.env = env, .transaction = Transaction{}};
    JsonObject post{entry};
    post.required("hash", out.state_root).required("logs", out.logs_hash).optional("expectException", out.exception);
    const auto indexes = post.find("indexes");
    if (!post.ok()) return std::unexpected(post.end().error().to_error());
    if (!indexes) return fail("indexes: missing");
    for (const auto& [name, index] :
         {std::pair<std::string_view, uint64_t&>{"data", out.at.data}, {"gas", out.at.gas}, {"value", out.at.value}}) {
        const auto member = JsonObject{*indexes}.find(name);
        if (!member) return fail(fmt::format("indexes.{}: missing", name));
        if (auto done = read_json_number(*member, index); !done) return malformed(name, std::move(done.error()));
    }
    if (const auto info = test_.find("_info"))
        if (const auto labels = JsonObject{*info}.find("labels"))
            JsonObject{*labels}.optional(std::to_string(out.at.data), out.label);

    if (const auto member = post.find("txbytes")) {
        Bytes encoded;
        if (auto done = read_json(*member, encoded); !done) return malformed("txbytes", std::move(done.error()));
        out.transaction = decode_sent(encoded, sender_, env.fork);
        return out;
    }
    if (!sender_) return fail("transaction.sender: missing, and so is secretKey");
    out.transaction = read_transaction(transaction_, out.at, env.chain_id);
    if (out.transaction) out.transaction->sender = *sender_;
    return out;
}

}  // namespace osprey::chain
