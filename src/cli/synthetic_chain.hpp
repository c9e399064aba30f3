#pragma once
// A synthetic market as a chain: real contracts (Uniswap's pairs, WETH9 as every token) with the market's reserves in
// their storage, and blocks in which pools move. For benchmarks of the live engine, which executes what it finds there.

#include <random>

#include "chain/head_chain.hpp"
#include "cli/synthetic_market.hpp"
#include "engine/live/chain_setup.hpp"
#include "engine/live/chain_source.hpp"
#include "engine/live/find.hpp"
#include "state/memory_state.hpp"

namespace osprey::cli {

class SyntheticChain final : public engine::ChainSource {
public:
    /// The error: the contracts are not beside the program.
    static Result<std::unique_ptr<SyntheticChain>> make(size_t pools, uint64_t seed);

    engine::ChainSetup setup() const;
    std::vector<engine::PoolName> pool_names() const;
    /// The first block, in which nothing moved.
    chain::ChainUpdate genesis() const { return update_of({}); }
    /// The next block: somebody took `taken`, others trade, and so `moved` pools move in all. Nobody may read a state
    /// of before any more.
    chain::ChainUpdate next_block(size_t moved, std::span<const engine::Find> taken);

    std::shared_ptr<state::Reader> state_after(const chain::BlockHeader&) override { return state_; }
    Result<std::vector<std::unique_ptr<protocol::Pool>>> read_pools(std::span<const engine::PoolName> pools,
                                                                    const chain::BlockHeader&) override;
    Result<std::vector<Log>> logs_of(std::span<const Address>, uint64_t, uint64_t) override {
        return std::vector<Log>{};
    }
    Result<std::vector<std::optional<chain::PlacedReceipt>>> find_transactions(std::span<const Hash> hashes) override {
        return std::vector<std::optional<chain::PlacedReceipt>>(hashes.size());
    }
    Result<uint64_t> pending_nonce(const Address&) override { return uint64_t{0}; }
    Result<std::optional<Block>> block(const Hash&) override { return std::nullopt; }

private:
    SyntheticChain(size_t pools, uint64_t seed);
    Result<void> deploy();
    void write(market::PoolId id);
    chain::ChainUpdate update_of(std::vector<chain::PlacedLog> logs) const;

    SyntheticMarket market_;
    std::mt19937_64 random_;
    std::shared_ptr<const config::ChainFacts> facts_;
    std::shared_ptr<state::MemoryState> state_ = std::make_shared<state::MemoryState>();
    chain::BlockHeader head_;
};

}  // namespace osprey::cli
