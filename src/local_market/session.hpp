#pragma once
// What the local market asks of its node.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "chain/local_node.hpp"
#include "types/block.hpp"

namespace osprey::local_market {

/// A block as the node mined it.
struct NewBlock {
    Header header;
    Hash hash;
    std::vector<Hash> transactions;
    std::vector<Receipt> receipts;  ///< one a transaction
};

struct SessionOptions {
    std::string program;
    uint64_t chain_id = 31337;
    uint64_t genesis_time = 0;  ///< seconds
    uint64_t block_seconds = 12;
    unsigned kept_states = 0;  ///< blocks whose state can be asked for
};

class Session {
public:
    static Result<Session> start(const SessionOptions& options);

    chain::LocalNode& node() const { return *node_; }
    uint64_t chain_id() const { return chain_id_; }

    /// Results as JSON; an error names the method.
    Result<std::vector<std::string>> ask(std::span<const chain::RpcRequest> requests);
    Result<std::string> ask(std::string method, std::string params);

    /// Into the mempool. An error: the node refuses one.
    Result<void> send(std::span<const Transaction* const> transactions);
    Result<NewBlock> mine();
    /// eth_call on the newest state; the revert is an error.
    Result<Bytes> view(const Address& to, const Bytes& data);
    Result<void> set_balances(std::span<const Address> accounts, const u256& wei);

private:
    std::unique_ptr<chain::LocalNode> node_;
    uint64_t chain_id_ = 0;
};

}  // namespace osprey::local_market
