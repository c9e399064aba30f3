// Everybody else on the chain: without them blocks would be empty and the base fee would fall to nothing. They use the
// more gas the cheaper it is, so that the base fee stays about where they are ready to pay it.

#include <algorithm>

#include "local_market/agents.hpp"
#include "local_market/amounts.hpp"

namespace osprey::local_market {

namespace {

constexpr double target = 15'000'000;               ///< half of anvil's block gas limit
constexpr double most_at_once = 16'000'000;         ///< one transaction may have 2^24 (EIP-7825); anvil takes more
constexpr double least_ready = 4, most_ready = 12;  ///< gwei

class Traffic final : public Agent {
public:
    std::string_view name() const override { return "traffic"; }

    void prepare(Setup& setup) override {
        setup.endow(account_);
        contract_ = setup.create("Traffic");
    }

    void act(Turn& turn) override {
        Random& random = turn.random();
        ready_ = std::clamp(ready_ + 0.2 * random.bell(), least_ready, most_ready);
        const double want = 1 - turn.world().base_fee / (ready_ * gwei) + 0.1 * random.bell();
        use(turn, target * std::clamp(1 + want, 0.1, 1.6));
    }

private:
    void use(Turn& turn, double amount) {
        static const uint32_t selector = abi::selector("use(uint256)");
        double tip = turn.some_tip(0.05, 0.15);
        for (double left = amount; left > 0; left -= most_at_once, tip *= 0.9) {
            const double gas = std::min(left, most_at_once);
            turn.send(account_, {contract_, abi::call(selector, {to_u256(gas)})}, tip,
                      // A call gets at most 63 of 64 parts of the gas that is left (EIP-150).
                      static_cast<uint64_t>(gas * 64 / 63) + 100'000);
        }
    }

    Account account_ = make_account("traffic");
    Address contract_;
    double ready_ = 8;
};

}  // namespace

std::unique_ptr<Agent> traffic() { return std::make_unique<Traffic>(); }

}  // namespace osprey::local_market
