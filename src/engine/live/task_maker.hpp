#pragma once
// What the chain says becomes tasks for the searchers. Runs on the chain's state thread, and is a function of what it
// is told and of what the source answers.

#include <deque>
#include <functional>
#include <unordered_map>

#include "engine/live/chain_setup.hpp"
#include "engine/live/event.hpp"
#include "engine/live/market_keeper.hpp"

namespace osprey::engine {

class TaskMaker {
public:
    using Clock = std::chrono::steady_clock;
    struct Out {
        std::function<void(Task)> task;
        /// What the coming tasks stand on, and how the market got there.
        std::function<void(std::shared_ptr<const NextBlock>, const BlockEvent&)> head;
    };

    TaskMaker(ChainSetup setup, ChainSource& source, Out out)
        : setup_(std::move(setup)), source_(source), out_(std::move(out)), market_(setup_.exchanges) {}

    /// The pools to begin with: all that the factories made up to a block. They are read after the first head that is
    /// told; what was made in between is asked for.
    void start_with(std::vector<PoolName> pools, uint64_t found_to) {
        to_read_ = std::move(pools);
        heard_to_ = found_to;
    }

    /// Emits what there is to search after the new head. The error: the source failed, and the market does not stand
    /// after the head; the same is tried again with the next update.
    Result<void> on_update(const chain::ChainUpdate& update, Clock::time_point arrived);
    /// Several that came together. Those that cannot be in the next block (their nonce was used) are forgotten.
    void on_pending(std::vector<Transaction> transactions, Clock::time_point arrived);
    /// One of ours was sent, or will never be in a block.
    void on_sent(const Transaction& tx);
    void on_given_up(const Hash& tx) { forget(tx); }

    /// Null before the first head.
    const std::shared_ptr<const NextBlock>& next_block() const noexcept { return next_; }
    const MarketKeeper& market() const noexcept { return market_; }
    size_t pending_count() const noexcept { return pending_.size(); }
    /// The number that the next task will have.
    uint64_t next_task() const noexcept { return tasks_; }
    static constexpr size_t most_pending_kept = 8192;

private:
    Result<void> read_pools(std::span<const PoolName> names, const chain::BlockHeader& head,
                            std::vector<market::PoolId>& read);
    /// Of blocks whose logs nobody told: what the factories made there.
    Result<void> ask_for_missed();
    void stand_on(const chain::BlockHeader& head);
    void emit_update(std::vector<market::PoolId> moved, std::span<const market::PoolId> stale,
                     Clock::time_point arrived);
    void add_pending(Transaction tx, bool ours);
    void forget(const Hash& tx);
    void drop_used();
    std::vector<std::shared_ptr<const PendingTx>> expected_order() const;
    void leave_out_unlikely(std::vector<std::shared_ptr<const PendingTx>>& order) const;

    ChainSetup setup_;
    ChainSource& source_;
    Out out_;
    MarketKeeper market_;
    std::vector<PoolName> to_read_;  ///< not read yet
    uint64_t heard_to_ = 0;          ///< the last block whose logs were told
    struct Gap {
        uint64_t from, to;  ///< blocks, both included
    };
    std::vector<Gap> missed_;
    std::deque<chain::BlockHeader> heads_;
    std::shared_ptr<const NextBlock> next_;
    protocol::calls::Watched watched_;  ///< the market's pools and tokens
    std::unordered_map<Hash, std::shared_ptr<const PendingTx>> pending_;
    uint64_t tasks_ = 0, arrivals_ = 0;
};

}  // namespace osprey::engine
