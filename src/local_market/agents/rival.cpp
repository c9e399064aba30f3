// A rival searcher: buys a token in one pool and sells it in another, in one transaction of its contract, which reverts
// where that gains nothing. It reckons with what is pending, and bids to come directly behind the swap that opens the
// gap, or cheaply, after everything.

#include <algorithm>

#include "local_market/agents.hpp"
#include "local_market/amounts.hpp"

namespace osprey::local_market {

namespace {

constexpr double capital = 2'000 * ether, gas_used = 350'000, alertness = 0.7, eagerness = 0.5;
constexpr uint64_t gas_limit = 1'200'000;

struct Trade {
    size_t first = 0, second = 0;
    double in = 0, profit = 0;
};

/// Both pools as one of constant product: Angeris et al., "An analysis of Uniswap markets", 2019, section on arbitrage.
Trade best_of(const PoolView& a, const PoolView& b) {
    const double keep_a = 1 - a.fee, keep_b = 1 - b.fee;
    const double joint = b.token + keep_b * a.token;
    const double eth_in = a.eth * b.token / joint, eth_out = keep_b * a.token * b.eth / joint;
    const double in = (std::sqrt(eth_in * eth_out * keep_a) - eth_in) / keep_a;
    if (!(in > 0)) return {};
    return {.in = in, .profit = eth_out * keep_a * in / (eth_in + keep_a * in) - in};
}

class Rival final : public Agent {
public:
    std::string_view name() const override { return "rival"; }

    void prepare(Setup& setup) override {
        setup.endow(account_);
        Deployment& deployment = setup.deployment();
        deployment.rival = setup.create_from(account_, "Searcher");
        setup.give(deployment.rival, 0, to_u256(capital));
    }

    void act(Turn& turn) override {
        const double cheap = turn.some_tip(0.2, 0.9), first = turn.some_tip(2, 6);
        const bool alert = turn.random().chance(alertness), eager = turn.random().chance(eagerness);
        if (!alert) return;
        const Trade trade = find(turn);
        const Planned* behind = eager ? opener(turn, trade) : nullptr;
        const double tip = eager ? first : cheap;
        if (trade.profit <= gas_used * (turn.world().base_fee + tip)) return;
        static const uint32_t arbitrage = abi::selector(
            "arbitrage((uint8,address,address,address,uint24,int24,bytes32),(uint8,address,address,address,uint24,"
            "int24,"
            "bytes32),uint256)");
        const Deployment& deployment = turn.deployment();
        Bytes data = abi::call(arbitrage, {});
        append_leg(data, deployment, deployment.venues[trade.first], true);
        append_leg(data, deployment, deployment.venues[trade.second], false);
        append_word(data, to_u256(trade.in));
        ContractCall call{deployment.rival, std::move(data)};
        Planned& sent = behind != nullptr ? turn.send_behind(*behind, account_, std::move(call), gas_limit)
                                          : turn.send(account_, std::move(call), tip, gas_limit);
        sent.volume = 2 * trade.in;
    }

    void mined(const News& news, MinedBlock& block) override {
        static const Hash realised = abi::event_topic("Realised(uint256)");
        for (const auto& [planned, receipt] : news.outcomes)
            for (const Log& log : receipt->logs)
                if (planned->agent == name() && log.topics[0] == realised)
                    block.arbitrages.push_back({.transaction = planned->tx.hash,
                                                .profit = abi::word_at(log.data, 0),
                                                .gas_cost = planned->tx.max_fee_per_gas * u256{receipt->gas_used}});
    }

private:
    static Trade find(const Turn& turn) {
        std::vector<PoolView> pools = turn.world().pools->all();
        std::vector<const Planned*> swaps;
        for (const Planned& planned : turn.pending())
            if (planned.swap) swaps.push_back(&planned);
        std::ranges::sort(
            swaps, [](const Planned* a, const Planned* b) { return a->tx.max_fee_per_gas > b->tx.max_fee_per_gas; });
        for (const Planned* planned : swaps) {
            PoolView& pool = pools[planned->swap->venue];
            const double in = to_double(planned->swap->amount_in);
            if (pool.out(planned->swap->buys, in) >= to_double(planned->swap->least_out))
                pool.swap(planned->swap->buys, in);
        }
        Trade best;
        const auto& venues = turn.deployment().venues;
        for (size_t a = 0; a < venues.size(); ++a)
            for (size_t b = 0; b < venues.size(); ++b) {
                if (a == b || venues[a].token != venues[b].token || pools[a].power != 1 || pools[b].power != 1)
                    continue;
                Trade trade = best_of(pools[a], pools[b]);
                if (trade.profit <= best.profit) continue;
                trade.in = std::min(trade.in, capital / 2);
                best = {a, b, trade.in, trade.profit};
            }
        return best;
    }

    /// The last swap in one of the two pools; null: the gap is open already.
    static const Planned* opener(const Turn& turn, const Trade& trade) {
        const Planned* last = nullptr;
        for (const Planned& planned : turn.pending()) {
            if (!planned.swap || (planned.swap->venue != trade.first && planned.swap->venue != trade.second)) continue;
            if (last == nullptr || planned.tx.max_fee_per_gas < last->tx.max_fee_per_gas) last = &planned;
        }
        return last;
    }

    Account account_ = make_account("rival");
};

}  // namespace

std::unique_ptr<Agent> rival_searcher() { return std::make_unique<Rival>(); }

}  // namespace osprey::local_market
