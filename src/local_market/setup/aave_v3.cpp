// Aave V3 as its own deployment does it: addresses provider, access control, the pool and its configurator behind
// proxies, an oracle with a source for each reserve, tokens for what is supplied and owed.

#include "local_market/amounts.hpp"
#include "local_market/setup/setup.hpp"

namespace osprey::local_market {

namespace {

struct Reserve {
    size_t token;
    unsigned ltv, threshold, bonus;  ///< hundredths of a per cent, as the configurator takes them
};
constexpr Reserve reserves[] = {{0, 8000, 8250, 10500}, {1, 7500, 7800, 10450}, {3, 7000, 7500, 10650}};

LinkedLibrary logic(Setup& setup, std::string_view name, std::span<const LinkedLibrary> needed = {}) {
    const std::string text{name};
    return {"contracts/protocol/libraries/logic/" + text + ".sol:" + text, setup.create("Aave/" + text, {}, needed)};
}

/// The addresses provider with all that it knows; the reserves are still to come.
Address deploy_core(Setup& setup, std::span<const size_t> tokens) {
    const Deployment& deployment = setup.deployment();
    const Address owner = setup.owner().address();
    const Address provider = setup.create("Aave/PoolAddressesProvider",
                                          arguments_of("(string,address)", {std::string{"Local"}, Address{owner}}));
    const auto provide = [&](std::string_view signature, const Address& what) {
        setup.call(provider, call_data(signature, {to_u256(what)}), {}, Setup::creation_gas);
    };
    const Bytes to_provider = arguments_of("(address)", {Address{provider}});
    provide("setACLAdmin(address)", owner);
    const Address access = setup.create("Aave/ACLManager", to_provider);
    provide("setACLManager(address)", access);
    setup.call(access, call_data("addPoolAdmin(address)", {to_u256(owner)}));

    const LinkedLibrary borrow = logic(setup, "BorrowLogic");
    std::vector<LinkedLibrary> libraries = {borrow, logic(setup, "FlashLoanLogic", {&borrow, 1})};
    for (const char* name : {"BridgeLogic", "EModeLogic", "LiquidationLogic", "PoolLogic", "SupplyLogic"})
        libraries.push_back(logic(setup, name));
    provide("setPoolImpl(address)", setup.create("Aave/Pool", to_provider, libraries));
    const LinkedLibrary configurator = logic(setup, "ConfiguratorLogic");
    provide("setPoolConfiguratorImpl(address)", setup.create("Aave/PoolConfigurator", {}, {&configurator, 1}));

    std::vector<Address> assets, sources;
    for (const size_t token : tokens) {
        assets.push_back(deployment.tokens[token].address);
        sources.push_back(setup.create("ChainlinkFeed",
                                       arguments_of("(address,address)", {Address{deployment.price_oracle},
                                                                          Address{deployment.tokens[token].address}})));
    }
    provide(
        "setPriceOracle(address)",
        setup.create("Aave/AaveOracle", arguments_of("(address,address[],address[],address,address,uint256)",
                                                     {Address{provider}, array_of(assets), array_of(sources), Address{},
                                                      Address{deployment.wrapped_native()}, to_u256(ether)})));
    provide("setPoolDataProvider(address)", setup.create("Aave/AaveProtocolDataProvider", to_provider));
    return provider;
}

struct Implementations {
    Address supplied, stable, variable, rates;
};

void add_reserve(Setup& setup, const Reserve& reserve, const Address& configurator, const Implementations& made) {
    const networks::Token& token = setup.deployment().tokens[reserve.token];
    const std::string symbol{token.symbol};
    abi::Values input = {Address{made.supplied},
                         Address{made.stable},
                         Address{made.variable},
                         u256{token.decimals},
                         Address{made.rates},
                         Address{token.address},
                         Address{setup.owner().address()},
                         Address{},
                         "Aave " + symbol,
                         "a" + symbol,
                         "Variable debt " + symbol,
                         "variableDebt" + symbol,
                         "Stable debt " + symbol,
                         "stableDebt" + symbol,
                         Bytes{}};
    abi::Values inputs;
    inputs.push_back(abi::list(std::move(input)));
    abi::Values arguments;
    arguments.push_back(abi::list(std::move(inputs)));
    setup.call(configurator,
               call_data_of("initReserves((address,address,address,uint8,address,address,address,address,string,string,"
                            "string,string,string,string,bytes)[])",
                            arguments),
               {}, Setup::creation_gas);
    const u256 asset = to_u256(token.address);
    setup.call(configurator, call_data("configureReserveAsCollateral(address,uint256,uint256,uint256)",
                                       {asset, u256{reserve.ltv}, u256{reserve.threshold}, u256{reserve.bonus}}));
    setup.call(configurator, call_data("setReserveBorrowing(address,bool)", {asset, u256{1}}));
    setup.call(configurator, call_data("setReserveFlashLoaning(address,bool)", {asset, u256{1}}));
}

Address rate_strategy(Setup& setup, const Address& provider) {
    const u256 percent = 10'000'000'000'000'000'000'000'000_u256;  // of a ray
    Bytes arguments;
    // Provider, best use, base rate, slopes of the variable and of the stable rate, and what concerns stable debt.
    for (const u256& word : {to_u256(provider), u256{80} * percent, u256{}, u256{4} * percent, u256{60} * percent,
                             u256{5} * percent, u256{60} * percent, percent, u256{8} * percent, u256{20} * percent})
        append_word(arguments, word);
    return setup.create("Aave/DefaultReserveInterestRateStrategy", arguments);
}

}  // namespace

void deploy_aave_v3(Setup& setup) {
    constexpr double lent = 4'000 * ether;
    Deployment& deployment = setup.deployment();
    std::vector<size_t> tokens;
    for (const Reserve& reserve : reserves)
        if (reserve.token < deployment.tokens.size()) tokens.push_back(reserve.token);
    const Address provider = deploy_core(setup, tokens);
    if (!setup.flush()) return;
    const Address pool = setup.view_address(provider, call_data("getPool()"));
    const Address configurator = setup.view_address(provider, call_data("getPoolConfigurator()"));
    const Bytes to_pool = arguments_of("(address)", {Address{pool}});
    const Implementations made{.supplied = setup.create("Aave/AToken", to_pool),
                               .stable = setup.create("Aave/StableDebtToken", to_pool),
                               .variable = setup.create("Aave/VariableDebtToken", to_pool),
                               .rates = rate_strategy(setup, provider)};
    const u256 owner = to_u256(setup.owner().address());
    for (const Reserve& reserve : reserves) {
        if (reserve.token >= deployment.tokens.size()) continue;
        add_reserve(setup, reserve, configurator, made);
        const u256 asset = to_u256(deployment.tokens[reserve.token].address);
        setup.call(to_address(asset), call_data("approve(address,uint256)", {to_u256(pool), u256::max()}));
        setup.call(pool, call_data("supply(address,uint256,address,uint16)",
                                   {asset, to_u256(lent / setup.price(reserve.token)), owner, u256{}}));
        if (reserve.token == 1) continue;
        deployment.lending_markets.push_back({.kind = networks::LenderKind::aave_v3,
                                              .lender = pool,
                                              .collateral = reserve.token,
                                              .loan = 1,
                                              .borrowable = reserve.ltv / 1e4,
                                              .threshold = reserve.threshold / 1e4,
                                              .oracle = {},
                                              .id = {}});
    }
    setup.call(configurator, call_data("updateFlashloanPremiumTotal(uint128)", {u256{5}}));
    deployment.lending.push_back({"Aave V3", networks::LenderKind::aave_v3, pool});
    deployment.flash_sources.push_back({"Aave V3", networks::LenderKind::aave_v3, pool});
}

}  // namespace osprey::local_market
