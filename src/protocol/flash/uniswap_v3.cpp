// flash() of a pool of Uniswap V3 and the forks that kept it: the pool's own fee on what is lent, rounded up
// (UniswapV3Pool.flash of @uniswap/v3-core 1.0.1). The pool is locked meanwhile: not for a plan that swaps through it.

#include "protocol/flash/asking.hpp"

namespace osprey::protocol::flash {

Asked ask_uniswap_v3(const Address& pool, const Address& token, const u256& amount, Answers& answers) {
    constexpr uint32_t token0_selector = 0x0dfe1681, token1_selector = 0xd21220a7, fee_selector = 0xddca3f43,
                       liquidity_selector = 0x1a686502;
    constexpr uint32_t fee_unit = 1'000'000;
    const Word token0 = word_of(answers.call(pool, token0_selector));
    const Word token1 = word_of(answers.call(pool, token1_selector));
    const Word fee = word_of(answers.call(pool, fee_selector));
    const Word liquidity = word_of(answers.call(pool, liquidity_selector));
    const Word held = balance_of(token, pool, answers);
    for (const Word* word : {&token0, &token1, &fee, &liquidity, &held})
        if (!word->told) return word->stop;
    const bool is_token1 = to_address(token1.value) == token;
    if (!is_token1 && to_address(token0.value) != token) return Asked::refused();
    // "L": whom would the fee belong to?
    if (!liquidity.value || held.value < amount || fee.value >= u256{fee_unit} || amount >> 192)
        return Asked::refused();
    const u256 product = amount * fee.value;
    const u256 owed = product ? (product - u256{1}) / u256{fee_unit} + u256{1} : u256{};
    return offer(
        {.kind = Kind::uniswap_v3, .lender = pool, .token = token, .token1 = is_token1, .amount = amount, .fee = owed});
}

}  // namespace osprey::protocol::flash
