#pragma once
// The pools that can be traded through, as a graph of tokens, and the exact quote through any of them.

#include <optional>
#include <span>
#include <unordered_map>
#include <variant>
#include <vector>

#include "protocol/amm/uniswap_v2/uniswap_v2.hpp"
#include "protocol/amm/uniswap_v3/uniswap_v3.hpp"

namespace osprey::market {

using PoolId = uint32_t;
using TokenId = uint32_t;

struct V3State {
    protocol::uniswap_v3::State state;
    const protocol::uniswap_v3::TickSource* ticks = nullptr;  ///< answers for the same state; not owned
};

struct Pool {
    Address address;
    TokenId token0 = 0;
    TokenId token1 = 0;
    std::variant<protocol::uniswap_v2::State, V3State> state;

    bool is_v3() const noexcept { return std::holds_alternative<V3State>(state); }
    uint32_t fee() const noexcept;  ///< millionths of the input
    TokenId token_in(bool zero_for_one) const noexcept { return zero_for_one ? token0 : token1; }
    TokenId token_out(bool zero_for_one) const noexcept { return zero_for_one ? token1 : token0; }
};

/// What the pool pays for exactly `amount_in`. None: the swap would revert, or its outcome is not known.
std::optional<u256> amount_out(const Pool& pool, bool zero_for_one, const u256& amount_in) noexcept;
/// Units out per unit in for the very first unit, fee taken: no amount gets a better rate. For filters only.
double best_rate(const Pool& pool, bool zero_for_one) noexcept;

/// One swap of a path.
struct Hop {
    PoolId pool = 0;
    bool zero_for_one = false;
    bool operator==(const Hop&) const = default;
};

class Market {
public:
    TokenId token(const Address& address);  ///< the token's number; a new one when it was not there
    std::optional<TokenId> find_token(const Address& address) const;
    const Address& address_of(TokenId token) const { return tokens_[token]; }
    size_t token_count() const noexcept { return tokens_.size(); }

    /// The pool joins the graph in the directions given only.
    PoolId add(Pool pool, bool zero_for_one, bool one_for_zero);
    Pool& pool(PoolId id) { return pools_[id]; }
    const Pool& pool(PoolId id) const { return pools_[id]; }
    size_t pool_count() const noexcept { return pools_.size(); }

    /// The swaps that take `token`.
    std::span<const Hop> hops_from(TokenId token) const { return hops_[token]; }
    TokenId token_in(const Hop& h) const { return pools_[h.pool].token_in(h.zero_for_one); }
    TokenId token_out(const Hop& h) const { return pools_[h.pool].token_out(h.zero_for_one); }

    /// The output of swapping `amount_in` along the hops, one after the other.
    std::optional<u256> amount_out(std::span<const Hop> hops, const u256& amount_in) const noexcept;

private:
    std::vector<Pool> pools_;
    std::vector<Address> tokens_;
    std::vector<std::vector<Hop>> hops_;
    std::unordered_map<Address, TokenId> token_ids_;
};

}  // namespace osprey::market
