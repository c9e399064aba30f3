#include "inspect/inspect.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "inspect/detectors/detector.hpp"

namespace osprey::inspect {

namespace {

class Inspector {
public:
    Inspector(const BlockView& view, const WhatIf& what_if)
        : context_(view), what_if_(what_if), taken_(view.txs.size()) {}

    Findings run() && {
        Findings sandwiches = detect_sandwiches(context_);
        std::ranges::move(detect_liquidity_sandwiches(context_), std::back_inserter(sandwiches));
        std::erase_if(sandwiches, [&](Finding& f) { return !settle_losses(context_, what_if_, f); });
        take(std::move(sandwiches));
        Findings arbitrages = detect_arbitrages(context_, taken_);
        Findings backruns = detect_backruns(context_, what_if_, arbitrages);
        take(std::move(arbitrages));
        take(std::move(backruns));
        take_jit();
        take(detect_liquidations(context_));
        take(detect_failed(context_));
        take(detect_cex_dex(context_, taken_));
        take(detect_builder_payments(context_));
        take(list_swaps(context_));
        take(list_fills(context_));
        std::ranges::sort(found_, {}, [](const Finding& f) { return std::tuple{f.txs.front(), f.kind, f.swaps}; });
        return std::move(found_);
    }
    const Actions& actions() const { return context_.actions(); }

private:
    /// Liquidity around the victims of a sandwich is a part of it.
    void take_jit() {
        Findings jit = detect_jit(context_);
        std::erase_if(jit, [&](const Finding& j) {
            const auto whole = std::ranges::find_if(found_, [&](const Finding& f) {
                return f.kind == Kind::sandwich && std::ranges::includes(f.txs, j.txs);
            });
            if (whole != found_.end()) add_reason(*whole, Reason::minted_before_burnt_after);
            return whole != found_.end();
        });
        take(std::move(jit));
    }
    /// Findings that explain their transactions.
    void take(Findings found) {
        for (const Finding& f : found)
            for (const uint32_t tx : f.txs) taken_[tx] = true;
        std::ranges::move(found, std::back_inserter(found_));
    }

    Context context_;
    const WhatIf& what_if_;
    std::vector<bool> taken_;
    Findings found_;
};

}  // namespace

Inspection inspect(BlockView view, const WhatIf& what_if) {
    Inspection out{.view = std::move(view)};
    Inspector inspector{out.view, what_if};
    out.findings = std::move(inspector).run();
    out.actions = inspector.actions();
    return out;
}

Result<Inspection> inspect_block(evm::Machine& machine, uint64_t chain_id, const Block& block, state::Reader& base,
                                 std::span<const Receipt> receipts, const BlockOptions& options) {
    AskedState asked{base};
    const std::optional<Address>& wrapped = options.wrapped_native;
    auto executed = execute_view(machine, chain_id, block, asked, {.without = {}, .wrapped_native = wrapped});
    if (!executed) {
        if (receipts.empty()) return std::unexpected(std::move(executed.error()));
        auto view = receipts_view(chain_id, block, receipts);
        if (!view) return std::unexpected(std::move(view.error()));
        view->wrapped_native = wrapped;
        Inspection out = inspect(std::move(*view));
        out.note = "by its receipts alone, as it cannot be executed: " + executed.error().message;
        return out;
    }
    if (!options.whole_state) asked.seal();
    const auto what_if = [&](std::span<const uint32_t> without, size_t end) -> Result<Executed> {
        asked.forget();
        const auto skipped = std::make_unique<bool[]>(block.transactions.size());
        for (const uint32_t tx : without) skipped[tx] = true;
        auto other = execute_view(machine, chain_id, block, asked,
                                  {.without = {skipped.get(), block.transactions.size()},
                                   .end = end,
                                   .tolerant = true,
                                   .wrapped_native = wrapped});
        if (other && !asked.complete()) return fail("the record lacks state that the block without them reads");
        return other;
    };
    return inspect(std::move(executed->view), what_if);
}

}  // namespace osprey::inspect
