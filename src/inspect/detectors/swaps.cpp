// Every swap as a finding of its own, with the user behind it.

#include <algorithm>

#include "inspect/contracts.hpp"
#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

namespace {

/// Who trades: the signer of the order; the sender, as long as the sender's accounts pay or get any of it; else whoever
/// gives what the transaction's first swap takes and gets something else (relayed and bundled transactions).
Address user_of(const Context& context, const Swap& s) {
    if (s.kind == SwapKind::order && s.owner) return s.owner;
    const Party& party = context.party(s.tx);
    const auto net = context.ledger().of(s.tx);
    const bool own = std::ranges::any_of(net, [&](const NetChange& c) { return party.owns(c.account); });
    if (own) return party.sender;
    const Swap& first = context.actions().swaps[context.swaps_of(s.tx).front()];
    for (const NetChange& c : net) {
        if (!c.amount.is_negative() || context.is_infrastructure(c.account) ||
            context.prices().same_as(c.token) != context.prices().same_as(first.token_in))
            continue;
        const bool got = std::ranges::any_of(changes_of(net, c.account),
                                             [](const NetChange& other) { return !other.amount.is_negative(); });
        if (got) return c.account;
    }
    return party.sender;
}

}  // namespace

namespace {

/// Swaps that were taken back moved nothing; they are told, with the reason.
void list_undone(const Context& context, Findings& found) {
    const auto& undone = context.actions().undone_swaps;
    for (uint32_t i = 0; i < undone.size(); ++i) {
        Finding f;
        f.kind = Kind::swap;
        f.txs = {undone[i].tx};
        f.actor = context.view().txs[undone[i].tx].sender;
        f.pools = {undone[i].pool};
        f.cost_wei = context.view().txs[undone[i].tx].fee;
        f.builder_tip_wei = context.view().txs[undone[i].tx].priority_fee;
        f.swaps = {i};
        f.reasons = {Reason::reverted};
        found.push_back(std::move(f));
    }
}

}  // namespace

Findings list_swaps(const Context& context) {
    Findings found;
    const auto& swaps = context.actions().swaps;
    found.reserve(swaps.size());
    for (uint32_t i = 0; i < swaps.size(); ++i) {
        const Swap& s = swaps[i];
        if (s.kind == SwapKind::conversion) continue;
        const TxView& tx = context.view().txs[s.tx];
        Finding f;
        f.kind = Kind::swap;
        f.txs = {s.tx};
        f.actor = user_of(context, s);
        for (const Address& contract : context.party(s.tx).contracts)
            if (contract != f.actor) f.contracts.push_back(contract);
        f.pools = {s.pool};
        add_change(f.profit, s.token_in, -s.amount_in);
        add_change(f.profit, s.token_out, s.amount_out);
        f.cost_wei = tx.fee;
        f.builder_tip_wei = tx.priority_fee;
        f.builder_direct_wei = context.paid_to_builder(s.tx);
        f.swaps = {i};
        if (s.kind == SwapKind::order) add_reason(f, Reason::signed_order);
        if (context.party(s.tx).through_router) add_reason(f, Reason::via_router);
        found.push_back(std::move(f));
    }
    list_undone(context, found);
    return found;
}

}  // namespace osprey::inspect
