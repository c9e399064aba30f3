// Liquidations, with the bonus where the block's own trades price both sides.

#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

Findings detect_liquidations(const Context& context) {
    Findings found;
    const auto& all = context.actions().liquidations;
    for (uint32_t i = 0; i < all.size(); ++i) {
        const Liquidation& l = all[i];
        Finding f = start_finding(context, Kind::liquidation, std::span{&l.tx, 1});
        f.liquidation = i;
        f.pools = {{.contract = l.market, .id = {}}};
        // What this liquidation moved, whatever else the transaction did.
        f.profit.clear();
        add_change(f.profit, l.debt_token, -l.debt_amount);
        add_change(f.profit, l.collateral_token, l.collateral_amount);
        f.reasons.clear();
        const Worth bonus = worth_of(context.prices(), f.profit);
        f.profit_wei.reset();
        if (bonus.priced && !bonus.unpriced_gain && !bonus.unpriced_loss) {
            f.profit_wei = bonus.net();
            add_reason(f, Reason::bonus_priced);
        } else {
            add_reason(f, Reason::unpriced_token);
        }
        Victim borrower{.tx = l.tx, .sender = l.borrower, .loss_known = true};
        add_change(borrower.loss, l.debt_token, -l.debt_amount);
        add_change(borrower.loss, l.collateral_token, l.collateral_amount);
        f.victims = {std::move(borrower)};
        found.push_back(std::move(f));
    }
    return found;
}

}  // namespace osprey::inspect
