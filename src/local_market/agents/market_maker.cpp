// Somebody who knows the reference prices and takes a pool there that strayed from them: one pool at a time, so that
// the others lag behind.

#include "local_market/agents.hpp"
#include "local_market/amounts.hpp"

namespace osprey::local_market {

namespace {

constexpr double fortune = 3'000'000 * ether, how_often = 0.35, worth_it = 0.004, most = 0.05;

class MarketMaker final : public Agent {
public:
    std::string_view name() const override { return "market_maker"; }

    void prepare(Setup& setup) override {
        setup.equip(account_, fortune, setup.all_tokens(), spenders(setup.deployment()));
    }

    void act(Turn& turn) override {
        Random& random = turn.random();
        if (!random.chance(how_often)) return;
        const size_t venue = random.below(turn.deployment().venues.size());
        const PoolView& pool = turn.pool(venue);
        const double fair = turn.world().prices->price(turn.deployment().venues[venue].token);
        const double away = pool.price() / fair - 1;
        if (std::abs(away) < worth_it + pool.fee || pool.power != 1) return;
        SwapOrder order{.venue = venue, .buys = away < 0};
        const double side = order.buys ? pool.eth : pool.token;
        const double in = std::min(pool.in_until(fair, order.buys), most * side);
        order.amount_in = to_u256(in);
        order.least_out = to_u256(pool.out(order.buys, in) * 0.97);
        turn.swap(account_, order, turn.some_tip(2, 4));
    }

private:
    Account account_ = make_account("market_maker");
};

}  // namespace

std::unique_ptr<Agent> market_maker() { return std::make_unique<MarketMaker>(); }

}  // namespace osprey::local_market
