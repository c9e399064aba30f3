#include "local_market/amounts.hpp"
#include "local_market/setup/setup.hpp"

namespace osprey::local_market {

namespace {

constexpr double depth = 300 * ether;  ///< of the wrapped coin

abi::Value pair_of(bool turned, abi::Value first, abi::Value second) {
    if (turned) std::swap(first, second);
    abi::Values values;
    values.push_back(std::move(first));
    values.push_back(std::move(second));
    return abi::list(std::move(values));
}

struct Weighted {
    size_t token;
    double power;         ///< weight of the wrapped coin over the token's
    uint64_t eth_weight;  ///< hundredths
};

}  // namespace

void deploy_balancer_v2(Setup& setup) {
    Deployment& deployment = setup.deployment();
    const Address weth = deployment.wrapped_native(), owner = setup.owner().address();
    const Address authorizer = setup.create("BalancerAuthorizer", arguments_of("(address)", {Address{owner}}));
    const Address vault = setup.create("BalancerVault", arguments_of("(address,address,uint256,uint256)",
                                                                     {authorizer, Address{weth}, u256{}, u256{}}));
    deployment.exchanges.push_back({.name = "Balancer V2",
                                    .kind = networks::ExchangeKind::balancer_v2,
                                    .factory = vault,
                                    .init_code_hash = {},
                                    .deployer = {}});
    deployment.flash_sources.push_back({"Balancer V2", networks::LenderKind::balancer_v2, vault});
    const u256 hundredth = 10'000'000'000'000'000_u256;
    const Weighted plans[] = {{1, 1, 50}, {4, 4, 80}};
    for (const Weighted& plan : plans) {
        if (plan.token >= deployment.tokens.size()) continue;
        const Address token = deployment.tokens[plan.token].address;
        const bool turned = token < weth;
        const auto assets = [&] { return pair_of(turned, Address{weth}, Address{token}); };
        const Address pool = setup.create(
            "WeightedPool",
            arguments_of("(address,string,string,address[],uint256[],uint256,uint256,uint256,address)",
                         {Address{vault}, std::string{"Weighted pool"}, std::string{"BPT"}, assets(),
                          pair_of(turned, hundredth * u256{plan.eth_weight}, hundredth * u256{100 - plan.eth_weight}),
                          u256{3} * hundredth / u256{10}, u256{}, u256{}, Address{owner}}));
        if (!setup.flush()) return;
        const Hash id = to_hash(setup.view(pool, call_data("getPoolId()")));
        const double in_token = depth / plan.power / setup.prices().price(plan.token);
        const auto amounts = [&] { return pair_of(turned, to_u256(depth), to_u256(in_token)); };
        for (const Address& each : {weth, token})
            setup.call(each, call_data("approve(address,uint256)", {to_u256(vault), u256::max()}));
        // WeightedPool's JoinKind.INIT is 0.
        const Bytes join = arguments_of("(uint256,uint256[])", {u256{}, amounts()});
        setup.call(vault, call_data_of("joinPool(bytes32,address,address,(address[],uint256[],bytes,bool))",
                                       {Bytes(id.bytes.begin(), id.bytes.end()), Address{owner}, Address{owner},
                                        abi::list({assets(), amounts(), join, false})}));
        deployment.venues.push_back({.kind = VenueKind::balancer_v2,
                                     .exchange = "Balancer V2",
                                     .contract = vault,
                                     .id = id,
                                     .token = plan.token,
                                     .fee = 3000,
                                     .power = plan.power});
    }
}

}  // namespace osprey::local_market
