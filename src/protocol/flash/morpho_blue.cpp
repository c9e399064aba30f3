// Morpho Blue lends all that it holds, for nothing (Morpho.flashLoan of @morpho-org/morpho-blue 1.0.0).

#include "protocol/flash/asking.hpp"

namespace osprey::protocol::flash {

Asked ask_morpho_blue(const Address& morpho, const Address& token, const u256& amount, Answers& answers) {
    const Word held = balance_of(token, morpho, answers);
    if (!held.told) return held.stop;
    // "zero assets"
    if (!amount || held.value < amount) return Asked::refused();
    return offer({.kind = Kind::morpho_blue, .lender = morpho, .token = token, .amount = amount});
}

}  // namespace osprey::protocol::flash
