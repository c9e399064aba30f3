#include "local_market/amounts.hpp"
#include "local_market/setup/setup.hpp"

namespace osprey::local_market {

void deploy_tokens(Setup& setup, size_t tokens) {
    auto& all = setup.deployment().tokens;
    all.push_back({"WETH", 18, setup.create("WETH9")});
    for (size_t i = 0; i < tokens; ++i) {
        const TokenPlan& plan = token_plans()[i];
        const Address address = setup.create(
            "Token", arguments_of("(string,string,uint8)",
                                  {std::string{plan.name}, std::string{plan.symbol}, u256{plan.decimals}}));
        all.push_back({plan.symbol, plan.decimals, address});
    }
    // What the owner makes the pools with.
    setup.give(setup.owner().address(), 0, to_u256(200'000 * ether));
    for (size_t i = 1; i < all.size(); ++i)
        setup.give(setup.owner().address(), i, to_u256(200'000 * ether / setup.prices().price(i)));
}

void deploy_routers(Setup& setup) {
    setup.deployment().router = setup.create("Router");
    // Through it the owner makes the pools of V3's kind.
    for (const networks::Token& token : setup.deployment().tokens)
        setup.call(token.address,
                   call_data("approve(address,uint256)", {to_u256(setup.deployment().router), u256::max()}));
}

}  // namespace osprey::local_market
