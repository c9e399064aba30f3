#include "chain/follower_feed.hpp"

#include "types/json_reader.hpp"

namespace osprey::chain {

ChainFollower::Feed::Feed(ChainFollower& to, std::shared_ptr<RpcClient> node) : to_(to), node_(std::move(node)) {
    node_->stream()->listen({.notified = [this](const RpcMessage& message) { take(message); },
                             .lost = [this](const std::string&) { lose(); }});
    thread_ = std::thread{[this] { run(); }};
}

ChainFollower::Feed::~Feed() {
    {
        const std::scoped_lock lock{mutex_};
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
    node_->stream()->listen({});
    node_->stream()->disconnect("no longer followed");
}

void ChainFollower::Feed::run() {
    auto pause = std::chrono::milliseconds{50};
    for (bool first = true;; first = false) {
        const bool subscribed = subscribe();
        std::unique_lock lock{mutex_};
        if (subscribed) {
            pause = std::chrono::milliseconds{50};
            if (!first) {
                const std::scoped_lock counts{to_.mutex_};
                ++to_.counts_.reconnects;
            }
            to_.missed(true);  // what came between the loss and now
            changed_.wait(lock, [this] { return ending_ || !connected_; });
            to_.missed();
        }
        if (changed_.wait_for(lock, pause, [this] { return ending_; })) return;
        pause = std::min(pause * 2, std::chrono::milliseconds{2'000});
    }
}

bool ChainFollower::Feed::subscribe() {
    {
        const std::scoped_lock lock{mutex_};
        connected_ = true;
        heads_.clear();
        pending_.clear();
    }
    const RpcOptions once{.deadline = std::chrono::seconds{5}, .attempts = 1};
    const auto heads = node_->call("eth_subscribe", R"(["newHeads"])", once);
    if (!heads) return false;
    if (to_.options_.pending) {
        auto pending = node_->call("eth_subscribe", R"(["newPendingTransactions",true])", once);
        if (!pending) pending = node_->call("eth_subscribe", R"(["newPendingTransactions"])", once);
        const std::scoped_lock lock{mutex_};
        if (pending) pending_ = *pending;
    }
    const std::scoped_lock lock{mutex_};
    heads_ = *heads;
    return connected_;
}

void ChainFollower::Feed::lose() {
    to_.pool_->doubt(*node_);
    {
        const std::scoped_lock lock{mutex_};
        connected_ = false;
    }
    changed_.notify_all();
}

void ChainFollower::Feed::take(const RpcMessage& message) {
    if (message.method != "eth_subscription") return;
    const auto now = Clock::now();
    const auto document = JsonDocument::parse(message.params);
    if (!document) return;
    const JsonObject params{document->root()};
    const auto id = params.find("subscription"), result = params.find("result");
    if (!id || !result) return;
    const std::string name = simdjson::minify(*id);
    std::string heads, pending;
    {
        const std::scoped_lock lock{mutex_};
        heads = heads_;
        pending = pending_;
    }
    if (name == heads) {
        auto block = parse_header(simdjson::minify(*result));
        // A header that does not hash to its name tells nothing but that there is something to look at.
        if (block)
            to_.hint({std::move(*block), {node_.get(), now}});
        else
            to_.missed();
    } else if (name == pending) {
        to_.add_pending(simdjson::minify(*result));
    }
}

}  // namespace osprey::chain
