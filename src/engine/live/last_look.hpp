#pragma once
// The last look before something leaves: what the desk decided a moment ago may be stale by the time it is handed over.

#include <functional>
#include <mutex>

#include "chain/follower.hpp"
#include "execute/submit.hpp"

namespace osprey::engine {

/// Between a follower and who listens to it: the chain as it is right now, ahead of what waits in queues.
class ChainWatch final : public chain::ChainListener {
public:
    explicit ChainWatch(chain::ChainListener& to) : to_(to) {}
    void on_update(const chain::ChainUpdate& update) override;
    void on_status(const chain::ChainStatus& status) override;
    void on_pending(std::string_view json) override { to_.on_pending(json); }

    /// The error: the chain is not live, or its next block is not the one that the bundle is for. What takes our own
    /// back, a transfer to ourselves, may go in any block.
    Result<void> allows(const execute::Bundle& bundle) const;

private:
    chain::ChainListener& to_;
    mutable std::mutex mutex_;  ///< of what follows
    chain::ChainStatus status_;
    uint64_t head_ = 0;
};

/// Passes on what still holds.
class GuardedSubmitter final : public execute::Submitter {
public:
    using Check = std::function<Result<void>(const execute::CheckedBundle&)>;
    GuardedSubmitter(std::unique_ptr<execute::Submitter> to, Check check)
        : to_(std::move(to)), check_(std::move(check)) {}
    Result<void> submit(const execute::CheckedBundle& bundle) override {
        if (auto fine = check_(bundle); !fine) return fine;
        return to_->submit(bundle);
    }

private:
    std::unique_ptr<execute::Submitter> to_;
    Check check_;
};

}  // namespace osprey::engine
