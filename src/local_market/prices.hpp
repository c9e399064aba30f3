#pragma once
// The reference prices: what the tokens are worth elsewhere, which the local market follows.

#include <vector>

#include "local_market/random.hpp"

namespace osprey::local_market {

/// A token as the market begins with it.
struct TokenPlan {
    std::string_view name, symbol;
    uint8_t decimals;
    double per_ether;   ///< how many whole ones an ether buys at first
    double volatility;  ///< of the price in ether, a block: part
    bool dollar;        ///< moves with the ether's price alone
};
/// The tokens beside the wrapped coin, in order.
const std::vector<TokenPlan>& token_plans();

/// A random walk with a pull home, so that it stays where the pools have their liquidity, and now and then a jump.
class PricePath {
public:
    PricePath(uint64_t seed, size_t tokens);
    void step();
    /// Wei for one unit of the token; `token` counts from 1, as the deployment's tokens do.
    double price(size_t token) const { return prices_[token - 1]; }
    size_t size() const { return prices_.size(); }

private:
    double move(double price, double home, double volatility);

    Random random_;
    std::vector<double> home_, prices_;
    double dollar_ = 1;  ///< the ether's price in dollars falls as this grows
};

}  // namespace osprey::local_market
