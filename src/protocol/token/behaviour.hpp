#pragma once
// How a token behaves when it is moved, found out by moving it: the token's own code runs on the state, and all that it
// did is dropped. Routes lead only through tokens that arrive whole.

#include <optional>
#include <string>

#include "evm/machine.hpp"

namespace osprey::protocol {

struct TokenBehaviour {
    /// false: nobody with a balance was named and no storage slot of a balance was found.
    bool examined = false;
    bool transfer_reverts = false;  ///< paused, or the holder is blocked, or it is no token at all
    bool honeypot = false;          ///< it can be had from the holder, but not be sent back
    bool takes_fee = false;         ///< less arrives than was sent, by more than a rounding
    bool rounds = false;            ///< one or two units less arrive: balances are shares of something
    bool rebases = false;           ///< balances follow storage that is nobody's own, or the clock
    bool returns_nothing = false;   ///< transfer() without a return value, as USDT's
    bool returns_false = false;     ///< transfer() says false and moves the amount all the same
    bool has_hooks = false;         ///< calls the sender, the receiver or the registry of ERC-1820 while it moves
    bool pausable = false;          ///< has a switch: paused() answers
    bool has_blacklist = false;     ///< isBlackListed, isBlacklisted or isFrozen answer
    uint32_t fee = 0;               ///< in millionths of what was sent, rounded up; of the worse direction

    /// Pool models hold: what a pool sends arrives, what arrives is what was sent.
    bool plain() const noexcept {
        return examined && !transfer_reverts && !honeypot && !takes_fee && !rounds && !rebases && !returns_false &&
               !has_hooks;
    }
    /// Why no route leads through it by default ("takes a fee on transfer"); empty when it is plain.
    std::string why_not() const;
};

/// `holder`: somebody who has some of it, best a pool that trades it; zero: a balance is written into the token's
/// storage. An error: the state could not answer.
Result<TokenBehaviour> examine(state::Reader& base, const evm::BlockEnv& block, evm::Machine& machine,
                               const Address& token, const Address& holder = {});

}  // namespace osprey::protocol
