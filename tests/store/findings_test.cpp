// Findings in a database: exact, whole, once, whatever is interrupted.

#include "store/findings.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "inspect/json_lines.hpp"
#include "primitives/hex.hpp"
#include "store/back_end.hpp"
#include "store/made_inspection.hpp"

namespace osprey::store {
namespace {

using Findings = OnEach;
OSPREY_ON_EACH(Findings);

constexpr const char* finding_tables[] = {"findings", "finding_txs", "finding_profits", "finding_victims",
                                          "finding_reasons"};

Result<void> put(FindingStore& store, const inspect::Inspection& seen, KindSet kinds = all_kinds) {
    const BlockRows rows = rows_of(seen, kinds);
    return store.put({&rows, 1});
}
/// How many rows each table of findings has.
std::vector<std::string> counts(Database& database) {
    std::vector<std::string> all;
    for (const char* table : finding_tables)
        all.push_back(ask_one(database, fmt::format("SELECT count(*) FROM {}", table)));
    return all;
}

TEST_P(Findings, EveryDigitComesBack) {
    auto seen = made_inspection(10, 123, 1);
    auto& f = seen.findings[0];
    const u256 largest = ~u256{}, top = u256{1} << 255;
    f.profit = {{made_address(1), top - u256{1}},
                {made_address(2), top},
                {made_address(3), -u256{1}},
                {made_address(4), u256{1, 1, 0, 0}}};
    f.profit_wei = -(u256{1} << 200);
    f.cost_wei = largest;
    f.builder_direct_wei = u256{1} << 254;
    f.victims[0].loss = {{made_address(100), (u256{1} << 128) + u256{1}}};
    auto store = back_end.open();
    ASSERT_TRUE(put(store, seen));
    const auto database = back_end.connect();
    EXPECT_EQ(
        ask(*database, "SELECT amount FROM finding_profits ORDER BY place"),
        (std::vector<std::string>{"57896044618658097711785492504343953926634992332820282019728792003956564819967",
                                  "-57896044618658097711785492504343953926634992332820282019728792003956564819968",
                                  "-1", "18446744073709551617"}));
    EXPECT_EQ(
        ask_one(
            *database,
            "SELECT chain_id, block, kind, number, actor, profit_wei, cost_wei, builder_wei, confidence FROM findings"),
        fmt::format("10|123|arbitrage|0|{}|-1606938044258990275541962092341162602522202993782792835301376|{}|"
                    "28948022309329048855892746252171976963317496166410141009864396001978282409991|0.95",
                    to_hex(made_address(1)), to_string(largest)));
    EXPECT_EQ(ask(*database, "SELECT place, tx, related FROM finding_txs ORDER BY place")[2].substr(0, 4), "2|0x");
    EXPECT_EQ(ask(*database, "SELECT sender, token, loss FROM finding_victims ORDER BY place"),
              (std::vector<std::string>{to_hex(made_address(50)) + "|" + to_hex(made_address(100)) +
                                            "|340282366920938463463374607431768211457",
                                        to_hex(made_address(51)) + "|NULL|NULL"}));
    EXPECT_EQ(ask(*database, "SELECT reason FROM finding_reasons ORDER BY place"),
              (std::vector<std::string>{"swap_cycle", "actor_richer"}));
    JsonWriter line;
    write_json(line, seen, f);
    const Cell wanted = std::string{line.view()};
    const auto same =
        database->query(GetParam() == Dialect::postgres ? "SELECT json = CAST($1 AS jsonb) FROM findings"
                                                        : "SELECT CASE json WHEN $1 THEN 't' END FROM findings",
                        {&wanted, 1});
    ASSERT_TRUE(same) << same.error().message;
    EXPECT_EQ((*same)[0][0], "t");
}

TEST_P(Findings, ABlockIsReplacedAsAWhole) {
    auto store = back_end.open();
    const auto database = back_end.connect();
    ASSERT_TRUE(put(store, made_inspection(1, 5, 2)));
    const auto two = counts(*database);
    ASSERT_TRUE(put(store, made_inspection(1, 5, 9)));
    for (int again = 0; again < 3; ++again) ASSERT_TRUE(put(store, made_inspection(1, 5, 2)));
    EXPECT_EQ(counts(*database), two);
    ASSERT_TRUE(put(store, made_inspection(1, 5, 0)));
    EXPECT_EQ(counts(*database), (std::vector<std::string>(std::size(finding_tables), "0")));
    EXPECT_TRUE(store.complete(all_kinds)->contains(1, 5));  // a block without findings is a result too
}

TEST_P(Findings, OtherBlocksChainsAndKindsStayAsTheyAre) {
    auto store = back_end.open();
    const auto database = back_end.connect();
    for (const auto& [chain, block] : {std::pair{1, 5}, {1, 6}, {10, 5}})
        ASSERT_TRUE(put(store, made_inspection(static_cast<uint64_t>(chain), static_cast<uint64_t>(block), 5)));
    ASSERT_TRUE(put(store, made_inspection(1, 5, 5, 77), kind_bit(inspect::Kind::sandwich)));
    EXPECT_EQ(ask(*database, fmt::format("SELECT chain_id, block, kind FROM findings WHERE actor = '{}'",
                                         to_hex(made_address(77)))),
              (std::vector<std::string>{"1|5|sandwich"}));
    EXPECT_EQ(ask_one(*database, "SELECT count(*) FROM findings"), "15");
    EXPECT_EQ(store.complete(all_kinds)->size(), 3U);  // the other kinds of the block are still there
}

TEST_P(Findings, KindsThatWereNotLookedForAreNotComplete) {
    auto store = back_end.open();
    const KindSet jit = kind_bit(inspect::Kind::jit), swap = kind_bit(inspect::Kind::swap);
    ASSERT_TRUE(put(store, made_inspection(1, 5, 5), jit));
    EXPECT_TRUE(store.complete(jit)->contains(1, 5));
    EXPECT_FALSE(store.complete(swap)->contains(1, 5));
    EXPECT_FALSE(store.complete(jit | swap)->contains(1, 5));
    ASSERT_TRUE(put(store, made_inspection(1, 5, 5), swap));
    EXPECT_TRUE(store.complete(jit | swap)->contains(1, 5));
    EXPECT_EQ(ask_one(*back_end.connect(), "SELECT count(*) FROM findings"), "1");
}

TEST_P(Findings, CompleteBlocksAreThoseThatWerePut) {
    std::mt19937 random{7};
    std::set<std::pair<uint64_t, uint64_t>> expected;
    std::vector<BlockRows> batch;
    for (int i = 0; i < 300; ++i) {
        const std::pair<uint64_t, uint64_t> block{random() % 2 == 0 ? 1 : 8453, 1'000'000 + random() % 400};
        if (expected.insert(block).second)
            batch.push_back(rows_of(made_inspection(block.first, block.second, 1), all_kinds));
    }
    auto store = back_end.open();
    const auto done = store.put(batch);
    ASSERT_TRUE(done) << done.error().message;
    const auto complete = store.complete(all_kinds);
    ASSERT_TRUE(complete) << complete.error().message;
    EXPECT_EQ(complete->size(), expected.size());
    for (const uint64_t chain : {1U, 10U, 8453U})
        for (uint64_t block = 999'990; block < 1'000'410; ++block)
            EXPECT_EQ(complete->contains(chain, block), expected.contains({chain, block})) << chain << " " << block;
}

TEST_P(Findings, AFailureInTheMiddleLeavesNothingHalfWritten) {
    auto store = back_end.open();
    const auto database = back_end.connect();
    ASSERT_TRUE(put(store, made_inspection(1, 5, 3)));
    const auto before = counts(*database);
    for (size_t table = 0; table < std::size(finding_tables); ++table) {
        std::vector<BlockRows> batch{rows_of(made_inspection(1, 4, 2), all_kinds),
                                     rows_of(made_inspection(1, 5, 1), all_kinds)};
        const Rows same = batch[1].tables[table];
        batch[1].tables[table].append(same);  // the same keys twice
        const auto failed = store.put(batch);
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().message.find('\n'), std::string::npos) << failed.error().message;
        EXPECT_TRUE(failed.error().message.starts_with(store.name())) << failed.error().message;
        EXPECT_EQ(counts(*database), before);
        EXPECT_FALSE(store.complete(all_kinds)->contains(1, 4));
    }
    EXPECT_TRUE(put(store, made_inspection(1, 4, 2)));  // the connection is still good
}

TEST_P(Findings, TwoWritersOfTheSameBlocksNeverMix) {
    constexpr size_t blocks = 40, rounds = 6;
    {
        (void)back_end.open();
    }
    std::vector<std::string> errors(2);
    {
        std::vector<std::jthread> writers;
        for (uint8_t w = 0; w < 2; ++w)
            writers.emplace_back([&, w] {
                auto store = back_end.open();
                std::mt19937 random{w};
                for (size_t round = 0; round < rounds; ++round) {
                    std::vector<BlockRows> batch;
                    for (uint64_t b = 0; b < blocks; ++b) {
                        auto seen = made_inspection(1, b, 1 + random() % 7, w);
                        seen.note = fmt::format("{} {}", to_hex(made_address(w)), seen.findings.size());
                        batch.push_back(rows_of(seen, all_kinds));
                    }
                    std::ranges::shuffle(batch, random);
                    if (auto done = store.put(batch); !done) errors[w] = done.error().message;
                }
            });
    }
    EXPECT_EQ(errors, (std::vector<std::string>(2)));
    const auto database = back_end.connect();
    EXPECT_EQ(ask_one(*database, "SELECT count(*) FROM inspected_blocks"), std::to_string(blocks));
    EXPECT_EQ(
        ask(*database,
            "SELECT b.note FROM inspected_blocks b JOIN findings f ON f.chain_id = b.chain_id AND f.block = b.block "
            "GROUP BY b.block, b.note HAVING b.note <> min(f.actor) || ' ' || count(*) OR min(f.actor) <> "
            "max(f.actor)"),
        std::vector<std::string>{});
    EXPECT_EQ(ask_one(*database, "SELECT (SELECT count(*) FROM findings) * 3 - (SELECT count(*) FROM finding_txs)"),
              "0");
}

TEST(BlockSet, IsTheSetOfWhatWasAdded) {
    std::mt19937 random{11};
    for (int round = 0; round < 50; ++round) {
        BlockSet set;
        std::set<uint64_t> expected;
        for (int i = 0; i < 30; ++i) {
            const uint64_t first = random() % 100, last = first + random() % 6;
            set.add(1, first, last);
            for (uint64_t b = first; b <= last; ++b) expected.insert(b);
        }
        EXPECT_EQ(set.size(), expected.size());
        for (uint64_t b = 0; b < 110; ++b) EXPECT_EQ(set.contains(1, b), expected.contains(b)) << b;
        EXPECT_FALSE(set.contains(2, *expected.begin()));
    }
}

}  // namespace
}  // namespace osprey::store
