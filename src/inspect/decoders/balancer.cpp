// Balancer V1 pools, the pools of the V2 Vault, and the V3 Vault.

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

namespace {

/// BPool: swapExactAmountIn(tokenIn, amountIn, tokenOut, ...) returns what went out and the price;
/// swapExactAmountOut(tokenIn, maxAmountIn, tokenOut, amountOut, ...) what came in.
void add_v1(Scene& scene, bool exact_in) {
    const auto returned = scene.returned(0);
    if (!scene.has_words(5) || !returned) return;
    Swap s = scene.swap(Protocol::balancer_v1);
    s.token_in = scene.address(0);
    s.token_out = scene.address(2);
    s.amount_in = exact_in ? scene.word(1) : *returned;
    s.amount_out = exact_in ? *returned : scene.word(3);
    scene.actions().swaps.push_back(s);
}
void decode_v1_in(Scene& scene) { add_v1(scene, true); }
void decode_v1_out(Scene& scene) { add_v1(scene, false); }

/// The Vault asks a pool by onSwap(SwapRequest, ...), whose request is (kind, tokenIn, tokenOut, amount, poolId,
/// lastChangeBlock, from, to, userData); kind 0 gives what comes in. It returns the other amount.
void decode_on_swap(Scene& scene) {
    if (!scene.has_words(10)) return;
    const u256 offset = scene.word(0);
    if (!offset.fits_u64() || offset.w[0] % abi::word_size != 0) return;
    const size_t request = offset.w[0] / abi::word_size;
    const auto returned = scene.returned(0);
    if (request > 16 || !scene.has_words(request + 8) || !returned) return;
    const Hash id = to_hash(scene.word(request + 4));
    // The pool's address is the head of its id: whoever else asks the same way is no Vault.
    if (std::memcmp(id.data(), scene.call().to.data(), 20) != 0) return;
    const bool exact_in = !scene.word(request);
    Swap s = scene.swap(Protocol::balancer_v2);
    s.vault = s.caller;
    s.recipient = scene.address(request + 7);
    s.token_in = scene.address(request + 1);
    s.token_out = scene.address(request + 2);
    s.amount_in = exact_in ? scene.word(request + 3) : *returned;
    s.amount_out = exact_in ? *returned : scene.word(request + 3);
    if (s.amount_in && s.amount_out) scene.actions().swaps.push_back(s);
}

/// V3 Vault: swap((kind, pool, tokenIn, tokenOut, amountGiven, limit, userData)) returns (calculated, in, out).
void decode_v3(Scene& scene) {
    const auto in = scene.returned(1), out = scene.returned(2);
    if (!scene.has_words(8) || scene.word(0) != u256{abi::word_size} || !in || !out) return;
    Swap s = scene.swap(Protocol::balancer_v3);
    s.pool = {.contract = scene.address(2), .id = {}};
    s.vault = scene.call().to;
    s.token_in = scene.address(3);
    s.token_out = scene.address(4);
    s.amount_in = *in;
    s.amount_out = *out;
    if (s.amount_in && s.amount_out) scene.actions().swaps.push_back(s);
}

}  // namespace

std::span<const Row> balancer_rows() {
    static constexpr auto swap = Row::What::swap;
    static constexpr Row rows[] = {
        {"swapExactAmountIn(address,uint256,address,uint256,uint256)", decode_v1_in, swap},
        {"swapExactAmountOut(address,uint256,address,uint256,uint256)", decode_v1_out, swap},
        {"onSwap((uint8,address,address,uint256,bytes32,uint256,address,address,bytes),uint256,uint256)",
         decode_on_swap, swap},
        {"onSwap((uint8,address,address,uint256,bytes32,uint256,address,address,bytes),uint256[],uint256,uint256)",
         decode_on_swap, swap},
        {"swap((uint8,address,address,address,uint256,uint256,bytes))", decode_v3, swap},
    };
    return rows;
}

}  // namespace osprey::inspect
