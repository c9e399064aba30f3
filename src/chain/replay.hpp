#pragma once
// Executes recorded blocks and compares what happened with what the chain recorded.

#include "chain/record.hpp"
#include "evm/machine.hpp"

namespace osprey::chain {

/// What executing a record showed. A part that the record cannot prove is none.
struct Replay {
    std::string fork;       ///< as people call it
    bool executed = false;  ///< to its end; else `differences` tells why not, and the rest is empty
    uint64_t gas = 0;       ///< used by this execution
    bool gas_ok = false;
    std::optional<bool> receipts_ok;
    bool bloom_ok = false;
    std::optional<bool> state_ok;
    double execute_ms = 0;  ///< the fastest run's
    /// One line each: what differs, at which transaction, and what may be the cause. Empty when all is well.
    std::vector<std::string> differences;
    /// Parts that could not be checked though the record's kind promises them, and why.
    std::vector<std::string> notes;

    bool ok() const noexcept { return differences.empty(); }
};

/// Runs the block `repeat` times (at least once), each on a fresh overlay. The time is that of the system calls, the
/// transactions and the block's end, on a state in memory, with senders known; no root is computed in it. The error:
/// a chain without rules here.
Result<Replay> replay(evm::Machine& machine, const Record& record, unsigned repeat);

/// The name of the rules in force, with the schedules that have a name of their own: "London", "BPO1", "Regolith".
std::string fork_label(const evm::ChainSpec& chain, const Header& header);

}  // namespace osprey::chain
