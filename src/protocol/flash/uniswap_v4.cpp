// Uniswap V4's PoolManager: whoever unlocked it may take what it holds and has to settle it before unlock() returns.
// No fee (PoolManager.take, PoolManager.settle of @uniswap/v4-core 1.0.2).

#include "protocol/flash/asking.hpp"

namespace osprey::protocol::flash {

Asked ask_uniswap_v4(const Address& manager, const Address& token, const u256& amount, Answers& answers) {
    const Word held = balance_of(token, manager, answers);
    if (!held.told) return held.stop;
    if (held.value < amount) return Asked::refused();
    return offer({.kind = Kind::uniswap_v4, .lender = manager, .token = token, .amount = amount});
}

}  // namespace osprey::protocol::flash
