#include "chain/rpc/tls.hpp"

#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

namespace osprey::chain {

boost::asio::ssl::context make_tls_context() {
    boost::asio::ssl::context out{boost::asio::ssl::context::tls_client};
    SSL_CTX_set_min_proto_version(out.native_handle(), TLS1_2_VERSION);
    out.set_default_verify_paths();
    out.set_verify_mode(boost::asio::ssl::verify_peer);
    return out;
}

Result<void> set_tls_host(SSL* connection, const std::string& host) {
    boost::system::error_code error;
    boost::asio::ip::make_address(host, error);
    X509_VERIFY_PARAM* const parameters = SSL_get0_param(connection);
    const bool done = error ? X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1 &&
                                  SSL_set_tlsext_host_name(connection, host.c_str()) == 1
                            : X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
    if (!done) return fail("TLS takes no such host name");
    return {};
}

}  // namespace osprey::chain
