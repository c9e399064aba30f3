#pragma once
// Pools of V3's kind, with some liquidity over all prices and more near the present one.

#include "local_market/setup/setup.hpp"

namespace osprey::local_market {

/// The square root of the venue's price at the reference price: of token 0 in token 1.
double sqrt_price_of(const Setup& setup, const Venue& venue);

struct Range {
    int32_t lower, upper;
    double liquidity;
};
/// Over all ticks as deep as `eth` wei on one side, and three times that within about 5 % and 15 % of the price.
std::vector<Range> ranges_of(const Setup& setup, const Venue& venue, double eth);
/// Wei on one side of the whole range.
double depth_of(const Venue& venue);

/// Creates the pool of each venue, whose contract is the factory so far, and adds the venues to the deployment.
void create_v3_pools(Setup& setup, std::vector<Venue> venues);

}  // namespace osprey::local_market
