#include <gtest/gtest.h>

#include <deque>
#include <thread>

#include "chain/rpc/client.hpp"
#include "chain/rpc/eth.hpp"
#include "primitives/hex.hpp"
#include "support/anvil.hpp"
#include "support/fault_proxy.hpp"

namespace osprey::chain {
namespace {

using namespace std::chrono_literals;

// --- addresses of nodes -------------------------------------------------------------------------

TEST(Endpoint, ReadsEveryForm) {
    const auto plain = parse_endpoint("http://node").value();
    EXPECT_EQ(plain.host, "node");
    EXPECT_EQ(plain.port, "80");
    EXPECT_EQ(plain.target, "/");
    EXPECT_FALSE(plain.tls);
    const auto full = parse_endpoint("wss://user:secret@eth.example:8443/v3/key?x=1").value();
    EXPECT_EQ(full.kind, Endpoint::Kind::websocket);
    EXPECT_TRUE(full.tls);
    EXPECT_EQ(full.port, "8443");
    EXPECT_EQ(full.target, "/v3/key?x=1");
    EXPECT_EQ(full.authorization, "Basic dXNlcjpzZWNyZXQ=");
    EXPECT_EQ(full.label(), "wss://eth.example:8443");
    EXPECT_EQ(parse_endpoint("https://[::1]:1/").value().host, "::1");
    EXPECT_EQ(parse_endpoint("https://a?key=1").value().target, "/?key=1");
    for (const char* socket : {"ipc:/run/geth.ipc", "ipc:///run/geth.ipc", "/run/geth.ipc"}) {
        EXPECT_EQ(parse_endpoint(socket).value().kind, Endpoint::Kind::ipc);
        EXPECT_EQ(parse_endpoint(socket).value().target, "/run/geth.ipc");
    }
}

TEST(Endpoint, RefusesAndKeepsSecrets) {
    for (const char* bad : {"", "node", "ftp://node", "http://", "http://node:0", "http://node:99999", "http://node:x",
                            "http://[::1", "http://[::1]x", "http://:80", "http://no de", "ipc:"}) {
        const auto out = parse_endpoint(bad);
        EXPECT_FALSE(out) << bad;
    }
    const auto failed = parse_endpoint("http://user:secret@node:x/key");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message.find("secret"), std::string::npos);
    EXPECT_EQ(failed.error().message.find("key"), std::string::npos);
}

// --- messages -----------------------------------------------------------------------------------

TEST(Wire, SplitsWhatNodesSay) {
    const std::string text = R"( [ {"jsonrpc":"2.0","id":7,"result":{"a":"]}\"","b":[1,{}]}},)"
                             R"({"id":8,"error":{"code":-32000,"message":"no \"such\" thing","data":"0x01"}},)"
                             R"({"method":"eth_subscription","params":{"subscription":"0x1","result":"0x2"}}] )";
    const auto messages = split_messages(text).value();
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_EQ(messages[0].id, 7U);
    EXPECT_EQ(messages[0].result, R"({"a":"]}\"","b":[1,{}]})");
    EXPECT_TRUE(messages[0].error.empty());
    const auto failure = read_rpc_error(messages[1].error);
    EXPECT_EQ(failure.kind, RpcFault::node);
    EXPECT_EQ(failure.code, -32000);
    EXPECT_EQ(failure.message, R"(the node answers: no "such" thing)");
    EXPECT_EQ(failure.data, R"("0x01")");
    EXPECT_FALSE(messages[2].id);
    EXPECT_EQ(messages[2].method, "eth_subscription");
    EXPECT_EQ(split_messages(R"({"id":null,"result":null})").value()[0].result, "null");
    EXPECT_TRUE(split_messages("[]").value().empty());
}

TEST(Wire, RefusesWhatIsCutShortAtEveryByte) {
    const std::string text = R"([{"id":1,"result":"0x\u0041"},{"id":2,"error":{"code":3,"message":"m"}}])";
    EXPECT_TRUE(split_messages(text));
    EXPECT_EQ(json_value_size(text + "{"), text.size());
    for (size_t n = 0; n < text.size(); ++n) {
        EXPECT_FALSE(split_messages(text.substr(0, n))) << n;
        EXPECT_EQ(json_value_size(text.substr(0, n)), 0U) << n;
    }
    EXPECT_FALSE(split_messages("<html>busy</html>"));
    EXPECT_FALSE(split_messages(text + "x"));
    EXPECT_FALSE(split_messages("[1,2]"));
}

TEST(Wire, TellsKindsOfErrors) {
    const auto kind = [](const char* error) { return read_rpc_error(error).kind; };
    EXPECT_EQ(kind(R"({"code":-32005,"message":"daily request count exceeded"})"), RpcFault::limited);
    EXPECT_EQ(kind(R"({"code":-32000,"message":"Too Many Requests"})"), RpcFault::limited);
    EXPECT_EQ(kind(R"({"code":-32000,"message":"header not found"})"), RpcFault::behind);
    EXPECT_EQ(kind(R"({"code":3,"message":"execution reverted","data":"0x"})"), RpcFault::node);
    EXPECT_EQ(kind("[]"), RpcFault::node);
}

// --- the client, on a transport that does as it is told ------------------------------------------

class Scripted final : public Transport {
public:
    using Answer = std::function<std::expected<std::string, RpcFailure>(uint64_t first_id, size_t count)>;
    std::deque<Answer> script;  ///< what comes next; when it is empty, every request is answered with its id
    std::vector<size_t> sizes;  ///< of the batches that came

    std::expected<std::string, RpcFailure> exchange(const std::string&, uint64_t first_id, size_t count,
                                                    Clock::time_point) override {
        sizes.push_back(count);
        if (script.empty()) return all(first_id, count);
        const Answer answer = std::move(script.front());
        script.pop_front();
        return answer(first_id, count);
    }
    /// Answered from the last to the first, as a node may.
    static std::string all(uint64_t first_id, size_t count) {
        std::string out = "[";
        for (size_t i = count; i-- > 0;)
            out += R"({"id":)" + std::to_string(first_id + i) + R"(,"result":)" + std::to_string(first_id + i) + "}" +
                   (i > 0 ? "," : "");
        return out + "]";
    }
};

struct Client {
    explicit Client(ClientOptions options = {}) {
        auto own = std::make_unique<Scripted>();
        transport = own.get();
        options.first_pause = 1ms;
        rpc = std::make_unique<RpcClient>(Endpoint{.host = "test", .port = "1"}, std::move(own), options);
    }
    Scripted* transport;
    std::unique_ptr<RpcClient> rpc;
};

Scripted::Answer fails(RpcFault kind) {
    return [kind](uint64_t, size_t) { return std::unexpected(RpcFailure{kind, 0, "as told", {}}); };
}
Scripted::Answer says(std::string text) {
    return [text](uint64_t, size_t) { return text; };
}
const std::vector<RpcRequest> five(5, RpcRequest{"m"});

TEST(RpcClient, RepliesStandInTheOrderOfTheRequests) {
    Client c;
    const auto replies = c.rpc->batch(five);
    for (size_t i = 0; i < 5; ++i) EXPECT_EQ(replies[i].value(), std::to_string(i + 1));
    EXPECT_TRUE(c.rpc->batch({}).empty());
    EXPECT_EQ(c.transport->sizes, std::vector<size_t>{5});
}

TEST(RpcClient, TriesAgainWhatMayPass) {
    for (const auto kind : {RpcFault::unreachable, RpcFault::timeout, RpcFault::limited, RpcFault::garbage}) {
        Client c;
        c.transport->script = {fails(kind), fails(kind)};
        EXPECT_TRUE(c.rpc->call("m", "[]"));
        EXPECT_EQ(c.transport->sizes.size(), 3U);
        EXPECT_EQ(c.rpc->health().failed_in_a_row, 0U);
        EXPECT_GT(c.rpc->health().failures, 0);
    }
    for (const char* garbage : {"", "<html>", "{}", R"({"id":999,"result":1})", "[]", R"({"id":1})"}) {
        Client c;
        c.transport->script = {says(garbage)};
        EXPECT_TRUE(c.rpc->call("m", "[]")) << garbage;
        EXPECT_EQ(c.transport->sizes.size(), 2U);
    }
}

TEST(RpcClient, AnAnswerIsNotAskedForTwice) {
    Client c;
    c.transport->script = {says(R"({"id":1,"error":{"code":3,"message":"execution reverted","data":"0xab"}})")};
    const auto reply = c.rpc->call("eth_call", "[]");
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().kind, RpcFault::node);
    EXPECT_EQ(reply.error().message, "eth_call: http://test:1: the node answers: execution reverted");
    EXPECT_EQ(c.transport->sizes.size(), 1U);
}

TEST(RpcClient, OnlyWhatFailedIsTriedAgain) {
    Client c;
    c.transport->script = {[](uint64_t first, size_t) {
        std::string out = "[";
        for (uint64_t i = 0; i < 4; ++i)  // the fifth is missing, the second is limited
            out += (i > 0 ? "," : "") + (R"({"id":)" + std::to_string(first + i)) +
                   (i == 1 ? R"(,"error":{"code":-32005,"message":"slow down"}})" : R"(,"result":true})");
        return out + "]";
    }};
    const auto replies = c.rpc->batch(five);
    for (const auto& reply : replies) EXPECT_TRUE(reply);
    EXPECT_EQ(c.transport->sizes, (std::vector<size_t>{5, 2}));
}

TEST(RpcClient, ANodeThatTakesNoBatchesGetsNone) {
    Client c{{.largest_batch = 4}};
    const auto refuse = [](uint64_t first, size_t count) {
        return count == 1 ? Scripted::all(first, 1)
                          : std::string{R"({"id":null,"error":{"code":-32600,"message":"batches are not for you"}})"};
    };
    c.transport->script.assign(10, refuse);
    for (const auto& reply : c.rpc->batch(five)) EXPECT_TRUE(reply);
    EXPECT_EQ(c.transport->sizes, (std::vector<size_t>{4, 1, 1, 1, 1, 1}));
}

TEST(RpcClient, EndsWithTheDeadline) {
    Client c;
    c.transport->script.assign(1000, fails(RpcFault::unreachable));
    const auto start = Clock::now();
    EXPECT_FALSE(c.rpc->call("m", "[]", {.deadline = 100ms, .attempts = 1000}));
    EXPECT_LT(Clock::now() - start, 1s);
    c.transport->sizes.clear();
    EXPECT_FALSE(c.rpc->call("m", "[]", {.attempts = 3}));
    EXPECT_EQ(c.transport->sizes.size(), 3U);
}

TEST(RateLimit, LetsTheRateThrough) {
    RateLimit limit{100, 10};
    const auto now = Clock::now();
    EXPECT_EQ(limit.reserve(10, now), now);
    const auto in_ms = [&](Clock::time_point at) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(at - now + 500us).count();
    };
    EXPECT_EQ(in_ms(limit.reserve(1, now)), 10);
    EXPECT_EQ(in_ms(limit.reserve(4, now)), 50);
    EXPECT_EQ(in_ms(limit.reserve(1, now + 100ms)), 100);    // five came back meanwhile
    EXPECT_EQ(in_ms(limit.reserve(10, now + 10s)), 10'000);  // no more than the burst is saved up
    EXPECT_EQ(in_ms(limit.reserve(1, now + 10s)), 10'010);
    RateLimit none{0, 1};
    EXPECT_EQ(none.reserve(1'000'000, now), now);
}

// --- a real node --------------------------------------------------------------------------------

TEST(Node, AnswersTypedQuestions) {
    test::Anvil node{{.arguments = {"--chain-id", "4711"}}};
    const auto rpc = node.rpc();
    EXPECT_EQ(chain_id(*rpc).value(), 4711U);
    node.mine(3);
    EXPECT_EQ(block_number(*rpc).value(), 3U);
    const auto hash = node.send(*parse_address("0x00000000000000000000000000000000000f1540"), 12345);
    const auto block = block_at(*rpc, "latest").value().value();
    ASSERT_EQ(block.transactions.size(), 1U);
    EXPECT_EQ(block.transactions[0].hash, hash);
    EXPECT_EQ(block.transactions[0].value, u256{12345});
    EXPECT_EQ(block_by_hash(*rpc, block.hash).value().value(), block);
    EXPECT_EQ(header_at(*rpc, block_parameter(4)).value()->hash, block.hash);
    EXPECT_EQ(header_by_hash(*rpc, block.header.parent_hash).value()->header.number, 3U);
    const auto receipts = receipts_of(*rpc, block).value();
    ASSERT_EQ(receipts.size(), 1U);
    EXPECT_EQ(receipts[0].gas_used, 21'000U);
    EXPECT_FALSE(header_at(*rpc, block_parameter(5)).value());
    EXPECT_FALSE(header_by_hash(*rpc, Hash{}).value());
    EXPECT_TRUE(logs_of(*rpc, {.from = 0, .to = 4}).value().empty());
    const auto unknown = rpc->call("osprey_none", "[]");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().kind, RpcFault::node);
}

TEST(Node, ThatIsGoneAndBack) {
    test::Anvil node;
    const auto rpc = node.rpc();
    EXPECT_TRUE(chain_id(*rpc));
    node.kill();
    const auto gone = rpc->call("eth_chainId", "[]", {.attempts = 1});
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().kind, RpcFault::unreachable);
    EXPECT_GT(rpc->health().failed_in_a_row, 0U);
    node.restart();
    EXPECT_TRUE(rpc->call("eth_chainId", "[]", {.attempts = 1})) << "the kept connection is dead, the node is not";
}

TEST(Node, ThatStallsIsGivenUpInTime) {
    test::Anvil node;
    const auto rpc = node.rpc();
    node.pause();
    const auto start = Clock::now();
    const auto stalled = rpc->call("eth_chainId", "[]", {.deadline = 400ms, .attempt = 150ms});
    EXPECT_LT(Clock::now() - start, 2s);
    ASSERT_FALSE(stalled);
    EXPECT_EQ(stalled.error().kind, RpcFault::timeout);
    node.resume();
    EXPECT_TRUE(rpc->call("eth_chainId", "[]"));
}

TEST(Node, GetsNothingLateOfWhatWaitedForAConnection) {
    test::Anvil node;
    test::FaultProxy proxy{node.port()};
    const auto rpc = open_client(proxy.ws_url()).value();
    proxy.set(test::FaultProxy::Fault::stall);
    EXPECT_FALSE(rpc->call("evm_mine", "[]", {.deadline = 300ms, .attempts = 1}));
    proxy.set(test::FaultProxy::Fault::none);
    EXPECT_EQ(block_number(*rpc).value(), 0U) << "on the connection that was being made all the time";
}

TEST(Node, ServesManyThreadsAtOnce) {
    test::Anvil node;
    const auto rpc = node.rpc();
    std::atomic<int> good = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 20; ++i) good += chain_id(*rpc) == 31337U;
        });
    threads.clear();
    EXPECT_EQ(good, 160);
}

}  // namespace
}  // namespace osprey::chain
