#pragma once
// Several cycles over shared pools, taken together: each alone would take the whole of what they share.

#include "market/cycle_search.hpp"
#include "market/route_execution.hpp"

namespace osprey::market {

struct JointPlan {
    std::vector<RouteSwap> swaps;  ///< in this order each has its input: from amount_in and the swaps before
    u256 amount_in;                ///< of the start token, borrowed
    u256 amount_out;               ///< of the start token
    u256 premium;                  ///< of the flash loan
    u256 profit;                   ///< amount_out - amount_in - premium
    uint64_t gas = 0;              ///< of the swaps
    /// What walks through the pools of these cycles give, each no longer than the longest of them, is not above it.
    /// Joined flows may go further, around among the other tokens as well: where they gave more, it is what they gave.
    double bound = 0;

    double optimality() const noexcept;  ///< profit / bound, at most 1
};

/// The greatest profit in `start` from all pools of the opportunities that start there, each pool in the directions
/// that they use; `premium` in millionths of the input. At least what the best of them gives alone, or the best of them
/// that share no pool together. None: nothing gains.
std::optional<JointPlan> joint_optimum(const TokenGraph& graph, std::span<const Opportunity> opportunities,
                                       TokenId start, uint32_t premium = 0);

}  // namespace osprey::market
