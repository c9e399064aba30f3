#include <fmt/format.h>

#include <unordered_set>

#include "engine/live/session.hpp"
#include "primitives/hex.hpp"
#include "types/json.hpp"

namespace osprey::engine {

namespace {

void write(JsonWriter& out, const PoolName& name) {
    out.begin_object().member("contract", name.key.contract).member("id", name.key.id);
    if (name.v4_key) out.member("v4_key", BytesView{protocol::uniswap_v4::encode_key(*name.v4_key)});
    out.end_object();
}
void write(JsonWriter& out, const Transaction& tx) {
    out.begin_object().member("raw", BytesView{encode(tx)}).member("from", tx.sender).end_object();
}

class InputWriter {
public:
    explicit InputWriter(JsonWriter& out) : out_(out) {}

    void operator()(const chain::ChainUpdate& update) {
        out_.begin_object().member("t", "update").member("restarted", update.restarted);
        headers("removed", update.removed);
        headers("added", update.added);
        out_.key("logs").begin_array();
        for (const auto& of_block : update.logs) {
            out_.begin_array();
            for (const chain::PlacedLog& placed : of_block) write_json(out_, placed.log);
            out_.end_array();
        }
        out_.end_array().end_object();
    }
    void operator()(const chain::ChainStatus& status) {
        out_.begin_object().member("t", "status").member("state", static_cast<unsigned>(status.state));
        out_.member("reason", status.reason).end_object();
    }
    void operator()(const PendingInput& pending) {
        out_.begin_object().member("t", "pending").key("txs").begin_array();
        for (const Transaction& tx : pending) write(out_, tx);
        out_.end_array().end_object();
    }
    void operator()(const SentInput& sent) {
        out_.begin_object().member("t", "sent").member("tx", sent.tx.hash).end_object();
    }
    void operator()(const GivenUpInput& given_up) {
        out_.begin_object().member("t", "given_up").member("tx", given_up.tx).end_object();
    }

private:
    void headers(std::string_view name, const std::vector<chain::BlockHeader>& blocks) {
        out_.key(name).begin_array();
        for (const chain::BlockHeader& block : blocks) out_.hex(encode(block.header));
        out_.end_array();
    }
    JsonWriter& out_;
};

class RecordingState final : public state::Reader {
public:
    RecordingState(std::shared_ptr<state::Reader> state, const Hash& block, SessionRecorder& recorder)
        : state_(std::move(state)), block_(block), recorder_(recorder) {}

    Result<std::optional<state::AccountInfo>> account(const Address& address) override {
        auto info = state_->account(address);
        if (info && is_first(address.bytes)) {
            JsonWriter out;
            out.begin_object().member("t", "account").member("block", block_).member("address", address);
            if (*info) {
                out.member("nonce", (*info)->nonce).key("balance").quantity((*info)->balance);
                out.member("code_hash", (*info)->code_hash);
            }
            out.end_object();
            recorder_.line(out.view());
        }
        return info;
    }
    Result<u256> storage(const Address& address, const u256& slot) override {
        auto value = state_->storage(address, slot);
        if (value && is_first(address.bytes, to_hash(slot).bytes)) {
            JsonWriter out;
            out.begin_object().member("t", "slot").member("block", block_).member("address", address);
            out.key("slot").quantity(slot).key("value").quantity(*value).end_object();
            recorder_.line(out.view());
        }
        return value;
    }
    Result<state::SharedBytes> code(const Address& address, const Hash& code_hash) override {
        auto code = state_->code(address, code_hash);
        if (code && is_first(code_hash.bytes)) {
            JsonWriter out;
            out.begin_object()
                .member("t", "code")
                .member("block", block_)
                .member("code", BytesView{**code})
                .end_object();
            recorder_.line(out.view());
        }
        return code;
    }
    Result<bool> has_storage(const Address& address) override { return state_->has_storage(address); }
    Result<Hash> block_hash(uint64_t number) override {
        auto hash = state_->block_hash(number);
        if (hash && is_first(to_hash(u256{number}).bytes, block_.bytes)) {
            JsonWriter out;
            out.begin_object().member("t", "block_hash").member("block", block_).member("number", number);
            out.member("hash", *hash).end_object();
            recorder_.line(out.view());
        }
        return hash;
    }

private:
    bool is_first(std::span<const uint8_t> one, std::span<const uint8_t> two = {}) {
        std::string key{one.begin(), one.end()};
        key.append(two.begin(), two.end());
        const std::scoped_lock lock{mutex_};
        return told_.insert(std::move(key)).second;
    }

    std::shared_ptr<state::Reader> state_;
    Hash block_;
    SessionRecorder& recorder_;
    std::mutex mutex_;
    std::unordered_set<std::string> told_;
};

/// {"t":what, ..., "error":...} or the members that `write_answer` adds.
template <class T, class Question, class Answer>
void write_call(SessionRecorder& recorder, std::string_view what, const Result<T>& result, Question&& question,
                Answer&& answer) {
    JsonWriter out;
    out.begin_object().member("t", what);
    question(out);
    if (result)
        answer(out);
    else
        out.member("error", result.error().message);
    out.end_object();
    recorder.line(out.view());
}

void write_done(SessionRecorder& recorder, std::string_view what, const Result<void>& done) {
    JsonWriter out;
    out.begin_object().member("t", what);
    if (!done) out.member("error", done.error().message);
    out.end_object();
    recorder.line(out.view());
}

class RecordingSource final : public ChainSource {
public:
    RecordingSource(ChainSource& source, SessionRecorder& recorder) : source_(source), recorder_(recorder) {}

    std::shared_ptr<state::Reader> state_after(const chain::BlockHeader& block) override {
        return std::make_shared<RecordingState>(source_.state_after(block), block.hash, recorder_);
    }
    void prefetch(const chain::BlockHeader& block, std::span<const AccessListEntry> items) override {
        source_.prefetch(block, items);
    }
    Result<std::vector<std::unique_ptr<protocol::Pool>>> read_pools(std::span<const PoolName> pools,
                                                                    const chain::BlockHeader& block) override {
        auto read = source_.read_pools(pools, block);
        write_call(
            recorder_, "pools", read,
            [&](JsonWriter& out) {
                out.member("block", block.hash).key("names").begin_array();
                for (const PoolName& name : pools) write(out, name);
                out.end_array();
            },
            [&](JsonWriter& out) {
                out.key("pools").begin_array();
                for (const auto& pool : *read) {
                    if (!pool) {
                        out.null();
                        continue;
                    }
                    out.begin_object().member("kind", pool->family().name).key("tokens").begin_array();
                    for (const Address& token : pool->tokens()) out.hex(token);
                    out.end_array().key("state").begin_object();
                    pool->write_state(out);
                    out.end_object().end_object();
                }
                out.end_array();
            });
        return read;
    }
    Result<std::vector<Log>> logs_of(std::span<const Address> contracts, uint64_t from, uint64_t to) override {
        auto logs = source_.logs_of(contracts, from, to);
        write_call(
            recorder_, "logs", logs, [&](JsonWriter& out) { out.member("from", from).member("to", to); },
            [&](JsonWriter& out) {
                out.key("logs").begin_array();
                for (const Log& log : *logs) write_json(out, log);
                out.end_array();
            });
        return logs;
    }
    Result<std::vector<std::optional<chain::PlacedReceipt>>> find_transactions(std::span<const Hash> hashes) override {
        auto found = source_.find_transactions(hashes);
        write_call(
            recorder_, "receipts", found,
            [&](JsonWriter& out) {
                out.key("txs").begin_array();
                for (const Hash& hash : hashes) out.hex(hash);
                out.end_array();
            },
            [&](JsonWriter& out) {
                out.key("receipts").begin_array();
                for (const auto& placed : *found) {
                    if (!placed) {
                        out.null();
                        continue;
                    }
                    out.begin_object().member("block", placed->block_hash).member("number", placed->block_number);
                    out.member("success", placed->receipt.success).member("gas", placed->receipt.gas_used);
                    out.key("price").quantity(placed->effective_gas_price).key("logs").begin_array();
                    for (const Log& log : placed->receipt.logs) write_json(out, log);
                    out.end_array().end_object();
                }
                out.end_array();
            });
        return found;
    }
    Result<uint64_t> pending_nonce(const Address& account) override {
        const auto nonce = source_.pending_nonce(account);
        write_call(
            recorder_, "nonce", nonce, [&](JsonWriter& out) { out.member("address", account); },
            [&](JsonWriter& out) { out.member("nonce", *nonce); });
        return nonce;
    }
    Result<std::optional<Block>> block(const Hash& hash) override {
        auto block = source_.block(hash);
        write_call(
            recorder_, "block", block, [&](JsonWriter& out) { out.member("hash", hash); },
            [&](JsonWriter& out) {
                if (*block) out.member("rlp", BytesView{encode(**block)});
            });
        return block;
    }

private:
    ChainSource& source_;
    SessionRecorder& recorder_;
};

class RecordingAccount final : public Account {
public:
    RecordingAccount(Account& account, SessionRecorder& recorder) : account_(account), recorder_(recorder) {}

    risk::Verdict judge(const risk::Proposal& proposal, uint64_t time) override {
        return write_down(account_.judge(proposal, time));
    }
    risk::Verdict reserve(const risk::Proposal& proposal, uint64_t time) override {
        return write_down(account_.reserve(proposal, time));
    }
    Result<void> sent(const SentRecord& record) override {
        auto kept = account_.sent(record);
        write_done(recorder_, "kept", kept);
        return kept;
    }
    std::optional<risk::Settlement> settled(const Hash& id, const risk::Outcome& outcome, uint64_t time) override {
        return account_.settled(id, outcome, time);
    }
    void reopened(const risk::Settlement& settlement, const SentRecord& record) override {
        account_.reopened(settlement, record);
    }
    std::vector<SentRecord> sent_before(uint64_t chain_id) override {
        auto records = account_.sent_before(chain_id);
        JsonWriter out;
        out.begin_object().member("t", "sent_before").key("records").begin_array();
        for (const SentRecord& record : records) write_json(out, record);
        out.end_array().end_object();
        recorder_.line(out.view());
        return records;
    }

private:
    risk::Verdict write_down(risk::Verdict verdict) {
        JsonWriter out;
        out.begin_object().member("t", "judge").member("accepted", verdict.accepted).member("text", verdict.text);
        out.end_object();
        recorder_.line(out.view());
        return verdict;
    }

    Account& account_;
    SessionRecorder& recorder_;
};

class RecordingSubmitter final : public execute::Submitter {
public:
    RecordingSubmitter(execute::Submitter& submitter, SessionRecorder& recorder)
        : submitter_(submitter), recorder_(recorder) {}
    Result<void> submit(const execute::CheckedBundle& bundle) override {
        auto done = submitter_.submit(bundle);
        write_done(recorder_, "submitted", done);
        return done;
    }

private:
    execute::Submitter& submitter_;
    SessionRecorder& recorder_;
};

}  // namespace

Result<std::unique_ptr<SessionRecorder>> SessionRecorder::create(const std::filesystem::path& file, uint64_t chain_id,
                                                                 std::span<const PoolName> pools, uint64_t found_to) {
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    if (!out) return fail(file.string() + ": cannot be written");
    auto recorder = std::unique_ptr<SessionRecorder>{new SessionRecorder{std::move(out), file}};
    JsonWriter json;
    json.begin_object()
        .member("t", "session")
        .member("chain", chain_id)
        .member("found_to", found_to)
        .key("pools")
        .begin_array();
    for (const PoolName& name : pools) write(json, name);
    json.end_array().end_object();
    recorder->line(json.view());
    return recorder;
}

void SessionRecorder::line(std::string_view json) {
    const std::scoped_lock lock{mutex_};
    out_ << json << '\n';
}
void SessionRecorder::input(const Input& input) {
    JsonWriter out;
    std::visit(InputWriter{out}, input);
    line(out.view());
}
void SessionRecorder::late(uint64_t task) { line(fmt::format(R"({{"t":"late","task":{}}})", task)); }
Result<void> SessionRecorder::flush() {
    const std::scoped_lock lock{mutex_};
    out_.flush();
    if (!out_) return fail(file_.string() + ": could not be written to its end");
    return {};
}

std::unique_ptr<ChainSource> recording_source(ChainSource& source, SessionRecorder& recorder) {
    return std::make_unique<RecordingSource>(source, recorder);
}
std::unique_ptr<Account> recording_account(Account& account, SessionRecorder& recorder) {
    return std::make_unique<RecordingAccount>(account, recorder);
}
std::unique_ptr<execute::Submitter> recording_submitter(execute::Submitter& submitter, SessionRecorder& recorder) {
    return std::make_unique<RecordingSubmitter>(submitter, recorder);
}

}  // namespace osprey::engine
