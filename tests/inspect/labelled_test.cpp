// Blocks that were checked by hand: what must be found in them, with amounts.

#include "inspected.hpp"

namespace osprey::inspect {
namespace {

TokenChange change(const char* token, const char* amount, bool negative = false) {
    u256 value;
    EXPECT_TRUE(parse_u256(amount, value));
    return {*parse_address(token), negative ? -value : value};
}
constexpr const char* weth = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
constexpr const char* coin = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";

struct KnownSandwich {
    uint64_t block;
    const char *front, *back, *actor, *contract;
    size_t victims;
    std::vector<TokenChange> changes;
    const char *wei, *gas;
};

/// audited.json, "sandwiches"; two of them the reference reports with a gain of nothing, one in the wrong token.
TEST(Labelled, AuditedSandwiches) {
    const KnownSandwich known[] = {
        {11935012,
         "0xfe25d8ec",
         "0x10ba62d4",
         "0xd38bf71470e636ce554d65453075e1a8a31a2ce7",
         "0x00000000000064c443ef440577c26525a3c34a30",
         1,
         {change(weth, "80169284351999749")},
         "80169284351999749",
         "0"},
        {12775690,
         "0x91a3abe5",
         "0xc300d1ff",
         "0x0000000000c521824eaff97eac7b73b084ef9306",
         "0x000000000027d2efc283613d0c3e24a8b430c4d8",
         4,
         {change(weth, "49991481915322274"), change(coin, "31720597566128908", true)},
         "18270884349193366",
         "214985"},
        {13234998,
         "0x745b1949",
         "0x3a4f74e3",
         "0x4f80b2cd1f550f81581c15f690bdd623f3824c86",
         "0x00000000003b3cc22af3ae1eac0440bcee416b40",
         1,
         {change(weth, "53541741002585803")},
         "53541741002585803",
         "43655491229355514"},
        {13666363,
         "0x3a852824",
         "0x659020ee",
         "0xe1b086488a9bb81f4b2c26a5b661ae3e793f8c4e",
         "0xc1dfd16259c2530e57aea8a2cf106db5671616b0",
         1,
         {change(weth, "88686616142516865")},
         "88686616142516865",
         "27685531926081632"},
    };
    for (const KnownSandwich& k : known) {
        SCOPED_TRACE(k.block);
        const auto seen = inspected_traces(k.block);
        if (!seen) GTEST_SKIP() << "the traces are absent";
        const auto found = of_kind(*seen, Kind::sandwich);
        ASSERT_EQ(found.size(), 1U);
        const Finding& f = *found[0];
        ASSERT_EQ(f.txs.size(), 2U);
        EXPECT_TRUE(hash_of_tx(*seen, f.txs[0]).starts_with(k.front));
        EXPECT_TRUE(hash_of_tx(*seen, f.txs[1]).starts_with(k.back));
        EXPECT_EQ(to_hex(f.actor), k.actor);
        ASSERT_EQ(f.contracts.size(), 1U);
        EXPECT_EQ(to_hex(f.contracts[0]), k.contract);
        EXPECT_EQ(f.victims.size(), k.victims);
        EXPECT_EQ(f.profit, k.changes);
        EXPECT_EQ(to_string(*f.profit_wei), k.wei);
        EXPECT_EQ(to_string(f.cost_wei), k.gas);
        EXPECT_TRUE(f.has(Reason::loss_not_computed)) << "traces have no state to run without the attacker";
    }
}

struct KnownLiquidation {
    uint64_t block;
    const char *tx, *borrower, *liquidator, *debt, *debt_amount, *collateral, *collateral_amount;
    Protocol protocol;
};

/// audited.json, "asserted".
TEST(Labelled, AssertedLiquidations) {
    const KnownLiquidation known[] = {
        {13244807, "0xb7575eed", "0xd16404ca0a74a15e66d8ad7c925592fb02422ffe",
         "0x19256c009781bc2d1545db745af6dfd30c7e9cfa", "0xdac17f958d2ee523a2206206994597c13d831ec7", "26503300291",
         weth, "8182733924513576561", Protocol::aave},
        {10921991, "0xe6c0e3ef", "0x8d8d912fe4db5917da92d14fea05225b803c359c",
         "0xf2d9e54f0e317b8ac94825b2543908e7552fe9c7", "0xdac17f958d2ee523a2206206994597c13d831ec7", "1069206535",
         "0x80fb784b7ed66730e8b1dbd9820afd29931aab03", "2657946947610159065393", Protocol::aave},
        {13376024, "0xde551a73", "0x3d2b6eacd1bca51af57ed8b3ff9ef0bd8ee8c56d",
         "0x887668f2dc9612280243f2a6ef834cecf456654e", weth, "767615458043667978",
         "0xa06bc25b5805d5f8d82847d191cb4af5a3e873e0", "113993647930952952550", Protocol::aave},
        {13234998, "0x78f7e673", "0xb5535a3681cf8d5431b8acfd779e2f79677ecce9",
         "0xe0090ec6895c087a393f0e45f1f85098a6c33bef", coin, "268066492249420078",
         "0x39aa39c021dfbae8fac545936693ac917d5e7563", "4747650169097", Protocol::compound_v2},
        {13326607, "0x012215be", "0xacdd5528c1c92b57045041b5278efa06cdade4d8",
         "0xe0090ec6895c087a393f0e45f1f85098a6c33bef", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "1207055531",
         "0x70e36f6bf80a52b3b46b3af8e106cc0ed743e8e4", "21459623305", Protocol::compound_v2},
    };
    for (const KnownLiquidation& k : known) {
        SCOPED_TRACE(k.block);
        const auto seen = inspected_traces(k.block);
        if (!seen) GTEST_SKIP() << "the traces are absent";
        const auto& all = seen->actions.liquidations;
        ASSERT_EQ(all.size(), 1U);
        EXPECT_TRUE(hash_of_tx(*seen, all[0].tx).starts_with(k.tx));
        EXPECT_EQ(all[0].protocol, k.protocol);
        EXPECT_EQ(to_hex(all[0].borrower), k.borrower);
        EXPECT_EQ(to_hex(all[0].liquidator), k.liquidator);
        EXPECT_EQ(to_hex(all[0].debt_token), k.debt);
        EXPECT_EQ(to_string(all[0].debt_amount), k.debt_amount);
        EXPECT_EQ(to_hex(all[0].collateral_token), k.collateral);
        EXPECT_EQ(to_string(all[0].collateral_amount), k.collateral_amount);
    }
}

struct KnownOrder {
    uint64_t block;
    const char *tx, *in, *amount_in, *out, *amount_out;
};

/// audited.json: orders of 0x, each exactly once.
TEST(Labelled, AssertedOrders) {
    const KnownOrder known[] = {
        {13666312, "0xa043976d", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "143949683150", weth,
         "35000000000000000000"},
        {13666184, "0x9255addf", "0x9ff79c75ae2bcbe0ec63c0375a3ec90ff75bbe0f", "100000001",
         "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "30000000"},
        {13666363, "0x4f66832e", "0x95ad61b0a150d79219dcf64e1e6cc01f0b64c4ce", "92404351093861841165644172", weth,
         "979486121594935552"},
    };
    for (const KnownOrder& k : known) {
        SCOPED_TRACE(k.block);
        const auto seen = inspected_traces(k.block);
        if (!seen) GTEST_SKIP() << "the traces are absent";
        size_t found = 0;
        for (const Swap& s : seen->actions.swaps)
            if (s.protocol == Protocol::zero_ex && hash_of_tx(*seen, s.tx).starts_with(k.tx)) {
                ++found;
                EXPECT_EQ(to_hex(s.token_in), k.in);
                EXPECT_EQ(to_string(s.amount_in), k.amount_in);
                EXPECT_EQ(to_hex(s.token_out), k.out);
                EXPECT_EQ(to_string(s.amount_out), k.amount_out);
            }
        EXPECT_EQ(found, 1U);
    }
}

/// audited.json: flows of ether in and out of two bots; what stays is the gain.
TEST(Labelled, AssertedFlows) {
    struct Flow {
        uint64_t block;
        const char *tx, *gain;
    };
    const Flow flows[] = {{11935012, "0x496836e0", "34599022523313317"}, {11931272, "0x5ab21bfb", "76823540222651237"}};
    for (const Flow& flow : flows) {
        const auto seen = inspected_traces(flow.block);
        if (!seen) GTEST_SKIP() << "the traces are absent";
        const auto found = of_kind(*seen, Kind::arbitrage);
        ASSERT_EQ(found.size(), 1U);
        EXPECT_TRUE(hash_of_tx(*seen, found[0]->txs[0]).starts_with(flow.tx));
        EXPECT_EQ(to_string(*found[0]->profit_wei), flow.gain);
    }
}

/// Block 12483198 has 38 swaps, six of them undone with the attempt that they were made in.
TEST(Labelled, UndoneAttempt) {
    const auto seen = inspected_traces(12483198);
    if (!seen) GTEST_SKIP() << "the traces are absent";
    size_t undone = 0;
    const auto swaps = of_kind(*seen, Kind::swap);
    for (const Finding* f : swaps) undone += f->has(Reason::reverted) ? 1 : 0;
    EXPECT_EQ(swaps.size(), 38U);
    EXPECT_EQ(undone, 6U);
    const auto failed = of_kind(*seen, Kind::failed);
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_TRUE(hash_of_tx(*seen, failed[0]->txs[0]).starts_with("0x23a4dc70"));
}

TEST(Labelled, TheMinerIsKnown) {
    const auto seen = inspected_traces(10921991);
    if (!seen) GTEST_SKIP() << "the traces are absent";
    ASSERT_TRUE(seen->view.coinbase);
    EXPECT_EQ(to_hex(*seen->view.coinbase), "0x52bc44d5378309ee2abf1539bf71de1b7d7be3b5");
}

/// Its witness lacks the storage that executing it would read: it is inspected by its receipts, and says so. The two
/// transactions are legs of a sandwich, no arbitrages.
TEST(Labelled, SandwichByReceiptsAlone) {
    const auto seen = inspected_record(18884864);
    if (!seen) GTEST_SKIP() << "the record is absent";
    EXPECT_FALSE(seen->note.empty());
    EXPECT_EQ(of_kind(*seen, Kind::arbitrage).size(), 0U);
    const auto found = of_kind(*seen, Kind::sandwich);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(to_string(*found[0]->profit_wei), "25886863109652480");
    EXPECT_TRUE(found[0]->has(Reason::calls_not_known) && found[0]->has(Reason::loss_not_computed));
}

}  // namespace
}  // namespace osprey::inspect
