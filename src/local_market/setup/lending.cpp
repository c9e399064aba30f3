// The lenders' oracle and Morpho Blue. Aave V3, which is more, is in aave_v3.cpp.

#include "local_market/amounts.hpp"
#include "local_market/setup/setup.hpp"

namespace osprey::local_market {

void deploy_price_oracle(Setup& setup) {
    Deployment& deployment = setup.deployment();
    deployment.price_oracle =
        setup.create("PriceOracle", arguments_of("(address)", {Address{make_account("price_oracle").address()}}));
    ContractCall update = oracle_update(deployment, setup.prices());
    setup.call(update.to, std::move(update.data));
}

void deploy_morpho_blue(Setup& setup) {
    constexpr double threshold = 0.86, lent = 5'000 * ether;
    Deployment& deployment = setup.deployment();
    const Address owner = setup.owner().address();
    const Address morpho = setup.create("Morpho", arguments_of("(address)", {Address{owner}}));
    deployment.lending.push_back({"Morpho Blue", networks::LenderKind::morpho_blue, morpho});
    deployment.flash_sources.push_back({"Morpho Blue", networks::LenderKind::morpho_blue, morpho});
    setup.call(morpho, call_data("enableIrm(address)", {u256{}}));
    setup.call(morpho, call_data("enableLltv(uint256)", {to_u256(threshold * ether)}));

    constexpr size_t usdc = 1, wbtc = 3;
    setup.call(deployment.tokens[usdc].address, call_data("approve(address,uint256)", {to_u256(morpho), u256::max()}));
    for (const size_t collateral : {size_t{0}, wbtc}) {
        if (collateral >= deployment.tokens.size()) continue;
        LendingMarket market{.kind = networks::LenderKind::morpho_blue,
                             .lender = morpho,
                             .collateral = collateral,
                             .loan = usdc,
                             .borrowable = threshold,
                             .threshold = threshold,
                             .oracle = {},
                             .id = {}};
        const networks::Token &of = deployment.tokens[collateral], &loan = deployment.tokens[usdc];
        u256 scale{1};
        for (int i = 0; i < 36 + loan.decimals - of.decimals; ++i) scale *= u256{10};
        market.oracle = setup.create("MorphoFeed", arguments_of("(address,address,address,uint256)",
                                                                {Address{deployment.price_oracle}, Address{of.address},
                                                                 Address{loan.address}, scale}));
        setup.call(morpho,
                   morpho_call("createMarket((address,address,address,address,uint256))", deployment, market, {}));
        // The last word of the head is where the empty bytes stand.
        setup.call(
            morpho,
            morpho_call("supply((address,address,address,address,uint256),uint256,uint256,address,bytes)", deployment,
                        market,
                        {to_u256(lent / setup.prices().price(usdc)), u256{}, to_u256(owner), u256{288}, u256{}}));
        const Bytes params = morpho_call("id()", deployment, market, {});
        market.id = keccak256(BytesView{params}.subspan(4));
        deployment.lending_markets.push_back(market);
    }
}

}  // namespace osprey::local_market
