#pragma once
// What travels between the threads of the live engine. Everything that several of them hold is shared and constant.

#include <array>
#include <chrono>
#include <memory>
#include <variant>

#include "engine/live/find.hpp"
#include "evm/machine.hpp"
#include "protocol/calls/call.hpp"

namespace osprey::engine {

/// The block that will follow the head, as far as it is known beforehand. Whatever is executed runs in it.
struct NextBlock {
    market::BlockPosition parent;
    Header header;
    evm::BlockEnv env;
    std::shared_ptr<state::Reader> state;  ///< after the parent; may be read by several threads
};

/// Pools as they stand after the head.
struct MarketUpdate {
    std::shared_ptr<const NextBlock> block;
    struct Entry {
        market::PoolId id;  ///< one beyond the last: a new pool
        /// Null: it moved in a way that only reading it again tells; out of the market until then.
        std::shared_ptr<const protocol::Pool> pool;
    };
    std::vector<Entry> pools;
};

struct PendingTx {
    Transaction tx;       ///< with its sender
    u256 tip;             ///< wei a gas that the coinbase gets in the next block
    uint64_t number = 0;  ///< in the order of arrival
    protocol::calls::Reach reach = protocol::calls::Reach::unknown;
    bool waits = false;  ///< it does not pay the next block's base fee
    bool ours = false;
};

/// Search through what the update moved, at the start of the next block.
struct BlockTask {
    std::vector<market::PoolId> moved;
};
/// Search behind each of these, in the order in which they are expected in the next block.
struct PendingTask {
    std::vector<std::shared_ptr<const PendingTx>> transactions;
};
struct Task {
    uint64_t number = 0;
    /// For every searcher, before the search: its market is brought to there. Null: nothing moved since the last.
    std::shared_ptr<const MarketUpdate> update;
    std::variant<std::monostate, BlockTask, PendingTask> search;  ///< monostate: another searcher's turn
    std::chrono::steady_clock::time_point arrived;                ///< what led to it
};

enum class SearchStage : uint8_t {
    update,   ///< taking the moved pools over
    pending,  ///< executing pending transactions
    search,   ///< candidates: cycles found, sized, joined
    execute,  ///< plans made and executed
};
inline constexpr size_t search_stages = 4;
std::string_view name_of(SearchStage stage) noexcept;

struct TaskResult {
    uint64_t number = 0;
    std::shared_ptr<const NextBlock> block;  ///< null: nothing was searched
    /// Of a PendingTask: the order that the finds count on.
    std::vector<std::shared_ptr<const PendingTx>> transactions;
    std::vector<Find> finds;  ///< by moment, of one moment the most valuable first
    /// Ours that are under way and would fail in the order of `transactions`.
    std::vector<Hash> failing;
    std::string error;        ///< the state could not answer: nothing was found, and nothing is known
    bool is_pending = false;  ///< of a PendingTask
    std::array<double, search_stages> seconds{};
    std::chrono::steady_clock::time_point arrived;
};

}  // namespace osprey::engine
