#pragma once
// What the no-harm rule takes events for. They only ever widen what is looked at or refused: amounts are never read
// from them.

#include "types/block.hpp"

namespace osprey::execute {

enum class EventKind : uint8_t {
    other,
    trade,      ///< a pool's swap or what goes with it: prices may differ, what was paid shows in balances
    liquidity,  ///< a pool, vault or lending market took or gave a position, which no balance shows
    nft,        ///< an ERC-721 or ERC-1155 token moved
    approval,   ///< somebody's tokens may be spent by another
};
EventKind kind_of(const Log& log);

/// Whose NFT moved away (nft), or whose allowance it is (approval).
Address owner_in(const Log& log);

}  // namespace osprey::execute
