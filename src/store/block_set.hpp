#pragma once
// Which blocks of which chains, as ranges.

#include <cstdint>
#include <map>

namespace osprey::store {

class BlockSet {
public:
    bool contains(uint64_t chain_id, uint64_t block) const {
        const auto chain = chains_.find(chain_id);
        if (chain == chains_.end()) return false;
        const auto after = chain->second.upper_bound(block);
        return after != chain->second.begin() && block <= std::prev(after)->second;
    }
    /// Adds first to last, both of them too.
    void add(uint64_t chain_id, uint64_t first, uint64_t last) {
        auto& ranges = chains_[chain_id];
        auto at = ranges.upper_bound(first);
        if (at != ranges.begin() && std::prev(at)->second + 1 >= first) --at;
        while (at != ranges.end() && at->first <= last + 1) {
            first = std::min(first, at->first);
            last = std::max(last, at->second);
            at = ranges.erase(at);
        }
        ranges.emplace(first, last);
    }
    void add(uint64_t chain_id, uint64_t block) { add(chain_id, block, block); }
    uint64_t size() const {
        uint64_t blocks = 0;
        for (const auto& [chain, ranges] : chains_)
            for (const auto& [first, last] : ranges) blocks += last - first + 1;
        return blocks;
    }

private:
    std::map<uint64_t, std::map<uint64_t, uint64_t>> chains_;  ///< first to last
};

}  // namespace osprey::store
