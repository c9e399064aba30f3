#pragma once
// JSON-RPC 2.0 as text: writing requests, taking messages apart. Values stay text; whoever wants one parses it.

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "primitives/error.hpp"

namespace osprey::chain {

struct RpcRequest {
    std::string method;
    std::string params = "[]";  ///< JSON
};

enum class RpcFault : uint8_t {
    unreachable,  ///< no connection, connection lost, HTTP 5xx
    timeout,      ///< no answer in time
    limited,      ///< too many requests
    garbage,      ///< an answer that is no JSON-RPC, or none for this request
    behind,       ///< the node does not have the block (yet, or any more)
    refused,      ///< the node will not talk to us: HTTP 4xx, TLS, wrong chain
    node,         ///< the node ran the request and says no
};

struct RpcFailure {
    RpcFault kind = RpcFault::node;
    int64_t code = 0;     ///< JSON-RPC's, or the HTTP status
    std::string message;  ///< one line
    std::string data;     ///< JSON of error.data, as from a reverted call; empty: none
    uint32_t retry_after_ms = 0;

    /// Trying again, here or elsewhere, may help.
    bool transient() const noexcept { return kind < RpcFault::refused; }
    Error to_error() const { return Error{message}; }
};

/// The JSON text of the result.
using RpcReply = std::expected<std::string, RpcFailure>;

/// One request as an object, several as a batch; ids count up from `first_id`.
std::string encode_requests(std::span<const RpcRequest> requests, uint64_t first_id);

/// One message of a node. The views point into the text that it was taken from; empty: the member is not there.
struct RpcMessage {
    std::optional<uint64_t> id;  ///< none: absent, null, or no number
    std::string_view result;
    std::string_view error;
    std::string_view method;  ///< of a notification, without quotes
    std::string_view params;
};

/// The messages in `text`: an object, or an array of them. Only the envelope is checked, not the values in it.
Result<std::vector<RpcMessage>> split_messages(std::string_view text);

/// How many bytes the JSON value at the start of `text` takes, blanks before it included; 0: it does not end here.
/// For streams, where messages stand one behind the other; only objects and arrays end by themselves.
size_t json_value_size(std::string_view text) noexcept;

/// A JSON-RPC error object, classified by code and wording.
RpcFailure read_rpc_error(std::string_view error);

/// The text between a JSON string's quotes, which holds no escape; an error when it is anything else.
Result<std::string_view> plain_string(std::string_view json);

}  // namespace osprey::chain
