#pragma once
// Finds out what a contract is by asking it as every pool family asks, and takes a pool into the graph once its own
// code has paid what the model says.

#include <array>
#include <map>

#include "engine/known_state.hpp"
#include "market/token_graph.hpp"
#include "protocol/amm/family.hpp"
#include "protocol/amm/uniswap_v4/key.hpp"
#include "strategy/executor.hpp"

namespace osprey::engine {

/// What became of a contract that answers like a pool.
enum class Admission : uint8_t {
    admitted,        ///< in the graph, in one direction at least
    not_recorded,    ///< the record lacks some of the state that the model or its swaps need
    empty,           ///< nothing can be bought
    not_fundable,    ///< no way is known to give the executor its tokens, so nothing could be held against its code
    other_outcome,   ///< its code pays otherwise than the model: another fee, a token that taxes or limits transfers
    not_executable,  ///< the executor has no step for it
};
inline constexpr size_t admissions = 6;

struct FoundPool {
    const protocol::Family* family = nullptr;  ///< null: no pool
    std::vector<Address> tokens;               ///< empty when the record does not tell
    Admission admission = Admission::not_recorded;
    market::PoolId id = 0;  ///< when admitted
};

/// The pool that a log tells of a change of, by the event's shape.
std::optional<protocol::PoolKey> pool_that_moved(const Log& log);

class PoolFinder {
public:
    using Found = std::map<std::pair<Address, Hash>, FoundPool>;

    /// `timestamp`: of the block that the view is in.
    PoolFinder(StateView& view, strategy::Executor& executor, market::TokenGraph& graph, uint64_t timestamp)
        : view_(&view), executor_(&executor), graph_(&graph), timestamp_(timestamp) {}

    /// A contract through whose hands the token went may have it in a list that a record lacks.
    void suggest_token(const Address& contract, const Address& token);
    /// A V4 pool whose key was seen: the manager itself does not tell it.
    void suggest_key(const Address& manager, const protocol::uniswap_v4::Key& key);
    /// Asks once: the answer is remembered unless it may become another one. A pool that is admitted makes the graph
    /// need a build().
    const FoundPool& examine(const protocol::PoolKey& key);
    /// Null when it was never examined or is no pool.
    const FoundPool* find(const protocol::PoolKey& key) const;
    /// The pool as the state has it at this moment; null when that is not known.
    std::unique_ptr<protocol::Pool> read(const protocol::Family& family, const protocol::PoolKey& key);
    /// Brings the graph to where a transaction left the state: by its logs, by reading where those do not tell, and
    /// with the pools that could not be taken in before, for which it needs a build().
    market::MarketChange follow(std::span<const Log> logs);

    const Found& found() const { return found_; }
    /// What the state says, as far as it is known.
    void answer(const protocol::Need& need, protocol::Answers& answers);

private:
    /// A pool that moves with others: to be read again when one of them, whom its model asked, tells of anything. None:
    /// after every transaction.
    struct Follower {
        market::PoolId pool = 0;
        std::vector<Address> leaders;  ///< sorted
    };

    FoundPool recognise(const protocol::PoolKey& key);
    protocol::Answers answers_about(const Address& contract) const;
    /// The family's build with all answers that the state has. Leaves them in `answers`, for the next family.
    protocol::Built build(const protocol::Family& family, const protocol::PoolKey& key, protocol::Answers& answers);
    void follow_others(market::PoolId id, std::vector<Address> asked);
    void read_followers(std::span<const Log> logs, market::MarketChange& change);
    Admission admit(FoundPool& found, std::unique_ptr<protocol::Pool> pool);
    Admission try_direction(const market::TokenGraph& alone, const market::Hop& hop);
    /// Whether the pool's code pays exactly amounts[1] for amounts[0].
    Admission compare(const market::TokenGraph& alone, const market::Hop& hop, const std::array<u256, 2>& amounts);

    /// Swaps amounts[0] and demands amounts[1].
    Result<std::optional<strategy::Executed>> run(const market::TokenGraph& alone, const market::Hop& hop,
                                                  const std::array<u256, 2>& amounts);

    StateView* view_;
    strategy::Executor* executor_;
    market::TokenGraph* graph_;
    uint64_t timestamp_;
    Found found_;
    std::unordered_map<Address, std::vector<Address>> likely_tokens_;
    std::map<std::pair<Address, Hash>, protocol::uniswap_v4::Key> v4_keys_;
    std::vector<Follower> followers_;
};

}  // namespace osprey::engine
