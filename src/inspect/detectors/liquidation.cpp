// Liquidations: the bonus by the block's own prices, the profit by the net balance changes of the liquidator's
// accounts.

#include <algorithm>

#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

namespace {

std::optional<u256> worth(const Prices& prices, const Address& token, const u256& amount) {
    return prices.is_native(token) ? std::optional{amount} : prices.value(token, amount);
}

/// Who only starts an auction, or has others repay, gets no bonus out of the collateral's price.
std::optional<u256> bonus_of(const Prices& prices, const Liquidation& l) {
    if (l.step == LiquidationStep::seized || !l.debt_told || !l.collateral_told) return {};
    const auto got =
        l.asset ? worth(prices, l.asset, l.asset_amount) : worth(prices, l.collateral_token, l.received_amount);
    const auto paid = worth(prices, l.debt_token, l.debt_amount);
    if (!got || !paid) return {};
    return *got - *paid;
}

void name_borrower(Finding& f, const Liquidation& l) {
    Victim borrower{.tx = l.tx, .sender = l.borrower, .loss_known = l.debt_told && l.collateral_told};
    if (borrower.loss_known) {
        add_change(borrower.loss, l.debt_token, -l.debt_amount);
        add_change(borrower.loss, l.collateral_token, l.collateral_amount);
    }
    f.victims = {std::move(borrower)};
}

}  // namespace

Findings detect_liquidations(const Context& context) {
    Findings found;
    const auto& all = context.actions().liquidations;
    for (uint32_t i = 0; i < all.size(); ++i) {
        const Liquidation& l = all[i];
        Finding f = start_finding(context, Kind::liquidation, std::span{&l.tx, 1});
        f.liquidation = i;
        f.pools = {{.contract = l.market, .id = {}}};
        if (i != 0 && all[i - 1].tx == l.tx) {
            f.profit.clear();
            f.profit_wei.reset();
            f.cost_wei = f.builder_direct_wei = f.builder_tip_wei = {};
            f.reasons.clear();
            add_reason(f, Reason::counted_once);
        }
        f.bonus_wei = bonus_of(context.prices(), l);
        if (f.bonus_wei) add_reason(f, Reason::bonus_priced);
        if (!l.debt_told || !l.collateral_told) add_reason(f, Reason::amounts_not_told);
        if (l.borrower && context.party(l.tx).owns(l.borrower))
            add_reason(f, Reason::self_liquidation);
        else if (l.borrower)
            name_borrower(f, l);
        for (const FlashLoan& loan : context.actions().flash_loans)
            if (loan.tx == l.tx) add_reason(f, Reason::flash_loan);
        found.push_back(std::move(f));
    }
    return found;
}

}  // namespace osprey::inspect
