// What a victim lost: what they got (or kept) without the attacker, less what they got.

#include <algorithm>

#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

namespace {

/// The victim's own accounts, with those that their swaps paid.
Party accounts_of(const Context& context, uint32_t tx) {
    Party party = context.party(tx);
    for (const uint32_t i : context.swaps_of(tx)) {
        const Address& to = context.actions().swaps[i].recipient;
        if (!party.owns(to) && !context.is_infrastructure(to)) party.contracts.push_back(to);
    }
    return party;
}

std::vector<TokenChange> sum_of(std::span<const NetChange> net, const Party& party) {
    std::vector<TokenChange> sum;
    const auto add = [&](const Address& account) {
        for (const NetChange& c : changes_of(net, account)) add_change(sum, c.token, c.amount);
    };
    add(party.sender);
    for (const Address& account : party.contracts) add(account);
    return sum;
}

bool is_loss(const Context& context, std::span<const TokenChange> loss) {
    const Worth worth = worth_of(context.prices(), loss);
    if (worth.gained > worth.lost) return true;
    return worth.unpriced_gain && !worth.unpriced_loss && worth.gained >= worth.lost;
}

}  // namespace

bool settle_losses(const Context& context, const WhatIf& what_if, Finding& sandwich) {
    if (!what_if) {
        add_reason(sandwich, Reason::loss_not_computed);
        return true;
    }
    const auto without = what_if(sandwich.txs, size_t{sandwich.victims.back().tx} + 1);
    if (!without) {
        add_reason(sandwich, Reason::loss_not_provable);
        return true;
    }
    const Transfers transfers{without->view};
    bool all_known = true;
    for (Victim& victim : sandwich.victims) {
        const TxView& there = without->view.txs[victim.tx];
        if (std::ranges::find(without->invalid, victim.tx) != without->invalid.end() || !there.success) {
            all_known = false;
            continue;
        }
        const Party party = accounts_of(context, victim.tx);
        victim.loss = sum_of(net_changes(transfers.of(victim.tx)), party);
        for (const TokenChange& c : sum_of(context.ledger().of(victim.tx), party))
            add_change(victim.loss, c.token, -c.amount);
        victim.loss_known = true;
    }
    std::erase_if(sandwich.victims, [&](const Victim& v) { return v.loss_known && !is_loss(context, v.loss); });
    add_reason(sandwich, all_known ? Reason::victim_loss_executed : Reason::loss_not_provable);
    if (all_known) sandwich.confidence = std::min(1.0, sandwich.confidence + 0.05);
    return !sandwich.victims.empty();
}

}  // namespace osprey::inspect
