#pragma once
// Every threshold of the detectors. tests/inspect/thresholds_test.cpp stands on each side of each.

namespace osprey::inspect::thresholds {

/// An arbitrage may end with less of a token when that is worth at most this share of what it gained.
inline constexpr double loss_share = 0.1;
/// A change of at most this share of what was turned over in a token is a rounding, not an inventory.
inline constexpr double dust_share = 1e-4;
/// A sandwich has to sell what it bought: at most this share of it may stay.
inline constexpr double unsold_share = 0.1;
/// The same for a contract of the attacker's own that trades directly before and after its victims.
inline constexpr double unsold_share_adjacent = 0.5;
/// Two transactions are one actor's when an account spends in one what it got in the other: at least this share of
/// what the swap moved. A token's fee for its owner is less.
inline constexpr double handed_share = 0.5;
/// A contract pays with its own when it ends with that much less, as a share of what a swap took: a bot that trades out
/// of one pool and into another nets most of it. The dust that a router keeps, and spends again, is less.
inline constexpr double treasury_share = 1e-3;
/// What was bought and what was sold differ by at most this share: the amounts match.
inline constexpr double match_share = 0.01;
/// A sandwich is reported from this confidence on.
inline constexpr double sandwich_confidence = 0.6;
/// An exchange that no decoder knows takes a token and gives another. It is a conversion at a rate when what it gives
/// is worth at most this much more or less; beyond that collateral is released or a loan drawn.
inline constexpr double conversion_price = 0.1;
/// It is told as a swap when it is within this share of the price of the block's pools.
inline constexpr double unknown_swap_price = 0.03;
inline constexpr double unknown_swap_confidence = 0.5;
/// An arbitrage by filling others' orders.
inline constexpr double fills_others_confidence = 0.7;
/// Shares of a pair that are put back differ by at most this share from those taken out: the price has moved between.
inline constexpr double returned_share = 0.1;
/// Liquidity that is there for one trade: removed at most so many transactions after it was added.
inline constexpr unsigned jit_span = 20;
/// A priority fee per gas that is this many times the block's median is one for a place.
inline constexpr unsigned high_priority_times = 5;
/// A one-way trade spends and gets its tokens out of the contract's own: at least this share of what the pools moved.
inline constexpr double own_inventory_share = 0.99;
/// Swaps that were undone in one transaction before it counts as a failed attempt.
inline constexpr unsigned undone_swaps = 2;

}  // namespace osprey::inspect::thresholds
