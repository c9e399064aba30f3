// Swaps by their events: all of them where the source has no calls, and those whose function no decoder knows where it
// has.

#include <algorithm>

#include "inspect/decoders/decoder.hpp"
#include "primitives/keccak.hpp"

namespace osprey::inspect {

namespace {

constexpr auto fallback = LogRow::When::fallback;

/// One side of a swap as its event tells it.
struct Side {
    Address pool;
    bool in;         ///< to the pool, not from it
    bool elsewhere;  ///< a vault, or a market below, may keep the tokens
    u256 amount;
    Address not_token;
};

/// The transfer to (from) the pool of that amount; where tokens are kept elsewhere, any of just that amount; failing
/// both, one of the pool's that differs by at most a hundredth, as when the payer sends a little more than it has to.
/// Null when there is none.
const Transfer* find_transfer(const Scene& scene, const Side& side) {
    const Transfer *exact = nullptr, *near = nullptr;
    for (const Transfer& t : scene.transfers_of_tx()) {
        if (!t.from || !t.to || t.token == side.not_token) continue;
        const bool of_pool = (side.in ? t.to : t.from) == side.pool;
        if (of_pool && t.amount == side.amount) return &t;
        if (side.elsewhere && exact == nullptr && t.amount == side.amount) exact = &t;
        const u256 off = t.amount > side.amount ? t.amount - side.amount : side.amount - t.amount;
        if (of_pool && off <= side.amount / u256{100}) near = &t;
    }
    return exact != nullptr ? exact : near;
}

/// Which tokens an event means is in the transfers.
void add_with_tokens(Scene& scene, const EventLog& log, Swap s, bool elsewhere = false) {
    if (!s.amount_in || !s.amount_out) return;
    if (log.topic_count == 3 && !s.pool.id) s.caller = to_address(to_u256(log.topics[1]));
    const Transfer* out = find_transfer(scene, {log.address, false, elsewhere, s.amount_out, {}});
    if (out == nullptr) return;
    const Transfer* in = find_transfer(scene, {log.address, true, elsewhere, s.amount_in, out->token});
    if (in == nullptr) return;
    s.token_in = in->token;
    s.token_out = out->token;
    s.recipient = out->to;
    scene.actions().swaps.push_back(s);
}

Swap swap_of(const Scene& scene, const EventLog& log, Protocol protocol) {
    Swap s = scene.swap(protocol);
    s.pool = {.contract = log.address, .id = {}};
    return s;
}

/// Two signed amounts of which one is positive: `paid_is_positive` when that is what the pool got.
void set_amounts(Swap& s, const u256& amount0, const u256& amount1, bool paid_is_positive) {
    const bool first_in = amount0.is_negative() != paid_is_positive;
    s.amount_in = first_in ? amount0 : amount1;
    s.amount_out = first_in ? amount1 : amount0;
    (paid_is_positive ? s.amount_out : s.amount_in) = -(paid_is_positive ? s.amount_out : s.amount_in);
}

void decode_v2(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 4)) return;
    const u256 in0 = abi::word_at(data, 0), in1 = abi::word_at(data, 1);
    const u256 out0 = abi::word_at(data, 2), out1 = abi::word_at(data, 3);
    const bool zero_for_one = in0 > out0;
    Swap s = swap_of(scene, log, Protocol::uniswap_v2);
    s.amount_in = zero_for_one ? in0 - out0 : in1 - out1;
    s.amount_out = zero_for_one ? out1 - in1 : out0 - in0;
    // Some L2 pairs (SyncSwap) keep their tokens in a vault.
    if (!s.amount_in.is_negative() && !s.amount_out.is_negative()) add_with_tokens(scene, log, s, true);
}

/// Amounts are the pool's: what it got is positive.
template <Protocol protocol>
void decode_v3(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 2)) return;
    const u256 amount0 = abi::word_at(data, 0), amount1 = abi::word_at(data, 1);
    if (amount0.is_negative() == amount1.is_negative()) return;
    Swap s = swap_of(scene, log, protocol);
    set_amounts(s, amount0, amount1, true);
    add_with_tokens(scene, log, s);
}

/// V4's amounts are the caller's: what they owe is negative.
template <Protocol protocol>
void decode_v4(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 5) || log.topic_count != 3) return;
    const u256 amount0 = abi::word_at(data, 0), amount1 = abi::word_at(data, 1);
    if (amount0.is_negative() == amount1.is_negative()) return;
    Swap s = swap_of(scene, log, protocol);
    s.pool.id = log.topics[1];
    set_amounts(s, amount0, amount1, false);
    add_with_tokens(scene, log, s, protocol == Protocol::pancake_infinity);
}

/// Where an event tells a value: a word of its data from 0 on, or an indexed one from -1 on down.
constexpr int indexed(int i) { return -i; }

u256 told(const Scene& scene, const EventLog& log, int where) {
    if (where < 0) return -where < log.topic_count ? to_u256(log.topics[-where]) : u256{};
    const BytesView data = scene.view().data(log);
    const auto word = static_cast<size_t>(where);
    return abi::has_words(data, word + 1) ? abi::word_at(data, word) : u256{};
}

/// Currency zero is the native coin.
Address told_token(const Scene& scene, const EventLog& log, int where) {
    const Address token = to_address(told(scene, log, where));
    return token ? token : native_coin;
}

/// Amounts of which the event says that they came in and went out.
template <Protocol protocol, int in, int out, bool elsewhere = false>
void decode_amounts(Scene& scene, const EventLog& log) {
    Swap s = swap_of(scene, log, protocol);
    s.amount_in = told(scene, log, in);
    s.amount_out = told(scene, log, out);
    add_with_tokens(scene, log, s, elsewhere);
}

/// The same with the tokens. What it says has to have been paid out: other contracts may use the event's name.
template <Protocol protocol, int token_in, int in, int token_out, int out>
void decode_told(Scene& scene, const EventLog& log) {
    Swap s = swap_of(scene, log, protocol);
    s.token_in = told_token(scene, log, token_in);
    s.token_out = told_token(scene, log, token_out);
    s.amount_in = told(scene, log, in);
    s.amount_out = told(scene, log, out);
    const auto all = scene.transfers_of_tx();
    const auto paid = std::ranges::find_if(all, [&](const Transfer& t) {
        return t.token == s.token_out && t.amount == s.amount_out && t.to != log.address;
    });
    if (!s.amount_in || !s.amount_out || paid == all.end()) return;
    s.recipient = paid->to;
    scene.actions().swaps.push_back(s);
}

/// BPool: LOG_SWAP(caller, tokenIn, tokenOut, amountIn, amountOut), the first three indexed.
void decode_balancer_v1(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 2) || log.topic_count != 4) return;
    Swap s = swap_of(scene, log, Protocol::balancer_v1);
    s.caller = s.recipient = to_address(to_u256(log.topics[1]));
    s.token_in = to_address(to_u256(log.topics[2]));
    s.token_out = to_address(to_u256(log.topics[3]));
    s.amount_in = abi::word_at(data, 0);
    s.amount_out = abi::word_at(data, 1);
    scene.actions().swaps.push_back(s);
}

/// A vault's Swap(pool, tokenIn, tokenOut, amountIn, amountOut, ...), the first three indexed. V2's pool is the head of
/// its id, V3's an address.
template <Protocol protocol, size_t pool_at>
void decode_balancer_vault(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 2) || log.topic_count != 4) return;
    Swap s = swap_of(scene, log, protocol);
    std::memcpy(s.pool.contract.data(), log.topics[1].data() + pool_at, 20);
    s.token_in = to_address(to_u256(log.topics[2]));
    s.token_out = to_address(to_u256(log.topics[3]));
    s.amount_in = abi::word_at(data, 0);
    s.amount_out = abi::word_at(data, 1);
    if (s.amount_in && s.amount_out) scene.actions().swaps.push_back(s);
}

/// Two protocols have an event of these types: Balancer V3's Vault indexes three of them; GMX's has none indexed and
/// means (account, tokenIn, tokenOut, amountIn, amountOut, amountOutAfterFees, fee).
void decode_v3_vault_or_gmx(Scene& scene, const EventLog& log) {
    if (log.topic_count == 4)
        decode_balancer_vault<Protocol::balancer_v3, 12>(scene, log);
    else
        decode_told<Protocol::gmx, 1, 3, 2, 5>(scene, log);
}

/// CrocSwap(base, quote, poolIdx, isBuy, inBaseQty, qty, tip, limit, minOut, flags, baseFlow, quoteFlow): flows are the
/// pool's.
void decode_ambient(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 10) || log.topic_count != 3) return;
    const u256 base = abi::word_at(data, 8), quote = abi::word_at(data, 9);
    if (base.is_negative() == quote.is_negative()) return;
    Swap s = swap_of(scene, log, Protocol::ambient);
    Bytes key{log.topics[1].bytes.begin(), log.topics[1].bytes.end()};
    key.insert(key.end(), log.topics[2].bytes.begin(), log.topics[2].bytes.end());
    key.insert(key.end(), data.begin(), data.begin() + abi::word_size);
    s.pool.id = keccak256(key);
    set_amounts(s, base, quote, true);
    s.token_in = told_token(scene, log, indexed(base.is_negative() ? 2 : 1));
    s.token_out = told_token(scene, log, indexed(base.is_negative() ? 1 : 2));
    if (s.amount_in && s.amount_out) scene.actions().swaps.push_back(s);
}

using enum Protocol;

}  // namespace

std::span<const LogRow> swap_log_rows() {
    static constexpr LogRow rows[] = {
        {"Swap(address,uint256,uint256,uint256,uint256,address)", decode_v2, fallback},
        {"Swap(address,address,uint256,uint256,uint256,uint256)", decode_v2, fallback},          // Solidly's later line
        {"Swap(address,uint256,uint256,uint256,uint256,address,uint256)", decode_v2, fallback},  // Kyber Classic
        {"Swap(address,address,int256,int256,uint160,uint128,int24)", decode_v3<uniswap_v3>, fallback},
        // PancakeSwap V3, Algebra Integral
        {"Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)", decode_v3<uniswap_v3>, fallback},
        {"Swap(address,address,int256,int256,uint160,uint128,int24,uint24,uint24)", decode_v3<uniswap_v3>, fallback},
        {"Swap(address,address,int256,int256)", decode_v3<smardex>, fallback},
        {"Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)", decode_v4<uniswap_v4>, fallback},
        // PancakeSwap Infinity: concentrated and bins
        {"Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24,uint16)", decode_v4<pancake_infinity>,
         fallback},
        {"Swap(bytes32,address,int128,int128,uint24,uint24,uint16)", decode_v4<pancake_infinity>, fallback},
        // TokenExchange(buyer, sold_id, tokens_sold, bought_id, tokens_bought, ...)
        {"TokenExchange(address,int128,uint256,int128,uint256)", decode_amounts<curve, 1, 3>, fallback},
        {"TokenExchange(address,uint256,uint256,uint256,uint256)", decode_amounts<curve, 1, 3>, fallback},
        {"TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)", decode_amounts<curve, 1, 3>,
         fallback},
        {"TokenExchangeUnderlying(address,int128,uint256,int128,uint256)", decode_amounts<curve, 1, 3, true>, fallback},
        {"TokenSwap(address,uint256,uint256,uint128,uint128)", decode_amounts<saddle, 0, 1>, fallback},
        {"LOG_SWAP(address,address,address,uint256,uint256)", decode_balancer_v1, fallback},
        {"Swap(bytes32,address,address,uint256,uint256)", decode_balancer_vault<balancer_v2, 0>, fallback},
        {"Swap(address,address,address,uint256,uint256,uint256,uint256)", decode_v3_vault_or_gmx, fallback},
        {"Swap(bool,uint256,uint256,address)", decode_amounts<fluid, 1, 2, true>, fallback},
        // Maverick V1 and V2
        {"Swap(address,address,bool,bool,uint256,uint256,int32)", decode_amounts<maverick, 4, 5>, fallback},
        {"PoolSwap(address,address,(uint256,bool,bool,int32),uint256,uint256)", decode_amounts<maverick, 6, 7>,
         fallback},
        {"DODOSwap(address,address,uint256,uint256,address,address)", decode_told<dodo, 0, 2, 1, 3>, fallback},
        {"DODOSwap(address,address,uint256,uint256,address)", decode_told<dodo, 0, 2, 1, 3>, fallback},
        // Bancor: a converter of version 2, the network of version 3; Carbon
        {"Conversion(address,address,address,uint256,uint256,int256)",
         decode_told<bancor, indexed(1), 0, indexed(2), 1>, fallback},
        {"TokensTraded(bytes32,address,address,uint256,uint256,uint256,uint256,uint256,address)",
         decode_told<bancor, indexed(2), 0, indexed(3), 1>, fallback},
        {"TokensTraded(address,address,address,uint256,uint256,uint128,bool)",
         decode_told<carbon, indexed(2), 0, indexed(3), 1>, fallback},
        // Kyber's reserves: (origin, src, srcAmount, dest, destAmount, destAddress)
        {"TradeExecute(address,address,uint256,address,uint256,address)", decode_told<kyber, 0, 1, 2, 3>, fallback},
        // Three versions of WOOFi's pool
        {"WooSwap(address,address,uint256,uint256,address,address)", decode_told<woofi, indexed(1), 0, indexed(2), 1>,
         fallback},
        {"WooSwap(address,address,uint256,uint256,address,address,address)",
         decode_told<woofi, indexed(1), 0, indexed(2), 1>, fallback},
        {"WooSwap(address,address,uint256,uint256,address,address,address,uint256,uint256)",
         decode_told<woofi, indexed(1), 0, indexed(2), 1>, fallback},
        // Wombat and Platypus: (sender, fromToken, fromAmount, toToken, toAmount, to)
        {"Swap(address,address,uint256,address,uint256,address)", decode_told<wombat, 0, 1, 2, 3>, fallback},
        {"Swapped(address,address,address,uint256,uint256,bytes)", decode_told<clipper, indexed(1), 0, indexed(2), 1>,
         fallback},
        {"CrocSwap(address,address,uint256,bool,bool,uint128,uint16,uint128,uint128,uint8,int128,int128)",
         decode_ambient, fallback},
        // Uniswap V1: (buyer, sold, bought), all indexed
        {"TokenPurchase(address,uint256,uint256)", decode_amounts<uniswap_v1, indexed(2), indexed(3)>, fallback},
        {"EthPurchase(address,uint256,uint256)", decode_amounts<uniswap_v1, indexed(2), indexed(3)>, fallback},
    };
    return rows;
}

}  // namespace osprey::inspect
