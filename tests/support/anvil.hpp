#pragma once
// A real node of a test's own: anvil, from npm. It dies with the test.

#include <memory>
#include <string>
#include <vector>

#include "chain/local_node.hpp"
#include "primitives/bytes.hpp"

namespace osprey::test {

struct AnvilOptions {
    std::vector<std::string> arguments;  ///< beyond port and silence
    bool ipc = false;                    ///< also listens on a socket file
};

class Anvil {
public:
    /// Starts the node and waits until it answers. Throws where that fails: a programming error of the test's set-up.
    explicit Anvil(AnvilOptions options = {});

    uint16_t port() const { return node_->port(); }
    std::string url() const { return node_->url(); }
    std::string ws_url() const { return node_->ws_url(); }
    const std::string& ipc_path() const { return node_->ipc_path(); }
    std::shared_ptr<chain::RpcClient> rpc() const { return node_->rpc(); }

    /// The JSON of the result. Throws on an error of the node's.
    std::string call(std::string method, std::string params = "[]") const;
    void mine(unsigned blocks = 1) const;
    /// One transaction of the node's first account; waits until it is mined.
    Hash send(const Address& to, uint64_t wei, BytesView data = {}) const;

    void kill() { node_->kill(); }    ///< at once, as a crash would
    void restart();                   ///< on the same port, with nothing remembered
    void pause() { node_->pause(); }  ///< it holds its connections and answers nothing
    void resume() { node_->resume(); }

private:
    std::unique_ptr<chain::LocalNode> node_;
};

/// The first of the accounts that anvil holds keys for.
inline constexpr const char* anvil_account = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

/// A port of 127.0.0.1 that nobody listens on now.
uint16_t free_port();

}  // namespace osprey::test
