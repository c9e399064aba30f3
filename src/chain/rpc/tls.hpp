#pragma once
// TLS as every connection to a node has it. Only .cpp files that already include Asio include this.

#include <boost/asio/ssl/context.hpp>
#include <string>

#include "primitives/error.hpp"

namespace osprey::chain {

/// Client side, TLS 1.2 or later, certificates checked against the system's authorities.
boost::asio::ssl::context make_tls_context();
/// Names the host for the certificate check and, where it is a name, for the server to choose by (SNI).
Result<void> set_tls_host(SSL* connection, const std::string& host);

}  // namespace osprey::chain
