#include <fmt/format.h>

#include "engine/live/searcher.hpp"
#include "engine/live/session_reader.hpp"
#include "primitives/hex.hpp"

namespace osprey::engine {

namespace {

/// Answers in the order in which the recording has them.
class Answers {
public:
    explicit Answers(const RecordedSession& session) : session_(session) {}

    /// A failure that was recorded is given again.
    template <class T, class Read>
    Result<T> next(std::string_view question, Read&& read_it) {
        const auto at = session_.answers.find(question);
        size_t& used = used_[std::string{question}];
        if (at == session_.answers.end() || used == at->second.size())
            return fail(fmt::format("the recording has no more answers to \"{}\"", question));
        const RecordedAnswer& answer = at->second[used++];
        JsonObject o{answer.document->root()};
        std::string error;
        o.optional("error", error);
        T out{};
        JsonStatus done = o.end();
        if (done && !error.empty()) return fail(error);
        if (done) done = read_it(o, out);
        if (!done) return std::unexpected(done.error().to_error().in(fmt::format("line {}", answer.line)));
        return out;
    }

    Result<void> done(std::string_view question) {
        const auto answer =
            next<std::monostate>(question, [](JsonObject&, std::monostate&) -> JsonStatus { return {}; });
        if (!answer) return std::unexpected(answer.error());
        return {};
    }

private:
    const RecordedSession& session_;
    std::map<std::string, size_t> used_;
};

class RecordedSource final : public ChainSource {
public:
    RecordedSource(const RecordedSession& session, Answers& answers) : session_(session), answers_(answers) {}

    std::shared_ptr<state::Reader> state_after(const chain::BlockHeader& block) override {
        const auto at = session_.states.find(block.hash);
        if (at != session_.states.end()) return at->second;
        return std::make_shared<RecordedState>(std::make_shared<const RecordedCodes>());
    }
    Result<std::vector<std::unique_ptr<protocol::Pool>>> read_pools(std::span<const PoolName> pools,
                                                                    const chain::BlockHeader&) override {
        return answers_.next<std::vector<std::unique_ptr<protocol::Pool>>>(
            "pools", [&](JsonObject& o, auto& out) -> JsonStatus {
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
        return answers_.next<std::vector<Log>>(
            "logs", [](JsonObject& o, auto& out) -> JsonStatus { return o.required("logs", out).end(); });
    }
    Result<std::vector<std::optional<chain::PlacedReceipt>>> find_transactions(std::span<const Hash> hashes) override {
        return answers_.next<std::vector<std::optional<chain::PlacedReceipt>>>(
            "receipts", [&](JsonObject& o, auto& out) -> JsonStatus {
                const auto list = o.find("receipts");
                if (!list) return json_fail("receipts: missing");
                auto done = for_each_item(*list, [&](JsonElement e, size_t) { return read_receipt(e, out); });
                if (done && out.size() != hashes.size()) return json_fail("receipts: others were asked for");
                return done;
            });
    }
    Result<uint64_t> pending_nonce(const Address&) override {
        return answers_.next<uint64_t>("nonce", [](JsonObject& o, uint64_t& out) -> JsonStatus {
            const auto nonce = o.find("nonce");
            return nonce ? read_json_number(*nonce, out) : json_fail("nonce: missing");
        });
    }
    Result<std::optional<Block>> block(const Hash&) override {
        return answers_.next<std::optional<Block>>("block", [](JsonObject& o, std::optional<Block>& out) -> JsonStatus {
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
        return o.number("number", placed->block_number).number("gas", placed->receipt.gas_used).end();
    }

    const RecordedSession& session_;
    Answers& answers_;
};

/// Counts nothing: what other chains did to the account is in its answers.
class RecordedAccount final : public Account {
public:
    explicit RecordedAccount(Answers& answers) : answers_(answers) {}

    risk::Verdict judge(const risk::Proposal&, uint64_t) override { return verdict(); }
    risk::Verdict reserve(const risk::Proposal&, uint64_t) override { return verdict(); }
    Result<void> sent(const SentRecord&) override { return answers_.done("kept"); }
    std::optional<risk::Settlement> settled(const Hash&, const risk::Outcome&, uint64_t) override {
        return risk::Settlement{};
    }
    void reopened(const risk::Settlement&, const SentRecord&) override {}
    std::vector<SentRecord> sent_before(uint64_t) override {
        return answers_
            .next<std::vector<SentRecord>>(
                "sent_before", [](JsonObject& o, auto& out) -> JsonStatus { return o.required("records", out).end(); })
            .value_or(std::vector<SentRecord>{});
    }

private:
    risk::Verdict verdict() {
        auto said = answers_.next<risk::Verdict>("judge", [](JsonObject& o, risk::Verdict& out) -> JsonStatus {
            return o.required("accepted", out.accepted).required("text", out.text).end();
        });
        if (!said) return {.accepted = false, .text = said.error().message};
        return std::move(*said);
    }

    Answers& answers_;
};

/// Sends nothing: what was sent has been sent.
class RecordedSubmitter final : public execute::Submitter {
public:
    explicit RecordedSubmitter(Answers& answers) : answers_(answers) {}
    Result<void> submit(const execute::CheckedBundle&) override { return answers_.done("submitted"); }

private:
    Answers& answers_;
};

}  // namespace

Result<void> replay_session(const std::filesystem::path& file, Desk::Parts parts) {
    auto session = load_session(file);
    if (!session) return std::unexpected(std::move(session).error());
    Answers answers{*session};
    RecordedSource source{*session, answers};
    RecordedAccount account{answers};
    RecordedSubmitter submitter{answers};
    std::unordered_map<Hash, Transaction> sent;
    parts.source = &source;
    parts.account = &account;
    parts.submitter = &submitter;
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
