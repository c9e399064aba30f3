#pragma once
// How much to put into a cycle: the integer input with the greatest gain.
//
// A first guess in floating point: in closed form where every hop is a constant product piece by piece (Uniswap V2, V3
// and V4), else by a safeguarded search on the derivative. Exact quotes then decide among the integers around it.

#include <array>

#include "market/token_graph.hpp"

namespace osprey::market {

inline constexpr unsigned longest_cycle = 8;

struct SizedCycle {
    std::vector<u256> amounts;  ///< into each hop, and what the last one pays
    u256 profit;                ///< of the first token: amounts.back() - amounts.front() - premium
    u256 premium;               ///< what the flash loan of amounts.front() costs, rounded up
    double bound = 0;           ///< no input gains more: the optimum over the reals, and what doubles err at most
};

/// The optimum over the reals, where whoever asks knows it already.
struct RealOptimum {
    double amount_in = 0, gain = 0;
};

/// Keeps its buffers between calls: one a thread.
class CycleSizer {
public:
    /// `premium`: of the flash loan, in millionths of the input. None: no input gains anything. Neither one more nor
    /// one less of the input gains more than the answer.
    std::optional<SizedCycle> size(const TokenGraph& graph, std::span<const Hop> hops, uint32_t premium = 0,
                                   const RealOptimum* known = nullptr);

private:
    std::optional<double> closed_form();
    std::optional<double> by_derivative();
    template <class Chain>
    std::optional<SizedCycle> integers(const Chain& chain, double guess, bool closed);

    std::array<const protocol::Pool*, longest_cycle> pools_{};
    std::span<const Hop> hops_;
    uint32_t premium_ = 0;
    double bound_ = 0;
    std::vector<std::vector<protocol::Stretch>> stretches_;
};

}  // namespace osprey::market
