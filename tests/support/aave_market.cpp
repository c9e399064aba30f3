#include "support/aave_market.hpp"

#include <stdexcept>

#include "primitives/abi.hpp"
#include "support/balancer_market.hpp"

namespace osprey::test {

namespace {

std::string path(std::string_view contract) {
    return "@aave/core-v3/artifacts/contracts/" + std::string{contract} + ".json";
}

LinkedLibrary deploy_library(TestChain& chain, const std::string& name, const std::vector<LinkedLibrary>& needed = {}) {
    const std::string file = "protocol/libraries/logic/" + name + ".sol";
    return {"contracts/" + file + ":" + name, chain.deploy(npm_bytecode(path(file + "/" + name), needed))};
}

u256 name_of_address(std::string_view name) {
    Hash word;
    std::ranges::copy(name, word.data());
    return to_u256(word);
}

}  // namespace

AaveMarket::AaveMarket(TestChain& chain) : treasury(address_of(u256{0x7ea5})), chain_(chain) {
    provider =
        chain.deploy(npm_bytecode(path("protocol/configuration/PoolAddressesProvider.sol/PoolAddressesProvider")),
                     abi_arguments("(string,address)", {std::string{"Aave"}, Address{chain.me()}}));
    const auto set = [&](std::string_view function, const Address& address) {
        chain.must(provider, calldata(function, {word_of(address)}));
    };
    set("setACLAdmin(address)", chain.me());
    set("setACLManager(address)", chain.deploy(npm_bytecode(path("protocol/configuration/ACLManager.sol/ACLManager")),
                                               abi_arguments("(address)", {Address{provider}})));
    prices_ = chain.deploy(npm_bytecode(path("mocks/oracle/PriceOracle.sol/PriceOracle")));
    oracle = chain.deploy(npm_bytecode(path("misc/AaveOracle.sol/AaveOracle")),
                          abi_arguments("(address,address[],address[],address,address,uint256)",
                                        {Address{provider}, abi::list({}), abi::list({}), Address{prices_}, Address{},
                                         u256{100'000'000}}));
    set("setPriceOracle(address)", oracle);
    // The configurator's work is ours, as its proxy would only pass it on.
    chain.must(provider,
               calldata("setAddress(bytes32,address)", {name_of_address("POOL_CONFIGURATOR"), word_of(chain.me())}));
    deploy_pool();
}

void AaveMarket::deploy_pool() {
    const LinkedLibrary borrow = deploy_library(chain_, "BorrowLogic");
    const std::vector<LinkedLibrary> libraries{borrow,
                                               deploy_library(chain_, "FlashLoanLogic", {borrow}),
                                               deploy_library(chain_, "BridgeLogic"),
                                               deploy_library(chain_, "EModeLogic"),
                                               deploy_library(chain_, "LiquidationLogic"),
                                               deploy_library(chain_, "PoolLogic"),
                                               deploy_library(chain_, "SupplyLogic")};
    pool = chain_.deploy(npm_bytecode(path("protocol/pool/Pool.sol/Pool"), libraries),
                         abi_arguments("(address)", {Address{provider}}));
    chain_.must(pool, calldata("initialize(address)", {word_of(provider)}));
    chain_.must(provider, calldata("setAddress(bytes32,address)", {name_of_address("POOL"), word_of(pool)}));
    configure("updateFlashloanPremiums(uint128,uint128)", {5, 0});
}

AaveReserve AaveMarket::add(const Address& asset, uint8_t decimals, const AaveRules& rules) {
    const AaveReserve made{
        .asset = asset,
        .supplied =
            deploy_token("AToken", "address,address,address,address", {pool, treasury, asset, Address{}}, decimals),
        .stable_debt = deploy_token("StableDebtToken", "address,address,address", {pool, asset, Address{}}, decimals),
        .variable_debt =
            deploy_token("VariableDebtToken", "address,address,address", {pool, asset, Address{}}, decimals)};
    configure("initReserve(address,address,address,address,address)",
              {word_of(asset), word_of(made.supplied), word_of(made.stable_debt), word_of(made.variable_debt),
               word_of(deploy_rates())});
    // ReserveConfiguration: 16 bits each from bit 0, decimals at 48, active, borrowing and flash loans at 56, 58
    // and 63.
    const auto at = [](uint64_t value, uint64_t bit) { return u256{value} << bit; };
    configure("setConfiguration(address,(uint256))",
              {word_of(asset), at(rules.ltv, 0) | at(rules.liquidation_threshold, 16) |
                                   at(rules.liquidation_bonus, 32) | at(decimals, 48) | at(1, 56) | at(1, 58) |
                                   at(1, 63) | at(rules.liquidation_protocol_fee, 152)});
    return made;
}

Address AaveMarket::deploy_rates() {
    constexpr u256 percent = 10'000'000'000'000'000'000'000'000_u256;  // of a ray
    return chain_.deploy(
        npm_bytecode(path("protocol/pool/DefaultReserveInterestRateStrategy.sol/DefaultReserveInterestRateStrategy")),
        abi_arguments("(address,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)",
                      {Address{provider}, u256{80} * percent, u256{}, u256{4} * percent, u256{60} * percent,
                       u256{5} * percent, u256{60} * percent, percent, u256{8} * percent, u256{20} * percent}));
}

/// Its initialize() takes `head`, the decimals, two names and empty bytes.
Address AaveMarket::deploy_token(std::string_view contract, std::string_view types, std::vector<Address> head,
                                 uint8_t decimals) {
    const std::string name{contract};
    const Address token = chain_.deploy(npm_bytecode(path("protocol/tokenization/" + name + ".sol/" + name)),
                                        abi_arguments("(address)", {Address{pool}}));
    abi::Values values(head.begin(), head.end());
    values.insert(values.end(), {u256{decimals}, std::string{"t"}, std::string{"t"}, Bytes{}});
    chain_.must(token, abi_call("initialize(" + std::string{types} + ",uint8,string,string,bytes)", values));
    return token;
}

void AaveMarket::configure(std::string_view signature, std::initializer_list<u256> words) {
    chain_.must(pool, calldata(signature, words));
}

void AaveMarket::set_price(const Address& asset, const u256& price) {
    chain_.must(prices_, calldata("setAssetPrice(address,uint256)", {word_of(asset), price}));
}

void AaveMarket::supply(const Address& who, const Address& asset, const u256& amount) {
    const auto done = chain_.call_from(
        who, pool, calldata("supply(address,uint256,address,uint16)", {word_of(asset), amount, word_of(who), {}}));
    if (!done.success) throw std::runtime_error("Aave refuses the supply");
}

void AaveMarket::borrow(const Address& who, const Address& asset, const u256& amount) {
    constexpr u256 variable{2};
    const auto done = chain_.call_from(who, pool,
                                       calldata("borrow(address,uint256,uint256,uint16,address)",
                                                {word_of(asset), amount, variable, {}, word_of(who)}));
    if (!done.success) throw std::runtime_error("Aave refuses the loan");
}

}  // namespace osprey::test
