// Pools of the Solidly line, made by Velodrome's own factory: found, held against their code, and swapped through.

#include <gtest/gtest.h>

#include "engine/pool_finder.hpp"

#include "market/cycle_search.hpp"
#include "primitives/hex.hpp"
#include "protocol/amm/solidly/pool.hpp"
#include "protocol/token/wrapped_native.hpp"
#include "support/test_chain.hpp"
#include "support/test_data.hpp"

namespace osprey::engine {
namespace {

using namespace literals;
using test::calldata;
using test::word_of;

constexpr u256 unit = 1'000'000'000'000'000'000_u256;
/// Velodrome V1's on OP Mainnet.
constexpr Address factory = "0x25cbddb98b35ab1ff77413456b31ec81a6b6b746"_address;

TEST(SolidlyPools, AreFoundAndPayWhatTheModelSays) {
    const auto path = test::test_data("blocks-optimism/109279680.prestate.json.zst");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "the recorded data is absent: no " << path;
    const auto record = chain::load_record(path);
    ASSERT_TRUE(record) << record.error().message;
    test::TestChain chain{*record};
    chain.block().fork = evm::Fork::osaka;  // what the tests' own tokens are compiled for
    uint8_t decimals[32];
    store_be32(decimals, u256{18});
    const Address a = chain.deploy(test::own_bytecode("Token"), decimals);
    const Address b = chain.deploy(test::own_bytecode("Token"), decimals);
    const auto make = [&](bool stable, uint64_t amount_a, uint64_t amount_b) {
        const Bytes create = calldata("createPair(address,address,bool)", {word_of(a), word_of(b), stable});
        const Address pool = test::address_of(chain.must(factory, create).word(0));
        chain.must(a, calldata("mint(address,uint256)", {word_of(pool), u256{amount_a} * unit}));
        chain.must(b, calldata("mint(address,uint256)", {word_of(pool), u256{amount_b} * unit}));
        chain.must(pool, calldata("mint(address)", {word_of(chain.me())}));
        return protocol::PoolKey{.contract = pool, .id = {}};
    };
    // b costs 1.4 a in one, about 1 in the other.
    const auto open = make(false, 140'000, 100'000), stable = make(true, 100'000, 100'000);

    KnownState known{record->state()};
    StateView view{chain.state(), known};
    auto executor = strategy::Executor::create(chain.machine(), chain.block(), *protocol::wrapped_native(10));
    ASSERT_TRUE(executor) << executor.error().message;
    market::TokenGraph graph;
    PoolFinder finder{view, *executor, graph, record->block.header.timestamp};
    for (const auto& key : {open, stable}) {
        const FoundPool& found = finder.examine(key);
        EXPECT_EQ(found.family, &protocol::solidly::family);
        ASSERT_EQ(found.admission, Admission::admitted);
    }
    EXPECT_EQ(finder.examine({.contract = a, .id = {}}).family, nullptr) << "a token is no pool";
    graph.build();
    ASSERT_EQ(graph.edge_count(), 4U);

    size_t proven = 0;
    for (market::EdgeId edge = 0; edge < graph.edge_count(); ++edge) {
        const market::Hop hop = graph.edge(edge);
        for (u256 in = 1000; in < u256{100'000} * unit; in = in * u256{37} / u256{5}) {
            const auto out = graph.quote({&hop, 1}, in);
            if (!out || !out.amount) continue;
            const u256 amounts[] = {in, out.amount};
            const auto plan = strategy::plan_path(graph, {&hop, 1}, amounts);
            ASSERT_TRUE(plan) << plan.error().message;
            const auto done = executor->try_out(view, *plan);
            ASSERT_TRUE(done && *done);
            EXPECT_TRUE((*done)->as_planned) << to_string(in) << " " << (*done)->reason;
            ++proven;
        }
    }
    EXPECT_GE(proven, 60U);

    // Pairs hand over to each other: the cycle through both.
    const auto start = *graph.find_token(a);
    market::CycleSearch search{graph, {.starts = {start}, .base = start, .gas_price = {}}};
    const auto cycles = search.search_all();
    ASSERT_EQ(cycles.size(), 1U);
    const auto swaps = strategy::swaps_of(graph, cycles[0].hops, cycles[0].amounts);
    const auto plan = strategy::make_plan(graph, swaps, a);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->funding.kind, strategy::Funding::Kind::own_pools);
    const auto done = executor->try_out(view, *plan);
    ASSERT_TRUE(done && *done);
    EXPECT_TRUE((*done)->as_planned) << (*done)->reason;
    EXPECT_EQ((*done)->profit(), cycles[0].profit);
    EXPECT_GT(cycles[0].profit, u256{100} * unit);
}

}  // namespace
}  // namespace osprey::engine
