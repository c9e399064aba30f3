#include "inspect/inspect.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

Inspection inspect(BlockView view) {
    Inspection out{.view = std::move(view)};
    const Context context{out.view};
    const auto add = [&](Findings found) { std::ranges::move(found, std::back_inserter(out.findings)); };
    std::vector<bool> taken(out.view.txs.size());
    add(detect_sandwiches(context));
    for (const Finding& f : out.findings)
        for (const uint32_t tx : f.txs) taken[tx] = true;
    add(detect_arbitrages(context, taken));
    std::ranges::sort(out.findings, {}, [](const Finding& f) { return std::tuple{f.txs.front(), f.kind, f.swaps}; });
    out.actions = context.actions();
    return out;
}

Result<Inspection> inspect_block(evm::Machine& machine, uint64_t chain_id, const Block& block, state::Reader& base) {
    auto executed = execute_view(machine, chain_id, block, base);
    if (!executed) return std::unexpected(std::move(executed.error()));
    return inspect(std::move(executed->view));
}

}  // namespace osprey::inspect
