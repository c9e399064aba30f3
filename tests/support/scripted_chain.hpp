#pragma once
// A chain that a test writes, block by block and branch by branch, with Uniswap's pairs as real contracts: what the
// live engine follows where no node is needed. Every block's state stays as it was.

#include <map>
#include <mutex>

#include "chain/head_chain.hpp"
#include "config/config.hpp"
#include "engine/live/chain_setup.hpp"
#include "engine/live/chain_source.hpp"
#include "execute/signer.hpp"
#include "primitives/abi.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "support/test_chain.hpp"

namespace osprey::test {

/// What a test writes over another state.
class WrittenState final : public state::Reader {
public:
    explicit WrittenState(std::shared_ptr<state::Reader> below) : below_(std::move(below)) {}

    Result<std::optional<state::AccountInfo>> account(const Address& address) override {
        const auto at = accounts.find(address);
        return at != accounts.end() ? std::optional{at->second} : below_->account(address);
    }
    Result<u256> storage(const Address& address, const u256& slot) override {
        const auto at = slots.find({address, slot});
        return at != slots.end() ? at->second : below_->storage(address, slot);
    }
    Result<state::SharedBytes> code(const Address& address, const Hash& hash) override {
        return below_->code(address, hash);
    }
    Result<Hash> block_hash(uint64_t) override { return Hash{}; }

    std::map<Address, state::AccountInfo> accounts;
    std::map<std::pair<Address, u256>, u256> slots;

private:
    std::shared_ptr<state::Reader> below_;
};

/// `markets` tokens, each with two pairs against wrapped ether. Calls of ChainSource come from any thread.
class ScriptedChain : public engine::ChainSource {
public:
    static constexpr uint64_t id = 31337;
    static constexpr uint64_t senders = 64;
    static constexpr u256 one = 1'000'000'000'000'000'000_u256;

    /// A pool with what it has of wrapped ether and of its token after a block.
    struct Move {
        size_t pool = 0;
        u256 ether, tokens;
    };
    struct Content {
        std::vector<Move> moves;
        std::vector<Address> used_nonces;  ///< by senders of pending(), one each time
        std::vector<Log> logs;             ///< beside those of the moves
    };

    explicit ScriptedChain(size_t markets) : pairs_(2 * markets) {
        config::Description description;
        description.chain_id = id;
        description.name = "scripted";
        description.wrapped_native = weth_;
        description.rules = "prague";
        facts_ = config::ChainFacts::make(description).value();
        put_contracts();
        chain::BlockHeader genesis;
        Header& header = genesis.header;
        header.number = 1;
        header.timestamp = 1'750'000'000;
        header.gas_limit = 36'000'000;
        header.gas_used = header.gas_limit / 2;  // the base fee stays
        header.base_fee_per_gas = base_fee;
        header.withdrawals_root = Hash{};
        header.blob_gas_used = 0;
        header.excess_blob_gas = 0;
        header.parent_beacon_block_root = Hash{};
        header.requests_hash = Hash{};
        genesis.hash = hash_of(header);
        auto state = std::make_shared<WrittenState>(contracts_);
        for (size_t pool = 0; pool < pairs_; ++pool) write(*state, {pool, u256{1000} * one, u256{1000} * one});
        genesis_ = take({{std::move(genesis), std::move(state), {}}});
    }

    engine::ChainSetup setup() const {
        engine::ChainSetup setup;
        setup.chain_id = id;
        setup.rules = &facts_->rules();
        setup.wrapped_native = weth_;
        setup.start_tokens = {weth_};
        return setup;
    }
    size_t pool_count() const noexcept { return pairs_; }
    static Address pool_address(size_t pool) { return to_address(u256{0xa000 + pool}); }
    static engine::PoolName pool_name(size_t pool) {
        return {.key = {.contract = pool_address(pool), .id = {}}, .v4_key = std::nullopt};
    }
    std::vector<engine::PoolName> pool_names() const {
        std::vector<engine::PoolName> names;
        for (size_t pool = 0; pool < pairs_; ++pool) names.push_back(pool_name(pool));
        return names;
    }
    static Address token_of(size_t pool) { return to_address(u256{0x2000 + pool / 2}); }
    const Address& weth() const noexcept { return weth_; }

    const chain::ChainUpdate& genesis() const noexcept { return genesis_; }
    chain::BlockHeader head() const {
        const std::scoped_lock lock{mutex_};
        return heads_.head();
    }
    /// One block for each content, on what is left when the newest `removed` are taken back.
    chain::ChainUpdate extend(const std::vector<Content>& contents, size_t removed = 0) {
        const std::scoped_lock lock{mutex_};
        Made last = made_.at(line_.at(line_.size() - 1 - removed));
        std::vector<Made> branch;
        for (const Content& content : contents) branch.push_back(last = made_on(last, content));
        return take(std::move(branch));
    }

    /// Of sender `number`, below `senders`, who pays `tip` wei a gas: somebody left `extra` wrapped ether in the pool,
    /// and it now counts. In every state the pool holds that much more than its reserves say.
    Transaction pending(uint64_t number, size_t pool, const u256& tip, uint64_t nonce = 0) const {
        Transaction tx;
        tx.type = TxType::dynamic_fee;
        tx.chain_id = id;
        tx.nonce = nonce;
        tx.gas_limit = 200'000;
        tx.to = pool_address(pool);
        tx.data = calldata("sync()");
        tx.max_priority_fee_per_gas = tip;
        tx.max_fee_per_gas = u256{2} * base_fee + tip;
        execute::sign_transaction(*signer(0x5000 + number), tx).value();
        return tx;
    }
    static Address sender(uint64_t number) { return signer(0x5000 + number)->address(); }
    /// Ours.
    static std::unique_ptr<execute::LocalSigner> operator_signer() { return signer(0x4000); }

    std::shared_ptr<state::Reader> state_after(const chain::BlockHeader& block) override {
        const std::scoped_lock lock{mutex_};
        return made_.at(block.hash).state;
    }
    Result<std::vector<std::unique_ptr<protocol::Pool>>> read_pools(std::span<const engine::PoolName> names,
                                                                    const chain::BlockHeader& block) override {
        std::vector<std::unique_ptr<protocol::Pool>> pools;
        const auto state = state_after(block);
        for (const engine::PoolName& name : names) {
            const u256 reserves = state->storage(name.key.contract, reserves_slot).value();
            const Address token = to_address(state->storage(name.key.contract, token1_slot).value());
            if (!token) {
                pools.push_back(nullptr);
                continue;
            }
            pools.push_back(std::make_unique<protocol::uniswap_v2::Pair>(
                name.key.contract, weth_, token, protocol::uniswap_v2::default_fee,
                reserves & protocol::uniswap_v2::max_reserve,
                (reserves >> uint64_t{112}) & protocol::uniswap_v2::max_reserve));
        }
        return pools;
    }
    Result<std::vector<Log>> logs_of(std::span<const Address>, uint64_t, uint64_t) override {
        return std::vector<Log>{};
    }
    Result<std::vector<std::optional<chain::PlacedReceipt>>> find_transactions(std::span<const Hash> hashes) override {
        return std::vector<std::optional<chain::PlacedReceipt>>(hashes.size());
    }
    Result<uint64_t> pending_nonce(const Address&) override { return uint64_t{0}; }
    Result<std::optional<Block>> block(const Hash&) override { return std::nullopt; }

    static constexpr u256 base_fee = 1'000'000'000_u256;  ///< wei
    static constexpr u256 extra = 50'000'000'000'000'000'000_u256;

private:
    struct Made {
        chain::BlockHeader block;
        std::shared_ptr<WrittenState> state;
        std::vector<chain::PlacedLog> logs;
    };
    // UniswapV2Pair's storage (@uniswap/v2-core 1.0.1) and WETH9's balanceOf.
    static constexpr u256 token0_slot{6}, token1_slot{7}, reserves_slot{8}, unlocked_slot{12}, balances_slot{3};

    static std::unique_ptr<execute::LocalSigner> signer(uint64_t key) {
        return execute::LocalSigner::from_key(to_hash(u256{key})).value();
    }
    void put_contracts() {
        TestChain chain;
        const auto runtime = [&](std::string_view npm) {
            return *chain.state().code(chain.state().account(chain.deploy(npm_bytecode(npm))));
        };
        const Bytes pair = runtime("@uniswap/v2-core/build/UniswapV2Pair.json");
        const Bytes token = runtime("canonical-weth/build/contracts/WETH9.json");
        contracts_->set_code(weth_, token);
        for (size_t pool = 0; pool < pairs_; ++pool) {
            contracts_->set_code(token_of(pool), token);
            contracts_->set_code(pool_address(pool), pair);
            contracts_->set_storage(pool_address(pool), token0_slot, word_of(weth_));
            contracts_->set_storage(pool_address(pool), token1_slot, word_of(token_of(pool)));
            contracts_->set_storage(pool_address(pool), unlocked_slot, 1);
        }
        const state::AccountInfo rich{.nonce = 0, .balance = u256{1'000'000} * one};
        contracts_->set_account(operator_signer()->address(), rich);
        for (uint64_t number = 0; number < senders; ++number) contracts_->set_account(sender(number), rich);
    }
    void write(WrittenState& state, const Move& move) const {
        const Address pool = pool_address(move.pool);
        state.slots[{pool, reserves_slot}] = (move.tokens << uint64_t{112}) | move.ether;
        state.slots[{weth_, mapping_slot(word_of(pool), balances_slot)}] = move.ether + extra;
        state.slots[{token_of(move.pool), mapping_slot(word_of(pool), balances_slot)}] = move.tokens;
    }
    Made made_on(const Made& parent, const Content& content) {
        Made made;
        made.block.header = parent.block.header;
        Header& header = made.block.header;
        header.parent_hash = parent.block.hash;
        ++header.number;
        header.timestamp += 12;
        header.coinbase = to_address(u256{++salt_});  // no two blocks are the same
        made.block.hash = hash_of(header);
        made.state = std::make_shared<WrittenState>(*parent.state);
        for (const Move& move : content.moves) {
            write(*made.state, move);
            Log log{
                .address = pool_address(move.pool), .topics = {abi::event_topic("Sync(uint112,uint112)")}, .data = {}};
            log.data.resize(64);
            store_be32(log.data.data(), move.ether);
            store_be32(log.data.data() + 32, move.tokens);
            made.logs.push_back({.log = std::move(log)});
        }
        for (const Log& log : content.logs) made.logs.push_back({.log = log});
        for (const Address& address : content.used_nonces) {
            state::AccountInfo account = made.state->account(address).value().value_or(state::AccountInfo{});
            ++account.nonce;
            made.state->accounts[address] = account;
        }
        return made;
    }
    chain::ChainUpdate take(std::vector<Made> branch) {
        std::vector<chain::BlockHeader> blocks;
        for (const Made& made : branch) blocks.push_back(made.block);
        chain::ChainUpdate update = heads_.take(std::move(blocks));
        line_.resize(line_.size() - update.removed.size());
        for (Made& made : branch) {
            update.logs.push_back(made.logs);
            line_.push_back(made.block.hash);
            made_.insert_or_assign(made.block.hash, std::move(made));
        }
        return update;
    }

    const size_t pairs_;
    const Address weth_ = to_address(u256{0x1000});
    std::shared_ptr<const config::ChainFacts> facts_;
    std::shared_ptr<state::MemoryState> contracts_ = std::make_shared<state::MemoryState>();
    chain::ChainUpdate genesis_;
    uint64_t salt_ = 0;

    mutable std::mutex mutex_;  ///< of what follows
    chain::HeadChain heads_;
    std::vector<Hash> line_;  ///< the chain's blocks, oldest first
    std::map<Hash, Made> made_;
};

}  // namespace osprey::test
