#pragma once
// Cycles of swaps that give back more of a token than went in.

#include <vector>

#include "market/market.hpp"

namespace osprey::market {

struct Cycle {
    std::vector<Hop> hops;      ///< the last one pays the token that the first one takes
    std::vector<u256> amounts;  ///< into each hop, and what the last one pays
    /// The gain in the base token: exact when the cycle starts there, else at what the market pays for it. None where
    /// no pool trades the two against each other.
    std::optional<u256> value;

    const u256& amount_in() const { return amounts.front(); }
    const u256& amount_out() const { return amounts.back(); }
    u256 gain() const noexcept { return amounts.back() - amounts.front(); }  ///< in the token it starts with
};

/// Every cycle of two or three different pools that runs through one of `moved` and gains, at its best input, the most
/// valuable first. A cycle is found once: it starts from `base` when it runs through it, else from a token that can be
/// sold for `base`, else from any of its own.
std::vector<Cycle> find_cycles(const Market& market, std::span<const PoolId> moved, TokenId base);

}  // namespace osprey::market
