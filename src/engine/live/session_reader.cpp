#include "engine/live/session_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "types/json_reader.hpp"

namespace osprey::engine {

namespace {

/// What is asked from outside, and answered.
constexpr std::string_view questions[] = {"pools", "receipts", "nonce",       "block",    "logs",
                                          "judge", "kept",     "sent_before", "submitted"};

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
    if (auto done = osprey::read_json(e, rlp); !done) return done;
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

class SessionReader {
public:
    Result<RecordedSession> load(const std::filesystem::path& file) {
        std::ifstream in{file, std::ios::binary};
        if (!in) return fail(file.string() + ": cannot be read");
        std::string text;
        for (size_t number = 1; std::getline(in, text); ++number)
            if (auto done = take(text, number); !done)
                return std::unexpected(std::move(done).error().in(fmt::format("{}: line {}", file.string(), number)));
        if (!begun_) return fail(file.string() + ": no recording of a session");
        return std::move(session_);
    }

private:
    RecordedState& state_of(const Hash& block) {
        auto& state = session_.states[block];
        if (!state) state = std::make_shared<RecordedState>(codes_);
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
        if (std::ranges::find(questions, what) != std::end(questions)) {
            auto& all = session_.answers[what];
            all.push_back({.document = std::make_shared<const JsonDocument>(std::move(*document)), .line = number});
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
            if (auto done = o.number("task", task).end(); !done) return done;
            session_.late.insert(task);
            return {};
        }
        begun_ = true;
        if (auto done = o.number("found_to", session_.found_to).end(); !done) return done;
        if (const auto list = o.find("pools")) return read_all(*list, session_.pools);
        return json_fail("pools: missing");
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
            if (auto done = o.required("hash", hash).number("number", number).end(); !done) return done;
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
            o.number("nonce", info->nonce);
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
                return for_each_item(of_block, [&](JsonElement log, size_t) {
                    return osprey::read_json(log, placed.emplace_back().log);
                });
            });
            session_.inputs.emplace_back(std::move(update));
            return done;
        }
        if (what == "status") {
            chain::ChainStatus status;
            uint64_t state = 0;
            if (auto done = o.required("reason", status.reason).number("state", state, 2).end(); !done) return done;
            status.state = static_cast<chain::ChainStatus::State>(state);
            session_.inputs.emplace_back(std::move(status));
            return {};
        }
        if (what == "pending") {
            const auto list = o.find("txs");
            if (!list) return json_fail("txs: missing");
            return read_all(*list, std::get<PendingInput>(session_.inputs.emplace_back(PendingInput{})));
        }
        Hash tx;
        o.required("tx", tx);
        if (auto done = o.end(); !done) return done;
        if (what == "sent") {
            SentInput sent;
            sent.tx.hash = tx;
            session_.inputs.emplace_back(std::move(sent));
            return {};
        }
        if (what == "given_up") {
            session_.inputs.emplace_back(GivenUpInput{tx});
            return {};
        }
        return json_fail("\"" + std::string{what} + "\" is nothing that a recording holds");
    }

    RecordedSession session_;
    bool begun_ = false;
    std::shared_ptr<RecordedCodes> codes_ = std::make_shared<RecordedCodes>();
};

}  // namespace

Result<std::optional<state::AccountInfo>> RecordedState::account(const Address& address) {
    const auto at = accounts.find(address);
    if (at == accounts.end()) return fail("the recording lacks account " + to_hex(address));
    return at->second;
}

Result<u256> RecordedState::storage(const Address& address, const u256& slot) {
    const auto at = slots.find(address);
    if (at != slots.end())
        if (const auto value = at->second.find(slot); value != at->second.end()) return value->second;
    return fail("the recording lacks a slot of " + to_hex(address));
}

Result<state::SharedBytes> RecordedState::code(const Address&, const Hash& code_hash) {
    const auto at = codes_->find(code_hash);
    if (at == codes_->end()) return fail("the recording lacks the code " + to_hex(code_hash));
    return at->second;
}

Result<Hash> RecordedState::block_hash(uint64_t number) {
    const auto at = hashes.find(number);
    if (at == hashes.end()) return fail(fmt::format("the recording lacks the hash of block {}", number));
    return at->second;
}

Result<RecordedSession> load_session(const std::filesystem::path& file) { return SessionReader{}.load(file); }

}  // namespace osprey::engine
