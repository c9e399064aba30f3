// All pools in one contract, told apart by the hash of their key: Uniswap V4's PoolManager, PancakeSwap Infinity's two,
// Ekubo's core.

#include "inspect/decoders/decoder.hpp"
#include "primitives/keccak.hpp"

namespace osprey::inspect {

namespace {

constexpr size_t key_words = 5;           ///< currency0, currency1, fee, tickSpacing, hooks
constexpr size_t infinity_key_words = 6;  ///< currency0, currency1, hooks, poolManager, fee, parameters
constexpr size_t ekubo_key_words = 3;     ///< token0, token1, config

/// Currency zero is the native coin.
Address currency(const Scene& scene, size_t i) {
    const Address a = scene.address(i);
    return a ? a : native_coin;
}
protocol::PoolKey pool_key(const Scene& scene, size_t words = key_words) {
    return {.contract = scene.call().to, .id = keccak256(scene.args().first(words * abi::word_size))};
}
/// BalanceDelta: amount0 in the upper 128 bits, amount1 in the lower, two's complement.
u256 sign_extended(u256 low) {
    if ((low.w[1] >> 63) != 0) low.w[2] = low.w[3] = ~uint64_t{0};
    return low;
}

/// `amount0`, `amount1`: what the caller gets (positive) or owes.
void add_swap(Scene& scene, Protocol protocol, size_t words, const u256& amount0, const u256& amount1) {
    if (amount0.is_negative() == amount1.is_negative()) return;
    const bool zero_for_one = amount0.is_negative();
    Swap s = scene.swap(protocol);
    s.pool = pool_key(scene, words);
    s.token_in = currency(scene, zero_for_one ? 0 : 1);
    s.token_out = currency(scene, zero_for_one ? 1 : 0);
    s.amount_in = -(zero_for_one ? amount0 : amount1);
    s.amount_out = zero_for_one ? amount1 : amount0;
    if (s.amount_in && s.amount_out) scene.actions().swaps.push_back(s);
}

/// swap(PoolKey, parameters...) returns a BalanceDelta.
template <Protocol protocol, size_t words>
void decode_swap(Scene& scene) {
    const auto delta = scene.returned(0);
    if (!scene.has_words(words + 3) || !delta) return;
    add_swap(scene, protocol, words, sign_extended(*delta >> 128), sign_extended(u256{delta->w[0], delta->w[1], 0, 0}));
}

/// Ekubo returns what the pool gets (positive) and gives.
void decode_ekubo(Scene& scene) {
    const auto amount0 = scene.returned(0), amount1 = scene.returned(1);
    if (!scene.has_words(ekubo_key_words + 4) || !amount0 || !amount1 || !*amount0 || !*amount1) return;
    add_swap(scene, Protocol::ekubo, ekubo_key_words, -*amount0, -*amount1);
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
        {"swap((address,address,uint24,int24,address),(bool,int256,uint160),bytes)",
         decode_swap<Protocol::uniswap_v4, key_words>, Row::What::swap},
        {"swap((address,address,address,address,uint24,bytes32),(bool,int256,uint160),bytes)",
         decode_swap<Protocol::pancake_infinity, infinity_key_words>, Row::What::swap},
        {"swap((address,address,address,address,uint24,bytes32),bool,int128,bytes)",
         decode_swap<Protocol::pancake_infinity, infinity_key_words>, Row::What::swap},
        {"swap_611415377((address,address,bytes32),int128,bool,uint96,uint256)", decode_ekubo, Row::What::swap},
        {"modifyLiquidity((address,address,uint24,int24,address),(int24,int24,int256,bytes32),bytes)",
         decode_liquidity},
    };
    return rows;
}

}  // namespace osprey::inspect
