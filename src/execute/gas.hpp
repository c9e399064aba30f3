#pragma once
// What gas costs and what is bid for it: EIP-1559's fees, the builder's share, and access lists that pay for
// themselves.

#include <optional>
#include <vector>

#include "evm/machine.hpp"
#include "primitives/error.hpp"
#include "types/block.hpp"

namespace osprey::execute {

// --- EIP-1559; the base fee's own course is in evm/fee_market.hpp -----------------------------

/// Wei a gas that the coinbase gets; none when the maximum fee does not cover the base fee. Types 0 and 1: the rest of
/// the gas price.
std::optional<u256> priority_fee(const Transaction& tx, const u256& base_fee);
/// Wei a gas that the sender pays; none as above.
std::optional<u256> effective_gas_price(const Transaction& tx, const u256& base_fee);

// --- the bid ----------------------------------------------------------------------------------

struct BidPolicy {
    uint32_t share = 900'000;  ///< of the profit, in millionths
    u256 floor;                ///< wei: never less than this
};
/// Wei for the builder out of `profit`, which is what is left after the base fee's part of the gas: the share rounded
/// down, or the floor when that is more. Refuses when the bid would be above the profit, and a share above one.
Result<u256> bid(const u256& profit, const BidPolicy& policy);

// --- access lists (EIP-2930) ------------------------------------------------------------------

/// What an entry costs beforehand and saves at the first touch (EIP-2929, EIP-2930). Keys stand under an address, which
/// is paid for even where it is warm anyway.
inline constexpr int64_t address_entry_cost = 2400, address_entry_saves = 2600 - 100;
inline constexpr int64_t key_entry_cost = 1900, key_entry_saves = 2100 - 100;

struct AccessListChoice {
    std::vector<AccessListEntry> list;  ///< empty when none pays
    uint64_t gas_without = 0;           ///< used, both as executed
    uint64_t gas_with = 0;              ///< never above gas_without
};
/// The access list that pays for this transaction in this place; one that it brings is left aside. A dry run tells what
/// it touches; warm anyway are sender, recipient and what its code is delegated to, coinbase (from Shanghai on),
/// precompiles, created contracts, authorities. Then it is run with the list, which is kept only when less gas was used
/// and it ended alike. Leaves the state as it was. No list before Berlin. The error: the transaction is invalid in
/// this place, or the state could not answer.
Result<AccessListChoice> best_access_list(evm::Machine& machine, state::Overlay& state, const evm::BlockEnv& block,
                                          Transaction tx);

}  // namespace osprey::execute
