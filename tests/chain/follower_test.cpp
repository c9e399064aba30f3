#include "chain/follower.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "primitives/hex.hpp"
#include "support/anvil.hpp"
#include "support/fault_proxy.hpp"
#include "types/json.hpp"

namespace osprey::chain {
namespace {

using namespace std::chrono_literals;
using Fault = test::FaultProxy::Fault;
using MessageFault = test::FaultProxy::MessageFault;
using State = ChainStatus::State;

/// Applies what it is told, and checks that it can be applied.
class Mirror final : public ChainListener {
public:
    void on_update(const ChainUpdate& update) override {
        const std::scoped_lock lock{mutex_};
        if (update.restarted) blocks.clear(), ++restarts;
        for (const BlockHeader& block : update.removed) {
            if (blocks.empty() || blocks.back().hash != block.hash) return broken("removed what is not the head");
            blocks.pop_back();
        }
        deepest = std::max(deepest, update.removed.size());
        for (const BlockHeader& block : update.added) {
            if (!blocks.empty() && blocks.back().hash != block.header.parent_hash) return broken("a gap");
            blocks.push_back(block);
        }
    }
    void on_status(const ChainStatus& status) override {
        const std::scoped_lock lock{mutex_};
        statuses.push_back(status);
    }
    void on_pending(std::string_view json) override {
        const auto tx = parse_transaction(json);
        const std::scoped_lock lock{mutex_};
        if (!tx) return broken(tx.error().message);
        if (!pending.insert(tx->hash).second) broken("a pending transaction twice");
    }

    /// Waits until `holds(*this)`; false after the time.
    bool soon(const std::function<bool(Mirror&)>& holds, std::chrono::milliseconds time = 8s) {
        const auto end = Clock::now() + time;
        for (; Clock::now() < end; std::this_thread::sleep_for(5ms)) {
            const std::scoped_lock lock{mutex_};
            if (holds(*this)) return error.empty();
        }
        return false;
    }
    bool reaches(const Hash& head, std::chrono::milliseconds time = 8s) {
        return soon([&](Mirror& m) { return !m.blocks.empty() && m.blocks.back().hash == head; }, time);
    }
    bool says(const std::string& reason) {
        return soon([&](Mirror& m) {
            return !m.statuses.empty() && m.statuses.back().state == State::degraded &&
                   m.statuses.back().reason.find(reason) != std::string::npos;
        });
    }
    bool becomes(State state, std::chrono::milliseconds time = 8s) {
        return soon([&](Mirror& m) { return !m.statuses.empty() && m.statuses.back().state == state; }, time);
    }

    std::vector<BlockHeader> blocks;
    std::vector<ChainStatus> statuses;
    std::set<Hash> pending;
    size_t deepest = 0, restarts = 0;
    std::string error;

private:
    void broken(std::string what) { error = std::move(what); }
    std::mutex mutex_;
};

Hash head_of(const test::Anvil& node) { return header_at(*node.rpc(), "latest").value()->hash; }
std::shared_ptr<RpcClient> client(const std::string& url) { return open_client(url, {.first_pause = 1ms}).value(); }

constexpr FollowerOptions quick{.poll = 200ms, .stale_after = 60s};
/// So slow that only subscriptions and what they set off can be why something is known.
constexpr FollowerOptions by_subscription{.poll = 60s, .stale_after = 600s};

class Follows : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Transports, Follows, testing::Values("http", "ws", "ipc"),
                         [](const auto& name) { return std::string{name.param}; });

TEST_P(Follows, BlocksAndReorganisations) {
    test::Anvil node{{.ipc = true}};
    node.mine(40);
    const std::string kind = GetParam();
    Mirror mirror;
    ChainFollower follower{{client(kind == "http" ? node.url()
                                   : kind == "ws" ? node.ws_url()
                                                  : node.ipc_path())},
                           mirror,
                           31337,
                           quick};
    ASSERT_TRUE(mirror.reaches(head_of(node))) << mirror.error;
    ASSERT_TRUE(mirror.becomes(State::live));
    for (int i = 0; i < 10; ++i) node.mine();
    ASSERT_TRUE(mirror.reaches(head_of(node))) << mirror.error;
    node.mine(25);
    ASSERT_TRUE(mirror.reaches(head_of(node))) << mirror.error;
    for (const unsigned depth : {1U, 5U, 30U}) {
        mirror.deepest = 0;
        node.call("anvil_reorg", fmt::format("[{},[]]", depth));
        node.mine();
        ASSERT_TRUE(mirror.reaches(head_of(node))) << depth << mirror.error;
        EXPECT_EQ(mirror.deepest, depth);
    }
    EXPECT_EQ(mirror.restarts, 0U);
    EXPECT_EQ(mirror.blocks.back().header.number, 78U);
    EXPECT_EQ(mirror.blocks.size(), 39U) << "from the block that was the head when we came";
}

TEST(Follower, HearsHeadsWithoutAsking) {
    test::Anvil node;
    Mirror mirror;
    ChainFollower follower{{client(node.ws_url())}, mirror, 31337, by_subscription};
    ASSERT_TRUE(mirror.becomes(State::live));
    std::this_thread::sleep_for(200ms);
    const auto polls = follower.counts().polls;
    for (int i = 0; i < 20; ++i) node.mine();
    ASSERT_TRUE(mirror.reaches(head_of(node))) << mirror.error;
    EXPECT_EQ(follower.counts().polls, polls);
    EXPECT_EQ(follower.counts().heads, 20U);
}

TEST(Follower, PendingTransactionsInFull) {
    test::Anvil node{{.arguments = {"--no-mining"}}};
    Mirror mirror;
    auto options = by_subscription;
    options.pending = true;
    const auto early = node.call("eth_sendTransaction",
                                 fmt::format(R"([{{"from":"{0}","to":"{0}","gas":"0x5208"}}])", test::anvil_account));
    ChainFollower follower{{client(node.ws_url())}, mirror, 31337, options};
    ASSERT_TRUE(mirror.becomes(State::live));
    ASSERT_TRUE(mirror.soon([](Mirror& m) { return m.pending.size() == 1; })) << "the one that was there before us";
    for (int i = 0; i < 20; ++i)
        node.call(
            "eth_sendTransaction",
            fmt::format(R"([{{"from":"{0}","to":"{0}","gas":"0x5208","value":"0x{1:x}"}}])", test::anvil_account, i));
    ASSERT_TRUE(mirror.soon([](Mirror& m) { return m.pending.size() == 21; })) << mirror.pending.size() << mirror.error;
    EXPECT_EQ(follower.counts().pending_dropped, 0U);
}

/// A contract that logs its input's first word as a topic: each transaction's log comes once and in its place, through
/// gaps and reorganisations.
TEST(Follower, LogsOfEveryBlock) {
    test::Anvil node;
    const Address contract = *parse_address("0x0000000000000000000000000000000000001065");
    node.call("anvil_setCode", fmt::format(R"(["{}","0x60003560006000a1"])", to_hex(contract)));
    struct Logs final : ChainListener {
        void on_update(const ChainUpdate& update) override {
            const std::scoped_lock lock{mutex};
            for (size_t i = 0; i < update.removed.size(); ++i) topics.pop_back();
            if (update.logs.size() != update.added.size()) mismatched = true;
            for (const auto& logs : update.logs) {
                topics.emplace_back();
                for (const PlacedLog& log : logs) topics.back().push_back(to_u256(log.log.topics[0]).w[0]);
            }
        }
        void on_status(const ChainStatus&) override {}
        std::mutex mutex;
        std::vector<std::vector<uint64_t>> topics;  ///< by block
        bool mismatched = false;
    } listener;
    auto options = quick;
    options.logs = LogFilter{.addresses = {contract}};
    test::FaultProxy proxy{node.port()};
    ChainFollower follower{{client(proxy.ws_url())}, listener, 31337, options};
    while (follower.status().state != State::live) std::this_thread::sleep_for(5ms);
    for (uint64_t i = 1; i <= 12; ++i) {
        if (i == 5) proxy.set(MessageFault::drop);
        if (i == 9) proxy.set(MessageFault::none);
        if (i == 10) proxy.cut();
        const Hash word = to_hash(u256{i});
        node.send(contract, 0, word);
    }
    node.call("anvil_reorg", "[2,[]]");
    node.mine();
    std::vector<std::vector<uint64_t>> expected = {{}};
    for (uint64_t i = 1; i <= 10; ++i) expected.push_back({i});
    expected.insert(expected.end(), 3, {});
    const auto end = Clock::now() + 8s;
    for (; Clock::now() < end; std::this_thread::sleep_for(5ms)) {
        const std::scoped_lock lock{listener.mutex};
        if (listener.topics == expected) break;
    }
    const std::scoped_lock lock{listener.mutex};
    EXPECT_EQ(listener.topics, expected);
    EXPECT_FALSE(listener.mismatched);
}

/// Blocks whose bloom rules the wanted logs out are told without asking; the others' logs come from the node.
TEST_P(Follows, LogsAreAskedForWhereTheBloomLeavesThemOpen) {
    test::Anvil node{{.ipc = true}};
    const std::string kind = GetParam();
    if (kind == "http") GTEST_SKIP() << "heads are not heard over HTTP";
    const Address contract = *parse_address("0x0000000000000000000000000000000000001065");
    const Address other = *parse_address("0x0000000000000000000000000000000000001066");
    for (const Address& each : {contract, other})
        node.call("anvil_setCode", fmt::format(R"(["{}","0x60003560006000a1"])", to_hex(each)));
    struct Times final : ChainListener {
        void on_update(const ChainUpdate& update) override {
            const auto now = Clock::now();
            const std::scoped_lock lock{mutex};
            blocks += update.added.size();
            for (const auto& of_block : update.logs) {
                logs += of_block.size();
                auto& list = of_block.empty() ? empty_us : full_us;
                list.push_back(std::chrono::duration<double, std::micro>(now - update.heard_at).count());
            }
        }
        void on_status(const ChainStatus&) override {}
        std::mutex mutex;
        size_t blocks = 0, logs = 0;
        std::vector<double> empty_us, full_us;  ///< from hearing of a block to telling of it
    } listener;
    auto options = by_subscription;
    options.logs = LogFilter{.addresses = {contract}};
    ChainFollower follower{{client(kind == "ws" ? node.ws_url() : node.ipc_path())}, listener, 31337, options};
    while (follower.status().state != State::live) std::this_thread::sleep_for(5ms);
    std::this_thread::sleep_for(200ms);
    const auto before = follower.counts();
    constexpr size_t rounds = 30;
    size_t blocks_before = 0;
    {
        const std::scoped_lock lock{listener.mutex};
        blocks_before = listener.blocks;
        listener.empty_us.clear();
        listener.full_us.clear();
    }
    for (size_t i = 1; i <= rounds; ++i) {
        const Hash word = to_hash(u256{i});
        node.send(contract, 0, word);
        node.send(other, 0, word);
    }
    const auto end = Clock::now() + 8s;
    for (; Clock::now() < end; std::this_thread::sleep_for(5ms)) {
        const std::scoped_lock lock{listener.mutex};
        if (listener.blocks == blocks_before + 2 * rounds) break;
    }
    const auto counts = follower.counts();
    const std::scoped_lock lock{listener.mutex};
    ASSERT_EQ(listener.blocks, blocks_before + 2 * rounds);
    EXPECT_EQ(listener.logs, rounds);
    EXPECT_EQ(listener.full_us.size(), rounds);
    EXPECT_EQ(counts.logs_asked - before.logs_asked, rounds) << "the other contract's bits are not all ours";
    EXPECT_EQ(counts.logs_ruled_out - before.logs_ruled_out, rounds);
    const auto median = [](std::vector<double>& v) {
        std::ranges::nth_element(v, v.begin() + static_cast<ptrdiff_t>(v.size() / 2));
        return v[v.size() / 2];
    };
    fmt::print("{}: told {:.0f} us after it was heard with logs, {:.0f} us where the bloom rules them out\n", kind,
               median(listener.full_us), median(listener.empty_us));
}

// --- faults between us and the node --------------------------------------------------------------

class MessagesGoWrong : public testing::TestWithParam<MessageFault> {};
INSTANTIATE_TEST_SUITE_P(Faults, MessagesGoWrong,
                         testing::Values(MessageFault::drop, MessageFault::duplicate, MessageFault::reorder,
                                         MessageFault::spoil));

TEST_P(MessagesGoWrong, AndTheChainIsWhole) {
    test::Anvil node;
    test::FaultProxy proxy{node.port()};
    Mirror mirror;
    ChainFollower follower{{client(proxy.ws_url())}, mirror, 31337, {.poll = 500ms}};
    ASSERT_TRUE(mirror.becomes(State::live));
    proxy.set(GetParam());
    for (int i = 0; i < 9; ++i) {
        node.mine();
        std::this_thread::sleep_for(20ms);
    }
    ASSERT_TRUE(mirror.reaches(head_of(node))) << mirror.error;
    proxy.set(MessageFault::none);
    for (int i = 0; i < 5; ++i) node.mine();
    ASSERT_TRUE(mirror.reaches(head_of(node))) << mirror.error;
    ASSERT_TRUE(mirror.becomes(State::live));
    EXPECT_EQ(mirror.blocks.size(), 15U);
    EXPECT_EQ(mirror.deepest, 0U);
}

TEST(Follower, ConnectionsThatAreCut) {
    test::Anvil node;
    test::FaultProxy proxy{node.port()};
    Mirror mirror;
    ChainFollower follower{{client(proxy.ws_url())}, mirror, 31337, by_subscription};
    ASSERT_TRUE(mirror.becomes(State::live));
    for (uint64_t round = 0; round < 5; ++round) {
        proxy.cut();
        node.mine(3);
        ASSERT_TRUE(mirror.reaches(head_of(node))) << "filled after the connection is back";
        node.mine();
        ASSERT_TRUE(mirror.reaches(head_of(node)));
        // Else the next cut may come before there is a subscription to lose.
        ASSERT_TRUE(mirror.soon([&](Mirror&) { return follower.counts().reconnects > round; }));
    }
    EXPECT_EQ(mirror.blocks.size(), 21U);
    EXPECT_GE(follower.counts().reconnects, 5U);
    EXPECT_GE(proxy.connections(), 6U);
}

class NodeGoesWrong : public testing::TestWithParam<std::tuple<Fault, const char*>> {};
INSTANTIATE_TEST_SUITE_P(Faults, NodeGoesWrong,
                         testing::Combine(testing::Values(Fault::refuse, Fault::stall, Fault::garbage),
                                          testing::Values("http", "ws")));

TEST_P(NodeGoesWrong, IsSeenAndPasses) {
    const auto [fault, kind] = GetParam();
    test::Anvil node;
    test::FaultProxy proxy{node.port()};
    Mirror mirror;
    ChainFollower follower{{client(std::string{kind} == "http" ? proxy.url() : proxy.ws_url())}, mirror, 31337, quick};
    ASSERT_TRUE(mirror.becomes(State::live));
    proxy.set(fault);
    if (fault != Fault::stall) proxy.cut();
    ASSERT_TRUE(mirror.becomes(State::degraded)) << "nothing may be acted on";
    EXPECT_FALSE(follower.status().reason.empty());
    node.mine(7);
    proxy.set(Fault::none);
    ASSERT_TRUE(mirror.reaches(head_of(node))) << mirror.error;
    ASSERT_TRUE(mirror.becomes(State::live));
    EXPECT_EQ(mirror.blocks.size(), 8U);
}

TEST(Follower, ANodeThatIsKilledAndBackWithAnotherChain) {
    test::Anvil node;
    node.mine(5);
    Mirror mirror;
    ChainFollower follower{{client(node.ws_url())}, mirror, 31337, quick};
    ASSERT_TRUE(mirror.reaches(head_of(node)));
    node.kill();
    ASSERT_TRUE(mirror.becomes(State::degraded));
    std::this_thread::sleep_for(1100ms);  // the first block differs by its second
    node.restart();                       // nothing of the old chain is left
    node.mine(9);
    ASSERT_TRUE(mirror.says("it is of another chain with the genesis block"));
    EXPECT_FALSE(mirror.becomes(State::live, 1s)) << "it has the same id, and is another one";
    EXPECT_EQ(mirror.blocks.size(), 1U);
    EXPECT_EQ(mirror.restarts, 0U);
}

TEST(Follower, AGapThatIsTooWideStartsAgain) {
    test::Anvil node;
    test::FaultProxy proxy{node.port()};
    Mirror mirror;
    auto options = quick;
    options.deepest_gap = 10;
    ChainFollower follower{{client(proxy.ws_url())}, mirror, 31337, options};
    ASSERT_TRUE(mirror.becomes(State::live));
    proxy.set(Fault::refuse);
    proxy.cut();
    ASSERT_TRUE(mirror.becomes(State::degraded));
    node.mine(20);
    proxy.set(Fault::none);
    ASSERT_TRUE(mirror.reaches(head_of(node))) << mirror.error;
    ASSERT_TRUE(mirror.becomes(State::live));
    EXPECT_EQ(mirror.restarts, 1U);
}

TEST(Follower, ANodeThatGoesBackIsDoubtedAndThenBelieved) {
    test::Anvil node;
    node.mine(5);
    Mirror mirror;
    ChainFollower follower{{client(node.url())}, mirror, 31337, quick};
    ASSERT_TRUE(mirror.reaches(head_of(node)));
    node.mine(3);
    ASSERT_TRUE(mirror.reaches(head_of(node)));
    std::this_thread::sleep_for(300ms);  // nobody may just be a little late any more
    node.call("anvil_rollback", "[3]");
    ASSERT_TRUE(mirror.says("the newest block is 5 now, and was 8"));
    ASSERT_TRUE(mirror.reaches(head_of(node))) << mirror.error;
    ASSERT_TRUE(mirror.becomes(State::live));
    EXPECT_EQ(mirror.deepest, 3U);
}

TEST(Follower, AChainIdThatChangesIsSeenOnAKeptConnection) {
    test::Anvil node;
    test::FaultProxy proxy{node.port()};
    Mirror mirror;
    ChainFollower follower{{client(proxy.url())}, mirror, 31337, quick};
    ASSERT_TRUE(mirror.becomes(State::live));
    proxy.set(Fault::other_chain);
    ASSERT_TRUE(mirror.says("it is of chain 31338, not 31337"));
    node.mine(3);
    EXPECT_FALSE(mirror.becomes(State::live, 500ms));
    EXPECT_EQ(mirror.blocks.size(), 1U);
    proxy.set(Fault::none);
    ASSERT_TRUE(mirror.reaches(head_of(node)));
    ASSERT_TRUE(mirror.becomes(State::live));
}

TEST(Follower, TheWrongChainIsNotFollowed) {
    test::Anvil node;
    Mirror mirror;
    ChainFollower follower{{client(node.url())}, mirror, 1, quick};
    ASSERT_TRUE(mirror.becomes(State::degraded));
    EXPECT_NE(follower.status().reason.find("it is of chain 31337, not 1"), std::string::npos)
        << follower.status().reason;
    EXPECT_TRUE(mirror.blocks.empty());
}

TEST(Follower, ClocksThatDiffer) {
    test::Anvil node{{.arguments = {"--timestamp", "1700000000"}}};
    Mirror mirror;
    auto options = quick;
    options.most_clock_skew = 15s;
    ChainFollower follower{{client(node.url())}, mirror, 31337, options};
    ASSERT_TRUE(mirror.becomes(State::degraded));
    EXPECT_NE(follower.status().reason.find("behind this machine's clock"), std::string::npos);
}

TEST(Follower, SilenceIsSeen) {
    test::Anvil node;
    Mirror mirror;
    ChainFollower follower{{client(node.ws_url())}, mirror, 31337, {.poll = 100ms, .stale_after = 500ms}};
    ASSERT_TRUE(mirror.becomes(State::live));
    ASSERT_TRUE(mirror.becomes(State::degraded));
    node.mine();
    ASSERT_TRUE(mirror.becomes(State::live));
}

// --- several nodes --------------------------------------------------------------------------------

TEST(NodePool, FailsOverHedgesAndReturns) {
    test::Anvil node;
    test::FaultProxy first{node.port()}, second{node.port()};
    NodePool pool{{client(first.url()), client(second.url())}, {.hedge_after = 50ms, .bench_time = 300ms}};
    const auto answers = [&] { return pool.call("eth_chainId", "[]", {.attempt = 1s}).value_or("") == R"("0x7a69")"; };
    EXPECT_TRUE(answers());
    first.set(Fault::refuse);
    first.cut();
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(answers()) << "failover";
    first.set(Fault::none);
    second.set(Fault::stall);
    for (int i = 0; i < 5; ++i) {
        const auto start = Clock::now();
        EXPECT_TRUE(answers()) << "hedge";
        EXPECT_LT(Clock::now() - start, 2s);
    }
    first.set(Fault::stall);
    EXPECT_FALSE(pool.call("eth_chainId", "[]", {.deadline = 400ms, .attempt = 200ms}));
    first.set(Fault::none);
    EXPECT_TRUE(answers());
}

TEST(NodePool, ANodeOfAnotherChainIsNeverAsked) {
    test::Anvil right, wrong{{.arguments = {"--chain-id", "5"}}};
    right.mine(3);
    NodePool pool{{client(wrong.url()), client(right.url())}, {.chain_id = 31337}};
    for (int i = 0; i < 5; ++i) EXPECT_EQ(block_number(pool).value(), 3U);
    EXPECT_EQ(pool.report()[0].refused, "it is of chain 5, not 31337");
    EXPECT_TRUE(pool.report()[1].refused.empty());
}

TEST(NodePool, WhatOneDoesNotHaveAnotherMay) {
    test::Anvil behind, ahead;
    ahead.mine(4);
    NodePool pool{{client(behind.url()), client(ahead.url())}, {.hedge_after = 20ms}};
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(header_at(pool, block_parameter(4)).value());
    EXPECT_FALSE(header_at(pool, block_parameter(5)).value()) << "nobody has it";
}

TEST(NodePool, WhatNobodyWaitsForAnyMoreIsNotAsked) {
    test::Anvil node;
    NodePool pool{{client(node.url())}, {.workers = 1}};
    EXPECT_EQ(block_number(pool).value(), 0U);
    node.pause();
    std::jthread first{[&] { (void)pool.call("eth_blockNumber", "[]", {.attempt = 1s, .attempts = 1}); }};
    std::this_thread::sleep_for(100ms);
    EXPECT_FALSE(pool.call("evm_mine", "[]", {.deadline = 200ms, .attempts = 1}));
    first.join();
    node.resume();
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(block_number(pool).value(), 0U);
}

TEST(NodePool, AgreesByQuorum) {
    test::Anvil one, two, liar;
    const std::string same = R"(["0x00000000000000000000000000000000000e3347","0x7"])";
    const std::string other = R"(["0x00000000000000000000000000000000000e3347","0x8"])";
    one.call("anvil_setBalance", same);
    two.call("anvil_setBalance", same);
    liar.call("anvil_setBalance", other);
    const RpcRequest request{"eth_getBalance", R"(["0x00000000000000000000000000000000000e3347","latest"])"};
    NodePool pool{{client(liar.url()), client(one.url()), client(two.url())}};
    EXPECT_EQ(pool.agreed(request, 2).value(), R"("0x7")");
    const auto none = pool.agreed(request, 3);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find("no 3 of 3 nodes agree"), std::string::npos) << none.error().message;
    one.kill();
    EXPECT_FALSE(pool.agreed(request, 2, {.deadline = 3s}));
}

TEST(Follower, KeepsTheHeadWhileOneOfTwoNodesIsGone) {
    test::Anvil node;
    test::FaultProxy one{node.port()}, two{node.port()};
    Mirror mirror;
    ChainFollower follower{{client(one.ws_url()), client(two.ws_url())}, mirror, 31337, quick};
    ASSERT_TRUE(mirror.becomes(State::live));
    for (test::FaultProxy* gone : {&one, &two}) {
        gone->set(Fault::refuse);
        gone->cut();
        for (int i = 0; i < 5; ++i) node.mine();
        ASSERT_TRUE(mirror.reaches(head_of(node))) << mirror.error;
        gone->set(Fault::none);
    }
    EXPECT_EQ(mirror.blocks.size(), 11U);
}

}  // namespace
}  // namespace osprey::chain
