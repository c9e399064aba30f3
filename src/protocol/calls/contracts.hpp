#pragma once
// Contracts that everybody uses: they are nobody's accounts, whatever passes through them.

#include <string_view>

#include "primitives/bytes.hpp"

namespace osprey::protocol::calls {

enum class Role : uint8_t {
    none,
    router,      ///< trades for whoever calls it
    settlement,  ///< brings orders that others signed (CoW, UniswapX, 0x)
    vault,       ///< holds tokens for all: Balancer's and V4's, lending pools, flash lenders, Permit2
    gas_token,   ///< CHI, GST2: burnt for the refund of gas, no profit
};

/// Whose contract trades for its caller.
enum class Router : uint8_t {
    none,
    uniswap_v2,  ///< Router02 and its forks, those of the Solidly line too
    uniswap_v3,  ///< SwapRouter, SwapRouter02 and their forks
    universal_router,
    zero_ex,
    one_inch,
    paraswap,
    cow,
    uniswapx,
    kyber,
    metamask,
    odos,
    li_fi,
    okx,
    other,
    curve,
    balancer,
};
std::string_view name_of(Router router) noexcept;

/// Of well-known contracts of Ethereum mainnet and of those that stand under one address on many chains.
Role role_of(const Address& contract) noexcept;
/// Of the same contracts: those that trade for users.
Router router_at(const Address& contract) noexcept;

}  // namespace osprey::protocol::calls
