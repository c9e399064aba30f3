#include "local_market/amounts.hpp"
#include "local_market/pools.hpp"
#include "local_market/setup/concentrated.hpp"

namespace osprey::local_market {

namespace {

/// PoolId.sol: the hash of the key.
Hash id_of(std::initializer_list<u256> key) {
    Bytes words(key.size() * abi::word_size);
    size_t i = 0;
    for (const u256& word : key) abi::put_word(words.data(), i++, word);
    return keccak256(words);
}

}  // namespace

void deploy_uniswap_v4(Setup& setup) {
    Deployment& deployment = setup.deployment();
    const Address manager = setup.create("PoolManager", arguments_of("(address)", {Address{setup.owner().address()}}));
    deployment.exchanges.push_back({.name = "Uniswap V4",
                                    .kind = networks::ExchangeKind::uniswap_v4,
                                    .factory = manager,
                                    .init_code_hash = {},
                                    .deployer = {}});
    deployment.flash_sources.push_back({"Uniswap V4", networks::LenderKind::uniswap_v4, manager});
    const u256 weth = to_u256(deployment.wrapped_native());
    for (size_t i = 1; i < deployment.tokens.size(); i += 2) {
        Venue venue{.kind = VenueKind::uniswap_v4,
                    .exchange = "Uniswap V4",
                    .contract = manager,
                    .id = {},
                    .token = i,
                    .fee = 3000,
                    .tick_spacing = 60};
        const u256 token = to_u256(deployment.tokens[i].address), fee{venue.fee}, spacing{60};
        const u256 &low = std::min(weth, token), &high = std::max(weth, token);
        venue.id = id_of({low, high, fee, spacing, u256{}});
        setup.call(manager, call_data("initialize((address,address,uint24,int24,address),uint160)",
                                      {low, high, fee, spacing, u256{}, sqrt_price_x96(sqrt_price_of(setup, venue))}));
        for (const Range& range : ranges_of(setup, venue, depth_of(venue)))
            setup.call(deployment.router,
                       call_data("modifyV4(address,address,address,uint24,int24,int24,int24,int256)",
                                 {to_u256(manager), weth, token, fee, spacing, signed_word(range.lower),
                                  signed_word(range.upper), to_u256(range.liquidity)}));
        deployment.venues.push_back(venue);
    }
}

}  // namespace osprey::local_market
