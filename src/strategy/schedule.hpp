#pragma once
// The order in which a plan's swaps become the executor's steps: who is paid when, what runs in whose callback.

#include "strategy/plan.hpp"
#include "strategy/program.hpp"

namespace osprey::strategy {

/// The program of the plan's swaps, with its funding around it. An error: they do not fund themselves that way.
Result<Program> schedule(const Plan& plan, const Address& executor);

}  // namespace osprey::strategy
