// Trades as users see them: what they sold and bought through a router or an aggregator.

#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

Findings list_fills(const Context& context) {
    Findings found;
    const auto& fills = context.actions().fills;
    found.reserve(fills.size());
    for (uint32_t i = 0; i < fills.size(); ++i) {
        const Fill& fill = fills[i];
        const Party& party = context.party(fill.tx);
        const TxView& tx = context.view().txs[fill.tx];
        Finding f;
        f.kind = Kind::fill;
        f.txs = {fill.tx};
        f.fill = i;
        // A trading contract of the sender's acts for the sender.
        f.actor = !fill.signed_order && party.owns(fill.user) ? party.sender : fill.user;
        if (fill.user != f.actor) f.contracts.push_back(fill.user);
        f.pools = {{.contract = fill.contract, .id = {}}};
        add_change(f.profit, fill.token_sold, -fill.sold);
        add_change(f.profit, fill.token_bought, fill.bought);
        if (f.actor == tx.sender) {
            f.cost_wei = tx.fee;
            f.builder_tip_wei = tx.priority_fee;
        }
        add_reason(f, Reason::via_router);
        if (fill.signed_order) add_reason(f, Reason::signed_order);
        for (uint32_t s : context.swaps_of(fill.tx)) {
            const Swap& swap = context.actions().swaps[s];
            const bool inside = swap.call > fill.call && swap.call < context.view().calls[fill.call].end;
            if (!fill.signed_order && inside && swap.kind == SwapKind::pool) f.swaps.push_back(s);
        }
        found.push_back(std::move(f));
    }
    return found;
}

}  // namespace osprey::inspect
