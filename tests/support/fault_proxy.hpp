#pragma once
// Stands between a client and a node on 127.0.0.1 and breaks what passes: for tests of what then happens.

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "primitives/bytes.hpp"

namespace osprey::test {

class FaultProxy {
public:
    enum class Fault : uint8_t {
        none,
        refuse,       ///< connections are closed as soon as they are made
        stall,        ///< nothing passes from the node
        other_chain,  ///< eth_chainId says 31338 where it would say 31337
        garbage,      ///< what the node sends is replaced by bytes that mean nothing
    };
    /// Of WebSocket messages that the node sends unasked (eth_subscription).
    enum class MessageFault : uint8_t {
        none,
        drop,       ///< each is lost
        duplicate,  ///< each comes twice
        reorder,    ///< each comes after the next one
        spoil,      ///< each comes with a text that is no JSON
    };

    explicit FaultProxy(uint16_t to);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::string ws_url() const { return "ws://127.0.0.1:" + std::to_string(port_); }
    void set(Fault fault) { fault_ = fault; }
    void set(MessageFault fault) { message_fault_ = fault; }
    /// Where new connections go; those that are there stay.
    void forward_to(uint16_t port) { to_ = port; }
    /// Ends all connections now.
    void cut() { ++cuts_; }
    uint64_t connections() const { return connections_; }

private:
    struct Messages;
    void accept_all();
    void serve(int client);
    /// False: the connection ends.
    bool pass_from_node(int client, std::string_view bytes, Messages& messages);

    std::atomic<uint16_t> to_;
    uint16_t port_ = 0;
    int listening_ = -1;
    std::atomic<Fault> fault_ = Fault::none;
    std::atomic<MessageFault> message_fault_ = MessageFault::none;
    std::atomic<uint64_t> cuts_ = 0, connections_ = 0;
    std::atomic<bool> ending_ = false;
    std::mutex mutex_;  ///< of `serving_`
    std::list<std::thread> serving_;
    std::thread accepting_;
};

}  // namespace osprey::test
