#include "chain/head_chain.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <random>

namespace osprey::chain {
namespace {

/// A block of its own on `parent`; `salt` tells siblings apart.
BlockHeader block_on(const BlockHeader* parent, uint64_t salt = 0) {
    BlockHeader out;
    out.header.number = parent != nullptr ? parent->header.number + 1 : 0;
    if (parent != nullptr) out.header.parent_hash = parent->hash;
    out.header.timestamp = salt;
    out.hash = hash_of(out.header);
    return out;
}

std::vector<BlockHeader> line_on(BlockHeader from, size_t length, uint64_t salt) {
    std::vector<BlockHeader> out;
    for (size_t i = 0; i < length; ++i) {
        out.push_back(block_on(&from, salt));
        from = out.back();
    }
    return out;
}

TEST(HeadChain, TellsHowDeepAReorganisationIs) {
    for (const size_t depth : {1U, 5U, 30U}) {
        HeadChain chain;
        const auto root = block_on(nullptr);
        EXPECT_FALSE(chain.take({root}).restarted);
        const auto trunk = line_on(root, 40, 1);
        EXPECT_EQ(chain.take(trunk).added.size(), 40U);
        const auto fork = line_on(trunk[39 - depth], depth + 1, 2);
        const auto update = chain.take(fork);
        ASSERT_EQ(update.removed.size(), depth);
        EXPECT_EQ(update.removed.front().hash, trunk.back().hash) << "the newest goes first";
        EXPECT_EQ(update.removed.back().hash, trunk[40 - depth].hash);
        EXPECT_EQ(update.added.size(), depth + 1);
        EXPECT_FALSE(update.restarted);
        EXPECT_EQ(chain.head().hash, fork.back().hash);
        EXPECT_FALSE(chain.contains(trunk.back().hash));
    }
}

TEST(HeadChain, StartsAgainWhereItCannotLink) {
    HeadChain chain{8};
    const auto root = block_on(nullptr);
    chain.take({root});
    const auto trunk = line_on(root, 20, 1);
    chain.take(trunk);
    EXPECT_FALSE(chain.contains(trunk[5].hash)) << "only the newest eight are remembered";
    const auto update = chain.take(line_on(trunk[5], 30, 2));
    EXPECT_TRUE(update.restarted);
    EXPECT_TRUE(update.removed.empty());
    EXPECT_EQ(chain.head().header.number, 36U);
}

TEST(HeadChain, CutsBack) {
    HeadChain chain;
    const auto root = block_on(nullptr);
    chain.take({root});
    chain.take(line_on(root, 3, 1));
    EXPECT_TRUE(chain.cut_back_to(Hash{}).removed.empty());
    EXPECT_EQ(chain.cut_back_to(root.hash).removed.size(), 3U);
    EXPECT_EQ(chain.head().hash, root.hash);
}

/// Whoever applies the updates has the chain of the last head, whatever branches came.
TEST(HeadChain, UpdatesAddUpToTheChain) {
    std::mt19937_64 random{7};
    std::vector<BlockHeader> all = {block_on(nullptr)};
    HeadChain chain;
    std::vector<Hash> applied;
    const auto apply = [&](const ChainUpdate& update) {
        ASSERT_FALSE(update.restarted);
        for (const BlockHeader& block : update.removed) {
            ASSERT_EQ(applied.back(), block.hash);
            applied.pop_back();
        }
        for (const BlockHeader& block : update.added) {
            ASSERT_TRUE(applied.empty() || applied.back() == block.header.parent_hash);
            applied.push_back(block.hash);
        }
    };
    apply(chain.take({all[0]}));
    for (uint64_t step = 1; step < 2000; ++step) {
        // A block on one of the newest 20, and the way to it from what the chain has.
        const size_t back = random() % std::min<size_t>(20, all.size());
        all.push_back(block_on(&all[all.size() - 1 - back], step));
        std::vector<BlockHeader> branch = {all.back()};
        while (!chain.contains(branch.front().header.parent_hash)) {
            const auto parent = std::ranges::find(all, branch.front().header.parent_hash, &BlockHeader::hash);
            branch.insert(branch.begin(), *parent);
        }
        apply(chain.take(branch));
        ASSERT_EQ(applied.back(), all.back().hash);
        ASSERT_EQ(applied.size(), all.back().header.number + 1);
    }
}

}  // namespace
}  // namespace osprey::chain
