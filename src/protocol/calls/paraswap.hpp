#pragma once
// ParaSwap (Augustus V5 and V6).

#include "protocol/calls/aggregators.hpp"

namespace osprey::protocol::calls {

/// swapOnUniswap(amount, least, path)
inline bool read_paraswap_uniswap(const Reading& r) {
    Swap swap;
    set_amounts(swap, false, r.args.word(0), r.args.word(1));
    if (!read_tokens(r.found, r.args.list(2), swap)) return false;
    swap.token_in = or_native(swap.token_in);
    swap.token_out = or_native(swap.token_out);
    r.found.add_swap(swap);
    return true;
}
/// (tokenIn, amount in, amount out, weth, pools), fees in the pools' high bits. What comes out only the last one knows.
template <bool exact_out>
bool read_paraswap_fork(const Reading& r) {
    Swap swap{.token_in = or_native(r.args.address(0)),
              .token_out = {},
              .amount_in = r.args.word(1),
              .amount_out = r.args.word(2),
              .exact_out = exact_out,
              .in_told = true,
              .out_told = false};
    const auto pools = r.args.list(4);
    for (size_t i = 0; i < pools.size && r.found.spend(); ++i) r.found.add_pool(pools.items.packed_address(i));
    r.found.add_swap(swap);
    return pools.size != 0;
}
/// A tuple of (in, out, amount in, amount out, ...)
template <bool exact_out>
bool read_paraswap_simple(const Reading& r) {
    add_trade<exact_out>(r, r.args.tuple(0), 0, 1, exact_out ? 3 : 2, exact_out ? 2 : 3);
    return true;
}
/// (in, out, exchange, amount, least, ...)
inline bool read_paraswap_direct(const Reading& r) {
    add_trade(r, r.args.tuple(0), 0, 1, 3, 4);
    return true;
}
/// (in, amount, least, expected, beneficiary, path): each step of a path begins with the token that it leads to. A mega
/// swap has several paths, each behind its share.
template <bool mega>
bool read_paraswap_multi(const Reading& r) {
    const Arguments sell = r.args.tuple(0);
    auto path = sell.list(5);
    if (path.size == 0) return false;
    if constexpr (mega) path = path.items.tuple(0).list(1);
    if (path.size == 0) return false;
    Swap swap{.token_in = or_native(sell.address(0)),
              .token_out = or_native(path.items.tuple(path.size - 1).address(0)),
              .amount_in = {},
              .amount_out = {}};
    set_amounts(swap, false, sell.word(1), sell.word(2));
    r.found.add_swap(swap);
    return true;
}
/// V6: (executor, (in, out, amount in, amount out, quoted, ...), ...)
template <bool exact_out>
bool read_paraswap_v6(const Reading& r) {
    add_trade<exact_out>(r, r.args, 1, 2, exact_out ? 4 : 3, exact_out ? 3 : 4);
    return true;
}

#define OSPREY_PARASWAP_SELL "(address,uint256,(address,uint256,uint256,(uint256,address,uint256,bytes,uint256)[])[])[]"
inline constexpr Function paraswap_functions[] = {
    OSPREY_FUNCTION("swapOnUniswap(uint256,uint256,address[])", Kind::swap, Router::paraswap, read_paraswap_uniswap),
    OSPREY_FUNCTION("swapOnUniswapV2Fork(address,uint256,uint256,address,uint256[])", Kind::swap, Router::paraswap,
                    read_paraswap_fork<false>),
    OSPREY_FUNCTION("buyOnUniswapV2Fork(address,uint256,uint256,address,uint256[])", Kind::swap, Router::paraswap,
                    read_paraswap_fork<true>),
    OSPREY_FUNCTION("simpleSwap((address,address,uint256,uint256,uint256,address[],bytes,uint256[],uint256[],address,"
                    "address,uint256,bytes,uint256,bytes16))",
                    Kind::swap, Router::paraswap, read_paraswap_simple<false>),
    OSPREY_FUNCTION("directUniV3Swap((address,address,address,uint256,uint256,uint256,uint256,uint256,address,bool,"
                    "address,bytes,bytes,bytes16))",
                    Kind::swap, Router::paraswap, read_paraswap_direct),
    OSPREY_FUNCTION("multiSwap((address,uint256,uint256,uint256,address," OSPREY_PARASWAP_SELL
                    ",address,uint256,bytes,uint256,bytes16))",
                    Kind::swap, Router::paraswap, read_paraswap_multi<false>),
    OSPREY_FUNCTION("megaSwap((address,uint256,uint256,uint256,address,(uint256," OSPREY_PARASWAP_SELL
                    ")[],address,uint256,bytes,uint256,bytes16))",
                    Kind::swap, Router::paraswap, read_paraswap_multi<true>),
    OSPREY_FUNCTION("swapExactAmountIn(address,(address,address,uint256,uint256,uint256,bytes32,address),uint256,bytes,"
                    "bytes)",
                    Kind::swap, Router::paraswap, read_paraswap_v6<false>),
    OSPREY_FUNCTION(
        "swapExactAmountOut(address,(address,address,uint256,uint256,uint256,bytes32,address),uint256,bytes,"
        "bytes)",
        Kind::swap, Router::paraswap, read_paraswap_v6<true>),
    OSPREY_FUNCTION("swapExactAmountInOnUniswapV2((address,address,uint256,uint256,uint256,bytes32,address,bytes),"
                    "uint256,bytes)",
                    Kind::swap, Router::paraswap, read_paraswap_simple<false>),
    OSPREY_FUNCTION("swapExactAmountInOnUniswapV3((address,address,uint256,uint256,uint256,bytes32,address,bytes),"
                    "uint256,bytes)",
                    Kind::swap, Router::paraswap, read_paraswap_simple<false>),
    OSPREY_FUNCTION("swapExactAmountOutOnUniswapV2((address,address,uint256,uint256,uint256,bytes32,address,bytes),"
                    "uint256,bytes)",
                    Kind::swap, Router::paraswap, read_paraswap_simple<true>),
    OSPREY_FUNCTION("swapExactAmountOutOnUniswapV3((address,address,uint256,uint256,uint256,bytes32,address,bytes),"
                    "uint256,bytes)",
                    Kind::swap, Router::paraswap, read_paraswap_simple<true>),
};
#undef OSPREY_PARASWAP_SELL

}  // namespace osprey::protocol::calls
