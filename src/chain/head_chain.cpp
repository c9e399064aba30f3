#include "chain/head_chain.hpp"

#include <algorithm>

namespace osprey::chain {

const BlockHeader* HeadChain::place_of(const Hash& hash) const noexcept {
    const auto at = std::ranges::find(blocks_.rbegin(), blocks_.rend(), hash, &BlockHeader::hash);
    return at == blocks_.rend() ? nullptr : &*at;
}

ChainUpdate HeadChain::cut_back_to(const Hash& hash) {
    ChainUpdate out;
    if (!contains(hash)) return out;
    while (blocks_.back().hash != hash) {
        out.removed.push_back(std::move(blocks_.back()));
        blocks_.pop_back();
    }
    return out;
}

ChainUpdate HeadChain::take(std::vector<BlockHeader> branch) {
    ChainUpdate out;
    if (branch.empty()) return out;
    const bool first = empty();
    if (contains(branch.front().header.parent_hash)) {
        out = cut_back_to(branch.front().header.parent_hash);
    } else {
        out.restarted = !first;
        blocks_.clear();
    }
    out.added = std::move(branch);
    blocks_.insert(blocks_.end(), out.added.begin(), out.added.end());
    while (blocks_.size() > depth_) blocks_.pop_front();
    return out;
}

}  // namespace osprey::chain
