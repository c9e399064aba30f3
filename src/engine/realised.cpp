#include "engine/realised.hpp"

#include <algorithm>

#include "inspect/inspect.hpp"

namespace osprey::engine {

Result<std::vector<Realised>> realised_arbitrages(evm::Machine& machine, uint64_t chain_id, const Block& block,
                                                  state::Reader& base, std::span<const Receipt> receipts) {
    const auto inspection = inspect::inspect_block(machine, chain_id, block, base, receipts);
    if (!inspection) return std::unexpected(inspection.error());
    std::vector<Realised> all;
    for (const inspect::Finding& finding : inspection->findings) {
        if (finding.kind != inspect::Kind::arbitrage) continue;  // a backrun is told beside its arbitrage
        if (finding.txs.size() != 1 || !finding.profit_wei) continue;
        const u256 profit = *finding.profit_wei + finding.builder_direct_wei;
        if (profit.is_negative() || !profit) continue;
        const inspect::TxView& tx = inspection->view.txs[finding.txs.front()];
        // One line a transaction, whatever it is called besides.
        if (std::ranges::find(all, size_t{tx.index}, &Realised::tx) != all.end()) continue;
        Realised one{.tx = tx.index, .hash = tx.hash, .profit = profit, .tokens = {}, .swaps = {}, .found_by = {}};
        for (const inspect::TokenChange& change : finding.profit) one.tokens.push_back({change.token, change.amount});
        for (const uint32_t swap : finding.swaps) {
            const inspect::Swap& s = inspection->actions.swaps[swap];
            one.swaps.push_back({.pool = s.pool, .token_in = s.token_in, .token_out = s.token_out});
        }
        all.push_back(std::move(one));
    }
    std::ranges::sort(all, {}, &Realised::tx);
    return all;
}

}  // namespace osprey::engine
