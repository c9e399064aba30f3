#pragma once
// What several kinds of lenders are asked alike.

#include "primitives/abi.hpp"
#include "protocol/flash/lender.hpp"

namespace osprey::protocol::flash {

/// One word, or why there is none; `stop` is what ask() returns then.
struct Word {
    bool told = false;
    u256 value;
    Asked stop;
};

inline Word word_of(const CallAnswer& answer, size_t index = 0) {
    if (answer.known == Known::pending) return {.stop = Asked::incomplete()};
    if (answer.known == Known::unavailable) return {.stop = Asked::unavailable()};
    if (!answer.has_words(index + 1)) return {.stop = Asked::refused()};
    return {.told = true, .value = answer.word(index), .stop = {}};
}

inline Word balance_of(const Address& token, const Address& holder, Answers& answers) {
    constexpr uint32_t balance_of_selector = 0x70a08231;  // balanceOf(address)
    // The native coin has no contract that could be asked.
    if (token == Address{}) return {.stop = Asked::refused()};
    return word_of(answers.call(token, balance_of_selector, {to_u256(holder)}));
}

inline Asked offer(const Offer& terms) { return {Asked::Status::offered, terms}; }

Asked ask_uniswap_v4(const Address& manager, const Address& token, const u256& amount, Answers& answers);
Asked ask_balancer_v2(const Address& vault, const Address& token, const u256& amount, Answers& answers);
Asked ask_morpho_blue(const Address& morpho, const Address& token, const u256& amount, Answers& answers);
Asked ask_uniswap_v3(const Address& pool, const Address& token, const u256& amount, Answers& answers);
Asked ask_aave_v3(const Address& pool, const Address& token, const u256& amount, Answers& answers);
Asked ask_erc3156(const Address& lender, const Address& token, const u256& amount, Answers& answers);

}  // namespace osprey::protocol::flash
