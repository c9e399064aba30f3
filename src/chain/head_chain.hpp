#pragma once
// The newest blocks, linked by hash: what was added, what was taken back. Pure: asks nobody, it says what it lacks.

#include <deque>
#include <variant>

#include "chain/rpc/eth.hpp"

namespace osprey::chain {

/// How the chain changed; what is removed goes before what is added.
struct ChainUpdate {
    std::vector<BlockHeader> removed;          ///< newest first
    std::vector<BlockHeader> added;            ///< oldest first
    std::vector<std::vector<PlacedLog>> logs;  ///< of each added block, when the follower was asked for them
    /// The way from the earlier head to this one is unknown: whatever was derived from earlier blocks is void.
    bool restarted = false;
    /// When the newest of them was first heard of here; of what a later request found, when that answered.
    std::chrono::steady_clock::time_point heard_at{};
};

class HeadChain {
public:
    /// `depth`: blocks that are remembered, and so the deepest reorganisation that can be told block by block.
    explicit HeadChain(size_t depth = 512) : depth_(depth) {}

    bool empty() const noexcept { return blocks_.empty(); }
    /// There must be one.
    const BlockHeader& head() const noexcept { return blocks_.back(); }
    /// The block with this hash is part of the chain.
    bool contains(const Hash& hash) const noexcept { return place_of(hash) != nullptr; }
    /// The block extends the head.
    bool extends(const BlockHeader& block) const noexcept {
        return !empty() && block.header.parent_hash == head().hash && block.header.number == head().header.number + 1;
    }

    /// Makes the last of `branch` the head. `branch` is linked by hash, oldest first, and its first block's parent is
    /// part of this chain, or else everything starts again with it.
    ChainUpdate take(std::vector<BlockHeader> branch);
    /// Makes a block that is part of the chain the head again.
    ChainUpdate cut_back_to(const Hash& hash);

private:
    const BlockHeader* place_of(const Hash& hash) const noexcept;

    size_t depth_;
    std::deque<BlockHeader> blocks_;  ///< oldest first
};

}  // namespace osprey::chain
