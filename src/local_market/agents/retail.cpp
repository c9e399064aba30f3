// Retail traders: small swaps through the exchanges' routers, with limits between careful and careless.

#include <array>

#include "local_market/agents.hpp"
#include "local_market/amounts.hpp"

namespace osprey::local_market {

namespace {

constexpr double fortune = 20'000 * ether;  ///< what each has of the wrapped coin, and worth of its token

class RetailTraders final : public Agent {
public:
    std::string_view name() const override { return "retail"; }

    void prepare(Setup& setup) override {
        const Deployment& deployment = setup.deployment();
        // Two for each token, who deal in nothing else.
        for (size_t token = 1; token < deployment.tokens.size(); ++token)
            for (int i = 0; i < 2; ++i) {
                Trader& trader = traders_.emplace_back();
                trader.account = make_account("retail", static_cast<unsigned>(traders_.size()));
                for (size_t venue = 0; venue < deployment.venues.size(); ++venue)
                    if (deployment.venues[venue].token == token) trader.venues.push_back(venue);
                setup.equip(trader.account, fortune, std::array<size_t, 2>{0, token}, spenders(deployment));
            }
    }

    void act(Turn& turn) override {
        const uint64_t swaps = 1 + turn.random().below(4);
        for (uint64_t i = 0; i < swaps; ++i) {
            trade(turn, traders_[next_]);
            next_ = (next_ + 1 + turn.random().below(3)) % traders_.size();
        }
    }

private:
    struct Trader {
        Account account;
        std::vector<size_t> venues;
    };

    static double patience(Random& random) {
        const double kind = random.unit();
        if (kind < 0.55) return random.between(0.003, 0.01);
        if (kind < 0.85) return random.between(0.01, 0.03);
        return random.between(0.05, 0.2);
    }

    static void trade(Turn& turn, Trader& trader) {
        Random& random = turn.random();
        SwapOrder order{.venue = trader.venues[random.below(trader.venues.size())]};
        const PoolView& pool = turn.pool(order.venue);
        // Who sees a pool that is cheap buys there: a little more often than not.
        const double fair = turn.world().prices->price(turn.deployment().venues[order.venue].token);
        order.buys = random.chance(pool.price() < fair ? 0.6 : 0.4);
        const double size = random.unit(), eth = (0.05 + 2.5 * size * size * size) * ether;
        const double in = order.buys ? eth : eth / pool.price();
        order.amount_in = to_u256(in);
        order.least_out = to_u256(pool.out(order.buys, in) * (1 - patience(random)));
        turn.swap(trader.account, order, turn.some_tip(1, 3));
    }

    std::vector<Trader> traders_;
    size_t next_ = 0;
};

}  // namespace

std::unique_ptr<Agent> retail_traders() { return std::make_unique<RetailTraders>(); }

}  // namespace osprey::local_market
