#pragma once
// Every threshold of the detectors. tests/inspect/thresholds_test.cpp stands on each side of each.

namespace osprey::inspect::thresholds {

/// An arbitrage may end with less of a token when that is worth at most this share of what it gained.
inline constexpr double loss_share = 0.1;
/// A change of at most this share of what was turned over in a token is a rounding, not an inventory.
inline constexpr double dust_share = 1e-4;
/// A sandwich has to sell what it bought: at most this share of it may stay.
inline constexpr double unsold_share = 0.1;
/// What was bought and what was sold differ by at most this share: the amounts match.
inline constexpr double match_share = 0.01;
/// A sandwich is reported from this confidence on.
inline constexpr double sandwich_confidence = 0.6;
/// Liquidity that is there for one trade: removed at most so many transactions after it was added.
inline constexpr unsigned jit_span = 20;
/// A priority fee per gas that is this many times the block's median is one for a place.
inline constexpr unsigned high_priority_times = 5;
/// Swaps that were undone in one transaction before it counts as a failed attempt.
inline constexpr unsigned undone_swaps = 2;

}  // namespace osprey::inspect::thresholds
