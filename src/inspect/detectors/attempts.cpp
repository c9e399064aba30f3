// What did not come off, what was paid for a place in the block, and one-way trades that paid for it.

#include <algorithm>

#include "inspect/contracts.hpp"
#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

namespace {

/// Called through a contract that nobody else uses: no router, pool or token.
bool is_private(const Context& context, const TxView& tx) {
    return tx.to && !context.is_infrastructure(*tx.to) && *tx.to != tx.sender;
}

u256 median_tip_per_gas(const BlockView& view) {
    std::vector<u256> tips;
    for (const TxView& tx : view.txs)
        if (tx.gas_used != 0) tips.push_back(tx.priority_fee / u256{tx.gas_used});
    if (tips.empty()) return {};
    const auto middle = tips.begin() + static_cast<ptrdiff_t>(tips.size() / 2);
    std::ranges::nth_element(tips, middle);
    return *middle;
}

}  // namespace

Findings detect_failed(const Context& context) {
    Findings found;
    const BlockView& view = context.view();
    const auto& undone = context.actions().undone_calls;
    for (size_t i = 0; i < undone.size();) {
        const uint32_t tx = view.calls[undone[i]].tx;
        std::vector<Address> pools;
        for (; i < undone.size() && view.calls[undone[i]].tx == tx; ++i)
            if (std::ranges::find(pools, view.calls[undone[i]].to) == pools.end())
                pools.push_back(view.calls[undone[i]].to);
        // A user's route that failed has a router around it.
        if (pools.size() < thresholds::undone_swaps || !is_private(context, view.txs[tx])) continue;
        if (!context.swaps_of(tx).empty()) continue;  // another try of the same transaction went through
        Finding f = start_finding(context, Kind::failed, std::span{&tx, 1});
        for (const Address& pool : pools) f.pools.push_back({.contract = pool, .id = {}});
        add_reason(f, view.txs[tx].success ? Reason::no_effect : Reason::reverted);
        add_reason(f, Reason::private_contract);
        f.confidence = 0.6;
        found.push_back(std::move(f));
    }
    return found;
}

Findings detect_builder_payments(const Context& context) {
    Findings found;
    const BlockView& view = context.view();
    for (uint32_t tx = 0; tx < view.txs.size(); ++tx) {
        if (!view.coinbase || view.txs[tx].sender == *view.coinbase || !context.paid_to_builder(tx)) continue;
        Finding f = start_finding(context, Kind::builder_payment, std::span{&tx, 1});
        f.profit = {{native_coin, -f.builder_direct_wei}};
        f.profit_wei = -f.builder_direct_wei;
        f.reasons = {Reason::pays_builder};
        found.push_back(std::move(f));
    }
    return found;
}

Findings detect_cex_dex(const Context& context, const std::vector<bool>& taken) {
    Findings found;
    const BlockView& view = context.view();
    const u256 high = median_tip_per_gas(view) * u256{thresholds::high_priority_times};
    for (uint32_t tx = 0; tx < view.txs.size(); ++tx) {
        const TxView& seen = view.txs[tx];
        const auto swaps = context.swaps_of(tx);
        if (taken[tx] || swaps.empty() || !is_private(context, seen) || seen.gas_used == 0) continue;
        const bool pays_much = seen.priority_fee / u256{seen.gas_used} > high;
        const bool pays_builder = static_cast<bool>(context.paid_to_builder(tx));
        if (!pays_much && !pays_builder) continue;
        // One way, between two tokens, out of what the contract itself holds.
        const Swap& first = context.actions().swaps[swaps[0]];
        const bool one_way = std::ranges::all_of(swaps, [&](uint32_t i) {
            const Swap& s = context.actions().swaps[i];
            return s.kind == SwapKind::pool &&
                   context.prices().same_as(s.token_in) == context.prices().same_as(first.token_in) &&
                   context.prices().same_as(s.token_out) == context.prices().same_as(first.token_out);
        });
        const u256 held = change_of(context.ledger().of(tx), *seen.to, first.token_in);
        if (!one_way || !held.is_negative()) continue;
        Finding f = start_finding(context, Kind::cex_dex, std::span{&tx, 1});
        for (const uint32_t i : swaps) add_pool(f, context.actions().swaps[i].pool);
        f.swaps.assign(swaps.begin(), swaps.end());
        f.profit_wei.reset();  // the other half of the trade is not on this chain
        add_reason(f, Reason::single_direction);
        add_reason(f, Reason::private_contract);
        if (pays_much) add_reason(f, Reason::high_priority);
        f.confidence = 0.3;
        found.push_back(std::move(f));
    }
    return found;
}

}  // namespace osprey::inspect
