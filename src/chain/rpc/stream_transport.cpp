// WebSocket (Boost.Beast) and IPC (a Unix socket) with one thread a transport. Everything about the connection happens
// on that thread; callers hand their message over and wait for the answer's ids.

#include <netinet/tcp.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <future>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "chain/rpc/tls.hpp"
#include "chain/rpc/transport.hpp"

namespace osprey::chain {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

constexpr size_t longest_message = size_t{512} << 20;
constexpr auto connect_time = std::chrono::seconds{10};

/// A connection that carries whole messages. On the transport's thread only; handlers keep what they need alive.
class Channel {
public:
    using Done = std::function<void(const error_code&)>;
    using Read = std::function<void(const error_code&, std::string)>;
    virtual ~Channel() = default;
    virtual void connect(Done done) = 0;
    virtual void read(Read done) = 0;
    virtual void write(const std::string& message, Done done) = 0;
    virtual void close() = 0;
};

template <class Stream>
class WebSocketChannel final : public Channel {
public:
    template <class... Args>
    WebSocketChannel(asio::io_context& io, const Endpoint& to, std::chrono::milliseconds idle, Args&&... args)
        : to_(to), idle_(idle), resolver_(io), stream_(io, std::forward<Args>(args)...) {}

    void connect(Done done) override {
        resolver_.async_resolve(to_.host, to_.port, [this, done](const error_code& error, const auto& places) {
            if (error) return done(error);
            socket().expires_after(connect_time);
            socket().async_connect(places, [this, done](const error_code& failed, const auto&) {
                if (failed) return done(failed);
                error_code ignored;
                socket().socket().set_option(tcp::no_delay{true}, ignored);
                secure(done);
            });
        });
    }
    void read(Read done) override {
        acknowledge_at_once();
        stream_.async_read(buffer_, [this, done](const error_code& error, size_t) {
            std::string message = error ? std::string{} : beast::buffers_to_string(buffer_.data());
            buffer_.consume(buffer_.size());
            done(error, std::move(message));
        });
    }
    void write(const std::string& message, Done done) override {
        stream_.text(true);
        stream_.async_write(asio::buffer(message), [done](const error_code& error, size_t) { done(error); });
    }
    void close() override { socket().close(); }

private:
    beast::tcp_stream& socket() { return beast::get_lowest_layer(stream_); }

    /// A node that has Nagle's algorithm on holds a message back until the one before is acknowledged, which takes 40
    /// ms where the kernel waits for something to send the acknowledgement with. It forgets the option, so it is set
    /// again.
    void acknowledge_at_once() {
        const int on = 1;
        static_cast<void>(::setsockopt(socket().socket().native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on));
    }

    void secure(const Done& done) {
        if constexpr (std::is_same_v<Stream, beast::ssl_stream<beast::tcp_stream>>) {
            if (!set_tls_host(stream_.next_layer().native_handle(), to_.host))
                return done(asio::error::invalid_argument);
            stream_.next_layer().async_handshake(asio::ssl::stream_base::client, [this, done](const error_code& error) {
                if (error) return done(error);
                shake_hands(done);
            });
        } else {
            shake_hands(done);
        }
    }
    void shake_hands(const Done& done) {
        socket().expires_never();  // from here on the WebSocket layer watches the time
        stream_.set_option(websocket::stream_base::timeout{connect_time, idle_, true});
        stream_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
            request.set(beast::http::field::user_agent, "osprey");
            if (!to_.authorization.empty()) request.set(beast::http::field::authorization, to_.authorization);
        }));
        stream_.read_message_max(longest_message);
        stream_.async_handshake(to_.host + ":" + to_.port, to_.target, done);
    }

    const Endpoint& to_;
    std::chrono::milliseconds idle_;
    tcp::resolver resolver_;
    websocket::stream<Stream> stream_;
    beast::flat_buffer buffer_;
};

/// Messages stand one behind the other, with or without line ends.
class IpcChannel final : public Channel {
public:
    IpcChannel(asio::io_context& io, const Endpoint& to) : to_(to), socket_(io) {}

    void connect(Done done) override {
        if (to_.target.size() >= 108) return done(asio::error::name_too_long);  // sun_path
        socket_.async_connect(asio::local::stream_protocol::endpoint{to_.target}, done);
    }
    void read(Read done) override {
        // Looking for the end from the start again at each piece would be quadratic: only where a message may end.
        const char last = text_.empty() ? '\0' : text_.back();
        const size_t size = !more_ || last == '}' || last == ']' || last == '\n' ? json_value_size(text_) : 0;
        if (size > 0) {
            std::string message = text_.substr(0, size);
            text_.erase(0, size);
            more_ = false;
            return done({}, std::move(message));
        }
        if (text_.size() > longest_message) return done(asio::error::message_size, {});
        socket_.async_read_some(asio::buffer(piece_), [this, done](const error_code& error, size_t n) {
            if (error) return done(error, {});
            text_.append(piece_.data(), n);
            more_ = true;
            read(done);
        });
    }
    void write(const std::string& message, Done done) override {
        asio::async_write(socket_, asio::buffer(message), [done](const error_code& error, size_t) { done(error); });
    }
    void close() override {
        error_code ignored;
        socket_.close(ignored);
    }

private:
    const Endpoint& to_;
    asio::local::stream_protocol::socket socket_;
    std::array<char, 65536> piece_{};
    std::string text_;
    bool more_ = false;  ///< text_ ends with a piece that was just read
};

using Answer = std::expected<std::string, RpcFailure>;

/// Requests that wait for their answers, which may come in one message or one by one.
struct Waiting {
    uint64_t first_id;
    size_t count;
    size_t answered = 0;
    std::string parts;
    std::promise<Answer> promise;
};

class Stream;

/// One connection from its making to its end.
struct Session : std::enable_shared_from_this<Session> {
    explicit Session(std::unique_ptr<Channel> c) : channel(std::move(c)) {}
    std::unique_ptr<Channel> channel;
    struct Message {
        uint64_t first_id;
        std::string body;
    };
    std::list<Message> queue;  ///< once it is open the first is being written
    bool open = false, ended = false;
};

class Stream final : public StreamTransport {
public:
    Stream(const Endpoint& to, std::chrono::milliseconds idle) : to_(to), idle_(idle), work_(io_.get_executor()) {
        if (to_.tls) tls_.emplace(make_tls_context());
        thread_ = std::thread{[this] { io_.run(); }};
    }
    ~Stream() override {
        asio::post(io_, [this] {
            listener_ = {};
            if (session_) end(*session_, "closed");
            work_.reset();
        });
        thread_.join();
    }

    void listen(Listener listener) override {
        // Waits: after it the earlier listener is not running, nor will it be called.
        std::promise<void> set;
        asio::post(io_, [&] {
            listener_ = std::move(listener);
            set.set_value();
        });
        set.get_future().wait();
    }
    void disconnect(const std::string& why) override {
        asio::post(io_, [this, why] {
            if (session_) end(*session_, why);
        });
    }

    Answer exchange(const std::string& body, uint64_t first_id, size_t count, Clock::time_point deadline) override {
        auto waiting = std::make_shared<Waiting>(Waiting{.first_id = first_id, .count = count, .parts = {}});
        auto answer = waiting->promise.get_future();
        asio::post(io_, [this, waiting, body] {
            waiting_.emplace(waiting->first_id, waiting);
            if (!session_) start();
            session_->queue.push_back({waiting->first_id, body});
            if (session_->open && session_->queue.size() == 1) write_next();
        });
        if (answer.wait_until(deadline) == std::future_status::ready) return answer.get();
        asio::post(io_, [this, first_id] { give_up(first_id); });
        return std::unexpected(RpcFailure{RpcFault::timeout, 0, to_.label() + ": no answer in time", {}});
    }

private:
    /// Nobody waits for it any more: what has not gone out yet must not go out late.
    void give_up(uint64_t first_id) {
        waiting_.erase(first_id);
        if (!session_) return;
        const auto* writing = session_->open && !session_->queue.empty() ? &session_->queue.front() : nullptr;
        session_->queue.remove_if([&](const auto& m) { return &m != writing && m.first_id == first_id; });
    }
    std::unique_ptr<Channel> make_channel() {
        if (to_.kind == Endpoint::Kind::ipc) return std::make_unique<IpcChannel>(io_, to_);
        if (to_.tls)
            return std::make_unique<WebSocketChannel<beast::ssl_stream<beast::tcp_stream>>>(io_, to_, idle_, *tls_);
        return std::make_unique<WebSocketChannel<beast::tcp_stream>>(io_, to_, idle_);
    }

    void start() {
        session_ = std::make_shared<Session>(make_channel());
        session_->channel->connect([this, session = session_](const error_code& error) {
            if (session->ended) return;
            if (error) return end(*session, "connecting: " + error.message());
            session->open = true;
            if (!session->queue.empty()) write_next();
            read_next(session);
        });
    }
    void write_next() {
        session_->channel->write(session_->queue.front().body, [this, session = session_](const error_code& error) {
            if (session->ended) return;
            if (error) return end(*session, "sending: " + error.message());
            session->queue.pop_front();
            if (!session->queue.empty()) write_next();
        });
    }
    void read_next(const std::shared_ptr<Session>& session) {
        session->channel->read([this, session](const error_code& error, const std::string& message) {
            if (session->ended) return;
            if (error) return end(*session, error == beast::error::timeout ? "the node is silent" : error.message());
            if (!take(message)) return end(*session, "the node sent what is no JSON-RPC");
            // Not by calling itself: a long row of messages at hand would be as deep a stack.
            asio::post(io_, [this, session] {
                if (!session->ended) read_next(session);
            });
        });
    }
    /// Takes the session out of use; all that wait are told.
    void end(Session& session, const std::string& why) {
        const auto keep = session.shared_from_this();
        session.ended = true;
        session.channel->close();
        if (session_.get() == &session) session_.reset();
        const auto failure = RpcFailure{RpcFault::unreachable, 0, to_.label() + ": " + why, {}};
        for (auto& [id, waiting] : std::exchange(waiting_, {})) waiting->promise.set_value(std::unexpected(failure));
        if (session.open && listener_.lost) listener_.lost(failure.message);
    }

    bool take(const std::string& text) {
        const auto messages = split_messages(text);
        if (!messages) return false;
        bool whole = false;  // a batch comes in one message, whose text is then the answer
        for (const RpcMessage& message : *messages) {
            if (!message.method.empty()) {
                if (listener_.notified) listener_.notified(message);
            } else if (message.id && !whole) {
                whole = answer(*message.id, text, messages->size());
            } else if (!message.id && waiting_.size() == 1) {
                finish(waiting_.begin(), text);  // an error for a batch as a whole
                whole = true;
            }
        }
        return true;
    }
    bool answer(uint64_t id, const std::string& text, size_t messages) {
        auto at = waiting_.upper_bound(id);
        if (at == waiting_.begin()) return false;
        --at;
        Waiting& waiting = *at->second;
        if (id - waiting.first_id >= waiting.count) return false;
        if (messages >= waiting.count) {
            finish(at, text);
            return true;
        }
        waiting.answered += messages;
        const size_t start = text.find_first_not_of(" \t\r\n");
        std::string_view inner = std::string_view{text}.substr(start);
        if (inner.front() == '[') inner = inner.substr(1, inner.rfind(']') - 1);
        waiting.parts += (waiting.parts.empty() ? "[" : ",") + std::string{inner};
        if (waiting.answered >= waiting.count) finish(at, waiting.parts + "]");
        return true;
    }
    void finish(std::map<uint64_t, std::shared_ptr<Waiting>>::iterator at, std::string text) {
        const auto waiting = at->second;
        waiting_.erase(at);
        waiting->promise.set_value(std::move(text));
    }

    Endpoint to_;
    std::chrono::milliseconds idle_;
    std::optional<asio::ssl::context> tls_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    // On the thread only:
    Listener listener_;
    std::shared_ptr<Session> session_;
    std::map<uint64_t, std::shared_ptr<Waiting>> waiting_;  ///< by first id
    std::thread thread_;
};

}  // namespace

std::unique_ptr<StreamTransport> open_stream(const Endpoint& endpoint, std::chrono::milliseconds idle) {
    return std::make_unique<Stream>(endpoint, idle);
}

}  // namespace osprey::chain
