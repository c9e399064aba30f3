#include "market/market.hpp"

#include <cmath>

namespace osprey::market {

namespace v2 = protocol::uniswap_v2;
namespace v3 = protocol::uniswap_v3;

namespace {

double to_double(const u256& v) noexcept {
    double r = 0;
    for (int i = 3; i >= 0; --i) r = r * 0x1p64 + static_cast<double>(v.w[i]);
    return r;
}

}  // namespace

uint32_t Pool::fee() const noexcept {
    if (const auto* pair = std::get_if<v2::State>(&state)) return pair->fee;
    return std::get<V3State>(state).state.fee;
}

std::optional<u256> amount_out(const Pool& pool, bool zero_for_one, const u256& amount_in) noexcept {
    if (const auto* pair = std::get_if<v2::State>(&pool.state)) return v2::amount_out(*pair, zero_for_one, amount_in);
    const auto& v3_state = std::get<V3State>(pool.state);
    const auto swap = v3::swap_exact_in(v3_state.state, *v3_state.ticks, zero_for_one, amount_in);
    if (!swap) return {};
    return swap->amount_out;
}

double best_rate(const Pool& pool, bool zero_for_one) noexcept {
    double rate = 0;
    if (const auto* pair = std::get_if<v2::State>(&pool.state)) {
        if (!pair->reserve0 || !pair->reserve1) return 0;
        rate = to_double(pair->reserve1) / to_double(pair->reserve0);
    } else {
        const double root = to_double(std::get<V3State>(pool.state).state.sqrt_price) / 0x1p96;
        if (root == 0) return 0;
        rate = root * root;
    }
    return (zero_for_one ? rate : 1 / rate) * (1 - pool.fee() / 1e6);
}

TokenId Market::token(const Address& address) {
    const auto [at, is_new] = token_ids_.try_emplace(address, static_cast<TokenId>(tokens_.size()));
    if (is_new) {
        tokens_.push_back(address);
        hops_.emplace_back();
    }
    return at->second;
}

std::optional<TokenId> Market::find_token(const Address& address) const {
    const auto at = token_ids_.find(address);
    if (at == token_ids_.end()) return {};
    return at->second;
}

PoolId Market::add(Pool pool, bool zero_for_one, bool one_for_zero) {
    const auto id = static_cast<PoolId>(pools_.size());
    if (zero_for_one) hops_[pool.token0].push_back({.pool = id, .zero_for_one = true});
    if (one_for_zero) hops_[pool.token1].push_back({.pool = id, .zero_for_one = false});
    pools_.push_back(std::move(pool));
    return id;
}

std::optional<u256> Market::amount_out(std::span<const Hop> hops, const u256& amount_in) const noexcept {
    std::optional<u256> amount = amount_in;
    for (const Hop& hop : hops) {
        amount = market::amount_out(pools_[hop.pool], hop.zero_for_one, *amount);
        if (!amount) return {};
    }
    return amount;
}

}  // namespace osprey::market
