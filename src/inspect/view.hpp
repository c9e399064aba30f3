#pragma once
// What a block did, whatever told it: its transactions, every call in them and, where the source has them, the logs.
// Flat arrays in the order of execution; bytes stand in one arena.

#include <optional>
#include <span>
#include <vector>

#include "evm/tracer.hpp"
#include "primitives/bytes.hpp"

namespace osprey::inspect {

/// A part of the view's arena.
struct Span {
    uint32_t at = 0, size = 0;
};

/// A call, creation or self-destruction.
struct Call {
    static constexpr uint32_t no_parent = UINT32_MAX;

    evm::CallKind kind = evm::CallKind::call;
    bool failed = false;     ///< it failed itself
    bool effective = false;  ///< neither it nor a call around it failed
    uint16_t level = 0;      ///< 0 for the outermost
    uint32_t tx = 0;
    uint32_t parent = no_parent;
    uint32_t end = 0;    ///< one past the last call below it
    Address from;        ///< msg.sender; for DELEGATECALL the calling contract; who dies, for a self-destruction
    Address to;          ///< whose code runs; the new contract; who gets the balance, for a self-destruction
    u256 value;          ///< wei
    Span input, output;  ///< calldata or init code; what was returned (nothing of a creation)

    bool is_create() const noexcept { return kind == evm::CallKind::create || kind == evm::CallKind::create2; }
    /// A call to another account that may change something there.
    bool is_plain() const noexcept { return kind == evm::CallKind::call; }
    /// Moves the native coin when it has a value.
    bool moves_value() const noexcept { return is_plain() || is_create() || kind == evm::CallKind::selfdestruct; }
};

struct EventLog {
    Address address;
    Hash topics[4];
    uint8_t topic_count = 0;
    Span data;
    uint32_t call = 0;          ///< in which it was written
    uint32_t calls_before = 0;  ///< how many calls of the block had begun
};

struct TxView {
    Hash hash;
    Address sender;
    std::optional<Address> to;  ///< none: contract creation
    uint32_t index = 0;         ///< in the block
    bool success = false;
    uint32_t first_call = 0, end_call = 0;
    uint32_t first_log = 0, end_log = 0;
    uint64_t gas_used = 0;
    u256 fee;           ///< wei that the sender pays for gas and blobs
    u256 priority_fee;  ///< wei of it that the coinbase gets
};

struct BlockView {
    uint64_t chain_id = 1;
    uint64_t number = 0;
    uint64_t timestamp = 0;                 ///< 0: the source does not tell
    std::optional<Address> coinbase;        ///< none: the source does not tell
    bool has_logs = false;                  ///< false: the source has none, which does not mean that there were none
    bool has_calls = true;                  ///< false: the source tells of each transaction's outermost call alone
    std::optional<Address> wrapped_native;  ///< of a chain that is in no list here
    std::vector<TxView> txs;
    std::vector<Call> calls;
    std::vector<EventLog> logs;
    Bytes arena;

    BytesView bytes(Span span) const noexcept { return BytesView{arena}.subspan(span.at, span.size); }
    BytesView input(const Call& call) const noexcept { return bytes(call.input); }
    BytesView output(const Call& call) const noexcept { return bytes(call.output); }
    BytesView data(const EventLog& log) const noexcept { return bytes(log.data); }
    std::span<const Call> calls_of(const TxView& tx) const noexcept {
        return std::span{calls}.subspan(tx.first_call, tx.end_call - tx.first_call);
    }
    Span keep(BytesView data) {
        const Span span{static_cast<uint32_t>(arena.size()), static_cast<uint32_t>(data.size())};
        arena.insert(arena.end(), data.begin(), data.end());
        return span;
    }
    void clear() {
        txs.clear();
        calls.clear();
        logs.clear();
        arena.clear();
    }
    /// Sets what follows from the order of the calls: `end` and `effective`. Callers stand before what they call.
    void link_calls();
};

/// The contract that wraps the chain's native coin; zero: it is not known.
Address wrapped_native(const BlockView& view);

/// The call's place: which subcall at each level, as Parity's traceAddress has it (with calls to precompiles where
/// the source has them: an executed block does, a node's trace_block does not).
std::vector<uint32_t> trace_address(const BlockView& view, uint32_t call);

}  // namespace osprey::inspect
