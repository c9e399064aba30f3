#pragma once
// One recorded block, transaction by transaction: the swaps in it, and the cycles of swaps that would have gained
// something in the state between two transactions, each executed there.

#include <array>

#include "chain/record.hpp"
#include "engine/pool_finder.hpp"
#include "evm/fork.hpp"

namespace osprey::engine {

struct SeenSwap {
    size_t tx = 0;
    Address pool;
    const protocol::Family* family = nullptr;    ///< the pool's; by the event's shape where the pool is not known
    std::optional<Address> token_in, token_out;  ///< none: the pool's tokens are not in the record
    u256 amount_in, amount_out;
};

struct FoundHop {
    Address pool;
    const protocol::Family* family = nullptr;
    uint32_t fee = 0;  ///< millionths of the input
    Address token_in, token_out;
    u256 amount_in, amount_out;
};

struct FoundCycle {
    std::optional<size_t> after_tx;  ///< none: before the first transaction
    std::vector<FoundHop> hops;
    u256 gain;                  ///< in the token that it starts with
    std::optional<u256> value;  ///< wei; exact when it starts with wrapped ether, none without wrapped ether here
    /// What its execution showed. Not recorded: the record lacks state that the swaps need, so it proves nothing.
    enum class Verdict : uint8_t { equal, differs, not_recorded } verdict = Verdict::not_recorded;
    u256 executed_out;               ///< what the execution gave back
    uint64_t gas_used = 0;           ///< by the whole transaction
    bool is_best = false;            ///< no better one of this moment uses any of its pools
    std::optional<size_t> taken_by;  ///< the next transaction that swaps through all of its pools

    const u256& amount_in() const { return hops.front().amount_in; }
    const u256& amount_out() const { return hops.back().amount_out; }
};

struct TokenText {
    std::string symbol;  ///< empty: not in the record
    std::optional<unsigned> decimals;
};

struct Survey {
    std::vector<SeenSwap> swaps;
    std::vector<FoundCycle> cycles;  ///< in the order of the block, the most valuable first within one moment
    std::unordered_map<Address, TokenText> tokens;
    size_t pools = 0;  ///< in the graph
    std::array<size_t, admissions> pools_by_admission{};
    size_t searches = 0;   ///< moments at which pools had moved
    double search_ms = 0;  ///< finding and sizing, all searches
    double prove_ms = 0;   ///< executing what was found
};

/// Swaps of the longest cycle that is looked for.
inline constexpr unsigned longest_survey_cycle = 4;

/// The error: a chain without rules here, or a block that cannot be executed.
Result<Survey> survey(evm::Machine& machine, const chain::Record& record);

}  // namespace osprey::engine
