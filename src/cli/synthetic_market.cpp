#include "cli/synthetic_market.hpp"

#include <algorithm>
#include <cmath>

#include "primitives/real.hpp"
#include "protocol/amm/uniswap_v2/pair.hpp"

namespace osprey::cli {

namespace {

constexpr size_t hub_count = 6;

enum Role : uint8_t { token_role = 1, pool_role = 2 };

/// Spread as real ones are; none is a precompile's.
Address numbered(Role role, uint8_t spread, uint64_t number) {
    Address a;
    a.bytes[0] = spread;
    a.bytes[1] = role;
    for (size_t i = 0; i < 8; ++i) a.bytes[19 - i] = static_cast<uint8_t>(number >> (8 * i));
    return a;
}

double uniform(std::mt19937_64& random, double from, double to) {
    return from + (to - from) * static_cast<double>(random() >> 11) * 0x1p-53;
}

}  // namespace

SyntheticMarket SyntheticMarket::make(size_t pools, uint64_t seed) {
    std::mt19937_64 random{seed};
    struct Token {
        Address address;
        double price;  // base units for one smallest unit
    };
    // Six tokens in ten have a single pool, as on Ethereum in 2020; ids are spread as addresses are.
    const size_t tokens = hub_count + pools * 6 / 10;
    std::vector<Token> all(tokens);
    for (size_t i = 0; i < tokens; ++i) {
        const bool stable = i >= 1 && i <= 3;
        const double whole = i == 0 ? 1 : stable ? 1.0 / 2000 : i == 4 ? 30 : std::exp(uniform(random, -20, 2));
        const double decimals = i == 0 ? 18 : i == 1 || i == 2 ? 6 : i == 4 ? 8 : random() % 8 == 0 ? 9 : 18;
        all[i] = {numbered(token_role, static_cast<uint8_t>(random()), i + 1), whole * std::pow(10, 18 - decimals)};
    }
    SyntheticMarket out;
    const auto add = [&](size_t a, size_t b, double depth, double stray) {
        const auto number = static_cast<uint64_t>(out.graph.pool_count());
        out.graph.add(std::make_unique<protocol::uniswap_v2::Pair>(
            numbered(pool_role, static_cast<uint8_t>(random()), number), all[a].address, all[b].address, 3000,
            to_u256(std::min(depth / all[a].price, 1e33)), to_u256(std::min(depth / all[b].price * stray, 1e33))));
        // Volume grows with depth.
        const auto times = static_cast<size_t>(std::clamp(std::sqrt(depth / 1e18), 1.0, 200.0));
        for (size_t i = 0; i < times; ++i) out.by_volume.push_back(static_cast<market::PoolId>(number));
    };
    // The hubs among each other, on three exchanges: 1,100 to 60,000 base tokens deep.
    for (size_t a = 0; a < hub_count; ++a)
        for (size_t b = a + 1; b < hub_count; ++b)
            for (int exchange = 0; exchange < 3; ++exchange)
                add(a, b, 1e18 * std::exp(uniform(random, 7, 11)), 1 + uniform(random, -0.001, 0.001));
    size_t next = hub_count;
    while (out.graph.pool_count() < pools) {
        const bool fresh = next < tokens;
        const size_t token = fresh ? next++ : hub_count + random() % (tokens - hub_count);
        const uint64_t kind = random() % 100;
        size_t other = kind < 75   ? 0
                       : kind < 90 ? 1 + random() % (hub_count - 1)
                                   : hub_count + random() % (tokens - hub_count);
        if (other == token) other = 0;
        const bool broken = random() % 50 == 0;
        const double depth = broken ? std::exp(uniform(random, 1, 25)) : 1e18 * std::exp(uniform(random, -5, 8));
        add(token, other, depth, broken ? std::exp(uniform(random, -8, 8)) : 1 + uniform(random, -0.002, 0.002));
    }
    out.graph.build();
    out.price.resize(out.graph.token_count());
    for (const Token& token : all)
        if (const auto id = out.graph.find_token(token.address)) out.price[*id] = token.price;
    for (size_t i = 0; i < hub_count; ++i) out.hubs.push_back(*out.graph.find_token(all[i].address));
    return out;
}

market::MarketChange SyntheticMarket::trade(size_t count, std::mt19937_64& random) {
    market::MarketChange change;
    while (change.moved.size() < count) {
        const market::PoolId id = by_volume[random() % by_volume.size()];
        if (std::ranges::find(change.moved, id) != change.moved.end()) continue;
        const auto& pair = static_cast<const protocol::uniswap_v2::Pair&>(graph.pool(id));
        const auto in = static_cast<protocol::TokenIndex>(random() % 2);
        const double size = 1e18 * std::exp(uniform(random, std::log(0.02), std::log(50)));
        const double reserve = to_double(pair.reserve(in));
        const double amount = std::min(size / price[graph.token_in({.pool = id, .in = in, .out = 0})], 0.02 * reserve);
        graph.swap({.pool = id, .in = in, .out = static_cast<protocol::TokenIndex>(1 - in)}, to_u256(amount));
        change.moved.push_back(id);
    }
    return change;
}

}  // namespace osprey::cli
