#pragma once
// A node of our own on this machine: anvil, as a child process.

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "chain/rpc/client.hpp"

namespace osprey::chain {

struct LocalNodeOptions {
    std::string program;                 ///< anvil's file
    std::vector<std::string> arguments;  ///< beyond port and silence
    std::string ipc_path;                ///< a socket file to listen on as well; empty: none
};

/// Listens on a port of 127.0.0.1 that was free. It ends with this object; with the thread that started it, too, so
/// that nothing is left of a program that was killed (PR_SET_PDEATHSIG).
class LocalNode {
public:
    /// Waits until the node answers. An error: the program is not there, ends at once, or does not answer.
    static Result<std::unique_ptr<LocalNode>> start(LocalNodeOptions options);
    ~LocalNode();
    LocalNode(const LocalNode&) = delete;
    LocalNode& operator=(const LocalNode&) = delete;

    uint16_t port() const { return port_; }
    pid_t process() const { return pid_; }  ///< -1: killed
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::string ws_url() const { return "ws://127.0.0.1:" + std::to_string(port_); }
    const std::string& ipc_path() const { return options_.ipc_path; }
    const std::shared_ptr<RpcClient>& rpc() const { return rpc_; }

    void kill();             ///< at once, as a crash would
    Result<void> restart();  ///< on the same port, with nothing remembered
    void pause();            ///< it holds its connections and answers nothing
    void resume();

private:
    LocalNode(LocalNodeOptions options, uint16_t port) : options_(std::move(options)), port_(port) {}
    Result<void> spawn();

    LocalNodeOptions options_;
    uint16_t port_ = 0;
    pid_t pid_ = -1;
    std::shared_ptr<RpcClient> rpc_;
};

/// A port of 127.0.0.1 that nobody listens on now.
Result<uint16_t> free_port();

}  // namespace osprey::chain
