// The market that the live engine keeps, held against what the pools' contracts say, pool by pool.

#include <gtest/gtest.h>

#include "chain/discovery.hpp"
#include "engine/live/node_source.hpp"
#include "engine/live/searcher.hpp"
#include "engine/live/task_maker.hpp"
#include "support/live_market.hpp"

namespace osprey {
namespace {

using test::LiveMarket;

/// The stages up to the search, on the follower's thread.
class FollowedMarket final : public chain::ChainListener {
public:
    FollowedMarket(LiveMarket& live, std::vector<engine::PoolName> names, uint64_t found_to)
        : config_(LiveMarket::value(config::parse(live.toml(), "live.toml"))),
          setup_(LiveMarket::value(engine::setup_of(config_.chains[0]))),
          client_(LiveMarket::value(chain::open_client(live.place().market.urls().ws))),
          source_(client_),
          searcher_(setup_, live.operator_address()),
          maker_(setup_, source_,
                 {.task =
                      [this](const engine::Task& task) {
                          const auto result = searcher_.run(task);
                          if (!result.error.empty()) errors_.push_back(result.error);
                      },
                  .head = [](auto, const engine::BlockEvent&) {}}) {
        maker_.start_with(std::move(names), found_to);
        follower_ = std::make_unique<chain::ChainFollower>(
            std::vector<std::shared_ptr<chain::RpcClient>>{client_}, *this, setup_.chain_id,
            chain::FollowerOptions{.poll = std::chrono::milliseconds{200}, .logs = chain::LogFilter{}});
    }
    ~FollowedMarket() override { follower_.reset(); }

    void on_update(const chain::ChainUpdate& update) override {
        const std::scoped_lock lock{mutex_};
        deepest_ = std::max(deepest_, update.removed.size());
        if (const auto done = maker_.on_update(update, {}); !done) errors_.push_back(done.error().message);
        if (!update.added.empty()) head_ = update.added.back();
    }
    void on_status(const chain::ChainStatus&) override {}

    bool reaches(const chain::BlockHeader& head) {
        return LiveMarket::soon([&] {
            const std::scoped_lock lock{mutex_};
            return head_.hash == head.hash;
        });
    }
    size_t deepest() const { return deepest_; }
    std::set<std::pair<Address, Hash>> pools() {
        const std::scoped_lock lock{mutex_};
        std::set<std::pair<Address, Hash>> all;
        for (market::PoolId id = 0; id < searcher_.graph().pool_count(); ++id) {
            const auto key = searcher_.graph().pool(id).key();
            all.emplace(key.contract, key.id);
        }
        return all;
    }
    void expect_to_be_as_read() {
        const std::scoped_lock lock{mutex_};
        for (const std::string& error : errors_) ADD_FAILURE() << error;
        const market::TokenGraph& graph = searcher_.graph();
        ASSERT_GT(graph.pool_count(), 10U);
        ASSERT_EQ(graph.pool_count(), maker_.market().pool_count());
        std::vector<engine::PoolName> names;
        for (market::PoolId id = 0; id < graph.pool_count(); ++id) names.push_back(maker_.market().name_of(id));
        const auto fresh = LiveMarket::value(source_.read_pools(names, head_));
        for (market::PoolId id = 0; id < graph.pool_count(); ++id) {
            EXPECT_FALSE(graph.is_stale(id)) << id;
            ASSERT_TRUE(fresh[id]) << id;
            EXPECT_TRUE(graph.pool(id).same_state(*fresh[id]))
                << "pool " << id << " at " << to_hex(names[id].key.contract) << " after block " << head_.header.number;
        }
    }

private:
    config::Config config_;
    engine::ChainSetup setup_;
    std::shared_ptr<chain::RpcClient> client_;
    engine::NodeSource source_;
    engine::Searcher searcher_;
    engine::TaskMaker maker_;
    std::mutex mutex_;
    chain::BlockHeader head_;
    size_t deepest_ = 0;
    std::vector<std::string> errors_;
    std::unique_ptr<chain::ChainFollower> follower_;
};

TEST(FollowedMarketSlow, EqualsAFreshReadThroughReorganisations) {
    LiveMarket live;
    // Nobody told of any pool: what the factories made up to here has to be asked for.
    FollowedMarket followed{live, {}, 0};
    for (int i = 0; i < 35; ++i) {
        live.block_unseen();
        ASSERT_TRUE(followed.reaches(live.head()));
    }
    ASSERT_NO_FATAL_FAILURE(followed.expect_to_be_as_read());
    for (const unsigned depth : {1U, 5U, 30U}) {
        live.reorganise(depth, true);
        ASSERT_TRUE(followed.reaches(live.head()));
        EXPECT_EQ(followed.deepest(), depth);
        ASSERT_NO_FATAL_FAILURE(followed.expect_to_be_as_read());
        live.block_unseen();
        ASSERT_TRUE(followed.reaches(live.head()));
        ASSERT_NO_FATAL_FAILURE(followed.expect_to_be_as_read());
    }
}

/// Pools that were made after the scan for pools and before the first block that was followed.
TEST(FollowedMarketSlow, KnowsThePoolsThatWereMadeWhileItStarted) {
    LiveMarket live;
    const auto& exchanges = live.place().market.deployment().exchanges;
    const auto file = live.risk_file().string() + ".pools";
    const uint64_t top = live.head().header.number;
    std::set<std::pair<Address, Hash>> all;
    const auto found_up_to = [&](uint64_t to) {
        std::filesystem::remove(file);
        std::vector<engine::PoolName> names;
        for (const auto& pool :
             LiveMarket::value(chain::discover_pools(*live.place().rpc, 31337, exchanges, file, {.from = 0, .to = to})))
            if (const auto name = engine::name_of(pool)) names.push_back(*name);
        std::filesystem::remove(file);
        return names;
    };
    for (const auto& name : found_up_to(top)) all.emplace(name.key.contract, name.key.id);
    uint64_t early = top;
    std::vector<engine::PoolName> some;
    do some = found_up_to(--early);
    while (early > 0 && some.size() > all.size() / 2);
    ASSERT_LT(some.size(), all.size());
    FollowedMarket followed{live, some, early};
    live.block_unseen();
    ASSERT_TRUE(followed.reaches(live.head()));
    EXPECT_EQ(followed.pools(), all);
    followed.expect_to_be_as_read();
}

}  // namespace
}  // namespace osprey
