#pragma once
// Every pool that can be traded through, as a graph of tokens in flat arrays: what the searches walk.
//
// A link is an ordered pair of tokens with at least one pool between them; an edge is one pool's way along a link. Each
// edge keeps its pool's rate bound, each link the best of its edges: a search in floating point touches nothing else.

#include <optional>
#include <unordered_map>
#include <vector>

#include "protocol/amm/pool.hpp"

namespace osprey::market {

using PoolId = uint32_t;
using TokenId = uint32_t;
using LinkId = uint32_t;
using EdgeId = uint32_t;
inline constexpr uint32_t none = UINT32_MAX;

/// One swap of a path.
struct Hop {
    PoolId pool = 0;
    protocol::TokenIndex in = 0, out = 0;
    bool operator==(const Hop&) const = default;
};

/// The block whose end the pools stand at.
struct BlockPosition {
    uint64_t number = 0;
    Hash hash;
    bool operator==(const BlockPosition&) const = default;
};

/// What an event, a block or a swap moved. Every search starts from one.
struct MarketChange {
    BlockPosition at;
    std::vector<PoolId> moved;  ///< each once
    std::vector<PoolId> stale;  ///< moved in a way that only reading the pool again tells: out of the graph until then
};

class TokenGraph {
public:
    TokenGraph() = default;
    TokenGraph(TokenGraph&&) = default;
    TokenGraph& operator=(TokenGraph&&) = default;

    // --- what is in it ------------------------------------------------------------------------

    /// The pool joins in every direction. Edges and links are numbered anew by the next build().
    PoolId add(std::unique_ptr<protocol::Pool> pool);
    /// Taxed, rebasing and honeypot tokens: no path leads through them, from or to them.
    void exclude(const Address& token);
    /// Takes one direction of a pool out, for good.
    void forbid(const Hop& hop);
    /// Sorts what was added into the flat arrays. O(pools log pools); searches need it done.
    void build();
    bool built() const noexcept { return built_; }

    size_t pool_count() const noexcept { return pools_.size(); }
    size_t token_count() const noexcept { return tokens_.size(); }
    size_t link_count() const noexcept { return link_to_.size(); }
    size_t edge_count() const noexcept { return edges_.size(); }
    const protocol::Pool& pool(PoolId id) const noexcept { return *pools_[id]; }
    std::optional<PoolId> find_pool(const protocol::PoolKey& key) const;
    std::optional<TokenId> find_token(const Address& address) const;
    /// Zero: the native coin, whatever its pools call it.
    const Address& address_of(TokenId token) const noexcept { return tokens_[token]; }

    TokenId token_in(const Hop& hop) const noexcept { return pool_tokens_[pool_first_token_[hop.pool] + hop.in]; }
    TokenId token_out(const Hop& hop) const noexcept { return pool_tokens_[pool_first_token_[hop.pool] + hop.out]; }

    /// Exact: what comes out of the hops, one after the other. Refused when one of them is.
    protocol::Quote quote(std::span<const Hop> hops, const u256& amount_in) const noexcept;

    // --- the flat arrays ----------------------------------------------------------------------

    struct Range {
        uint32_t begin = 0, end = 0;
        uint32_t size() const noexcept { return end - begin; }
    };
    Range links_from(TokenId token) const noexcept { return {token_links_[token], token_links_[token + 1]}; }
    TokenId link_from(LinkId link) const noexcept { return link_to_[link_reverse_[link]]; }
    TokenId link_to(LinkId link) const noexcept { return link_to_[link]; }
    LinkId reverse(LinkId link) const noexcept { return link_reverse_[link]; }
    /// The best rate bound among the link's edges, 0 when none of them trades.
    double link_rate(LinkId link) const noexcept { return link_rate_[link]; }
    const double* link_rates() const noexcept { return link_rate_.data(); }
    const double* link_back_rates() const noexcept { return link_back_rate_.data(); }  ///< of each link's reverse
    /// The least bend among the link's edges: no edge of it pays more than link_rate * in / (1 + link_bend * in).
    const double* link_bends() const noexcept { return link_bend_.data(); }
    const double* link_back_bends() const noexcept { return link_back_bend_.data(); }
    const TokenId* link_targets() const noexcept { return link_to_.data(); }
    std::optional<LinkId> find_link(TokenId from, TokenId to) const noexcept;
    Range edges_of(LinkId link) const noexcept { return {link_edges_[link], link_edges_[link + 1]}; }
    const Hop& edge(EdgeId edge) const noexcept { return edges_[edge].hop; }
    double edge_rate(EdgeId edge) const noexcept { return edges_[edge].rate; }
    double edge_slack(EdgeId edge) const noexcept { return edge_slack_[edge]; }
    /// Of a small swap.
    uint32_t edge_gas(EdgeId edge) const noexcept { return edges_[edge].gas; }
    /// Whether rate * in / (1 + bend * in) is the edge's whole curve, in real numbers, and not only above it.
    bool is_constant_product(EdgeId edge) const noexcept { return edges_[edge].is_constant_product; }
    double edge_bend(EdgeId edge) const noexcept { return edges_[edge].bend; }
    LinkId link_of(EdgeId edge) const noexcept { return edges_[edge].link; }
    std::span<const EdgeId> edges_of_pool(PoolId pool) const noexcept {
        return {pool_edges_.data() + pool_first_edge_[pool], pool_edges_.data() + pool_first_edge_[pool + 1]};
    }

    // --- change -------------------------------------------------------------------------------

    const BlockPosition& at() const noexcept { return at_; }
    /// From here on, changes belong to this block and undo_block() takes them back.
    void begin_block(const BlockPosition& block, uint64_t timestamp);
    /// Those whose rates begin_block() changes by the time alone.
    std::span<const PoolId> timed_pools() const noexcept { return timed_; }
    /// The pools as they were before the last begin_block(); what that moved back. None when it is not remembered.
    std::optional<MarketChange> undo_block();
    /// Applies the logs in their order.
    MarketChange apply(std::span<const Log> logs);
    /// Executes a swap on the model: for what stands after a plan or a pending transaction.
    protocol::Quote swap(const Hop& hop, const u256& amount_in);
    /// A pool that was read again; it comes back when it was stale.
    void replace(PoolId id, std::unique_ptr<protocol::Pool> pool);
    /// Out of the graph until it is replaced: it moved in a way that only reading it again tells.
    void suspend(PoolId id);
    bool is_stale(PoolId id) const noexcept { return stale_[id]; }

    static constexpr size_t remembered_blocks = 64;

private:
    struct Undo {
        PoolId pool;
        std::shared_ptr<protocol::Pool> before;
        bool was_stale;
    };
    struct BlockUndo {
        BlockPosition before;
        std::vector<Undo> pools;
    };
    /// What a search reads of an edge, in half a cache line: edges are met at random.
    struct alignas(32) Edge {
        double rate = 0, bend = 0;
        Hop hop;
        LinkId link = 0;
        uint32_t gas : 31 = 0;
        uint32_t is_constant_product : 1 = 0;
    };
    struct HashKey {
        size_t operator()(const protocol::PoolKey& key) const noexcept;
    };

    TokenId token(const Address& address);
    void remember(PoolId id);
    void refresh(PoolId id);       ///< the rates of its edges and of their links
    void refresh_edge(EdgeId id);  ///< without its link's
    void refresh_link(LinkId id);
    /// The bits from 32 on: below them nothing of `from` would be left, and a hub's thousand links share a cell.
    static size_t hash_link(TokenId from, TokenId to) noexcept {
        return static_cast<size_t>(((uint64_t{from} << 32) | to) * 0x9e3779b97f4a7c15ULL >> 32);
    }

    std::vector<std::unique_ptr<protocol::Pool>> pools_;
    std::vector<Address> tokens_;
    std::vector<uint8_t> excluded_;  // by token
    std::vector<uint8_t> stale_;     // by pool
    std::vector<PoolId> timed_;      // whose quotes depend on the block's time
    std::vector<Hop> forbidden_;
    std::unordered_map<Address, TokenId> token_ids_;
    std::unordered_map<protocol::PoolKey, PoolId, HashKey> pool_ids_;
    std::vector<TokenId> pool_tokens_;
    std::vector<uint32_t> pool_first_token_;
    bool built_ = false;

    std::vector<uint32_t> token_links_;  // by token, and one more
    std::vector<TokenId> link_to_;
    std::vector<LinkId> link_reverse_;
    std::vector<double> link_rate_, link_back_rate_, link_bend_, link_back_bend_;
    std::vector<uint32_t> link_edges_;  // by link, and one more
    std::vector<Edge> edges_;
    std::vector<double> edge_slack_;
    std::vector<EdgeId> pool_edges_;
    std::vector<uint32_t> pool_first_edge_;  // by pool, and one more
    std::vector<LinkId> link_table_;         // open addressing, a power of two

    BlockPosition at_;
    std::vector<BlockUndo> blocks_;     // oldest first
    std::vector<uint32_t> remembered_;  // by pool: the stamp of the block that remembered it last
    uint32_t block_stamp_ = 0;
};

}  // namespace osprey::market
