#pragma once
// Curve's pools and routers, Balancer's vaults and router.

#include "protocol/calls/uniswap.hpp"

namespace osprey::protocol::calls {

/// Curve's Router: (route, swap params, amount, least, ...), the route token, pool, token, ... up to the first zero.
template <size_t route, size_t params>
bool read_curve_route(const Reading& r) {
    Swap swap{.token_in = or_native(r.args.address(0)), .token_out = {}, .amount_in = {}, .amount_out = {}};
    set_amounts(swap, false, r.args.word(route + params), r.args.word(route + params + 1));
    Address last;
    for (size_t i = 1; i + 1 < route; i += 2) {
        const Address pool = r.args.address(i), token = r.args.address(i + 1);
        if (!token) break;
        r.found.add_pool(pool);
        last = token;
    }
    if (!last) return false;
    swap.token_out = or_native(last);
    r.found.add_swap(swap);
    return true;
}

/// A pool's exchange(i, j, dx, least, ...): which tokens these are only the pool knows.
inline bool read_curve_pool(const Reading& r) {
    Swap swap{.token_in = {}, .token_out = {}, .amount_in = {}, .amount_out = {}, .in_told = false, .out_told = false};
    set_amounts(swap, false, r.args.word(2), r.args.word(3));
    r.found.add_swap(swap);
    return true;
}

/// A pool's address is the head of its id.
inline void add_balancer_pool(const Reading& r, const u256& id) noexcept { r.found.add_pool(to_address(id >> 96)); }

/// Vault.swap((poolId, kind, assetIn, assetOut, amount, userData), funds, limit, deadline); kind 1 is an exact output.
inline bool read_balancer_swap(const Reading& r) {
    const Arguments single = r.args.tuple(0);
    Swap swap{.token_in = single.address(2), .token_out = single.address(3), .amount_in = {}, .amount_out = {}};
    set_amounts(swap, single.flag(1), single.word(4), r.args.word(5));
    add_balancer_pool(r, single.word(0));
    r.found.add_swap(swap);
    return true;
}

/// Vault.batchSwap(kind, (poolId, in, out, amount, userData)[], assets, funds, limits, deadline). The trade's ends are
/// those of its first and last step (the other way around for an exact output); an amount of zero goes on with what
/// the step before gave.
inline bool read_balancer_batch(const Reading& r) {
    const bool exact_out = r.args.flag(0);
    const auto steps = r.args.list(1);
    const auto assets = r.args.list(2);
    const auto limits = r.args.list(7);
    if (steps.size == 0 || limits.size != assets.size) return false;
    size_t given_at = 0, other_at = 0;
    u256 given;
    for (size_t i = 0; i < steps.size && r.found.spend(); ++i) {
        const Arguments step = steps.items.tuple(i);
        const size_t in = step.number(1), out = step.number(2);
        if (in >= assets.size || out >= assets.size) return false;
        if (i == 0) given_at = exact_out ? out : in;
        other_at = exact_out ? in : out;
        if ((exact_out ? out : in) == given_at) given += step.word(3);
        add_balancer_pool(r, step.word(0));
        r.found.add_hop(assets.items.address(in), assets.items.address(out));
    }
    // Seen from the Vault: positive is the most that may come in, negative the least that has to go out.
    const u256 limit = limits.items.word(other_at);
    const u256 size = limit.is_negative() ? u256{} - limit : limit;
    Swap swap{.token_in = assets.items.address(exact_out ? other_at : given_at),
              .token_out = assets.items.address(exact_out ? given_at : other_at),
              .amount_in = {},
              .amount_out = {}};
    set_amounts(swap, exact_out, given, limit.is_negative() != exact_out ? size : u256{});
    r.found.add_swap(swap);
    return true;
}

/// V3's Router: (pool, tokenIn, tokenOut, exact amount, limit, ...).
template <bool exact_out>
bool read_balancer_v3(const Reading& r) {
    Swap swap{.token_in = r.args.address(1), .token_out = r.args.address(2), .amount_in = {}, .amount_out = {}};
    set_amounts(swap, exact_out, r.args.word(3), r.args.word(4));
    r.found.add_pool(r.args.address(0));
    r.found.add_swap(swap);
    return true;
}

inline constexpr Function exchange_functions[] = {
    // Curve's routers: v1.0, v1.1 with pools, NG
    OSPREY_FUNCTION("exchange_multiple(address[9],uint256[3][4],uint256,uint256)", Kind::swap, Router::curve,
                    read_curve_route<9, 12>),
    OSPREY_FUNCTION("exchange_multiple(address[9],uint256[3][4],uint256,uint256,address[4])", Kind::swap, Router::curve,
                    read_curve_route<9, 12>),
    OSPREY_FUNCTION("exchange_multiple(address[9],uint256[3][4],uint256,uint256,address[4],address)", Kind::swap,
                    Router::curve, read_curve_route<9, 12>),
    OSPREY_FUNCTION("exchange(address[11],uint256[5][5],uint256,uint256)", Kind::swap, Router::curve,
                    read_curve_route<11, 25>),
    OSPREY_FUNCTION("exchange(address[11],uint256[5][5],uint256,uint256,address[5])", Kind::swap, Router::curve,
                    read_curve_route<11, 25>),
    OSPREY_FUNCTION("exchange(address[11],uint256[5][5],uint256,uint256,address[5],address)", Kind::swap, Router::curve,
                    read_curve_route<11, 25>),
    OSPREY_FUNCTION("exchange(address[11],uint256[4][5],uint256,uint256)", Kind::swap, Router::curve,
                    read_curve_route<11, 20>),
    OSPREY_FUNCTION("exchange(address[11],uint256[4][5],uint256,uint256,address[5])", Kind::swap, Router::curve,
                    read_curve_route<11, 20>),
    OSPREY_FUNCTION("exchange(address[11],uint256[4][5],uint256,uint256,address[5],address)", Kind::swap, Router::curve,
                    read_curve_route<11, 20>),
    // Curve's pools, which anybody calls
    OSPREY_FUNCTION("exchange(int128,int128,uint256,uint256)", Kind::swap, Router::curve, read_curve_pool),
    OSPREY_FUNCTION("exchange(int128,int128,uint256,uint256,address)", Kind::swap, Router::curve, read_curve_pool),
    OSPREY_FUNCTION("exchange_underlying(int128,int128,uint256,uint256)", Kind::swap, Router::curve, read_curve_pool),
    OSPREY_FUNCTION("exchange_underlying(int128,int128,uint256,uint256,address)", Kind::swap, Router::curve,
                    read_curve_pool),
    OSPREY_FUNCTION("exchange(uint256,uint256,uint256,uint256)", Kind::swap, Router::curve, read_curve_pool),
    OSPREY_FUNCTION("exchange(uint256,uint256,uint256,uint256,bool)", Kind::swap, Router::curve, read_curve_pool),
    OSPREY_FUNCTION("exchange(uint256,uint256,uint256,uint256,bool,address)", Kind::swap, Router::curve,
                    read_curve_pool),
    OSPREY_FUNCTION("exchange_underlying(uint256,uint256,uint256,uint256)", Kind::swap, Router::curve, read_curve_pool),
    OSPREY_FUNCTION("exchange_received(int128,int128,uint256,uint256)", Kind::swap, Router::curve, read_curve_pool),
    OSPREY_FUNCTION("add_liquidity(uint256[2],uint256)", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("add_liquidity(uint256[3],uint256)", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("add_liquidity(uint256[4],uint256)", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("add_liquidity(uint256[],uint256)", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("remove_liquidity(uint256,uint256[2])", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("remove_liquidity(uint256,uint256[3])", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("remove_liquidity(uint256,uint256[4])", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("remove_liquidity_imbalance(uint256[2],uint256)", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("remove_liquidity_imbalance(uint256[3],uint256)", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("remove_liquidity_imbalance(uint256[4],uint256)", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("remove_liquidity_one_coin(uint256,int128,uint256)", Kind::liquidity, Router::curve),
    OSPREY_FUNCTION("remove_liquidity_one_coin(uint256,uint256,uint256)", Kind::liquidity, Router::curve),
    // Balancer V2's Vault
    OSPREY_FUNCTION("swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),uint256,uint256)",
                    Kind::swap, Router::balancer, read_balancer_swap),
    OSPREY_FUNCTION("batchSwap(uint8,(bytes32,uint256,uint256,uint256,bytes)[],address[],(address,bool,address,bool),"
                    "int256[],uint256)",
                    Kind::swap, Router::balancer, read_balancer_batch),
    OSPREY_FUNCTION("joinPool(bytes32,address,address,(address[],uint256[],bytes,bool))", Kind::liquidity,
                    Router::balancer),
    OSPREY_FUNCTION("exitPool(bytes32,address,address,(address[],uint256[],bytes,bool))", Kind::liquidity,
                    Router::balancer),
    // Balancer V3's Router
    OSPREY_FUNCTION("swapSingleTokenExactIn(address,address,address,uint256,uint256,uint256,bool,bytes)", Kind::swap,
                    Router::balancer, read_balancer_v3<false>),
    OSPREY_FUNCTION("swapSingleTokenExactOut(address,address,address,uint256,uint256,uint256,bool,bytes)", Kind::swap,
                    Router::balancer, read_balancer_v3<true>),
};

}  // namespace osprey::protocol::calls
