#include "local_market/prices.hpp"

#include "local_market/amounts.hpp"

namespace osprey::local_market {

namespace {

constexpr double pull = 0.002, jump_chance = 1.0 / 150, jump_size = 0.04;

}  // namespace

const std::vector<TokenPlan>& token_plans() {
    static const std::vector<TokenPlan> plans = {
        {"USD Coin", "USDC", 6, 2'500, 0.0012, true},      {"Dai Stablecoin", "DAI", 18, 2'500, 0.0012, true},
        {"Wrapped BTC", "WBTC", 8, 0.04, 0.0010, false},   {"ChainLink Token", "LINK", 18, 160, 0.0020, false},
        {"Gemini dollar", "GUSD", 2, 2'500, 0.0012, true}, {"Pepe", "PEPE", 18, 200'000'000, 0.0035, false},
        {"Fish", "FISH", 9, 1'000, 0.0030, false},
    };
    return plans;
}

PricePath::PricePath(uint64_t seed, size_t tokens) : random_(seed, "prices") {
    for (size_t i = 0; i < tokens; ++i) {
        const TokenPlan& plan = token_plans()[i];
        home_.push_back(ether / (plan.per_ether * unit_of(plan.decimals)));
    }
    prices_ = home_;
}

double PricePath::move(double price, double home, double volatility) {
    double change = volatility * random_.bell() + pull * (home - price) / home;
    if (random_.chance(jump_chance)) change += random_.between(-jump_size, jump_size);
    return price * (1 + change);
}

void PricePath::step() {
    dollar_ = move(dollar_, 1, token_plans()[0].volatility);
    for (size_t i = 0; i < prices_.size(); ++i) {
        const TokenPlan& plan = token_plans()[i];
        prices_[i] = plan.dollar ? home_[i] * dollar_ : move(prices_[i], home_[i], plan.volatility);
    }
}

}  // namespace osprey::local_market
