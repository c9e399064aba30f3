// The PoolManager of Uniswap V4: all pools in one contract, told apart by the hash of their key.

#include "inspect/decoders/decoder.hpp"
#include "primitives/keccak.hpp"

namespace osprey::inspect {

namespace {

constexpr size_t key_words = 5;  ///< currency0, currency1, fee, tickSpacing, hooks

/// Currency zero is the native coin.
Address currency(const Scene& scene, size_t i) {
    const Address a = scene.address(i);
    return a ? a : native_coin;
}
protocol::PoolKey pool_key(const Scene& scene) {
    return {.contract = scene.call().to, .id = keccak256(scene.args().first(key_words * abi::word_size))};
}
/// BalanceDelta: amount0 in the upper 128 bits, amount1 in the lower, two's complement.
u256 sign_extended(u256 low) {
    if ((low.w[1] >> 63) != 0) low.w[2] = low.w[3] = ~uint64_t{0};
    return low;
}

/// swap(PoolKey, SwapParams, bytes) returns what the caller gets (positive) or owes.
void decode_swap(Scene& scene) {
    if (!scene.has_words(key_words + 3)) return;
    const auto delta = scene.returned(0);
    if (!delta) return;
    const u256 amount0 = sign_extended(*delta >> 128);
    const u256 amount1 = sign_extended(u256{delta->w[0], delta->w[1], 0, 0});
    if (amount0.is_negative() == amount1.is_negative()) return;
    const bool zero_for_one = amount0.is_negative();
    Swap s = scene.swap(Protocol::uniswap_v4);
    s.pool = pool_key(scene);
    s.token_in = currency(scene, zero_for_one ? 0 : 1);
    s.token_out = currency(scene, zero_for_one ? 1 : 0);
    s.amount_in = -(zero_for_one ? amount0 : amount1);
    s.amount_out = zero_for_one ? amount1 : amount0;
    if (s.amount_in && s.amount_out) scene.actions().swaps.push_back(s);
}

/// modifyLiquidity(PoolKey, (tickLower, tickUpper, liquidityDelta, salt), bytes).
void decode_liquidity(Scene& scene) {
    if (!scene.has_words(key_words + 4)) return;
    const u256 delta = scene.word(key_words + 2);
    if (!delta) return;
    scene.actions().liquidity.push_back({.protocol = Protocol::uniswap_v4,
                                         .added = !delta.is_negative(),
                                         .tx = scene.tx(),
                                         .call = scene.index(),
                                         .pool = pool_key(scene),
                                         .owner = scene.call().from,
                                         .lower = static_cast<int32_t>(scene.word(key_words).w[0]),
                                         .upper = static_cast<int32_t>(scene.word(key_words + 1).w[0]),
                                         .liquidity = delta.is_negative() ? -delta : delta});
}

}  // namespace

std::span<const Row> uniswap_v4_rows() {
    static constexpr Row rows[] = {
        {"swap((address,address,uint24,int24,address),(bool,int256,uint160),bytes)", decode_swap, Row::What::swap},
        {"modifyLiquidity((address,address,uint24,int24,address),(int24,int24,int256,bytes32),bytes)",
         decode_liquidity},
    };
    return rows;
}

}  // namespace osprey::inspect
