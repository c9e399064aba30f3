#pragma once
// A chain that exists in a test only: blocks that hold transactions of one account, reorganisations, a mempool that
// forgets nothing, and the answers that a node would give about them.

#include <map>
#include <ranges>
#include <set>

#include "chain/block_rules.hpp"
#include "engine/live/chain_source.hpp"
#include "engine/live/task.hpp"
#include "evm/fork.hpp"
#include "execute/submit.hpp"
#include "primitives/keccak.hpp"

namespace osprey::test {

/// Has one account with coins and a nonce, and nothing else.
class OneAccountState final : public state::Reader {
public:
    OneAccountState(const Address& owner, uint64_t nonce) : owner_(owner), nonce_(nonce) {}
    Result<std::optional<state::AccountInfo>> account(const Address& address) override {
        if (address != owner_) return std::optional<state::AccountInfo>{};
        return state::AccountInfo{.nonce = nonce_, .balance = u256{1} << 100};
    }
    Result<u256> storage(const Address&, const u256&) override { return u256{}; }
    Result<state::SharedBytes> code(const Address&, const Hash&) override { return std::make_shared<const Bytes>(); }
    Result<Hash> block_hash(uint64_t) override { return Hash{}; }

private:
    Address owner_;
    uint64_t nonce_;
};

class OneAccountChain final : public engine::ChainSource, public execute::Submitter {
public:
    struct Included {
        Hash tx;  ///< zero: one that the account sent elsewhere
        Receipt receipt;
        u256 price;
    };
    struct ScriptedBlock {
        chain::BlockHeader header;
        uint64_t nonce = 0;  ///< of the account, after it
        std::vector<Included> included;
    };

    explicit OneAccountChain(const Address& owner) : rules_(evm::find_chain(1)), owner_(owner) { extend({}); }

    const ScriptedBlock& head() const { return blocks_.back(); }
    const std::vector<ScriptedBlock>& blocks() const { return blocks_; }
    uint64_t nonce() const { return head().nonce; }

    const chain::BlockHeader& extend(std::vector<Included> included) {
        ScriptedBlock block;
        Header& header = block.header.header;
        if (blocks_.empty()) {
            header.number = 13'000'000;  // London
            header.timestamp = 1'630'000'000;
            header.gas_limit = 30'000'000;
            header.base_fee_per_gas = u256{1'000'000'000};
        } else {
            const chain::BlockHeader& parent = head().header;
            header = chain::header_after(*rules_, parent.header, parent.hash, parent.header.timestamp + 12);
            block.nonce = head().nonce;
        }
        header.base_fee_per_gas = u256{1'000'000'000};
        header.extra_data = {static_cast<uint8_t>(made_), static_cast<uint8_t>(made_ >> 8)};
        ++made_;
        block.header.hash = hash_of(header);
        block.nonce += included.size();
        block.included = std::move(included);
        blocks_.push_back(std::move(block));
        return head().header;
    }
    /// The newest one away.
    chain::BlockHeader take_back() {
        chain::BlockHeader header = head().header;
        blocks_.pop_back();
        return header;
    }
    std::shared_ptr<const engine::NextBlock> next_block() const {
        auto next = std::make_shared<engine::NextBlock>();
        const chain::BlockHeader& at = head().header;
        next->parent = {.number = at.header.number, .hash = at.hash};
        next->header = chain::header_after(*rules_, at.header, at.hash, at.header.timestamp + 12);
        next->env = evm::block_env(*rules_, next->header);
        next->state = std::make_shared<OneAccountState>(owner_, nonce());
        return next;
    }
    /// What can be next in a block, of all that was ever handed out.
    std::vector<Transaction> includable(uint64_t nonce) const {
        std::vector<Transaction> all;
        for (const auto& [hash, tx] : mempool)
            if (tx.nonce == nonce) all.push_back(tx);
        return all;
    }
    bool contains(const Hash& tx) const {
        for (const ScriptedBlock& block : blocks_)
            for (const Included& each : block.included)
                if (each.tx == tx) return true;
        return false;
    }

    // --- what a node says
    std::shared_ptr<state::Reader> state_after(const chain::BlockHeader&) override { return next_block()->state; }
    Result<std::vector<std::unique_ptr<protocol::Pool>>> read_pools(std::span<const engine::PoolName>,
                                                                    const chain::BlockHeader&) override {
        return fail("no pools here");
    }
    Result<std::vector<Log>> logs_of(std::span<const Address>, uint64_t, uint64_t) override {
        return std::vector<Log>{};
    }
    Result<std::vector<std::optional<chain::PlacedReceipt>>> find_transactions(std::span<const Hash> hashes) override {
        if (fails) return fail("the node is gone");
        std::vector<std::optional<chain::PlacedReceipt>> found(hashes.size());
        for (const ScriptedBlock& block : blocks_ | std::views::take(blocks_.size() - (lags ? 1 : 0)))
            for (const Included& each : block.included)
                for (size_t i = 0; i < hashes.size(); ++i)
                    if (each.tx && hashes[i] == each.tx)
                        found[i] = {.receipt = each.receipt,
                                    .block_hash = block.header.hash,
                                    .block_number = block.header.header.number,
                                    .effective_gas_price = each.price};
        return found;
    }
    Result<uint64_t> pending_nonce(const Address&) override {
        if (fails) return fail("the node is gone");
        uint64_t nonce = head().nonce;
        while (!includable(nonce).empty()) ++nonce;
        return nonce;
    }
    Result<std::optional<Block>> block(const Hash&) override { return std::optional<Block>{}; }

    // --- who is handed what is sent
    Result<void> submit(const execute::CheckedBundle& bundle) override {
        if (refuses) return fail("not today");
        const Transaction& tx = bundle.bundle().transactions.back();
        mempool.emplace(tx.hash, tx);
        return {};
    }

    std::map<Hash, Transaction> mempool;
    bool fails = false, refuses = false;
    bool lags = false;  ///< does not know yet what is in its newest block, only what it led to

private:
    const evm::ChainSpec* rules_;
    Address owner_;
    std::vector<ScriptedBlock> blocks_;
    uint64_t made_ = 0;
};

}  // namespace osprey::test
