#pragma once
// The instructions. One small function each, linked by tail calls: program counter, stack pointer, gas and frame stay
// in registers from one to the next (preserve_none passes them in registers that ordinary calls leave alone).
//
// `Traced` false: gas and stack were checked when the basic block was entered, sequences are fused.
// `Traced` true: every instruction is checked and shown by itself; the program must be compiled unfused.

#include <algorithm>

#include "evm/context.hpp"
#include "evm/precompiles.hpp"
#include "evm/sequences.hpp"

namespace osprey::evm {

#define OSPREY_OP __attribute__((preserve_none))

using Handler = OSPREY_OP void (*)(const uint8_t* pc, u256* sp, int64_t gas, Frame* f);

template <bool Traced>
extern const std::array<Handler, 256> handlers;

// --- cold paths, ordinary functions -------------------------------------------------------------
// They return what is left of the gas, or a negative number when the frame must stop (frame.status is set).

int64_t stop_with(Frame* f, Status status) noexcept;
int64_t grow_memory(Frame* f, int64_t gas, uint64_t end) noexcept;
int64_t op_exp(Frame* f, u256* sp, int64_t gas) noexcept;
int64_t op_keccak(Frame* f, u256* sp, int64_t gas) noexcept;
int64_t op_balance(Frame* f, u256* sp, int64_t gas) noexcept;
int64_t op_extcodesize(Frame* f, u256* sp, int64_t gas) noexcept;
int64_t op_extcodehash(Frame* f, u256* sp, int64_t gas) noexcept;
int64_t op_extcodecopy(Frame* f, u256* sp, int64_t gas) noexcept;
int64_t op_copy(Frame* f, u256* sp, int64_t gas, const uint8_t* source, uint64_t size) noexcept;
int64_t op_returndatacopy(Frame* f, u256* sp, int64_t gas) noexcept;
int64_t op_mcopy(Frame* f, u256* sp, int64_t gas) noexcept;
void op_blockhash(Frame* f, u256* sp) noexcept;
int64_t op_sload_cold(Frame* f, u256* sp, int64_t gas) noexcept;
int64_t op_sstore(Frame* f, u256* sp, int64_t gas) noexcept;
int64_t op_log(Frame* f, u256* sp, int64_t gas, unsigned topics) noexcept;
int64_t op_call(Frame* f, u256* sp, int64_t gas, uint8_t op) noexcept;
int64_t op_create(Frame* f, u256* sp, int64_t gas, uint8_t op) noexcept;
int64_t op_selfdestruct(Frame* f, u256* sp, int64_t gas) noexcept;
int64_t op_return(Frame* f, u256* sp, int64_t gas, Status status) noexcept;
void fail_block(Frame* f, const u256* sp, const BlockInfo& info, int64_t gas) noexcept;

/// Memory [offset, offset + size) is there, or the gas for it cannot be paid. size is at most 32.
[[gnu::always_inline]] inline bool touch_word(Frame* f, const u256& offset, uint64_t size, int64_t& gas) noexcept {
    if ((offset.w[1] | offset.w[2] | offset.w[3] | (offset.w[0] >> 32)) != 0) [[unlikely]] {
        gas = stop_with(f, Status::out_of_gas);
        return false;
    }
    const uint64_t end = offset.w[0] + size;
    if (end > f->memory_size) [[unlikely]] {
        gas = grow_memory(f, gas, end);
        return gas >= 0;
    }
    return true;
}

/// The stack as the steps of one instruction or sequence see it. What a step pushes is handed to the next in
/// registers; only what is left at the end is stored. Every index is a constant once the steps are inlined, so
/// nothing of this class remains in the code.
class Window {
public:
    [[gnu::always_inline]] explicit Window(u256* sp) : sp_(sp) {}

    [[gnu::always_inline]] u256 pop() { return get(height_--); }
    [[gnu::always_inline]] void push(const u256& v) { set(++height_, v); }
    /// Items below the top.
    [[gnu::always_inline]] u256 peek(int depth) { return get(height_ - depth); }
    [[gnu::always_inline]] void swap(int depth) {
        const u256 top = get(height_), other = get(height_ - depth);
        set(height_, other);
        set(height_ - depth, top);
    }
    /// Writes back and returns the stack pointer behind the steps.
    [[gnu::always_inline]] u256* flush() {
        [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
            ((dirty_[I] && I - below <= height_ ? store(sp_[I - below], value_[I]) : void()), ...);
        }(std::make_integer_sequence<int, below + above>{});
        return sp_ + height_;
    }

private:
    static constexpr int below = 17, above = 8;  // SWAP16 reaches 16 below the top

    [[gnu::always_inline]] static void store(u256& to, const u256& v) {
        for (int i = 0; i < 4; ++i) to.w[i] = v.w[i];
    }
    [[gnu::always_inline]] u256 get(int at) { return known_[at + below] ? value_[at + below] : sp_[at]; }
    [[gnu::always_inline]] void set(int at, const u256& v) {
        value_[at + below] = v;
        known_[at + below] = dirty_[at + below] = true;
    }

    u256* sp_;
    int height_ = 0;
    u256 value_[below + above];
    bool known_[below + above]{};
    bool dirty_[below + above]{};
};

/// The N bytes behind `at`, big-endian. May read up to 7 bytes more: programs are padded.
template <unsigned N>
[[gnu::always_inline]] inline u256 immediate(const uint8_t* at) noexcept {
    const auto load = [at](unsigned offset) {
        uint64_t x;
        std::memcpy(&x, at + 1 + offset, 8);
        return __builtin_bswap64(x);
    };
    u256 v;
    constexpr unsigned words = N / 8, rest = N % 8;
    if constexpr (N == 1)
        v.w[0] = at[1];
    else if constexpr (rest != 0)
        v.w[words] = load(0) >> (64 - 8 * rest);
    for (unsigned i = 0; i < words; ++i) v.w[i] = load(rest + 8 * (words - 1 - i));
    return v;
}

[[gnu::always_inline]] inline u256 calldata_word(const Frame* f, const u256& offset) noexcept {
    if (!offset.fits_u64() || offset.w[0] >= f->input_size) return {};
    const uint64_t left = f->input_size - offset.w[0];
    if (left >= 32) [[likely]]
        return load_be32(f->input + offset.w[0]);
    uint8_t word[32]{};
    std::memcpy(word, f->input + offset.w[0], left);
    return load_be32(word);
}

[[gnu::always_inline]] inline u256 from_bool(bool b) noexcept { return u256{b ? 1U : 0U}; }
[[gnu::always_inline]] inline bool is_zero(const u256& a) noexcept { return (a.w[0] | a.w[1] | a.w[2] | a.w[3]) == 0; }
[[gnu::always_inline]] inline bool same(const u256& a, const u256& b) noexcept {
    return ((a.w[0] ^ b.w[0]) | (a.w[1] ^ b.w[1]) | (a.w[2] ^ b.w[2]) | (a.w[3] ^ b.w[3])) == 0;
}

/// What one instruction does to the stack and the frame, for all instructions that neither leave the frame, end its
/// block nor call a function. False: the frame has stopped.
template <uint8_t Code>
[[gnu::always_inline]] inline bool step(Window& w, const uint8_t* at, int64_t& gas, Frame* f) {
    if constexpr (Code >= OP_PUSH1 && Code <= OP_PUSH32) {
        w.push(immediate<Code - OP_PUSH1 + 1U>(at));
    } else if constexpr (Code >= OP_DUP1 && Code <= OP_DUP16) {
        w.push(w.peek(Code - OP_DUP1));
    } else if constexpr (Code >= OP_SWAP1 && Code <= OP_SWAP16) {
        w.swap(Code - OP_SWAP1 + 1);
    } else if constexpr (Code == OP_POP) {
        w.pop();
    } else if constexpr (Code == OP_ISZERO) {
        w.push(from_bool(is_zero(w.pop())));
    } else if constexpr (Code == OP_NOT) {
        const u256 a = w.pop();
        w.push({~a.w[0], ~a.w[1], ~a.w[2], ~a.w[3]});
    } else if constexpr (Code == OP_CLZ) {
        w.push(u256{clz(w.pop())});
    } else if constexpr (Code == OP_MLOAD) {
        const u256 offset = w.pop();
        if (!touch_word(f, offset, 32, gas)) [[unlikely]]
            return false;
        w.push(load_be32(f->memory + offset.w[0]));
    } else if constexpr (Code == OP_MSTORE) {
        const u256 offset = w.pop();
        const u256 v = w.pop();
        if (!touch_word(f, offset, 32, gas)) [[unlikely]]
            return false;
        store_be32(f->memory + offset.w[0], v);
    } else if constexpr (Code == OP_MSTORE8) {
        const u256 offset = w.pop();
        const u256 v = w.pop();
        if (!touch_word(f, offset, 1, gas)) [[unlikely]]
            return false;
        f->memory[offset.w[0]] = static_cast<uint8_t>(v.w[0]);
    } else if constexpr (Code == OP_CALLDATALOAD) {
        w.push(calldata_word(f, w.pop()));
    } else if constexpr (Code == OP_CALLDATASIZE) {
        w.push(u256{f->input_size});
    } else if constexpr (Code == OP_RETURNDATASIZE) {
        w.push(u256{f->machine->return_data.size()});
    } else if constexpr (Code == OP_CODESIZE) {
        w.push(u256{f->program->size()});
    } else if constexpr (Code == OP_MSIZE) {
        w.push(u256{f->memory_size});
    } else if constexpr (Code == OP_PC) {
        w.push(u256{static_cast<uint64_t>(at - f->ops)});
    } else if constexpr (Code == OP_PUSH0) {
        w.push({});
    } else if constexpr (Code == OP_ADDRESS) {
        w.push(to_u256(f->self->address));
    } else if constexpr (Code == OP_CALLER) {
        w.push(to_u256(f->caller));
    } else if constexpr (Code == OP_CALLVALUE) {
        w.push(f->value);
    } else if constexpr (Code == OP_ORIGIN) {
        w.push(to_u256(f->machine->origin));
    } else if constexpr (Code == OP_GASPRICE) {
        w.push(f->machine->gas_price);
    } else if constexpr (Code == OP_COINBASE) {
        w.push(to_u256(f->machine->block->coinbase));
    } else if constexpr (Code == OP_TIMESTAMP) {
        w.push(u256{f->machine->block->timestamp});
    } else if constexpr (Code == OP_NUMBER) {
        w.push(u256{f->machine->block->number});
    } else if constexpr (Code == OP_PREVRANDAO) {
        const BlockEnv& block = *f->machine->block;
        w.push(block.fork >= Fork::paris ? to_u256(block.prev_randao) : block.difficulty);
    } else if constexpr (Code == OP_GASLIMIT) {
        w.push(u256{f->machine->block->gas_limit});
    } else if constexpr (Code == OP_CHAINID) {
        w.push(u256{f->machine->block->chain_id});
    } else if constexpr (Code == OP_SELFBALANCE) {
        w.push(f->self->balance);
    } else if constexpr (Code == OP_BASEFEE) {
        w.push(f->machine->block->base_fee);
    } else if constexpr (Code == OP_BLOBBASEFEE) {
        w.push(f->machine->block->blob_base_fee);
    } else if constexpr (Code == OP_BLOBHASH) {
        const auto hashes = f->machine->blob_hashes;
        const u256 n = w.pop();
        w.push(n.fits_u64() && n.w[0] < hashes.size() ? to_u256(hashes[n.w[0]]) : u256{});
    } else {
        const u256 a = w.pop();
        const u256 b = w.pop();
        if constexpr (Code == OP_ADD) {
            w.push(a + b);
        } else if constexpr (Code == OP_MUL) {
            w.push(a * b);
        } else if constexpr (Code == OP_SUB) {
            w.push(a - b);
        } else if constexpr (Code == OP_LT) {
            w.push(from_bool(a < b));
        } else if constexpr (Code == OP_GT) {
            w.push(from_bool(b < a));
        } else if constexpr (Code == OP_SLT) {
            w.push(from_bool(slt(a, b)));
        } else if constexpr (Code == OP_SGT) {
            w.push(from_bool(slt(b, a)));
        } else if constexpr (Code == OP_EQ) {
            w.push(from_bool(same(a, b)));
        } else if constexpr (Code == OP_AND) {
            w.push({a.w[0] & b.w[0], a.w[1] & b.w[1], a.w[2] & b.w[2], a.w[3] & b.w[3]});
        } else if constexpr (Code == OP_OR) {
            w.push({a.w[0] | b.w[0], a.w[1] | b.w[1], a.w[2] | b.w[2], a.w[3] | b.w[3]});
        } else if constexpr (Code == OP_XOR) {
            w.push({a.w[0] ^ b.w[0], a.w[1] ^ b.w[1], a.w[2] ^ b.w[2], a.w[3] ^ b.w[3]});
        } else if constexpr (Code == OP_SHL) {
            w.push(b << a);
        } else if constexpr (Code == OP_SHR) {
            w.push(b >> a);
        } else if constexpr (Code == OP_SAR) {
            w.push(sar(b, a));
        } else if constexpr (Code == OP_BYTE) {
            const bool inside = a.fits_u64() && a.w[0] < 32;
            w.push(u256{inside ? (b.w[3 - (a.w[0] >> 3)] >> (8 * (7 - (a.w[0] & 7)))) & 0xff : 0});
        } else if constexpr (Code == OP_SIGNEXTEND) {
            const uint64_t shift = a.fits_u64() && a.w[0] < 31 ? 8 * (31 - a.w[0]) : 0;
            w.push(shift != 0 ? sar(b << shift, u256{shift}) : b);
        } else {
            static_assert(Code == OP_ADD, "not an instruction that can be a step");
        }
    }
    return true;
}

/// The instructions that are one step and nothing else.
inline constexpr uint8_t simple_opcodes[] = {
    OP_ADD,          OP_MUL,      OP_SUB,      OP_LT,       OP_GT,         OP_SLT,         OP_SGT,
    OP_EQ,           OP_ISZERO,   OP_AND,      OP_OR,       OP_XOR,        OP_NOT,         OP_BYTE,
    OP_SHL,          OP_SHR,      OP_SAR,      OP_CLZ,      OP_ADDRESS,    OP_ORIGIN,      OP_CALLER,
    OP_CALLVALUE,    OP_GASPRICE, OP_CODESIZE, OP_COINBASE, OP_TIMESTAMP,  OP_NUMBER,      OP_PREVRANDAO,
    OP_GASLIMIT,     OP_CHAINID,  OP_BASEFEE,  OP_BLOBHASH, OP_SIGNEXTEND, OP_SELFBALANCE, OP_CALLDATALOAD,
    OP_CALLDATASIZE, OP_POP,      OP_MLOAD,    OP_MSTORE,   OP_MSTORE8,    OP_BLOBBASEFEE, OP_RETURNDATASIZE,
    OP_PC,           OP_MSIZE,    OP_PUSH0,
};

template <bool Traced>
struct Ops {
    using Pc = const uint8_t*;

#define NEXT(n) [[clang::musttail]] return handlers<Traced>[pc[n]](pc + (n), sp, gas, f)

/// Goes on at `at` in the block `info`: its gas and stack are checked here, for all of its instructions.
#define ENTER(info, at)                                                          \
    do {                                                                         \
        const BlockInfo* to_ = (info);                                           \
        const Pc at_ = (at);                                                     \
        f->block = to_;                                                          \
        gas -= to_->gas;                                                         \
        const auto height_ = static_cast<uint32_t>(sp - f->stack_floor);         \
        if (gas < 0 || height_ - to_->stack_need > to_->stack_room) [[unlikely]] \
            return fail_block(f, sp, *to_, gas);                                 \
        [[clang::musttail]] return handlers<Traced>[*at_](at_, sp, gas, f);      \
    } while (false)

/// Goes on behind an instruction of `size` bytes that ended its block.
#define ENTER_NEXT(size)                                 \
    if constexpr (Traced) {                              \
        NEXT(size);                                      \
    } else {                                             \
        ENTER(f->block + 1, f->ops + f->block[1].entry); \
    }

#define CHECKED(call)           \
    gas = (call);               \
    if (gas < 0) [[unlikely]] { \
        return;                 \
    }

#define OP(name) OSPREY_OP static void name([[maybe_unused]] Pc pc, u256* sp, int64_t gas, Frame* f)

    template <uint8_t Code>
    OP(simple) {
        Window w(sp);
        if (!step<Code>(w, pc, gas, f)) [[unlikely]]
            return;
        sp = w.flush();
        NEXT(1 + Sequence::immediate_size(Code));
    }

    /// The block that a jump to `dest` enters; null when the frame has stopped.
    [[gnu::always_inline]] static const BlockInfo* destination(Frame* f, const u256& dest) {
        const BlockInfo* block = dest.fits_u64() ? f->program->destination(dest.w[0]) : nullptr;
        if (block == nullptr) [[unlikely]]
            stop_with(f, Status::bad_jump);
        return block;
    }
#define JUMP_TO(dest)                                            \
    do {                                                         \
        const u256 target_ = (dest);                             \
        const BlockInfo* block_ = destination(f, target_);       \
        if (block_ == nullptr) [[unlikely]]                      \
            return;                                              \
        if constexpr (Traced) { /* shows the JUMPDEST as well */ \
            pc = f->ops + target_.w[0];                          \
            NEXT(0);                                             \
        } else {                                                 \
            ENTER(block_, f->ops + target_.w[0] + 1);            \
        }                                                        \
    } while (false)

    /// All steps of a sequence, then the jump that may end it. A static jump finds a block's number in place of a
    /// position.
    template <size_t N>
    OP(sequence) {
        constexpr Sequence s = sequences[N];
        constexpr bool jumps = s.last() == OP_JUMP || s.last() == OP_JUMPI;
        constexpr unsigned steps = s.length - (s.static_jump() ? 2U : jumps ? 1U : 0U);
        Window w(sp);
        const bool runs = [&]<unsigned... I>(std::integer_sequence<unsigned, I...>) __attribute__((always_inline)) {
            return (step<s.ops[I]>(w, pc + s.offset(I), gas, f) && ...);
        }(std::make_integer_sequence<unsigned, steps>{});
        if (!runs) [[unlikely]]
            return;
        if constexpr (s.static_jump()) {
            bool taken = true;
            if constexpr (s.last() == OP_JUMPI) taken = !is_zero(w.pop());
            sp = w.flush();
            if (taken) {
                const Pc push2 = pc + s.offset(steps);
                const BlockInfo* block = f->blocks + (uint32_t{push2[1]} << 8 | push2[2]);
                ENTER(block, f->ops + block->entry);
            }
            ENTER_NEXT(s.size());
        } else if constexpr (jumps) {
            static_assert(s.last() == OP_JUMP);
            const u256 dest = w.pop();
            sp = w.flush();
            JUMP_TO(dest);
        } else {
            sp = w.flush();
            NEXT(s.size());
        }
    }

    OP(stop) {
        f->machine->return_data.clear();
        f->gas = gas;
        (void)sp;
    }
    OP(invalid) {
        (void)sp, (void)gas;
        stop_with(f, Status::invalid_opcode);
    }
#define FUNCTION(name, items, expression) \
    OP(name) {                            \
        sp -= (items) - 1;                \
        sp[0] = (expression);             \
        NEXT(1);                          \
    }
    FUNCTION(div, 2, sp[1] / sp[0])
    FUNCTION(mod, 2, sp[1] % sp[0])
    FUNCTION(sdiv, 2, sdivrem(sp[1], sp[0]).quot)
    FUNCTION(smod, 2, sdivrem(sp[1], sp[0]).rem)
    FUNCTION(addmod, 3, osprey::addmod(sp[2], sp[1], sp[0]))
    FUNCTION(mulmod, 3, osprey::mulmod(sp[2], sp[1], sp[0]))
    FUNCTION(tload, 1, f->machine->state->transient(*f->self, sp[0]))
#undef FUNCTION
    OP(exp) {
        CHECKED(op_exp(f, sp, gas));
        sp -= 1;
        NEXT(1);
    }
    OP(keccak) {
        CHECKED(op_keccak(f, sp, gas));
        sp -= 1;
        NEXT(1);
    }
    OP(balance) {
        CHECKED(op_balance(f, sp, gas));
        NEXT(1);
    }
    OP(extcodesize) {
        CHECKED(op_extcodesize(f, sp, gas));
        NEXT(1);
    }
    OP(extcodehash) {
        CHECKED(op_extcodehash(f, sp, gas));
        NEXT(1);
    }
    OP(extcodecopy) {
        CHECKED(op_extcodecopy(f, sp, gas));
        sp -= 4;
        NEXT(1);
    }
    OP(calldatacopy) {
        CHECKED(op_copy(f, sp, gas, f->input, f->input_size));
        sp -= 3;
        NEXT(1);
    }
    OP(codecopy) {
        CHECKED(op_copy(f, sp, gas, f->program->code().data(), f->program->size()));
        sp -= 3;
        NEXT(1);
    }
    OP(returndatacopy) {
        CHECKED(op_returndatacopy(f, sp, gas));
        sp -= 3;
        NEXT(1);
    }
    OP(blockhash) {
        op_blockhash(f, sp);
        NEXT(1);
    }
    OP(mcopy) {
        CHECKED(op_mcopy(f, sp, gas));
        sp -= 3;
        NEXT(1);
    }
    OP(sload) {
        const state::Slot* slot = f->machine->state->find_warm(*f->self, sp[0]);
        if (slot != nullptr) [[likely]] {
            sp[0] = slot->value;
        } else {
            CHECKED(op_sload_cold(f, sp, gas));
        }
        NEXT(1);
    }
    OP(sstore) {
        CHECKED(op_sstore(f, sp, gas));
        sp -= 2;
        ENTER_NEXT(1);
    }
    OP(tstore) {
        if (f->is_static) [[unlikely]] {
            stop_with(f, Status::static_violation);
            return;
        }
        f->machine->state->set_transient(*f->self, sp[0], sp[-1]);
        sp -= 2;
        NEXT(1);
    }
    OP(jump) {
        sp -= 1;
        JUMP_TO(sp[1]);
    }
    OP(jumpi) {
        sp -= 2;
        if (!is_zero(sp[1])) JUMP_TO(sp[2]);
        ENTER_NEXT(1);
    }
    /// Reached by falling into it; jumps enter behind it.
    OP(jumpdest) { ENTER_NEXT(1); }
    OP(gas_) {
        sp += 1;
        sp[0] = u256{static_cast<uint64_t>(gas)};
        ENTER_NEXT(1);
    }
    template <unsigned N>
    OP(log) {
        CHECKED(op_log(f, sp, gas, N));
        sp -= N + 2;
        NEXT(1);
    }
    template <uint8_t Code, unsigned In>
    OP(call) {
        CHECKED(op_call(f, sp, gas, Code));
        sp -= In - 1;
        ENTER_NEXT(1);
    }
    template <uint8_t Code, unsigned In>
    OP(create) {
        CHECKED(op_create(f, sp, gas, Code));
        sp -= In - 1;
        ENTER_NEXT(1);
    }
    OP(return_) { op_return(f, sp, gas, Status::success); }
    OP(revert) { op_return(f, sp, gas, Status::revert); }
    OP(selfdestruct) { op_selfdestruct(f, sp, gas); }

    static constexpr std::array<Handler, 256> table();
    /// Traced only: stands before every instruction, shows and checks it.
    OSPREY_OP static void inspect(Pc pc, u256* sp, int64_t gas, Frame* f);
};

template <bool Traced>
constexpr std::array<Handler, 256> Ops<Traced>::table() {
    std::array<Handler, 256> t{};
    for (auto& h : t) h = invalid;
    [&]<size_t... I>(std::index_sequence<I...>) {
        ((t[simple_opcodes[I]] = simple<simple_opcodes[I]>), ...);
    }(std::make_index_sequence<std::size(simple_opcodes)>{});
    [&]<uint8_t... N>(std::integer_sequence<uint8_t, N...>) {
        ((t[OP_PUSH1 + N] = simple<OP_PUSH1 + N>), ...);
        ((t[OP_DUP1 + N % 16] = simple<OP_DUP1 + N % 16>), ...);
        ((t[OP_SWAP1 + N % 16] = simple<OP_SWAP1 + N % 16>), ...);
    }(std::make_integer_sequence<uint8_t, 32>{});
    t[OP_STOP] = stop;
    t[OP_DIV] = div;
    t[OP_MOD] = mod;
    t[OP_SDIV] = sdiv;
    t[OP_SMOD] = smod;
    t[OP_ADDMOD] = addmod;
    t[OP_MULMOD] = mulmod;
    t[OP_TLOAD] = tload;
    t[OP_EXP] = exp;
    t[OP_KECCAK256] = keccak;
    t[OP_BALANCE] = balance;
    t[OP_CALLDATACOPY] = calldatacopy;
    t[OP_CODECOPY] = codecopy;
    t[OP_EXTCODESIZE] = extcodesize;
    t[OP_EXTCODECOPY] = extcodecopy;
    t[OP_RETURNDATACOPY] = returndatacopy;
    t[OP_EXTCODEHASH] = extcodehash;
    t[OP_BLOCKHASH] = blockhash;
    t[OP_SLOAD] = sload;
    t[OP_SSTORE] = sstore;
    t[OP_JUMP] = jump;
    t[OP_JUMPI] = jumpi;
    t[OP_GAS] = gas_;
    t[OP_JUMPDEST] = jumpdest;
    t[OP_TSTORE] = tstore;
    t[OP_MCOPY] = mcopy;
    [&]<unsigned... N>(std::integer_sequence<unsigned, N...>) {
        ((t[OP_LOG0 + N] = log<N>), ...);
    }(std::make_integer_sequence<unsigned, 5>{});
    t[OP_CREATE] = create<OP_CREATE, 3>;
    t[OP_CALL] = call<OP_CALL, 7>;
    t[OP_CALLCODE] = call<OP_CALLCODE, 7>;
    t[OP_RETURN] = return_;
    t[OP_DELEGATECALL] = call<OP_DELEGATECALL, 6>;
    t[OP_CREATE2] = create<OP_CREATE2, 4>;
    t[OP_STATICCALL] = call<OP_STATICCALL, 6>;
    t[OP_REVERT] = revert;
    t[OP_SELFDESTRUCT] = selfdestruct;
    if constexpr (!Traced)
        [&]<size_t... N>(std::index_sequence<N...>) {
            ((t[sequence_opcodes[N]] = sequence<N>), ...);
        }(std::make_index_sequence<sequences.size()>{});
    return t;
}

}  // namespace osprey::evm
