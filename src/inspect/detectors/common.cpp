#include <algorithm>

#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

Finding start_finding(const Context& context, Kind kind, std::span<const uint32_t> txs) {
    Finding f;
    f.kind = kind;
    f.txs.assign(txs.begin(), txs.end());
    f.actor = context.view().txs[txs.front()].sender;
    Party all{.sender = f.actor};
    for (const uint32_t tx : txs) {
        const Party& party = context.party(tx);
        if (!all.owns(party.sender)) all.contracts.push_back(party.sender);
        for (const Address& contract : party.contracts)
            if (!all.owns(contract)) all.contracts.push_back(contract);
    }
    for (const uint32_t tx : txs) {
        const TxView& seen = context.view().txs[tx];
        f.cost_wei += seen.fee;
        f.builder_tip_wei += seen.priority_fee;
        f.builder_direct_wei += context.paid_to_builder(tx);
        for (const TokenChange& c : context.changes(tx, all)) add_change(f.profit, c.token, c.amount);
    }
    f.contracts = std::move(all.contracts);
    const Worth worth = worth_of(context.prices(), f.profit);
    if (worth.priced) f.profit_wei = worth.net();
    if (worth.unpriced_gain || worth.unpriced_loss) add_reason(f, Reason::unpriced_token);
    if (!context.view().has_calls) add_reason(f, Reason::calls_not_known);
    if (f.builder_direct_wei) add_reason(f, Reason::pays_builder);
    return f;
}

void add_reason(Finding& finding, Reason reason) {
    if (!finding.has(reason)) finding.reasons.push_back(reason);
}

void add_pool(Finding& finding, const protocol::PoolKey& pool) {
    if (std::ranges::find(finding.pools, pool) == finding.pools.end()) finding.pools.push_back(pool);
}

}  // namespace osprey::inspect
