#pragma once
// One chain's way from what its nodes say to decisions, over threads: one that keeps the market, some that search, one
// that decides. Between them are bounded queues without locks; who is slow slows down who comes before, and nothing is
// lost but pending transactions, which the follower counts.

#include <atomic>
#include <memory>
#include <string_view>

#include "engine/live/desk.hpp"
#include "engine/live/histogram.hpp"
#include "engine/live/session.hpp"

namespace osprey::engine {

struct PipelineStats {
    Histogram block_to_decision;    ///< from the arrival of a block to the last decision on what it left
    Histogram pending_to_decision;  ///< of pending transactions that came together
    std::array<Histogram, search_stages> stages;
};

class Pipeline final : public chain::ChainListener {
public:
    struct Options {
        Desk::Parts desk;
        std::vector<PoolName> pools;  ///< to begin with
        uint64_t found_to = 0;        ///< the block that they were looked for up to
        unsigned searchers = 1;
        size_t queue = 1024;                  ///< items in each
        SessionRecorder* recorder = nullptr;  ///< of the inputs; the source's answers are its own matter
    };
    explicit Pipeline(Options options);
    ~Pipeline() override;
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    // From the follower's thread.
    void on_update(const chain::ChainUpdate& update) override;
    void on_status(const chain::ChainStatus& status) override;
    void on_pending(std::string_view json) override;
    /// The same, with its sender. Our own are known without being told.
    void add_pending(Transaction tx);

    // From one other thread.
    /// From here on pending transactions are kept until release_pending(), and then looked at together: what is found
    /// does not depend on when each of them came.
    void hold_pending();
    void release_pending();

    // From any thread.
    /// Nothing is taken up any more: who waits to tell something is let go. For who has to end that thread first.
    void end() noexcept;
    /// Whether everything that was told so far is decided, and the head is this block.
    bool is_settled_at(const Hash& head) const;
    /// Of others, so far.
    uint64_t pending_seen() const noexcept;
    PipelineStats stats() const;
    void forget_stats();
    Address executor_address() const;
    /// The error: a thread failed, and nothing is decided any more.
    Result<void> trouble() const;

private:
    class Threads;
    std::unique_ptr<Threads> threads_;
};

}  // namespace osprey::engine
