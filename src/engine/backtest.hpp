#pragma once
// The strategies over one recorded block: what they would have found between its transactions, each plan executed
// through the executor contract in the EVM, beside what searchers really took there. docs/backtest.md tells how to
// read it.

#include <array>

#include "engine/found_swap.hpp"
#include "engine/realised.hpp"
#include "engine/record_walk.hpp"
#include "engine/seen_swaps.hpp"

namespace osprey::engine {

/// A plan that was executed on state that is known.
struct Found {
    std::optional<size_t> after_tx;  ///< none: before the first transaction
    std::string_view strategy;
    std::vector<FoundSwap> swaps;
    Address profit_token;
    u256 profit;                ///< of that token, by the models
    std::optional<u256> value;  ///< wei; none where the wrapped native coin is not in the market
    std::string funding;        ///< who pays for the first swap
    uint64_t gas = 0;           ///< of the whole transaction, executed
    u256 payment;               ///< wei to the builder
    u256 net;                   ///< value less gas at the block's base fee less payment: two's complement
    bool equal = false;         ///< the execution left exactly `profit`, and nothing of any other token
    u256 executed_profit;
    std::string reason;             ///< why it is not equal
    bool is_best = false;           ///< nets something, and nothing of this moment that nets more uses one of its pools
    std::optional<size_t> matches;  ///< the place in Backtest::realised of who took the same opportunity
};

struct Backtest {
    std::vector<SeenSwap> swaps;
    std::vector<Realised> realised;
    std::vector<Found> found;  ///< in the order of the block, the most valuable first within one moment
    std::unordered_map<Address, TokenText> tokens;
    bool base_is_native = false;
    size_t pools = 0;  ///< in the graph
    std::array<size_t, admissions> pools_by_admission{};
    size_t moments = 0;  ///< at which strategies were asked
    size_t dropped = 0;  ///< plans that read state which the record lacks
    size_t refused = 0;  ///< candidates that the executor cannot swap through, or that nobody funds
    double search_ms = 0, execute_ms = 0;

    size_t differing() const noexcept;
    size_t realised_found() const noexcept;  ///< with at least their profit
    /// Of what searchers took: the part that was found with at least their profit. None where they took nothing.
    std::optional<double> recall() const noexcept;
    /// Our profits over theirs, summed over all that they took.
    std::optional<double> profit_ratio() const noexcept;
};

/// The error: a chain without rules here, or a block that cannot be executed.
Result<Backtest> backtest(evm::Machine& machine, const chain::Record& record);

}  // namespace osprey::engine
