// Swaps by their events, for sources that have logs and no calls.

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

namespace {

/// The transfer to (from) the pool of that amount; failing that, of one that differs by at most a hundredth, as when
/// the payer sends a little more than it has to. Null when there is none.
const Transfer* moved(const Scene& scene, const Address& pool, bool in, const u256& amount, const Address& not_token) {
    const Transfer* near = nullptr;
    for (const Transfer& t : scene.transfers_of_tx()) {
        if ((in ? t.to : t.from) != pool || t.token == not_token) continue;
        if (t.amount == amount) return &t;
        const u256 off = t.amount > amount ? t.amount - amount : amount - t.amount;
        if (off <= amount / u256{100}) near = &t;
    }
    return near;
}

/// Which tokens an event means is in the transfers.
void add_with_tokens(Scene& scene, const EventLog& log, Swap s) {
    if (log.topic_count == 3 && !s.pool.id) s.caller = to_address(to_u256(log.topics[1]));
    const Transfer* out = moved(scene, log.address, false, s.amount_out, {});
    if (out == nullptr) return;
    const Transfer* in = moved(scene, log.address, true, s.amount_in, out->token);
    if (in == nullptr || !s.amount_in || !s.amount_out) return;
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

void decode_v2(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 4)) return;
    const u256 in0 = abi::word_at(data, 0), in1 = abi::word_at(data, 1);
    const u256 out0 = abi::word_at(data, 2), out1 = abi::word_at(data, 3);
    const bool zero_for_one = in0 > out0;
    Swap s = swap_of(scene, log, Protocol::uniswap_v2);
    s.amount_in = zero_for_one ? in0 - out0 : in1 - out1;
    s.amount_out = zero_for_one ? out1 - in1 : out0 - in0;
    if (!s.amount_in.is_negative() && !s.amount_out.is_negative()) add_with_tokens(scene, log, s);
}

void decode_v3(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 5)) return;
    const u256 amount0 = abi::word_at(data, 0), amount1 = abi::word_at(data, 1);
    if (amount0.is_negative() == amount1.is_negative()) return;
    Swap s = swap_of(scene, log, Protocol::uniswap_v3);
    s.amount_in = amount0.is_negative() ? amount1 : amount0;
    s.amount_out = -(amount0.is_negative() ? amount0 : amount1);
    add_with_tokens(scene, log, s);
}

/// V4's amounts are the caller's: what they owe is negative.
void decode_v4(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 6) || log.topic_count != 3) return;
    const u256 amount0 = abi::word_at(data, 0), amount1 = abi::word_at(data, 1);
    if (amount0.is_negative() == amount1.is_negative()) return;
    Swap s = swap_of(scene, log, Protocol::uniswap_v4);
    s.pool.id = log.topics[1];
    s.amount_in = -(amount0.is_negative() ? amount0 : amount1);
    s.amount_out = amount0.is_negative() ? amount1 : amount0;
    add_with_tokens(scene, log, s);
}

/// TokenExchange(buyer, sold_id, tokens_sold, bought_id, tokens_bought, ...).
void decode_curve(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 4)) return;
    Swap s = swap_of(scene, log, Protocol::curve);
    s.amount_in = abi::word_at(data, 1);
    s.amount_out = abi::word_at(data, 3);
    add_with_tokens(scene, log, s);
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

/// Vault: Swap(poolId, tokenIn, tokenOut, amountIn, amountOut), the first three indexed.
void decode_balancer_v2(Scene& scene, const EventLog& log) {
    const BytesView data = scene.view().data(log);
    if (!abi::has_words(data, 2) || log.topic_count != 4) return;
    Swap s = swap_of(scene, log, Protocol::balancer_v2);
    std::memcpy(s.pool.contract.data(), log.topics[1].data(), 20);
    s.token_in = to_address(to_u256(log.topics[2]));
    s.token_out = to_address(to_u256(log.topics[3]));
    s.amount_in = abi::word_at(data, 0);
    s.amount_out = abi::word_at(data, 1);
    scene.actions().swaps.push_back(s);
}

}  // namespace

std::span<const LogRow> swap_log_rows() {
    static constexpr LogRow rows[] = {
        {"Swap(address,uint256,uint256,uint256,uint256,address)", decode_v2, true},
        {"Swap(address,address,uint256,uint256,uint256,uint256)", decode_v2, true},  // Solidly's later line
        {"Swap(address,address,int256,int256,uint160,uint128,int24)", decode_v3, true},
        {"Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)", decode_v3, true},
        {"Swap(bytes32,address,int128,int128,uint160,uint128,int24,uint24)", decode_v4, true},
        {"TokenExchange(address,int128,uint256,int128,uint256)", decode_curve, true},
        {"TokenExchange(address,uint256,uint256,uint256,uint256)", decode_curve, true},
        {"TokenExchange(address,uint256,uint256,uint256,uint256,uint256,uint256)", decode_curve, true},
        {"LOG_SWAP(address,address,address,uint256,uint256)", decode_balancer_v1, true},
        {"Swap(bytes32,address,address,uint256,uint256)", decode_balancer_v2, true},
    };
    return rows;
}

}  // namespace osprey::inspect
