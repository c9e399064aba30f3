#pragma once
// The live engine's events in a database, in their order, each once, and the opportunities that they make.

#include <map>

#include "primitives/u256.hpp"
#include "store/opportunity.hpp"

namespace osprey::store {

struct LiveRun {
    uint64_t run = 0;     ///< microseconds since 1970 at its start
    std::string command;  ///< run, demo, replay
    std::string mode;     ///< watch, paper, live
};

struct OpportunityFilter {
    std::optional<uint64_t> chain_id;
    std::optional<std::string> outcome;  ///< as in the event, or "none"
    std::optional<std::string> strategy;
    uint64_t limit = 20;
};

/// What came of the opportunities that landed on one day (UTC), with one strategy, in one token.
struct DayProfit {
    std::string day;
    uint64_t chain_id = 0;
    std::string strategy, token;
    uint64_t landed = 0;
    u256 profit;    ///< of the token
    u256 gas_cost;  ///< wei
    u256 net;       ///< wei, two's complement
};

class EventStore {
public:
    /// Opens the database and brings its schema up to date.
    static Result<EventStore> open(const std::string& dsn);

    /// In one transaction: the runs, the events that are not there yet, and the rows of all opportunities that they
    /// tell of. The events of a run and chain come in the order of their sequence, also from one call to the next.
    /// After an error: open another store, it may have been written or not.
    Result<void> put(std::span<const LiveRun> runs, std::span<const LiveEvent> events);
    /// `lost`: events that were told and not kept. Not ended: it goes on, or its process was killed.
    Result<void> end_run(uint64_t run, uint64_t ended_at, uint64_t lost);

    /// The newest first.
    Result<std::vector<Opportunity>> opportunities(const OpportunityFilter& filter);
    /// The ids that begin with this hexadecimal text, at most `limit`.
    Result<std::vector<std::string>> ids(const std::string& prefix, uint64_t limit);
    /// All events with this id, run by run.
    Result<std::vector<LiveEvent>> story(const std::string& id);
    /// Of all runs but replays, the newest day first.
    Result<std::vector<DayProfit>> profits();

    const std::string& name() const noexcept { return database_->name(); }
    /// From another thread: what is under way ends soon with an error.
    void interrupt() noexcept { database_->interrupt(); }

private:
    explicit EventStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
    using Stream = std::pair<uint64_t, uint64_t>;  ///< run and chain
    Result<void> put_runs(std::span<const LiveRun> runs);
    Result<std::optional<uint64_t>> last_sequence(const Stream& stream);
    Result<void> renew_opportunities(const Stream& stream, std::span<const std::string> ids);
    /// A time column as text like time_text()'s.
    std::string time_of(std::string_view column) const;

    std::unique_ptr<Database> database_;
    std::map<Stream, uint64_t> last_;  ///< sequence that is written
};

}  // namespace osprey::store
