#pragma once
// Those who trade on the local market. An agent is one file in agents/ and one line in agents.cpp.

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "local_market/account.hpp"
#include "local_market/calls.hpp"
#include "local_market/pools.hpp"
#include "local_market/prices.hpp"
#include "local_market/results.hpp"
#include "local_market/setup/setup.hpp"

namespace osprey::local_market {

/// A transaction that is on its way into the next block.
struct Planned {
    std::string_view agent;
    Transaction tx;
    std::optional<SwapOrder> swap;  ///< what it does, where that is one swap through a router
    double volume = 0;              ///< wei that it moves
};

/// What agents look at when they make up their minds.
struct World {
    const Deployment* deployment = nullptr;
    const Pools* pools = nullptr;       ///< after the last block
    const PricePath* prices = nullptr;  ///< now
    uint64_t block = 0;                 ///< the next one's number
    uint64_t time = 0;                  ///< its timestamp
    /// What the lenders' oracle says: wei for one unit of the token, by its place in the deployment.
    const std::vector<double>* told = nullptr;
    double base_fee = 0;  ///< its base fee, wei
};

/// One agent's part in one block.
class Turn {
public:
    Turn(const World& world, std::vector<Planned>& planned, std::string_view agent, Random& random)
        : world_(world), planned_(planned), agent_(agent), random_(random) {}

    const World& world() const { return world_; }
    const Deployment& deployment() const { return *world_.deployment; }
    const PoolView& pool(size_t venue) const { return (*world_.pools)[venue]; }
    Random& random() { return random_; }
    /// What was sent before this turn, as the mempool shows it.
    const std::vector<Planned>& pending() const { return planned_; }

    /// `tip`: wei a gas above the base fee. No two of these bid the same, so that their order is no accident.
    Planned& send(Account& from, ContractCall call, double tip, uint64_t gas, const u256& value = {});
    /// With the same bid as `target`: the node puts it behind, as it comes later.
    Planned& send_behind(const Planned& target, Account& from, ContractCall call, uint64_t gas);
    /// Through the exchange's router; volume is told in the wrapped coin.
    void swap(Account& from, const SwapOrder& order, double tip);
    /// About `gwei`, never twice the same.
    double some_tip(double low_gwei, double high_gwei);

private:
    Planned& add(Account& from, ContractCall call, const u256& tip, uint64_t gas, const u256& value);

    const World& world_;
    std::vector<Planned>& planned_;
    std::string_view agent_;
    Random& random_;
};

/// What became of a planned transaction.
struct Outcome {
    const Planned* planned = nullptr;
    const Receipt* receipt = nullptr;
};

/// A block, seen by those who act on the market.
struct News {
    std::span<const Outcome> outcomes;  ///< of all agents' transactions, in the block's order
    std::span<const Receipt> receipts;  ///< of all transactions, whoever sent them
    const World* world = nullptr;       ///< after it
};

class Agent {
public:
    virtual ~Agent() = default;
    virtual std::string_view name() const = 0;
    /// Accounts, tokens, allowances, contracts; the pools are there by then.
    virtual void prepare(Setup& setup) = 0;
    virtual void act(Turn& turn) = 0;
    /// What an agent has to tell of it goes into `block`.
    virtual void mined(const News&, MinedBlock&) {}
};

/// All of them, in the order of their turns: who watches others comes after them.
std::vector<std::unique_ptr<Agent>> all_agents();

/// Wei that a trade is worth, paid in the wrapped coin or in the token.
double volume_of(const PoolView& pool, const SwapOrder& order);

}  // namespace osprey::local_market
