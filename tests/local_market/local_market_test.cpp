#include "local_market/local_market.hpp"

#include <gtest/gtest.h>
#include <signal.h>


#include "chain/rpc/client.hpp"
#include "chain/rpc/eth.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"

namespace osprey::local_market {
namespace {

struct Days {
    std::vector<MinedBlock> blocks;
    Summary summary;
};

Days run(LocalMarket& market, unsigned blocks) {
    Days days;
    for (unsigned i = 0; i < blocks; ++i) {
        const auto sent = market.submit_block();
        EXPECT_TRUE(sent) << sent.error().message;
        auto mined = market.mine();
        EXPECT_TRUE(mined) << mined.error().message;
        if (!sent || !mined) break;
        // Nothing stays behind: what is submitted is mined.
        EXPECT_EQ(sent->size(), mined->transactions.size());
        days.blocks.push_back(std::move(*mined));
    }
    days.summary = market.summary();
    return days;
}

LocalMarket started(const Options& options = {}) {
    auto market = LocalMarket::start(options);
    if (!market) throw std::runtime_error(market.error().message);
    return std::move(*market);
}

TEST(LocalMarket, TheSameSeedGivesTheSameBlocksAndAnotherOneOthers) {
    std::vector<std::vector<Hash>> hashes;
    for (const Options& options : {Options{}, Options{}, Options{.seed = 2}, Options{.price_seed = 2}}) {
        LocalMarket market = started(options);
        auto& each = hashes.emplace_back();
        for (const MinedBlock& block : run(market, 30).blocks) each.push_back(block.hash);
        ASSERT_EQ(each.size(), 30U);
    }
    EXPECT_EQ(hashes[0], hashes[1]);
    EXPECT_NE(hashes[0], hashes[2]);
    EXPECT_NE(hashes[0], hashes[3]);
}

TEST(LocalMarket, TheRivalGainsWhatItSays) {
    LocalMarket market = started();
    const auto rpc = *chain::open_client(market.urls().http);
    const auto balance = [&] {
        const auto data = abi::call(abi::selector("balanceOf(address)"), {to_u256(market.deployment().rival)});
        const auto reply = rpc->call("eth_call", "[{\"to\":\"" + to_hex(market.deployment().wrapped_native()) +
                                                     "\",\"data\":\"" + to_hex(data) + "\"},\"latest\"]");
        u256 value;
        EXPECT_TRUE(reply && parse_u256(reply->substr(1, reply->size() - 2), value));
        return value;
    };
    const u256 before = balance();
    const Days done = run(market, 60);
    u256 told;
    for (const MinedBlock& block : done.blocks)
        for (const RivalArbitrage& each : block.arbitrages) told += each.profit;
    EXPECT_GT(done.summary.arbitrages, 5U);
    EXPECT_EQ(balance() - before, told);
    EXPECT_EQ(done.summary.arbitrage_profit, told);
}

TEST(LocalMarket, TransactionsComeByTheirFeesAndFewFail) {
    LocalMarket market = started();
    const auto rpc = *chain::open_client(market.urls().http);
    const Days done = run(market, 40);
    for (const MinedBlock& mined : done.blocks) {
        const auto block = chain::block_at(*rpc, chain::block_parameter(mined.number));
        ASSERT_TRUE(block && *block);
        EXPECT_EQ((*block)->hash, mined.hash);
        EXPECT_EQ((*block)->header.timestamp, mined.timestamp);
        for (size_t i = 1; i < (*block)->transactions.size(); ++i)
            EXPECT_GT((*block)->transactions[i - 1].max_fee_per_gas, (*block)->transactions[i].max_fee_per_gas);
    }
    for (const AgentTotals& agent : done.summary.agents) {
        EXPECT_GT(agent.transactions, 0U) << agent.agent;
        EXPECT_LE(3 * agent.reverted, agent.transactions) << agent.agent;
        EXPECT_GT(agent.volume, 0) << agent.agent;
    }
}

TEST(LocalMarket, NodeEndsWithIt) {
    int process = 0;
    {
        LocalMarket market = started({.tokens = 1});
        process = market.node_process();
        ASSERT_EQ(::kill(process, 0), 0);
    }
    EXPECT_EQ(::kill(process, 0), -1);
}

TEST(LocalMarket, SaysWhatIsMissing) {
    const auto market = LocalMarket::start({.files = "/nowhere"});
    ASSERT_FALSE(market);
    EXPECT_NE(market.error().message.find("/nowhere/local_market.json"), std::string::npos) << market.error().message;
}

TEST(LocalMarket, DescribesItselfAsANetwork) {
    LocalMarket market = started({.chain_id = 31338, .tokens = 2});
    const networks::Network network = market.deployment().network();
    EXPECT_EQ(network.chain_id, 31338U);
    EXPECT_EQ(network.start_tokens[0].address, network.wrapped_native);
    ASSERT_FALSE(network.exchanges.empty());
    const Address someone = to_address(u256{0x1234});
    ASSERT_TRUE(market.fund(someone, u256{7}));
    ASSERT_TRUE(market.fund(someone, u256{8}));
    const auto rpc = *chain::open_client(market.urls().http);
    EXPECT_EQ(rpc->call("eth_getBalance", "[\"" + to_hex(someone) + "\",\"latest\"]"), "\"0xf\"");
}

}  // namespace
}  // namespace osprey::local_market
