#include "engine/backrun_pipeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/record_walk.hpp"
#include "support/test_data.hpp"

namespace osprey::engine {
namespace {

/// Block 12159808 right before transaction 99, behind which a searcher took something.
class Moment {
public:
    static constexpr size_t pending = 99;

    Moment() {
        auto loaded = chain::load_record(test::test_data("blocks/12159808.prestate.json.zst"));
        if (!loaded) throw std::runtime_error(loaded.error().message);
        record = std::move(*loaded);
        auto opened = RecordWalk::open(machine, record);
        if (!opened) throw std::runtime_error(opened.error().message);
        walk = std::move(*opened);
        executor.emplace(strategy::Executor::create(machine, walk->env(), *walk->native(), signer->address()).value());
        executor->install(walk->state());
        while (walk->position() < pending) walk->search()->follow(walk->next().value());
    }
    BackrunPipeline pipeline() {
        return BackrunPipeline{{.machine = machine,
                                .state = walk->state(),
                                .executor = *executor,
                                .graph = walk->graph(),
                                .search = *walk->search(),
                                .signer = *signer,
                                .own = own,
                                .wrapped_native = walk->native(),
                                .bid = {.share = 900'000, .floor = {}},
                                .no_harm = {.room = {}, .counterparties = {}, .missing_state_is_zero = true}}};
    }
    Bytes raw() const { return encode(record.block.transactions[pending]); }

    evm::Machine machine;
    chain::Record record;
    std::unique_ptr<RecordWalk> walk;
    std::unique_ptr<execute::LocalSigner> signer = execute::LocalSigner::from_key(to_hash(u256{7})).value();
    const execute::Signer* signers[1] = {signer.get()};
    execute::OwnAccounts own{signers, {&strategy::executor_address(), 1}};
    std::optional<strategy::Executor> executor;
};

#define SKIP_WITHOUT_DATA                                                               \
    if (!std::filesystem::exists(test::test_data("blocks/12159808.prestate.json.zst"))) \
    GTEST_SKIP() << "the recorded data is absent: no block 12159808"

TEST(BackrunPipeline, EndsWithASignedBundleThatHarmsNobody) {
    SKIP_WITHOUT_DATA;
    Moment moment;
    const auto outcome = moment.pipeline().run(moment.raw());
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_TRUE(outcome->moved_pools);
    ASSERT_TRUE(outcome->bundle) << outcome->refusal;
    EXPECT_EQ(outcome->profit, u256{248855202621069846ULL});
    const auto& bundle = outcome->bundle->bundle();
    ASSERT_EQ(bundle.transactions.size(), 2U);
    EXPECT_EQ(bundle.transactions[0].hash, moment.record.block.transactions[Moment::pending].hash);
    // What is sent is what was signed.
    auto again = decode_transaction(encode(bundle.transactions[1]));
    ASSERT_TRUE(again);
    ASSERT_TRUE(recover_senders(*again));
    EXPECT_EQ(again->sender, moment.signer->address());
    EXPECT_EQ(again->to, strategy::executor_address());
    for (const auto& one : outcome->bundle->outcome().transactions) EXPECT_TRUE(one.success()) << one.error;
    // Nine tenths of the profit go to the block's maker (no base fee in this block).
    EXPECT_EQ(outcome->bundle->outcome().transactions[1].eth_sent_to_coinbase.magnitude(),
              u256{248855202621069846ULL} * u256{9} / u256{10});
    for (const double seconds : outcome->seconds) EXPECT_GT(seconds, 0);
}

TEST(BackrunPipeline, LeavesEverythingAsItWas) {
    SKIP_WITHOUT_DATA;
    Moment moment;
    std::vector<std::unique_ptr<protocol::Pool>> before;
    for (market::PoolId id = 0; id < moment.walk->graph().pool_count(); ++id)
        before.push_back(moment.walk->graph().pool(id).clone());
    std::optional<Hash> first;
    for (int round = 0; round < 3; ++round) {
        const auto outcome = moment.pipeline().run(moment.raw());
        ASSERT_TRUE(outcome && outcome->bundle);
        const Hash hash = outcome->bundle->bundle().transactions[1].hash;
        EXPECT_EQ(first.value_or(hash), hash);
        first = hash;
    }
    for (market::PoolId id = 0; id < before.size(); ++id)
        EXPECT_TRUE(moment.walk->graph().pool(id).same_state(*before[id])) << id;
    // And the block goes on.
    EXPECT_TRUE(moment.walk->next());
}

TEST(BackrunPipeline, RefusesWhatIsNoTransactionHere) {
    SKIP_WITHOUT_DATA;
    Moment moment;
    const Bytes nonsense = {0x02, 0xc0};
    EXPECT_FALSE(moment.pipeline().run(nonsense));
    // One that has been executed already.
    EXPECT_FALSE(moment.pipeline().run(encode(moment.record.block.transactions[Moment::pending - 1])));
    EXPECT_TRUE(moment.pipeline().run(moment.raw())->bundle);
}

}  // namespace
}  // namespace osprey::engine
