#pragma once
// A searcher holds a market of its own, so that several search at once without a lock. It is a function of what it is
// given: the same tasks lead to the same finds, on whatever thread and however fast.

#include "engine/live/chain_setup.hpp"
#include "engine/live/workbench.hpp"
#include "strategy/strategy.hpp"

namespace osprey::engine {

class Searcher {
public:
    /// `operated_by`: who sends the plans.
    Searcher(const ChainSetup& setup, const Address& operated_by)
        : setup_(setup), operator_(operated_by), bench_(setup.wrapped_native, setup.executor, operated_by) {}

    TaskResult run(const Task& task);

    const market::TokenGraph& graph() const noexcept { return graph_; }

private:
    class Watch;

    Result<void> take(const MarketUpdate& update);
    Result<void> stand_on(const NextBlock& block);
    void renew_search();
    Result<void> after_block(const BlockTask& task);
    Result<void> behind_pending(const PendingTask& task);
    /// The finds of one moment. `tip`: wei a gas that ours has to pay there; none: as much as it bids.
    Result<void> look(const strategy::Moment& moment, const std::optional<u256>& tip, bool placeable);
    std::optional<Find> try_out(const strategy::Moment& moment, const strategy::Candidate& candidate,
                                const std::optional<u256>& tip);
    std::vector<protocol::flash::Offer> offers(const strategy::Candidate& candidate);
    void answer(const protocol::Need& need, protocol::Answers& answers);
    void choose(std::span<Find> moment) const;
    /// The best finds from `begin` on as if they were in the block: what comes behind has to be found behind them.
    void assume_taken(size_t begin);

    ChainSetup setup_;
    Address operator_;
    Workbench bench_;
    market::TokenGraph graph_;
    std::optional<market::CycleSearch> search_;
    std::shared_ptr<const NextBlock> block_;
    /// Of cycles that gained something at the start of the last block and were not the best, or not worth acting on:
    /// another base fee may make them so.
    std::vector<market::PoolId> standing_;
    TaskResult out_;
};

}  // namespace osprey::engine
