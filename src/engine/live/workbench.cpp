#include "engine/live/workbench.hpp"

namespace osprey::engine {

Result<void> Workbench::stand_on(const NextBlock& block) {
    if (state_)
        state_->reset(*block.state);
    else
        state_.emplace(*block.state);
    if (executor_ && executor_->block().fork == block.env.fork) {
        executor_->set_block(block.env);
    } else if (deployed_) {
        executor_ = strategy::Executor::deployed(machine_, block.env, wrapped_native_, *deployed_, operator_);
    } else {
        auto made = strategy::Executor::create(machine_, block.env, wrapped_native_, operator_);
        if (!made) return std::unexpected(std::move(made).error());
        executor_.emplace(std::move(*made));
    }
    executor_->install(*state_);
    return {};
}

}  // namespace osprey::engine
