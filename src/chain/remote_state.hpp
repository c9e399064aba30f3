#pragma once
// The state of a chain as its nodes tell it: fetched when first asked for, many items in one request, kept for each
// block and shared by every simulation on it.

#include <condition_variable>
#include <deque>
#include <shared_mutex>
#include <unordered_set>

#include "chain/rpc/eth.hpp"
#include "state/memory_state.hpp"

namespace osprey::chain {

struct RemoteOptions {
    /// Every account and slot is proven against the header's state root (eth_getProof): a node can then withhold, but
    /// not lie. About three times the bytes, and some nodes do not offer it.
    bool verify = false;
    RpcOptions rpc;
};

/// Codes never change under their hash, so all blocks share them.
class CodeStore {
public:
    state::SharedBytes find(const Hash& hash) const;
    state::SharedBytes add(const Hash& hash, Bytes code);

private:
    mutable std::shared_mutex mutex_;
    state::FlatMap<Hash, state::SharedBytes> codes_;
};

/// The state after one block, which is named by its hash: what was fetched stays right whatever the chain does. Any
/// number of threads may read; an item that several want at once is asked for once.
class RemoteState final : public state::Reader {
public:
    RemoteState(std::shared_ptr<Rpc> rpc, BlockHeader block, std::shared_ptr<CodeStore> codes, RemoteOptions options);

    const Header& header() const noexcept { return block_.header; }
    const Hash& hash() const noexcept { return block_.hash; }

    /// Without proofs an account that has nothing (EIP-161) counts as one that does not exist.
    Result<std::optional<state::AccountInfo>> account(const Address& address) override;
    Result<u256> storage(const Address& address, const u256& slot) override;
    Result<state::SharedBytes> code(const Address& address, const Hash& code_hash) override;
    /// Only proofs tell; false without them.
    Result<bool> has_storage(const Address& address) override;
    /// Of one of the 256 blocks up to and including this one.
    Result<Hash> block_hash(uint64_t number) override;

    /// Fetches accounts with their codes, and slots, in as few requests as the node takes; what is there is not asked
    /// for again.
    Result<void> prefetch(std::span<const AccessListEntry> items);
    /// Everything that is here, in the form that prefetch() takes: what earlier runs touched, for the next block.
    std::vector<AccessListEntry> known() const;
    /// Everything that is here, as a state of its own: what a record needs.
    state::MemoryState snapshot() const;
    std::vector<std::pair<uint64_t, Hash>> known_block_hashes() const;
    /// Takes in what is known from elsewhere to be the state of this block; what is here already stays.
    void add(state::MemoryState& known);

    struct Traffic {
        uint64_t batches = 0;   ///< that went to the node
        uint64_t requests = 0;  ///< in them
        uint64_t waits = 0;     ///< times that a reader had to wait for one
    };
    Traffic traffic() const;

private:
    /// An account, or one of its slots.
    struct Item {
        Address address;
        std::optional<u256> slot;
        bool operator==(const Item&) const = default;
    };
    struct ItemHash {
        size_t operator()(const Item& item) const noexcept {
            return std::hash<Address>{}(item.address) ^
                   (item.slot ? std::hash<u256>{}(*item.slot) * 0x9e3779b97f4a7c15ULL : 0);
        }
    };
    struct RemoteAccount {
        std::optional<state::AccountInfo> info;
        bool has_storage = false;
    };
    struct Answers;
    class BlockGuard;

    bool known_locked(const Item& item) const;
    Result<void> fetch(std::span<const Item> items);
    Result<Answers> ask(std::span<const Item> items);
    Result<Answers> ask_plainly(std::span<const Item> items);
    Result<Answers> ask_with_proofs(std::span<const Item> items);
    Result<std::vector<RpcReply>> ask_at_block(std::vector<RpcRequest> requests);
    std::string block_parameter() const;

    std::shared_ptr<Rpc> rpc_;
    BlockHeader block_;
    std::shared_ptr<CodeStore> codes_;
    RemoteOptions options_;
    /// Whether the node takes a block by hash (EIP-1898). Where it does not, every batch checks which block its number
    /// means, before and after.
    std::atomic<bool> by_hash_{true};

    mutable std::shared_mutex mutex_;  ///< of what follows
    std::condition_variable_any arrived_;
    state::FlatMap<Address, RemoteAccount> accounts_;
    state::FlatMap<Address, state::FlatMap<u256, u256>> slots_;
    state::FlatMap<uint64_t, Hash> block_hashes_;
    std::unordered_set<Item, ItemHash> on_the_way_;
    Traffic traffic_;
};

/// States of one chain by block. The newest few are kept, so that all who ask for a block share what is known of it.
class RemoteChain {
public:
    explicit RemoteChain(std::shared_ptr<Rpc> rpc, RemoteOptions options = {}, size_t kept = 8);

    /// By number or tag, as parse_block_parameter() gives it. An error when the node has no such block.
    Result<std::shared_ptr<RemoteState>> at(const std::string& block);
    Result<std::shared_ptr<RemoteState>> at(const Hash& hash);
    std::shared_ptr<RemoteState> at(const BlockHeader& block);
    Rpc& rpc() noexcept { return *rpc_; }

private:
    std::shared_ptr<Rpc> rpc_;
    RemoteOptions options_;
    size_t kept_;
    std::shared_ptr<CodeStore> codes_ = std::make_shared<CodeStore>();
    std::mutex mutex_;
    std::deque<std::shared_ptr<RemoteState>> states_;
};

}  // namespace osprey::chain
