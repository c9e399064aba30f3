// The node itself goes wrong beneath a daemon with the limits that it has by default: killed, stopped, another one, one
// that lies, one whose clock is off.

#include <gtest/gtest.h>

#include <ctime>
#include <random>

#include "engine/live/node_source.hpp"
#include "engine/live/searcher.hpp"
#include "engine/live/task_maker.hpp"
#include "support/anvil.hpp"
#include "support/live_market.hpp"

namespace osprey {
namespace {

using namespace std::chrono_literals;
using Fault = test::FaultProxy::Fault;
using Kind = engine::OutcomeEvent::Kind;
using test::LiveMarket;

const cli::DemoConfig as_by_default{.stale_after = "60 s"};

bool follower_is(LiveMarket& live, chain::ChainStatus::State state, std::chrono::milliseconds time) {
    return LiveMarket::soon([&] { return live.daemon().status(0).state == state; }, time);
}
bool reason_becomes(LiveMarket& live, std::string_view text) {
    return LiveMarket::soon(
        [&] { return live.told().status() == "degraded" && live.told().reason().find(text) != std::string::npos; });
}

void get_something_landed(LiveMarket& live) {
    const size_t landed = live.told().count(Kind::landed);
    for (int i = 0; i < 40 && live.told().count(Kind::landed) == landed; ++i) ASSERT_NO_FATAL_FAILURE(live.block());
    ASSERT_GT(live.told().count(Kind::landed), landed);
}

/// It works again, and what it told is what there is.
void expect_all_to_be_well(LiveMarket& live) {
    ASSERT_TRUE(live.settles()) << live.told().reason();
    ASSERT_TRUE(live.becomes("live")) << live.told().reason();
    ASSERT_NO_FATAL_FAILURE(get_something_landed(live));
    // What the last blocks found may be on its way, or be taken back.
    for (int i = 0; i < 2; ++i) {
        LiveMarket::value(live.place().market.mine());
        ASSERT_TRUE(live.settles());
    }
    live.expect_the_accounts_to_agree();
    EXPECT_EQ(live.daemon().risk().all.in_flight, 0U) << "flights that never end";
}

// --- killed ---------------------------------------------------------------------------------------

TEST(NodeKilledSlow, AndBackWithWhatItHadButOursThatWaited) {
    LiveMarket live{{}, as_by_default};
    live.start_daemon();
    ASSERT_NO_FATAL_FAILURE(get_something_landed(live));
    size_t sent = live.told().sent();
    std::vector<Bytes> waiting;
    while (live.told().sent() == sent) {
        waiting = live.submit();
        ASSERT_TRUE(live.settles());
        if (live.told().sent() == sent) LiveMarket::value(live.place().market.mine());
    }
    sent = live.told().sent();
    const size_t lost = live.told().count(Kind::never_landed);
    const std::string saved = live.saved();
    live.kill_node();
    ASSERT_TRUE(live.becomes("degraded"));
    EXPECT_FALSE(live.told().reason().empty());
    std::this_thread::sleep_for(2s);
    live.bring_node_back(saved);
    ASSERT_TRUE(live.becomes("live")) << live.told().reason();
    EXPECT_EQ(live.told().sent(), sent) << "what stood on the same head was decided already";
    live.send_again(waiting);
    LiveMarket::value(live.place().market.mine());
    ASSERT_NO_FATAL_FAILURE(expect_all_to_be_well(live));
    EXPECT_GT(live.told().count(Kind::never_landed), lost) << "its nonce is taken back";
    EXPECT_EQ(live.told().count(Kind::unwound), 0U);
    EXPECT_EQ(live.told().deepest(), 0U);
}

TEST(NodeKilledSlow, AndBackOnOlderBlocks) {
    LiveMarket live{{}, as_by_default};
    live.start_daemon();
    live.blocks(3);
    ASSERT_FALSE(HasFatalFailure());
    const std::string saved = live.saved();
    const uint64_t kept = live.head().header.number;
    ASSERT_NO_FATAL_FAILURE(get_something_landed(live));
    const uint64_t top = live.head().header.number;
    const auto lost = live.raw_transactions(kept + 1, top, false);
    live.kill_node();
    ASSERT_TRUE(live.becomes("degraded"));
    const size_t sent = live.told().sent();
    live.bring_node_back(saved);
    live.send_again(lost);  // there is something to find at once
    ASSERT_TRUE(LiveMarket::soon([&] { return live.told().deepest() > 0; })) << live.told().reason();
    EXPECT_EQ(live.told().deepest(), top - kept);
    EXPECT_EQ(live.told().sent_until_removed(), sent) << "acted on blocks that were lost";
    ASSERT_TRUE(live.settles());
    EXPECT_GT(live.told().count(Kind::unwound), 0U);
    LiveMarket::value(live.place().market.mine());
    ASSERT_NO_FATAL_FAILURE(expect_all_to_be_well(live));
}

struct OtherChain {
    const char* name;
    std::vector<std::string> arguments;
    unsigned blocks;
    const char* reason;
};
class AnotherChainSlow : public testing::TestWithParam<OtherChain> {};
INSTANTIATE_TEST_SUITE_P(
    Chains, AnotherChainSlow,
    testing::Values(OtherChain{"OtherId", {"--chain-id", "31338"}, 3, "it is of chain 31338, not 31337"},
                    OtherChain{"OtherGenesisBehind", {"--timestamp", "1700000000"}, 3, "another chain"},
                    OtherChain{"OtherGenesisAhead", {"--timestamp", "1700000000"}, 400, "another chain"}),
    [](const auto& param) { return param.param.name; });

TEST_P(AnotherChainSlow, IsThereInItsPlace) {
    LiveMarket live{{}, as_by_default};
    live.start_daemon();
    ASSERT_NO_FATAL_FAILURE(get_something_landed(live));
    const std::string saved = live.saved();
    const size_t sent = live.told().sent(), blocks = live.told().blocks();
    test::Anvil other{{.arguments = GetParam().arguments}};
    other.mine(GetParam().blocks);
    live.proxy().forward_to(other.port());
    live.kill_node();
    ASSERT_TRUE(reason_becomes(live, GetParam().reason)) << live.told().reason();
    for (int i = 0; i < 50; ++i) {
        other.mine();
        std::this_thread::sleep_for(100ms);
        ASSERT_NE(live.told().status(), "live");
    }
    EXPECT_EQ(live.told().sent(), sent);
    EXPECT_EQ(live.told().blocks(), blocks) << "a block of another chain was taken in";
    live.bring_node_back(saved);
    live.proxy().forward_to(live.place().market.node().port());
    live.proxy().cut();
    ASSERT_NO_FATAL_FAILURE(expect_all_to_be_well(live));
}

TEST(WrongChainSlow, IsRefusedAtTheStart) {
    LiveMarket live{{}, as_by_default};
    test::Anvil other{{.arguments = {"--chain-id", "31338"}}};
    live.proxy().forward_to(other.port());
    const auto daemon = engine::Daemon::start(LiveMarket::value(config::parse(live.toml(), "live.toml")), {});
    ASSERT_FALSE(daemon);
    const std::string& why = daemon.error().message;
    EXPECT_NE(why.find("it is of chain 31338, not 31337"), std::string::npos) << why;
    EXPECT_EQ(why.find('\n'), std::string::npos) << why;
}

TEST(WrongChainSlow, IsSeenWithoutAConnectionThatIsLost) {
    LiveMarket live{{}, as_by_default};
    live.start_daemon();
    ASSERT_NO_FATAL_FAILURE(get_something_landed(live));
    live.proxy().set(Fault::other_chain);
    ASSERT_TRUE(reason_becomes(live, "it is of chain 31338, not 31337")) << live.told().reason();
    const size_t sent = live.told().sent();
    for (int i = 0; i < 4; ++i) live.block_unseen();
    std::this_thread::sleep_for(2s);
    EXPECT_EQ(live.told().sent(), sent);
    EXPECT_EQ(live.told().status(), "degraded");
    live.proxy().set(Fault::none);
    ASSERT_NO_FATAL_FAILURE(expect_all_to_be_well(live));
}

// --- stalled --------------------------------------------------------------------------------------

class StalledSlow : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(By, StalledSlow, testing::Bool(),
                         [](const auto& param) { return param.param ? "TheNodeStopped" : "NothingPassing"; });

TEST_P(StalledSlow, ForTenSecondsIsSeenAndNothingIsSentLate) {
    const bool stop_the_node = GetParam();
    LiveMarket live{{}, as_by_default};
    live.start_daemon();
    ASSERT_NO_FATAL_FAILURE(get_something_landed(live));
    // With something to decide on at hand.
    engine::Pipeline& pipeline = live.daemon().pipeline(0);
    pipeline.hold_pending();
    const uint64_t seen = pipeline.pending_seen();
    const size_t count = LiveMarket::value(live.place().market.submit_block()).size();
    ASSERT_TRUE(LiveMarket::soon([&] { return pipeline.pending_seen() >= seen + count; }));
    const auto begin = std::chrono::steady_clock::now();
    const auto passed = [&] { return std::chrono::steady_clock::now() - begin; };
    stop_the_node ? live.place().market.node().pause() : live.proxy().set(Fault::stall);
    pipeline.release_pending();
    ASSERT_TRUE(follower_is(live, chain::ChainStatus::State::degraded, 6s)) << "requests were not answered for 6 s";
    EXPECT_FALSE(live.daemon().status(0).reason.empty());
    std::this_thread::sleep_for(300ms);  // what was being decided
    const size_t sent = live.told().sent();
    if (!stop_the_node)
        for (int i = 0; i < 2; ++i) live.block_unseen();
    std::this_thread::sleep_for(10s - passed());
    EXPECT_EQ(live.told().sent(), sent);
    EXPECT_EQ(live.daemon().status(0).state, chain::ChainStatus::State::degraded);
    stop_the_node ? live.place().market.node().resume() : live.proxy().set(Fault::none);
    ASSERT_TRUE(follower_is(live, chain::ChainStatus::State::live, 6s)) << live.daemon().status(0).reason;
    LiveMarket::value(live.place().market.mine());
    ASSERT_NO_FATAL_FAILURE(expect_all_to_be_well(live));
}

// --- clocks ---------------------------------------------------------------------------------------

TEST(ClockSkewSlow, OfTheNewestBlock) {
    LiveMarket live{{}, {.stale_after = "60 s", .most_clock_skew = "5 s"}};
    // The market begins years behind this machine's clock.
    live.start_daemon();
    ASSERT_TRUE(reason_becomes(live, "s behind this machine's clock")) << live.told().reason();
    std::time_t newest = 0;
    const auto block_at = [&](std::time_t time) {
        live.submit();
        ASSERT_TRUE(live.settles());
        newest = std::max(time, newest + 1);
        live.call("evm_setNextBlockTimestamp", fmt::format("[{}]", newest));
        LiveMarket::value(live.place().market.mine());
        ASSERT_TRUE(live.settles());
    };
    const auto now = [] { return std::time(nullptr); };
    ASSERT_NO_FATAL_FAILURE(block_at(now() - 60));
    EXPECT_EQ(live.told().status(), "degraded") << "a minute behind";
    EXPECT_EQ(live.told().sent(), 0U);
    ASSERT_NO_FATAL_FAILURE(block_at(now() - 4));
    ASSERT_TRUE(live.becomes("live")) << live.told().reason();
    for (int i = 0; i < 20 && live.told().count(Kind::landed) == 0; ++i) {
        ASSERT_NO_FATAL_FAILURE(block_at(now()));
        if (newest > now() + 2) std::this_thread::sleep_for(1s);
    }
    EXPECT_GT(live.told().count(Kind::landed), 0U);

    const size_t before = live.told().sent();
    ASSERT_NO_FATAL_FAILURE(block_at(now() + 12));
    ASSERT_TRUE(reason_becomes(live, "s ahead of this machine's clock")) << live.told().reason();
    const size_t sent = live.told().sent();
    EXPECT_LE(sent, before + 16) << "what was decided on the block before";
    ASSERT_NO_FATAL_FAILURE(block_at(now()));
    EXPECT_EQ(live.told().status(), "degraded") << "a second later still";
    EXPECT_EQ(live.told().sent(), sent);
    std::this_thread::sleep_for(std::chrono::seconds{newest - now() - 2});
    ASSERT_NO_FATAL_FAILURE(block_at(now()));
    ASSERT_TRUE(live.becomes("live")) << live.told().reason();
    for (int i = 0; i < 2; ++i) {
        newest = std::max(newest + 1, now());
        live.call("evm_setNextBlockTimestamp", fmt::format("[{}]", newest));
        LiveMarket::value(live.place().market.mine());
        ASSERT_TRUE(live.settles());
    }
    live.expect_the_accounts_to_agree();
    EXPECT_EQ(live.daemon().risk().all.in_flight, 0U);
}

// --- two nodes ------------------------------------------------------------------------------------

TEST(TwoNodesSlow, OneLagsThenLies) {
    LiveMarket live{{}, as_by_default};
    test::FaultProxy second{live.place().market.node().port()};
    live.add_node(second.ws_url());
    live.start_daemon();
    ASSERT_TRUE(live.becomes("live")) << live.told().reason();
    ASSERT_NO_FATAL_FAILURE(get_something_landed(live));
    LiveMarket::value(live.place().market.mine());
    ASSERT_TRUE(live.settles());
    test::Anvil liar{{.arguments = {"--no-mining", "--order", "fees", "--hardfork", "osaka", "--no-request-size-limit",
                                    "--timestamp", std::to_string(local_market::Options{}.genesis_time)}}};
    LiveMarket::load(*liar.rpc(), live.saved());
    ASSERT_EQ(LiveMarket::value(chain::header_at(*liar.rpc(), "latest"))->hash, live.head().hash);
    second.forward_to(liar.port());
    second.cut();

    live.block_unseen();
    ASSERT_TRUE(reason_becomes(live, "no 2 of 2 nodes agree")) << live.told().reason();
    const size_t sent = live.told().sent();
    const size_t blocks = live.told().blocks();
    for (int i = 0; i < 5; ++i) {
        liar.call("evm_mine");  // an empty block, where the other node has one that is not
        LiveMarket::value(live.place().market.submit_block());
        std::this_thread::sleep_for(500ms);
    }
    EXPECT_EQ(live.told().status(), "degraded");
    EXPECT_EQ(live.told().sent(), sent);
    EXPECT_EQ(live.told().blocks(), blocks) << "a block that only one of two has was taken in";
    LiveMarket::value(live.place().market.mine());
    second.forward_to(live.place().market.node().port());
    second.cut();
    ASSERT_NO_FATAL_FAILURE(expect_all_to_be_well(live));
}

// --- all of it ------------------------------------------------------------------------------------

/// Faults in an order that a seed gives, some of them before the daemon has got over the one before. Behind each the
/// node has a mempool without transactions of agents: they count their nonces themselves.
class Chaos {
public:
    Chaos(LiveMarket& live, uint64_t seed) : live_(live), random_(seed) {}

    void one_more() {
        using Step = void (Chaos::*)();
        static constexpr std::pair<const char*, Step> steps[] = {{"messages", &Chaos::spoil_messages},
                                                                 {"cut", &Chaos::cut},
                                                                 {"gone", &Chaos::be_gone},
                                                                 {"stall", &Chaos::stall},
                                                                 {"stop", &Chaos::stop},
                                                                 {"reorganise", &Chaos::reorganise},
                                                                 {"kill", &Chaos::kill},
                                                                 {"kill, older", &Chaos::kill_and_lose_blocks},
                                                                 {"other chain", &Chaos::be_another},
                                                                 {"nothing", &Chaos::do_nothing}};
        const auto& [name, step] = steps[below(std::size(steps))];
        story += fmt::format("{}, ", name);
        (this->*step)();
    }
    void do_nothing() {
        ASSERT_TRUE(live_.settles()) << live_.told().status() << ": " << live_.told().reason();
        ASSERT_NO_FATAL_FAILURE(live_.block(300ms));
    }
    std::string story;

private:
    unsigned below(uint64_t count) { return static_cast<unsigned>(random_() % count); }
    void wait_up_to(std::chrono::milliseconds most) {
        std::this_thread::sleep_for(std::chrono::milliseconds{below(static_cast<uint64_t>(most.count()))});
    }
    void blocks_unseen() {
        for (unsigned i = below(4); i > 0; --i) live_.block_unseen();
    }
    void mine() { LiveMarket::value(live_.place().market.mine()); }

    void spoil_messages() {
        live_.proxy().set(static_cast<test::FaultProxy::MessageFault>(1 + below(4)));
        for (int i = 0; i < 2; ++i) {
            live_.submit(200ms);
            mine();
        }
        live_.proxy().set(test::FaultProxy::MessageFault::none);
    }
    void cut() {
        live_.submit(200ms);
        live_.proxy().cut();
        mine();
    }
    void be_gone() {
        live_.proxy().set(below(2) == 0 ? Fault::refuse : Fault::garbage);
        live_.proxy().cut();
        blocks_unseen();
        wait_up_to(1s);
        live_.proxy().set(Fault::none);
    }
    void stall() {
        live_.submit(100ms);
        live_.proxy().set(Fault::stall);
        wait_up_to(200ms);
        mine();
        blocks_unseen();
        wait_up_to(4s);
        live_.proxy().set(Fault::none);
    }
    void stop() {
        live_.submit(100ms);
        live_.place().market.node().pause();
        wait_up_to(4s);
        live_.place().market.node().resume();
        mine();
    }
    void reorganise() { live_.reorganise(1 + below(3), below(2) == 0); }
    void kill() {
        const std::string saved = live_.saved();
        live_.kill_node();
        wait_up_to(500ms);
        live_.bring_node_back(saved);
        blocks_unseen();
    }
    void kill_and_lose_blocks() {
        const std::string saved = live_.saved();
        const uint64_t kept = live_.head().header.number;
        for (unsigned i = 1 + below(2); i > 0; --i) {
            live_.submit(200ms);
            mine();
        }
        const auto lost = live_.raw_transactions(kept + 1, live_.head().header.number, false);
        live_.kill_node();
        live_.bring_node_back(saved);
        live_.send_again(lost);
        wait_up_to(4s);
        mine();
    }
    void be_another() {
        live_.proxy().set(Fault::other_chain);
        blocks_unseen();
        wait_up_to(3s);
        live_.proxy().set(Fault::none);
    }

    LiveMarket& live_;
    std::mt19937_64 random_;
};

class ChaosSlow : public testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, ChaosSlow, testing::Values(1, 2, 3));

TEST_P(ChaosSlow, FaultsInAnyOrder) {
    LiveMarket live{{}, as_by_default};
    live.start_daemon();
    ASSERT_NO_FATAL_FAILURE(get_something_landed(live));
    Chaos chaos{live, GetParam()};
    const auto end = std::chrono::steady_clock::now() + 25s;
    while (std::chrono::steady_clock::now() < end) {
        chaos.one_more();
        ASSERT_FALSE(HasFatalFailure()) << "behind " << chaos.story;
    }
    SCOPED_TRACE(chaos.story);
    ASSERT_TRUE(live.settles()) << live.told().status() << ": " << live.told().reason();
    ASSERT_TRUE(live.becomes("live")) << live.told().reason();
    // What is on its way lands, or is taken back.
    for (int i = 0; i < 3; ++i) {
        LiveMarket::value(live.place().market.mine());
        ASSERT_TRUE(live.settles());
    }
    live.expect_the_accounts_to_agree();
    EXPECT_EQ(live.daemon().risk().all.in_flight, 0U) << "flights that never end";
}

}  // namespace
}  // namespace osprey
