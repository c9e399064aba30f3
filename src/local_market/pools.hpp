#pragma once
// What agents know of the pools: prices and depths, from the logs of mined blocks. In double: an agent guesses, the
// contracts compute.

#include <span>
#include <unordered_map>
#include <vector>

#include "local_market/deployment.hpp"
#include "types/block.hpp"

namespace osprey::local_market {

/// A pool as the constant product that it is near its price. Units of the tokens, wei of the wrapped coin.
struct PoolView {
    double eth = 0, token = 0;  ///< reserves; of V3 and V4 the virtual ones
    double fee = 0;             ///< part
    double power = 1;           ///< weight of the wrapped coin over the token's: Balancer
    int32_t tick = 0;           ///< V3 and V4
    double liquidity = 0;       ///< V3 and V4
    bool eth_is_0 = false;

    /// Wei for one unit of the token.
    double price() const { return eth / token / power; }
    double out(bool buys, double in) const;
    /// Changes the reserves as that swap does; gives what comes out.
    double swap(bool buys, double in);
    /// What has to be paid in until the price is that; `buys` says in what. Not for a power other than 1.
    double in_until(double price, bool buys) const;
    /// V3 and V4.
    void set_price(double sqrt_price, double liquidity, int32_t tick);
    double sqrt_price() const;
};

class Pools {
public:
    Pools(const Deployment& deployment);
    void apply(const Log& log);

    const PoolView& operator[](size_t venue) const { return views_[venue]; }
    const std::vector<PoolView>& all() const { return views_; }

private:
    void apply_v3(PoolView& view, const Log& log);
    void apply_v4(PoolView& view, const Log& log);
    void apply_balancer(size_t venue, const Log& log);

    const Deployment* deployment_;
    std::vector<PoolView> views_;
    std::unordered_map<Address, size_t> by_address_;
    std::unordered_map<Hash, size_t> by_id_;
};

/// The square root of a price of token 1 in token 0 as V3 has it, times 2^96.
u256 sqrt_price_x96(double sqrt_price);

}  // namespace osprey::local_market
