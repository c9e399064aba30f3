// HTTP/1.1 with kept connections, by Boost.Beast. An exchange runs an io_context of its own in the caller's thread,
// which gives every step the deadline without threads of ours.

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <charconv>
#include <mutex>
#include <optional>
#include <vector>

#include "chain/rpc/tls.hpp"
#include "chain/rpc/transport.hpp"

namespace osprey::chain {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr size_t most_idle_connections = 16;
constexpr uint64_t longest_body = uint64_t{512} << 20;

RpcFailure failure_of(const Endpoint& to, const error_code& error, const char* doing) {
    RpcFailure out;
    out.kind = error == beast::error::timeout ? RpcFault::timeout : RpcFault::unreachable;
    const std::string what = error == beast::error::timeout ? "no answer in time" : error.message();
    out.message = to.label() + ": " + doing + ": " + what;
    return out;
}

class Connection {
public:
    Connection(const Endpoint& to, asio::ssl::context* tls) : to_(to) {
        if (tls != nullptr)
            tls_.emplace(io_, *tls);
        else
            plain_.emplace(io_);
    }

    std::expected<void, RpcFailure> open(Clock::time_point deadline) {
        error_code error;
        asio::ip::tcp::resolver resolver{io_};
        const auto places = resolver.resolve(to_.host, to_.port, error);
        if (error) return std::unexpected(failure_of(to_, error, "looking up the host"));
        socket().expires_at(deadline);
        error = wait([&](auto done) { socket().async_connect(places, std::move(done)); });
        if (error) return std::unexpected(failure_of(to_, error, "connecting"));
        socket().socket().set_option(asio::ip::tcp::no_delay{true}, error);
        if (!tls_) return {};
        if (auto named = set_tls_host(tls_->native_handle(), to_.host); !named)
            return std::unexpected(RpcFailure{RpcFault::refused, 0, to_.label() + ": " + named.error().message, {}});
        error = wait([&](auto done) { tls_->async_handshake(asio::ssl::stream_base::client, std::move(done)); });
        if (!error) return {};
        auto failure = failure_of(to_, error, "TLS");
        if (failure.kind != RpcFault::timeout && error.category() == asio::error::get_ssl_category())
            failure.kind = RpcFault::refused;
        return std::unexpected(std::move(failure));
    }

    std::expected<http::response<http::string_body>, RpcFailure> send(const http::request<http::string_body>& request,
                                                                      Clock::time_point deadline) {
        return tls_ ? send_on(*tls_, request, deadline) : send_on(*plain_, request, deadline);
    }
    /// Whether the last send() failed before the node answered anything.
    bool untouched() const { return untouched_; }

private:
    beast::tcp_stream& socket() { return tls_ ? beast::get_lowest_layer(*tls_) : *plain_; }

    /// Starts one operation and runs it to its end.
    template <class Start>
    error_code wait(const Start& start) {
        error_code result = asio::error::operation_aborted;
        start([&result](const error_code& error, auto&&...) { result = error; });
        io_.restart();
        io_.run();
        return result;
    }

    template <class Stream>
    std::expected<http::response<http::string_body>, RpcFailure> send_on(
        Stream& stream, const http::request<http::string_body>& request, Clock::time_point deadline) {
        untouched_ = true;
        socket().expires_at(deadline);
        auto error = wait([&](auto done) { http::async_write(stream, request, std::move(done)); });
        if (error) return std::unexpected(failure_of(to_, error, "sending"));
        http::response_parser<http::string_body> parser;
        parser.body_limit(longest_body);
        error = wait([&](auto done) { http::async_read_header(stream, buffer_, parser, std::move(done)); });
        if (error) {
            untouched_ = error != beast::error::timeout;
            return std::unexpected(failure_of(to_, error, "reading the answer"));
        }
        untouched_ = false;
        error = wait([&](auto done) { http::async_read(stream, buffer_, parser, std::move(done)); });
        if (error) return std::unexpected(failure_of(to_, error, "reading the answer"));
        return parser.release();
    }

    const Endpoint& to_;
    asio::io_context io_{1};
    std::optional<beast::tcp_stream> plain_;
    std::optional<beast::ssl_stream<beast::tcp_stream>> tls_;
    beast::flat_buffer buffer_;
    bool untouched_ = true;
};

class HttpTransport final : public Transport {
public:
    explicit HttpTransport(const Endpoint& to) : to_(to) {
        if (to_.tls) tls_.emplace(make_tls_context());
    }

    std::expected<std::string, RpcFailure> exchange(const std::string& body, uint64_t, size_t,
                                                    Clock::time_point deadline) override {
        const auto request = make_request(body);
        for (;;) {
            auto connection = take_idle();
            const bool kept = connection != nullptr;
            if (!kept) {
                connection = std::make_unique<Connection>(to_, tls_ ? &*tls_ : nullptr);
                if (auto opened = connection->open(deadline); !opened) return std::unexpected(opened.error());
            }
            auto response = connection->send(request, deadline);
            if (!response) {
                // A kept connection that the node has closed meanwhile says nothing about the node.
                if (kept && connection->untouched() && Clock::now() < deadline) continue;
                return std::unexpected(std::move(response.error()));
            }
            if (response->keep_alive()) give_back(std::move(connection));
            return read_response(*response);
        }
    }

private:
    http::request<http::string_body> make_request(const std::string& body) const {
        http::request<http::string_body> request{http::verb::post, to_.target, 11};
        const bool usual_port = to_.port == (to_.tls ? "443" : "80");
        request.set(http::field::host, usual_port ? to_.host : to_.host + ":" + to_.port);
        request.set(http::field::content_type, "application/json");
        request.set(http::field::accept, "application/json");
        request.set(http::field::user_agent, "osprey");
        if (!to_.authorization.empty()) request.set(http::field::authorization, to_.authorization);
        request.body() = body;
        request.prepare_payload();
        return request;
    }

    std::expected<std::string, RpcFailure> read_response(http::response<http::string_body>& response) const {
        const unsigned status = response.result_int();
        std::string& body = response.body();
        const auto start = body.find_first_not_of(" \r\n\t");
        const bool json = start != std::string::npos && (body[start] == '{' || body[start] == '[');
        RpcFailure failure{RpcFault::refused, status, to_.label() + ": HTTP status " + std::to_string(status), {}};
        if (status == 429) {
            failure.kind = RpcFault::limited;
            const auto after = response[http::field::retry_after];
            uint32_t seconds = 0;
            std::from_chars(after.data(), after.data() + after.size(), seconds);
            failure.retry_after_ms = std::min(seconds, 60U) * 1000;
            return std::unexpected(std::move(failure));
        }
        if (status == 200 || (json && status < 500)) return std::move(body);  // some send errors with status 400
        if (status >= 500) failure.kind = RpcFault::unreachable;
        return std::unexpected(std::move(failure));
    }

    std::unique_ptr<Connection> take_idle() {
        const std::scoped_lock lock{mutex_};
        if (idle_.empty()) return nullptr;
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
    }
    void give_back(std::unique_ptr<Connection> connection) {
        const std::scoped_lock lock{mutex_};
        if (idle_.size() < most_idle_connections) idle_.push_back(std::move(connection));
    }

    Endpoint to_;
    std::optional<asio::ssl::context> tls_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace

std::unique_ptr<Transport> open_http(const Endpoint& endpoint) { return std::make_unique<HttpTransport>(endpoint); }

}  // namespace osprey::chain
