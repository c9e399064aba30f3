// Every swap as a finding of its own, with the user behind it.

#include <algorithm>

#include "inspect/detectors/detector.hpp"
#include "primitives/abi.hpp"
#include "primitives/real.hpp"
#include "protocol/calls/contracts.hpp"

namespace osprey::inspect {

namespace {

bool is_signed(const Swap& s) { return s.kind == SwapKind::order || s.kind == SwapKind::intent; }

/// Whether an event that the contract wrote inside the call has both amounts in it.
bool event_tells(const BlockView& view, const Swap& s) {
    const TxView& tx = view.txs[s.tx];
    for (uint32_t i = tx.first_log; i < tx.end_log; ++i) {
        const EventLog& log = view.logs[i];
        if (log.address != s.pool.contract || log.call < s.call || log.call >= view.calls[s.call].end) continue;
        const BytesView data = view.data(log);
        const auto has = [&](const u256& amount) {
            for (size_t w = 0; abi::has_words(data, w + 1); ++w)
                if (abi::word_at(data, w) == amount || abi::word_at(data, w) == -amount) return true;
            return std::ranges::any_of(std::span{log.topics}.first(log.topic_count),
                                       [&](const Hash& topic) { return to_u256(topic) == amount; });
        };
        if (has(s.amount_in) && has(s.amount_out)) return true;
    }
    return false;
}

/// Whether an exchange that no decoder knows is a swap beyond doubt. Loans, releases of collateral, redemptions,
/// migrations and sales take one token and give another as well, but not at the price of the block's pools.
bool is_told_by_transfers(const Context& context, const Swap& s) {
    const BlockView& view = context.view();
    const Prices& prices = context.prices();
    const Address& pool = s.pool.contract;
    if (context.party(s.tx).owns(pool) || role_of(pool) != Role::none || view.txs[s.tx].to == pool) return false;
    if (prices.same_as(s.token_in) == prices.same_as(s.token_out) || s.amount_in == s.amount_out) return false;
    const auto net = changes_of(context.ledger().of(s.tx), pool);
    const auto keeps = [&](const Address& token, const u256& amount) {
        return std::ranges::any_of(net, [&](const NetChange& c) { return c.token == token && c.amount == amount; });
    };
    if (net.size() != 2 || !keeps(s.token_in, s.amount_in) || !keeps(s.token_out, -s.amount_out)) return false;
    const auto gave = prices.value(s.token_in, s.amount_in), got = prices.value(s.token_out, s.amount_out);
    if (!gave || !got) return false;
    const double off = std::abs(to_double(*gave) - to_double(*got));
    return off <= thresholds::unknown_swap_price * to_double(*gave) && event_tells(view, s);
}

/// Who trades: the signer of the order; the sender, as long as the sender's accounts pay or get any of it; else whoever
/// gives what the transaction's first swap takes and gets something else (relayed and bundled transactions).
Address user_of(const Context& context, const Swap& s) {
    if (is_signed(s) && s.owner) return s.owner;
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
        if (s.kind == SwapKind::conversion || (s.kind == SwapKind::unknown && !is_told_by_transfers(context, s)))
            continue;
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
        if (is_signed(s)) add_reason(f, Reason::signed_order);
        if (s.kind == SwapKind::unknown) {
            add_reason(f, Reason::by_transfers);
            f.confidence = thresholds::unknown_swap_confidence;
        }
        if (context.party(s.tx).through_router) add_reason(f, Reason::via_router);
        found.push_back(std::move(f));
    }
    list_undone(context, found);
    return found;
}

}  // namespace osprey::inspect
