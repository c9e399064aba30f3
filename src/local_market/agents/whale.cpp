// A whale: rarely, one swap that moves a pool by several per cent and opens a gap to the others.

#include "local_market/agents.hpp"
#include "local_market/amounts.hpp"

namespace osprey::local_market {

namespace {

constexpr double how_often = 0.12, fortune = 500'000 * ether;

class Whale final : public Agent {
public:
    std::string_view name() const override { return "whale"; }

    void prepare(Setup& setup) override {
        setup.equip(account_, fortune, setup.all_tokens(), spenders(setup.deployment()));
    }

    void act(Turn& turn) override {
        Random& random = turn.random();
        if (!random.chance(how_often)) return;
        SwapOrder order{.venue = random.below(turn.deployment().venues.size())};
        const PoolView& pool = turn.pool(order.venue);
        const double fair = turn.world().prices->price(turn.deployment().venues[order.venue].token);
        order.buys = pool.price() < fair;
        const double in = random.between(0.01, 0.035) * (order.buys ? pool.eth : pool.token);
        order.amount_in = to_u256(in);
        order.least_out = to_u256(pool.out(order.buys, in) * (1 - random.between(0.01, 0.04)));
        turn.swap(account_, order, turn.some_tip(3, 6));
    }

private:
    Account account_ = make_account("whale");
};

}  // namespace

std::unique_ptr<Agent> whale() { return std::make_unique<Whale>(); }

}  // namespace osprey::local_market
