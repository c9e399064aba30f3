#pragma once
// The account of what is under way and what was lost, and the one place that says yes or no to a transaction.
//
// Pure: time comes in as Unix seconds, from one clock for all chains, and the same calls give the same verdicts. A time
// before the latest one is refused. One thread at a time.

#include "primitives/error.hpp"
#include "risk/book_state.hpp"
#include "risk/limits.hpp"
#include "risk/verdict.hpp"

namespace osprey::risk {

struct BookChain {
    uint64_t chain_id = 0;
    Limits limits;
    /// What one coin (10^18 wei) of this chain counts in wei of the reference coin, in which chains are added up.
    /// Better too much than too little.
    u256 reference_wei_per_coin = 1'000'000'000'000'000'000_u256;
};

struct LedgerStatus {
    u256 daily_loss_wei, total_loss_wei, total_gain_wei;
    u256 at_risk_wei;  ///< what is in flight can cost
    uint32_t in_flight = 0;
    uint32_t failures_in_row = 0;
    std::optional<uint64_t> paused_until;  ///< Unix seconds, while paused
    bool stopped = false;
    bool operator==(const LedgerStatus&) const = default;
};
struct ChainStatus {
    uint64_t chain_id = 0;
    LedgerStatus ledger;
};
struct Status {
    LedgerStatus all;  ///< in the reference coin
    std::vector<ChainStatus> chains;
    std::vector<std::string> tripped;  ///< what refuses everything now, a line each; empty: nothing does
};

/// What settled() made of a transaction: what is needed to take that back.
struct Settlement {
    InFlight flight;
    Outcome outcome;
    uint64_t at = 0;  ///< the time that it was counted under
};

class Book {
public:
    /// `all`: on all chains together, in wei of the reference coin. Of a chain named twice the last counts.
    Book(std::vector<BookChain> chains, const RunningLimits& all);

    /// Changes nothing: what reserve() would say.
    Verdict judge(const Proposal& proposal, uint64_t now) const;
    /// Judges, and counts the transaction as in flight when accepted. Only then may it be handed to anybody.
    Verdict reserve(const Proposal& proposal, uint64_t now);
    /// Ends what reserve() began; a time before the latest counts as the latest. The error: nothing with that id is in
    /// flight, and nothing was counted: what the books do not explain is a reason for kill().
    Result<Settlement> settled(const Hash& id, const Outcome& outcome, uint64_t now);
    /// Its block is no longer part of the chain: it is in flight again, and what it brought or cost counts no more.
    /// What a loss has tripped stays tripped. The error: its id is in flight, and nothing was changed.
    Result<void> reopen(const Settlement& settlement);

    /// Refuses everything until resume(). What is in flight stays so.
    void kill(std::string_view why);
    /// A person's word: ends kill, pauses and stops; a total that had led to a stop begins at zero again.
    void resume();

    Status status(uint64_t now) const;
    const BookState& state() const noexcept { return state_; }
    /// Goes on from there; limits stay as constructed. An error, and nothing changed: see check().
    Result<void> restore(BookState state);

private:
    struct Costs;

    const BookChain* chain(uint64_t chain_id) const noexcept;
    ChainState& chain_state(uint64_t chain_id);
    const ChainState* find_state(uint64_t chain_id) const noexcept;
    void count_block(const Proposal& proposal);
    struct Counted {
        u256 gain, loss;                      ///< wei of the chain's coin; one of them is zero
        u256 gain_reference, loss_reference;  ///< the same in the reference coin
    };
    Counted counted(uint64_t chain_id, const Outcome& outcome) const;

    std::vector<BookChain> chains_;  ///< ascending by id
    RunningLimits all_;
    BookState state_;
};

/// What one coin's wei count in the reference coin: rounded up, at most 2^256 - 1.
u256 reference_wei(const u256& wei, const u256& reference_wei_per_coin);

}  // namespace osprey::risk
