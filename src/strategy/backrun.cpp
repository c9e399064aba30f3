// Backrun: cycles of swaps through the pools that a pending transaction moved, right behind it.

#include "strategy/cycles.hpp"

namespace osprey::strategy {

namespace {

std::vector<Candidate> candidates(const Moment& moment) {
    if (moment.change == nullptr || moment.pending == nullptr) return {};
    return candidates_of(moment, backrun, moment.search.search(*moment.change));
}

}  // namespace

constinit const Strategy backrun{
    .name = "backrun", .summary = "cycles of swaps behind a transaction that moved pools", .candidates = candidates};

}  // namespace osprey::strategy
