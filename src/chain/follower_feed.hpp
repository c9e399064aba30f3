#pragma once
// One node's subscriptions, for the follower.

#include "chain/follower.hpp"

namespace osprey::chain {

/// Keeps a node subscribed to: again after every loss, with growing pauses. Whatever may have been missed is reported.
class ChainFollower::Feed {
public:
    Feed(ChainFollower& to, std::shared_ptr<RpcClient> node);
    ~Feed();
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

private:
    void run();
    bool subscribe();
    void lose();
    /// On the connection's thread.
    void take(const RpcMessage& message);

    ChainFollower& to_;
    std::shared_ptr<RpcClient> node_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool connected_ = false, ending_ = false;
    std::string heads_, pending_;  ///< subscription ids as JSON
    std::thread thread_;
};

}  // namespace osprey::chain
