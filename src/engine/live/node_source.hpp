#pragma once
// The live engine's source on a chain's nodes.

#include <deque>
#include <mutex>
#include <unordered_set>

#include "chain/remote_state.hpp"
#include "engine/live/chain_source.hpp"

namespace osprey::engine {

class NodeSource final : public ChainSource {
public:
    explicit NodeSource(std::shared_ptr<chain::Rpc> rpc) : rpc_(rpc), states_(std::move(rpc)) {}

    /// What simulations asked of the state before is fetched for this one in one go.
    std::shared_ptr<state::Reader> state_after(const chain::BlockHeader& block) override;
    void prefetch(const chain::BlockHeader& block, std::span<const AccessListEntry> items) override;
    Result<std::vector<std::unique_ptr<protocol::Pool>>> read_pools(std::span<const PoolName> pools,
                                                                    const chain::BlockHeader& block) override;
    Result<std::vector<Log>> logs_of(std::span<const Address> contracts, uint64_t from, uint64_t to) override;
    Result<std::vector<std::optional<chain::PlacedReceipt>>> find_transactions(std::span<const Hash> hashes) override {
        return chain::receipts_by_hash(*rpc_, hashes);
    }
    Result<uint64_t> pending_nonce(const Address& account) override { return chain::pending_nonce(*rpc_, account); }
    Result<std::optional<Block>> block(const Hash& hash) override { return chain::block_by_hash(*rpc_, hash); }

private:
    class Watched;

    std::shared_ptr<chain::Rpc> rpc_;
    chain::RemoteChain states_;
    std::mutex mutex_;                             ///< of what follows
    std::deque<std::shared_ptr<Watched>> lately_;  ///< the newest first
};

}  // namespace osprey::engine
