#include "local_market/amounts.hpp"
#include "local_market/pools.hpp"
#include "local_market/setup/concentrated.hpp"

namespace osprey::local_market {

void deploy_uniswap_v3(Setup& setup) {
    Deployment& deployment = setup.deployment();
    const Address factory = setup.create("UniswapV3Factory");
    deployment.v3_router =
        setup.create("SwapRouter", arguments_of("(address,address)", {factory, Address{deployment.wrapped_native()}}));
    deployment.exchanges.push_back({.name = "Uniswap V3",
                                    .kind = networks::ExchangeKind::uniswap_v3,
                                    .factory = factory,
                                    .init_code_hash = setup.code_hash("UniswapV3Pool"),
                                    .deployer = {}});
    std::vector<Venue> venues;
    for (size_t i = 1; i < deployment.tokens.size(); ++i) {
        // Every token at 0.3 %, every other one at 0.05 % as well.
        for (const auto& [fee, spacing] : {std::pair{3000U, 60}, std::pair{500U, 10}})
            if (fee == 3000 || i % 2 == 1)
                venues.push_back({.kind = VenueKind::uniswap_v3,
                                  .exchange = "Uniswap V3",
                                  .contract = factory,
                                  .id = {},
                                  .token = i,
                                  .fee = fee,
                                  .tick_spacing = spacing});
    }
    create_v3_pools(setup, std::move(venues));
}

}  // namespace osprey::local_market
