#include "local_market/setup/concentrated.hpp"

namespace osprey::local_market {

void deploy_pancake_v3(Setup& setup) {
    Deployment& deployment = setup.deployment();
    const Bytes pool = setup.code("PancakeV3Pool");
    const BytesView view{pool};
    const Address first = setup.store(view.first(pool.size() / 2)), second = setup.store(view.subspan(pool.size() / 2));
    const Address deployer = setup.create("PancakeDeployer", arguments_of("(address,address)", {first, second}));
    const Address factory = setup.create("PancakeV3Factory", arguments_of("(address)", {deployer}));
    deployment.exchanges.push_back({.name = "PancakeSwap V3",
                                    .kind = networks::ExchangeKind::uniswap_v3,
                                    .factory = factory,
                                    .init_code_hash = setup.code_hash("PancakeV3Pool"),
                                    .deployer = deployer});
    std::vector<Venue> venues;
    for (size_t i = 1; i < deployment.tokens.size(); i += 2)
        venues.push_back({.kind = VenueKind::uniswap_v3,
                          .exchange = "PancakeSwap V3",
                          .contract = factory,
                          .id = {},
                          .token = i,
                          .fee = 2500,
                          .tick_spacing = 50});
    create_v3_pools(setup, std::move(venues));
}

}  // namespace osprey::local_market
