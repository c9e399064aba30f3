#include "cli/bench_blocks.hpp"

#include <thread>

#include "cli/synthetic_chain.hpp"

namespace osprey::cli {

namespace {

using namespace std::chrono_literals;

/// Blocks before those that are counted: the first one is searched whole, and codes are compiled.
constexpr size_t warm_up = 20;

}  // namespace

Result<BlockFigures> measure_blocks(size_t pools, size_t moved, size_t blocks) {
    auto chain = SyntheticChain::make(pools, 1);
    if (!chain) return std::unexpected(std::move(chain).error());
    const auto signer = execute::LocalSigner::from_key(to_hash(u256{1}));
    engine::BookAccount account{risk::Book{{{.chain_id = (*chain)->setup().chain_id, .limits = {}}}, {}}};
    BlockFigures figures{.pools = pools, .moved = moved, .blocks = blocks};
    std::vector<engine::Find> best;  // by the desk's thread until the pipeline is settled, then by this one
    bool counts = false;
    engine::Pipeline pipeline{{.desk = {.mode = engine::Mode::watch,
                                        .setup = (*chain)->setup(),
                                        .source = chain->get(),
                                        .signer = signer->get(),
                                        .account = &account,
                                        .submitter = nullptr,
                                        .sink =
                                            [&](const engine::Event& event) {
                                                const auto* found = std::get_if<engine::FoundEvent>(&event.what);
                                                if (found == nullptr) return;
                                                figures.found += counts;
                                                figures.differ += counts && !found->find.as_planned;
                                                figures.best += counts && found->find.is_best;
                                                if (found->find.is_best) best.push_back(found->find);
                                            },
                                        .sent = {},
                                        .given_up = {}},
                               .pools = (*chain)->pool_names()}};
    const auto settle = [&](const chain::ChainUpdate& update) {
        pipeline.on_update(update);
        while (!pipeline.is_settled_at(update.added.back().hash)) std::this_thread::sleep_for(50us);
    };
    pipeline.on_status({chain::ChainStatus::State::live, {}});
    settle((*chain)->genesis());
    for (size_t i = 0; i < warm_up + blocks; ++i) {
        if (i == warm_up) {
            counts = true;
            pipeline.forget_stats();
        }
        const auto taken = std::exchange(best, {});
        settle((*chain)->next_block(moved, taken));
    }
    const engine::PipelineStats stats = pipeline.stats();
    figures.to_decision = stats.block_to_decision;
    figures.stages = stats.stages;
    return figures;
}

}  // namespace osprey::cli
