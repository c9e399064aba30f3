#pragma once
// Where the live engine gets what it does not compute itself: a chain's nodes, or a recording of what they said.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "chain/rpc/eth.hpp"
#include "protocol/amm/family.hpp"
#include "protocol/amm/uniswap_v4/key.hpp"
#include "state/reader.hpp"

namespace osprey::engine {

struct PoolName {
    protocol::PoolKey key;
    std::optional<protocol::uniswap_v4::Key> v4_key;  ///< a V4 pool cannot be read without
};

/// Used by several threads at once.
class ChainSource {
public:
    virtual ~ChainSource() = default;

    /// The state after the block; any thread may read it.
    virtual std::shared_ptr<state::Reader> state_after(const chain::BlockHeader& block) = 0;
    /// Soon to be asked of that state: what can be fetched at once should be.
    virtual void prefetch(const chain::BlockHeader& block, std::span<const AccessListEntry> items) {
        static_cast<void>(block), static_cast<void>(items);
    }
    /// The pools as they stand after the block, in the order of their names; null: it is no pool that is known, or it
    /// cannot be read.
    virtual Result<std::vector<std::unique_ptr<protocol::Pool>>> read_pools(std::span<const PoolName> pools,
                                                                            const chain::BlockHeader& block) = 0;
    /// What the contracts logged in these blocks, both included, in order.
    virtual Result<std::vector<Log>> logs_of(std::span<const Address> contracts, uint64_t from, uint64_t to) = 0;
    /// By hash; none: not in the chain.
    virtual Result<std::vector<std::optional<chain::PlacedReceipt>>> find_transactions(
        std::span<const Hash> hashes) = 0;
    /// The nonce that the account's next transaction has when what waits for a block is counted too.
    virtual Result<uint64_t> pending_nonce(const Address& account) = 0;
    /// With its transactions. None: the node does not have it.
    virtual Result<std::optional<Block>> block(const Hash& hash) = 0;
};

}  // namespace osprey::engine
