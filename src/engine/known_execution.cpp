#include "engine/known_execution.hpp"

namespace osprey::engine {

Result<std::optional<strategy::Executed>> execute_known(strategy::Executor& executor, StateView& view,
                                                        const strategy::Plan& plan) {
    view.expect_approvals(strategy::spenders_of(plan));
    view.forget();
    auto done = executor.try_out(view, plan);
    if (view.complete() || !done) return done;
    if (!executor.learn_own_slots(view, plan, view.own_slots())) return done;
    view.forget();
    return executor.try_out(view, plan);
}

}  // namespace osprey::engine
