#pragma once
// A recorded block as it runs, with the market that stands in it: pools found by executing code, and brought along by
// what each transaction logs. Backtest, demonstration and benchmarks walk the same way.

#include <memory>

#include "chain/record.hpp"
#include "engine/pool_finder.hpp"
#include "engine/token_text.hpp"
#include "evm/block.hpp"
#include "market/cycle_search.hpp"
#include "strategy/executor.hpp"

namespace osprey::engine {

class RecordWalk {
public:
    /// Executes the block once to learn what the record holds, and finds the pools at its start. The error: a chain
    /// without rules here, or a block that cannot be executed.
    static Result<std::unique_ptr<RecordWalk>> open(evm::Machine& machine, const chain::Record& record);

    /// Executes the next transaction and brings the market to where it leaves it. Only while position() is below the
    /// number of transactions.
    Result<market::MarketChange> next();
    size_t position() const noexcept { return position_; }  ///< transactions executed so far

    const chain::Record& record() const noexcept { return *record_; }
    /// What the whole block emits.
    std::span<const Receipt> receipts() const noexcept { return receipts_; }
    const evm::BlockEnv& env() const noexcept { return block_.env(); }
    /// The state at this moment, and whether it is known.
    StateView& view() noexcept { return view_; }
    state::Overlay& state() noexcept { return state_; }

    /// Blocks before Istanbul have no pools, and the executor cannot run in them: then there is no market.
    bool has_market() const noexcept { return executor_.has_value(); }
    strategy::Executor& executor() noexcept { return *executor_; }
    PoolFinder& finder() noexcept { return *finder_; }
    market::TokenGraph& graph() noexcept { return graph_; }
    /// Over the graph; null while there are no pools.
    market::CycleSearch* search() noexcept { return search_ ? &*search_ : nullptr; }

    /// What values are counted in: the wrapped native coin; where that is not in the market, or not known, the token
    /// with the most partners.
    const Address& base() const noexcept { return base_; }
    bool base_is_native() const noexcept { return native_ && base_ == *native_; }
    const std::optional<Address>& native() const noexcept { return native_; }

    TokenText describe(const Address& token);

private:
    RecordWalk(evm::Machine& machine, const chain::Record& record, const evm::ChainSpec& chain,
               std::unique_ptr<KnownState> known, std::vector<Receipt> receipts);
    Result<void> begin(evm::Machine& machine);
    void suggest_tokens();
    void find_pools();
    void renew_search();
    std::optional<Bytes> ask(const Address& token, uint32_t selector);

    const chain::Record* record_;
    std::unique_ptr<KnownState> known_;
    std::vector<Receipt> receipts_;
    state::Overlay state_;
    evm::BlockExecutor block_;
    StateView view_;
    market::TokenGraph graph_;
    std::optional<Address> native_;
    Address base_;
    std::vector<std::pair<Address, protocol::uniswap_v4::Key>> v4_keys_;
    std::optional<strategy::Executor> executor_;
    std::optional<PoolFinder> finder_;
    std::optional<market::CycleSearch> search_;
    size_t position_ = 0;
};

}  // namespace osprey::engine
