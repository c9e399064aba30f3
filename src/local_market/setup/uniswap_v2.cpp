#include "local_market/amounts.hpp"
#include "local_market/setup/setup.hpp"

namespace osprey::local_market {

namespace {

constexpr double depth = 400 * ether;  ///< of the first token's pool; later ones are less deep

}  // namespace

void deploy_uniswap_v2(Setup& setup) {
    Deployment& deployment = setup.deployment();
    const Address weth = deployment.wrapped_native(), owner = setup.owner().address();
    const Address factory = setup.create("UniswapV2Factory", arguments_of("(address)", {Address{}}));
    deployment.v2_router =
        setup.create("UniswapV2Router02", arguments_of("(address,address)", {factory, Address{weth}}));
    deployment.exchanges.push_back({.name = "Uniswap V2",
                                    .kind = networks::ExchangeKind::uniswap_v2,
                                    .factory = factory,
                                    .init_code_hash = setup.code_hash("UniswapV2Pair"),
                                    .deployer = {}});
    for (size_t i = 1; i < deployment.tokens.size(); ++i)
        setup.call(factory,
                   call_data("createPair(address,address)", {to_u256(weth), to_u256(deployment.tokens[i].address)}), {},
                   Setup::creation_gas);
    if (!setup.flush()) return;
    for (size_t i = 1; i < deployment.tokens.size(); ++i) {
        const Address& token = deployment.tokens[i].address;
        const Address pair =
            setup.view_address(factory, call_data("getPair(address,address)", {to_u256(weth), to_u256(token)}));
        const double eth = depth / (1 + 0.15 * static_cast<double>(i));
        const auto pay = [&](const Address& what, double amount) {
            setup.call(what, call_data("transfer(address,uint256)", {to_u256(pair), to_u256(amount)}));
        };
        pay(weth, eth);
        pay(token, eth / setup.prices().price(i));
        setup.call(pair, call_data("mint(address)", {to_u256(owner)}));
        deployment.venues.push_back({.kind = VenueKind::uniswap_v2,
                                     .exchange = "Uniswap V2",
                                     .contract = pair,
                                     .id = {},
                                     .token = i,
                                     .fee = 3000});
    }
}

}  // namespace osprey::local_market
