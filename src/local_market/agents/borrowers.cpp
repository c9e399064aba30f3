// Borrowers: supply collateral, borrow close to what they may, and repay after a while. One whose debt has become too
// high does nothing for some time, so that somebody can liquidate it, and then repays.

#include <algorithm>

#include "local_market/agents.hpp"
#include "local_market/amounts.hpp"

namespace osprey::local_market {

namespace {

using networks::LenderKind;

constexpr double fortune = 5'000 * ether, how_often = 0.15;
constexpr uint64_t gas_limit = 800'000, shortest_loan = 20, longest_neglect = 60;
constexpr unsigned a_market = 3;  ///< borrowers

struct Borrower {
    Account account;
    size_t market = 0;
    double collateral = 0, debt = 0;  ///< units; without interest
    u256 shares;                      ///< Morpho: of the debt
    uint64_t since = 0;               ///< block of the loan
    uint64_t unhealthy_since = 0;     ///< block; 0: it is not
};

/// Above 1 it is safe.
double health_of(const Borrower& who, const World& world) {
    const LendingMarket& market = world.deployment->lending_markets[who.market];
    if (!(who.debt > 0)) return 1e9;
    return who.collateral * (*world.told)[market.collateral] * market.threshold /
           (who.debt * (*world.told)[market.loan]);
}

struct Topics {
    Hash borrowed = abi::event_topic("Borrow(bytes32,address,address,address,uint256,uint256)");
    Hash morpho_liquidated =
        abi::event_topic("Liquidate(bytes32,address,address,uint256,uint256,uint256,uint256,uint256)");
    Hash aave_liquidated = abi::event_topic("LiquidationCall(address,address,address,uint256,uint256,address,bool)");
};

class Borrowers final : public Agent {
public:
    std::string_view name() const override { return "borrowers"; }

    void prepare(Setup& setup) override {
        Deployment& deployment = setup.deployment();
        for (size_t i = 0; i < deployment.lending_markets.size(); ++i)
            for (unsigned k = 0; k < a_market; ++k) {
                const LendingMarket& market = deployment.lending_markets[i];
                Borrower& who = all_.emplace_back();
                who.account = make_account("borrower", static_cast<unsigned>(all_.size()));
                who.market = i;
                setup.endow(who.account);
                for (const size_t token : {market.collateral, market.loan}) {
                    setup.give(who.account.address(), token, to_u256(fortune / setup.price(token)));
                    setup.allow(who.account, {&market.lender, 1}, {&token, 1});
                }
                deployment.borrowers.push_back(who.account.address());
            }
    }

    void act(Turn& turn) override {
        if (!turn.random().chance(how_often)) return;
        Borrower& who = all_[turn.random().below(all_.size())];
        const uint64_t block = turn.world().block;
        if (!(who.collateral > 0))
            open(turn, who);
        else if (who.unhealthy_since != 0 ? block > who.unhealthy_since + longest_neglect
                                          : block > who.since + shortest_loan && turn.random().chance(0.3))
            close(turn, who);
    }

    void mined(const News& news, MinedBlock& block) override {
        for (const auto& [planned, receipt] : news.outcomes)
            if (planned->agent == name()) note(*planned, *receipt, block.number);
        for (const Receipt& receipt : news.receipts)
            for (const Log& log : receipt.logs) liquidated(log);
        for (Borrower& who : all_) {
            const double health = health_of(who, *news.world);
            if (health >= 1)
                who.unhealthy_since = 0;
            else if (who.unhealthy_since == 0)
                who.unhealthy_since = block.number;
            if (health < 1)
                block.liquidatable.push_back(
                    {.lender = market_of(*news.world, who).kind, .borrower = who.account.address(), .health = health});
        }
        expected_.clear();
    }

private:
    /// What a transaction changes when it succeeds.
    struct Expected {
        Hash hash;
        Borrower* who;
        double collateral, debt;  ///< added
    };

    static const LendingMarket& market_of(const World& world, const Borrower& who) {
        return world.deployment->lending_markets[who.market];
    }
    static const Topics& topics() {
        static const Topics all;
        return all;
    }

    void send(Turn& turn, Borrower& who, Bytes data, double tip, double collateral, double debt) {
        const Address& lender = market_of(turn.world(), who).lender;
        Planned& planned = turn.send(who.account, {lender, std::move(data)}, tip, gas_limit);
        const LendingMarket& market = market_of(turn.world(), who);
        planned.volume = std::abs(collateral) * (*turn.world().told)[market.collateral] +
                         std::abs(debt) * (*turn.world().told)[market.loan];
        expected_.push_back({planned.tx.hash, &who, collateral, debt});
    }

    void open(Turn& turn, Borrower& who) {
        const World& world = turn.world();
        const LendingMarket& market = market_of(world, who);
        const double worth = turn.random().between(5, 30) * ether;
        const double collateral = worth / (*world.told)[market.collateral];
        const double debt = worth * market.borrowable * turn.random().between(0.97, 0.998) / (*world.told)[market.loan];
        const u256 me = to_u256(who.account.address()), in = to_u256(collateral), out = to_u256(debt);
        const double tip = turn.some_tip(1, 2);
        if (market.kind == LenderKind::morpho_blue) {
            send(turn, who,
                 morpho_call("supplyCollateral((address,address,address,address,uint256),uint256,address,bytes)",
                             turn.deployment(), market, {in, me, u256{256}, u256{}}),
                 tip, collateral, 0);
            send(turn, who,
                 morpho_call("borrow((address,address,address,address,uint256),uint256,uint256,address,address)",
                             turn.deployment(), market, {out, u256{}, me, me}),
                 0.9 * tip, 0, debt);
        } else {
            send(turn, who,
                 call_data("supply(address,uint256,address,uint16)", {token(turn, market.collateral), in, me, u256{}}),
                 tip, collateral, 0);
            send(turn, who,
                 call_data("borrow(address,uint256,uint256,uint16,address)",
                           {token(turn, market.loan), out, variable_rate, u256{}, me}),
                 0.9 * tip, 0, debt);
        }
    }

    void close(Turn& turn, Borrower& who) {
        const LendingMarket& market = market_of(turn.world(), who);
        const u256 me = to_u256(who.account.address());
        const double tip = turn.some_tip(1, 2);
        const bool morpho = market.kind == LenderKind::morpho_blue;
        if (morpho && who.shares)
            send(turn, who,
                 morpho_call("repay((address,address,address,address,uint256),uint256,uint256,address,bytes)",
                             turn.deployment(), market, {u256{}, who.shares, me, u256{288}, u256{}}),
                 tip, 0, -who.debt);
        if (!morpho && who.debt > 0)
            send(turn, who,
                 call_data("repay(address,uint256,uint256,address)",
                           {token(turn, market.loan), u256::max(), variable_rate, me}),
                 tip, 0, -who.debt);
        send(turn, who,
             morpho
                 ? morpho_call("withdrawCollateral((address,address,address,address,uint256),uint256,address,address)",
                               turn.deployment(), market, {to_u256(who.collateral), me, me})
                 : call_data("withdraw(address,uint256,address)", {token(turn, market.collateral), u256::max(), me}),
             0.9 * tip, -who.collateral, 0);
    }

    static u256 token(const Turn& turn, size_t place) { return to_u256(turn.deployment().tokens[place].address); }

    void note(const Planned& planned, const Receipt& receipt, uint64_t block) {
        const auto found = std::ranges::find(expected_, planned.tx.hash, &Expected::hash);
        if (found == expected_.end() || !receipt.success) return;
        Borrower& who = *found->who;
        who.collateral += found->collateral;
        who.debt += found->debt;
        if (found->debt > 0) who.since = block;
        if (found->debt < 0) who.shares = {};
        for (const Log& log : receipt.logs)
            if (log.topics[0] == topics().borrowed && log.data.size() == 3 * abi::word_size)
                who.shares += abi::word_at(log.data, 2);
    }

    void liquidated(const Log& log) {
        if (log.topics.size() != 4) return;
        const bool morpho = log.topics[0] == topics().morpho_liquidated;
        if (!morpho && log.topics[0] != topics().aave_liquidated) return;
        const Address whom = to_address(to_u256(log.topics[3]));
        const auto found = std::ranges::find(all_, whom, [](const Borrower& who) { return who.account.address(); });
        if (found == all_.end()) return;
        // Morpho: repaid assets and shares, seized assets, bad debt's assets and shares. Aave: repaid, seized.
        found->debt -= to_double(abi::word_at(log.data, 0)) + (morpho ? to_double(abi::word_at(log.data, 3)) : 0);
        found->collateral -= to_double(abi::word_at(log.data, morpho ? 2 : 1));
        if (morpho) found->shares -= abi::word_at(log.data, 1) + abi::word_at(log.data, 4);
        found->debt = std::max(found->debt, 0.0);
        found->collateral = std::max(found->collateral, 0.0);
    }

    static constexpr u256 variable_rate{2};  ///< DataTypes.InterestRateMode

    std::vector<Borrower> all_;
    std::vector<Expected> expected_;
};

}  // namespace

std::unique_ptr<Agent> borrowers() { return std::make_unique<Borrowers>(); }

}  // namespace osprey::local_market
