// Aave V3's flashLoanSimple: the aToken lends its underlying for FLASHLOAN_PREMIUM_TOTAL hundredths of a percent
// (FlashLoanLogic.executeFlashLoanSimple of @aave/core-v3 1.19.3, which rounds to the nearest; pools of revision 9 and
// above, Aave 3.5, round up).

#include "protocol/flash/asking.hpp"

namespace osprey::protocol::flash {

namespace {

/// ReserveConfiguration.sol: is the reserve active, not paused, and does it lend?
bool lends(const u256& configuration) {
    const auto bit = [&](unsigned at) { return static_cast<bool>((configuration >> at) & u256{1}); };
    return bit(56) && !bit(60) && bit(63);
}

}  // namespace

Asked ask_aave_v3(const Address& pool, const Address& token, const u256& amount, Answers& answers) {
    constexpr uint32_t get_reserve_data = 0x35ea6a75, premium_total = 0x074b2e43, revision_selector = 0x0148170e;
    constexpr size_t a_token_word = 8;
    constexpr uint64_t rounds_up_from = 9, percentage_unit = 10'000;
    const CallAnswer reserve = answers.call(pool, get_reserve_data, {to_u256(token)});
    const Word configuration = word_of(reserve, 0), a_token = word_of(reserve, a_token_word);
    const Word premium = word_of(answers.call(pool, premium_total));
    for (const Word* word : {&configuration, &a_token, &premium})
        if (!word->told) return word->stop;
    if (!lends(configuration.value) || !a_token.value) return Asked::refused();
    const Word held = balance_of(token, to_address(a_token.value), answers);
    if (!held.told) return held.stop;
    if (held.value < amount || amount >> 192 || premium.value > u256{percentage_unit}) return Asked::refused();

    const u256 product = amount * premium.value;
    const u256 down = product / u256{percentage_unit}, left = product - down * u256{percentage_unit};
    u256 fee = left >= u256{percentage_unit / 2} ? down + u256{1} : down;
    if (left && left < u256{percentage_unit / 2}) {
        // Only here do the two ways of rounding differ.
        const Word revision = word_of(answers.call(pool, revision_selector));
        if (!revision.told) return revision.stop;
        if (revision.value >= u256{rounds_up_from}) fee = down + u256{1};
    }
    return offer({.kind = Kind::aave_v3, .lender = pool, .token = token, .amount = amount, .fee = fee});
}

}  // namespace osprey::protocol::flash
