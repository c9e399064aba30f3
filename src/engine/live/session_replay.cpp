#include <fmt/format.h>

#include <map>
#include <unordered_map>
#include <unordered_set>

#include "engine/live/searcher.hpp"
#include "engine/live/session.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "types/json_reader.hpp"

namespace osprey::engine {

namespace {

/// Reads what the recorder wrote.
struct Line {
    explicit Line(JsonElement e) : object(e) {}
    JsonObject object;

    Result<void> check() {
        if (auto done = object.end(); !done) return std::unexpected(done.error().to_error());
        return {};
    }
};

JsonStatus read(JsonElement e, PoolName& out) {
    Bytes key;
    JsonObject o{e};
    o.required("contract", out.key.contract).required("id", out.key.id).optional("v4_key", key);
    if (auto done = o.end(); !done) return done;
    if (key.empty()) return {};
    out.v4_key = protocol::uniswap_v4::decode_key(key);
    if (!out.v4_key) return json_fail("v4_key: no pool key");
    return {};
}
JsonStatus read(JsonElement e, Transaction& out) {
    Bytes raw;
    Address from;
    if (auto done = JsonObject{e}.required("raw", raw).required("from", from).end(); !done) return done;
    auto tx = decode_transaction(raw);
    if (!tx) return json_fail(tx.error().message);
    out = std::move(*tx);
    out.sender = from;
    recover_authorities(out);
    return {};
}
JsonStatus read(JsonElement e, chain::BlockHeader& out) {
    Bytes rlp;
    if (auto done = read_json(e, rlp); !done) return done;
    auto header = decode_header(rlp);
    if (!header) return json_fail(header.error().message);
    out.header = std::move(*header);
    out.hash = hash_of(out.header);
    return {};
}
template <class T>
JsonStatus read_all(JsonElement e, std::vector<T>& out) {
    return for_each_item(e, [&](JsonElement item, size_t) { return read(item, out.emplace_back()); });
}

/// A block's state as far as it was asked for. Everything else cannot be told.
class RecordedState final : public state::Reader {
public:
    Result<std::optional<state::AccountInfo>> account(const Address& address) override {
        const auto at = accounts.find(address);
        if (at == accounts.end()) return fail("the recording lacks account " + to_hex(address));
        return at->second;
    }
    Result<u256> storage(const Address& address, const u256& slot) override {
        const auto at = slots.find(address);
        if (at != slots.end())
            if (const auto value = at->second.find(slot); value != at->second.end()) return value->second;
        return fail("the recording lacks a slot of " + to_hex(address));
    }
    Result<state::SharedBytes> code(const Address&, const Hash& code_hash) override {
        const auto at = codes->find(code_hash);
        if (at == codes->end()) return fail("the recording lacks the code " + to_hex(code_hash));
        return at->second;
    }
    Result<Hash> block_hash(uint64_t number) override {
        const auto at = hashes.find(number);
        if (at == hashes.end()) return fail(fmt::format("the recording lacks the hash of block {}", number));
        return at->second;
    }

    std::unordered_map<Address, std::optional<state::AccountInfo>> accounts;
    std::unordered_map<Address, std::unordered_map<u256, u256>> slots;
    std::unordered_map<uint64_t, Hash> hashes;
    std::shared_ptr<std::unordered_map<Hash, state::SharedBytes>> codes;
};

/// An answer of the source, and the line that it stands in.
struct Answer {
    JsonDocument document;
    size_t line = 0;
};

class Session {
public:
    static Result<Session> load(const std::filesystem::path& file) {
        std::ifstream in{file, std::ios::binary};
        if (!in) return fail(file.string() + ": cannot be read");
        Session session;
        std::string text;
        for (size_t number = 1; std::getline(in, text); ++number)
            if (auto done = session.take(text, number); !done)
                return std::unexpected(std::move(done).error().in(fmt::format("{}: line {}", file.string(), number)));
        if (!session.begun_) return fail(file.string() + ": no recording of a session");
        return session;
    }

    std::vector<PoolName> pools;
    uint64_t found_to = 0;      ///< the block that the pools were looked for up to
    std::vector<Input> inputs;  ///< SentInput: with the hash alone
    std::unordered_set<uint64_t> late;
    std::unordered_map<Hash, std::shared_ptr<RecordedState>> states;
    std::map<std::string, std::vector<Answer>, std::less<>> answers;  ///< by question, in the order of asking

private:
    RecordedState& state_of(const Hash& block) {
        auto& state = states[block];
        if (!state) {
            state = std::make_shared<RecordedState>();
            state->codes = codes_;
        }
        return *state;
    }

    Result<void> take(std::string_view text, size_t number) {
        auto document = JsonDocument::parse(text);
        if (!document) return std::unexpected(document.error());
        const JsonElement root = document->root();
        std::string what;
        JsonObject o{root};
        o.required("t", what);
        if (auto done = o.end(); !done) return std::unexpected(done.error().to_error());
        if (!begun_ && what != "session") return fail("no recording of a session");
        if (what == "pools" || what == "receipts" || what == "nonce" || what == "block" || what == "logs") {
            auto& all = answers[what];
            all.push_back({.document = std::move(*document), .line = number});
            return {};
        }
        const auto done = what == "session" || what == "late" ? take_facts(what, root)
                          : is_state(what)                    ? take_state(what, root)
                                                              : take_input(what, root);
        if (!done) return std::unexpected(done.error().to_error());
        return {};
    }

    static bool is_state(std::string_view what) {
        return what == "account" || what == "slot" || what == "code" || what == "block_hash";
    }
    JsonStatus take_facts(std::string_view what, JsonElement root) {
        JsonObject o{root};
        if (what == "late") {
            uint64_t task = 0;
            if (auto done = read_json_number_member(o, "task", task); !done) return done;
            late.insert(task);
            return {};
        }
        begun_ = true;
        if (auto done = read_json_number_member(o, "found_to", found_to); !done) return done;
        if (const auto list = o.find("pools")) return read_all(*list, pools);
        return json_fail("pools: missing");
    }
    static JsonStatus read_json_number_member(JsonObject& o, std::string_view name, uint64_t& out) {
        const auto member = o.find(name);
        if (!member) return json_fail(std::string{name} + ": missing");
        return read_json_number(*member, out);
    }

    JsonStatus take_state(std::string_view what, JsonElement root) {
        JsonObject o{root};
        Hash block;
        o.required("block", block);
        if (what == "code") {
            Bytes code;
            o.required("code", code);
            if (auto done = o.end(); !done) return done;
            const Hash hash = keccak256(code);
            codes_->try_emplace(hash, std::make_shared<const Bytes>(std::move(code)));
            return {};
        }
        if (what == "block_hash") {
            uint64_t number = 0;
            Hash hash;
            o.required("hash", hash);
            if (auto done = o.end(); !done) return done;
            if (auto done = read_json_number_member(o, "number", number); !done) return done;
            state_of(block).hashes[number] = hash;
            return {};
        }
        Address address;
        o.required("address", address);
        if (what == "slot") {
            u256 slot, value;
            o.required("slot", slot).required("value", value);
            if (auto done = o.end(); !done) return done;
            state_of(block).slots[address][slot] = value;
            return {};
        }
        std::optional<state::AccountInfo> info;
        if (o.find("nonce")) {
            info.emplace();
            o.required("balance", info->balance).required("code_hash", info->code_hash);
            if (auto done = read_json_number_member(o, "nonce", info->nonce); !done) return done;
        }
        if (auto done = o.end(); !done) return done;
        state_of(block).accounts[address] = info;
        return {};
    }

    JsonStatus take_input(std::string_view what, JsonElement root) {
        JsonObject o{root};
        if (what == "update") {
            chain::ChainUpdate update;
            o.required("restarted", update.restarted);
            if (auto done = o.end(); !done) return done;
            for (const auto& [name, list] : {std::pair{"removed", &update.removed}, std::pair{"added", &update.added}})
                if (const auto member = o.find(name))
                    if (auto done = read_all(*member, *list); !done) return done;
            const auto logs = o.find("logs");
            if (!logs) return json_fail("logs: missing");
            auto done = for_each_item(*logs, [&](JsonElement of_block, size_t) {
                auto& placed = update.logs.emplace_back();
                return for_each_item(
                    of_block, [&](JsonElement log, size_t) { return read_json(log, placed.emplace_back().log); });
            });
            inputs.emplace_back(std::move(update));
            return done;
        }
        if (what == "status") {
            chain::ChainStatus status;
            uint64_t state = 0;
            o.required("reason", status.reason);
            if (auto done = o.end(); !done) return done;
            if (auto done = read_json_number_member(o, "state", state); !done) return done;
            if (state > 2) return json_fail("state: unknown");
            status.state = static_cast<chain::ChainStatus::State>(state);
            inputs.emplace_back(std::move(status));
            return {};
        }
        if (what == "pending") {
            const auto list = o.find("txs");
            if (!list) return json_fail("txs: missing");
            return read_all(*list, std::get<PendingInput>(inputs.emplace_back(PendingInput{})));
        }
        Hash tx;
        o.required("tx", tx);
        if (auto done = o.end(); !done) return done;
        if (what == "sent") {
            SentInput sent;
            sent.tx.hash = tx;
            inputs.emplace_back(std::move(sent));
            return {};
        }
        if (what == "given_up") {
            inputs.emplace_back(GivenUpInput{tx});
            return {};
        }
        return json_fail("\"" + std::string{what} + "\" is nothing that a recording holds");
    }

    bool begun_ = false;
    std::shared_ptr<std::unordered_map<Hash, state::SharedBytes>> codes_ =
        std::make_shared<std::unordered_map<Hash, state::SharedBytes>>();
};

/// Answers in the order in which the recording has them.
class RecordedSource final : public ChainSource {
public:
    explicit RecordedSource(Session& session) : session_(session) {}

    std::shared_ptr<state::Reader> state_after(const chain::BlockHeader& block) override {
        const auto at = session_.states.find(block.hash);
        if (at != session_.states.end()) return at->second;
        return std::make_shared<RecordedState>();
    }
    Result<std::vector<std::unique_ptr<protocol::Pool>>> read_pools(std::span<const PoolName> pools,
                                                                    const chain::BlockHeader&) override {
        const Answer* answer = next("pools");
        if (answer == nullptr) return fail("the recording has no more pools");
        return of<std::vector<std::unique_ptr<protocol::Pool>>>(*answer, [&](JsonObject& o, auto& out) -> JsonStatus {
            const auto list = o.find("pools");
            if (!list) return json_fail("pools: missing");
            auto done = for_each_item(*list, [&](JsonElement e, size_t i) {
                return read_pool(e, i < pools.size() ? &pools[i] : nullptr, out);
            });
            if (done && out.size() != pools.size()) return json_fail("pools: other ones were asked for");
            return done;
        });
    }
    Result<std::vector<Log>> logs_of(std::span<const Address>, uint64_t, uint64_t) override {
        const Answer* answer = next("logs");
        if (answer == nullptr) return fail("the recording has no more logs");
        return of<std::vector<Log>>(
            *answer, [](JsonObject& o, auto& out) -> JsonStatus { return o.required("logs", out).end(); });
    }
    Result<std::vector<std::optional<chain::PlacedReceipt>>> find_transactions(std::span<const Hash> hashes) override {
        const Answer* answer = next("receipts");
        if (answer == nullptr) return fail("the recording has no more receipts");
        return of<std::vector<std::optional<chain::PlacedReceipt>>>(
            *answer, [&](JsonObject& o, auto& out) -> JsonStatus {
                const auto list = o.find("receipts");
                if (!list) return json_fail("receipts: missing");
                auto done = for_each_item(*list, [&](JsonElement e, size_t) { return read_receipt(e, out); });
                if (done && out.size() != hashes.size()) return json_fail("receipts: others were asked for");
                return done;
            });
    }
    Result<uint64_t> pending_nonce(const Address&) override {
        const Answer* answer = next("nonce");
        if (answer == nullptr) return fail("the recording has no more nonces");
        return of<uint64_t>(*answer, [](JsonObject& o, uint64_t& out) -> JsonStatus {
            const auto nonce = o.find("nonce");
            return nonce ? read_json_number(*nonce, out) : json_fail("nonce: missing");
        });
    }
    Result<std::optional<Block>> block(const Hash&) override {
        const Answer* answer = next("block");
        if (answer == nullptr) return fail("the recording has no more blocks");
        return of<std::optional<Block>>(*answer, [](JsonObject& o, std::optional<Block>& out) -> JsonStatus {
            Bytes rlp;
            o.optional("rlp", rlp);
            if (auto done = o.end(); !done || rlp.empty()) return done;
            auto block = decode_block(rlp);
            if (!block) return json_fail(block.error().message);
            for (Transaction& tx : block->transactions)
                if (auto done = recover_senders(tx); !done) return json_fail(done.error().message);
            out = std::move(*block);
            return {};
        });
    }

private:
    const Answer* next(std::string_view question) {
        const auto at = session_.answers.find(question);
        size_t& used = used_[std::string{question}];
        if (at == session_.answers.end() || used == at->second.size()) return nullptr;
        return &at->second[used++];
    }
    /// A failure that was recorded is given again.
    template <class T, class Read>
    static Result<T> of(const Answer& answer, Read&& read_it) {
        JsonObject o{answer.document.root()};
        std::string error;
        o.optional("error", error);
        if (auto done = o.end(); !done) return std::unexpected(done.error().to_error());
        if (!error.empty()) return fail(error);
        T out{};
        if (const JsonStatus done = read_it(o, out); !done)
            return std::unexpected(done.error().to_error().in(fmt::format("line {}", answer.line)));
        return out;
    }
    static JsonStatus read_pool(JsonElement e, const PoolName* name,
                                std::vector<std::unique_ptr<protocol::Pool>>& out) {
        auto& pool = out.emplace_back();
        if (e.is_null()) return {};
        if (name == nullptr) return json_fail("more pools than were asked for");
        std::string kind;
        std::vector<Address> tokens;
        JsonObject o{e};
        o.required("kind", kind).required("tokens", tokens);
        if (auto done = o.end(); !done) return done;
        const protocol::Family* family = protocol::find_family(kind);
        const auto state = o.find("state");
        if (family == nullptr || !state) return json_fail("no pool that is known");
        JsonObject members{*state};
        auto read = family->read(name->key, tokens, members);
        if (!read) return json_fail(read.error().message);
        pool = std::move(*read);
        return {};
    }
    static JsonStatus read_receipt(JsonElement e, std::vector<std::optional<chain::PlacedReceipt>>& out) {
        auto& placed = out.emplace_back();
        if (e.is_null()) return {};
        placed.emplace();
        JsonObject o{e};
        o.required("block", placed->block_hash).required("success", placed->receipt.success);
        o.required("price", placed->effective_gas_price).required("logs", placed->receipt.logs);
        if (auto done = o.end(); !done) return done;
        const auto number = o.find("number"), gas = o.find("gas");
        if (!number || !gas) return json_fail("number or gas: missing");
        if (auto done = read_json_number(*number, placed->block_number); !done) return done;
        return read_json_number(*gas, placed->receipt.gas_used);
    }

    Session& session_;
    std::map<std::string, size_t> used_;
};

}  // namespace

Result<void> replay_session(const std::filesystem::path& file, Desk::Parts parts) {
    auto session = Session::load(file);
    if (!session) return std::unexpected(std::move(session).error());
    RecordedSource source{*session};
    std::unordered_map<Hash, Transaction> sent;
    parts.source = &source;
    parts.sent = [&](const Transaction& tx) { sent.insert_or_assign(tx.hash, tx); };
    parts.given_up = [](const Hash&) {};
    const ChainSetup setup = parts.setup;
    Searcher searcher{setup, parts.signer->address()};
    Desk desk{std::move(parts)};
    const chain::ChainUpdate* update = nullptr;
    TaskMaker maker{
        setup,
        source,
        {.task = [&](const Task& task) { desk.on_result(searcher.run(task), session->late.contains(task.number)); },
         .head = [&](std::shared_ptr<const NextBlock> next,
                     const BlockEvent& facts) { desk.on_head(*update, std::move(next), facts); }}};
    maker.start_with(session->pools, session->found_to);
    chain::ChainStatus status;
    bool failed = false;
    for (Input& input : session->inputs) {
        if (const auto* news = std::get_if<chain::ChainUpdate>(&input)) {
            update = news;
            const auto done = maker.on_update(*news, {});
            if (done && failed) desk.on_status(status);
            failed = !done;
            if (!done) desk.on_status({chain::ChainStatus::State::degraded, done.error().message});
        } else if (const auto* told = std::get_if<chain::ChainStatus>(&input)) {
            status = *told;
            if (!failed) desk.on_status(status);
        } else if (auto* pending = std::get_if<PendingInput>(&input)) {
            maker.on_pending(std::move(*pending), {});
        } else if (const auto* ours = std::get_if<SentInput>(&input)) {
            const auto tx = sent.find(ours->tx.hash);
            if (tx == sent.end())
                return fail(file.string() + ": transaction " + to_hex(ours->tx.hash) +
                            " was sent in the recording, and is not sent now");
            maker.on_sent(tx->second);
        } else if (const auto* given_up = std::get_if<GivenUpInput>(&input)) {
            maker.on_given_up(given_up->tx);
        }
    }
    return {};
}

}  // namespace osprey::engine
