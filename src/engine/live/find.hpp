#pragma once
// What a searcher found at one moment: a plan, and what came out when it was executed there.

#include <optional>
#include <string>
#include <vector>

#include "engine/found_swap.hpp"
#include "execute/signed_wei.hpp"
#include "strategy/plan.hpp"

namespace osprey::engine {

struct Find {
    Hash id;  ///< the opportunity's name from here to its outcome: the same for the same swaps at the same moment
    market::BlockPosition at;  ///< it stands on the end of this block
    std::string_view strategy;
    std::optional<Hash> follows;  ///< the pending transaction right before it
    /// It can be placed where it was found: nobody else's transaction comes between.
    bool placeable = true;
    std::vector<FoundSwap> swaps;
    strategy::Plan plan;
    u256 value;  ///< wei: the profit, before gas and payments
    bool as_planned = false;
    std::string reason;  ///< why it is not as planned
    uint64_t gas_used = 0, gas_limit = 0;
    u256 priority_fee;       ///< wei a gas
    u256 gas_cost;           ///< wei, priority fee included
    execute::SignedWei net;  ///< wei: value less gas_cost less the plan's payment
    /// It nets enough, and nothing of this moment that nets more uses one of its pools.
    bool is_best = false;
};

/// Wei: what so much of the profit token is worth, where `planned` of it is worth `planned_value`.
u256 value_of(const u256& profit, const u256& planned, const u256& planned_value);

/// keccak256 of chain, block, followed transaction and swaps.
Hash find_id(uint64_t chain_id, const Find& find);

}  // namespace osprey::engine
