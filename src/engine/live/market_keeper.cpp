#include "engine/live/market_keeper.hpp"

#include <algorithm>

namespace osprey::engine {

namespace {

void add_unique(std::vector<market::PoolId>& to, market::PoolId id) {
    if (std::ranges::find(to, id) == to.end()) to.push_back(id);
}

}  // namespace

std::optional<PoolName> name_of_new_pool(std::span<const networks::Exchange> exchanges, const Log& log) {
    for (const networks::Exchange& exchange : exchanges) {
        if (log.address != exchange.factory) continue;
        const auto pool = chain::pool_of_event(exchange, {.log = log});
        if (!pool || !*pool) continue;
        return name_of((*pool).value());
    }
    return {};
}

std::optional<PoolName> name_of(const chain::DiscoveredPool& pool) {
    switch (pool.kind) {
        case networks::ExchangeKind::uniswap_v2:
        case networks::ExchangeKind::uniswap_v3:
            return PoolName{.key = {.contract = pool.address, .id = {}}, .v4_key = {}};
        case networks::ExchangeKind::balancer_v2:
            return PoolName{.key = {.contract = pool.factory, .id = pool.id}, .v4_key = {}};
        case networks::ExchangeKind::uniswap_v4:
            if (pool.tokens.size() != 2) return {};
            return PoolName{.key = {.contract = pool.factory, .id = pool.id},
                            .v4_key = protocol::uniswap_v4::Key{.currency0 = pool.tokens[0],
                                                                .currency1 = pool.tokens[1],
                                                                .fee = pool.fee,
                                                                .tick_spacing = pool.tick_spacing,
                                                                .hooks = pool.hooks}};
        case networks::ExchangeKind::liquidity_book:
            break;
    }
    return {};
}

MarketKeeper::Moved MarketKeeper::follow(const chain::ChainUpdate& update) {
    Moved moved;
    const auto all_stale = [&] {
        for (market::PoolId id = 0; id < graph_.pool_count(); ++id) graph_.suspend(id);
    };
    for (size_t i = 0; i < update.removed.size(); ++i) {
        const auto back = graph_.undo_block();
        if (!back) {
            all_stale();
            break;
        }
        for (const market::PoolId id : back->moved) add_unique(moved.pools, id);
        for (const market::PoolId id : back->stale) add_unique(moved.stale, id);
    }
    if (update.restarted) all_stale();
    // What was first read after a block that is gone may never have been made.
    if (!update.removed.empty())
        for (const auto& [number, id] : since_)
            if (number >= update.removed.back().header.number) graph_.suspend(id);
    for (size_t i = 0; i < update.added.size(); ++i) {
        const chain::BlockHeader& block = update.added[i];
        graph_.begin_block({.number = block.header.number, .hash = block.hash}, block.header.timestamp);
        if (i >= update.logs.size()) continue;
        std::vector<Log> logs;
        logs.reserve(update.logs[i].size());
        for (const chain::PlacedLog& placed : update.logs[i]) logs.push_back(placed.log);
        for (const market::PoolId id : graph_.apply(logs).moved) add_unique(moved.pools, id);
        look_for_new(logs, moved);
    }
    std::erase_if(moved.pools, [&](market::PoolId id) { return graph_.is_stale(id); });
    moved.stale.clear();
    for (market::PoolId id = 0; id < graph_.pool_count(); ++id)
        if (graph_.is_stale(id)) moved.stale.push_back(id);
    return moved;
}

void MarketKeeper::look_for_new(std::span<const Log> logs, Moved& moved) {
    const auto ask_for = [&](const PoolName& name) {
        if (!knows(name.key) && std::ranges::find(moved.appeared, name.key, &PoolName::key) == moved.appeared.end())
            moved.appeared.push_back(name);
    };
    for (const Log& log : logs) {
        if (const auto name = name_of_new_pool(exchanges_, log)) ask_for(*name);
        if (unread_.empty()) continue;
        auto at = unread_.find({.contract = log.address, .id = {}});
        if (at == unread_.end() && log.topics.size() > 1)
            at = unread_.find({.contract = log.address, .id = log.topics[1]});
        if (at != unread_.end()) ask_for(at->second);
    }
}

PoolName MarketKeeper::name_of(market::PoolId id) const {
    const auto v4 = v4_keys_.find(id);
    return {.key = graph_.pool(id).key(), .v4_key = v4 == v4_keys_.end() ? std::nullopt : std::optional{v4->second}};
}

std::optional<market::PoolId> MarketKeeper::take_read(const PoolName& name, std::unique_ptr<protocol::Pool> pool) {
    const auto known = graph_.find_pool(name.key);
    if (!pool) {
        if (!known) unread_.insert_or_assign(name.key, name);
        return {};
    }
    if (known) {
        graph_.replace(*known, std::move(pool));
        return known;
    }
    const market::PoolId id = graph_.add(std::move(pool));
    since_.emplace_back(graph_.at().number, id);
    if (name.v4_key) v4_keys_.emplace(id, *name.v4_key);
    unread_.erase(name.key);
    return id;
}

MarketUpdate::Entry MarketKeeper::entry(market::PoolId id) const {
    if (graph_.is_stale(id)) return {.id = id, .pool = nullptr};
    return {.id = id, .pool = std::shared_ptr<const protocol::Pool>{graph_.pool(id).clone()}};
}

}  // namespace osprey::engine
