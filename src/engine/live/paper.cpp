#include "engine/live/paper.hpp"

#include <algorithm>

#include "evm/block.hpp"

namespace osprey::engine {

namespace {

OutcomeEvent never_landed(const Find& find, std::string why) {
    return {.id = find.id,
            .kind = OutcomeEvent::Kind::never_landed,
            .profit = {},
            .gas_cost = {},
            .net = {},
            .reason = std::move(why)};
}

}  // namespace

void PaperTrader::follow(const chain::ChainUpdate& update) {
    while (!open_.empty()) {
        const std::shared_ptr<const NextBlock> before = open_.front().first;
        std::vector<Find> finds;
        while (!open_.empty() && open_.front().first->parent == before->parent) {
            finds.push_back(std::move(open_.front().second));
            open_.pop_front();
        }
        const auto next = std::ranges::find(update.added, before->parent.hash,
                                            [](const chain::BlockHeader& b) { return b.header.parent_hash; });
        Result<std::vector<OutcomeEvent>> outcomes = fail("the block that it was for never came");
        if (next != update.added.end()) {
            const auto block = source_.block(next->hash);
            outcomes = block && *block ? run(*before, **block, finds)
                       : block         ? fail("the node does not have the block that it was for")
                                       : std::unexpected(block.error());
        }
        if (outcomes)
            for (OutcomeEvent& each : *outcomes) tell_(std::move(each));
        else
            for (const Find& find : finds) tell_(never_landed(find, outcomes.error().message));
    }
}

/// The real block, with our transactions in their places and everything behind them as it then comes out.
Result<std::vector<OutcomeEvent>> PaperTrader::run(const NextBlock& before, const Block& block,
                                                   std::span<const Find> finds) {
    if (auto done = bench_.stand_on(before); !done) return std::unexpected(std::move(done).error());
    evm::BlockExecutor executor{bench_.machine(), bench_.state(), *setup_.rules, block.header};
    bench_.executor().set_block(executor.env());
    if (auto begun = executor.begin(); !begun) return std::unexpected(std::move(begun).error());
    std::vector<OutcomeEvent> outcomes;
    const auto place = [&](const std::optional<Hash>& follows) -> Result<void> {
        for (const Find& find : finds) {
            if (find.follows != follows) continue;
            auto outcome = execute(find, executor.env());
            if (!outcome) return std::unexpected(std::move(outcome).error());
            outcomes.push_back(std::move(*outcome));
        }
        return {};
    };
    if (auto done = place(std::nullopt); !done) return std::unexpected(std::move(done).error());
    for (const Transaction& tx : block.transactions) {
        // Behind ours a foreign one may be invalid that was not: then it is not there.
        static_cast<void>(executor.transact(tx));
        if (bench_.state().fault()) return std::unexpected(*bench_.state().fault());
        if (auto done = place(tx.hash); !done) return std::unexpected(std::move(done).error());
    }
    for (const Find& find : finds)
        if (find.follows &&
            std::ranges::find(block.transactions, *find.follows, &Transaction::hash) == block.transactions.end())
            outcomes.push_back(never_landed(find, "what it follows is not in the block"));
    return outcomes;
}

Result<OutcomeEvent> PaperTrader::execute(const Find& find, const evm::BlockEnv& env) {
    const strategy::Executed done = bench_.executor().execute(bench_.state(), find.plan);
    if (bench_.state().fault()) return std::unexpected(*bench_.state().fault());
    const u256 gas_cost = u256{done.gas_used} * (env.base_fee + find.priority_fee) + find.plan.payment;
    const u256 profit = done.success ? done.profit() : u256{};
    u256 value = profit;
    if (find.plan.profit_token != setup_.wrapped_native) value = value_of(profit, find.plan.profit, find.value);
    return OutcomeEvent{.id = find.id,
                        .kind = OutcomeEvent::Kind::paper,
                        .block_number = env.number,
                        .token = find.plan.profit_token,
                        .profit = profit,
                        .gas_cost = gas_cost,
                        .net = execute::SignedWei::difference(value, gas_cost),
                        .reason = done.success ? std::string{} : done.reason};
}

}  // namespace osprey::engine
