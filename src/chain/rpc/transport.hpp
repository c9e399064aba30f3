#pragma once
// One connection to one node: text goes out, text comes back. What it means is told by wire.hpp, when to try again by
// client.hpp.

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "chain/rpc/endpoint.hpp"
#include "chain/rpc/wire.hpp"

namespace osprey::chain {

using Clock = std::chrono::steady_clock;

/// Safe to use from several threads at once.
class Transport {
public:
    virtual ~Transport() = default;

    /// Sends requests with ids from `first_id` to `first_id + count - 1` and waits for what answers them.
    virtual std::expected<std::string, RpcFailure> exchange(const std::string& body, uint64_t first_id, size_t count,
                                                            Clock::time_point deadline) = 0;
};

/// Nothing is connected before the first exchange. Several exchanges at once use as many connections, which are kept.
/// TLS 1.2 or later; the certificate must be valid for the host by the system's authorities.
std::unique_ptr<Transport> open_http(const Endpoint& endpoint);

}  // namespace osprey::chain
