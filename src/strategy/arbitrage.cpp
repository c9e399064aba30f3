// Arbitrage at the start of a block: the cycles through what the last block moved, or every cycle that there is where
// nobody looked before.

#include "strategy/cycles.hpp"

namespace osprey::strategy {

namespace {

std::vector<Candidate> candidates(const Moment& moment) {
    if (moment.pending != nullptr) return {};
    return candidates_of(moment, arbitrage,
                         moment.change != nullptr ? moment.search.search(*moment.change) : moment.search.search_all());
}

}  // namespace

constinit const Strategy arbitrage{
    .name = "arbitrage", .summary = "cycles of swaps at the start of a block", .candidates = candidates};

}  // namespace osprey::strategy
