#include "engine/pool_finder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "chain/record.hpp"
#include "evm/block.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "protocol/amm/uniswap_v3/events.hpp"
#include "protocol/amm/uniswap_v3/pool.hpp"
#include "protocol/token/wrapped_native.hpp"
#include "support/test_data.hpp"

namespace osprey::engine {
namespace {

using namespace literals;

const char* const blocks[] = {"10760440", "12047794", "12159808", "12244000", "12522062",
                              "16146267", "18085863", "19917570", "19933612"};

std::filesystem::path path_of(std::string_view block) {
    return test::test_data("blocks") / (std::string{block} + ".prestate.json.zst");
}

#define SKIP_WITHOUT(path) \
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "the recorded data is absent: no " << (path).string()

/// Two tokens in these blocks let nobody hold more than so much: the swap is right, its transfer reverts.
bool passes_a_limit(const Address& pool, bool zero_for_one, const u256& in, const u256& out) {
    if (pool == "0xae387947e85f2b185f7f55b1528ce5fe3bbe6560"_address)
        return zero_for_one && out > 20'000'000'000'000'000'000'000'000_u256;
    if (pool == "0x72d6df3ae070f43c0a6d7888867d3ea714b2bd52"_address)
        return zero_for_one ? in > 42'069'000'000'000'000'000_u256 : out > 42'069'000'000'000'000'000_u256;
    return false;
}

/// A recorded block as it runs, with the pools that the finder takes into its graph.
class Running {
public:
    explicit Running(std::string_view block)
        : record_(load(block)),
          chain_(*evm::find_chain(record_.chain_id)),
          known_(record_.state()),
          receipts(execute()),
          executor_(machine_, state, chain_, record_.block.header),
          executor(made(machine_, executor_.env())),
          finder(view, executor, graph, record_.block.header.timestamp) {
        if (auto begun = executor_.begin(); !begun) throw std::runtime_error(begun.error().message);
    }
    void find_all() {
        for (const Address& address : known_.accounts())
            if (state.account(address).has_code()) finder.examine({.contract = address, .id = {}});
        graph.build();
    }
    std::vector<Log> transact(size_t i) {
        const auto receipt = executor_.transact(record_.block.transactions[i]);
        if (!receipt) throw std::runtime_error(receipt.error().message);
        return (*receipt)->logs;
    }

private:
    static chain::Record load(std::string_view block) {
        auto record = chain::load_record(path_of(block));
        if (!record) throw std::runtime_error(record.error().message);
        return std::move(*record);
    }
    static strategy::Executor made(evm::Machine& machine, const evm::BlockEnv& block) {
        auto executor = strategy::Executor::create(machine, block, *protocol::wrapped_native(1));
        if (!executor) throw std::runtime_error(executor.error().message);
        return std::move(*executor);
    }
    std::vector<Receipt> execute() {
        state::Overlay first{known_};
        auto executed = evm::execute_block(machine_, first, chain_, record_.block);
        if (!executed) throw std::runtime_error(executed.error().message);
        known_.seal();
        return std::move(executed->receipts);
    }

    chain::Record record_;
    const evm::ChainSpec& chain_;
    evm::Machine machine_;
    KnownState known_;

public:
    std::vector<Receipt> receipts;
    state::Overlay state{known_};
    StateView view{state, known_};

private:
    evm::BlockExecutor executor_;

public:
    strategy::Executor executor;
    market::TokenGraph graph;
    PoolFinder finder;
};

/// How many pools of the graph moved by these logs: each is what a fresh read of the storage says.
size_t moved_as_read(Running& run, const std::vector<Log>& logs, std::vector<market::PoolId>& stale) {
    const market::MarketChange change = run.finder.follow(logs);
    if (!run.graph.built()) run.graph.build();
    for (const market::PoolId id : change.moved) {
        const protocol::Pool& pool = run.graph.pool(id);
        const auto read = run.finder.read(pool.family(), pool.key());
        EXPECT_TRUE(read && pool.same_state(*read)) << to_hex(pool.key().contract);
    }
    stale.insert(stale.end(), change.stale.begin(), change.stale.end());
    return change.moved.size();
}

// The graph follows each block by its logs alone: after every transaction each pool that moved, and at the end every
// pool, stands where its storage does.
TEST(PoolFinder, LogsKeepTheGraphWhereTheStorageIs) {
    SKIP_WITHOUT(path_of(blocks[0]));
    size_t moved = 0, pools = 0;
    std::vector<market::PoolId> stale;
    for (const char* block : blocks) {
        SCOPED_TRACE(block);
        Running run{block};
        run.find_all();
        for (size_t i = 0; i < run.receipts.size(); ++i) moved += moved_as_read(run, run.transact(i), stale);
        for (market::PoolId id = 0; id < run.graph.pool_count(); ++id) {
            const protocol::Pool& pool = run.graph.pool(id);
            const auto read = run.finder.read(pool.family(), pool.key());
            EXPECT_TRUE(read && pool.same_state(*read)) << to_hex(pool.key().contract);
            ++pools;
        }
    }
    EXPECT_TRUE(stale.empty());
    EXPECT_GE(moved, 180U);
    EXPECT_GE(pools, 150U);
    std::printf("%zu moves of %zu pools: all as a fresh read of the storage says\n", moved, pools);
}

// What an event does not tell is read: here one that contradicts the pool's ticks, as if the model were wrong.
TEST(PoolFinder, ReadsAgainWhatAnEventDoesNotTell) {
    SKIP_WITHOUT(path_of("19933612"));
    Running run{"19933612"};
    run.find_all();
    size_t reread = 0;
    for (market::PoolId id = 0; id < run.graph.pool_count(); ++id) {
        const protocol::PoolKey key = run.graph.pool(id).key();
        if (&run.graph.pool(id).family() != &protocol::uniswap_v3::family) continue;
        Log swap{.address = key.contract,
                 .topics = {abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)"), {}, {}},
                 .data = Bytes(5 * abi::word_size)};
        abi::put_word(swap.data.data(), 2, u256{1} << 96);
        abi::put_word(swap.data.data(), 4, u256{887000});  // not the tick of that price
        const auto before = run.finder.read(protocol::uniswap_v3::family, key);
        const market::MarketChange change = run.finder.follow({&swap, 1});
        EXPECT_EQ(change.moved, std::vector{id});
        EXPECT_TRUE(change.stale.empty());
        EXPECT_FALSE(run.graph.is_stale(id));
        EXPECT_TRUE(run.graph.pool(id).same_state(*before));
        ++reread;
    }
    EXPECT_GE(reread, 5U);
}

TEST(PoolFinder, TellsWhatItFoundAndWhatItLeftOut) {
    SKIP_WITHOUT(path_of("19917570"));
    Running run{"19917570"};
    run.find_all();
    const auto found = [&](const Address& contract) { return run.finder.find({.contract = contract, .id = {}}); };
    const FoundPool* pancake = found("0x6ca298d2983ab03aa1da7679389d955a4efee15c"_address);
    ASSERT_NE(pancake, nullptr);
    EXPECT_EQ(pancake->family, &protocol::uniswap_v3::pancakeswap_family);
    EXPECT_EQ(pancake->admission, Admission::admitted);
    EXPECT_EQ(pancake->tokens.size(), 2U);
    EXPECT_EQ(run.graph.find_pool({.contract = "0x6ca298d2983ab03aa1da7679389d955a4efee15c"_address, .id = {}}),
              pancake->id);
    EXPECT_EQ(found("0xdac17f958d2ee523a2206206994597c13d831ec7"_address), nullptr) << "a token is no pool";
}

// What the pools paid in the recorded blocks: our quote for the input of every V3 swap, in the state right before its
// transaction, where that is the transaction's first in its pool. Who asked for an exact output may have paid for one
// unit that was rounded away: a quote may be above what was paid, never below, and the price ends a little elsewhere.
TEST(PoolModels, QuoteWhatWasPaidOnChain) {
    SKIP_WITHOUT(path_of(blocks[0]));
    size_t compared = 0, equal = 0, same_price = 0, crossing = 0;
    for (const char* block : blocks) {
        Running run{block};
        for (size_t i = 0; i < run.receipts.size(); ++i) {
            std::vector<Address> seen;
            for (const Log& log : run.receipts[i].logs) {
                const auto event = protocol::uniswap_v3::decode_swap(log);
                if (!event || std::ranges::find(seen, log.address) != seen.end()) continue;
                seen.push_back(log.address);
                const protocol::PoolKey key{.contract = log.address, .id = {}};
                if (run.finder.examine(key).admission != Admission::admitted) continue;
                const auto read = run.finder.read(*event->family, key);
                ASSERT_TRUE(read);
                auto& pool = dynamic_cast<protocol::uniswap_v3::TickPool&>(*read);
                const bool zero_for_one = event->amount1.is_negative();
                const u256 in = zero_for_one ? event->amount0 : event->amount1;
                const u256 paid = -(zero_for_one ? event->amount1 : event->amount0);
                const u128 liquidity = pool.head().liquidity;
                const auto out = zero_for_one ? pool.swap(0, 1, in) : pool.swap(1, 0, in);
                if (!out) continue;  // liquidity that came in the same transaction
                ++compared;
                EXPECT_GE(out.amount, paid) << block << " transaction " << i << " " << to_hex(log.address);
                if (out.amount != paid) continue;
                ++equal;
                crossing += pool.head().liquidity != liquidity;
                same_price += pool.head().sqrt_price == event->sqrt_price;
            }
            run.transact(i);
        }
    }
    std::printf("V3 swaps on chain: %zu quoted, %zu equal to the wei, %zu of them across ticks, %zu with the price\n",
                compared, equal, crossing, same_price);
    EXPECT_GE(compared, 20U);
    EXPECT_GE(equal * 10, compared * 9);
    EXPECT_GE(same_price * 4, compared * 3);
    EXPECT_GE(crossing, 1U);
}

// Every pool that stands in the recorded blocks, on the state before them: what our models say against what the pool's
// own code pays, over twelve orders of magnitude of input. Amounts whose swap needs state that the record lacks say
// nothing and are passed over.
TEST(PoolModels, PayWhatThePoolsOwnCodePays) {
    SKIP_WITHOUT(path_of(blocks[0]));
    std::map<std::string_view, size_t> compared;
    for (const char* block : blocks) {
        Running run{block};
        run.find_all();
        for (market::PoolId id = 0; id < run.graph.pool_count(); ++id) {
            const protocol::Pool& pool = run.graph.pool(id);
            for (const market::EdgeId edge : run.graph.edges_of_pool(id)) {
                const market::Hop hop = run.graph.edge(edge);
                const bool zero_for_one = hop.in < hop.out;
                u256 in = 7;
                for (int step = 0; step < 40; ++step, in = in * u256{31} / u256{9}) {
                    const auto out = pool.quote_in(hop.in, hop.out, in);
                    if (!out || !out.amount) continue;
                    const u256 amounts[] = {in, out.amount};
                    run.view.forget();
                    const auto plan = strategy::plan_path(run.graph, {&hop, 1}, amounts);
                    if (!plan && !(in.fits_u128() && out.amount.fits_u128())) continue;
                    ASSERT_TRUE(plan) << plan.error().message;
                    run.view.expect_approvals(strategy::spenders_of(*plan));
                    const auto tried = run.executor.try_out(run.view, *plan);
                    ASSERT_TRUE(tried) << tried.error().message;
                    if (!*tried || !run.view.complete()) continue;
                    const strategy::Executed& done = **tried;
                    if (passes_a_limit(pool.key().contract, zero_for_one, in, out.amount)) {
                        EXPECT_FALSE(done.success);
                        continue;
                    }
                    ASSERT_TRUE(done.as_planned) << block << " " << to_hex(pool.key().contract) << " " << zero_for_one
                                                 << " in " << to_string(in) << ": we say " << to_string(out.amount)
                                                 << ", its code " << to_string(done.profit()) << " " << done.reason;
                    ++compared[pool.family().name];
                }
            }
        }
    }
    EXPECT_GE(compared["uniswap_v2"], 3000U);
    EXPECT_GE(compared["uniswap_v3"], 500U);
    EXPECT_GE(compared["pancakeswap_v3"], 10U);
    for (const auto& [family, swaps] : compared)
        std::printf("compared with the pools' code: %zu swaps of %s\n", swaps, std::string{family}.c_str());
}

}  // namespace
}  // namespace osprey::engine
