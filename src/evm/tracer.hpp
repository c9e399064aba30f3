#pragma once
// What an observer of execution may see. What ordinary functions tell (calls, accounts, storage, logs) comes from
// either interpreter; single instructions from a second instantiation of the same handlers, so that the ordinary one
// carries no trace of this.

#include <span>

#include "evm/status.hpp"
#include "primitives/bytes.hpp"

namespace osprey {
struct Transaction;
}
namespace osprey::state {
class Overlay;
struct Account;
struct Slot;
}  // namespace osprey::state

namespace osprey::evm {

struct BlockEnv;

enum class CallKind : uint8_t { call, callcode, delegatecall, staticcall, create, create2, selfdestruct };
std::string_view name_of(CallKind kind) noexcept;

class Tracer {
public:
    virtual ~Tracer() = default;

    struct CallStart {
        CallKind kind;
        int depth;
        Address from;     ///< msg.sender inside the call; for DELEGATECALL the calling contract
        Address to;       ///< the account whose code runs; for CREATE the new address
        Address context;  ///< the account whose storage is used
        u256 value;
        uint64_t gas;
        BytesView input;  ///< calldata or init code
    };
    struct CallEnd {
        Status status;
        uint64_t gas_used;
        BytesView output;  ///< return data, revert data or the deployed code
    };
    struct Step {
        uint64_t pc;
        uint8_t op;
        uint64_t gas;  ///< before the instruction
        int depth;
        const u256* stack_top;  ///< stack_top[0] is the top, stack_top[-1] below it
        size_t stack_size;
        BytesView memory;
        Address context;
    };

    /// What the status of a failure leaves open. `limit` is the stack height that the instruction needs at least, or
    /// bears at most.
    struct Fault {
        Status status;
        uint8_t op;
        size_t stack_size;
        size_t limit;
    };

    /// The transaction is valid; nothing has changed yet.
    virtual void transaction_start(const Transaction&, const BlockEnv&, state::Overlay&) {}
    /// All is paid; what it destroyed and left empty is still there. Gas after refunds, as in the receipt.
    virtual void transaction_end(uint64_t /*gas_used*/) {}
    /// Calls and creations come in pairs, also those that are refused before they begin: too deep, more value than
    /// there is, no nonce left. Such a creation has no address.
    virtual void call_start(const CallStart&) {}
    virtual void call_end(const CallEnd&) {}
    /// Before the end of the call that it ends: a bad opcode, the stack's bounds, SSTORE within the stipend (EIP-2200).
    virtual void fault(const Fault&) {}
    /// An instruction names this account and has paid for it; before it changes anything.
    virtual void account_access(state::Account&) {}
    /// SLOAD or SSTORE, paid for, before it changes anything; at least when the transaction comes to the slot first.
    virtual void storage_access(const state::Account&, const state::Slot&) {}
    virtual void log(const Address& /*address*/, std::span<const Hash> /*topics*/, BytesView /*data*/) {}
    virtual void storage_change(const Address&, const u256& /*slot*/, const u256& /*before*/, const u256& /*after*/) {}
    virtual void balance_change(const Address&, const u256& /*before*/, const u256& /*after*/) {}
    virtual void selfdestruct(const Address& /*contract*/, const Address& /*beneficiary*/, const u256& /*balance*/) {}
    /// Called before every instruction when wants_steps() is true.
    virtual void step(const Step&) {}
    virtual bool wants_steps() const { return false; }
    /// False: the ordinary interpreter runs, at its speed. It checks gas and stack once for a run of instructions:
    /// where that fails nothing of the run is shown, and fault() is not called. Steps need true.
    virtual bool wants_instructions() const { return true; }
};

}  // namespace osprey::evm
