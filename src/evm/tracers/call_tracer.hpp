#pragma once
// The tree of a transaction's calls, in the form of geth's callTracer (go-ethereum, eth/tracers/native/call.go).

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evm/tracer.hpp"
#include "types/json_writer.hpp"

namespace osprey::evm {

/// A log where it was written. Those of failed calls are gone when the transaction has ended.
struct TracedLog {
    Address address;
    std::vector<Hash> topics;
    Bytes data;
    uint64_t index;     ///< in the block
    uint32_t position;  ///< how many calls the frame had made before
};

/// One call, creation or self-destruction.
struct CallFrame {
    static constexpr uint32_t no_parent = UINT32_MAX;

    CallKind kind;
    uint32_t parent;  ///< its place in the list of frames
    uint32_t level;   ///< 0 for the outermost
    uint32_t calls = 0;
    Address from;  ///< the contract that dies, for a self-destruction
    Address to;    ///< the new contract; who gets the balance, for a self-destruction
    u256 value;    ///< wei
    uint64_t gas;  ///< given to the frame; the outermost has what the intrinsic gas left
    uint64_t gas_used = 0;
    Bytes input, output;
    Status status = Status::success;
    std::string error;  ///< in geth's words; empty for success
    std::vector<TracedLog> logs;

    bool is_create() const noexcept { return kind == CallKind::create || kind == CallKind::create2; }
    /// Too deep, too poor or out of nonces: it never began.
    bool was_refused() const noexcept {
        return status == Status::call_depth || status == Status::insufficient_balance ||
               status == Status::nonce_overflow;
    }
};

struct CallTracerOptions {
    bool with_logs = false;
    bool only_top_call = false;
    uint64_t first_log_index = 0;  ///< logs in the block before this transaction
};

/// Keeps the frames of the last transaction, or of the last Machine::call(), callers before what they call.
class CallTracer : public Tracer {
public:
    explicit CallTracer(CallTracerOptions options = {}) : options_(options), next_log_(options.first_log_index) {}

    void transaction_start(const Transaction& tx, const BlockEnv& block, state::Overlay& state) override;
    void transaction_end(uint64_t gas_used) override;
    void call_start(const CallStart& call) override;
    void call_end(const CallEnd& end) override;
    void log(const Address& address, std::span<const Hash> topics, BytesView data) override;
    void selfdestruct(const Address& contract, const Address& beneficiary, const u256& balance) override;
    void fault(const Fault& fault) override;

    std::span<const CallFrame> frames() const noexcept { return frames_; }
    /// Gas limit and receipt gas of the transaction: what geth reports for the outermost frame. None after a call
    /// without a transaction.
    std::optional<uint64_t> gas_limit() const noexcept { return gas_limit_; }
    std::optional<uint64_t> gas_used() const noexcept { return gas_used_; }

private:
    static constexpr uint32_t hidden = UINT32_MAX;
    struct Open {
        uint32_t frame;     ///< hidden: not kept (only_top_call)
        uint64_t next_log;  ///< as it was when the call began: a failure takes back what came since
    };
    CallFrame& add(CallKind kind, const Address& from, const Address& to, const u256& value);

    CallTracerOptions options_;
    std::vector<CallFrame> frames_;
    std::vector<Open> open_;
    std::string fault_;
    std::optional<uint64_t> gas_limit_, gas_used_;
    uint64_t next_log_;
};

/// What a revert says: the text of Error(string), the meaning of Panic(uint256). None when it says neither.
std::optional<std::string> revert_reason(BytesView output);

/// geth's JSON: the outermost frame as an object with its calls inside.
void write_json(JsonWriter& out, const CallTracer& trace);

/// For people: a line a call, indented by depth, with kind, from, to, selector, ether when there is any, gas and error.
std::string call_tree(const CallTracer& trace);

}  // namespace osprey::evm
