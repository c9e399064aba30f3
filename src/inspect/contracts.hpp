#pragma once
// Contracts that everybody uses: they are nobody's accounts, whatever passes through them.

#include "inspect/actions.hpp"

namespace osprey::inspect {

enum class Role : uint8_t {
    none,
    router,      ///< trades for whoever calls it
    settlement,  ///< brings orders that others signed (CoW, UniswapX, 0x)
    vault,       ///< holds tokens for all: Balancer's and V4's, lending pools, flash lenders, Permit2
    gas_token,   ///< CHI, GST2: burnt for the refund of gas, no profit
};

/// Of well-known contracts of Ethereum mainnet and of those that stand under one address on many chains.
Role role_of(const Address& contract) noexcept;
/// Of the same contracts: those that trade for users.
Router router_at(const Address& contract) noexcept;

}  // namespace osprey::inspect
