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

class StreamTransport;

/// Safe to use from several threads at once.
class Transport {
public:
    virtual ~Transport() = default;
    /// Itself when the node can speak unasked over it; null otherwise.
    virtual StreamTransport* stream() noexcept { return nullptr; }

    /// Sends requests with ids from `first_id` to `first_id + count - 1` and waits for what answers them.
    virtual std::expected<std::string, RpcFailure> exchange(const std::string& body, uint64_t first_id, size_t count,
                                                            Clock::time_point deadline) = 0;
};

/// WebSocket or IPC: one connection, made when something is to be sent, on which the node may also speak unasked. A
/// message that is no JSON-RPC ends the connection: what else was lost with it nobody knows.
class StreamTransport : public Transport {
public:
    StreamTransport* stream() noexcept final { return this; }
    /// Called on the connection's own thread, where exchange() must not be called.
    struct Listener {
        std::function<void(const RpcMessage&)> notified;   ///< a message with a method
        std::function<void(const std::string& why)> lost;  ///< the connection
    };
    virtual void listen(Listener listener) = 0;  ///< not on the connection's own thread
    /// Ends the connection; the next exchange makes a new one.
    virtual void disconnect(const std::string& why) = 0;
};

/// ws, wss and IPC. A peer that is silent for `idle` is pinged (WebSocket) and given up after as long again.
std::unique_ptr<StreamTransport> open_stream(const Endpoint& endpoint,
                                             std::chrono::milliseconds idle = std::chrono::seconds{10});

/// Nothing is connected before the first exchange. Several exchanges at once use as many connections, which are kept.
/// TLS 1.2 or later; the certificate must be valid for the host by the system's authorities.
std::unique_ptr<Transport> open_http(const Endpoint& endpoint);

}  // namespace osprey::chain
