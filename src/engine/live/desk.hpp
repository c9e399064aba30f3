#pragma once
// Decides what is done about finds, and does it. One for each chain, on a thread of its own; a function of what it is
// told, in that order, and of what source, account and submitter answer.

#include <unordered_set>

#include "chain/follower.hpp"
#include "engine/live/flights.hpp"
#include "engine/live/paper.hpp"

namespace osprey::engine {

class Desk {
public:
    struct Parts {
        Mode mode = Mode::watch;
        ChainSetup setup;
        ChainSource* source = nullptr;
        const execute::Signer* signer = nullptr;  ///< the executor's operator; in watch and paper any
        Account* account = nullptr;
        execute::Submitter* submitter = nullptr;  ///< live only
        EventSink sink;
        /// Ours, which is in the mempool from here on, or will not be in a block any more.
        std::function<void(const Transaction&)> sent;
        std::function<void(const Hash&)> given_up;
    };
    explicit Desk(Parts parts);
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    void on_status(const chain::ChainStatus& status);
    /// `next`: what the market stands on from here on.
    void on_head(const chain::ChainUpdate& update, std::shared_ptr<const NextBlock> next, const BlockEvent& facts);
    /// `late`: a newer head is known already, and comes behind this.
    void on_result(const TaskResult& result, bool late);

    const Address& executor_address() const noexcept { return executor_address_; }

private:
    void tell(EventWhat what);
    void refuse(const Find& find, std::string why);
    void decide(const TaskResult& result, const Find& find, bool late);
    /// Why nothing is done about any find of this result now; empty: something may be.
    std::string blocked(const TaskResult& result, bool late) const;
    struct Prepared {
        Transaction tx;
        execute::CheckedBundle checked;
    };
    Result<Prepared> prepare(const TaskResult& result, const Find& find);
    struct Before;
    std::vector<Before> in_front(const TaskResult& result) const;
    void move_back(const TaskResult& result, const Find& in_front);
    bool can_replace_those_behind(const Find& find) const;
    risk::Proposal proposal(const TaskResult& result, const Find& find) const;

    Parts p_;
    Address executor_address_;
    execute::OwnAccounts own_;
    Workbench bench_;
    std::optional<Flights> flights_;    ///< in live
    std::optional<PaperTrader> paper_;  ///< in paper
    std::shared_ptr<const NextBlock> next_;
    chain::ChainStatus status_;   ///< as it was told
    bool search_failed_ = false;  ///< at this head: the state could not answer
    std::unordered_set<Hash> told_, decided_;
    uint64_t events_ = 0;
};

}  // namespace osprey::engine
