// Every pool that moves in a recorded block: the model before each transaction, with the transaction's events applied,
// is the model that is read from storage after it; and each swap that the events tell of is what the model quotes.
// A family takes part by an event of its own in `subjects`, and its swaps are checked where `swap_of` decodes them.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "support/record_view.hpp"
#include "support/test_chain.hpp"

namespace osprey::protocol {
namespace {

/// Of Ethereum: Uniswap V2's factory came in block 10,000,835.
constexpr uint64_t first_block_with_pools = 10'000'000;

/// Their witnesses lack the storage tries that their blocks read (tests/chain/replay_test.cpp): nothing can be
/// executed.
constexpr std::string_view without_storage[] = {"18884864.witness.json.zst", "19426587.witness.json.zst"};

/// An event that tells of a pool that moved.
struct Subject {
    std::string_view event;
    bool has_id;  ///< the pool's id is the first indexed argument
};
constexpr Subject subjects[] = {
    {"Sync(uint112,uint112)", false},
    {"Sync(uint256,uint256)", false},
    {"Swap(address,address,int256,int256,uint160,uint128,int24)", false},
    {"Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)", false},
    {"Mint(address,address,int24,int24,uint128,uint256,uint256)", false},
    {"Burn(address,int24,int24,uint128,uint256,uint256)", false},
    {"TokenExchange(address,int128,uint256,int128,uint256)", false},
    {"TokenExchange(address,uint256,uint256,uint256,uint256)", false},
    {"TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)", false},
    {"Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)", true},
    {"Swap(bytes32,address,address,uint256,uint256)", true},
    {"PoolBalanceChanged(bytes32,address,address[],int256[],uint256[])", true},
};

std::optional<PoolKey> subject_of(const Log& log) {
    static const auto topics = [] {
        std::map<Hash, bool> all;
        for (const Subject& s : subjects) all.emplace(abi::event_topic(s.event), s.has_id);
        return all;
    }();
    if (log.topics.empty()) return {};
    const auto at = topics.find(log.topics[0]);
    if (at == topics.end() || (at->second && log.topics.size() < 2)) return {};
    return PoolKey{.contract = log.address, .id = at->second ? log.topics[1] : Hash{}};
}

struct Swap {
    TokenIndex in, out;
    u256 amount_in, amount_out;
    bool follows_its_state;  ///< another event told of the state after it before
    bool is_a_choice;        ///< the trader says what comes out, at most what the quote says
};

std::optional<Swap> swap_of(const Log& log, const Pool& model) {
    const size_t tokens = model.tokens().size();
    static const Hash v2 = abi::event_topic("Swap(address,uint256,uint256,uint256,uint256,address)");
    static const Hash velodrome_v2 = abi::event_topic("Swap(address,address,uint256,uint256,uint256,uint256)");
    static const Hash v3 = abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)");
    static const Hash pancakeswap_v3 =
        abi::event_topic("Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)");
    static const std::set<Hash> curve = {
        abi::event_topic("TokenExchange(address,int128,uint256,int128,uint256)"),
        abi::event_topic("TokenExchange(address,uint256,uint256,uint256,uint256)"),
        abi::event_topic("TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)")};
    static const Hash balancer = abi::event_topic("Swap(bytes32,address,address,uint256,uint256)");
    if (log.topics.size() == 4 && log.topics[0] == balancer && log.topics[1] == model.key().id &&
        abi::has_words(log.data, 2)) {
        const auto place = [&](const Hash& topic) {
            const auto token = std::ranges::find_if(model.tokens(), [&](const Address& address) {
                return std::equal(address.data(), address.data() + 20, topic.data() + 12);
            });
            return static_cast<size_t>(token - model.tokens().begin());
        };
        const size_t in = place(log.topics[2]), out = place(log.topics[3]);
        // The pool's own token is in no quote.
        if (in == tokens || out == tokens) return {};
        return Swap{.in = static_cast<TokenIndex>(in),
                    .out = static_cast<TokenIndex>(out),
                    .amount_in = abi::word_at(log.data, 0),
                    .amount_out = abi::word_at(log.data, 1),
                    .follows_its_state = false,
                    .is_a_choice = false};
    }
    if (log.topics.empty() || !abi::has_words(log.data, 4)) return {};
    const auto word = [&](size_t i) { return abi::word_at(log.data, i); };
    if (curve.contains(log.topics[0]))
        return Swap{.in = static_cast<TokenIndex>(word(0).w[0]),
                    .out = static_cast<TokenIndex>(word(2).w[0]),
                    .amount_in = word(1),
                    .amount_out = word(3),
                    .follows_its_state = false,
                    .is_a_choice = false};
    if (log.topics.size() != 3 || tokens != 2) return {};
    if (log.topics[0] == v2 || log.topics[0] == velodrome_v2) {
        const bool zero_for_one = static_cast<bool>(word(0));
        // One token in and the other out, nothing else.
        if (word(zero_for_one ? 1 : 0) || word(zero_for_one ? 2 : 3)) return {};
        return Swap{.in = static_cast<TokenIndex>(zero_for_one ? 0 : 1),
                    .out = static_cast<TokenIndex>(zero_for_one ? 1 : 0),
                    .amount_in = word(zero_for_one ? 0 : 1),
                    .amount_out = word(zero_for_one ? 3 : 2),
                    .follows_its_state = true,
                    .is_a_choice = true};
    }
    if (log.topics[0] == v3 || log.topics[0] == pancakeswap_v3) {
        const bool zero_for_one = !word(0).is_negative() && word(0);
        return Swap{.in = static_cast<TokenIndex>(zero_for_one ? 0 : 1),
                    .out = static_cast<TokenIndex>(zero_for_one ? 1 : 0),
                    .amount_in = word(zero_for_one ? 0 : 1),
                    .amount_out = -word(zero_for_one ? 1 : 0),
                    .follows_its_state = false,
                    .is_a_choice = false};
    }
    return {};
}

struct Count {
    size_t states = 0, swaps = 0, exact_in = 0, exact_out = 0, chosen = 0, unknown = 0, other = 0, must_read = 0,
           no_model = 0;
};

class Walk {
public:
    Walk(const chain::Record& record, std::map<std::string, Count>& counts) : run_(record), counts_(&counts) {}

    void all() {
        for (size_t tx = 0; tx < run_.logs().size(); ++tx) {
            const auto& logs = run_.logs()[tx];
            std::map<std::pair<Address, Hash>, std::unique_ptr<Pool>> models;
            for (const Log& log : logs)
                if (const auto key = subject_of(log)) {
                    auto& model = models[{key->contract, key->id}];
                    if (!model) model = run_.build(*key);
                    if (!model) ++(*counts_)["none"].no_model;
                }
            run_.next();
            for (auto& [key, model] : models)
                if (model) follow(*model, logs, tx);
        }
    }

private:
    void follow(Pool& model, const std::vector<Log>& logs, size_t tx) {
        Count& count = (*counts_)[std::string{model.family().name}];
        const std::string where = "transaction " + std::to_string(tx) + ", " + to_hex(model.key().contract);
        bool must_read = false;
        auto before = model.clone();
        for (const Log& log : logs) {
            const auto swap = log.address == model.key().contract ? swap_of(log, model) : std::nullopt;
            if (!must_read && swap) check(swap->follows_its_state ? *before : model, *swap, count, where);
            auto now = model.clone();
            const Applied applied = model.apply(log);
            must_read |= applied == Applied::must_read;
            if (applied == Applied::applied) before = std::move(now);
        }
        const auto after = run_.build(model.family(), model.key());
        ASSERT_TRUE(after) << where;
        if (must_read) {
            ++count.must_read;
            return;
        }
        EXPECT_TRUE(model.same_state(*after)) << where;
        ++count.states;
    }

    static void check(const Pool& model, const Swap& swap, Count& count, const std::string& where) {
        ++count.swaps;
        const Quote forward = model.quote_in(swap.in, swap.out, swap.amount_in);
        const Quote back = model.quote_out(swap.in, swap.out, swap.amount_out);
        if (forward.outcome == Outcome::unknown || back.outcome == Outcome::unknown) {
            ++count.unknown;
        } else if (forward && forward.amount == swap.amount_out) {
            ++count.exact_in;
        } else if (back && back.amount == swap.amount_in) {
            ++count.exact_out;
        } else if (swap.is_a_choice && forward && forward.amount > swap.amount_out) {
            ++count.chosen;
        } else {
            ++count.other;
            ADD_FAILURE() << where << ": " << to_string(swap.amount_in) << " in, " << to_string(swap.amount_out)
                          << " out; quoted " << to_string(forward.amount) << " out, " << to_string(back.amount)
                          << " in";
        }
    }

    test::RunningRecord run_;
    std::map<std::string, Count>* counts_;
};

/// By family; empty when the data is absent.
std::map<std::string, Count> walk_all(std::string_view folder, uint64_t first_block) {
    std::map<std::string, Count> counts;
    for (const auto& path : test::recorded_blocks(folder)) {
        if (std::ranges::find(without_storage, path.filename().string()) != std::end(without_storage)) continue;
        const auto record = chain::load_record(path);
        EXPECT_TRUE(record) << record.error().message;
        if (!record || record->number < first_block) continue;
        SCOPED_TRACE(path.filename().string());
        Walk{*record, counts}.all();
    }
    for (const auto& [family, c] : counts)
        std::printf(
            "%-18s %zu states, %zu swaps: %zu exact in, %zu exact out, %zu chosen, %zu beyond what is known; "
            "%zu to be read again, %zu without a model\n",
            family.c_str(), c.states, c.swaps, c.exact_in, c.exact_out, c.chosen, c.unknown, c.must_read, c.no_model);
    return counts;
}

TEST(RecordedSwaps, EventsLeadToTheStateInStorage) {
    auto counts = walk_all("blocks", first_block_with_pools);
    if (counts.empty()) GTEST_SKIP() << "no recorded blocks in ../shared/data";
    EXPECT_GE(counts["uniswap_v2"].states, 100U);
    EXPECT_GE(counts["uniswap_v3"].states, 50U);
}

TEST(RecordedSwaps, EventsLeadToTheStateInStorageOnOptimism) {
    auto counts = walk_all("blocks-optimism", 0);
    if (counts.empty()) GTEST_SKIP() << "no recorded blocks of Optimism in ../shared/data";
    EXPECT_GE(counts["solidly"].states, 4U);
    EXPECT_GE(counts["solidly"].swaps, 4U);
}

}  // namespace
}  // namespace osprey::protocol
