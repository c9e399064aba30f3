#pragma once
// A pool whose hook is called in a swap, quoted by running that swap through the real PoolManager on the state.

#include "protocol/amm/executed/executed.hpp"
#include "protocol/amm/uniswap_v4/pool.hpp"

namespace osprey::protocol::uniswap_v4 {

/// How a swap of that pool is tried: PoolManager.unlock from an account whose code swaps inside of the callback and
/// reverts with what came of it, so that nothing has to be paid. The quotes are V4Quoter's (all of the specified amount
/// has to be swapped), and more is refused: a hook that leaves its own delta unsettled, for no router could finish the
/// swap, and amounts of the wrong sign (a swap that costs what it should pay), for no Quote says them. The tokens do
/// not run: one that refuses its transfer, or takes a fee of it, is for the token checks. No hook data is passed.
executed::Recipe execution_recipe(const Key& key, const Address& manager);

/// The key of the pool whose recipe that is; none when it is another kind of recipe.
std::optional<Key> key_of(const executed::Recipe& recipe);

/// The pool by that recipe; for every V4 pool, with a hook or without.
std::unique_ptr<Pool> executed_pool(const V4Pool& pool, const executed::Ground& ground);

}  // namespace osprey::protocol::uniswap_v4
