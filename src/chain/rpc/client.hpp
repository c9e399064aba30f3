#pragma once
// One node: batches, deadlines, retries, rate limit, and how the node has been doing.

#include <atomic>
#include <mutex>
#include <random>

#include "chain/rpc/rpc.hpp"
#include "chain/rpc/transport.hpp"

namespace osprey::chain {

struct ClientOptions {
    double requests_per_second = 0;  ///< each of a batch counts; 0: no limit
    double burst = 50;               ///< requests that may go out at once under the limit
    size_t largest_batch = 100;
    std::chrono::milliseconds first_pause{
        50};  ///< before the second attempt at most this, then twice as much each time
    std::chrono::milliseconds longest_pause{2'000};
};

/// How a node has been answering; exponential averages over about the last 20 exchanges.
struct NodeHealth {
    double latency_ms = 0;
    double failures = 0;  ///< share of the exchanges that brought no usable answer
    unsigned failed_in_a_row = 0;
    uint64_t exchanges = 0, failed = 0;
    std::string last_failure;
    Clock::time_point last_failure_at{};

    /// Lower is better: what an answer is expected to take, in ms, a failure counted as a second.
    double score() const noexcept { return latency_ms + 1000 * failures + 100 * failed_in_a_row; }
};

/// Lets `rate` requests a second through, and `burst` at once. A batch larger than the burst waits for its whole share.
class RateLimit {
public:
    RateLimit(double rate, double burst) : rate_(rate), burst_(burst), tokens_(burst), at_(Clock::now()) {}
    /// Reserves `n` requests and says when they may go out.
    Clock::time_point reserve(size_t n, Clock::time_point now);

private:
    std::mutex mutex_;
    double rate_, burst_, tokens_;
    Clock::time_point at_;
};

class RpcClient final : public Rpc {
public:
    RpcClient(const Endpoint& endpoint, std::unique_ptr<Transport> transport, const ClientOptions& options = {});

    /// Requests that fail in a way that may pass are tried again, with pauses of random length, until the deadline.
    /// A node that takes no batch, or none of this size, gets smaller ones from then on.
    std::vector<RpcReply> batch(std::span<const RpcRequest> requests, const RpcOptions& options = {}) override;
    std::string name() const override { return label_; }

    NodeHealth health() const;
    /// Null where the node is reached by HTTP.
    StreamTransport* stream() noexcept { return transport_->stream(); }

private:
    std::expected<void, RpcFailure> exchange(std::span<const RpcRequest> requests, std::span<const size_t> which,
                                             Clock::time_point deadline, std::vector<RpcReply>& replies);
    void note(double ms, const RpcFailure* failure);
    std::chrono::milliseconds pause(unsigned attempt, uint32_t at_least_ms);

    std::string label_;
    std::unique_ptr<Transport> transport_;
    ClientOptions options_;
    RateLimit limit_;
    std::atomic<uint64_t> next_id_{1};
    std::atomic<size_t> batch_size_;
    mutable std::mutex mutex_;  ///< of what follows
    NodeHealth health_;
    std::minstd_rand random_;
};

/// A client for the endpoint, over the transport that its kind asks for. Connects with the first request.
Result<std::shared_ptr<RpcClient>> open_client(std::string_view url, const ClientOptions& options = {});

}  // namespace osprey::chain
