#pragma once
// Plans on a record's state.

#include "engine/known_state.hpp"
#include "strategy/executor.hpp"

namespace osprey::engine {

/// Executor::try_out() on the view; view.complete() then tells whether all that it read is known. What turns out to
/// belong to the executor alone is known: where something was not, what the contracts hash for their slots is looked
/// at, and it runs once more.
Result<std::optional<strategy::Executed>> execute_known(strategy::Executor& executor, StateView& view,
                                                        const strategy::Plan& plan);

}  // namespace osprey::engine
