#pragma once
// What the live engine is told about a chain before it starts.

#include <memory>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "execute/gas.hpp"
#include "networks/networks.hpp"
#include "protocol/flash/lender.hpp"

namespace osprey::engine {

using config::Payment;

struct ChainSetup {
    uint64_t chain_id = 0;
    const evm::ChainSpec* rules = nullptr;  ///< has to outlive the engine
    uint64_t block_seconds = 12;            ///< from a block's time to the next one's, at the least 1
    Address wrapped_native;                 ///< what everything is valued in
    std::vector<Address> start_tokens;      ///< empty: every token of the market
    std::vector<networks::Exchange> exchanges;
    std::vector<protocol::flash::Lender> lenders;  ///< who lends for one transaction, the free ones first
    std::optional<Address> executor;               ///< none: it is put into the simulated state only
    unsigned max_hops = 4;
    uint64_t fixed_gas = 60'000;  ///< of a transaction beside its swaps: 21,000, calldata, the executor's checks
    Payment payment = Payment::priority_fee;
    execute::BidPolicy bid{.share = 100'000, .floor = {}};
    std::optional<u256> most_gas_price;  ///< wei a gas; also to withdraw what was sent
    u256 least_net;                      ///< wei: what nets less is not acted on
    size_t most_candidates = 8;          ///< of one moment that are executed, the most valuable first
    size_t most_pending = 64;            ///< pending transactions that are executed before ours, the best paying first
};

/// Of what the file says. The configuration has to outlive it.
Result<ChainSetup> setup_of(const config::ChainConfig& chain);

}  // namespace osprey::engine
