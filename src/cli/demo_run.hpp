#pragma once
// The demonstration: markets on this machine, and the daemon on them in live mode, block by block. What it reports is
// held against the chain to the wei.

#include <functional>

#include "engine/live/daemon.hpp"
#include "local_market/local_market.hpp"

namespace osprey::cli {

struct DemoOptions {
    uint64_t seed = 1;
    uint64_t blocks = 0;  ///< 0: until `stop` says so
    unsigned chains = 1;
    engine::Mode mode = engine::Mode::live;
    double speed = 0;                 ///< blocks a second; 0: as fast as they go
    std::filesystem::path recording;  ///< empty: none
};

struct DemoTotals {
    uint64_t blocks = 0;  ///< of each chain
    uint64_t transactions = 0;
    uint64_t found = 0;  ///< opportunities, each once
    uint64_t sent = 0, landed = 0, reverted = 0, never_landed = 0;
    u256 profit;             ///< wei of the wrapped coin: what landed, as reported
    u256 gas_cost;           ///< wei
    u256 profit_on_chain;    ///< what the executors hold at the end, and did not at the beginning
    u256 gas_cost_on_chain;  ///< what the operators have less
    uint64_t rival_arbitrages = 0, rival_found = 0;
    u256 rival_profit;                     ///< wei
    std::vector<std::string> differences;  ///< a line each: what does not agree with the chain

    bool all_well() const noexcept { return differences.empty(); }
};

struct DemoBlock {
    size_t chain = 0;
    const local_market::MinedBlock* mined = nullptr;
    const DemoTotals* totals = nullptr;  ///< so far
    engine::PipelineStats stats;
};

struct DemoWatch {
    std::function<void(const engine::Event&)> event;  ///< from any thread, one at a time
    std::function<void(std::string_view what)> progress;
    std::function<bool(const DemoBlock&)> block;            ///< false: no more blocks
    std::function<void(std::string_view toml)> configured;  ///< what the daemon runs with
};

/// The error: something is missing or does not start; one line.
Result<DemoTotals> run_demo(const DemoOptions& options, const DemoWatch& watch);

}  // namespace osprey::cli
