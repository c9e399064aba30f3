#include "cli/synthetic_chain.hpp"

#include <algorithm>

#include "local_market/contracts.hpp"
#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "state/overlay.hpp"

namespace osprey::cli {

namespace {

using protocol::uniswap_v2::Pair;

constexpr uint64_t chain_id = 31337, seconds = 12, gas_limit = 36'000'000;
constexpr u256 base_fee = 1'000'000'000_u256;  // wei

// UniswapV2Pair's storage (@uniswap/v2-core 1.0.1): token0, token1, reserves, the lock.
constexpr uint64_t token0_slot = 6, token1_slot = 7, reserves_slot = 8, unlocked_slot = 12;
/// WETH9's: balanceOf.
constexpr uint64_t balances_slot = 3;

Result<Bytes> runtime_of(const local_market::Contracts& contracts, std::string_view name) {
    auto creation = contracts.code(name);
    if (!creation) return creation;
    evm::Machine machine;
    state::MemoryState nothing;
    state::Overlay state{nothing};
    Transaction tx;
    tx.gas_limit = gas_limit;
    tx.data = std::move(*creation);
    evm::BlockEnv block;
    block.fork = evm::Fork::prague;
    block.gas_limit = gas_limit;
    const auto made = machine.transact(state, block, tx, {.unchecked = true});
    if (!made) return std::unexpected(made.error());
    if (!made->contract_address) return fail(std::string{name} + " cannot be created");
    return *state.code(state.account(*made->contract_address));
}

u256 balance_slot(const Address& holder) {
    uint8_t preimage[64]{};
    std::copy(holder.bytes.begin(), holder.bytes.end(), preimage + 12);
    preimage[63] = static_cast<uint8_t>(balances_slot);
    return to_u256(keccak256({preimage, sizeof preimage}));
}

}  // namespace

SyntheticChain::SyntheticChain(size_t pools, uint64_t seed)
    : market_(SyntheticMarket::make(pools, seed)), random_(seed) {
    Header& header = head_.header;
    header.number = 1;
    header.timestamp = 1'750'000'000;
    header.gas_limit = gas_limit;
    header.gas_used = gas_limit / 2;  // the base fee stays
    header.base_fee_per_gas = base_fee;
    header.withdrawals_root = Hash{};
    header.blob_gas_used = 0;
    header.excess_blob_gas = 0;
    header.parent_beacon_block_root = Hash{};
    header.requests_hash = Hash{};
    head_.hash = hash_of(header);
}

Result<std::unique_ptr<SyntheticChain>> SyntheticChain::make(size_t pools, uint64_t seed) {
    std::unique_ptr<SyntheticChain> chain{new SyntheticChain{pools, seed}};
    if (auto done = chain->deploy(); !done) return std::unexpected(std::move(done).error());
    return chain;
}

Result<void> SyntheticChain::deploy() {
    config::Description description;
    description.chain_id = chain_id;
    description.name = "synthetic";
    description.wrapped_native = market_.graph.address_of(market_.hubs[0]);
    description.rules = "prague";
    auto facts = config::ChainFacts::make(description);
    if (!facts) return std::unexpected(std::move(facts).error());
    facts_ = std::move(*facts);
    const auto contracts = local_market::Contracts::load();
    if (!contracts) return std::unexpected(contracts.error());
    const auto pair = runtime_of(*contracts, "UniswapV2Pair"), token = runtime_of(*contracts, "WETH9");
    if (!pair) return std::unexpected(pair.error());
    if (!token) return std::unexpected(token.error());
    for (market::TokenId id = 0; id < market_.graph.token_count(); ++id)
        state_->set_code(market_.graph.address_of(id), *token);
    for (market::PoolId id = 0; id < market_.graph.pool_count(); ++id) {
        const protocol::Pool& pool = market_.graph.pool(id);
        const Address& at = pool.key().contract;
        state_->set_code(at, *pair);
        state_->set_storage(at, token0_slot, to_u256(pool.tokens()[0]));
        state_->set_storage(at, token1_slot, to_u256(pool.tokens()[1]));
        state_->set_storage(at, unlocked_slot, 1);
        write(id);
    }
    return {};
}

void SyntheticChain::write(market::PoolId id) {
    const auto& pair = static_cast<const Pair&>(market_.graph.pool(id));
    const Address& at = pair.key().contract;
    state_->set_storage(at, reserves_slot, (pair.reserve(1) << 112) | pair.reserve(0));
    for (protocol::TokenIndex side = 0; side < 2; ++side)
        state_->set_storage(pair.tokens()[side], balance_slot(at), pair.reserve(side));
}

engine::ChainSetup SyntheticChain::setup() const {
    engine::ChainSetup setup;
    setup.chain_id = chain_id;
    setup.rules = &facts_->rules();
    setup.block_seconds = seconds;
    setup.wrapped_native = market_.graph.address_of(market_.hubs[0]);
    for (const market::TokenId hub : market_.hubs) setup.start_tokens.push_back(market_.graph.address_of(hub));
    return setup;
}

std::vector<engine::PoolName> SyntheticChain::pool_names() const {
    std::vector<engine::PoolName> names;
    for (market::PoolId id = 0; id < market_.graph.pool_count(); ++id)
        names.push_back({.key = market_.graph.pool(id).key(), .v4_key = std::nullopt});
    return names;
}

Result<std::vector<std::unique_ptr<protocol::Pool>>> SyntheticChain::read_pools(std::span<const engine::PoolName> pools,
                                                                                const chain::BlockHeader&) {
    std::vector<std::unique_ptr<protocol::Pool>> out;
    for (const engine::PoolName& name : pools)
        out.push_back(market_.graph.pool(*market_.graph.find_pool(name.key)).clone());
    return out;
}

chain::ChainUpdate SyntheticChain::update_of(std::vector<chain::PlacedLog> logs) const {
    chain::ChainUpdate update;
    update.added.push_back(head_);
    update.logs.push_back(std::move(logs));
    return update;
}

chain::ChainUpdate SyntheticChain::next_block(size_t moved, std::span<const engine::Find> taken) {
    std::vector<market::PoolId> changed;
    for (const engine::Find& find : taken)
        for (const engine::FoundSwap& swap : find.swaps) {
            const market::PoolId id = *market_.graph.find_pool(swap.pool);
            const bool first = market_.graph.pool(id).tokens()[0] == swap.token_in;
            market_.graph.swap({.pool = id,
                                .in = static_cast<protocol::TokenIndex>(first ? 0 : 1),
                                .out = static_cast<protocol::TokenIndex>(first ? 1 : 0)},
                               swap.amount_in);
            if (std::ranges::find(changed, id) == changed.end()) changed.push_back(id);
        }
    if (changed.size() < moved)
        for (const market::PoolId id : market_.trade(moved - changed.size(), random_).moved)
            if (std::ranges::find(changed, id) == changed.end()) changed.push_back(id);

    static const Hash sync = abi::event_topic("Sync(uint112,uint112)");
    std::vector<chain::PlacedLog> logs;
    for (const market::PoolId id : changed) {
        write(id);
        const auto& pair = static_cast<const Pair&>(market_.graph.pool(id));
        Log log{.address = pair.key().contract, .topics = {sync}, .data = Bytes(64)};
        store_be32(log.data.data(), pair.reserve(0));
        store_be32(log.data.data() + 32, pair.reserve(1));
        logs.push_back({.log = std::move(log)});
    }
    Header& header = head_.header;
    header.parent_hash = head_.hash;
    ++header.number;
    header.timestamp += seconds;
    head_.hash = hash_of(header);
    return update_of(std::move(logs));
}

}  // namespace osprey::cli
