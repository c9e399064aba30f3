#pragma once
// What the live engine is told about a chain before it starts.

#include <memory>
#include <optional>
#include <vector>

#include "evm/fork.hpp"
#include "execute/gas.hpp"
#include "networks/networks.hpp"
#include "protocol/flash/lender.hpp"

namespace osprey::engine {

/// How the engine pays to be included.
enum class Payment : uint8_t {
    priority_fee,  ///< whoever pays more for gas comes first: chains with an open mempool
    coinbase,      ///< a payment inside of the plan: bundles to builders
};

/// Rules that hold from the first block on, for chains of one's own.
struct OwnRules {
    OwnRules(uint64_t chain_id, evm::Fork fork);
    OwnRules(const OwnRules&) = delete;
    OwnRules& operator=(const OwnRules&) = delete;

    evm::ForkActivation forks[1];
    evm::ChainSpec spec;
};

struct ChainSetup {
    uint64_t chain_id = 0;
    const evm::ChainSpec* rules = nullptr;  ///< has to outlive the engine
    uint64_t block_seconds = 12;            ///< from a block's time to the next one's, at the least 1
    Address wrapped_native;                 ///< what everything is valued in
    std::vector<Address> start_tokens;      ///< empty: every token of the market
    std::vector<networks::Exchange> exchanges;
    std::vector<protocol::flash::Lender> lenders;  ///< who lends for one transaction
    std::optional<Address> executor;               ///< none: it is put into the simulated state only
    unsigned max_hops = 4;
    Payment payment = Payment::priority_fee;
    execute::BidPolicy bid{.share = 100'000, .floor = {}};
    size_t most_candidates = 8;  ///< of one moment that are executed, the most valuable first
    size_t most_pending = 64;    ///< pending transactions that are executed before ours, the best paying first
};

}  // namespace osprey::engine
