#pragma once
// Asking a chain's nodes. What the answers mean is eth.hpp's matter.

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chain/rpc/wire.hpp"

namespace osprey::chain {

struct RpcOptions {
    std::chrono::milliseconds deadline{15'000};  ///< for all attempts together
    std::chrono::milliseconds attempt{5'000};    ///< for one of them
    unsigned attempts = 5;
};

/// One node, or several that stand in for each other. Safe to use from several threads at once.
class Rpc {
public:
    virtual ~Rpc() = default;
    /// One reply a request, in order. Requests of one batch may see different states of the chain.
    virtual std::vector<RpcReply> batch(std::span<const RpcRequest> requests, const RpcOptions& options = {}) = 0;
    /// For messages.
    virtual std::string name() const = 0;

    RpcReply call(std::string method, std::string params, const RpcOptions& options = {}) {
        const RpcRequest request{std::move(method), std::move(params)};
        return std::move(batch({&request, 1}, options)[0]);
    }
};

}  // namespace osprey::chain
