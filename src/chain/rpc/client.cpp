#include "chain/rpc/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <thread>

namespace osprey::chain {

namespace {

constexpr double weight = 0.1;  ///< of the newest exchange in the averages

RpcFailure timed_out(const std::string& label) { return {RpcFault::timeout, 0, label + ": no answer in time", {}}; }

}  // namespace

Clock::time_point RateLimit::reserve(size_t n, Clock::time_point now) {
    if (rate_ <= 0) return now;
    const std::scoped_lock lock{mutex_};
    if (now > at_) {
        tokens_ = std::min(burst_, tokens_ + rate_ * std::chrono::duration<double>(now - at_).count());
        at_ = now;
    }
    tokens_ -= static_cast<double>(n);
    if (tokens_ >= 0) return now;
    return now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(-tokens_ / rate_));
}

RpcClient::RpcClient(const Endpoint& endpoint, std::unique_ptr<Transport> transport, const ClientOptions& options)
    : label_(endpoint.label()),
      transport_(std::move(transport)),
      options_(options),
      limit_(options.requests_per_second, options.burst),
      batch_size_(std::max<size_t>(options.largest_batch, 1)),
      random_(std::random_device{}()) {}

std::vector<RpcReply> RpcClient::batch(std::span<const RpcRequest> requests, const RpcOptions& options) {
    const auto end = Clock::now() + options.deadline;
    std::vector<RpcReply> replies(requests.size(), std::unexpected(timed_out(label_)));
    std::vector<size_t> open(requests.size());
    std::iota(open.begin(), open.end(), size_t{0});

    for (unsigned attempt = 0; !open.empty(); ++attempt) {
        uint32_t wait_ms = 0;
        for (size_t at = 0; at < open.size();) {
            const size_t size = batch_size_.load();
            const auto which = std::span{open}.subspan(at, std::min(size, open.size() - at));
            const auto start = limit_.reserve(which.size(), Clock::now());
            if (start >= end) break;
            std::this_thread::sleep_until(start);
            const auto sent = exchange(requests, which, std::min(end, Clock::now() + options.attempt), replies);
            if (!sent && which.size() > 1 && size > 1 && sent.error().kind == RpcFault::refused) {
                // Perhaps it is the batch that the node refuses.
                size_t expected = size;
                batch_size_.compare_exchange_strong(expected, std::max<size_t>(size / 4, 1));
                continue;
            }
            if (!sent)
                for (const size_t i : which) replies[i] = std::unexpected(sent.error());
            at += which.size();
        }
        std::erase_if(open, [&](size_t i) { return replies[i].has_value() || !replies[i].error().transient(); });
        for (const size_t i : open) wait_ms = std::max(wait_ms, replies[i].error().retry_after_ms);
        if (open.empty() || attempt + 1 >= options.attempts) break;
        const auto until = Clock::now() + pause(attempt, wait_ms);
        if (until >= end) break;
        std::this_thread::sleep_until(until);
    }
    // What failed says which request it was.
    for (size_t i = 0; i < requests.size(); ++i)
        if (!replies[i]) replies[i].error().message = requests[i].method + ": " + replies[i].error().message;
    return replies;
}

std::expected<void, RpcFailure> RpcClient::exchange(std::span<const RpcRequest> requests, std::span<const size_t> which,
                                                    Clock::time_point deadline, std::vector<RpcReply>& replies) {
    std::vector<RpcRequest> sent;
    sent.reserve(which.size());
    for (const size_t i : which) sent.push_back(requests[i]);
    const uint64_t first_id = next_id_.fetch_add(which.size());
    const auto begin = Clock::now();
    const auto text = transport_->exchange(encode_requests(sent, first_id), first_id, which.size(), deadline);
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    const auto failed = [&](RpcFailure failure) {
        note(ms, &failure);
        return std::unexpected(std::move(failure));
    };
    if (!text) return failed(text.error());

    const auto messages = split_messages(*text);
    if (!messages) return failed({RpcFault::garbage, 0, label_ + ": " + messages.error().message, {}});
    for (const size_t i : which)
        replies[i] = std::unexpected(RpcFailure{RpcFault::garbage, 0, label_ + ": no answer to this request", {}});
    bool answered = false;
    for (const RpcMessage& message : *messages) {
        if (!message.id || *message.id < first_id || *message.id - first_id >= which.size()) {
            // An error for the batch as a whole has no id.
            if (message.error.empty() || messages->size() > 1) continue;
            auto failure = read_rpc_error(message.error);
            failure.message = label_ + ": " + failure.message;
            if (failure.kind == RpcFault::node) failure.kind = RpcFault::refused;
            return failed(std::move(failure));
        }
        RpcReply& reply = replies[which[*message.id - first_id]];
        answered = true;
        if (!message.error.empty()) {
            reply = std::unexpected(read_rpc_error(message.error));
            reply.error().message = label_ + ": " + reply.error().message;
        } else if (!message.result.empty()) {
            reply = std::string{message.result};
        }
    }
    if (!answered) return failed({RpcFault::garbage, 0, label_ + ": the answer is to none of our requests", {}});
    note(ms, nullptr);
    return {};
}

void RpcClient::note(double ms, const RpcFailure* failure) {
    const std::scoped_lock lock{mutex_};
    ++health_.exchanges;
    const double share = health_.exchanges == 1 ? 1 : weight;
    health_.latency_ms += share * (ms - health_.latency_ms);
    health_.failures += weight * ((failure != nullptr ? 1 : 0) - health_.failures);
    health_.failed_in_a_row = failure != nullptr ? health_.failed_in_a_row + 1 : 0;
    if (failure == nullptr) return;
    ++health_.failed;
    health_.last_failure = failure->message;
    health_.last_failure_at = Clock::now();
}

NodeHealth RpcClient::health() const {
    const std::scoped_lock lock{mutex_};
    return health_;
}

std::chrono::milliseconds RpcClient::pause(unsigned attempt, uint32_t at_least_ms) {
    const auto most = std::min(options_.longest_pause, options_.first_pause * (1U << std::min(attempt, 16U)));
    const std::scoped_lock lock{mutex_};
    std::uniform_int_distribution<int64_t> any{0, most.count()};
    return std::chrono::milliseconds{at_least_ms + any(random_)};
}

Result<std::shared_ptr<RpcClient>> open_client(std::string_view url, const ClientOptions& options) {
    const auto endpoint = parse_endpoint(url);
    if (!endpoint) return std::unexpected(endpoint.error());
    auto transport = endpoint->kind == Endpoint::Kind::http ? open_http(*endpoint)
                                                            : std::unique_ptr<Transport>{open_stream(*endpoint)};
    return std::make_shared<RpcClient>(*endpoint, std::move(transport), options);
}

}  // namespace osprey::chain
