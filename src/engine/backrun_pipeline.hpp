#pragma once
// From the raw bytes of a pending transaction to a signed bundle that stands behind it and harms nobody.

#include <array>

#include "execute/gas.hpp"
#include "execute/no_harm/no_harm.hpp"
#include "strategy/executor.hpp"
#include "strategy/strategy.hpp"

namespace osprey::engine {

enum class Stage : uint8_t {
    decode,   ///< and recover the sender
    victim,   ///< executing the pending transaction
    search,   ///< the graph follows its logs; the cycles whose rates promise something
    size,     ///< exact amounts, and those that share pools together
    plan,     ///< steps, funding, bid, calldata
    execute,  ///< the plan's transaction behind the pending one
    sign,
    no_harm,  ///< the signed bundle with and without ours
};
inline constexpr size_t stages = 8;
std::string_view name_of(Stage stage) noexcept;

struct PipelineOutcome {
    /// Seconds by stage; of stages that were not reached, 0.
    std::array<double, stages> seconds{};
    bool moved_pools = false;
    size_t candidates = 0;
    std::string refusal;  ///< why there is no bundle though there were candidates; one line
    u256 profit;          ///< wei, before gas and bid
    std::optional<execute::CheckedBundle> bundle;
};

/// Works on the state and the market of one moment, and leaves both as they were. Everything that it is given has to
/// outlive it.
class BackrunPipeline {
public:
    struct Parts {
        evm::Machine& machine;
        state::Overlay& state;  ///< where the executor is installed
        strategy::Executor& executor;
        market::TokenGraph& graph;
        market::CycleSearch& search;
        const execute::Signer& signer;  ///< the executor's operator
        const execute::OwnAccounts& own;
        std::optional<Address> wrapped_native;
        execute::BidPolicy bid;
        execute::NoHarmOptions no_harm;
    };
    explicit BackrunPipeline(const Parts& parts) : p_(parts) {}

    /// The error: bytes that are no transaction, or one that cannot stand here.
    Result<PipelineOutcome> run(BytesView raw_pending);

private:
    class Run;
    Parts p_;
};

}  // namespace osprey::engine
