// Uniswap V3 pools and all that kept their functions: PancakeSwap V3, Slipstream, Algebra.

#include <algorithm>

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

namespace {

/// The pool sends what it pays, and asks only the other token for its balance, before and after the callback.
void find_tokens(const Scene& scene, Swap& s) {
    const Address& pool = scene.call().to;
    const auto moved = scene.transfers();
    const auto paid = [&](const Transfer& t) { return t.from == pool && t.amount == s.amount_out; };
    auto out = std::ranges::find_if(moved, [&](const Transfer& t) { return paid(t) && t.to == s.recipient; });
    if (out == moved.end()) out = std::ranges::find_if(moved, paid);
    if (out == moved.end()) return;
    s.token_out = out->token;
    for (const Scene::Balance& b : scene.balances_asked())
        if (b.token != s.token_out && !s.token_in) s.token_in = b.token;
    for (const Transfer& t : moved)
        if (t.to == pool && t.token != s.token_out && !s.token_in) s.token_in = t.token;
}

void add_swap(Scene& scene, const Address& recipient) {
    const auto amount0 = scene.returned(0), amount1 = scene.returned(1);
    if (scene.call().failed) return scene.add_swap_by_transfers(Protocol::uniswap_v3, scene.call().to);
    if (!amount0 || !amount1 || amount0->is_negative() == amount1->is_negative()) return;
    Swap s = scene.swap(Protocol::uniswap_v3);
    s.recipient = recipient;
    s.amount_in = amount0->is_negative() ? *amount1 : *amount0;
    s.amount_out = -(amount0->is_negative() ? *amount0 : *amount1);
    find_tokens(scene, s);
    if (s.amount_in && s.amount_out && s.token_in && s.token_out) scene.actions().swaps.push_back(s);
}

void decode_swap(Scene& scene) {
    if (scene.has_words(5)) add_swap(scene, scene.address(0));
}
void decode_fee_swap(Scene& scene) {
    if (scene.has_words(6)) add_swap(scene, scene.address(1));
}

void add_change(Scene& scene, bool added, const Address& owner, size_t lower) {
    const u256 amount = scene.word(lower + 2);
    if (!amount) return;  // only collects what is due
    scene.actions().liquidity.push_back({.protocol = Protocol::uniswap_v3,
                                         .added = added,
                                         .tx = scene.tx(),
                                         .call = scene.index(),
                                         .pool = {.contract = scene.call().to, .id = {}},
                                         .owner = owner,
                                         .lower = static_cast<int32_t>(scene.word(lower).w[0]),
                                         .upper = static_cast<int32_t>(scene.word(lower + 1).w[0]),
                                         .liquidity = amount});
}
void decode_mint(Scene& scene) {
    if (scene.has_words(5)) add_change(scene, true, scene.address(0), 1);
}
void decode_burn(Scene& scene) {
    if (scene.has_words(3)) add_change(scene, false, scene.call().from, 0);
}

}  // namespace

std::span<const Row> uniswap_v3_rows() {
    static constexpr Row rows[] = {
        {"swap(address,bool,int256,uint160,bytes)", decode_swap, Row::What::swap},
        {"swapSupportingFeeOnInputTokens(address,address,bool,int256,uint160,bytes)", decode_fee_swap, Row::What::swap},
        // Algebra Integral's form of the same
        {"swapWithPaymentInAdvance(address,address,bool,int256,uint160,bytes)", decode_fee_swap, Row::What::swap},
        {"mint(address,int24,int24,uint128,bytes)", decode_mint},
        {"burn(int24,int24,uint128)", decode_burn},
    };
    return rows;
}

}  // namespace osprey::inspect
