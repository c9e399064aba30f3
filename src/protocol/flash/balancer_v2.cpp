// Balancer V2's Vault lends what it holds; the fee is amount.mulUp(percentage), today 0 (FlashLoans.sol and
// FixedPoint.mulUp of @balancer-labs/v2-vault).

#include "protocol/flash/asking.hpp"

namespace osprey::protocol::flash {

Asked ask_balancer_v2(const Address& vault, const Address& token, const u256& amount, Answers& answers) {
    constexpr uint32_t get_protocol_fees_collector = 0xd2946c2b, get_flash_loan_fee_percentage = 0xd877845c;
    constexpr u256 one = 1'000'000'000'000'000'000_u256;
    const Word held = balance_of(token, vault, answers);
    if (!held.told) return held.stop;
    if (held.value < amount) return Asked::refused();
    const Word collector = word_of(answers.call(vault, get_protocol_fees_collector));
    if (!collector.told) return collector.stop;
    const Word percentage = word_of(answers.call(to_address(collector.value), get_flash_loan_fee_percentage));
    if (!percentage.told) return percentage.stop;
    // The collector allows 1 % at most; 2^192 * 2^60 does not overflow.
    if (percentage.value > one || amount >> 192) return Asked::refused();
    const u256 product = amount * percentage.value;
    const u256 fee = product ? (product - u256{1}) / one + u256{1} : u256{};
    return offer({.kind = Kind::balancer_v2, .lender = vault, .token = token, .amount = amount, .fee = fee});
}

}  // namespace osprey::protocol::flash
