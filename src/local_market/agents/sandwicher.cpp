// A naive sandwicher, of this market only: buys before a careless trader and sells after, by a higher and a lower fee.
// It is here for inspection and protection to catch.

#include <algorithm>

#include "local_market/agents.hpp"
#include "local_market/amounts.hpp"

namespace osprey::local_market {

namespace {

constexpr double capital = 1'000 * ether, gas_used = 300'000, least_slack = 0.03;
constexpr uint64_t gas_limit = 600'000;

class Sandwicher final : public Agent {
public:
    std::string_view name() const override { return "sandwicher"; }

    void prepare(Setup& setup) override {
        setup.endow(account_);
        Deployment& deployment = setup.deployment();
        deployment.sandwicher = contract_ = setup.create_from(account_, "Searcher");
        setup.give(contract_, 0, to_u256(capital));
    }

    void act(Turn& turn) override {
        const Planned* victim = nullptr;
        double most = least_slack;
        for (const Planned& planned : turn.pending()) {
            if (!planned.swap || planned.agent != "retail" || !planned.swap->buys) continue;
            const SwapOrder& order = *planned.swap;
            if (turn.pool(order.venue).power != 1) continue;
            const double slack =
                1 - to_double(order.least_out) / turn.pool(order.venue).out(true, to_double(order.amount_in));
            if (slack > most) victim = &planned, most = slack;
        }
        if (victim != nullptr) attack(turn, *victim);
    }

    void mined(const News& news, MinedBlock& block) override {
        if (!attack_) return;
        const auto of = [&](const Hash& hash) -> const Receipt* {
            for (const Outcome& outcome : news.outcomes)
                if (outcome.planned->tx.hash == hash && outcome.receipt->success) return outcome.receipt;
            return nullptr;
        };
        const Receipt *front = of(attack_->front), *victim = of(attack_->victim), *back = of(attack_->back);
        if (front != nullptr && victim != nullptr && back != nullptr) {
            attack_->received = received(*victim, attack_->trader);
            attack_->paid = traded(*front, 0);
            attack_->earned = traded(*back, 1);
            block.sandwiches.push_back(*attack_);
        }
        attack_.reset();
    }

private:
    /// The largest purchase that leaves the victim its least amount.
    static double front_of(const PoolView& pool, double in, double least_out) {
        // Where liquidity is concentrated, a pool is as deep as it looks only near its price.
        double low = 0, high = (pool.liquidity > 0 ? 0.02 : 0.2) * pool.eth;
        for (int i = 0; i < 50; ++i) {
            const double middle = (low + high) / 2;
            PoolView moved = pool;
            moved.swap(true, middle);
            (moved.out(true, in) >= least_out ? low : high) = middle;
        }
        return 0.98 * low;
    }

    void attack(Turn& turn, const Planned& victim) {
        const SwapOrder& order = *victim.swap;
        const PoolView& pool = turn.pool(order.venue);
        const double in = to_double(order.amount_in), front = front_of(pool, in, to_double(order.least_out));
        PoolView moved = pool;
        const double bought = moved.swap(true, front);
        moved.swap(true, in);
        const double tip = to_double(victim.tx.max_priority_fee_per_gas);
        if (moved.out(false, bought) - front < gas_used * (turn.world().base_fee + tip)) return;

        attack_ = Sandwich{.front = {},
                           .victim = victim.tx.hash,
                           .back = {},
                           .trader = victim.tx.sender,
                           .received = {},
                           .undisturbed = to_u256(pool.out(true, in)),
                           .paid = {},
                           .earned = {}};
        const size_t venue = order.venue;
        attack_->front = leg(turn, venue, true, to_u256(front), tip * 1.05);
        attack_->back = leg(turn, venue, false, u256{}, tip * 0.99);
    }

    /// `amount` 0: all that the contract holds.
    Hash leg(Turn& turn, size_t venue, bool buys, const u256& amount, double tip) {
        static const uint32_t trade =
            abi::selector("trade((uint8,address,address,address,uint24,int24,bytes32),uint256)");
        Bytes data = abi::call(trade, {});
        append_leg(data, turn.deployment(), turn.deployment().venues[venue], buys);
        append_word(data, amount);
        Planned& planned = turn.send(account_, {contract_, std::move(data)}, tip, gas_limit);
        planned.volume = to_double(amount);
        return planned.tx.hash;
    }

    u256 traded(const Receipt& receipt, size_t word) const {
        static const Hash topic = abi::event_topic("Traded(uint256,uint256)");
        for (const Log& log : receipt.logs)
            if (log.address == contract_ && log.topics[0] == topic) return abi::word_at(log.data, word);
        return {};
    }
    /// The last transfer to the trader.
    static u256 received(const Receipt& receipt, const Address& trader) {
        static const Hash topic = abi::event_topic("Transfer(address,address,uint256)");
        u256 amount;
        for (const Log& log : receipt.logs)
            if (log.topics.size() == 3 && log.topics[0] == topic && to_address(to_u256(log.topics[2])) == trader)
                amount = abi::word_at(log.data, 0);
        return amount;
    }

    Account account_ = make_account("sandwicher");
    Address contract_;
    std::optional<Sandwich> attack_;
};

}  // namespace

std::unique_ptr<Agent> sandwicher() { return std::make_unique<Sandwicher>(); }

}  // namespace osprey::local_market
