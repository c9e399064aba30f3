#pragma once
// The account of what was sent and what it cost, for the desks of several chains: the book of risks, and beside it the
// transactions that are on their way. Written to a file before anything is handed out, so that a restart knows of all.

#include <filesystem>
#include <mutex>

#include "risk/book.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"
#include "types/transaction.hpp"

namespace osprey::engine {

/// One opportunity's transactions, from the first that was handed out until none of them can land any more.
struct SentRecord {
    Hash id;
    uint64_t chain_id = 0;
    uint64_t for_block = 0;
    Address profit_token;
    u256 profit;  ///< of that token, as planned
    u256 value;   ///< wei that the planned profit is worth
    struct Version {
        Transaction tx;
        bool withdraws = false;  ///< takes its nonce, and does nothing
    };
    std::vector<Version> versions;  ///< that may have been handed out, oldest first; at most one of a nonce lands
};

/// What a desk asks and tells. Times are those of blocks, Unix seconds.
class Account {
public:
    virtual ~Account() = default;

    /// What reserve() would say.
    virtual risk::Verdict judge(const risk::Proposal& proposal, uint64_t time) = 0;
    virtual risk::Verdict reserve(const risk::Proposal& proposal, uint64_t time) = 0;
    /// From here on `record` may be handed out. The error: it could not be written down, and must not be.
    virtual Result<void> sent(const SentRecord& record) = 0;
    /// Ends what reserve() began. None: nothing with that id was in flight, and the book is killed.
    virtual std::optional<risk::Settlement> settled(const Hash& id, const risk::Outcome& outcome, uint64_t time) = 0;
    /// Its block was taken back.
    virtual void reopened(const risk::Settlement& settlement, const SentRecord& record) = 0;
    /// What an earlier process sent to this chain and has not settled.
    virtual std::vector<SentRecord> sent_before(uint64_t chain_id) = 0;
};

class BookAccount final : public Account {
public:
    /// In memory only.
    explicit BookAccount(risk::Book book) : book_(std::move(book)) {}
    /// Kept in the file, and gone on with where there is one. The error: the file holds no account.
    static Result<std::unique_ptr<BookAccount>> open(risk::Book book, std::filesystem::path file);

    risk::Verdict judge(const risk::Proposal& proposal, uint64_t time) override;
    risk::Verdict reserve(const risk::Proposal& proposal, uint64_t time) override;
    Result<void> sent(const SentRecord& record) override;
    std::optional<risk::Settlement> settled(const Hash& id, const risk::Outcome& outcome, uint64_t time) override;
    void reopened(const risk::Settlement& settlement, const SentRecord& record) override;
    std::vector<SentRecord> sent_before(uint64_t chain_id) override;

    risk::Status status() const;
    /// The error: the file could not be written; nothing is sent any more.
    Result<void> trouble() const;

private:
    Result<void> keep();
    uint64_t latest(uint64_t of_block) const { return std::max(of_block, book_.state().time); }

    mutable std::mutex mutex_;
    risk::Book book_;
    std::vector<SentRecord> sent_;
    std::filesystem::path file_;  ///< empty: none
    Result<void> trouble_;
};

/// The account as it is written: {"book":{...},"sent":[...]}.
struct KeptAccount {
    risk::BookState book;
    std::vector<SentRecord> sent;
};
void write_json(JsonWriter& out, const SentRecord& record);
JsonStatus read_json(JsonElement e, SentRecord& out);
std::string to_json(const risk::BookState& book, std::span<const SentRecord> sent);
/// Refuses what no account can have written.
Result<KeptAccount> parse_account(std::string_view json);

}  // namespace osprey::engine
