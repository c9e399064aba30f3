#pragma once
// The one market that follows the chain, block by block, back and forth. Searchers get copies of what moved.

#include <memory>
#include <unordered_map>

#include "chain/discovery.hpp"
#include "chain/head_chain.hpp"
#include "engine/live/chain_source.hpp"
#include "engine/live/task.hpp"
#include "networks/networks.hpp"

namespace osprey::engine {

class MarketKeeper {
public:
    explicit MarketKeeper(std::vector<networks::Exchange> exchanges) : exchanges_(std::move(exchanges)) {}

    size_t pool_count() const noexcept { return graph_.pool_count(); }
    const market::TokenGraph& graph() const noexcept { return graph_; }
    bool knows(const protocol::PoolKey& key) const { return graph_.find_pool(key).has_value(); }

    struct Moved {
        std::vector<market::PoolId> pools;  ///< each once; they stand after the head
        std::vector<market::PoolId> stale;  ///< have to be read after the head, and given to take_read()
        std::vector<PoolName> appeared;     ///< made by a factory that is watched; the same
    };
    /// What the chain did: removed blocks are undone, logs of added ones applied.
    Moved follow(const chain::ChainUpdate& update);
    /// The name to read a pool by.
    PoolName name_of(market::PoolId id) const;
    /// A pool as it was read after the head. Null: it could not be read, and is asked for again when it next says
    /// something. None: it is not in the market.
    std::optional<market::PoolId> take_read(const PoolName& name, std::unique_ptr<protocol::Pool> pool);
    MarketUpdate::Entry entry(market::PoolId id) const;

private:
    struct HashKey {
        size_t operator()(const protocol::PoolKey& key) const noexcept {
            return std::hash<Address>{}(key.contract) ^ (std::hash<Hash>{}(key.id) * 3);
        }
    };
    void look_for_new(std::span<const Log> logs, Moved& moved);

    std::vector<networks::Exchange> exchanges_;
    market::TokenGraph graph_;  ///< never built: it keeps pools and takes changes back
    std::unordered_map<market::PoolId, protocol::uniswap_v4::Key> v4_keys_;
    std::vector<std::pair<uint64_t, market::PoolId>> since_;  ///< pools by the block after which they were first read
    std::unordered_map<protocol::PoolKey, PoolName, HashKey> unread_;  ///< known to be made, not readable yet
};

/// The name to read a discovered pool by; none: a kind of pool that has no model.
std::optional<PoolName> name_of(const chain::DiscoveredPool& pool);
/// The same of what a factory told of in a log.
std::optional<PoolName> name_of_new_pool(std::span<const networks::Exchange> exchanges, const Log& log);

}  // namespace osprey::engine
