#pragma once
// The inside of a Machine, shared by the interpreter's files. Not for others.

#include <vector>

#include "evm/machine.hpp"
#include "evm/program.hpp"
#include "primitives/keccak.hpp"

namespace osprey::evm {

/// A range of address space whose pages appear when they are used.
class Arena {
public:
    explicit Arena(size_t bytes);
    ~Arena();
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    uint8_t* begin() const noexcept { return begin_; }
    uint8_t* end() const noexcept { return begin_ + bytes_; }

private:
    uint8_t* begin_;
    size_t bytes_;
};

/// One running call. The stack pointer, the program counter and the gas live in registers.
struct Frame {
    // What blocks and jumps read.
    const uint8_t* ops;
    const BlockInfo* block;   ///< the one that runs
    const BlockInfo* blocks;  ///< the first
    u256* stack_floor;        ///< the stack pointer of the empty stack
    // What memory instructions read.
    uint8_t* memory;
    uint64_t memory_size = 0;    ///< bytes, a multiple of 32
    uint64_t memory_zeroed = 0;  ///< bytes that are known to be zero or written
    Machine::Context* machine;
    state::Account* self;  ///< whose storage and balance
    const uint8_t* input;
    uint64_t input_size;
    u256 value;
    Address caller;
    bool is_static;
    Status status = Status::success;
    int depth;
    int64_t gas = 0;  ///< what is left when it has ended
    const Program* program;
};

/// Runs the frame to its end: status, gas and the context's return_data are set.
void execute(Frame& frame) noexcept;
void execute_traced(Frame& frame) noexcept;

struct CallRequest {
    CallKind kind;
    int depth;
    bool is_static;
    state::Account* payer;   ///< who pays `value` to self; null where nothing is moved (all kinds but CALL)
    state::Account* self;    ///< storage, balance
    state::Account* target;  ///< the account named by the call; a precompile runs by this address
    state::Account* code;    ///< whose code: the target or what it delegates to (EIP-7702)
    Address caller;          ///< msg.sender
    u256 value;              ///< msg.value
    const uint8_t* input;
    uint64_t input_size;
    int64_t gas;
    u256* stack_floor;
    uint8_t* memory;
};

struct CreateRequest {
    CallKind kind;
    int depth;
    state::Account* creator;
    state::Account* account;  ///< the new one
    u256 value;
    BytesView init_code;
    int64_t gas;
    u256* stack_floor;
    uint8_t* memory;
};

struct Outcome {
    Status status;
    int64_t gas_left;
};

struct Machine::Context {
    Context();

    state::Overlay* state = nullptr;
    const BlockEnv* block = nullptr;
    Fork fork = Fork::frontier;
    Tracer* tracer = nullptr;
    bool by_instruction = false;  ///< the tracer asks for every instruction to be checked by itself
    bool steps = false;

    // The transaction
    Address origin;
    u256 gas_price;
    std::span<const Hash> blob_hashes;
    int64_t refund = 0;
    std::vector<Log> logs;
    /// EIP-2930: what the access list names, sorted by hash. Looked up when something is touched for the first time,
    /// so that naming an item does not load it from the base.
    struct Prewarmed {
        uint64_t hash;
        const Address* address;
        const Hash* slot;  ///< null: the account itself
    };
    std::vector<Prewarmed> prewarmed;
    bool coinbase_is_warm = false;  ///< EIP-3651

    /// What the last finished call returned; for the frame that made it.
    Bytes return_data;

    Arena stack_arena;
    Arena memory_arena;

    u256* first_stack() const noexcept { return reinterpret_cast<u256*>(stack_arena.begin()); }

    void begin(state::Overlay& s, const BlockEnv& b);
    void prewarm(std::span<const AccessListEntry> list);
    /// EIP-2929: precompiles, the coinbase (EIP-3651) and what the access list names are warm from the start.
    bool is_prewarmed(const Address& a) const noexcept;
    bool is_prewarmed(const Address& a, const u256& slot) const noexcept;
    bool is_cold(const Address& a) const noexcept {
        const state::Account* found = state->find(a);
        return (found == nullptr || !state->is_warm(*found)) && !is_prewarmed(a);
    }

    /// EIP-7702: whether `a` delegates, and to whom.
    bool delegation_of(state::Account& a, Address& target);

    Outcome run_call(const CallRequest& r);
    Outcome run_create(const CreateRequest& r);
    void transfer(state::Account& from, state::Account& to, const u256& value);
    void add_log(const Address& address, const Hash* topics, size_t topic_count, const uint8_t* data, size_t size);

private:
    const Program* program_of(state::Account& a);  ///< of the code that a carries
    std::shared_ptr<const Program> init_program(BytesView init_code);
    bool suits(const Program& p) const noexcept { return p.fork() == fork && p.fused() == !by_instruction; }
    void run_frame(Frame& frame) noexcept { by_instruction ? execute_traced(frame) : execute(frame); }

    /// What this thread ran last, by code hash: most calls find their program here, without a lock and without asking
    /// the base for the code.
    struct Recent {
        Hash code_hash;
        std::shared_ptr<const Program> program;
    };
    std::vector<Recent> recent_;
    /// The same for init code, which has no hash yet: pairs, proxies and gas tokens are created from the same few.
    std::vector<std::shared_ptr<const Program>> recent_init_;
};

Address create_address(const Address& creator, uint64_t nonce);                                 // Yellow Paper (86)
Address create2_address(const Address& creator, const Hash& salt, const Hash& init_code_hash);  // EIP-1014

}  // namespace osprey::evm
