#include "engine/live/task_maker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/scripted_chain.hpp"

namespace osprey::engine {
namespace {

using test::ScriptedChain;

constexpr u256 gwei{1'000'000'000};

/// A chain whose node sometimes does not answer, and tells what it was asked.
class AskedChain final : public ScriptedChain {
public:
    using ScriptedChain::ScriptedChain;

    Result<std::vector<std::unique_ptr<protocol::Pool>>> read_pools(std::span<const PoolName> names,
                                                                    const chain::BlockHeader& block) override {
        read.emplace_back(names.begin(), names.end());
        if (reads_fail) return fail("no pools today");
        return ScriptedChain::read_pools(names, block);
    }
    Result<std::vector<Log>> logs_of(std::span<const Address>, uint64_t from, uint64_t to) override {
        asked.emplace_back(from, to);
        if (logs_fail) return fail("no logs today");
        return logs;
    }

    bool reads_fail = false, logs_fail = false;
    std::vector<Log> logs;
    std::vector<std::vector<PoolName>> read;
    std::vector<std::pair<uint64_t, uint64_t>> asked;
};

/// A task maker with what it handed out.
class Made {
public:
    explicit Made(size_t markets = 3, const std::function<void(ChainSetup&)>& change = {}) : chain(markets) {
        ChainSetup setup = chain.setup();
        setup.exchanges = {{.name = "test",
                            .kind = networks::ExchangeKind::uniswap_v2,
                            .factory = factory,
                            .init_code_hash = {},
                            .deployer = {}}};
        if (change) change(setup);
        maker.emplace(setup, chain,
                      TaskMaker::Out{.task = [this](Task task) { tasks.push_back(std::move(task)); },
                                     .head = [this](const auto& next, const BlockEvent&) { head = next; }});
    }
    Result<void> update(const chain::ChainUpdate& update) { return maker->on_update(update, {}); }
    void begin() {
        maker->start_with(chain.pool_names(), 1);
        ASSERT_TRUE(update(chain.genesis()));
        tasks.clear();
    }
    void pending(std::vector<Transaction> transactions) { maker->on_pending(std::move(transactions), {}); }
    /// The order of the last task; empty where it has none.
    std::vector<std::shared_ptr<const PendingTx>> order() const {
        if (tasks.empty()) return {};
        const auto* search = std::get_if<PendingTask>(&tasks.back().search);
        return search != nullptr ? search->transactions : std::vector<std::shared_ptr<const PendingTx>>{};
    }
    std::vector<Hash> hashes() const {
        std::vector<Hash> all;
        for (const auto& pending : order()) all.push_back(pending->tx.hash);
        return all;
    }

    static constexpr Address factory{{{0xfa}}};
    AskedChain chain;
    std::vector<Task> tasks;
    std::shared_ptr<const NextBlock> head;
    std::optional<TaskMaker> maker;
};

/// A payment, which moves no pool; without a signature, which nobody here looks at.
Transaction payment(uint64_t name, const Address& sender, uint64_t nonce, const u256& tip) {
    Transaction tx;
    tx.type = TxType::dynamic_fee;
    tx.nonce = nonce;
    tx.gas_limit = 21'000;
    tx.to = Address{{{9}}};
    tx.max_priority_fee_per_gas = tip;
    tx.max_fee_per_gas = u256{10} * ScriptedChain::base_fee + tip;
    tx.sender = sender;
    tx.hash = to_hash(u256{name});
    return tx;
}

// --- the order of what is pending -----------------------------------------------------------------

/// Against the rule as it is told: by what each pays, of the same by arrival; of one sender by nonce, none before what
/// it waits for.
TEST(TaskMaker, ExpectsWhatPaysMoreFirstAndNoncesInTheirOrder) {
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        std::mt19937_64 random{seed};
        Made made{3, [](ChainSetup& setup) { setup.most_pending = 1000; }};
        made.begin();
        struct One {
            Hash hash;
            uint64_t nonce, arrival;
            u256 tip;
        };
        std::map<Address, std::vector<One>> senders;
        uint64_t arrival = 0;
        for (int call = 0; call < 4; ++call) {
            std::vector<Transaction> together;
            for (uint64_t n = random() % 6; n != 0; --n) {
                const Address sender = ScriptedChain::sender(random() % 5);
                const u256 tip = u256{random() % 8} * gwei;
                auto tx = payment(++arrival, sender, random() % 4, tip);
                if (random() % 6 == 0)
                    tx.max_fee_per_gas = ScriptedChain::base_fee / u256{2};  // waits
                else
                    senders[sender].push_back({tx.hash, tx.nonce, arrival, tip});
                together.push_back(std::move(tx));
            }
            made.pending(together);
        }
        struct Placed {
            Hash hash;
            u256 counts_with;
            uint64_t arrival;
        };
        std::vector<Placed> expected;
        for (auto& [sender, all] : senders) {
            std::ranges::sort(all, {}, [](const One& one) { return std::pair{one.nonce, one.arrival}; });
            std::optional<u256> least;
            for (const One& one : all) {
                least = least ? std::min(*least, one.tip) : one.tip;
                expected.push_back({one.hash, *least, one.arrival});
            }
        }
        std::ranges::sort(expected, [](const Placed& a, const Placed& b) {
            return a.counts_with != b.counts_with ? b.counts_with < a.counts_with : a.arrival < b.arrival;
        });
        const auto order = made.order();
        ASSERT_EQ(order.size(), expected.size()) << "seed " << seed;
        for (size_t i = 0; i < order.size(); ++i) {
            EXPECT_EQ(order[i]->tx.hash, expected[i].hash) << "seed " << seed << ", place " << i;
            EXPECT_EQ(order[i]->tip, expected[i].counts_with);
            EXPECT_FALSE(order[i]->waits);
        }
    }
}

TEST(TaskMaker, WhatDoesNotPayTheBaseFeeWaitsUntilItDoes) {
    Made made;
    made.begin();
    auto poor = payment(1, ScriptedChain::sender(1), 0, gwei);
    poor.max_fee_per_gas = ScriptedChain::base_fee - u256{1};
    made.pending({poor});
    EXPECT_TRUE(made.tasks.empty());
    EXPECT_EQ(made.maker->pending_count(), 1U);
    // An empty block: the base fee falls by an eighth.
    auto update = made.chain.extend({{}});
    update.added[0].header.gas_used = 0;
    ASSERT_TRUE(made.update(update));
    EXPECT_EQ(made.hashes(), std::vector<Hash>{poor.hash});
}

TEST(TaskMaker, OursAloneIsNothingToSearchBehind) {
    Made made;
    made.begin();
    const auto ours = payment(1, ScriptedChain::sender(1), 0, u256{5} * gwei);
    made.maker->on_sent(ours);
    made.pending({});
    EXPECT_TRUE(made.tasks.empty());
    ASSERT_TRUE(made.update(made.chain.extend({{}})));
    EXPECT_EQ(made.tasks.size(), 1U) << "the block's";
    made.pending({payment(2, ScriptedChain::sender(2), 0, gwei)});
    const auto order = made.order();
    ASSERT_EQ(order.size(), 2U);
    EXPECT_TRUE(order[0]->ours);
    EXPECT_FALSE(order[1]->ours);
    made.maker->on_given_up(ours.hash);
    ASSERT_TRUE(made.update(made.chain.extend({{}})));
    EXPECT_EQ(made.hashes(), std::vector<Hash>{to_hash(u256{2})});
}

/// What a node told as anybody's, and turns out to be ours.
TEST(TaskMaker, WhatIsSentIsOursThoughItWasHeardOf) {
    Made made;
    made.begin();
    const auto tx = payment(1, ScriptedChain::sender(1), 0, gwei);
    made.pending({tx});
    made.maker->on_sent(tx);
    made.pending({payment(2, ScriptedChain::sender(2), 0, gwei)});
    ASSERT_EQ(made.order().size(), 2U);
    EXPECT_TRUE(
        std::ranges::any_of(made.order(), [&](const auto& one) { return one->tx.hash == tx.hash && one->ours; }));
    // And told of once more it stays so.
    made.pending({tx});
    EXPECT_TRUE(
        std::ranges::any_of(made.order(), [&](const auto& one) { return one->tx.hash == tx.hash && one->ours; }));
    EXPECT_EQ(made.maker->pending_count(), 2U);
}

/// Where there is no room for all, payments go before calls of pools, those that pay least first; but not ours, and not
/// what a later one of the same sender waits for.
TEST(TaskMaker, LeavesOutWhatHardlyMovesAPool) {
    Made made{3, [](ChainSetup& setup) { setup.most_pending = 4; }};
    made.begin();
    const Address waits_for = ScriptedChain::sender(7);
    const auto first = payment(1, waits_for, 0, u256{1} * gwei);            // the trade behind it needs it
    const auto trade_behind = made.chain.pending(7, 0, u256{9} * gwei, 1);  // counts with 1 gwei
    const auto trade = made.chain.pending(8, 2, u256{2} * gwei);
    const auto ours = payment(2, ScriptedChain::sender(9), 0, u256{3} * gwei);
    made.maker->on_sent(ours);
    std::vector<Transaction> all = {first, trade_behind, trade};
    for (uint64_t i = 0; i < 6; ++i)
        all.push_back(payment(10 + i, ScriptedChain::sender(20 + i), 0, u256{4 + i} * gwei));
    made.pending(all);
    EXPECT_EQ(made.hashes(), (std::vector<Hash>{ours.hash, trade.hash, first.hash, trade_behind.hash}));
    EXPECT_EQ(made.maker->pending_count(), 10U) << "they are kept for another block";
}

TEST(TaskMaker, WhereAllMoveOrNoneDoesTheBestPayingStay) {
    Made made{3, [](ChainSetup& setup) { setup.most_pending = 3; }};
    made.begin();
    std::vector<Transaction> all;
    for (uint64_t i = 0; i < 8; ++i) all.push_back(made.chain.pending(i, i % 6, u256{1 + (i * 3) % 8} * gwei));
    made.pending(all);
    auto order = made.order();
    ASSERT_EQ(order.size(), 3U);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(order[i]->tip, u256{8 - i} * gwei);

    Made payments{3, [](ChainSetup& setup) { setup.most_pending = 3; }};
    payments.begin();
    all.clear();
    for (uint64_t i = 0; i < 8; ++i)
        all.push_back(payment(1 + i, ScriptedChain::sender(i), 0, u256{1 + (i * 3) % 8} * gwei));
    payments.pending(all);
    order = payments.order();
    ASSERT_EQ(order.size(), 3U);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(order[i]->tip, u256{8 - i} * gwei);
}

TEST(TaskMaker, WhoseNonceIsUsedIsForgotten) {
    Made made;
    made.begin();
    const Address a = ScriptedChain::sender(1), b = ScriptedChain::sender(2);
    made.pending({payment(1, a, 0, gwei), payment(2, a, 1, gwei), payment(3, b, 0, gwei)});
    EXPECT_EQ(made.order().size(), 3U);
    ASSERT_TRUE(made.update(made.chain.extend({{.moves = {}, .used_nonces = {a}, .logs = {}}})));
    EXPECT_EQ(made.hashes(), (std::vector<Hash>{to_hash(u256{2}), to_hash(u256{3})}));
    EXPECT_EQ(made.maker->pending_count(), 2U);
    // One that comes when its nonce is used already.
    made.pending({payment(4, a, 0, gwei)});
    EXPECT_EQ(made.maker->pending_count(), 2U);
    EXPECT_EQ(made.order().size(), 2U);
    // A block that is taken back gives nonces back, and what is told again counts again.
    ASSERT_TRUE(made.update(made.chain.extend({{}, {}}, 1)));
    made.pending({payment(1, a, 0, gwei)});
    EXPECT_EQ(made.order().size(), 3U);
}

TEST(TaskMaker, KeepsSoManyAndTheOldestGoes) {
    constexpr size_t more = 5;
    Made made{1, [](ChainSetup& setup) { setup.most_pending = 100'000; }};
    made.begin();
    std::vector<Transaction> all;
    for (uint64_t i = 0; i < TaskMaker::most_pending_kept + more; ++i)
        all.push_back(payment(i, to_address(u256{0x90000 + i}), 0, gwei));
    made.pending(all);
    EXPECT_EQ(made.maker->pending_count(), TaskMaker::most_pending_kept);
    const auto hashes = made.hashes();
    ASSERT_EQ(hashes.size(), TaskMaker::most_pending_kept);
    EXPECT_EQ(hashes.front(), to_hash(u256{more}));
    EXPECT_EQ(hashes.back(), all.back().hash);
}

TEST(TaskMaker, WhatCameBeforeTheFirstHeadIsLookedAtBehindIt) {
    Made made;
    made.pending({payment(1, ScriptedChain::sender(1), 0, gwei)});
    EXPECT_TRUE(made.tasks.empty());
    made.maker->start_with(made.chain.pool_names(), 1);
    ASSERT_TRUE(made.update(made.chain.genesis()));
    ASSERT_EQ(made.tasks.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<BlockTask>(made.tasks[0].search));
    EXPECT_EQ(made.hashes(), std::vector<Hash>{to_hash(u256{1})});
}

// --- blocks ---------------------------------------------------------------------------------------

TEST(TaskMaker, ABlockBecomesATaskWithWhatMoved) {
    Made made;
    made.begin();
    ASSERT_TRUE(made.update(made.chain.extend(
        {{.moves = {{3, ScriptedChain::one, ScriptedChain::one}, {1, ScriptedChain::one, ScriptedChain::one}},
          .used_nonces = {},
          .logs = {}}})));
    ASSERT_EQ(made.tasks.size(), 1U);
    const Task& task = made.tasks[0];
    auto moved = std::get<BlockTask>(task.search).moved;
    std::ranges::sort(moved);
    EXPECT_EQ(moved, (std::vector<market::PoolId>{1, 3}));
    ASSERT_EQ(task.update->pools.size(), 2U);
    EXPECT_EQ(task.update->pools[0].id, 1U) << "in the order of their numbers: so new ones are taken in";
    EXPECT_EQ(task.update->block->parent.hash, made.chain.head().hash);
    EXPECT_EQ(task.update->block->header.number, made.chain.head().header.number + 1);
    EXPECT_EQ(task.update->block->header.parent_hash, made.chain.head().hash);
    EXPECT_EQ(task.number + 1, made.maker->next_task());
    EXPECT_EQ(made.head, task.update->block) << "the desk stands on the same";
}

/// The node that could not answer is asked for the same again, and nothing is forgotten meanwhile.
TEST(TaskMaker, AFailingNodeIsAskedAgain) {
    Made made;
    made.maker->start_with(made.chain.pool_names(), 1);
    made.chain.reads_fail = true;
    const auto first = made.update(made.chain.genesis());
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().message, "no pools today");
    EXPECT_TRUE(made.tasks.empty()) << "nothing is known yet";
    EXPECT_FALSE(made.update(made.chain.extend({{}})));
    ASSERT_EQ(made.chain.read.size(), 2U);
    EXPECT_EQ(made.chain.read[1].size(), made.chain.pool_count());
    made.chain.reads_fail = false;
    ASSERT_TRUE(made.update(made.chain.extend(
        {{.moves = {{2, u256{7} * ScriptedChain::one, ScriptedChain::one}}, .used_nonces = {}, .logs = {}}})));
    ASSERT_EQ(made.tasks.size(), 1U);
    EXPECT_EQ(made.tasks[0].update->pools.size(), made.chain.pool_count());
    const auto& pool = static_cast<const protocol::uniswap_v2::Pair&>(*made.tasks[0].update->pools[2].pool);
    EXPECT_EQ(pool.reserve(0), u256{7} * ScriptedChain::one) << "as it stands at the new head";
    const size_t reads = made.chain.read.size();
    ASSERT_TRUE(made.update(made.chain.extend({{}})));
    EXPECT_EQ(made.chain.read.size(), reads) << "and not once more";
}

Log pair_created(const Address& pair) {
    Log log{.address = Made::factory,
            .topics = {abi::event_topic("PairCreated(address,address,address,uint256)"), Hash{{{1}}}, Hash{{{2}}}},
            .data = Bytes(64)};
    store_be32(log.data.data(), to_u256(pair));
    return log;
}

/// What the factories made in blocks that nobody told is asked for, each block once, until there is an answer.
TEST(TaskMaker, AsksWhatTheFactoriesMadeInBlocksThatItMissed) {
    Made made;
    // All but the last two pools were found, up to block 1; the first head that is told is block 5.
    auto names = made.chain.pool_names();
    names.resize(4);
    made.maker->start_with(names, 1);
    auto update = made.chain.extend({{}, {}, {}, {}});
    update = {.removed = {}, .added = {update.added.back()}, .logs = {{}}};
    made.chain.logs = {pair_created(ScriptedChain::pool_address(4)), pair_created(ScriptedChain::pool_address(4)),
                       pair_created(ScriptedChain::pool_address(0))};
    made.chain.logs_fail = true;
    const auto failed = made.update(update);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "new pools: no logs today");
    using Asked = std::vector<std::pair<uint64_t, uint64_t>>;
    EXPECT_EQ(made.chain.asked, (Asked{{2, 4}}));

    // A second gap, before the first is closed: of the same kind, the chain starts again somewhere.
    update = made.chain.extend({{}, {}, {}});
    update = {.removed = {}, .added = {update.added.back()}, .logs = {{}}, .restarted = true};
    made.chain.asked.clear();
    made.chain.logs_fail = false;
    ASSERT_TRUE(made.update(update));
    std::ranges::sort(made.chain.asked);
    EXPECT_EQ(made.chain.asked, (Asked{{2, 4}, {6, 7}}));
    EXPECT_EQ(made.maker->market().pool_count(), 5U) << "the new one, once";
    EXPECT_TRUE(made.maker->market().knows(ScriptedChain::pool_name(4).key));

    made.chain.asked.clear();
    ASSERT_TRUE(made.update(made.chain.extend({{}})));
    EXPECT_TRUE(made.chain.asked.empty()) << "a block that follows on tells its logs itself";
}

TEST(TaskMaker, AFactorysNewPoolIsReadAndHandedOut) {
    Made made;
    auto names = made.chain.pool_names();
    names.resize(4);
    made.maker->start_with(names, 1);
    ASSERT_TRUE(made.update(made.chain.genesis()));
    made.tasks.clear();
    ASSERT_TRUE(made.update(
        made.chain.extend({{.moves = {}, .used_nonces = {}, .logs = {pair_created(ScriptedChain::pool_address(5))}}})));
    ASSERT_EQ(made.tasks.size(), 2U) << "what is known already, and then what had to be read";
    ASSERT_EQ(made.tasks[1].update->pools.size(), 1U);
    EXPECT_EQ(made.tasks[1].update->pools[0].id, 4U);
    EXPECT_EQ(std::get<BlockTask>(made.tasks[1].search).moved, std::vector<market::PoolId>{4});
}

TEST(TaskMaker, TakesBackMoreThanItRemembersOnlyWithANewBeginning) {
    Made made;
    made.begin();
    chain::ChainUpdate update;
    update.removed = {made.chain.genesis().added[0]};
    const auto done = made.update(update);
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find("beyond what is remembered"), std::string::npos);
    ASSERT_TRUE(made.update(made.chain.extend({{}})));
}

}  // namespace
}  // namespace osprey::engine
