#pragma once
// Follows a chain's head through its nodes: subscriptions where a node can be listened to, requests where it cannot and
// wherever something was missed. What is told is linked by hash without a gap, or says that it is not.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <thread>

#include "chain/head_chain.hpp"
#include "chain/log_bloom.hpp"
#include "chain/rpc/node_pool.hpp"
#include "state/flat_map.hpp"

namespace osprey::chain {

struct ChainStatus {
    enum class State : uint8_t {
        syncing,   ///< the head is not known yet, or the way to it
        live,      ///< the head is known and fresh
        degraded,  ///< something is wrong: nothing may be acted on
    };
    State state = State::syncing;
    std::string reason;  ///< empty when live
    bool operator==(const ChainStatus&) const = default;
};
std::string_view name_of(ChainStatus::State state) noexcept;

/// Called on the follower's thread, one at a time, in order. Slow listeners delay the next event; heads that came
/// meanwhile are then told together.
class ChainListener {
public:
    virtual ~ChainListener() = default;
    virtual void on_update(const ChainUpdate& update) = 0;
    virtual void on_status(const ChainStatus& status) = 0;
    /// A pending transaction as JSON-RPC has it. None twice in a row of `remembered_pending`.
    virtual void on_pending(std::string_view json) { (void)json; }
};

struct FollowerOptions {
    std::chrono::milliseconds poll{1'000};          ///< how often the head is asked for when nothing is heard
    std::chrono::milliseconds stale_after{60'000};  ///< no new block for so long: degraded
    /// The newest block's time may be so far from this machine's clock; 0: not looked at.
    std::chrono::seconds most_clock_skew{0};
    size_t deepest_gap = 256;  ///< blocks that are fetched to link up; beyond that the chain starts again
    size_t quorum = 1;         ///< nodes of a pool that must name the same head when the head is asked for
    /// The logs of every added block that fit; the range is not looked at. They are asked for by the block's hash,
    /// unless its bloom rules them out: a subscription cannot tell when it has told all of a block (docs/nodes.md).
    std::optional<LogFilter> logs;
    bool pending = false;  ///< also pending transactions, in full
    size_t pending_queue = 8192;
    size_t remembered_pending = 65'536;
};

class ChainFollower {
public:
    /// `nodes` are asked; those of them that can be listened to are subscribed to. The listener must outlive this.
    ChainFollower(std::vector<std::shared_ptr<RpcClient>> nodes, ChainListener& listener, uint64_t chain_id,
                  const FollowerOptions& options = {});
    ~ChainFollower();
    ChainFollower(const ChainFollower&) = delete;
    ChainFollower& operator=(const ChainFollower&) = delete;

    std::shared_ptr<NodePool> nodes() const noexcept { return pool_; }
    ChainStatus status() const;

    struct Counts {
        uint64_t heads = 0;            ///< told by subscriptions
        uint64_t polls = 0;            ///< times that the head was asked for
        uint64_t filled = 0;           ///< blocks that were fetched to close a gap
        uint64_t reconnects = 0;       ///< subscriptions that were made again
        uint64_t pending = 0;          ///< transactions passed on
        uint64_t pending_dropped = 0;  ///< because the listener was too slow
        uint64_t logs_asked = 0;       ///< blocks whose logs were asked for
        uint64_t logs_ruled_out = 0;   ///< blocks that have none of them, as their bloom says
    };
    Counts counts() const;

private:
    class Feed;
    /// Who told of a block, and when. Nobody: it was asked for.
    struct Heard {
        const RpcClient* from = nullptr;
        Clock::time_point at{};
    };
    struct Hint {
        BlockHeader block;
        Heard heard;
    };

    void run();
    bool follow_hints(std::vector<Hint> hints);
    void look();
    Result<void> catch_up();
    Result<BlockHeader> ask_head();
    Result<Hash> ask_genesis();
    Result<void> check_genesis();
    Result<std::vector<BlockHeader>> branch_to(BlockHeader head);
    Result<void> accept(std::vector<BlockHeader> branch, const Heard& heard);
    Result<std::vector<std::vector<PlacedLog>>> logs_of(std::span<const BlockHeader> branch, const Heard& heard);
    void tell(const ChainUpdate& update);
    void judge();
    void set_status(const ChainStatus& status);
    void fill_pending(std::deque<std::string>& transactions);
    void pass_on_pending(const std::deque<std::string>& transactions);
    bool is_new_pending(const Hash& hash);
    // On the connections' threads:
    void hint(Hint hint);
    void missed(bool pending_too = false);
    void add_pending(std::string_view json);

    std::shared_ptr<NodePool> pool_;
    ChainListener& listener_;
    FollowerOptions options_;
    /// Of options_.logs. None where it says nothing: where blocks are not executed here, nobody knows whether a chain
    /// leaves some logs out of its blooms, as Polygon does with those of its bridge.
    std::optional<LogBloom> bloom_;
    std::vector<std::unique_ptr<Feed>> feeds_;

    // On the follower's thread only:
    HeadChain chain_;
    Hash genesis_;            ///< of the chain that is followed; zero: not known
    std::string trouble_;     ///< why the last look at the head failed; empty: it did not
    int64_t clock_skew_ = 0;  ///< seconds from the head's time to this machine's when it came
    unsigned behind_ = 0;     ///< polls in a row that named an ancestor of our head
    Clock::time_point head_at_{}, polled_{};
    std::deque<Hash> pending_order_;
    state::FlatMap<Hash, bool> pending_known_;

    mutable std::mutex mutex_;  ///< of what follows
    std::condition_variable news_;
    std::deque<Hint> hints_;
    std::deque<std::string> pending_;
    bool poll_now_ = true, pending_missed_ = false, ending_ = false;
    ChainStatus status_{ChainStatus::State::syncing, "the head is not known yet"};
    Counts counts_;

    std::thread thread_;
};

}  // namespace osprey::chain
