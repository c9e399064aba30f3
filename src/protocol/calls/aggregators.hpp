#pragma once
// 1inch (AggregationRouter V4 to V6), 0x (Exchange Proxy, AllowanceHolder, Settler), and others that find the route
// off-chain: KyberSwap, MetaMask, Odos, LI.FI, CoW.

#include "protocol/calls/uniswap.hpp"

namespace osprey::protocol::calls {

/// A trade that stands in four words of a tuple.
template <bool exact_out = false>
void add_trade(const Reading& r, const Arguments& from, size_t in, size_t out, size_t exact, size_t limit) {
    Swap swap{.token_in = or_native(from.address(in)),
              .token_out = or_native(from.address(out)),
              .amount_in = {},
              .amount_out = {}};
    set_amounts(swap, exact_out, from.word(exact), from.word(limit));
    r.found.add_swap(swap);
}

// --- 1inch ------------------------------------------------------------------------------------

/// (executor, (srcToken, dstToken, srcReceiver, dstReceiver, amount, minReturn, flags), ...)
inline bool read_one_inch(const Reading& r) {
    add_trade(r, r.args, 1, 2, 5, 6);
    return true;
}
/// V4's description has the permit in it, and so stands behind an offset.
inline bool read_one_inch_v4(const Reading& r) {
    add_trade(r, r.args.tuple(1), 0, 1, 4, 5);
    return true;
}

/// (recipient?, srcToken, amount, minReturn, pools), the pools' flags in the high bits. What comes out only the last
/// pool knows.
template <size_t first>
bool read_unoswap(const Reading& r) {
    Swap swap{.token_in = or_native(r.args.address(first)),
              .token_out = {},
              .amount_in = {},
              .amount_out = {},
              .out_told = false};
    set_amounts(swap, false, r.args.word(first + 1), r.args.word(first + 2));
    const auto pools = r.args.list(first + 3);
    for (size_t i = 0; i < pools.size && r.found.spend(); ++i) r.found.add_pool(pools.items.packed_address(i));
    r.found.add_swap(swap);
    return pools.size != 0;
}
/// (recipient?, amount, minReturn, pools): the native coin when it comes with the call.
template <size_t first>
bool read_one_inch_v3(const Reading& r) {
    Swap swap{.token_in = {}, .token_out = {}, .amount_in = {}, .amount_out = {}, .out_told = false};
    swap.in_told = bool{r.value};
    set_amounts(swap, false, r.args.word(first), r.args.word(first + 1));
    const auto pools = r.args.list(first + 2);
    for (size_t i = 0; i < pools.size && r.found.spend(); ++i) r.found.add_pool(pools.items.packed_address(i));
    r.found.add_swap(swap);
    return pools.size != 0;
}
/// V6: (recipient?, token, amount, minReturn, dex, dex2?, dex3?), or for the native coin (recipient?, minReturn,
/// dex...).
template <bool native_in, size_t first, size_t pools>
bool read_unoswap_v6(const Reading& r) {
    Swap swap{.token_in = {}, .token_out = {}, .amount_in = {}, .amount_out = {}, .out_told = false};
    if constexpr (native_in) {
        set_amounts(swap, false, r.value, r.args.word(first));
    } else {
        swap.token_in = r.args.packed_address(first);
        set_amounts(swap, false, r.args.word(first + 1), r.args.word(first + 2));
    }
    for (size_t i = 0; i < pools; ++i) r.found.add_pool(r.args.packed_address(first + (native_in ? 1 : 3) + i));
    r.found.add_swap(swap);
    return true;
}

inline constexpr Function one_inch_functions[] = {
    OSPREY_FUNCTION("swap(address,(address,address,address,address,uint256,uint256,uint256,bytes),bytes)", Kind::swap,
                    Router::one_inch, read_one_inch_v4),
    OSPREY_FUNCTION("swap(address,(address,address,address,address,uint256,uint256,uint256),bytes,bytes)", Kind::swap,
                    Router::one_inch, read_one_inch),
    OSPREY_FUNCTION("swap(address,(address,address,address,address,uint256,uint256,uint256),bytes)", Kind::swap,
                    Router::one_inch, read_one_inch),
    OSPREY_FUNCTION("unoswap(address,uint256,uint256,bytes32[])", Kind::swap, Router::one_inch, read_unoswap<0>),
    OSPREY_FUNCTION("unoswap(address,uint256,uint256,uint256[])", Kind::swap, Router::one_inch, read_unoswap<0>),
    OSPREY_FUNCTION("unoswapTo(address,address,uint256,uint256,uint256[])", Kind::swap, Router::one_inch,
                    read_unoswap<1>),
    OSPREY_FUNCTION("uniswapV3Swap(uint256,uint256,uint256[])", Kind::swap, Router::one_inch, read_one_inch_v3<0>),
    OSPREY_FUNCTION("uniswapV3SwapTo(address,uint256,uint256,uint256[])", Kind::swap, Router::one_inch,
                    read_one_inch_v3<1>),
    OSPREY_FUNCTION("unoswap(uint256,uint256,uint256,uint256)", Kind::swap, Router::one_inch,
                    read_unoswap_v6<false, 0, 1>),
    OSPREY_FUNCTION("unoswap2(uint256,uint256,uint256,uint256,uint256)", Kind::swap, Router::one_inch,
                    read_unoswap_v6<false, 0, 2>),
    OSPREY_FUNCTION("unoswap3(uint256,uint256,uint256,uint256,uint256,uint256)", Kind::swap, Router::one_inch,
                    read_unoswap_v6<false, 0, 3>),
    OSPREY_FUNCTION("unoswapTo(uint256,uint256,uint256,uint256,uint256)", Kind::swap, Router::one_inch,
                    read_unoswap_v6<false, 1, 1>),
    OSPREY_FUNCTION("unoswapTo2(uint256,uint256,uint256,uint256,uint256,uint256)", Kind::swap, Router::one_inch,
                    read_unoswap_v6<false, 1, 2>),
    OSPREY_FUNCTION("ethUnoswap(uint256,uint256)", Kind::swap, Router::one_inch, read_unoswap_v6<true, 0, 1>),
    OSPREY_FUNCTION("ethUnoswap2(uint256,uint256,uint256)", Kind::swap, Router::one_inch, read_unoswap_v6<true, 0, 2>),
    OSPREY_FUNCTION("ethUnoswap3(uint256,uint256,uint256,uint256)", Kind::swap, Router::one_inch,
                    read_unoswap_v6<true, 0, 3>),
    OSPREY_FUNCTION("ethUnoswapTo(uint256,uint256,uint256)", Kind::swap, Router::one_inch, read_unoswap_v6<true, 1, 1>),
};

// --- 0x ---------------------------------------------------------------------------------------

inline bool read_transform_erc20(const Reading& r) {
    add_trade(r, r.args, 0, 1, 2, 3);
    return true;
}
/// (path, amount, least, ...)
inline bool read_sell_to_uniswap(const Reading& r) {
    Swap swap;
    set_amounts(swap, false, r.args.word(1), r.args.word(2));
    if (!read_tokens(r.found, r.args.list(0), swap)) return false;
    swap.token_in = or_native(swap.token_in);
    swap.token_out = or_native(swap.token_out);
    r.found.add_swap(swap);
    return true;
}
/// (packed path, amount?, least, recipient)
template <bool native_in>
bool read_sell_to_v3(const Reading& r) {
    Swap swap;
    set_amounts(swap, false, native_in ? r.value : r.args.word(1), r.args.word(native_in ? 1 : 2));
    if (!read_packed_path(r.found, r.args.bytes(0), false, swap)) return false;
    r.found.add_swap(swap);
    return true;
}
inline bool read_sell_to_provider(const Reading& r) {
    add_trade(r, r.args, 0, 1, 4, 5);
    return true;
}
/// multiplexBatchSellTokenForToken(in, out, calls, amount, least)
inline bool read_multiplex(const Reading& r) {
    add_trade(r, r.args, 0, 1, 3, 4);
    return true;
}
/// ...EthForToken(out, calls, least)
inline bool read_multiplex_native_in(const Reading& r) {
    Swap swap{.token_in = {}, .token_out = r.args.address(0), .amount_in = {}, .amount_out = {}};
    set_amounts(swap, false, r.value, r.args.word(2));
    r.found.add_swap(swap);
    return true;
}
/// ...TokenForEth(in, calls, amount, least)
inline bool read_multiplex_native_out(const Reading& r) {
    Swap swap{.token_in = r.args.address(0), .token_out = {}, .amount_in = {}, .amount_out = {}};
    set_amounts(swap, false, r.args.word(2), r.args.word(3));
    r.found.add_swap(swap);
    return true;
}

/// multiplexMultiHopSell...(tokens, calls, amount, least)
inline bool read_multi_hop(const Reading& r) {
    Swap swap;
    set_amounts(swap, false, r.args.word(2), r.args.word(3));
    if (!read_tokens(r.found, r.args.list(0), swap)) return false;
    r.found.add_swap(swap);
    return true;
}
/// batchFill((in, out, amount, calls), least)
inline bool read_batch_fill(const Reading& r) {
    const Arguments fill = r.args.tuple(0);
    Swap swap{.token_in = or_native(fill.address(0)),
              .token_out = or_native(fill.address(1)),
              .amount_in = {},
              .amount_out = {}};
    set_amounts(swap, false, fill.word(2), r.args.word(1));
    r.found.add_swap(swap);
    return true;
}

inline constexpr uint32_t settler_execute = "execute((address,address,uint256),bytes[],bytes32)"_selector;
/// Settler.execute and executeMetaTxn((recipient, buyToken, minAmountOut), actions, ...): what is sold stands in its
/// actions.
inline bool read_settler(const Reading& r) {
    Swap swap{.token_in = {},
              .token_out = or_native(r.args.address(1)),
              .amount_in = {},
              .amount_out = r.args.word(2),
              .in_told = false,
              .out_told = true};
    swap.out_told = bool{r.args.address(1)};
    r.found.add_swap(swap);
    return true;
}
/// AllowanceHolder.exec(operator, token, amount, target, data), mostly with a Settler as target.
inline bool read_allowance_holder(const Reading& r) {
    Swap swap{.token_in = or_native(r.args.address(1)),
              .token_out = {},
              .amount_in = r.args.word(2),
              .amount_out = {},
              .out_told = false};
    const BytesView data = r.args.bytes(4);
    if (abi::selector_of(data) == settler_execute) {
        const Arguments inner{data.subspan(4), r.args.ok()};
        swap.token_out = or_native(inner.address(1));
        swap.out_told = bool{inner.address(1)};
        swap.amount_out = inner.word(2);
    }
    r.found.add_swap(swap);
    return true;
}

inline constexpr Function zero_ex_functions[] = {
    OSPREY_FUNCTION("transformERC20(address,address,uint256,uint256,(uint32,bytes)[])", Kind::swap, Router::zero_ex,
                    read_transform_erc20),
    OSPREY_FUNCTION("sellToUniswap(address[],uint256,uint256,bool)", Kind::swap, Router::zero_ex, read_sell_to_uniswap),
    OSPREY_FUNCTION("sellToPancakeSwap(address[],uint256,uint256,uint8)", Kind::swap, Router::zero_ex,
                    read_sell_to_uniswap),
    OSPREY_FUNCTION("sellTokenForTokenToUniswapV3(bytes,uint256,uint256,address)", Kind::swap, Router::zero_ex,
                    read_sell_to_v3<false>),
    OSPREY_FUNCTION("sellTokenForEthToUniswapV3(bytes,uint256,uint256,address)", Kind::swap, Router::zero_ex,
                    read_sell_to_v3<false>),
    OSPREY_FUNCTION("sellEthForTokenToUniswapV3(bytes,uint256,address)", Kind::swap, Router::zero_ex,
                    read_sell_to_v3<true>),
    OSPREY_FUNCTION("sellToLiquidityProvider(address,address,address,address,uint256,uint256,bytes)", Kind::swap,
                    Router::zero_ex, read_sell_to_provider),
    OSPREY_FUNCTION("multiplexBatchSellTokenForToken(address,address,(uint8,uint256,bytes)[],uint256,uint256)",
                    Kind::swap, Router::zero_ex, read_multiplex),
    OSPREY_FUNCTION("multiplexBatchSellEthForToken(address,(uint8,uint256,bytes)[],uint256)", Kind::swap,
                    Router::zero_ex, read_multiplex_native_in),
    OSPREY_FUNCTION("multiplexBatchSellTokenForEth(address,(uint8,uint256,bytes)[],uint256,uint256)", Kind::swap,
                    Router::zero_ex, read_multiplex_native_out),
    OSPREY_FUNCTION("multiplexMultiHopSellTokenForToken(address[],(uint8,bytes)[],uint256,uint256)", Kind::swap,
                    Router::zero_ex, read_multi_hop),
    OSPREY_FUNCTION("multiplexMultiHopSellTokenForEth(address[],(uint8,bytes)[],uint256,uint256)", Kind::swap,
                    Router::zero_ex, read_multi_hop),
    OSPREY_FUNCTION("batchFill((address,address,uint256,(bytes4,uint256,bytes)[]),uint256)", Kind::swap,
                    Router::zero_ex, read_batch_fill),
    OSPREY_FUNCTION("exec(address,address,uint256,address,bytes)", Kind::swap, Router::zero_ex, read_allowance_holder),
    Function{"execute((address,address,uint256),bytes[],bytes32)", settler_execute, Kind::swap, Router::zero_ex,
             read_settler},
    OSPREY_FUNCTION("executeMetaTxn((address,address,uint256),bytes[],bytes32,address,bytes)", Kind::swap,
                    Router::zero_ex, read_settler),
};

// --- others -----------------------------------------------------------------------------------

/// MetaAggregationRouterV2: (srcToken, dstToken, four lists, dstReceiver, amount, minReturn, ...) in a tuple.
inline bool read_kyber(const Reading& r) {
    add_trade(r, r.args.tuple(0).tuple(3), 0, 1, 7, 8);
    return true;
}
inline bool read_kyber_simple(const Reading& r) {
    add_trade(r, r.args.tuple(1), 0, 1, 7, 8);
    return true;
}
/// MetaSwap.swap(aggregator, tokenFrom, amount, data); its adapters' data begins with tokenFrom, tokenTo, amount,
/// least.
inline bool read_metamask(const Reading& r) {
    Swap swap{.token_in = r.args.address(1),
              .token_out = {},
              .amount_in = r.args.word(2),
              .amount_out = {},
              .out_told = false};
    bool adapted = true;
    const Arguments data{r.args.bytes(3), adapted};
    const Address from = data.address(0), to = data.address(1);
    const u256 least = data.word(3);
    if (adapted && from == swap.token_in) {
        swap.token_out = to;
        swap.amount_out = least;
        swap.out_told = true;
    }
    r.found.add_swap(swap);
    return true;
}
/// OdosRouterV2: (inputToken, amount, receiver, outputToken, quote, least, receiver)
inline bool read_odos(const Reading& r) {
    add_trade(r, r.args, 0, 3, 1, 5);
    return true;
}
/// Sushi's RouteProcessors: (tokenIn, amountIn, tokenOut, amountOutMin, to, route)
inline bool read_process_route(const Reading& r) {
    add_trade(r, r.args, 0, 2, 1, 3);
    return true;
}
/// GenericSwapFacet: (..., least, SwapData[]); each (callTo, approveTo, in, out, amount, ...).
inline bool read_li_fi(const Reading& r) {
    const auto steps = r.args.list(5);
    if (steps.size == 0) return false;
    const Arguments first = steps.items.tuple(0), last = steps.items.tuple(steps.size - 1);
    Swap swap{.token_in = first.address(2), .token_out = last.address(3), .amount_in = {}, .amount_out = {}};
    set_amounts(swap, false, first.word(4), r.args.word(4));
    r.found.add_swap(swap);
    return true;
}
/// GPv2Settlement.settle(tokens, prices, trades, interactions): a trade is (sell index, buy index, receiver, sell
/// amount, buy amount, valid to, app data, fee, flags, executed amount, signature), flag 1 an exact output.
inline bool read_cow(const Reading& r) {
    const auto tokens = r.args.list(0);
    const auto trades = r.args.list(2);
    for (size_t i = 0; i < trades.size && r.found.spend(); ++i) {
        const Arguments trade = trades.items.tuple(i);
        const size_t sold = trade.number(0), bought = trade.number(1);
        if (sold >= tokens.size || bought >= tokens.size) return false;
        Swap swap{.token_in = tokens.items.address(sold),
                  .token_out = or_native(tokens.items.address(bought)),
                  .amount_in = trade.word(3),
                  .amount_out = trade.word(4),
                  .exact_out = (trade.word(8).w[0] & 1) != 0};
        r.found.add_swap(swap);
    }
    return true;
}

inline constexpr Function aggregator_functions[] = {
    OSPREY_FUNCTION("swap((address,address,bytes,(address,address,address[],uint256[],address[],uint256[],address,"
                    "uint256,uint256,uint256,bytes),bytes))",
                    Kind::swap, Router::kyber, read_kyber),
    OSPREY_FUNCTION("swapSimpleMode(address,(address,address,address[],uint256[],address[],uint256[],address,uint256,"
                    "uint256,uint256,bytes),bytes,bytes)",
                    Kind::swap, Router::kyber, read_kyber_simple),
    OSPREY_FUNCTION("swap(string,address,uint256,bytes)", Kind::swap, Router::metamask, read_metamask),
    OSPREY_FUNCTION("swap((address,uint256,address,address,uint256,uint256,address),bytes,address,uint32)", Kind::swap,
                    Router::odos, read_odos),
    OSPREY_FUNCTION("swapCompact()", Kind::swap, Router::odos),
    OSPREY_FUNCTION("processRoute(address,uint256,address,uint256,address,bytes)", Kind::swap, Router::other,
                    read_process_route),
    OSPREY_FUNCTION("swapTokensGeneric(bytes32,string,string,address,uint256,(address,address,address,address,uint256,"
                    "bytes,bool)[])",
                    Kind::swap, Router::li_fi, read_li_fi),
    OSPREY_FUNCTION(
        "settle(address[],uint256[],(uint256,uint256,address,uint256,uint256,uint32,bytes32,uint256,uint256,"
        "uint256,bytes)[],(address,uint256,bytes)[][3])",
        Kind::swap, Router::cow, read_cow),
};

}  // namespace osprey::protocol::calls
