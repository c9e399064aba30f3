#include "support/fault_proxy.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

namespace osprey::test {

namespace {

constexpr int look_every_ms = 10;

sockaddr_in local(uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
}

/// RFC 6455, 5.2: the size of the frame at the start of `bytes`, which a server does not mask; none: not whole yet.
std::optional<size_t> frame_size(std::string_view bytes) {
    if (bytes.size() < 2) return std::nullopt;
    const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
    size_t head = 2, size = at(1) & 0x7f;
    const size_t length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
    head += length_bytes;
    if (bytes.size() < head) return std::nullopt;
    if (length_bytes > 0) size = 0;
    for (size_t i = 0; i < length_bytes; ++i) size = size << 8 | at(2 + i);
    if (bytes.size() < head + size) return std::nullopt;
    return head + size;
}

}  // namespace

/// What a connection has of the node's WebSocket messages.
struct FaultProxy::Messages {
    bool upgraded = false;  ///< the HTTP part is over
    std::string rest;       ///< of a frame that is not whole yet
    std::string held;       ///< a frame that is to come after the next one
};

FaultProxy::FaultProxy(uint16_t to) : to_(to) {
    // None of its sockets goes to a node that is started: there it would stay open.
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto at = local(0);
    socklen_t size = sizeof at;
    if (::bind(listening_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listening_, 64) != 0 ||
        ::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
        throw std::runtime_error("the proxy cannot listen");
    port_ = ntohs(at.sin_port);
    accepting_ = std::thread{[this] { accept_all(); }};
}

FaultProxy::~FaultProxy() {
    ending_ = true;
    accepting_.join();
    for (std::thread& each : serving_) each.join();
    ::close(listening_);
}

void FaultProxy::accept_all() {
    while (!ending_) {
        pollfd ready{listening_, POLLIN, 0};
        if (::poll(&ready, 1, look_every_ms) <= 0) continue;
        const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        ++connections_;
        const std::scoped_lock lock{mutex_};
        serving_.emplace_back([this, client] { serve(client); });
    }
}

void FaultProxy::serve(int client) {
    const int node = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto at = local(to_);
    const uint64_t cuts = cuts_;
    Messages messages;
    std::array<char, 65536> bytes;
    bool open = fault_ != Fault::refuse && ::connect(node, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
    while (open && !ending_ && cuts == cuts_) {
        const bool stalled = fault_ == Fault::stall;
        std::array<pollfd, 2> ready = {{{client, POLLIN, 0}, {stalled ? -1 : node, POLLIN, 0}}};
        if (::poll(ready.data(), 2, look_every_ms) <= 0) continue;
        for (size_t side = 0; side < 2 && open; ++side) {
            if (ready[side].revents == 0) continue;
            const auto n = ::recv(ready[side].fd, bytes.data(), bytes.size(), 0);
            const std::string_view got{bytes.data(), n > 0 ? static_cast<size_t>(n) : 0};
            open = n > 0 && (side == 0 ? send_all(node, got) : pass_from_node(client, got, messages));
        }
    }
    ::close(node);
    ::close(client);
}

bool FaultProxy::pass_from_node(int client, std::string_view bytes, Messages& messages) {
    if (fault_ == Fault::garbage) {
        send_all(client, std::string(bytes.size(), '\x7e'));
        return false;
    }
    std::string told;
    if (fault_ == Fault::other_chain) {
        told = bytes;
        constexpr std::string_view right = R"("result":"0x7a69")", wrong = R"("result":"0x7a6a")";
        for (size_t at = 0; (at = told.find(right, at)) != std::string::npos;) told.replace(at, right.size(), wrong);
        bytes = told;
    }
    const bool upgrade = bytes.starts_with("HTTP/1.1 101");
    if (!messages.upgraded && !upgrade) return send_all(client, bytes);
    if (!messages.upgraded) {
        messages.upgraded = true;
        const auto end = bytes.find("\r\n\r\n") + 4;
        if (!send_all(client, bytes.substr(0, end))) return false;
        bytes.remove_prefix(end);
    }
    messages.rest += bytes;
    std::string out;
    while (const auto size = frame_size(messages.rest)) {
        std::string frame = messages.rest.substr(0, *size);
        messages.rest.erase(0, *size);
        const bool unasked = frame.find("eth_subscription") != std::string::npos;
        const auto fault = unasked ? message_fault_.load() : MessageFault::none;
        if (fault == MessageFault::drop) continue;
        if (fault == MessageFault::spoil)
            for (char& c : frame)
                if (c == '"') c = '#';
        if (fault == MessageFault::reorder && messages.held.empty()) {
            messages.held = std::move(frame);
            continue;
        }
        out += frame;
        if (fault == MessageFault::duplicate) out += frame;
        out += std::exchange(messages.held, {});
    }
    return send_all(client, out);
}

}  // namespace osprey::test
