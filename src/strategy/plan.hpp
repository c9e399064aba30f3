#pragma once
// Swaps with exact amounts, who pays for their first input, and what has to be left: all that becomes one transaction
// of the executor contract (docs/executor.md).

#include <optional>
#include <span>
#include <vector>

#include "market/cycle_search.hpp"
#include "market/joint_optimum.hpp"
#include "protocol/flash/lender.hpp"
#include "strategy/venue.hpp"

namespace osprey::strategy {

struct TokenAmount {
    Address token;  ///< zero: the native coin
    u256 amount;
    bool operator==(const TokenAmount&) const = default;
};

struct PlannedSwap {
    Venue venue;
    Address token_in, token_out;
    u256 amount_in, amount_out;
};

/// Who pays for the first input.
struct Funding {
    enum class Kind : uint8_t {
        own_pools,  ///< a pool of the plan pays before it is paid: a flash swap, or the V4 manager's open account
        loan,       ///< `offer`
        inventory,  ///< what the executor holds
    };
    Kind kind = Kind::inventory;
    protocol::flash::Offer offer;
    /// own_pools: the swap that is opened first; none: in the plan's order.
    std::optional<size_t> first_flash;
};

struct Plan {
    std::vector<PlannedSwap>
        swaps;  ///< in this order each has its input: from what funds the plan and the swaps before
    Address profit_token;
    u256 profit;  ///< of that token, what the swaps leave, after the loan's fee and before `payment`
    Funding funding;
    std::vector<TokenAmount> needed;  ///< that the swaps in their order do not pay for themselves
    u256 payment;                     ///< wei to the block's coinbase
    u256 min_growth;                  ///< of the profit token, after `payment` if that comes out of it; else it reverts
    uint64_t gas = 0;                 ///< of the whole transaction: an estimate
};

struct PlanOptions {
    bool own_pools = true;                           ///< may be used
    std::span<const protocol::flash::Offer> offers;  ///< loans that can be had; those of another amount are passed over
    std::span<const TokenAmount> inventory;          ///< that the executor holds
    double gas_price = 0;  ///< smallest units of the profit token a gas: what a way of funding costs is weighed by
};

/// The plan with the cheapest funding there is, paying nobody and demanding all of its profit. An error: a pool that
/// the executor cannot swap through, an amount of 2^128 or more, swaps that lose, or nobody who funds them.
Result<Plan> make_plan(const market::TokenGraph& graph, std::span<const market::RouteSwap> swaps,
                       const Address& profit_token, const PlanOptions& options = {});
/// Each hop of the cycle as a swap.
std::vector<market::RouteSwap> swaps_of(const market::TokenGraph& graph, std::span<const market::Hop> hops,
                                        std::span<const u256> amounts);

/// Swaps amounts[0] along the hops, hop i paying amounts[i + 1]; the executor holds the first input, and what the last
/// hop pays is the profit (of a cycle: what it gains). Errors as make_plan()'s.
Result<Plan> plan_path(const market::TokenGraph& graph, std::span<const market::Hop> hops,
                       std::span<const u256> amounts);

/// What a loan for these swaps has to bring: the one token that they need beforehand. None: none or several are needed.
std::optional<TokenAmount> needed_loan(const market::TokenGraph& graph, std::span<const market::RouteSwap> swaps);

/// The calldata of run() of the executor at that address. Errors as make_plan()'s, for plans changed by hand.
Result<Bytes> encode(const Plan& plan, const Address& executor);

}  // namespace osprey::strategy
