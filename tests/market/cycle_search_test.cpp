#include "market/cycle_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "chain/compressed_file.hpp"
#include "market/pool_file.hpp"
#include "primitives/hex.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "support/test_data.hpp"

namespace osprey::market {
namespace {

using protocol::uniswap_v2::Pair;

const Address weth = parse_address("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2").value();

using PathKey = std::vector<PoolId>;

PathKey key_of(const Opportunity& o) {
    PathKey key;
    for (const Hop& hop : o.hops) key.push_back(hop.pool);
    return key;
}

/// Every reported amount, put through the exact quotes, gives the reported profit, and one wei more or less no more.
void check(const TokenGraph& graph, const Opportunity& o) {
    ASSERT_EQ(o.amounts.size(), o.hops.size() + 1);
    for (size_t i = 0; i < o.hops.size(); ++i) {
        const auto out = graph.pool(o.hops[i].pool).quote_in(o.hops[i].in, o.hops[i].out, o.amounts[i]);
        ASSERT_TRUE(out);
        EXPECT_EQ(out.amount, o.amounts[i + 1]);
        EXPECT_EQ(graph.token_out(o.hops[i]), graph.token_in(o.hops[(i + 1) % o.hops.size()]));
    }
    EXPECT_EQ(graph.token_in(o.hops[0]), o.start);
    EXPECT_EQ(o.amounts.back(), o.amounts.front() + o.profit) << "without a premium";
    EXPECT_TRUE(o.profit);
    EXPECT_LE(o.optimality(), 1.0);
    for (const u256& in : {o.amounts.front() + u256{1}, o.amounts.front() - u256{1}}) {
        const auto out = graph.quote(o.hops, in);
        if (out && out.amount > in) EXPECT_LE(out.amount - in, o.profit);
    }
}

/// A search that shares no code with the one under test: all cycles of two and three different pairs through `start`,
/// each sized by golden sections on exact integers and by looking at every stair around.
class Exhaustive {
public:
    explicit Exhaustive(const TokenGraph& graph) : graph_(graph), by_token_(graph.token_count()) {
        for (PoolId id = 0; id < graph.pool_count(); ++id) {
            const Hop forward{id, 0, 1}, backward{id, 1, 0};
            by_token_[graph.token_in(forward)].push_back(forward);
            by_token_[graph.token_in(backward)].push_back(backward);
        }
    }

    std::map<PathKey, u256> cycles(TokenId start, size_t hops) {
        found_.clear();
        path_.clear();
        extend(start, start, hops);
        return found_;
    }

private:
    void extend(TokenId at, TokenId start, size_t left) {
        for (const Hop& hop : by_token_[at]) {
            const TokenId next = graph_.token_out(hop);
            if ((left == 1) != (next == start)) continue;
            bool used = false;
            for (const Hop& h : path_) used |= h.pool == hop.pool || graph_.token_in(h) == next;
            if (used && left != 1) continue;
            if (left == 1 && std::ranges::any_of(path_, [&](const Hop& h) { return h.pool == hop.pool; })) continue;
            path_.push_back(hop);
            if (left == 1)
                size();
            else
                extend(next, start, left - 1);
            path_.pop_back();
        }
    }

    const u256& reserve(const Hop& hop, bool in) const {
        return static_cast<const Pair&>(graph_.pool(hop.pool)).reserve(in ? hop.in : hop.out);
    }

    std::optional<u256> gain(const u256& in) const {
        const auto out = graph_.quote(path_, in);
        if (!out || out.amount <= in) return {};
        return out.amount - in;
    }

    void size() {
        // The product of the prices decides: no gain where even the first drop gains nothing (long double: no filter of
        // ours).
        long double rate = 1;
        for (const Hop& hop : path_) {
            if (!reserve(hop, true) || !reserve(hop, false)) return;
            rate *= 0.997L * static_cast<long double>(to_double(reserve(hop, false))) /
                    static_cast<long double>(to_double(reserve(hop, true)));
        }
        if (rate < 1 - 1e-9L) return;
        u256 best;
        const auto consider = [&](const u256& in) {
            if (const auto g = gain(in); g && *g > best) best = *g;
        };
        // A grid over the logarithm of the input, then golden sections around its best point, all on exact outputs.
        const auto value = [&](long double log_in) {
            const double in = static_cast<double>(std::exp(log_in));
            const auto out = graph_.quote(path_, to_u256(in));
            return out ? to_double(out.amount) - in : -in;
        };
        const long double most = std::log(static_cast<long double>(to_double(reserve(path_[0], true)))) + 3;
        constexpr int grid = 400;
        int top = 0;
        for (int i = 1; i <= grid; ++i)
            if (value(most * i / grid) > value(most * top / grid)) top = i;
        long double low = most * (top - 1) / grid, high = most * (top + 1) / grid;
        constexpr long double golden = 0.6180339887498948482L;
        for (int i = 0; i < 60; ++i) {
            const long double a = high - golden * (high - low), b = low + golden * (high - low);
            (value(a) < value(b) ? low : high) = value(a) < value(b) ? a : b;
        }
        const u256 around = to_u256(static_cast<double>(std::exp((low + high) / 2)));
        for (uint64_t i = 0; i < 64; ++i) {
            consider(around + u256{i});
            if (around > u256{i}) consider(around - u256{i});
            consider(u256{i + 1});
        }
        // The least inputs for the amounts after each hop around there.
        u256 amount = around;
        for (size_t hop = 0; hop + 1 < path_.size(); ++hop) {
            const auto out = graph_.pool(path_[hop].pool).quote_in(path_[hop].in, path_[hop].out, amount);
            amount = out ? out.amount : u256{};
            for (uint64_t i = 0; i < 64; ++i) {
                u256 wanted = amount + u256{i};
                if (wanted <= u256{32}) continue;
                wanted = wanted - u256{32};
                for (size_t back = hop + 1; back-- > 0 && wanted;) {
                    const auto need = graph_.pool(path_[back].pool).quote_out(path_[back].in, path_[back].out, wanted);
                    wanted = need ? need.amount : u256{};
                }
                if (!wanted) continue;
                consider(wanted);
                consider(wanted - u256{1});
            }
        }
        if (!best) return;
        PathKey key;
        for (const Hop& h : path_) key.push_back(h.pool);
        found_[key] = best;
    }

    const TokenGraph& graph_;
    std::vector<std::vector<Hop>> by_token_;
    std::vector<Hop> path_;
    std::map<PathKey, u256> found_;
};

std::optional<TokenGraph> real_pairs(size_t most = SIZE_MAX) {
    const auto path = test::test_data("pools/uniswap_v2_pairs_2020-10.json.zst");
    if (!std::filesystem::exists(path)) return {};
    auto text = chain::read_file(path);
    if (!text) throw std::runtime_error(text.error().message);
    auto pools = parse_pools(*text);
    if (!pools) throw std::runtime_error(pools.error().message);
    pools->pools.resize(std::min(most, pools->pools.size()));
    TokenGraph graph;
    add_pools(graph, *pools);
    graph.build();
    return graph;
}

void equals_exhaustive(const TokenGraph& graph, unsigned max_hops) {
    const TokenId start = graph.find_token(weth).value();
    CycleSearch search(graph, {.starts = {start}, .base = start, .max_hops = max_hops});
    std::map<PathKey, Opportunity> ours;
    for (Opportunity& o : search.search_all()) {
        check(graph, o);
        const PathKey key = key_of(o);
        EXPECT_TRUE(ours.emplace(key, std::move(o)).second) << "twice";
    }
    Exhaustive exhaustive(graph);
    size_t all_cycles = 0, better = 0;
    for (size_t hops = 2; hops <= max_hops; ++hops) {
        const auto all = exhaustive.cycles(start, hops);
        all_cycles += all.size();
        for (const auto& [key, profit] : all) {
            const auto at = ours.find(key);
            ASSERT_NE(at, ours.end()) << "not found, profit " << to_string(profit);
            // Where two tokens on the way are coarse, a luckier meeting of their stairs may lie further off: it is
            // worth less than one smallest unit of each.
            const auto& amounts = at->second.amounts;
            double units = 1;
            for (size_t i = 1; i + 1 < amounts.size(); ++i) units += to_double(amounts.back()) / to_double(amounts[i]);
            EXPECT_GE(to_double(at->second.profit) + units, to_double(profit));
            better += at->second.profit > profit ? 1 : 0;
        }
        for (const auto& [key, o] : ours)
            if (key.size() == hops) EXPECT_TRUE(all.contains(key)) << "does not exist, profit " << to_string(o.profit);
    }
    EXPECT_EQ(ours.size(), all_cycles);
    EXPECT_GT(all_cycles, 0U);
    EXPECT_GT(better, all_cycles / 4) << "the exhaustive search sizes worse, as it looks less closely";
}

// The search on a real market finds what exhaustive exact search finds, and nothing else: all 10,773 pairs.
TEST(CycleSearch, EqualsExhaustiveSearchOnRealPairs) {
    const auto graph = real_pairs();
    if (!graph) GTEST_SKIP() << "absent: pools/uniswap_v2_pairs_2020-10.json.zst";
    ASSERT_EQ(graph->pool_count(), 10'773U);
    equals_exhaustive(*graph, 3);
}

TEST(CycleSearch, EqualsExhaustiveSearchAtFourHops) {
    const auto graph = real_pairs(1'500);
    if (!graph) GTEST_SKIP() << "absent: pools/uniswap_v2_pairs_2020-10.json.zst";
    equals_exhaustive(*graph, 4);
}

TEST(CycleSearch, EveryFourHopCycleOfTheRealPairsPaysWhatItSaysSlow) {
    const auto graph = real_pairs();
    if (!graph) GTEST_SKIP() << "absent: pools/uniswap_v2_pairs_2020-10.json.zst";
    const TokenId start = graph->find_token(weth).value();
    CycleSearch search(*graph, {.starts = {start}, .base = start, .max_hops = 4});
    const auto found = search.search_all();
    EXPECT_GT(found.size(), 10'000U);
    for (const Opportunity& o : found) check(*graph, o);
}

/// Tokens with prices, and pairs that stray from them by up to 2 %; now and then two pairs of the same tokens.
TokenGraph random_market(std::mt19937_64& random, size_t tokens, size_t pools) {
    TokenGraph graph;
    std::vector<Address> addresses(tokens);
    std::vector<double> price(tokens);
    for (size_t i = 0; i < tokens; ++i) {
        addresses[i].bytes[19] = static_cast<uint8_t>(i + 1);
        price[i] = std::exp(static_cast<double>(random() % 1000) / 50.0);
    }
    for (size_t i = 0; i < pools; ++i) {
        const size_t a = random() % 3 == 0 ? random() % 3 : random() % tokens;
        const size_t b = (a + 1 + random() % (tokens - 1)) % tokens;
        const double depth = std::exp(40 + static_cast<double>(random() % 1000) / 100.0);
        const double stray = 1 + (static_cast<double>(random() % 1000) - 500) / 25'000;
        Address pool;
        pool.bytes[0] = 0xff;
        pool.bytes[18] = static_cast<uint8_t>(i >> 8);
        pool.bytes[19] = static_cast<uint8_t>(i);
        graph.add(std::make_unique<Pair>(pool, addresses[a], addresses[b], 3000, to_u256(depth / price[a]),
                                         to_u256(depth / price[b] * stray)));
    }
    graph.build();
    return graph;
}

// What a change makes findable is what all cycles hold that run through a moved pool; a cycle belongs to one place
// only.
TEST(CycleSearch, FindsThroughMovedPoolsWhatTheSearchOfEverythingFinds) {
    std::mt19937_64 random{7};
    size_t compared = 0;
    for (int round = 0; round < 20; ++round) {
        // With many starts the ways between two of them are not kept.
        const bool many = round % 5 == 4;
        TokenGraph graph = many ? random_market(random, 20, 50) : random_market(random, 12, 40);
        SearchSettings settings{.starts = {}, .base = 0, .max_hops = 2 + static_cast<unsigned>(random() % 4)};
        settings.starts = {*graph.find_token(graph.address_of(2)), 0, 4};
        for (TokenId t = 5; many && t < graph.token_count(); ++t) settings.starts.push_back(t);
        ASSERT_EQ(settings.starts.size() > StartPairs::most_starts, many);
        CycleSearch search(graph, settings);
        std::map<PathKey, u256> all;
        for (const Opportunity& o : search.search_all()) {
            check(graph, o);
            EXPECT_TRUE(all.emplace(key_of(o), o.profit).second);
        }
        for (int i = 0; i < 5; ++i) {
            MarketChange change;
            for (PoolId id = 0; id < graph.pool_count(); ++id)
                if (random() % 8 == 0) change.moved.push_back(id);
            std::map<PathKey, u256> expected, found;
            for (const auto& [key, profit] : all)
                if (std::ranges::any_of(
                        key, [&](PoolId id) { return std::ranges::find(change.moved, id) != change.moved.end(); }))
                    expected.emplace(key, profit);
            for (const Opportunity& o : search.search(change)) EXPECT_TRUE(found.emplace(key_of(o), o.profit).second);
            EXPECT_EQ(found, expected);
            compared += expected.size();
        }
    }
    EXPECT_GT(compared, 1000U);
}

// After swaps and their undoing, the rates that the search keeps are those of a search made anew.
TEST(CycleSearch, FollowsTheGraphThroughSwapsAndReorgs) {
    std::mt19937_64 random{8};
    TokenGraph graph = random_market(random, 10, 60);
    const SearchSettings settings{.starts = {0, 1}, .base = 0, .max_hops = 4};
    CycleSearch search(graph, settings);
    const auto keys = [](const std::vector<Opportunity>& found) {
        std::map<PathKey, u256> keys;
        for (const Opportunity& o : found) keys.emplace(key_of(o), o.profit);
        return keys;
    };
    for (uint64_t block = 1; block < 20; ++block) {
        MarketChange change;
        if (block % 3 == 0) {
            change = graph.undo_block().value();
            EXPECT_FALSE(change.moved.empty());
        } else {
            graph.begin_block({.number = block, .hash = {}}, block);
            for (int i = 0; i < 6; ++i) {
                const Hop hop{.pool = static_cast<PoolId>(random() % graph.pool_count()),
                              .in = static_cast<protocol::TokenIndex>(i % 2),
                              .out = static_cast<protocol::TokenIndex>(1 - i % 2)};
                if (!graph.swap(hop, graph.pool(hop.pool).max_in(hop.in, hop.out) >> (60 + random() % 30))) continue;
                if (std::ranges::find(change.moved, hop.pool) == change.moved.end()) change.moved.push_back(hop.pool);
            }
        }
        const auto found = keys(search.search(change));
        CycleSearch anew(graph, settings);
        EXPECT_EQ(found, keys(anew.search(change))) << block;
    }
}

TEST(CycleSearch, UndoesAReorgToTheVeryState) {
    std::mt19937_64 random{9};
    TokenGraph graph = random_market(random, 8, 30);
    std::vector<std::unique_ptr<protocol::Pool>> before;
    for (PoolId id = 0; id < graph.pool_count(); ++id) before.push_back(graph.pool(id).clone());
    for (uint64_t block = 1; block <= 3; ++block) {
        graph.begin_block({.number = block, .hash = {}}, block);
        for (PoolId id = 0; id < graph.pool_count(); id += 2)
            graph.swap({.pool = id, .in = 0, .out = 1}, u256{1'000'000'000 + block});
    }
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(graph.undo_block());
    EXPECT_FALSE(graph.undo_block());
    EXPECT_EQ(graph.at(), BlockPosition{});
    for (PoolId id = 0; id < graph.pool_count(); ++id) EXPECT_TRUE(graph.pool(id).same_state(*before[id]));
}

// Costs: what does not pay its gas and its flash loan is no opportunity, and the size takes the premium into account.
TEST(CycleSearch, CountsGasAndFlashPremium) {
    std::mt19937_64 random{10};
    const TokenGraph graph = random_market(random, 10, 60);
    SearchSettings settings{.starts = {0}, .base = 0, .max_hops = 3};
    const auto free = CycleSearch(graph, settings).search_all();
    ASSERT_GT(free.size(), 10U);
    settings.flash_premium = 900;
    const auto lent = CycleSearch(graph, settings).search_all();
    EXPECT_LT(lent.size(), free.size());
    for (const Opportunity& o : lent) {
        const u256 premium = (o.amounts[0] * u256{900} + u256{999'999}) / u256{1'000'000};
        EXPECT_EQ(o.amounts.back(), o.amounts.front() + premium + o.profit);
        const auto same = std::ranges::find_if(free, [&](const Opportunity& f) { return f.hops == o.hops; });
        ASSERT_NE(same, free.end());
        EXPECT_LT(o.amounts.front(), same->amounts.front()) << "a dearer input is a smaller one";
    }
    settings.flash_premium = 0;
    settings.gas_price = free[free.size() / 2].profit / u256{300'000};
    settings.fixed_gas = 21'000;
    const auto paid = CycleSearch(graph, settings).search_all();
    EXPECT_LT(paid.size(), free.size());
    ASSERT_FALSE(paid.empty());
    for (const Opportunity& o : paid) {
        EXPECT_EQ(o.cost, settings.gas_price * u256{o.gas});
        EXPECT_EQ(o.net + o.cost, o.value);
        EXPECT_GT(o.gas, 21'000U);
    }
}

}  // namespace
}  // namespace osprey::market
