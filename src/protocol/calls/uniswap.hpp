#pragma once
// The routers of Uniswap V2 and V3, their forks, and those of the Solidly line (Velodrome, Aerodrome); their pools.
// Contract references are to UniswapV2Router02, SwapRouter, SwapRouter02.

#include "protocol/calls/reading.hpp"

namespace osprey::protocol::calls {

/// The path of a trade: tokens in turn.
inline bool read_tokens(Found& found, const Arguments::List& path, Swap& swap) noexcept {
    if (path.size < 2) return false;
    for (size_t i = 0; i + 1 < path.size && found.spend(); ++i)
        found.add_hop(path.items.address(i), path.items.address(i + 1));
    swap.token_in = path.items.address(0);
    swap.token_out = path.items.address(path.size - 1);
    return true;
}

inline Address packed_token(BytesView path, size_t at) noexcept {
    Address a;
    std::memcpy(a.data(), path.data() + at, 20);
    return a;
}
/// A packed path: a token, then the pool's fee (3 bytes; Algebra's pools have none here) and the next token, and so on.
inline bool read_packed_path(Found& found, BytesView path, bool exact_out, Swap& swap) noexcept {
    constexpr size_t token = 20;
    if (path.size() < 2 * token) return false;
    const size_t step = (path.size() - token) % (token + 3) == 0 ? token + 3 : token;
    if ((path.size() - token) % step != 0) return false;
    for (size_t at = 0; at + step < path.size() && found.spend(); at += step)
        found.add_hop(packed_token(path, at), packed_token(path, at + step));
    swap.token_in = packed_token(path, 0);
    swap.token_out = packed_token(path, path.size() - token);
    if (exact_out) std::swap(swap.token_in, swap.token_out);  // such a path begins at its end
    return true;
}

/// A trade's two amounts as functions take them: the exact one first.
inline void set_amounts(Swap& swap, bool exact_out, const u256& exact, const u256& limit) noexcept {
    swap.exact_out = exact_out;
    swap.amount_in = exact_out ? limit : exact;
    swap.amount_out = exact_out ? exact : limit;
}

template <bool exact_out, bool native_in>
bool read_v2(const Reading& r) {
    Swap swap;
    if constexpr (native_in)
        set_amounts(swap, exact_out, exact_out ? r.args.word(0) : r.value, exact_out ? r.value : r.args.word(0));
    else
        set_amounts(swap, exact_out, r.args.word(0), r.args.word(1));
    if (!read_tokens(r.found, r.args.list(native_in ? 1 : 2), swap)) return false;
    r.found.add_swap(swap);
    return true;
}

/// Routes instead of a path: (from, to, stable), Aerodrome's with the factory behind.
template <bool native_in, size_t route_words>
bool read_solidly(const Reading& r) {
    Swap swap;
    set_amounts(swap, false, native_in ? r.value : r.args.word(0), r.args.word(native_in ? 0 : 1));
    const auto routes = r.args.list(native_in ? 1 : 2, route_words);
    if (routes.size == 0) return false;
    for (size_t i = 0; i < routes.size && r.found.spend(); ++i)
        r.found.add_hop(routes.items.address(i * route_words), routes.items.address(i * route_words + 1));
    swap.token_in = routes.items.address(0);
    swap.token_out = routes.items.address((routes.size - 1) * route_words + 1);
    r.found.add_swap(swap);
    return true;
}

/// (tokenIn, tokenOut, ..., amountIn, amountOutMinimum, sqrtPriceLimitX96), or (..., amountOut, amountInMaximum, ...).
template <bool exact_out, size_t amount_at>
bool read_v3_single(const Reading& r) {
    Swap swap{.token_in = r.args.address(0), .token_out = r.args.address(1), .amount_in = {}, .amount_out = {}};
    set_amounts(swap, exact_out, r.args.word(amount_at), r.args.word(amount_at + 1));
    r.found.add_swap(swap);
    return true;
}

/// (path, recipient, deadline?, exact amount, limit)
template <bool exact_out, size_t amount_at>
bool read_v3_path(const Reading& r) {
    const Arguments params = r.args.tuple(0);
    Swap swap;
    set_amounts(swap, exact_out, params.word(amount_at), params.word(amount_at + 1));
    if (!read_packed_path(r.found, params.bytes(0), exact_out, swap)) return false;
    r.found.add_swap(swap);
    return true;
}

inline constexpr Function uniswap_functions[] = {
    // UniswapV2Router02
    OSPREY_FUNCTION("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)", Kind::swap,
                    Router::uniswap_v2, read_v2<false, false>),
    OSPREY_FUNCTION("swapTokensForExactTokens(uint256,uint256,address[],address,uint256)", Kind::swap,
                    Router::uniswap_v2, read_v2<true, false>),
    OSPREY_FUNCTION("swapExactETHForTokens(uint256,address[],address,uint256)", Kind::swap, Router::uniswap_v2,
                    read_v2<false, true>),
    OSPREY_FUNCTION("swapTokensForExactETH(uint256,uint256,address[],address,uint256)", Kind::swap, Router::uniswap_v2,
                    read_v2<true, false>),
    OSPREY_FUNCTION("swapExactTokensForETH(uint256,uint256,address[],address,uint256)", Kind::swap, Router::uniswap_v2,
                    read_v2<false, false>),
    OSPREY_FUNCTION("swapETHForExactTokens(uint256,address[],address,uint256)", Kind::swap, Router::uniswap_v2,
                    read_v2<true, true>),
    OSPREY_FUNCTION("swapExactTokensForTokensSupportingFeeOnTransferTokens(uint256,uint256,address[],address,uint256)",
                    Kind::swap, Router::uniswap_v2, read_v2<false, false>),
    OSPREY_FUNCTION("swapExactETHForTokensSupportingFeeOnTransferTokens(uint256,address[],address,uint256)", Kind::swap,
                    Router::uniswap_v2, read_v2<false, true>),
    OSPREY_FUNCTION("swapExactTokensForETHSupportingFeeOnTransferTokens(uint256,uint256,address[],address,uint256)",
                    Kind::swap, Router::uniswap_v2, read_v2<false, false>),
    // Velodrome's and Aerodrome's routers
    OSPREY_FUNCTION("swapExactTokensForTokens(uint256,uint256,(address,address,bool)[],address,uint256)", Kind::swap,
                    Router::uniswap_v2, read_solidly<false, 3>),
    OSPREY_FUNCTION("swapExactETHForTokens(uint256,(address,address,bool)[],address,uint256)", Kind::swap,
                    Router::uniswap_v2, read_solidly<true, 3>),
    OSPREY_FUNCTION("swapExactTokensForETH(uint256,uint256,(address,address,bool)[],address,uint256)", Kind::swap,
                    Router::uniswap_v2, read_solidly<false, 3>),
    OSPREY_FUNCTION("swapExactTokensForTokens(uint256,uint256,(address,address,bool,address)[],address,uint256)",
                    Kind::swap, Router::uniswap_v2, read_solidly<false, 4>),
    OSPREY_FUNCTION("swapExactETHForTokens(uint256,(address,address,bool,address)[],address,uint256)", Kind::swap,
                    Router::uniswap_v2, read_solidly<true, 4>),
    OSPREY_FUNCTION("swapExactTokensForETH(uint256,uint256,(address,address,bool,address)[],address,uint256)",
                    Kind::swap, Router::uniswap_v2, read_solidly<false, 4>),
    // SwapRouter; Slipstream's has the tick spacing in the fee's place
    OSPREY_FUNCTION("exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))", Kind::swap,
                    Router::uniswap_v3, read_v3_single<false, 5>),
    OSPREY_FUNCTION("exactInputSingle((address,address,int24,address,uint256,uint256,uint256,uint160))", Kind::swap,
                    Router::uniswap_v3, read_v3_single<false, 5>),
    OSPREY_FUNCTION("exactInput((bytes,address,uint256,uint256,uint256))", Kind::swap, Router::uniswap_v3,
                    read_v3_path<false, 3>),
    OSPREY_FUNCTION("exactOutputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))", Kind::swap,
                    Router::uniswap_v3, read_v3_single<true, 5>),
    OSPREY_FUNCTION("exactOutput((bytes,address,uint256,uint256,uint256))", Kind::swap, Router::uniswap_v3,
                    read_v3_path<true, 3>),
    // SwapRouter02: no deadlines, pairs of V2 too
    OSPREY_FUNCTION("exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))", Kind::swap,
                    Router::uniswap_v3, read_v3_single<false, 4>),
    OSPREY_FUNCTION("exactInput((bytes,address,uint256,uint256))", Kind::swap, Router::uniswap_v3,
                    read_v3_path<false, 2>),
    OSPREY_FUNCTION("exactOutputSingle((address,address,uint24,address,uint256,uint256,uint160))", Kind::swap,
                    Router::uniswap_v3, read_v3_single<true, 4>),
    OSPREY_FUNCTION("exactOutput((bytes,address,uint256,uint256))", Kind::swap, Router::uniswap_v3,
                    read_v3_path<true, 2>),
    OSPREY_FUNCTION("swapExactTokensForTokens(uint256,uint256,address[],address)", Kind::swap, Router::uniswap_v2,
                    read_v2<false, false>),
    OSPREY_FUNCTION("swapTokensForExactTokens(uint256,uint256,address[],address)", Kind::swap, Router::uniswap_v2,
                    read_v2<true, false>),
    // Algebra's SwapRouter (its exactInput has Uniswap's signature)
    OSPREY_FUNCTION("exactInputSingle((address,address,address,uint256,uint256,uint256,uint160))", Kind::swap,
                    Router::uniswap_v3, read_v3_single<false, 4>),
    // Pools themselves
    OSPREY_FUNCTION("swap(uint256,uint256,address,bytes)", Kind::pool_call),
    OSPREY_FUNCTION("swap(address,bool,int256,uint160,bytes)", Kind::pool_call),
    OSPREY_FUNCTION("flash(address,uint256,uint256,bytes)", Kind::pool_call),
    OSPREY_FUNCTION("skim(address)", Kind::pool_call),
    OSPREY_FUNCTION("sync()", Kind::pool_call),
    // Liquidity: routers of V2, position managers of V3 and V4
    OSPREY_FUNCTION("addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)", Kind::liquidity,
                    Router::uniswap_v2),
    OSPREY_FUNCTION("addLiquidityETH(address,uint256,uint256,uint256,address,uint256)", Kind::liquidity,
                    Router::uniswap_v2),
    OSPREY_FUNCTION("removeLiquidity(address,address,uint256,uint256,uint256,address,uint256)", Kind::liquidity,
                    Router::uniswap_v2),
    OSPREY_FUNCTION("removeLiquidityETH(address,uint256,uint256,uint256,address,uint256)", Kind::liquidity,
                    Router::uniswap_v2),
    OSPREY_FUNCTION("removeLiquidityETHSupportingFeeOnTransferTokens(address,uint256,uint256,uint256,address,uint256)",
                    Kind::liquidity, Router::uniswap_v2),
    OSPREY_FUNCTION(
        "removeLiquidityWithPermit(address,address,uint256,uint256,uint256,address,uint256,bool,uint8,bytes32,bytes32)",
        Kind::liquidity, Router::uniswap_v2),
    OSPREY_FUNCTION(
        "removeLiquidityETHWithPermit(address,uint256,uint256,uint256,address,uint256,bool,uint8,bytes32,bytes32)",
        Kind::liquidity, Router::uniswap_v2),
    OSPREY_FUNCTION("mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))",
                    Kind::liquidity),
    OSPREY_FUNCTION("increaseLiquidity((uint256,uint256,uint256,uint256,uint256,uint256))", Kind::liquidity),
    OSPREY_FUNCTION("decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))", Kind::liquidity),
    OSPREY_FUNCTION("collect((uint256,address,uint128,uint128))", Kind::liquidity),
    OSPREY_FUNCTION("modifyLiquidities(bytes,uint256)", Kind::liquidity),
};

}  // namespace osprey::protocol::calls
