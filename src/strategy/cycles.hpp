#pragma once
// From opportunities to candidates: what every strategy on cycles of swaps has in common.

#include "strategy/strategy.hpp"

namespace osprey::strategy {

/// Of the most valuable cycles, each alone, and what those that share pools give together where that is more. The
/// opportunities come best first, as CycleSearch returns them.
std::vector<Candidate> candidates_of(const Moment& moment, const Strategy& strategy,
                                     std::span<const market::Opportunity> opportunities);

}  // namespace osprey::strategy
