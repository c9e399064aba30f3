// V4 pools in recorded mainnet blocks: found by the calldata of swaps and by Initialize, held against the storage and
// the answers of the real chain.

#include <map>
#include <set>

#include "chain/record.hpp"
#include "evm/block.hpp"
#include "primitives/hex.hpp"
#include "protocol/uniswap_v4_market.hpp"

namespace osprey::protocol::uniswap_v4 {
namespace {

constexpr uint64_t first_block = 21'688'329;  // the manager's deployment
const Address mainnet_manager = to_address(0x000000000004444c5dc75cB358380D2e3dE08A90_u256);
const Hash swap_topic = abi::event_topic("Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)");

struct SeenSwap {
    Key key;
    bool zero_for_one = false;
    u256 amount_specified;
    u256 limit;
    bool by_hook = false;  ///< its hooks are not called then
};

/// The slots of the manager that a block touches, the swaps that it makes, and their events.
class Watcher final : public evm::Tracer {
public:
    void call_start(const CallStart& call) override {
        open_.push_back(std::nullopt);
        if (call.to != mainnet_manager || call.kind != evm::CallKind::call) return;
        const auto key = from_swap_calldata(call.input);
        if (!key) return;
        open_.back() = SeenSwap{.key = *key,
                                .zero_for_one = static_cast<bool>(abi::word_at(call.input.subspan(4), 5)),
                                .amount_specified = abi::word_at(call.input.subspan(4), 6),
                                .limit = abi::word_at(call.input.subspan(4), 7),
                                .by_hook = call.from == key->hooks};
    }
    void call_end(const CallEnd&) override { open_.pop_back(); }
    void log(const Address& address, std::span<const Hash> topics, BytesView data) override {
        if (address != mainnet_manager || topics.empty() || topics[0] != swap_topic) return;
        // The swap whose event this is: the innermost open call is the manager's own.
        if (open_.empty() || !open_.back()) return;
        swaps.emplace(std::pair{topics[1], Bytes{data.begin(), data.end()}}, *open_.back());
        keys.emplace(topics[1], open_.back()->key);
    }
    void storage_access(const state::Account& account, const state::Slot& slot) override {
        if (account.address == mainnet_manager) slots.insert(slot.key);
    }

    std::map<std::pair<Hash, Bytes>, SeenSwap> swaps;  ///< by the event
    std::map<Hash, Key> keys;
    std::set<u256, decltype([](const u256& a, const u256& b) { return a < b; })> slots;

private:
    std::vector<std::optional<SeenSwap>> open_;
};

struct Execution {
    const chain::Record& record;
    const evm::ChainSpec& spec;
    state::Overlay state;
    evm::Machine machine;
    evm::BlockExecutor executor;

    Execution(const chain::Record& r, const evm::ChainSpec& s)
        : record(r), spec(s), state(r.state()), executor(machine, state, s, r.block.header) {}

    std::unique_ptr<Pool> pool(const Key& key, const Watcher& watcher) {
        Answers answers;
        while (true) {
            auto built = build(mainnet_manager, key, answers);
            if (built.status != Built::Status::incomplete) return std::move(built.pool);
            const auto missing = answers.missing();
            for (const Need& need : missing) {
                if (watcher.slots.contains(need.slot))
                    answers.give_slot(need.contract, need.slot,
                                      state.slot(state.account(need.contract), need.slot).value);
                else
                    answers.give_unavailable(need);
            }
        }
    }
};

TEST(UniswapV4Recorded, EventsLeadToTheStorageAndQuotesToTheAmounts) {
    const auto paths = test::recorded_blocks();
    if (paths.empty()) GTEST_SKIP() << "no recorded blocks";
    size_t blocks = 0, swaps = 0, quoted = 0, hooked = 0, unread = 0, states = 0;
    for (const auto& path : paths) {
        if (std::stoull(path.filename().string()) < first_block) continue;
        const auto record = chain::load_record(path);
        ASSERT_TRUE(record) << record.error().message;
        const auto* spec = evm::find_chain(record->chain_id);
        ASSERT_NE(spec, nullptr);
        ++blocks;

        Watcher watcher;
        std::map<Hash, Key> keys;
        {
            Execution first{*record, *spec};
            first.machine.set_tracer(&watcher);
            ASSERT_TRUE(first.executor.begin());
            for (const Transaction& tx : record->block.transactions) ASSERT_TRUE(first.executor.transact(tx));
        }
        Execution run{*record, *spec};
        ASSERT_TRUE(run.executor.begin());
        std::map<Hash, std::unique_ptr<Pool>> pools;
        for (const auto& [id, key] : watcher.keys) {
            EXPECT_EQ(key.id(), id);
            if (auto pool = run.pool(key, watcher)) pools[id] = std::move(pool);
        }
        for (const Transaction& tx : record->block.transactions) {
            const auto receipt = run.executor.transact(tx);
            ASSERT_TRUE(receipt);
            std::set<Hash> moved;
            for (const Log& log : (*receipt)->logs) {
                if (log.address != mainnet_manager || log.topics.size() < 2) continue;
                if (auto fresh = V4Pool::from_initialize(log)) pools[log.topics[1]] = std::move(fresh);
                const auto at = pools.find(log.topics[1]);
                if (at == pools.end()) continue;
                auto& pool = dynamic_cast<V4Pool&>(*at->second);
                if (log.topics[0] == swap_topic) {
                    ++swaps;
                    const auto seen = watcher.swaps.find({log.topics[1], log.data});
                    ASSERT_NE(seen, watcher.swaps.end());
                    const SeenSwap& swap = seen->second;
                    const bool exact_in = swap.amount_specified.is_negative();
                    const u256 amount0 = abi::word_at(log.data, 0), amount1 = abi::word_at(log.data, 1);
                    const u256 paid = -(swap.zero_for_one ? amount0 : amount1);
                    const u256 got = swap.zero_for_one ? amount1 : amount0;
                    if (pool.needs_execution()) {
                        ++hooked;
                    } else if (const u256 price = abi::word_at(log.data, 2); price != swap.limit) {
                        const Quote quote = quote_of(pool, swap.zero_for_one, exact_in, exact_in ? paid : got);
                        EXPECT_EQ(quote, Quote::ok(exact_in ? got : paid)) << path;
                        ++quoted;
                    }
                }
                if (pool.apply(log) == Applied::must_read) {
                    ++unread;
                    at->second = run.pool(pool.parameters(), watcher);
                }
                moved.insert(log.topics[1]);
            }
            for (const Hash& id : moved) {
                const auto stored = run.pool(dynamic_cast<V4Pool&>(*pools.at(id)).parameters(), watcher);
                if (!stored) continue;
                EXPECT_TRUE(pools.at(id)->same_state(*stored)) << path << " " << to_hex(id);
                ++states;
            }
        }
    }
    if (blocks == 0) GTEST_SKIP() << "no recorded block has a PoolManager";
    std::cout << blocks << " blocks, " << swaps << " swaps, " << quoted << " quoted, " << hooked << " with hooks, "
              << unread << " read again, " << states << " states\n";
    EXPECT_GT(swaps, 0U);
    EXPECT_EQ(unread, 0U);
}

}  // namespace
}  // namespace osprey::protocol::uniswap_v4
