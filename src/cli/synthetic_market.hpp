#pragma once
// A market of constant-product pairs in the shape of a real one, for benchmarks: a few hub tokens that most pools trade
// against, long tails of small tokens, depths over many powers of ten, prices that stray less than fees where there is
// depth, and some broken pools with no depth at all.

#include <random>

#include "market/token_graph.hpp"

namespace osprey::cli {

struct SyntheticMarket {
    market::TokenGraph graph;               ///< built
    std::vector<market::TokenId> hubs;      ///< the first is the base: 18 decimals
    std::vector<market::PoolId> by_volume;  ///< pools, each as often as it trades
    std::vector<double> price;              ///< by token: base units for one smallest unit

    /// One in a seed: the same pools on every machine.
    static SyntheticMarket make(size_t pools, uint64_t seed);
    /// `count` pools, drawn by volume, each moved by a swap of 0.02 to 50 whole base tokens' worth, at most 2 %
    /// of its reserve.
    market::MarketChange trade(size_t count, std::mt19937_64& random);
};

}  // namespace osprey::cli
