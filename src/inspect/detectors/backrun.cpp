// Backruns: an arbitrage right behind the trade that made it possible. The candidate is the last transaction before
// that traded one of the arbitrage's pools the other way; execution without it shows whether it was the one.

#include <algorithm>

#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

namespace {

/// The last transaction before the arbitrage that moved one of its pools against the arbitrage's own trade there.
std::optional<uint32_t> candidate(const Context& context, const Finding& arbitrage) {
    const auto& swaps = context.actions().swaps;
    std::optional<uint32_t> last;
    for (const Swap& s : swaps) {
        if (s.kind != SwapKind::pool || s.tx >= arbitrage.txs[0] || (last && s.tx <= *last)) continue;
        const bool opposite = std::ranges::any_of(
            arbitrage.swaps, [&](uint32_t i) { return swaps[i].pool == s.pool && swaps[i].token_in == s.token_out; });
        if (opposite && context.view().txs[s.tx].sender != arbitrage.actor) last = s.tx;
    }
    return last;
}

/// The party's gain in the block without the opener; none when that cannot be told.
std::optional<u256> gain_without(const Context& context, const WhatIf& what_if, uint32_t opener, uint32_t tx) {
    const uint32_t without[] = {opener};
    const auto other = what_if(without, size_t{tx} + 1);
    if (!other || std::ranges::find(other->invalid, tx) != other->invalid.end()) return {};
    if (!other->view.txs[tx].success) return u256{};
    const auto net = net_changes(Transfers{other->view}.of(tx));
    const Party& party = context.party(tx);
    std::vector<TokenChange> sum;
    for (const NetChange& c : net)
        if (party.owns(c.account)) add_change(sum, c.token, c.amount);
    return worth_of(context.prices(), sum).net();
}

}  // namespace

Findings detect_backruns(const Context& context, const WhatIf& what_if, std::span<const Finding> arbitrages) {
    Findings found;
    for (const Finding& arbitrage : arbitrages) {
        if (arbitrage.kind != Kind::arbitrage) continue;
        const auto opener = candidate(context, arbitrage);
        if (!opener) continue;
        Finding f = arbitrage;
        f.kind = Kind::backrun;
        f.related = {*opener};
        f.confidence = 0.6;
        add_reason(f, Reason::opened_by);
        if (what_if && f.profit_wei) {
            if (const auto gain = gain_without(context, what_if, *opener, f.txs[0])) {
                // At least half of the gain has to be due to it.
                if (!gain->is_negative() && *gain + *gain > *f.profit_wei) continue;
                f.confidence = 0.95;
                add_reason(f, Reason::confirmed_by_execution);
            }
        }
        found.push_back(std::move(f));
    }
    return found;
}

}  // namespace osprey::inspect
