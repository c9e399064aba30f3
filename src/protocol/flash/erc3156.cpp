// Any lender of ERC-3156: it says itself how much there is and what it costs.

#include "protocol/flash/asking.hpp"

namespace osprey::protocol::flash {

Asked ask_erc3156(const Address& lender, const Address& token, const u256& amount, Answers& answers) {
    constexpr uint32_t max_flash_loan = 0x613255ab, flash_fee = 0xd9d98ce4;
    const Word most = word_of(answers.call(lender, max_flash_loan, {to_u256(token)}));
    if (!most.told) return most.stop;
    if (most.value < amount) return Asked::refused();
    const Word fee = word_of(answers.call(lender, flash_fee, {to_u256(token), amount}));
    if (!fee.told) return fee.stop;
    return offer({.kind = Kind::erc3156, .lender = lender, .token = token, .amount = amount, .fee = fee.value});
}

}  // namespace osprey::protocol::flash
