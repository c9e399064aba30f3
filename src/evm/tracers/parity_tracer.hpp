#pragma once
// A block's calls as a flat list, in the form of Parity's trace_block and trace_transaction (OpenEthereum,
// "JSONRPC trace module").
//
// Where clients differ, OpenEthereum is followed, as Erigon and Reth do: below the outermost call, a precompile whose
// msg.value is 0 is left out; so is a call that is refused before it begins (depth, balance, nonce), where geth's
// flatCallTracer has an item; an item that failed has no result, not even a reverted one's output; the outermost gas is
// what the intrinsic gas left, and its gas used is that of the execution before refunds.

#include <span>
#include <string_view>
#include <vector>

#include "evm/block.hpp"
#include "evm/tracers/call_tracer.hpp"

namespace osprey::evm {

/// One item of the list.
struct ParityTrace {
    const CallFrame* frame;
    uint32_t subtraces = 0;
    std::vector<uint32_t> address;  ///< which subcall at each level; empty for the outermost
};

/// Where a transaction stands.
struct ParityPlace {
    Hash block_hash;
    uint64_t block_number = 0;
    Hash transaction_hash;
    uint64_t transaction_position = 0;
};

class ParityTracer final : public CallTracer {
public:
    void transaction_start(const Transaction& tx, const BlockEnv& block, state::Overlay& state) override;

    /// Callers before what they call. Valid until the next transaction.
    std::vector<ParityTrace> traces() const;

private:
    bool is_left_out(const CallFrame& frame) const noexcept;

    Fork fork_ = Fork::frontier;
};

/// "Reverted", "Out of gas", "Bad instruction"; empty for success.
std::string_view parity_error(Status status) noexcept;

/// The list as a JSON array.
void write_json(JsonWriter& out, const ParityTracer& trace, const ParityPlace& place);

/// The items of type "reward" that end a block's list before Paris, as a JSON array.
void write_parity_rewards(JsonWriter& out, std::span<const Reward> rewards, const Hash& block_hash,
                          uint64_t block_number);

}  // namespace osprey::evm
