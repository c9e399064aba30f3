#pragma once
// Aave V3 as it is deployed, from @aave/core-v3: Pool with its seven libraries, PoolAddressesProvider, ACLManager and
// AaveOracle, on a chain of the tests. Prices are ours to set.

#include "support/test_chain.hpp"

namespace osprey::test {

/// Of one reserve, in basis points.
struct AaveRules {
    uint64_t ltv = 0, liquidation_threshold = 0;
    uint64_t liquidation_bonus = 0;         ///< 10'500: five percent over the debt's worth
    uint64_t liquidation_protocol_fee = 0;  ///< the treasury's share of the bonus
};
struct AaveReserve {
    Address asset, supplied, stable_debt, variable_debt;
};

class AaveMarket {
public:
    /// Owned by the chain's `me`.
    explicit AaveMarket(TestChain& chain);

    /// A reserve that lends, also for one transaction. Assets with a threshold serve as collateral.
    AaveReserve add(const Address& asset, uint8_t decimals, const AaveRules& rules = {});
    /// In dollars with eight decimals, for a whole token.
    void set_price(const Address& asset, const u256& price);
    /// Whoever it is has the tokens, and lets the pool take them.
    void supply(const Address& who, const Address& asset, const u256& amount);
    void borrow(const Address& who, const Address& asset, const u256& amount);

    Address pool, provider, oracle, treasury;

private:
    void deploy_pool();
    Address deploy_rates();
    Address deploy_token(std::string_view contract, std::string_view types, std::vector<Address> head,
                         uint8_t decimals);
    void configure(std::string_view signature, std::initializer_list<u256> words);

    TestChain& chain_;
    Address prices_;
};

}  // namespace osprey::test
