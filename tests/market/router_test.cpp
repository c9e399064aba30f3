#include "market/router.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>

#include "chain/archive.hpp"
#include "chain/compressed_file.hpp"
#include "market/pool_file.hpp"
#include "primitives/hex.hpp"
#include "primitives/real.hpp"
#include "protocol/amm/balancer_v2/subgraph.hpp"
#include "protocol/amm/curve_stableswap/stable_pool.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"
#include "support/test_data.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::market {
namespace {

using protocol::Marginal;
using protocol::Pool;
using protocol::PoolKey;
using protocol::Quote;
using protocol::RateBound;
using protocol::TokenIndex;
using protocol::uniswap_v2::Pair;

constexpr u256 ether = 1'000'000'000'000'000'000_u256;

Address token_address(uint64_t n) { return to_address(u256{0x70000000 + n}); }

/// A pool that is no constant product anywhere: `out` for `in` at a fixed rate until what it holds is gone.
class Straight final : public Pool {
public:
    Straight(const Address& pool, const Address& a, const Address& b, uint64_t parts, const u256& holds)
        : Pool({.contract = pool, .id = {}}), tokens_{a, b}, parts_(parts), holds_{holds, holds} {}

    const protocol::Family& family() const noexcept override { return protocol::uniswap_v2::family; }
    std::span<const Address> tokens() const noexcept override { return tokens_; }
    Quote quote_in(TokenIndex, TokenIndex out, const u256& amount) const noexcept override {
        const u256 paid = amount * u256{parts_} / u256{10'000};
        return amount < (u256{1} << 128) && paid <= holds_[out] && paid ? Quote::ok(paid) : Quote::refused();
    }
    Quote quote_out(TokenIndex, TokenIndex out, const u256& amount) const noexcept override {
        if (amount > holds_[out] || !amount) return Quote::refused();
        return Quote::ok((amount * u256{10'000} + u256{parts_ - 1}) / u256{parts_});
    }
    u256 max_in(TokenIndex, TokenIndex out) const noexcept override {
        return holds_[out] * u256{10'000} / u256{parts_};
    }
    Marginal marginal(TokenIndex in, TokenIndex out, double amount) const noexcept override {
        return {.rate = amount < to_double(max_in(in, out)) ? static_cast<double>(parts_) / 10'000 : 0};
    }
    RateBound rate_bound(TokenIndex, TokenIndex) const noexcept override {
        return {.rate = static_cast<double>(parts_) / 10'000 * (1 + 0x1p-50)};
    }
    uint64_t gas(TokenIndex, TokenIndex, const u256&) const noexcept override { return 60'000; }
    Quote swap(TokenIndex in, TokenIndex out, const u256& amount) noexcept override {
        const Quote paid = quote_in(in, out, amount);
        if (paid) holds_[in] += amount, holds_[out] -= paid.amount;
        return paid;
    }
    protocol::Applied apply(const Log&) override { return protocol::Applied::foreign; }
    std::unique_ptr<Pool> clone() const override { return std::make_unique<Straight>(*this); }
    bool same_state(const Pool&) const override { return false; }
    void write_state(JsonWriter&) const override {}

private:
    std::array<Address, 2> tokens_;
    uint64_t parts_;
    std::array<u256, 2> holds_;
};

struct Market {
    TokenGraph graph;
    uint64_t pools = 0;

    void pair(uint64_t a, uint64_t b, const u256& reserve_a, const u256& reserve_b, uint32_t fee = 3000) {
        graph.add(std::make_unique<Pair>(to_address(u256{0x900000 + ++pools}), token_address(a), token_address(b), fee,
                                         reserve_a, reserve_b));
    }
    void straight(uint64_t a, uint64_t b, uint64_t parts, const u256& holds) {
        graph.add(std::make_unique<Straight>(to_address(u256{0x900000 + ++pools}), token_address(a), token_address(b),
                                             parts, holds));
    }
    TokenId token(uint64_t n) const { return graph.find_token(token_address(n)).value(); }
};

/// Executes the answer again: every swap has its input by then, all is spent, and the sums are those told.
void check(const TokenGraph& graph, const Route& route, TokenId from, TokenId to) {
    std::map<TokenId, u256> have{{from, route.amount_in}};
    std::map<PoolId, std::unique_ptr<Pool>> copies;
    uint64_t gas = 0;
    for (const RouteSwap& s : route.swaps) {
        auto& copy = copies[s.hop.pool];
        if (!copy) copy = graph.pool(s.hop.pool).clone();
        ASSERT_EQ(graph.token_in(s.hop), s.token_in);
        ASSERT_EQ(graph.token_out(s.hop), s.token_out);
        ASSERT_LE(s.amount_in, have[s.token_in]);
        const Quote paid = copy->swap(s.hop.in, s.hop.out, s.amount_in);
        ASSERT_TRUE(paid);
        ASSERT_EQ(paid.amount, s.amount_out);
        have[s.token_in] -= s.amount_in;
        have[s.token_out] += s.amount_out;
        gas += s.gas;
    }
    EXPECT_FALSE(have[from]) << "all is spent";
    EXPECT_EQ(have[to], route.amount_out);
    EXPECT_EQ(gas, route.gas);
    EXPECT_LE(to_double(route.amount_out), route.bound * (1 + 1e-15));
    EXPECT_LE(route.optimality(), 1.0);
}

/// All paths of at most so many hops that come to no token twice.
std::vector<std::vector<Hop>> simple_paths(const TokenGraph& graph, TokenId from, TokenId to, unsigned hops) {
    std::vector<std::vector<Hop>> found;
    std::vector<Hop> path;
    std::vector<TokenId> tokens{from};
    const std::function<void(TokenId)> extend = [&](TokenId at) {
        if (at == to) {
            found.push_back(path);
            return;
        }
        if (path.size() == hops) return;
        const auto links = graph.links_from(at);
        for (LinkId link = links.begin; link < links.end; ++link) {
            const TokenId next = graph.link_to(link);
            if (std::ranges::find(tokens, next) != tokens.end()) continue;
            const auto edges = graph.edges_of(link);
            for (EdgeId e = edges.begin; e < edges.end; ++e) {
                path.push_back(graph.edge(e));
                tokens.push_back(next);
                extend(next);
                tokens.pop_back();
                path.pop_back();
            }
        }
    };
    extend(from);
    return found;
}

/// The amounts along the paths, one path after the other; what comes out together. 0 when something is refused.
u256 execute(const TokenGraph& graph, std::span<const std::vector<Hop>> paths, std::span<const u256> amounts) {
    std::map<PoolId, std::unique_ptr<Pool>> copies;
    u256 sum;
    for (size_t i = 0; i < paths.size(); ++i) {
        u256 amount = amounts[i];
        if (!amount) continue;
        for (const Hop& hop : paths[i]) {
            auto& copy = copies[hop.pool];
            if (!copy) copy = graph.pool(hop.pool).clone();
            const Quote paid = copy->swap(hop.in, hop.out, amount);
            if (!paid) return {};
            amount = paid.amount;
        }
        sum += amount;
    }
    return sum;
}

TEST(Router, SplitsOverTwoPoolsAsTheBestOfAllSplits) {
    std::mt19937_64 random{7};
    for (int round = 0; round < 200; ++round) {
        Market m;
        for (int i = 0; i < 2; ++i) m.pair(0, 1, u256{20'000 + random() % 400'000}, u256{20'000 + random() % 400'000});
        m.graph.build();
        const TokenId from = m.token(0), to = m.token(1);
        const auto paths = simple_paths(m.graph, from, to, 1);
        const uint64_t amount = 100 + random() % 3000;
        u256 best;
        for (uint64_t first = 0; first <= amount; ++first)
            best = std::max(best, execute(m.graph, paths, std::array{u256{first}, u256{amount - first}}));
        const auto found = route(m.graph, from, to, u256{amount});
        ASSERT_EQ(found.has_value(), bool(best)) << round;
        if (!found) continue;
        check(m.graph, *found, from, to);
        EXPECT_LE(to_double(best), found->bound) << round;
        EXPECT_LE((best - found->amount_out).w[0], 2U) << round << ": whole units make stairs of the curve";
    }
}

TEST(Router, SplitsOverPathsAsTheBestOfAGrid) {
    std::mt19937_64 random{8};
    const auto reserve = [&] { return u256{1000 + random() % 20'000} * ether; };
    for (int round = 0; round < 40; ++round) {
        Market m;
        m.pair(0, 1, reserve(), reserve());
        m.pair(0, 2, reserve(), reserve());
        m.pair(2, 1, reserve(), reserve());
        m.pair(0, 3, reserve(), reserve());
        m.graph.build();
        const TokenId from = m.token(0), to = m.token(1);
        const auto paths = simple_paths(m.graph, from, to, 3);
        ASSERT_EQ(paths.size(), 2U);
        const u256 amount = u256{100 + random() % 5000} * ether;
        u256 best;
        for (uint64_t i = 0; i <= 2000; ++i) {
            const u256 first = amount * u256{i} / u256{2000};
            best = std::max(best, execute(m.graph, paths, std::array{first, amount - first}));
        }
        RouteSettings settings;
        settings.gap = 1e-9;
        const auto found = route(m.graph, from, to, amount, settings);
        ASSERT_TRUE(found);
        check(m.graph, *found, from, to);
        EXPECT_GE(found->amount_out, best) << round;
        EXPECT_LE(to_double(best), found->bound);
        EXPECT_GT(found->optimality(), 1 - 1e-8) << round;
    }
}

/// Markets whose prices agree up to `spread`, with pools of all sizes.
Market random_market(std::mt19937_64& random, uint64_t tokens, uint64_t pools, double spread, bool with_straight) {
    Market m;
    std::uniform_real_distribution<double> digits{18, 24}, off{-spread, spread}, price{-4, 4};
    std::vector<double> prices(tokens);
    for (double& p : prices) p = std::pow(10, price(random));
    for (uint64_t i = 0; i < pools; ++i) {
        const uint64_t a = i < tokens ? i : random() % tokens;
        uint64_t b = i < tokens ? (i + 1) % tokens : random() % tokens;
        if (a == b) b = (a + 1) % tokens;
        const double value = std::pow(10, digits(random));
        m.pair(a, b, to_u256(value / prices[a]), to_u256(value / prices[b] * std::exp(off(random))),
               random() % 2 ? 3000 : 500);
        if (with_straight && i % 5 == 0) m.straight(a, a + 1000, 9900 + random() % 100, to_u256(value));
        if (with_straight && i % 5 == 0) m.straight(a + 1000, b, 9900 + random() % 100, to_u256(value));
    }
    m.graph.build();
    return m;
}

TEST(Router, NothingThatPathsPayIsAboveTheBound) {
    std::mt19937_64 random{9};
    uint64_t tried = 0, near = 0, routes = 0;
    for (int round = 0; round < 60; ++round) {
        const Market m = random_market(random, 6, 14, round % 3 == 0 ? 0.5 : 0.01, round % 4 == 1);
        Router router{m.graph};
        const TokenId from = m.token(0), to = m.token(3);
        const auto paths = simple_paths(m.graph, from, to, 4);
        if (paths.empty()) continue;
        std::uniform_real_distribution<double> digits{15, 25};
        for (int size = 0; size < 6; ++size) {
            const u256 amount = to_u256(std::pow(10, digits(random)));
            RouteSettings settings;
            settings.max_hops = 4;
            const auto found = router.route(from, to, amount, settings);
            u256 best;
            for (const auto& path : paths) {
                const Quote quote = m.graph.quote(path, amount);
                if (quote) best = std::max(best, quote.amount);
            }
            ASSERT_TRUE(found || !best);
            if (!found) continue;
            ++routes;
            check(m.graph, *found, from, to);
            EXPECT_GE(found->amount_out, best) << "never below the best single path";
            near += found->optimality() > 0.999;
            // Random splits in random order, pools shared and used both ways as they come.
            for (int i = 0; i < 60; ++i) {
                std::vector<std::vector<Hop>> some;
                std::vector<u256> amounts;
                u256 left = amount;
                const size_t count = 1 + random() % 5;
                for (size_t k = 0; k < count; ++k) {
                    some.push_back(paths[random() % paths.size()]);
                    const u256 part = k + 1 == count ? left : left * u256{random() % 1000} / u256{1000};
                    amounts.push_back(part);
                    left -= part;
                }
                const u256 got = execute(m.graph, some, amounts);
                tried += bool(got);
                ASSERT_LE(to_double(got), found->bound) << round << " " << size;
            }
        }
    }
    EXPECT_GT(tried, 2000U);
    EXPECT_GT(routes, 300U);
    EXPECT_GT(near, routes * 9 / 10);
}

TEST(Router, FillsPoolsOfOneRateInTheirOrderUpToTheirEnd) {
    Market m;
    m.straight(0, 1, 9990, u256{1000} * ether);
    m.straight(0, 1, 9980, u256{1000} * ether);
    m.straight(0, 1, 9970, u256{1000} * ether);
    m.pair(0, 1, u256{100'000} * ether, u256{99'850} * ether, 0);
    m.graph.build();
    const TokenId from = m.token(0), to = m.token(1);
    for (const uint64_t size : {1U, 900U, 1500U, 2500U, 4000U, 20'000U}) {
        RouteSettings settings;
        settings.gap = 1e-6;
        const auto found = route(m.graph, from, to, u256{size} * ether, settings);
        ASSERT_TRUE(found) << size;
        check(m.graph, *found, from, to);
        EXPECT_GT(found->optimality(), 0.99999) << size;
    }
}

TEST(Router, SplitsOverAChainOfPoolsOfOneRate) {
    // Wrapping before and after: the dual function has corners, the split has none to choose freely.
    Market m;
    m.straight(0, 2, 10'000, u256{1'000'000} * ether);
    m.straight(3, 1, 10'000, u256{1'000'000} * ether);
    m.pair(2, 3, u256{50'000} * ether, u256{50'000} * ether);
    m.pair(0, 1, u256{70'000} * ether, u256{70'000} * ether);
    m.pair(2, 1, u256{10'000} * ether, u256{10'000} * ether);
    m.graph.build();
    const TokenId from = m.token(0), to = m.token(1);
    for (const uint64_t size : {1U, 100U, 10'000U, 200'000U}) {
        RouteSettings settings;
        settings.gap = 1e-8;
        const auto found = route(m.graph, from, to, u256{size} * ether, settings);
        ASSERT_TRUE(found);
        check(m.graph, *found, from, to);
        EXPECT_GT(found->optimality(), 1 - 1e-6) << size;
    }
}

TEST(Router, HasNoAnswerWhereThereIsNone) {
    Market m;
    m.pair(0, 1, u256{0}, u256{0});
    m.pair(2, 3, ether, ether);
    m.pair(0, 4, ether, ether);
    m.pair(4, 5, u256{1000} * ether, ether);
    m.graph.build();
    EXPECT_FALSE(route(m.graph, m.token(0), m.token(1), ether)) << "no liquidity";
    EXPECT_FALSE(route(m.graph, m.token(0), m.token(2), ether)) << "no path";
    EXPECT_FALSE(route(m.graph, m.token(0), m.token(0), ether));
    EXPECT_FALSE(route(m.graph, m.token(0), m.token(4), u256{})) << "nothing";
    EXPECT_FALSE(route(m.graph, m.token(4), m.token(5), u256{1})) << "pays less than one unit";
    EXPECT_FALSE(route(m.graph, m.token(0), 1'000'000, ether));
    EXPECT_FALSE(route(m.graph, m.token(0), m.token(4), u256::max())) << "more than the pair can take";
    const auto one = route(m.graph, m.token(5), m.token(4), u256{1});
    ASSERT_TRUE(one);
    EXPECT_EQ(one->amount_out, u256{996});
    const auto much = route(m.graph, m.token(0), m.token(5), u256{1'000'000'000} * ether);
    ASSERT_TRUE(much) << "far more than all reserves, but nothing that a pair refuses";
    check(m.graph, *much, m.token(0), m.token(5));
    EXPECT_GT(much->optimality(), 0.999);
    RouteSettings settings;
    settings.max_hops = 1;
    EXPECT_FALSE(route(m.graph, m.token(0), m.token(5), ether, settings)) << "two hops away";
    settings.max_hops = 0;
    EXPECT_THROW(static_cast<void>(route(m.graph, m.token(0), m.token(5), ether, settings)), std::invalid_argument);
}

TEST(Router, TakesThePresentStateEveryTime) {
    std::mt19937_64 random{10};
    Market m = random_market(random, 8, 30, 0.01, false);
    Router router{m.graph};
    const TokenId from = m.token(0), to = m.token(4);
    for (int i = 0; i < 50; ++i) {
        const Hop hop{static_cast<PoolId>(random() % m.graph.pool_count()), static_cast<TokenIndex>(i % 2),
                      static_cast<TokenIndex>(1 - i % 2)};
        const u256 most = dynamic_cast<const Pair&>(m.graph.pool(hop.pool)).reserve(hop.in) / u256{3};
        m.graph.swap(hop, most);
        const auto kept = router.route(from, to, u256{100} * ether),
                   fresh = route(m.graph, from, to, u256{100} * ether);
        ASSERT_EQ(kept.has_value(), fresh.has_value());
        if (!kept) continue;
        check(m.graph, *kept, from, to);
        EXPECT_EQ(kept->amount_out, fresh->amount_out);
        EXPECT_EQ(kept->bound, fresh->bound);
    }
}

TEST(Router, LeavesOutWhatDoesNotPayForItsGas) {
    std::mt19937_64 random{11};
    const Market m = random_market(random, 10, 200, 0.01, false);
    const TokenId from = m.token(0), to = m.token(5);
    const auto free = route(m.graph, from, to, u256{100'000} * ether);
    ASSERT_TRUE(free);
    RouteSettings settings;
    settings.gas_price = to_double(free->amount_out) * 1e-3 / 90'000;
    const auto dear = route(m.graph, from, to, u256{100'000} * ether, settings);
    ASSERT_TRUE(dear);
    check(m.graph, *dear, from, to);
    EXPECT_LT(dear->swaps.size(), free->swaps.size());
    const auto net = [&](const Route& r) {
        return to_double(r.amount_out) - settings.gas_price * static_cast<double>(r.gas);
    };
    EXPECT_GE(net(*dear), net(*free));
}

TEST(Router, ComesWithinAThousandthOnTenThousandPools) {
    std::mt19937_64 random{12};
    const Market m = random_market(random, 200, 10'000, 0.003, false);
    Router router{m.graph};
    const TokenId from = m.token(0), to = m.token(100);
    for (const double amount : {1e18, 1e22, 1e25, 1e27}) {
        const auto found = router.route(from, to, to_u256(amount));
        ASSERT_TRUE(found);
        check(m.graph, *found, from, to);
        EXPECT_GE(found->optimality(), 0.999) << amount << " " << found->swaps.size();
    }
}

/// Curves that are neither constant products nor made of pieces of them, between pairs and pools of one rate.
TEST(Router, SplitsOverStablePoolsAmongOthers) {
    Market m;
    for (const uint64_t amplification : {100U, 2000U}) {
        protocol::curve_stableswap::State s;
        s.rules = protocol::curve_stableswap::seth_rules;
        s.rules.whole_rates = false;
        for (uint64_t i = 0; i < 2; ++i) {
            s.tokens[i] = token_address(i);
            s.balances[i] = u256{1'000'000 + amplification * 300 * i} * ether;
            s.rates[i] = ether;
        }
        s.fee = u256{4'000'000};
        s.initial_a = s.future_a = u256{amplification * 100};
        m.graph.add(
            std::make_unique<protocol::curve_stableswap::StablePool>(to_address(u256{0xc0 + amplification}), s));
    }
    m.pair(0, 1, u256{3'000'000} * ether, u256{3'010'000} * ether);
    m.pair(0, 2, u256{10'000} * ether, u256{30'000'000} * ether);
    m.pair(2, 1, u256{20'000'000} * ether, u256{6'700} * ether);
    m.straight(0, 3, 9'999, u256{10'000} * ether);
    m.pair(3, 1, u256{700'000} * ether, u256{700'000} * ether, 500);
    m.graph.build();
    const TokenId from = m.token(0), to = m.token(1);
    std::mt19937_64 random{13};
    const auto paths = simple_paths(m.graph, from, to, 3);
    for (const uint64_t size : {1U, 1'000U, 100'000U, 1'000'000U, 30'000'000U}) {
        const auto found = route(m.graph, from, to, u256{size} * ether);
        ASSERT_TRUE(found) << size;
        check(m.graph, *found, from, to);
        EXPECT_GT(found->optimality(), 0.999) << size;
        for (int i = 0; i < 300; ++i) {
            std::vector<u256> amounts;
            u256 left = found->amount_in;
            for (size_t k = 0; k < paths.size(); ++k) {
                amounts.push_back(k + 1 == paths.size() ? left : left * u256{random() % 1000} / u256{1000});
                left -= amounts.back();
            }
            const u256 got = execute(m.graph, paths, amounts);
            EXPECT_LE(to_double(got), found->bound);
        }
    }
}

TEST(Router, CrossesRangesOfTicks) {
    const auto path = test::test_data("pools/uniswap_v3_ticks.json.zst");
    const auto text = chain::read_file(path);
    if (!text) GTEST_SKIP() << "absent: " << path;
    auto set = parse_pools(*text);
    ASSERT_TRUE(set) << set.error().message;
    TokenGraph graph;
    add_pools(graph, *set);
    graph.build();
    Router router{graph};
    unsigned routes = 0, sizable = 0, near = 0;
    for (TokenId from = 0; from < graph.token_count(); ++from)
        for (TokenId to = 0; to < graph.token_count(); ++to)
            for (double digits = 2; digits < 28; digits += 2) {
                const auto found = router.route(from, to, to_u256(std::pow(10, digits)));
                if (!found) continue;
                ++routes;
                check(graph, *found, from, to);
                // Where rounding of whole units does not show.
                const bool counts = std::ranges::all_of(found->swaps, [](const RouteSwap& swap) {
                    return std::min(swap.amount_in, swap.amount_out) > u256{10'000'000};
                });
                sizable += counts;
                near += counts && found->optimality() >= 0.999;
            }
    EXPECT_GT(routes, 1000U);
    EXPECT_GT(sizable, 500U);
    EXPECT_GE(near, sizable * 99 / 100) << sizable - near << " of " << sizable;
}

/// The snapshots of another router with the trade that each is about: an answer wherever a pool pays, never less for
/// more hops, and at least what that router gave.
TEST(BalancerSnapshots, AreRoutedAsWellAsByOthersAndNeverWorseForMoreHops) {
    const auto path = test::test_data("pools/balancer_pools.tar.zst");
    unsigned snapshots = 0, answered = 0, compared = 0;
    const auto files = chain::read_archive(path);
    if (!files) GTEST_SKIP() << "absent: " << path;
    for (const auto& [name, text] : *files) {
        auto snapshot = protocol::balancer_v2::parse_subgraph(text);
        ASSERT_TRUE(snapshot) << name;
        ++snapshots;
        if (!snapshot->trade || !snapshot->trade->exact_in) continue;
        // What that router paid: paths of at most two hops, and at most as many pools as it says.
        u256 other;
        const auto document = JsonDocument::parse(text);
        if (std::string_view told; document->root().at_pointer("/v1Result/returnAmount").get(told) == simdjson::SUCCESS)
            ASSERT_TRUE(parse_u256(told, other)) << name;
        TokenGraph graph;
        for (auto& pool : snapshot->pools) graph.add(std::move(pool));
        graph.build();
        const auto from = graph.find_token(snapshot->trade->token_in),
                   to = graph.find_token(snapshot->trade->token_out);
        if (!from || !to || from == to) continue;  // two of them ask for a token for itself
        const u256& amount = snapshot->trade->amount;
        u256 before;
        for (const auto& single : simple_paths(graph, *from, *to, 1))
            if (const Quote q = graph.quote(single, amount)) before = std::max(before, q.amount);
        Router router{graph};
        for (unsigned hops = 1; hops <= 4; ++hops) {
            RouteSettings settings;
            settings.max_hops = hops;
            const auto found = router.route(*from, *to, amount, settings);
            if (!found) {
                EXPECT_FALSE(before) << name << " " << hops;
                continue;
            }
            check(graph, *found, *from, *to);
            EXPECT_GE(found->amount_out, before) << name << " " << hops;
            before = found->amount_out;
            answered += hops == 3;
            if (hops != 2) continue;
            for (const auto& path_of_two : simple_paths(graph, *from, *to, 2))
                if (const Quote q = graph.quote(path_of_two, amount)) EXPECT_GE(before, q.amount) << name;
            if (!other) continue;
            // Pools of V1 are taken by the formulas of V2, whose roundings are others.
            EXPECT_GE(to_double(before), to_double(other) * (1 - 3e-8) - 2) << name;
            ++compared;
        }
    }
    EXPECT_EQ(snapshots, 100U);
    EXPECT_GE(answered, 40U);
    EXPECT_GE(compared, 10U);
}

class RealPairs : public testing::Test {
protected:
    void SetUp() override {
        const auto path = test::test_data("pools/uniswap_v2_pairs_2020-10.json.zst");
        const auto text = chain::read_file(path);
        if (!text) GTEST_SKIP() << "absent: " << path;
        auto set = parse_pools(*text);
        ASSERT_TRUE(set) << set.error().message;
        add_pools(graph_, *set);
        graph_.build();
    }
    TokenId token(const char* address) const { return graph_.find_token(parse_address(address).value()).value(); }

    TokenGraph graph_;
};

constexpr const char* weth = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2";
constexpr const char* usdc = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
constexpr const char* usdt = "0xdAC17F958D2ee523a2206206994597C13D831ec7";
constexpr const char* dai = "0x6B175474E89094C44Da98b954EedeAC495271d0F";
constexpr const char* wbtc = "0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599";
constexpr const char* link = "0x514910771AF9Ca656af840dff83E8264EcF986CA";

TEST_F(RealPairs, ComeWithinAThousandthOfTheBound) {
    Router router{graph_};
    struct Trade {
        const char *from, *to;
        double unit;
        std::vector<double> sizes;
    };
    for (const Trade& t :
         {Trade{weth, usdc, 1e18, {1e3, 1e4, 1e5, 1e6, 1e8}}, Trade{dai, wbtc, 1e18, {1e4, 1e6, 1e8, 1e10}},
          Trade{usdc, dai, 1e6, {1e4, 1e6, 1e8}}, Trade{usdt, link, 1e6, {1e4, 1e6, 1e8}}}) {
        const TokenId from = token(t.from), to = token(t.to);
        for (const double size : t.sizes) {
            const auto found = router.route(from, to, to_u256(size * t.unit));
            ASSERT_TRUE(found);
            check(graph_, *found, from, to);
            EXPECT_GE(found->optimality(), 0.999) << t.from << " " << t.to << " " << size;
            // Every path of two hops, by itself.
            u256 best;
            for (const auto& path : simple_paths(graph_, from, to, 2))
                if (const Quote q = graph_.quote(path, found->amount_in)) best = std::max(best, q.amount);
            EXPECT_GE(found->amount_out, best);
        }
    }
}

TEST_F(RealPairs, MoreHopsNeverPayLessAndFourComeNearTheBound) {
    Router router{graph_};
    struct Trade {
        const char *from, *to;
        double unit;
    };
    unsigned routes = 0, near = 0;
    for (const Trade& t : {Trade{weth, usdc, 1e18}, {dai, wbtc, 1e18}, {usdc, dai, 1e6}, {usdt, link, 1e6}})
        for (const double size : {1e-6, 1.0, 1e2, 1e4, 1e6, 1e8}) {
            u256 before;
            for (unsigned hops = 1; hops <= 4; ++hops) {
                RouteSettings settings;
                settings.max_hops = hops;
                const auto found = router.route(token(t.from), token(t.to), to_u256(size * t.unit), settings);
                if (!found) {
                    EXPECT_FALSE(before) << hops;
                    continue;
                }
                check(graph_, *found, token(t.from), token(t.to));
                EXPECT_GE(found->amount_out, before) << hops << " " << size;
                before = found->amount_out;
                if (hops < 4 || size < 1e6) continue;
                ++routes;
                near += found->optimality() > 0.99;
            }
        }
    EXPECT_EQ(near, routes);
}

TEST_F(RealPairs, AFewPathsShareTheTradeBetweenThem) {
    Router router{graph_};
    RouteSettings settings;
    for (const double size : {1e21, 1e22, 1e23}) {
        const auto all = router.route(token(weth), token(usdc), to_u256(size), settings);
        ASSERT_TRUE(all);
        u256 before;
        for (const unsigned most : {1U, 4U, 16U}) {
            settings.max_paths = most;
            const auto few = router.route(token(weth), token(usdc), to_u256(size), settings);
            ASSERT_TRUE(few);
            check(graph_, *few, token(weth), token(usdc));
            EXPECT_LE(few->swaps.size(), most * 3);
            EXPECT_GE(few->amount_out, before) << "more paths";
            before = few->amount_out;
            EXPECT_GT(to_double(few->amount_out), to_double(all->amount_out) * (most == 1 ? 0.6 : 0.99)) << size;
            EXPECT_LE(few->optimality(), all->optimality()) << "the bound is of any number of paths";
        }
        settings.max_paths = 1024;
    }
}

TEST_F(RealPairs, AnswerForAnySizeAndLengthOfPath) {
    Router router{graph_};
    const TokenId from = token(weth), to = token(usdc);
    for (unsigned hops = 1; hops <= 4; ++hops)
        for (const double size : {1.0, 1e3, 1e9, 1e15, 1e18, 1e21, 1e30}) {
            RouteSettings settings;
            settings.max_hops = hops;
            const auto found = router.route(from, to, to_u256(size), settings);
            if (found) check(graph_, *found, from, to);
            EXPECT_TRUE(found || size < 1e12) << size;
        }
}

}  // namespace
}  // namespace osprey::market
