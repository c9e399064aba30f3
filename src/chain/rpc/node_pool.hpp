#pragma once
// Several nodes of one chain as one: the best first, a second one when it is slow, the next when it fails, and a quorum
// where it matters that they agree.

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>

#include "chain/rpc/client.hpp"

namespace osprey::chain {

struct PoolOptions {
    uint64_t chain_id = 0;  ///< a node of another chain is never asked; 0: whatever the first one that answers is of
    /// A request that has taken this long goes to the next node too; the first answer wins. At least this and at least
    /// three times what the node usually takes.
    std::chrono::milliseconds hedge_after{150};
    unsigned bench_after = 3;                     ///< failures in a row
    std::chrono::milliseconds bench_time{5'000};  ///< how long a failing node is only asked when all others fail too
    unsigned workers = 16;
    /// A node is asked for its chain id again with the next request after so long, and before it when it has failed or
    /// its connection was lost: behind an address another node may answer at any time.
    std::chrono::milliseconds check_chain_every{2'000};
};

class NodePool final : public Rpc {
public:
    explicit NodePool(std::vector<std::shared_ptr<RpcClient>> nodes, const PoolOptions& options = {});
    ~NodePool() override;
    NodePool(const NodePool&) = delete;
    NodePool& operator=(const NodePool&) = delete;

    /// The first node's replies that leave nothing open. "No such block" is believed only when no node knows better.
    std::vector<RpcReply> batch(std::span<const RpcRequest> requests, const RpcOptions& options = {}) override {
        return batch_from(nullptr, requests, options);
    }
    /// The same with one node before the best: the one that told of a block has it, others may not yet.
    std::vector<RpcReply> batch_from(const RpcClient* first, std::span<const RpcRequest> requests,
                                     const RpcOptions& options = {});
    std::string name() const override;

    /// What at least `quorum` nodes say alike; a block counts by its hash. A failure that tells how they differ
    /// otherwise. The slow are not waited for once enough agree.
    RpcReply agreed(const RpcRequest& request, size_t quorum, const RpcOptions& options = {});

    /// The connection to this node was lost: it may be another one that is reached now.
    void doubt(const RpcClient& client);

    struct NodeReport {
        std::string name;
        NodeHealth health;
        bool benched = false;
        std::string refused;  ///< why it is never asked; empty: it is
    };
    std::vector<NodeReport> report() const;
    size_t size() const noexcept { return nodes_.size(); }
    const std::vector<std::shared_ptr<RpcClient>>& clients() const noexcept { return clients_; }

private:
    struct Node {
        std::shared_ptr<RpcClient> client;
        std::mutex mutex;       ///< of what follows
        bool admitted = false;  ///< its chain id was seen, and is right
        uint64_t failed = 0;    ///< as its health had it when it was asked for that
        Clock::time_point asked_at{};
        std::string refused;
    };
    struct Race;

    std::vector<size_t> order(const RpcClient* first) const;
    bool benched(const RpcClient& client) const;
    enum class Standing : uint8_t { unknown, due, admitted };
    Standing standing(Node& node) const;
    std::expected<void, RpcFailure> judge(Node& node, const RpcReply& chain_id, uint64_t failed_before);
    std::vector<RpcReply> ask(Node& node, std::span<const RpcRequest> requests, const RpcOptions& options);
    void run(std::function<void()> task);
    std::vector<RpcReply> round(const RpcClient* first, std::span<const RpcRequest> requests, const RpcOptions& options,
                                Clock::time_point end);

    PoolOptions options_;
    std::vector<std::shared_ptr<RpcClient>> clients_;
    std::vector<std::shared_ptr<Node>> nodes_;
    std::atomic<uint64_t> chain_id_;

    std::mutex mutex_;  ///< of the tasks
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    bool ending_ = false;
    std::vector<std::thread> workers_;
};

/// One URL gives its client, several a pool of them. An error for a URL that is none, with its place in the list.
Result<std::shared_ptr<Rpc>> open_nodes(std::span<const std::string> urls, const PoolOptions& pool = {},
                                        const ClientOptions& client = {});

}  // namespace osprey::chain
