#pragma once
// What may be spent, risked and lost. A limit that is not set does not bind; who acts with real money asks missing()
// first. Wei is the chain's native coin; of what counts for all chains together, the reference coin (see BookChain).

#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "protocol/amm/pool.hpp"

namespace osprey::risk {

/// The seconds that count as a day: losses count for so long after they were settled.
inline constexpr uint64_t day_seconds = 86'400;

/// On everything that is under way or was lost, of one chain or of all together.
struct RunningLimits {
    /// Lost in any 24 hours: the gas of reverted transactions and what landed at a loss. Gains are not set against it.
    /// What is in flight counts as if it were lost.
    std::optional<u256> most_daily_loss_wei;
    /// The same, since the start, or since a person resumed after it had been reached. Beyond it everything stops until
    /// a person resumes.
    std::optional<u256> most_total_loss_wei;
    std::optional<uint32_t> most_in_flight;  ///< transactions
    /// Reverted or landed at a loss, one after the other; then a pause, and another one after each further failure
    /// until something lands without a loss. Without pause_seconds the pause ends when a person resumes.
    std::optional<uint32_t> failures_before_pause;
    std::optional<uint64_t> pause_seconds;

    bool operator==(const RunningLimits&) const = default;
};

/// Of one chain.
struct Limits {
    std::optional<u256> most_gas_price_wei;  ///< a gas: the transaction's maximum fee
    std::optional<u256> most_gas_cost_wei;   ///< of one transaction: all its gas at its maximum fee, and its L1 fee
    /// After payment, expected gas at the maximum fee, and L1 fee. A plan that loses by this count is refused anyhow.
    std::optional<u256> least_net_profit_wei;
    /// The inventory that goes into one transaction and the most that its gas can cost. Flash-funded: gas alone.
    std::optional<u256> most_stake_wei;
    std::optional<uint32_t> most_per_block;  ///< transactions meant for the same block, landed or not
    RunningLimits running;
    std::unordered_set<Address> allowed_tokens;  ///< empty: any
    std::unordered_set<Address> denied_tokens;
    std::unordered_set<Address> denied_contracts;  ///< pools, and all pools of a contract that holds many
    std::unordered_set<Hash> denied_pool_ids;      ///< pools of contracts that hold many

    bool operator==(const Limits&) const = default;
};

/// The names of the money limits that are not set, as the configuration file has them.
std::vector<std::string_view> missing(const Limits& limits);
std::vector<std::string_view> missing(const RunningLimits& limits);

}  // namespace osprey::risk
