// The lenders' oracle follows the reference prices: when one has moved by half a per cent, and every 25 blocks.

#include "local_market/agents.hpp"
#include "local_market/amounts.hpp"

namespace osprey::local_market {

namespace {

constexpr double deviation = 0.005;
constexpr uint64_t heartbeat = 25, gas_limit = 400'000;

class PriceOracle final : public Agent {
public:
    std::string_view name() const override { return "price_oracle"; }

    void prepare(Setup& setup) override { setup.endow(account_); }

    void act(Turn& turn) override {
        const World& world = turn.world();
        bool moved = world.block % heartbeat == 0;
        for (size_t token = 1; token < world.told->size(); ++token)
            moved |= std::abs(world.prices->price(token) / (*world.told)[token] - 1) > deviation;
        if (!moved) return;
        turn.send(account_, oracle_update(turn.deployment(), *world.prices), turn.some_tip(4, 6), gas_limit);
    }

private:
    Account account_ = make_account("price_oracle");
};

}  // namespace

std::unique_ptr<Agent> price_oracle() { return std::make_unique<PriceOracle>(); }

}  // namespace osprey::local_market
