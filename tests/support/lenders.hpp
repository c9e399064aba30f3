#pragma once
// Lenders for one transaction, the real contracts, with something to lend.

#include "protocol/flash/lender.hpp"
#include "support/mixed_market.hpp"

namespace osprey::test {

/// A lender of that kind, which has `amount` of the token: Uniswap V4's manager and Balancer's Vault are the market's
/// own, a Uniswap V3 pool is a new one.
protocol::flash::Lender lender(MixedMarket& market, protocol::flash::Kind kind, const Address& token,
                               const u256& amount);

/// What the lender says about a loan, asked on the chain as it is.
protocol::flash::Asked ask(TestChain& chain, const protocol::flash::Lender& lender, const Address& token,
                           const u256& amount);

}  // namespace osprey::test
