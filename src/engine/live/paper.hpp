#pragma once
// What finds would have come to: each is executed in the real next block, at its place.

#include <deque>

#include "chain/head_chain.hpp"
#include "engine/live/chain_source.hpp"
#include "engine/live/event.hpp"
#include "engine/live/workbench.hpp"

namespace osprey::engine {

class PaperTrader {
public:
    PaperTrader(const ChainSetup& setup, ChainSource& source, Workbench& bench, TellWhat tell)
        : setup_(setup), source_(source), bench_(bench), tell_(std::move(tell)) {}

    /// What would have been sent for the block after the head.
    void send(std::shared_ptr<const NextBlock> block, const Find& find) { open_.emplace_back(std::move(block), find); }
    /// Tells the outcome of all that were sent.
    void follow(const chain::ChainUpdate& update);

private:
    Result<std::vector<OutcomeEvent>> run(const NextBlock& before, const Block& block, std::span<const Find> finds);
    Result<OutcomeEvent> execute(const Find& find, const evm::BlockEnv& env);

    const ChainSetup& setup_;
    ChainSource& source_;
    Workbench& bench_;
    TellWhat tell_;
    std::deque<std::pair<std::shared_ptr<const NextBlock>, Find>> open_;
};

}  // namespace osprey::engine
