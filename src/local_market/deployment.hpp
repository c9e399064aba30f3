#pragma once
// What stands where on a local market.

#include <string_view>
#include <vector>

#include "networks/networks.hpp"
#include "primitives/bytes.hpp"

namespace osprey::local_market {

enum class VenueKind : uint8_t { uniswap_v2, uniswap_v3, uniswap_v4, balancer_v2 };  ///< as Swapper.sol counts them

/// A pool of the wrapped native coin and another token.
struct Venue {
    VenueKind kind = VenueKind::uniswap_v2;
    std::string_view exchange;  ///< its name, as in Deployment::exchanges
    Address contract;           ///< the pair or pool; the PoolManager of V4, the Vault of Balancer
    Hash id;                    ///< of V4 and Balancer: which pool there
    size_t token = 0;           ///< the other token's place in Deployment::tokens
    uint32_t fee = 0;           ///< millionths
    int32_t tick_spacing = 0;
    double power = 1;  ///< weight of the wrapped coin over the token's: Balancer
};

/// Where one token is borrowed against another.
struct LendingMarket {
    networks::LenderKind kind = networks::LenderKind::aave_v3;
    Address lender;                   ///< Aave's Pool, Morpho
    size_t collateral = 0, loan = 1;  ///< places in Deployment::tokens
    double borrowable = 0;            ///< part of the collateral's worth that may be borrowed
    double threshold = 0;             ///< part above which the debt may be liquidated
    Address oracle;                   ///< Morpho: of this market
    Hash id;                          ///< Morpho
};

struct Deployment {
    uint64_t chain_id = 0;
    std::vector<networks::Token> tokens;  ///< the wrapped native coin first
    std::vector<networks::Exchange> exchanges;
    std::vector<networks::Lender> lending;
    std::vector<networks::Lender> flash_sources;  ///< the free ones first
    std::vector<Venue> venues;
    std::vector<LendingMarket> lending_markets;

    Address v2_router, v3_router;
    Address router;        ///< protocols/local_market/Router.sol
    Address price_oracle;  ///< protocols/local_market/PriceOracle.sol: the lenders' prices come from it
    std::vector<Address> borrowers;
    Address rival;       ///< the rival searcher's contract
    Address sandwicher;  ///< the sandwicher's

    const Address& wrapped_native() const { return tokens[0].address; }
    /// In the form of the known networks; looks into this object, which has to outlive it.
    networks::Network network() const;
};

}  // namespace osprey::local_market
