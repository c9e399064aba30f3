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

/// Where one of our transactions stands in the chain.
struct Inclusion {
    Hash block_hash;
    uint64_t block_number = 0;
    bool success = false;
    uint64_t gas_used = 0;
    u256 effective_gas_price;  ///< wei
    std::vector<Log> logs;
};

/// Used by the state thread, but for the states that it gives away.
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
    /// By hash; none: not in the chain.
    virtual Result<std::vector<std::optional<Inclusion>>> find_transactions(std::span<const Hash> hashes) = 0;
    /// With its transactions. None: the node does not have it.
    virtual Result<std::optional<Block>> block(const Hash& hash) = 0;
};

}  // namespace osprey::engine
