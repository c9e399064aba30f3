#pragma once
// What searchers took in a block, by net balance changes (inspect/).

#include <span>
#include <vector>

#include "evm/machine.hpp"
#include "protocol/amm/pool.hpp"
#include "state/reader.hpp"

namespace osprey::engine {

struct Realised {
    size_t tx = 0;
    Hash hash;
    u256 profit;  ///< wei, before gas and what the builder got
    struct Change {
        Address token;
        u256 amount;  ///< two's complement
    };
    std::vector<Change> tokens;  ///< net, of all accounts of the actor
    struct Swap {
        protocol::PoolKey pool;
        Address token_in, token_out;
    };
    std::vector<Swap> swaps;
    std::optional<size_t> found_by;  ///< the best of Backtest::found that takes the same opportunity
};

/// The atomic arbitrages of one transaction each that gained something. A block that cannot be executed is told by its
/// receipts. An error: it has none either.
Result<std::vector<Realised>> realised_arbitrages(evm::Machine& machine, uint64_t chain_id, const Block& block,
                                                  state::Reader& base, std::span<const Receipt> receipts = {});

}  // namespace osprey::engine
