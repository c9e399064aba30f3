#pragma once
// Plans on a market of real contracts, executed and compared.

#include "market/token_graph.hpp"
#include "strategy/executor.hpp"
#include "support/chain_view.hpp"
#include "support/mixed_market.hpp"

namespace osprey::strategy {

struct PlanMarket {
    test::MixedMarket market;
    market::TokenGraph graph;
    test::ChainView view{market.chain};
    Executor executor;
    evm::Machine machine;  // of pools that are quoted by execution
    protocol::executed::Ground ground{&view, market.chain.block(), &machine};

    explicit PlanMarket(size_t plain_tokens, uint64_t seed = 1, evm::Fork fork = evm::Fork::osaka)
        : market(plain_tokens, seed), executor(made(market, fork)) {}

    static Executor made(test::MixedMarket& market, evm::Fork fork) {
        auto block = market.chain.block();
        block.fork = fork;
        block.gas_limit = 30'000'000;
        auto executor = Executor::create(market.chain.machine(), block, test::weth);
        if (!executor) throw std::runtime_error(executor.error().message);
        return std::move(*executor);
    }

    market::PoolId add(test::MixedMarket::PoolPtr pool) { return graph.add(std::move(pool)); }

    /// What the hops pay for `amount`, one after the other; empty where one of them refuses, or pays nothing.
    std::vector<market::RouteSwap> swaps(std::span<const market::Hop> hops, const u256& amount) const {
        std::vector<u256> amounts{amount};
        for (const market::Hop& hop : hops) {
            const auto quote = graph.pool(hop.pool).quote_in(hop.in, hop.out, amounts.back());
            if (!quote || !quote.amount) return {};
            amounts.push_back(quote.amount);
        }
        return swaps_of(graph, hops, amounts);
    }
    /// The swaps of several cycles from one token, mixed at random, each exact after those before it. Empty where one
    /// of them refuses, or pays nothing.
    std::vector<market::RouteSwap> mixed(std::span<const std::vector<market::Hop>> cycles, const u256& amount) {
        struct Walker {
            size_t next = 0;
            u256 amount;
        };
        std::vector<Walker> walkers(cycles.size(), {.amount = amount});
        std::vector<market::RouteSwap> all;
        graph.begin_block({}, market.chain.block().timestamp);
        while (true) {
            std::vector<size_t> open;
            for (size_t i = 0; i < cycles.size(); ++i)
                if (walkers[i].next < cycles[i].size()) open.push_back(i);
            if (open.empty()) break;
            const size_t chosen = open[market.random() % open.size()];
            const market::Hop hop = cycles[chosen][walkers[chosen].next++];
            u256& in = walkers[chosen].amount;
            const auto out = graph.swap(hop, in);
            if (!out || !out.amount) {
                all.clear();
                break;
            }
            all.push_back({.hop = hop,
                           .token_in = graph.token_in(hop),
                           .token_out = graph.token_out(hop),
                           .amount_in = in,
                           .amount_out = out.amount,
                           .gas = 100'000});
            in = out.amount;
        }
        graph.undo_block();
        return all;
    }
    /// A cycle through that many different pools from a token that more than one pool has; empty when the walk ends.
    std::vector<market::Hop> random_cycle(size_t length, std::optional<market::TokenId> from = {}) {
        auto& random = market.random;
        std::vector<market::Hop> hops;
        const auto start = from.value_or(static_cast<market::TokenId>(random() % graph.token_count()));
        market::TokenId at = start;
        while (hops.size() < length) {
            std::vector<market::Hop> next;
            for (market::PoolId p = 0; p < graph.pool_count(); ++p) {
                const auto used = [&](const market::Hop& hop) { return hop.pool == p; };
                if (std::ranges::any_of(hops, used)) continue;
                const auto count = static_cast<protocol::TokenIndex>(graph.pool(p).tokens().size());
                for (protocol::TokenIndex in = 0; in < count; ++in)
                    for (protocol::TokenIndex out = 0; out < count; ++out) {
                        const market::Hop hop{.pool = p, .in = in, .out = out};
                        if (in == out || graph.token_in(hop) != at) continue;
                        if ((graph.token_out(hop) == start) == (hops.size() + 1 == length)) next.push_back(hop);
                    }
            }
            if (next.empty()) return {};
            hops.push_back(next[random() % next.size()]);
            at = graph.token_out(hops.back());
        }
        return hops;
    }
};

/// Every kind of pool there is, on the same few tokens.
inline void add_all_kinds(PlanMarket& m) {
    auto& market = m.market;
    const auto& t = market.tokens;
    const auto add = [&](test::MixedMarket::PoolPtr pool) -> const protocol::Pool& {
        return m.graph.pool(m.add(std::move(pool)));
    };
    add(market.pair(t[0], t[1]));
    add(market.pair(t[1], t[2]));
    add(market.uniswap_v3(t[0], t[2]));
    add(market.uniswap_v3(t[1], t[3]));
    add(market.pancakeswap_v3(t[0], t[1]));
    add(market.algebra_integral(t[0], t[3]));
    add(market.algebra_adaptive(t[1], t[2]));
    add(market.uniswap_v4(t[0], t[1]));
    add(market.uniswap_v4(t[1], t[2], 500));
    add(market.uniswap_v4({}, t[2]));
    add(market.balancer_weighted({t[0], t[1], t[3]}));
    add(market.balancer_weighted({t[0], t[2]}));
    add(market.balancer_stable({t[1], t[2], t[3]}));
    const auto& vault = add(market.vault(t[0] == test::weth ? t[1] : t[0]));
    add(market.pair(vault.tokens()[1], t[3]));
    add(market.wrapper());
    const auto& meta = add(market.curve_meta(t[2]));
    add(market.uniswap_v3(meta.tokens()[1], t[0]));
    add(market.curve_two_coins(t[0], t[3]));
    add(market.uniswap_v4_hooked(t[2], t[3], m.ground));
    for (auto recorded : {&test::MixedMarket::curve_susd}) {
        auto pool = (market.*recorded)(t[1], t[3]);
        if (pool) add(std::move(pool));
    }
    if (auto pool = market.curve_seth(t[3])) add(std::move(pool));
    if (auto pool = market.balancer_v1({t[0], t[1], t[2]})) add(std::move(pool));
    m.graph.build();
}

}  // namespace osprey::strategy
