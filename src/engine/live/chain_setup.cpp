#include "engine/live/chain_setup.hpp"

namespace osprey::engine {

OwnRules::OwnRules(uint64_t chain_id, evm::Fork fork)
    : forks{{.fork = fork, .by_timestamp = false, .at = 0, .blobs = {}, .label = {}}},
      spec{.chain_id = chain_id, .name = "own", .forks = forks} {
    // Blobs as Ethereum had them when this fork came.
    for (const evm::ForkActivation& row : evm::find_chain(1)->forks)
        if (row.fork == fork) {
            forks[0].blobs = row.blobs;
            break;
        }
}

}  // namespace osprey::engine
