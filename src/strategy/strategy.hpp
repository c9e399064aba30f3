#pragma once
// What there is to gain at one moment. A strategy is a pure function from the market and what moved in it to
// candidates; whoever calls it plans, executes and judges them. To add one: one file, and one line in strategies.cpp.

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "market/cycle_search.hpp"
#include "market/route_execution.hpp"

namespace osprey::strategy {

/// A place between two transactions.
struct Moment {
    const market::TokenGraph& graph;  ///< as it stands here
    /// Of that graph: was given every change before this one. Its settings tell tokens, lengths and the price of gas.
    market::CycleSearch& search;
    /// What `pending` moved; at the start of a block, what the last one moved. Null: what stands there nobody has
    /// looked at before.
    const market::MarketChange* change = nullptr;
    const Hash* pending = nullptr;  ///< the transaction right before; null at the start of a block
};

/// Swaps that gain something: exact by the pools' models, not executed yet.
struct Candidate {
    std::string_view strategy;
    std::vector<market::RouteSwap> swaps;  ///< in this order each has its input: from what funds them and those before
    market::TokenId start = 0;             ///< what is put in and comes out
    u256 profit;                           ///< of the start token, smallest units, before gas and payments
    u256 value;                            ///< the profit in base units, sold through the same market
    uint64_t gas = 0;                      ///< of the whole transaction: an estimate
    std::optional<Hash> follows;           ///< the pending transaction that it stands behind
};

struct Strategy {
    std::string_view name;
    std::string_view summary;
    /// The most valuable first. Several may want the same pools: whoever takes one of them looks again at the others.
    std::vector<Candidate> (*candidates)(const Moment& moment) = nullptr;
};

std::span<const Strategy* const> strategies() noexcept;
/// Null for a name that is none.
const Strategy* find_strategy(std::string_view name) noexcept;

extern const Strategy arbitrage;  ///< at the start of a block
extern const Strategy backrun;    ///< behind a pending transaction

}  // namespace osprey::strategy
