#include "market/token_graph.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "protocol/token/native_coin.hpp"

namespace osprey::market {

using protocol::Applied;
using protocol::Outcome;
using protocol::Pool;
using protocol::PoolKey;
using protocol::Quote;
using protocol::TokenIndex;

namespace {

/// The native coin has two names: Curve's pools call it by the longer one.
const Address& one_name(const Address& address) {
    static constexpr Address zero{};
    return address == protocol::native_coin ? zero : address;
}

}  // namespace

size_t TokenGraph::HashKey::operator()(const PoolKey& key) const noexcept {
    return std::hash<Address>{}(key.contract) ^ (std::hash<Hash>{}(key.id) * 3);
}

TokenId TokenGraph::token(const Address& address) {
    const auto [at, is_new] = token_ids_.try_emplace(one_name(address), static_cast<TokenId>(tokens_.size()));
    if (is_new) {
        tokens_.push_back(one_name(address));
        excluded_.push_back(0);
    }
    return at->second;
}

std::optional<TokenId> TokenGraph::find_token(const Address& address) const {
    const auto at = token_ids_.find(one_name(address));
    if (at == token_ids_.end()) return {};
    return at->second;
}

std::optional<PoolId> TokenGraph::find_pool(const PoolKey& key) const {
    const auto at = pool_ids_.find(key);
    if (at == pool_ids_.end()) return {};
    return at->second;
}

PoolId TokenGraph::add(std::unique_ptr<Pool> pool) {
    const auto id = static_cast<PoolId>(pools_.size());
    pool_first_token_.push_back(static_cast<uint32_t>(pool_tokens_.size()));
    for (const Address& address : pool->tokens()) pool_tokens_.push_back(token(address));
    pool_ids_[pool->key()] = id;
    if (pool->depends_on_time()) timed_.push_back(id);
    pools_.push_back(std::move(pool));
    stale_.push_back(0);
    remembered_.push_back(0);
    built_ = false;
    return id;
}

void TokenGraph::exclude(const Address& address) {
    excluded_[token(address)] = 1;
    built_ = false;
}

void TokenGraph::forbid(const Hop& hop) {
    forbidden_.push_back(hop);
    built_ = false;
}

void TokenGraph::build() {
    struct Entry {
        TokenId from, to;
        Hop hop;
    };
    std::vector<Entry> entries;
    entries.reserve(pools_.size() * 2);
    for (PoolId id = 0; id < pools_.size(); ++id) {
        const auto count = static_cast<TokenIndex>(pools_[id]->tokens().size());
        const TokenId* of_pool = &pool_tokens_[pool_first_token_[id]];
        for (TokenIndex in = 0; in < count; ++in)
            for (TokenIndex out = 0; out < count; ++out)
                if (of_pool[in] != of_pool[out] && !excluded_[of_pool[in]] && !excluded_[of_pool[out]])
                    entries.push_back({of_pool[in], of_pool[out], {.pool = id, .in = in, .out = out}});
    }
    for (const Hop& hop : forbidden_) std::erase_if(entries, [&](const Entry& e) { return e.hop == hop; });
    std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
        if (a.from != b.from) return a.from < b.from;
        if (a.to != b.to) return a.to < b.to;
        return a.hop.pool < b.hop.pool;
    });

    // A link's reverse has to be there even where no pool trades that way (a forbidden direction).
    std::vector<std::pair<TokenId, TokenId>> links;
    links.reserve(entries.size());
    for (const Entry& e : entries)
        if (links.empty() || links.back() != std::pair{e.from, e.to}) links.emplace_back(e.from, e.to);
    const size_t one_way = links.size();
    for (size_t i = 0; i < one_way; ++i) {
        const std::pair back{links[i].second, links[i].first};
        const auto end = links.begin() + static_cast<std::ptrdiff_t>(one_way);
        if (!std::binary_search(links.begin(), end, back)) links.push_back(back);
    }
    if (links.size() != one_way) std::ranges::sort(links);

    const auto count = links.size();
    token_links_.assign(tokens_.size() + 1, 0);
    link_to_.resize(count);
    link_reverse_.resize(count);
    link_rate_.assign(count, 0);
    link_edges_.assign(count + 1, 0);
    edges_.clear();
    size_t at = 0;
    for (LinkId link = 0; link < count; ++link) {
        const auto& [from, to] = links[link];
        ++token_links_[from + 1];
        link_to_[link] = to;
        link_edges_[link] = static_cast<uint32_t>(edges_.size());
        for (; at < entries.size() && entries[at].from == from && entries[at].to == to; ++at) {
            edges_.push_back({.hop = entries[at].hop, .link = link});
        }
    }
    link_edges_[count] = static_cast<uint32_t>(edges_.size());
    for (size_t t = 0; t < tokens_.size(); ++t) token_links_[t + 1] += token_links_[t];

    link_table_.assign(std::bit_ceil(count * 2 + 1), none);
    const size_t mask = link_table_.size() - 1;
    for (LinkId link = 0; link < count; ++link) {
        size_t cell = hash_link(links[link].first, links[link].second) & mask;
        while (link_table_[cell] != none) cell = (cell + 1) & mask;
        link_table_[cell] = link;
    }
    for (LinkId link = 0; link < count; ++link) {
        const auto& [from, to] = links[link];
        size_t cell = hash_link(to, from) & mask;
        while (links[link_table_[cell]] != std::pair{to, from}) cell = (cell + 1) & mask;
        link_reverse_[link] = link_table_[cell];
    }

    pool_first_edge_.assign(pools_.size() + 1, 0);
    for (const Edge& e : edges_) ++pool_first_edge_[e.hop.pool + 1];
    for (size_t p = 0; p < pools_.size(); ++p) pool_first_edge_[p + 1] += pool_first_edge_[p];
    pool_edges_.resize(edges_.size());
    std::vector<uint32_t> filled(pool_first_edge_.begin(), pool_first_edge_.end() - 1);
    for (EdgeId e = 0; e < edges_.size(); ++e) pool_edges_[filled[edges_[e].hop.pool]++] = e;

    edge_slack_.assign(edges_.size(), 0);
    for (EdgeId e = 0; e < edges_.size(); ++e) refresh_edge(e);
    for (auto* values : {&link_back_rate_, &link_bend_, &link_back_bend_}) values->assign(count, 0);
    for (LinkId link = 0; link < count; ++link) refresh_link(link);
    built_ = true;
}

std::optional<LinkId> TokenGraph::find_link(TokenId from, TokenId to) const noexcept {
    const size_t mask = link_table_.size() - 1;
    for (size_t cell = hash_link(from, to) & mask;; cell = (cell + 1) & mask) {
        const LinkId link = link_table_[cell];
        if (link == none) return {};
        if (link_to_[link] == to && link_from(link) == from) return link;
    }
}

Quote TokenGraph::quote(std::span<const Hop> hops, const u256& amount_in) const noexcept {
    Quote quote = Quote::ok(amount_in);
    for (const Hop& hop : hops) {
        if (stale_[hop.pool]) return Quote::unknown();
        quote = pools_[hop.pool]->quote_in(hop.in, hop.out, quote.amount);
        if (!quote) return quote;
    }
    return quote;
}

void TokenGraph::refresh_edge(EdgeId id) {
    Edge& edge = edges_[id];
    const Hop& hop = edge.hop;
    const Pool& pool = *pools_[hop.pool];
    const protocol::RateBound bound =
        stale_[hop.pool] ? protocol::RateBound{.rate = 0} : pool.rate_bound(hop.in, hop.out);
    edge.rate = bound.rate;
    edge.bend = bound.bend;
    edge_slack_[id] = bound.slack;
    std::array<protocol::Stretch, 2> stretches;
    edge.is_constant_product =
        bound.bend > 0 && pool.stretches(hop.in, hop.out, stretches) == 1 && !(stretches[0].begin_in > 0) ? 1 : 0;
    constexpr uint32_t most_gas = INT32_MAX;
    edge.gas = static_cast<uint32_t>(std::min<uint64_t>(pool.gas(hop.in, hop.out, {}), most_gas)) & most_gas;
}

void TokenGraph::refresh_link(LinkId id) {
    double best = 0, bend = std::numeric_limits<double>::infinity();
    for (EdgeId e = link_edges_[id]; e < link_edges_[id + 1]; ++e) {
        best = std::max(best, edges_[e].rate);
        if (edges_[e].rate > 0) bend = std::min(bend, edges_[e].bend);
    }
    const LinkId back = link_reverse_[id];
    link_rate_[id] = link_back_rate_[back] = best;
    link_bend_[id] = link_back_bend_[back] = best > 0 ? bend : 0;
}

void TokenGraph::refresh(PoolId id) {
    if (!built_) return;
    for (const EdgeId e : edges_of_pool(id)) {
        refresh_edge(e);
        refresh_link(edges_[e].link);
    }
}

void TokenGraph::remember(PoolId id) {
    if (blocks_.empty() || remembered_[id] == block_stamp_) return;
    remembered_[id] = block_stamp_;
    blocks_.back().pools.push_back({id, pools_[id]->clone(), stale_[id] != 0});
}

void TokenGraph::begin_block(const BlockPosition& block, uint64_t timestamp) {
    if (blocks_.size() == remembered_blocks) blocks_.erase(blocks_.begin());
    blocks_.push_back({.before = at_, .pools = {}});
    ++block_stamp_;
    at_ = block;
    for (const PoolId id : timed_) {
        remember(id);
        pools_[id]->set_time(timestamp);
        refresh(id);
    }
}

std::optional<MarketChange> TokenGraph::undo_block() {
    if (blocks_.empty()) return {};
    BlockUndo undo = std::move(blocks_.back());
    blocks_.pop_back();
    // Whatever the block before this one remembers, it remembers still; nothing it has not is remembered by number.
    ++block_stamp_;
    if (!blocks_.empty())
        for (const Undo& u : blocks_.back().pools) remembered_[u.pool] = block_stamp_;
    at_ = undo.before;
    MarketChange change{.at = at_, .moved = {}, .stale = {}};
    for (const Undo& u : undo.pools) {
        pools_[u.pool] = u.before->clone();
        stale_[u.pool] = u.was_stale ? 1 : 0;
        refresh(u.pool);
        (u.was_stale ? change.stale : change.moved).push_back(u.pool);
    }
    return change;
}

MarketChange TokenGraph::apply(std::span<const Log> logs) {
    MarketChange change{.at = at_, .moved = {}, .stale = {}};
    for (const Log& log : logs) {
        // Contracts that hold many pools name the one they speak of in the event's first indexed field.
        auto id = find_pool({.contract = log.address, .id = {}});
        if (!id && log.topics.size() > 1) id = find_pool({.contract = log.address, .id = log.topics[1]});
        if (!id || stale_[*id]) continue;
        remember(*id);
        const Applied applied = pools_[*id]->apply(log);
        if (applied == Applied::foreign) continue;
        if (applied == Applied::must_read) stale_[*id] = 1;
        if (std::ranges::find(change.moved, *id) == change.moved.end()) change.moved.push_back(*id);
    }
    std::erase_if(change.moved, [&](PoolId id) {
        refresh(id);
        if (!stale_[id]) return false;
        change.stale.push_back(id);
        return true;
    });
    return change;
}

Quote TokenGraph::swap(const Hop& hop, const u256& amount_in) {
    if (stale_[hop.pool]) return Quote::unknown();
    remember(hop.pool);
    const Quote quote = pools_[hop.pool]->swap(hop.in, hop.out, amount_in);
    if (quote) refresh(hop.pool);
    return quote;
}

void TokenGraph::suspend(PoolId id) {
    remember(id);
    stale_[id] = 1;
    refresh(id);
}

void TokenGraph::replace(PoolId id, std::unique_ptr<Pool> pool) {
    remember(id);
    pools_[id] = std::move(pool);
    stale_[id] = 0;
    refresh(id);
}

}  // namespace osprey::market
