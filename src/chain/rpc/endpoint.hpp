#pragma once
// Where a node is reached: http(s)://, ws(s)://, or the path of an IPC socket.

#include <string>
#include <string_view>

#include "primitives/error.hpp"

namespace osprey::chain {

struct Endpoint {
    enum class Kind : uint8_t { http, websocket, ipc };
    Kind kind = Kind::http;
    bool tls = false;
    std::string host;           ///< of an IPC socket: empty
    std::string port;           ///< decimal
    std::string target = "/";   ///< path and query; of an IPC socket: its file
    std::string authorization;  ///< value of the HTTP header; empty: none

    /// For messages: without path, query and password, which may hold somebody's key.
    std::string label() const;
};

/// `http://host[:port][/path]`, https, ws, wss, with `user:password@` if need be; `ipc:FILE`, or a file's path that
/// begins with / or ends in .ipc. The error does not repeat what may be a secret.
Result<Endpoint> parse_endpoint(std::string_view url);

}  // namespace osprey::chain
