#pragma once
// The instructions. One small function each, linked by tail calls: program counter, stack pointer, gas and frame stay
// in registers from one to the next (preserve_none passes them in registers that ordinary calls leave alone).
//
// `Traced` false: gas and stack were checked when the basic block was entered, sequences are fused.
// `Traced` true: every instruction is checked and shown by itself; the program must be compiled unfused.

#include <algorithm>

#include "evm/context.hpp"
#include "evm/opcodes.hpp"
#include "evm/precompiles.hpp"

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

template <bool Traced>
struct Ops {
    using Pc = const uint8_t*;

#define NEXT(n) [[clang::musttail]] return handlers<Traced>[pc[n]](pc + (n), sp, gas, f)
/// Goes on with the block `info`: its gas and stack are checked here, for all of its instructions.
#define ENTER(info)                                                                                   \
    do {                                                                                              \
        const BlockInfo* to_ = (info);                                                                \
        f->block = to_;                                                                               \
        gas -= to_->gas;                                                                              \
        const auto height_ = static_cast<uint32_t>(sp - f->stack_floor);                              \
        if (gas < 0 || height_ - to_->stack_need > to_->stack_room) [[unlikely]]                      \
            return fail_block(f, sp, *to_, gas);                                                      \
        const Pc at_ = f->ops + to_->entry;                                                           \
        [[clang::musttail]] return handlers<Traced>[*at_](at_, sp, gas, f);                            \
    } while (false)

/// Goes on behind an instruction that ended its block.
#define ENTER_NEXT              \
    if constexpr (Traced) {     \
        NEXT(1);                \
    } else {                    \
        ENTER(f->block + 1);    \
    }

#define CHECKED(call)              \
    gas = (call);                  \
    if (gas < 0) [[unlikely]] {    \
        return;                    \
    }

#define OP(name) OSPREY_OP static void name([[maybe_unused]] Pc pc, u256* sp, int64_t gas, Frame* f)

    OP(stop) {
        f->machine->return_data.clear();
        f->gas = gas;
        (void)sp;
    }
    OP(invalid) {
        (void)sp, (void)gas;
        stop_with(f, Status::invalid_opcode);
    }

#define BINARY(name, expression)        \
    OP(name) {                          \
        const u256 a = sp[0], b = sp[-1]; \
        sp -= 1;                        \
        sp[0] = (expression);           \
        NEXT(1);                        \
    }
    BINARY(add, a + b)
    BINARY(mul, a* b)
    BINARY(sub, a - b)
    BINARY(div, a / b)
    BINARY(sdiv, sdivrem(a, b).quot)
    BINARY(mod, a % b)
    BINARY(smod, sdivrem(a, b).rem)
    BINARY(lt, u256{a < b ? 1U : 0U})
    BINARY(gt, u256{b < a ? 1U : 0U})
    BINARY(slt, u256{osprey::slt(a, b) ? 1U : 0U})
    BINARY(sgt, u256{osprey::slt(b, a) ? 1U : 0U})
    BINARY(eq, u256{a == b ? 1U : 0U})
    BINARY(and_, a& b)
    BINARY(or_, a | b)
    BINARY(xor_, a ^ b)
    BINARY(shl, b << a)
    BINARY(shr, b >> a)
    BINARY(sar, osprey::sar(b, a))
#undef BINARY

    OP(byte) {
        const u256 n = sp[0], x = sp[-1];
        sp -= 1;
        const bool inside = n.fits_u64() && n.w[0] < 32;
        sp[0] = u256{inside ? (x.w[3 - (n.w[0] >> 3)] >> (8 * (7 - (n.w[0] & 7)))) & 0xff : 0};
        NEXT(1);
    }
    OP(signextend) {
        const u256 n = sp[0], x = sp[-1];
        sp -= 1;
        if (n.fits_u64() && n.w[0] < 31) {
            const uint64_t shift = 8 * (31 - n.w[0]);
            sp[0] = osprey::sar(x << shift, u256{shift});
        }
        NEXT(1);
    }
    OP(iszero) {
        sp[0] = u256{sp[0] ? 0U : 1U};
        NEXT(1);
    }
    OP(not_) {
        sp[0] = ~sp[0];
        NEXT(1);
    }
    OP(clz) {
        sp[0] = u256{osprey::clz(sp[0])};
        NEXT(1);
    }
    OP(addmod) {
        sp -= 2;
        sp[0] = osprey::addmod(sp[2], sp[1], sp[0]);
        NEXT(1);
    }
    OP(mulmod) {
        sp -= 2;
        sp[0] = osprey::mulmod(sp[2], sp[1], sp[0]);
        NEXT(1);
    }
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

#define PUSH_VALUE(name, expression) \
    OP(name) {                       \
        sp += 1;                     \
        sp[0] = (expression);        \
        NEXT(1);                     \
    }
    PUSH_VALUE(address, to_u256(f->self->address))
    PUSH_VALUE(origin, to_u256(f->machine->origin))
    PUSH_VALUE(caller, to_u256(f->caller))
    PUSH_VALUE(callvalue, f->value)
    PUSH_VALUE(calldatasize, u256{f->input_size})
    PUSH_VALUE(codesize, u256{f->program->size()})
    PUSH_VALUE(gasprice, f->machine->gas_price)
    PUSH_VALUE(returndatasize, u256{f->machine->return_data.size()})
    PUSH_VALUE(coinbase, to_u256(f->machine->block->coinbase))
    PUSH_VALUE(timestamp, u256{f->machine->block->timestamp})
    PUSH_VALUE(number, u256{f->machine->block->number})
    PUSH_VALUE(prevrandao, f->machine->fork >= Fork::paris ? to_u256(f->machine->block->prev_randao)
                                                           : f->machine->block->difficulty)
    PUSH_VALUE(gaslimit, u256{f->machine->block->gas_limit})
    PUSH_VALUE(chainid, u256{f->machine->block->chain_id})
    PUSH_VALUE(selfbalance, f->self->balance)
    PUSH_VALUE(basefee, f->machine->block->base_fee)
    PUSH_VALUE(blobbasefee, f->machine->block->blob_base_fee)
    PUSH_VALUE(pc_, u256{static_cast<uint64_t>(pc - f->ops)})
    PUSH_VALUE(msize, u256{f->memory_size})
    PUSH_VALUE(push0, u256{})
#undef PUSH_VALUE

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
    [[gnu::always_inline]] static u256 calldata_word(const Frame* f, const u256& offset) {
        if (!offset.fits_u64() || offset.w[0] >= f->input_size) return {};
        const uint64_t left = f->input_size - offset.w[0];
        if (left >= 32) [[likely]]
            return load_be32(f->input + offset.w[0]);
        uint8_t word[32]{};
        std::memcpy(word, f->input + offset.w[0], left);
        return load_be32(word);
    }
    OP(calldataload) {
        sp[0] = calldata_word(f, sp[0]);
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
    OP(blobhash) {
        const auto hashes = f->machine->blob_hashes;
        const u256 n = sp[0];
        sp[0] = n.fits_u64() && n.w[0] < hashes.size() ? to_u256(hashes[n.w[0]]) : u256{};
        NEXT(1);
    }

    OP(pop) {
        sp -= 1;
        NEXT(1);
    }
    OP(mload) {
        if (!touch_word(f, sp[0], 32, gas)) [[unlikely]]
            return;
        sp[0] = load_be32(f->memory + sp[0].w[0]);
        NEXT(1);
    }
    OP(mstore) {
        if (!touch_word(f, sp[0], 32, gas)) [[unlikely]]
            return;
        store_be32(f->memory + sp[0].w[0], sp[-1]);
        sp -= 2;
        NEXT(1);
    }
    OP(mstore8) {
        if (!touch_word(f, sp[0], 1, gas)) [[unlikely]]
            return;
        f->memory[sp[0].w[0]] = static_cast<uint8_t>(sp[-1].w[0]);
        sp -= 2;
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
        ENTER_NEXT;
    }
    OP(tload) {
        sp[0] = f->machine->state->transient(*f->self, sp[0]);
        NEXT(1);
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

    /// Ends the frame or returns the block to go on with.
    [[gnu::always_inline]] static const BlockInfo* destination(Frame* f, const u256& dest) {
        const BlockInfo* block = dest.fits_u64() ? f->program->destination(dest.w[0]) : nullptr;
        if (block == nullptr) [[unlikely]]
            stop_with(f, Status::bad_jump);
        return block;
    }
#define JUMP_TO(block)                                                     \
    const BlockInfo* dest_ = (block);                                      \
    if (dest_ == nullptr) [[unlikely]]                                     \
        return;                                                            \
    if constexpr (Traced) {                                                \
        pc = f->ops + dest_->entry - 1; /* the JUMPDEST is shown as well */ \
        NEXT(0);                                                           \
    } else {                                                               \
        ENTER(dest_);                                                      \
    }
    OP(jump) {
        sp -= 1;
        JUMP_TO(destination(f, sp[1]));
    }
    OP(jumpi) {
        sp -= 2;
        if (sp[1]) {
            JUMP_TO(destination(f, sp[2]));
        }
        ENTER_NEXT;
    }
    /// Reached by falling into it; jumps enter behind it.
    OP(jumpdest) { ENTER_NEXT; }
    OP(gas_) {
        sp += 1;
        sp[0] = u256{static_cast<uint64_t>(gas)};
        ENTER_NEXT;
    }

    template <unsigned N>
    [[gnu::always_inline]] static u256 immediate(Pc pc) {
        u256 v;
        constexpr unsigned words = N / 8, rest = N % 8;
        if constexpr (rest != 0) {
            // The bytes before are the opcode or the other half of a word already read: shift them out.
            uint64_t x;
            if constexpr (N >= 8) {
                std::memcpy(&x, pc + 1, 8);
                v.w[words] = __builtin_bswap64(x) >> (64 - 8 * rest);
            } else if constexpr (N == 1) {
                v.w[0] = pc[1];
            } else {
                std::memcpy(&x, pc + 1, 8);
                v.w[0] = __builtin_bswap64(x) >> (64 - 8 * rest);
            }
        }
        for (unsigned i = 0; i < words; ++i) {
            uint64_t x;
            std::memcpy(&x, pc + 1 + rest + 8 * (words - 1 - i), 8);
            v.w[i] = __builtin_bswap64(x);
        }
        return v;
    }
    template <unsigned N>
    OP(push) {
        sp += 1;
        sp[0] = immediate<N>(pc);
        NEXT(N + 1);
    }
    template <unsigned N>
    OP(dup) {
        sp += 1;
        sp[0] = sp[-static_cast<int>(N)];
        NEXT(1);
    }
    template <unsigned N>
    OP(swap) {
        const u256 top = sp[0];
        sp[0] = sp[-static_cast<int>(N)];
        sp[-static_cast<int>(N)] = top;
        NEXT(1);
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
        ENTER_NEXT;
    }
    template <uint8_t Code, unsigned In>
    OP(create) {
        CHECKED(op_create(f, sp, gas, Code));
        sp -= In - 1;
        ENTER_NEXT;
    }
    OP(return_) { op_return(f, sp, gas, Status::success); }
    OP(revert) { op_return(f, sp, gas, Status::revert); }
    OP(selfdestruct) { op_selfdestruct(f, sp, gas); }

    // --- fused sequences ------------------------------------------------------------------------

    /// The block whose number stands at pc + 1 in place of a position.
    [[gnu::always_inline]] static const BlockInfo* static_block(const Frame* f, Pc pc) {
        return f->blocks + (uint32_t{pc[1]} << 8 | pc[2]);
    }
    OP(push2_jump) { ENTER(static_block(f, pc)); }
#define FUSED_JUMPI(name, pops, condition, at)  \
    OP(name) {                                  \
        const bool taken = (condition);         \
        sp -= (pops);                           \
        if (taken) {                            \
            ENTER(static_block(f, pc + (at)));  \
        }                                       \
        ENTER(f->block + 1);                    \
    }
    FUSED_JUMPI(push2_jumpi, 1, static_cast<bool>(sp[0]), 0)
    FUSED_JUMPI(iszero_push2_jumpi, 1, !sp[0], 1)
    FUSED_JUMPI(gt_push2_jumpi, 2, sp[-1] < sp[0], 1)
    FUSED_JUMPI(lt_push2_jumpi, 2, sp[0] < sp[-1], 1)
    FUSED_JUMPI(eq_push2_jumpi, 2, sp[0] == sp[-1], 1)
    FUSED_JUMPI(selector, 0,
                (sp[0].w[0] ^ immediate<4>(pc + 1).w[0]) == 0 && (sp[0].w[1] | sp[0].w[2] | sp[0].w[3]) == 0, 7)
#undef FUSED_JUMPI

    OP(push1_add) {
        sp[0] = sp[0] + u256{pc[1]};
        NEXT(3);
    }
    OP(swap1_push1_add) {
        const u256 top = sp[0];
        sp[0] = sp[-1] + u256{pc[2]};
        sp[-1] = top;
        NEXT(4);
    }
    OP(dup2_add) {
        sp[0] = sp[0] + sp[-1];
        NEXT(2);
    }
    OP(push1_mload) {
        const u256 offset{pc[1]};
        if (!touch_word(f, offset, 32, gas)) [[unlikely]]
            return;
        sp += 1;
        sp[0] = load_be32(f->memory + offset.w[0]);
        NEXT(3);
    }
    OP(push1_mstore) {
        const u256 offset{pc[1]};
        if (!touch_word(f, offset, 32, gas)) [[unlikely]]
            return;
        store_be32(f->memory + offset.w[0], sp[0]);
        sp -= 1;
        NEXT(3);
    }
    OP(push1_shl) {
        sp[0] = sp[0] << uint64_t{pc[1]};
        NEXT(3);
    }
    OP(push1_shr) {
        sp[0] = sp[0] >> uint64_t{pc[1]};
        NEXT(3);
    }
    OP(push1_calldataload) {
        sp += 1;
        sp[0] = calldata_word(f, u256{pc[1]});
        NEXT(3);
    }
    template <unsigned N>
    OP(swap_pop) {
        sp[-static_cast<int>(N)] = sp[0];
        sp -= 1;
        NEXT(2);
    }
    OP(pop_pop) {
        sp -= 2;
        NEXT(2);
    }
    [[gnu::always_inline]] static u256 low_mask(unsigned bits) {
        return (u256{1} << uint64_t{bits}) - u256{1};
    }
    OP(mask) {
        sp += 1;
        sp[0] = low_mask(pc[5]);
        NEXT(8);
    }
    OP(mask_and) {
        sp[0] = sp[0] & low_mask(pc[5]);
        NEXT(9);
    }
    OP(push20_and) {
        sp[0] = sp[0] & immediate<20>(pc);
        NEXT(22);
    }
    OP(dup1_iszero) {
        sp += 1;
        sp[0] = u256{sp[-1] ? 0U : 1U};
        NEXT(2);
    }

    // --- tracing --------------------------------------------------------------------------------

    static constexpr std::array<Handler, 256> table();
    /// Traced only: stands before every instruction, shows and checks it.
    OSPREY_OP static void inspect(Pc pc, u256* sp, int64_t gas, Frame* f);
};

template <bool Traced>
constexpr std::array<Handler, 256> Ops<Traced>::table() {
    std::array<Handler, 256> t{};
    for (auto& h : t) h = invalid;
    t[OP_STOP] = stop;
    t[OP_ADD] = add;
    t[OP_MUL] = mul;
    t[OP_SUB] = sub;
    t[OP_DIV] = div;
    t[OP_SDIV] = sdiv;
    t[OP_MOD] = mod;
    t[OP_SMOD] = smod;
    t[OP_ADDMOD] = addmod;
    t[OP_MULMOD] = mulmod;
    t[OP_EXP] = exp;
    t[OP_SIGNEXTEND] = signextend;
    t[OP_LT] = lt;
    t[OP_GT] = gt;
    t[OP_SLT] = slt;
    t[OP_SGT] = sgt;
    t[OP_EQ] = eq;
    t[OP_ISZERO] = iszero;
    t[OP_AND] = and_;
    t[OP_OR] = or_;
    t[OP_XOR] = xor_;
    t[OP_NOT] = not_;
    t[OP_BYTE] = byte;
    t[OP_SHL] = shl;
    t[OP_SHR] = shr;
    t[OP_SAR] = sar;
    t[OP_CLZ] = clz;
    t[OP_KECCAK256] = keccak;
    t[OP_ADDRESS] = address;
    t[OP_BALANCE] = balance;
    t[OP_ORIGIN] = origin;
    t[OP_CALLER] = caller;
    t[OP_CALLVALUE] = callvalue;
    t[OP_CALLDATALOAD] = calldataload;
    t[OP_CALLDATASIZE] = calldatasize;
    t[OP_CALLDATACOPY] = calldatacopy;
    t[OP_CODESIZE] = codesize;
    t[OP_CODECOPY] = codecopy;
    t[OP_GASPRICE] = gasprice;
    t[OP_EXTCODESIZE] = extcodesize;
    t[OP_EXTCODECOPY] = extcodecopy;
    t[OP_RETURNDATASIZE] = returndatasize;
    t[OP_RETURNDATACOPY] = returndatacopy;
    t[OP_EXTCODEHASH] = extcodehash;
    t[OP_BLOCKHASH] = blockhash;
    t[OP_COINBASE] = coinbase;
    t[OP_TIMESTAMP] = timestamp;
    t[OP_NUMBER] = number;
    t[OP_PREVRANDAO] = prevrandao;
    t[OP_GASLIMIT] = gaslimit;
    t[OP_CHAINID] = chainid;
    t[OP_SELFBALANCE] = selfbalance;
    t[OP_BASEFEE] = basefee;
    t[OP_BLOBHASH] = blobhash;
    t[OP_BLOBBASEFEE] = blobbasefee;
    t[OP_POP] = pop;
    t[OP_MLOAD] = mload;
    t[OP_MSTORE] = mstore;
    t[OP_MSTORE8] = mstore8;
    t[OP_SLOAD] = sload;
    t[OP_SSTORE] = sstore;
    t[OP_JUMP] = jump;
    t[OP_JUMPI] = jumpi;
    t[OP_PC] = pc_;
    t[OP_MSIZE] = msize;
    t[OP_GAS] = gas_;
    t[OP_JUMPDEST] = jumpdest;
    t[OP_TLOAD] = tload;
    t[OP_TSTORE] = tstore;
    t[OP_MCOPY] = mcopy;
    t[OP_PUSH0] = push0;
    [&]<unsigned... N>(std::integer_sequence<unsigned, N...>) {
        ((t[OP_PUSH1 + N] = push<N + 1>), ...);
    }(std::make_integer_sequence<unsigned, 32>{});
    [&]<unsigned... N>(std::integer_sequence<unsigned, N...>) {
        ((t[OP_DUP1 + N] = dup<N + 1>), ...);
        ((t[OP_SWAP1 + N] = swap<N + 1>), ...);
    }(std::make_integer_sequence<unsigned, 16>{});
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
    t[FUSED_PUSH2_JUMP] = push2_jump;
    t[FUSED_PUSH2_JUMPI] = push2_jumpi;
    t[FUSED_ISZERO_PUSH2_JUMPI] = iszero_push2_jumpi;
    t[FUSED_GT_PUSH2_JUMPI] = gt_push2_jumpi;
    t[FUSED_LT_PUSH2_JUMPI] = lt_push2_jumpi;
    t[FUSED_EQ_PUSH2_JUMPI] = eq_push2_jumpi;
    t[FUSED_SELECTOR] = selector;
    t[FUSED_PUSH1_ADD] = push1_add;
    t[FUSED_PUSH1_MLOAD] = push1_mload;
    t[FUSED_PUSH1_MSTORE] = push1_mstore;
    t[FUSED_PUSH1_SHL] = push1_shl;
    t[FUSED_PUSH1_SHR] = push1_shr;
    t[FUSED_PUSH1_CALLDATALOAD] = push1_calldataload;
    t[FUSED_SWAP1_POP] = swap_pop<1>;
    t[FUSED_SWAP2_POP] = swap_pop<2>;
    t[FUSED_SWAP3_POP] = swap_pop<3>;
    t[FUSED_POP_POP] = pop_pop;
    t[FUSED_MASK] = mask;
    t[FUSED_MASK_AND] = mask_and;
    t[FUSED_PUSH20_AND] = push20_and;
    t[FUSED_SWAP1_PUSH1_ADD] = swap1_push1_add;
    t[FUSED_DUP2_ADD] = dup2_add;
    t[FUSED_DUP1_ISZERO] = dup1_iszero;
    return t;
}

}  // namespace osprey::evm
