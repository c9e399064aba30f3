#include <gtest/gtest.h>

#include "engine/live/node_source.hpp"
#include "engine/live/searcher.hpp"
#include "engine/live/task_maker.hpp"
#include "support/live_market.hpp"

namespace osprey {
namespace {

using namespace std::chrono_literals;
using Fault = test::FaultProxy::Fault;
using MessageFault = test::FaultProxy::MessageFault;
using Kind = engine::OutcomeEvent::Kind;
using test::LiveMarket;

/// It still works: what is found from here on is sent and lands.
void expect_to_land_more(LiveMarket& live, unsigned blocks = 6) {
    const size_t before = live.told().count(Kind::landed);
    live.blocks(blocks);
    EXPECT_GT(live.told().count(Kind::landed), before);
}

// --- reorganisations ------------------------------------------------------------------------------

struct Reorganisation {
    unsigned depth;
    bool ours_too;
};
class ReorganisationSlow : public testing::TestWithParam<Reorganisation> {};
INSTANTIATE_TEST_SUITE_P(Depths, ReorganisationSlow,
                         testing::Values(Reorganisation{1, true}, Reorganisation{5, false}, Reorganisation{30, true},
                                         Reorganisation{30, false}),
                         [](const auto& name) {
                             return fmt::format("{}Blocks{}", name.param.depth,
                                                name.param.ours_too ? "" : "WithoutOurs");
                         });

TEST_P(ReorganisationSlow, IsTakenBackAndGoneOnFrom) {
    const auto [depth, ours_too] = GetParam();
    LiveMarket live;
    live.start_daemon();
    live.blocks(depth + 4);
    ASSERT_FALSE(HasFatalFailure());
    // With something of ours in the newest block, so that something has to be taken back.
    for (size_t landed = live.told().count(Kind::landed); live.told().count(Kind::landed) == landed;)
        ASSERT_NO_FATAL_FAILURE(live.block());
    live.reorganise(depth, ours_too);
    ASSERT_TRUE(live.settles());
    EXPECT_EQ(live.told().deepest(), depth);
    EXPECT_GT(live.told().count(Kind::unwound), 0U);
    // Behind a deep one some of the agents' transactions cannot stand any more; their nonces, which they count
    // themselves, are ahead of the chain from then on, and nobody trades.
    if (depth <= 5) ASSERT_NO_FATAL_FAILURE(expect_to_land_more(live));
    // What the last block found may be on its way.
    live.place().market.mine();
    ASSERT_TRUE(live.settles());
    live.expect_the_accounts_to_agree();
    EXPECT_EQ(live.daemon().risk().all.in_flight, 0U) << "flights that never end";
}

// --- what comes from the node ---------------------------------------------------------------------

class MessagesSlow : public testing::TestWithParam<MessageFault> {};
INSTANTIATE_TEST_SUITE_P(Faults, MessagesSlow,
                         testing::Values(MessageFault::drop, MessageFault::duplicate, MessageFault::reorder,
                                         MessageFault::spoil));

TEST_P(MessagesSlow, GoWrongAndTheDaemonGoesOn) {
    LiveMarket live{{}, {.of_chain = "poll = \"200 ms\"\n"}};
    live.start_daemon();
    live.blocks(2);
    live.proxy().set(GetParam());
    for (int i = 0; i < 6; ++i) ASSERT_NO_FATAL_FAILURE(live.block(300ms));
    live.proxy().set(MessageFault::none);
    ASSERT_NO_FATAL_FAILURE(live.block(300ms));
    ASSERT_NO_FATAL_FAILURE(expect_to_land_more(live));
    live.place().market.mine();
    ASSERT_TRUE(live.settles());
    live.expect_the_accounts_to_agree();
    EXPECT_EQ(live.told().count(Kind::unwound), 0U);
}

class NodeSlow : public testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(Faults, NodeSlow, testing::Values(Fault::refuse, Fault::stall, Fault::garbage));

TEST_P(NodeSlow, GoesWrongAndNothingIsSentUntilItIsBack) {
    LiveMarket live{{}, {.stale_after = "2 s", .of_chain = "poll = \"200 ms\"\n"}};
    live.start_daemon();
    live.blocks(3);
    live.proxy().set(GetParam());
    if (GetParam() != Fault::stall) live.proxy().cut();
    ASSERT_TRUE(live.becomes("degraded"));
    EXPECT_FALSE(live.told().reason().empty());
    const size_t sent = live.told().sent();
    for (int i = 0; i < 4; ++i) live.block_unseen();
    EXPECT_EQ(live.told().sent(), sent);
    live.proxy().set(Fault::none);
    ASSERT_TRUE(live.settles());
    ASSERT_TRUE(live.becomes("live")) << live.told().reason();
    ASSERT_NO_FATAL_FAILURE(live.block(300ms));
    ASSERT_NO_FATAL_FAILURE(expect_to_land_more(live));
    live.place().market.mine();
    ASSERT_TRUE(live.settles());
    live.expect_the_accounts_to_agree();
}

}  // namespace
}  // namespace osprey
