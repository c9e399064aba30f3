#pragma once
// A market on this machine: a real node, contracts of real protocols on it, and agents who trade there block by block.
// The same seeds give the same deployment, transactions and block hashes, as long as nobody else sends anything.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chain/local_node.hpp"
#include "local_market/deployment.hpp"
#include "local_market/results.hpp"
#include "primitives/error.hpp"
#include "types/transaction.hpp"

namespace osprey::local_market {

struct Options {
    uint64_t seed = 1;        ///< of what the agents do
    uint64_t price_seed = 1;  ///< of the reference prices: other ones make markets' prices part
    uint64_t chain_id = 31337;
    size_t tokens = 7;                      ///< beside the wrapped coin; at most 7
    uint64_t genesis_time = 1'750'000'000;  ///< seconds
    unsigned kept_states = 64;              ///< blocks whose state and transactions the node still answers for
    std::filesystem::path files;            ///< where local_market.json and anvil are; empty: beside the program
};

struct Urls {
    std::string http, ws;
};

/// A transaction that an agent has sent.
struct Submitted {
    std::string_view agent;
    Transaction tx;
};

class LocalMarket {
public:
    /// Takes a few seconds. An error: a file of the build's is missing, the node does not start, a step fails.
    static Result<LocalMarket> start(const Options& options = {});
    ~LocalMarket();  ///< ends the node
    LocalMarket(LocalMarket&&) noexcept;
    LocalMarket& operator=(LocalMarket&&) noexcept;

    Urls urls() const;
    const Deployment& deployment() const;
    /// Adds wei to a balance, outside of any transaction, as a genesis allocation would.
    Result<void> fund(const Address& account, const u256& wei);
    /// The agents' transactions for the next block go into the node's mempool; mine() has to follow before the next.
    Result<std::vector<Submitted>> submit_block();
    /// Mines a block of all that is pending, whoever sent it.
    Result<MinedBlock> mine();
    Summary summary() const;
    /// Wei for one unit of the token (by its place in the deployment, from 1) where the reference price is now.
    double reference_price(size_t token) const;
    /// To be killed, stopped and started again.
    chain::LocalNode& node();

private:
    struct State;
    explicit LocalMarket(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace osprey::local_market
