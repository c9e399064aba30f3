// TLS to a node: a certificate that nobody vouches for, or of another host, is refused.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include "chain/rpc/client.hpp"

namespace osprey::chain {
namespace {

namespace fs = std::filesystem;

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* p) const {
        Free(p);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

/// Signed by itself, for the names of `alternative` ("DNS:…,IP:…").
Certificate certificate_for(EVP_PKEY* key, const char* alternative) {
    Certificate out{X509_new()};
    X509_set_version(out.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
    X509_set_pubkey(out.get(), key);
    X509_NAME* const name = X509_get_subject_name(out.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("osprey test"), -1, -1,
                               0);
    X509_set_issuer_name(out.get(), name);
    X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative);
    X509_add_ext(out.get(), names, -1);
    X509_EXTENSION_free(names);
    X509_sign(out.get(), key, EVP_sha256());
    return out;
}

/// Answers every request on every connection with a chain id.
class TlsServer {
public:
    explicit TlsServer(const char* alternative)
        : key_(EVP_EC_gen("P-256")), certificate_(certificate_for(key_.get(), alternative)) {
        context_ = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate(context_, certificate_.get());
        SSL_CTX_use_PrivateKey(context_, key_.get());
        listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        if (::bind(listening_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listening_, 8) != 0 ||
            ::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
            throw std::runtime_error("the server cannot listen");
        port_ = ntohs(at.sin_port);
        thread_ = std::thread{[this] { serve(); }};
    }
    ~TlsServer() {
        ending_ = true;
        ::shutdown(listening_, SHUT_RDWR);
        thread_.join();
        ::close(listening_);
        SSL_CTX_free(context_);
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    std::string url(const char* host) const { return "https://" + std::string{host} + ":" + std::to_string(port_); }
    void save_certificate(const fs::path& file) const {
        FILE* const out = std::fopen(file.c_str(), "w");
        PEM_write_X509(out, certificate_.get());
        std::fclose(out);
    }
    unsigned answered() const { return answered_; }

private:
    void serve() {
        while (!ending_) {
            const int socket = ::accept(listening_, nullptr, nullptr);
            if (socket < 0) continue;
            SSL* const tls = SSL_new(context_);
            SSL_set_fd(tls, socket);
            char request[4096];
            if (SSL_accept(tls) == 1 && SSL_read(tls, request, sizeof request) > 0) {
                const std::string body = R"({"jsonrpc":"2.0","id":1,"result":"0x1"})";
                const std::string answer =
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n" + body;
                ++answered_;
                SSL_write(tls, answer.data(), static_cast<int>(answer.size()));
                SSL_shutdown(tls);
            }
            SSL_free(tls);
            ::close(socket);
        }
    }

    Key key_;
    Certificate certificate_;
    SSL_CTX* context_ = nullptr;
    int listening_ = -1;
    uint16_t port_ = 0;
    std::atomic<bool> ending_ = false;
    std::atomic<unsigned> answered_ = 0;
    std::thread thread_;
};

RpcReply ask(const std::string& url) { return open_client(url).value()->call("eth_chainId", "[]"); }

TEST(Tls, OnlyWhatIsVouchedForIsTrusted) {
    const TlsServer ours{"DNS:localhost,IP:127.0.0.1"}, other{"DNS:node.example,IP:192.0.2.1"};
    const fs::path file = fs::temp_directory_path() / ("osprey-tls-" + std::to_string(::getpid()) + ".pem");

    const auto unknown = ask(ours.url("127.0.0.1"));
    ASSERT_FALSE(unknown) << "nobody vouches for it";
    EXPECT_EQ(unknown.error().kind, RpcFault::refused);

    const char* const before = std::getenv("SSL_CERT_FILE");
    const std::string saved = before != nullptr ? before : "";
    ours.save_certificate(file);
    ::setenv("SSL_CERT_FILE", file.c_str(), 1);
    for (const char* host : {"localhost", "127.0.0.1"}) {
        const auto good = ask(ours.url(host));
        EXPECT_TRUE(good) << (good ? "" : good.error().message);
    }
    other.save_certificate(file);
    for (const char* host : {"localhost", "127.0.0.1"}) {
        const auto wrong = ask(other.url(host));
        ASSERT_FALSE(wrong) << "it is another host's";
        EXPECT_EQ(wrong.error().kind, RpcFault::refused);
    }
    saved.empty() ? ::unsetenv("SSL_CERT_FILE") : ::setenv("SSL_CERT_FILE", saved.c_str(), 1);
    fs::remove(file);
    EXPECT_EQ(ours.answered(), 2U);
    EXPECT_EQ(other.answered(), 0U) << "no request left before the certificate was checked";
}

}  // namespace
}  // namespace osprey::chain
