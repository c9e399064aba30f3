// Arbitrage at the start of a block: every cycle there is in what the last block left.

#include "strategy/cycles.hpp"

namespace osprey::strategy {

namespace {

std::vector<Candidate> candidates(const Moment& moment) {
    if (moment.change != nullptr) return {};
    return candidates_of(moment, arbitrage, moment.search.search_all());
}

}  // namespace

constinit const Strategy arbitrage{
    .name = "arbitrage", .summary = "cycles of swaps at the start of a block", .candidates = candidates};

}  // namespace osprey::strategy
