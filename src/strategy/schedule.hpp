#pragma once
// The order in which a plan's swaps become the executor's steps: who is paid when, what runs in whose callback.

#include "strategy/plan.hpp"
#include "strategy/program.hpp"

namespace osprey::strategy {

struct Schedule {
    Program program;
    size_t handed_over = 0;  ///< outputs that went straight to the next pair: transfers that are saved
};

/// The program of the plan's swaps, with its funding around it. An error: they do not fund themselves that way.
Result<Schedule> schedule(const Plan& plan, const Address& executor);

}  // namespace osprey::strategy
