#include "local_market/setup/concentrated.hpp"

#include "local_market/amounts.hpp"
#include "local_market/pools.hpp"

namespace osprey::local_market {

namespace {

constexpr int32_t last_tick = 887'272;  ///< TickMath.MAX_TICK

bool eth_is_0(const Setup& setup, const Venue& venue) {
    const Deployment& deployment = setup.deployment();
    return deployment.wrapped_native() < deployment.tokens[venue.token].address;
}

/// The tick of a price, rounded down to the spacing: by multiplication, as log() differs between machines.
int32_t tick_of(double sqrt_price, int32_t spacing) {
    double step = 1.0001;
    double powers[20];
    for (double& power : powers) {
        power = step;
        step *= step;
    }
    double price = sqrt_price * sqrt_price;
    const bool below_1 = price < 1;
    if (below_1) price = 1 / price;
    int32_t tick = 0;
    for (int bit = 19; bit >= 0; --bit)
        if (price >= powers[bit]) {
            price /= powers[bit];
            tick += 1 << bit;
        }
    if (below_1) tick = -tick - 1;
    const int32_t rest = tick % spacing;
    return tick - (rest < 0 ? rest + spacing : rest);
}

}  // namespace

double sqrt_price_of(const Setup& setup, const Venue& venue) {
    const double price = setup.prices().price(venue.token);
    return std::sqrt(eth_is_0(setup, venue) ? 1 / price : price);
}

double depth_of(const Venue& venue) { return (venue.fee <= 500 ? 250 : 150) * ether; }

std::vector<Range> ranges_of(const Setup& setup, const Venue& venue, double eth) {
    const double sqrt_price = sqrt_price_of(setup, venue);
    // With reserves x and y over all prices the liquidity is sqrt(x * y) (whitepaper of V3, 6.2).
    const double liquidity = eth / std::sqrt(setup.prices().price(venue.token));
    const int32_t spacing = venue.tick_spacing, tick = tick_of(sqrt_price, spacing);
    const auto around = [&](int32_t ticks) {
        const int32_t reach = ticks / spacing * spacing;
        return std::pair{tick - reach, tick + spacing + reach};
    };
    const int32_t end = last_tick / spacing * spacing;
    const auto [low5, high5] = around(500);
    const auto [low15, high15] = around(1500);
    return {{-end, end, liquidity}, {low5, high5, 2 * liquidity}, {low15, high15, liquidity}};
}

void create_v3_pools(Setup& setup, std::vector<Venue> venues) {
    Deployment& deployment = setup.deployment();
    const u256 weth = to_u256(deployment.wrapped_native());
    const auto arguments = [&](const Venue& venue) {
        return std::array{weth, to_u256(deployment.tokens[venue.token].address), u256{venue.fee}};
    };
    for (const Venue& venue : venues) {
        const auto [a, b, fee] = arguments(venue);
        setup.call(venue.contract, call_data("createPool(address,address,uint24)", {a, b, fee}), {},
                   Setup::creation_gas);
    }
    if (!setup.flush()) return;
    for (Venue& venue : venues) {
        const auto [a, b, fee] = arguments(venue);
        venue.contract = setup.view_address(venue.contract, call_data("getPool(address,address,uint24)", {a, b, fee}));
        setup.call(venue.contract, call_data("initialize(uint160)", {sqrt_price_x96(sqrt_price_of(setup, venue))}));
        for (const Range& range : ranges_of(setup, venue, depth_of(venue)))
            setup.call(deployment.router, call_data("modifyV3(address,int24,int24,int256)",
                                                    {to_u256(venue.contract), signed_word(range.lower),
                                                     signed_word(range.upper), to_u256(range.liquidity)}));
        deployment.venues.push_back(venue);
    }
}

}  // namespace osprey::local_market
