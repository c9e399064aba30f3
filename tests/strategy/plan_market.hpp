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
    /// A cycle through that many different pools from a token that more than one pool has; empty when the walk ends.
    std::vector<market::Hop> random_cycle(size_t length) {
        auto& random = market.random;
        std::vector<market::Hop> hops;
        const auto start = static_cast<market::TokenId>(random() % graph.token_count());
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

}  // namespace osprey::strategy
