#pragma once
// Which of the opportunities to take when no two may use the same pool.

#include <span>
#include <vector>

#include "market/cycle_search.hpp"

namespace osprey::market {

struct DisjointChoice {
    std::vector<size_t> chosen;  ///< places in what was given, best first
    u256 net;                    ///< sum of their net gains
    u256 bound;                  ///< no choice nets more; the same as net when the search came to its end
};

/// The `most` opportunities with the greatest sum of net gains of which no two share a pool. Exact by branch and bound;
/// a search that grows beyond `effort` steps answers with the best found, and the bound tells how far from the best
/// that can be at most.
DisjointChoice best_disjoint(std::span<const Opportunity> opportunities, size_t most, uint64_t effort = 200'000);

}  // namespace osprey::market
