#include "engine/live/market_keeper.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "primitives/abi.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "support/test_chain.hpp"

namespace osprey::engine {
namespace {

constexpr Address factory{{{0xfa}}};
const networks::Exchange exchange{.name = "test",
                                  .kind = networks::ExchangeKind::uniswap_v2,
                                  .factory = factory,
                                  .init_code_hash = {},
                                  .deployer = {}};
const Hash set_event{{{1}}}, poke_event{{{2}}};

Address address_of(size_t pool) { return to_address(u256{0x100 + pool}); }

/// A pool whose state is one number: some of its events tell the new one, some only that there is one.
class NumberPool final : public protocol::Pool {
public:
    NumberPool(const Address& at, uint64_t number) : Pool({.contract = at, .id = {}}), number_(number) {}

    uint64_t number() const noexcept { return number_; }

    const protocol::Family& family() const noexcept override { return protocol::uniswap_v2::family; }
    std::span<const Address> tokens() const noexcept override { return tokens_; }
    protocol::Quote quote_in(protocol::TokenIndex, protocol::TokenIndex, const u256&) const noexcept override {
        return protocol::Quote::unknown();
    }
    protocol::Quote quote_out(protocol::TokenIndex, protocol::TokenIndex, const u256&) const noexcept override {
        return protocol::Quote::unknown();
    }
    u256 max_in(protocol::TokenIndex, protocol::TokenIndex) const noexcept override { return {}; }
    protocol::Marginal marginal(protocol::TokenIndex, protocol::TokenIndex, double) const noexcept override {
        return {};
    }
    protocol::RateBound rate_bound(protocol::TokenIndex, protocol::TokenIndex) const noexcept override { return {}; }
    uint64_t gas(protocol::TokenIndex, protocol::TokenIndex, const u256&) const noexcept override { return 0; }
    protocol::Quote swap(protocol::TokenIndex, protocol::TokenIndex, const u256&) noexcept override {
        return protocol::Quote::unknown();
    }
    protocol::Applied apply(const Log& log) override {
        if (log.topics[0] == poke_event) return protocol::Applied::must_read;
        number_ = abi::word_at(log.data, 0).w[0];
        return protocol::Applied::applied;
    }
    std::unique_ptr<protocol::Pool> clone() const override { return std::make_unique<NumberPool>(*this); }
    bool same_state(const protocol::Pool& other) const override {
        return key() == other.key() && number_ == static_cast<const NumberPool&>(other).number_;
    }
    void write_state(JsonWriter&) const override {}

private:
    std::array<Address, 2> tokens_{Address{{{1}}}, Address{{{2}}}};
    uint64_t number_;
};

chain::PlacedLog log_of(size_t pool, const Hash& event, uint64_t number = 0) {
    Log log{.address = address_of(pool), .topics = {event}, .data = Bytes(32)};
    store_be32(log.data.data(), u256{number});
    return {.log = std::move(log)};
}
chain::PlacedLog created(size_t pool) {
    Log log{.address = factory,
            .topics = {abi::event_topic("PairCreated(address,address,address,uint256)"), Hash{{{1}}}, Hash{{{2}}}},
            .data = Bytes(64)};
    store_be32(log.data.data(), to_u256(address_of(pool)));
    return {.log = std::move(log)};
}

/// What stands there after a block: the number of each pool that was made. 0: it cannot be read yet.
using World = std::map<size_t, uint64_t>;

/// The truth, on whatever branch the chain is.
class Truth {
public:
    static constexpr size_t pools = 8;

    explicit Truth(uint64_t seed) : random_(seed) {
        chain::BlockHeader first;
        first.header.number = 1;
        first.hash = hash_of(first.header);
        line_.push_back({first, {{0, 100}, {1, 101}, {2, 102}}, {}});
        heads_.take({first});
    }
    std::mt19937_64& random() { return random_; }
    size_t length() const noexcept { return line_.size(); }
    const World& now() const noexcept { return line_.back().after; }

    chain::ChainUpdate genesis() const { return {.removed = {}, .added = {line_[0].block}, .logs = {{}}}; }
    chain::ChainUpdate step(size_t removed, size_t added) {
        line_.resize(line_.size() - removed);
        std::vector<chain::BlockHeader> branch;
        if (added == 0) return heads_.cut_back_to(line_.back().block.hash);
        for (size_t i = 0; i < added; ++i) {
            line_.push_back(next());
            branch.push_back(line_.back().block);
        }
        auto update = heads_.take(std::move(branch));
        for (size_t i = 0; i < added; ++i) update.logs.push_back(line_[line_.size() - added + i].logs);
        return update;
    }
    /// The final branch alone, at once.
    chain::ChainUpdate from_genesis() const {
        chain::ChainUpdate update;
        for (const Made& made : line_) {
            update.added.push_back(made.block);
            update.logs.push_back(made.logs);
        }
        return update;
    }
    /// As a node answers at the head.
    std::unique_ptr<protocol::Pool> read(const PoolName& name) const {
        for (const auto& [pool, number] : now())
            if (address_of(pool) == name.key.contract && number != 0)
                return std::make_unique<NumberPool>(name.key.contract, number);
        return nullptr;
    }
    /// One that says what a known pool will say is no different from one that is not known.
    static size_t pool_at(const Address& address) {
        size_t pool = 0;
        while (address_of(pool) != address) ++pool;
        return pool;
    }

private:
    struct Made {
        chain::BlockHeader block;
        World after;
        std::vector<chain::PlacedLog> logs;
    };
    Made next() {
        const Made& parent = line_.back();
        Made made{parent.block, parent.after, {}};
        made.block.header.parent_hash = parent.block.hash;
        ++made.block.header.number;
        made.block.header.timestamp = ++salt_;
        made.block.hash = hash_of(made.block.header);
        for (size_t pool = 0; pool < pools; ++pool) {
            const auto at = made.after.find(pool);
            if (at == made.after.end()) {
                if (random_() % 12 != 0) continue;
                made.logs.push_back(created(pool));
                made.after[pool] = random_() % 2 == 0 ? 0 : 1 + random_() % 1'000;
                continue;
            }
            for (uint64_t times = random_() % 5 == 0 ? 1 + random_() % 2 : 0; times != 0; --times) {
                at->second = 1 + random_() % 1'000'000;
                const bool tells = random_() % 3 != 0;
                made.logs.push_back(log_of(pool, tells ? set_event : poke_event, at->second));
            }
        }
        return made;
    }

    std::mt19937_64 random_;
    uint64_t salt_ = 0;
    chain::HeadChain heads_;
    std::vector<Made> line_;
};

/// Does with a keeper what the state thread does; beside it a searcher's copy, which gets nothing but entries.
class Follower {
public:
    explicit Follower(const Truth& truth) : truth_(truth) {}

    MarketKeeper keeper{{exchange}};

    /// `fails`: the node does not answer when pools are to be read.
    void follow(const chain::ChainUpdate& update, bool fails) {
        const auto moved = keeper.follow(update);
        hand_out(moved.pools);
        hand_out(moved.stale);
        for (const market::PoolId id : moved.pools) EXPECT_FALSE(keeper.graph().is_stale(id));
        to_read_.insert(to_read_.end(), moved.appeared.begin(), moved.appeared.end());
        if (fails) return;
        auto names = std::exchange(to_read_, {});
        for (const market::PoolId id : moved.stale) names.push_back(keeper.name_of(id));
        read(names);
    }
    void read(const std::vector<PoolName>& names) {
        for (const PoolName& name : names)
            if (const auto id = keeper.take_read(name, truth_.read(name))) hand_out({*id});
    }
    /// What stands in the market is true, and searchers have the same.
    void expect_truth() const {
        for (market::PoolId id = 0; id < keeper.pool_count(); ++id) {
            const auto copy = searcher_.find(id);
            ASSERT_NE(copy, searcher_.end());
            if (keeper.graph().is_stale(id)) {
                EXPECT_EQ(copy->second, nullptr) << "a searcher goes on with pool " << id;
                continue;
            }
            ASSERT_NE(copy->second, nullptr);
            EXPECT_TRUE(copy->second->same_state(keeper.graph().pool(id))) << "the searcher's copy of pool " << id;
            const auto& pool = static_cast<const NumberPool&>(keeper.graph().pool(id));
            const auto real = truth_.now().find(Truth::pool_at(pool.key().contract));
            ASSERT_NE(real, truth_.now().end()) << "pool " << id << " was never made on this branch";
            EXPECT_EQ(pool.number(), real->second) << "pool " << id;
        }
    }
    /// All that can be read is there.
    void expect_all() const {
        for (const auto& [pool, number] : truth_.now()) {
            if (number == 0) continue;
            const auto id = keeper.graph().find_pool({.contract = address_of(pool), .id = {}});
            ASSERT_TRUE(id) << "pool " << pool << " is missing";
            EXPECT_FALSE(keeper.graph().is_stale(*id)) << "pool " << pool;
        }
    }

private:
    void hand_out(const std::vector<market::PoolId>& ids) {
        for (const market::PoolId id : ids) searcher_[id] = keeper.entry(id).pool;
    }

    const Truth& truth_;
    std::vector<PoolName> to_read_;
    std::map<market::PoolId, std::shared_ptr<const protocol::Pool>> searcher_;
};

std::vector<PoolName> first_pools() {
    std::vector<PoolName> names;
    for (size_t pool = 0; pool < 3; ++pool)
        names.push_back({.key = {.contract = address_of(pool), .id = {}}, .v4_key = std::nullopt});
    return names;
}

/// Whatever branches came, however deep, and whenever the node failed: nothing that stands in the market is ever wrong,
/// and in the end it is what the final branch alone leads to.
TEST(MarketKeeper, FollowsRandomBranches) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        Truth truth{seed};
        Follower follower{truth};
        follower.follow(truth.genesis(), false);
        follower.read(first_pools());
        auto& random = truth.random();
        for (int step = 0; step < 250; ++step) {
            // Mostly shallow; some deeper than what the market remembers.
            const uint64_t kind = random() % 100;
            size_t removed = kind < 70   ? 0
                             : kind < 95 ? 1 + random() % 4
                             : kind < 99 ? 1 + random() % 30
                                         : 60 + random() % 20;
            removed = std::min(removed, truth.length() - 1);
            const size_t added = removed != 0 && random() % 4 == 0 ? random() % 2 : removed + 1 + random() % 2;
            const bool fails = random() % 5 == 0;
            if (removed == 0 && added == 0) continue;
            follower.follow(truth.step(removed, added), fails);
            follower.expect_truth();
            if (!fails) follower.expect_all();
            if (testing::Test::HasFailure()) FAIL() << "seed " << seed << ", step " << step;
        }
        follower.follow(truth.step(0, 1), false);
        Follower fresh{truth};
        fresh.follow(truth.from_genesis(), false);
        fresh.read(first_pools());
        fresh.expect_truth();
        fresh.expect_all();
        for (market::PoolId id = 0; id < fresh.keeper.pool_count(); ++id) {
            const auto& pool = fresh.keeper.graph().pool(id);
            const auto same = follower.keeper.graph().find_pool(pool.key());
            ASSERT_TRUE(same);
            EXPECT_TRUE(follower.keeper.graph().pool(*same).same_state(pool));
        }
    }
}

TEST(MarketKeeper, WhatIsBeyondWhatItRemembersIsReadAgain) {
    constexpr size_t remembered = market::TokenGraph::remembered_blocks;
    for (const size_t depth : {remembered - 1, remembered, remembered + 1, remembered + 30}) {
        Truth truth{7};
        Follower follower{truth};
        follower.follow(truth.genesis(), false);
        follower.read(first_pools());
        for (int i = 0; i < 120; ++i) follower.follow(truth.step(0, 1), false);
        const auto update = truth.step(depth, 0);
        ASSERT_EQ(update.removed.size(), depth);
        const auto moved = follower.keeper.follow(update);
        // Taken back by itself, but for pools that were first read in what is gone.
        if (depth <= remembered) EXPECT_GE(moved.pools.size(), 3U) << depth;
        if (depth > remembered) EXPECT_EQ(moved.stale.size(), follower.keeper.pool_count()) << depth;
    }
}

/// The way from one head to the other is not known: everything is read again.
TEST(MarketKeeper, ARestartLeavesNothingUnread) {
    Truth truth{9};
    Follower follower{truth};
    follower.follow(truth.genesis(), false);
    follower.read(first_pools());
    for (int i = 0; i < 20; ++i) follower.follow(truth.step(0, 1), false);
    chain::ChainUpdate update = truth.step(0, 30);
    update = {.removed = {}, .added = {update.added.back()}, .logs = {{}}, .restarted = true};
    const auto moved = follower.keeper.follow(update);
    EXPECT_TRUE(moved.pools.empty());
    ASSERT_EQ(moved.stale.size(), follower.keeper.pool_count());
    std::vector<PoolName> names;
    for (const market::PoolId id : moved.stale) {
        EXPECT_EQ(follower.keeper.entry(id).pool, nullptr);
        names.push_back(follower.keeper.name_of(id));
    }
    follower.read(names);
    follower.expect_truth();
}

TEST(MarketKeeper, WhatIsNotKnownIsLeftAlone) {
    Truth truth{1};
    Follower follower{truth};
    follower.follow(truth.genesis(), false);
    follower.read(first_pools());
    auto update = truth.step(0, 1);
    // Of a pool that nobody made known, of another factory, and a factory's other event.
    auto stranger = log_of(77, set_event, 5), elsewhere = created(78), other = created(79);
    elsewhere.log.address = Address{{{0xfb}}};
    other.log.topics[0] = set_event;
    update.logs = {{stranger, elsewhere, other, log_of(1, set_event, 55), log_of(1, set_event, 56)}};
    const auto moved = follower.keeper.follow(update);
    EXPECT_EQ(moved.pools, std::vector<market::PoolId>{1}) << "once, though it said two things";
    EXPECT_TRUE(moved.stale.empty());
    EXPECT_TRUE(moved.appeared.empty());
    EXPECT_EQ(static_cast<const NumberPool&>(*follower.keeper.entry(1).pool).number(), 56U);
    EXPECT_FALSE(follower.keeper.knows({.contract = address_of(77), .id = {}}));
}

/// A pool that was made, and cannot be read before somebody fills it.
TEST(MarketKeeper, APoolThatCannotBeReadIsAskedForWhenItSpeaks) {
    MarketKeeper keeper{{exchange}};
    Truth truth{1};
    keeper.follow(truth.genesis());
    const auto tell = [&](std::vector<chain::PlacedLog> logs) {
        auto update = truth.step(0, 1);
        update.logs = {std::move(logs)};
        return keeper.follow(update);
    };
    auto moved = tell({created(40), created(40)});
    ASSERT_EQ(moved.appeared.size(), 1U) << "told twice in one block";
    const PoolName name = moved.appeared[0];
    EXPECT_FALSE(keeper.take_read(name, nullptr));
    EXPECT_TRUE(tell({}).appeared.empty()) << "nothing new about it";
    EXPECT_EQ(tell({log_of(40, set_event, 3)}).appeared.size(), 1U);
    EXPECT_TRUE(keeper.take_read(name, std::make_unique<NumberPool>(address_of(40), 3)));
    EXPECT_TRUE(tell({created(40)}).appeared.empty()) << "it is known";
    moved = tell({log_of(40, poke_event)});
    EXPECT_TRUE(moved.pools.empty());
    EXPECT_EQ(moved.stale, std::vector<market::PoolId>{0});
    EXPECT_EQ(tell({log_of(40, set_event, 9)}).stale, std::vector<market::PoolId>{0}) << "until it is read";
}

TEST(MarketKeeper, APoolOfUniswapV4KeepsTheKeyThatItIsReadBy) {
    MarketKeeper keeper{{}};
    const protocol::uniswap_v4::Key v4{
        .currency0 = Address{{{1}}}, .currency1 = Address{{{2}}}, .fee = 3000, .tick_spacing = 60, .hooks = {}};
    const PoolName name{.key = {.contract = address_of(1), .id = {}}, .v4_key = v4};
    const auto id = keeper.take_read(name, std::make_unique<NumberPool>(address_of(1), 1));
    ASSERT_TRUE(id);
    ASSERT_TRUE(keeper.name_of(*id).v4_key);
    EXPECT_EQ(keeper.name_of(*id).v4_key->fee, 3000U);
    EXPECT_EQ(keeper.name_of(*id).key, name.key);
}

}  // namespace
}  // namespace osprey::engine
