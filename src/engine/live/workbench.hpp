#pragma once
// The state after the head with our executor in it, as the ground on which transactions are run.

#include <optional>

#include "engine/live/chain_setup.hpp"
#include "engine/live/task.hpp"
#include "strategy/executor.hpp"

namespace osprey::engine {

class Workbench {
public:
    /// `operated_by`: who sends the plans.
    Workbench(const Address& wrapped_native, const std::optional<Address>& deployed, const Address& operated_by)
        : wrapped_native_(wrapped_native), deployed_(deployed), operator_(operated_by) {}

    Workbench(const Workbench&) = delete;  // the executor knows where the machine is
    Workbench& operator=(const Workbench&) = delete;

    /// What was done on the state before is gone. The error: the executor cannot be put there.
    Result<void> stand_on(const NextBlock& block);

    evm::Machine& machine() noexcept { return machine_; }
    // Once it stands somewhere.
    state::Overlay& state() noexcept { return *state_; }
    strategy::Executor& executor() noexcept { return *executor_; }

private:
    Address wrapped_native_;
    std::optional<Address> deployed_;  ///< none: it is put into the state
    Address operator_;
    evm::Machine machine_;
    std::optional<state::Overlay> state_;
    std::optional<strategy::Executor> executor_;
};

}  // namespace osprey::engine
