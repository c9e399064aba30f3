#pragma once
// Decides what is done about finds, does it, and keeps account of what became of it. One for each chain, on a thread of
// its own; a function of what it is told, in that order, and of what source and submitter answer.

#include <deque>
#include <mutex>
#include <unordered_set>

#include "chain/follower.hpp"
#include "engine/live/chain_setup.hpp"
#include "engine/live/chain_source.hpp"
#include "engine/live/event.hpp"
#include "engine/live/task.hpp"
#include "execute/submit.hpp"
#include "risk/book.hpp"
#include "strategy/executor.hpp"

namespace osprey::engine {

/// The books of all chains in one, for the desks of several threads.
struct SharedBook {
    std::mutex mutex;
    risk::Book book;

    /// The chains' blocks are the book's clock, and the one that is furthest tells.
    uint64_t time(uint64_t of_block) const { return std::max(of_block, book.state().time); }
};

class Desk {
public:
    struct Parts {
        Mode mode = Mode::watch;
        ChainSetup setup;
        ChainSource* source = nullptr;
        const execute::Signer* signer = nullptr;  ///< the executor's operator; in watch and paper any
        SharedBook* book = nullptr;
        execute::Submitter* submitter = nullptr;  ///< live only
        EventSink sink;
        /// Ours, which is in the mempool from here on, or will not be in a block any more.
        std::function<void(const Transaction&)> sent;
        std::function<void(const Hash&)> given_up;
    };
    explicit Desk(Parts parts);

    void on_status(const chain::ChainStatus& status);
    /// `next`: what the market stands on from here on.
    void on_head(const chain::ChainUpdate& update, std::shared_ptr<const NextBlock> next, const BlockEvent& facts);
    /// `late`: a newer head is known already, and comes behind this.
    void on_result(const TaskResult& result, bool late);

    const Address& executor_address() const noexcept { return executor_address_; }

private:
    struct Flight {
        Find find;
        Transaction tx;
        uint64_t for_block = 0;
        std::optional<Transaction> cancel;  ///< takes its nonce
        Hash landed_in;                     ///< zero: it is in flight
        uint64_t landed_at = 0;
        bool booked = false;

        const Transaction& newest() const noexcept { return cancel ? *cancel : tx; }
    };

    template <class What>
    void tell(What what);
    void refuse(const Find& find, std::string why);
    void decide(const TaskResult& result, const Find& find, bool late);
    struct Prepared {
        Transaction tx;
        execute::CheckedBundle checked;
    };
    Result<Prepared> prepare(const TaskResult& result, const Find& find);
    bool send(const TaskResult& result, const Find& find, Prepared prepared);
    void move_back(const TaskResult& result, const Find& in_front);
    void give_up(const Flight& flight, std::string why);
    bool can_replace_those_behind(const Find& find) const;
    Result<void> stand_on(const NextBlock& block);
    risk::Proposal proposal(const TaskResult& result, const Find& find) const;
    void book_outcome(const Hash& id, const risk::Outcome& outcome);
    void check_old_transactions();
    void unwind(const chain::ChainUpdate& update);
    void settle();
    void land(Flight& flight, const chain::PlacedReceipt& placed);
    void land_cancel(Flight& flight, const chain::PlacedReceipt& placed);
    void cancel_flight(Flight& flight);
    void try_on_paper(const chain::ChainUpdate& update);
    Result<void> run_paper_block(const NextBlock& before, const Block& block, std::span<const Find*> finds);
    u256 gained(const std::vector<Log>& logs, const Address& token) const;

    Parts p_;
    Address executor_address_;
    execute::OwnAccounts own_;
    evm::Machine machine_;
    std::optional<state::Overlay> state_;
    std::optional<strategy::Executor> executor_;
    std::shared_ptr<const NextBlock> next_, standing_on_;
    chain::ChainStatus status_;     ///< as it was told
    bool search_failed_ = false;    ///< at this head: the state could not answer
    bool old_transactions_ = true;  ///< of ours may be pending from before this process
    std::deque<Flight> flights_;    ///< in flight, and landed lately
    std::deque<std::pair<std::shared_ptr<const NextBlock>, Find>> paper_;
    std::unordered_set<Hash> told_, decided_;
    uint64_t events_ = 0;
};

}  // namespace osprey::engine
