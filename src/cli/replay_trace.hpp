#pragma once
// osprey replay --trace: what the transactions of recorded blocks did, call by call or account by account.

#include <filesystem>
#include <span>

#include "evm/machine.hpp"

namespace osprey::cli {

enum class TraceForm : uint8_t {
    call,      ///< geth's callTracer with logs
    prestate,  ///< geth's prestateTracer
    diff,      ///< the same in diff mode
    parity,    ///< trace_block
};

/// Executes the records and prints each transaction's trace: {"block", "tx", "trace"}, one object a line, or for `call`
/// without `json` a tree for people. The program's status: not 0 when a block cannot be executed or its gas differs.
int trace_all(evm::Machine& machine, std::span<const std::filesystem::path> records, TraceForm form, bool json);

}  // namespace osprey::cli
