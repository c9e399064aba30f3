#include "local_market/local_market.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <span>

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

TEST(LocalMarket, VictimsOfTheSandwicherReceiveLess) {
    LocalMarket market = started();
    const Days done = run(market, 120);
    size_t seen = 0;
    for (const MinedBlock& block : done.blocks)
        for (const Sandwich& each : block.sandwiches) {
            ++seen;
            EXPECT_LT(each.received, each.undisturbed);
            EXPECT_GT(each.received, u256{});
            const auto place = [&](const Hash& hash) {
                return std::ranges::find(block.transactions, hash, &MinedTransaction::hash);
            };
            EXPECT_LT(place(each.front), place(each.victim));
            EXPECT_LT(place(each.victim), place(each.back));
        }
    EXPECT_GT(seen, 3U);
    EXPECT_EQ(done.summary.sandwiches, seen);
}

TEST(LocalMarket, BorrowersBecomeLiquidatable) {
    LocalMarket market = started();
    const auto rpc = *chain::open_client(market.urls().http);
    bool on_aave = false, on_morpho = false;
    for (int i = 0; i < 400 && !(on_aave && on_morpho); ++i) {
        const Days day = run(market, 1);
        ASSERT_EQ(day.blocks.size(), 1U);
        for (const Liquidatable& each : day.blocks[0].liquidatable) {
            EXPECT_LT(each.health, 1);
            on_morpho |= each.lender == networks::LenderKind::morpho_blue;
            if (each.lender != networks::LenderKind::aave_v3 || on_aave) continue;
            on_aave = true;
            const auto pool = std::ranges::find(market.deployment().lending, each.lender, &networks::Lender::kind);
            const auto data = abi::call(abi::selector("getUserAccountData(address)"), {to_u256(each.borrower)});
            const auto reply = rpc->call("eth_call", "[{\"to\":\"" + to_hex(pool->address) + "\",\"data\":\"" +
                                                         to_hex(data) + "\"},\"latest\"]");
            ASSERT_TRUE(reply);
            const auto words = parse_hex(reply->substr(1, reply->size() - 2));
            ASSERT_TRUE(words && abi::has_words(*words, 6));
            // The pool itself says so, about as we do.
            const u256 health = abi::word_at(*words, 5);
            EXPECT_LT(health, 1'000'000'000'000'000'000_u256);
            EXPECT_GT(health, 1'000'000'000'000'000_u256 * u256{static_cast<uint64_t>(each.health * 990)});
        }
    }
    EXPECT_TRUE(on_aave);
    EXPECT_TRUE(on_morpho);
}

TEST(LocalMarket, BlocksAreAsFullAndAsDearAsOnABusyChain) {
    LocalMarket market = started();
    for (const Days done = run(market, 100); const MinedBlock& block : std::span{done.blocks}.subspan(50)) {
        EXPECT_GT(block.base_fee, 1'000'000'000_u256) << block.number;
        EXPECT_LT(block.base_fee, 100'000'000'000_u256) << block.number;
        EXPECT_LT(block.gas_used, 28'000'000U);
    }
}

TEST(LocalMarket, TransactionsComeByTheirFeesAndFewFail) {
    LocalMarket market = started();
    const auto rpc = *chain::open_client(market.urls().http);
    const Days done = run(market, 60);
    for (const MinedBlock& mined : done.blocks) {
        const auto block = chain::block_at(*rpc, chain::block_parameter(mined.number));
        ASSERT_TRUE(block && *block);
        EXPECT_EQ((*block)->hash, mined.hash);
        EXPECT_EQ((*block)->header.timestamp, mined.timestamp);
        for (size_t i = 1; i < (*block)->transactions.size(); ++i)
            // The rival alone bids the same as another, and comes behind it.
            if (mined.transactions[i].agent == "rival")
                EXPECT_GE((*block)->transactions[i - 1].max_fee_per_gas, (*block)->transactions[i].max_fee_per_gas);
            else
                EXPECT_GT((*block)->transactions[i - 1].max_fee_per_gas, (*block)->transactions[i].max_fee_per_gas);
    }
    for (const AgentTotals& agent : done.summary.agents) {
        EXPECT_GT(agent.transactions, 0U) << agent.agent;
        EXPECT_LE(3 * agent.reverted, agent.transactions) << agent.agent;
        if (agent.agent != "traffic" && agent.agent != "price_oracle") EXPECT_GT(agent.volume, 0) << agent.agent;
    }
}

/// kB of a process that are in memory.
long resident(int process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string word; status >> word;)
        if (word == "VmRSS:") {
            long kb = 0;
            status >> kb;
            return kb;
        }
    return 0;
}

TEST(LocalMarketSlow, MemoryStaysFlat) {
    LocalMarket market = started({.kept_states = 8});
    run(market, 500);
    const long node = resident(market.node().process()), here = resident(::getpid());
    run(market, 1'500);
    // Headers are kept, and slots that were used once; states and transactions, which would be several times as much,
    // are not.
    EXPECT_LT(resident(market.node().process()) - node, 40'000);
    EXPECT_LT(resident(::getpid()) - here, 10'000);
}

TEST(LocalMarket, NodeEndsWithIt) {
    int process = 0;
    {
        LocalMarket market = started({.tokens = 1});
        process = market.node().process();
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
