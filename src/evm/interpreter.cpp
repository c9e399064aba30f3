// The interpreter's entry and its cold paths: instructions that reach beyond the frame.

#include "evm/interpreter_impl.hpp"

namespace osprey::evm {

namespace {

constexpr int64_t cold_account_extra = 2500;  // EIP-2929: 2600, of which 100 is static
constexpr int64_t cold_slot_extra = 2000;     // EIP-2929: 2100, of which 100 is static
constexpr int64_t call_stipend = 2300;
constexpr size_t max_init_code = 49152;  // EIP-3860

int64_t words(uint64_t bytes) noexcept { return static_cast<int64_t>((bytes + 31) / 32); }

/// Memory [offset, offset + size); any words. False: the frame has stopped.
bool touch_range(Frame* f, const u256& offset, const u256& size, int64_t& gas) noexcept {
    if (!size) return true;
    if ((offset.w[1] | offset.w[2] | offset.w[3] | (offset.w[0] >> 32) | size.w[1] | size.w[2] | size.w[3] |
         (size.w[0] >> 32)) != 0) {
        gas = stop_with(f, Status::out_of_gas);
        return false;
    }
    const uint64_t end = offset.w[0] + size.w[0];
    if (end > f->memory_size) {
        gas = grow_memory(f, gas, end);
        return gas >= 0;
    }
    return true;
}

/// The account, warm from here on; null when its cold access cannot be paid: then it is not even loaded.
state::Account* access_account(Frame* f, const Address& address, int64_t& gas) noexcept {
    Machine::Context& m = *f->machine;
    state::Account* a = m.state->find(address);
    if (m.fork >= Fork::berlin) {
        if ((a == nullptr || !m.state->is_warm(*a)) && !m.is_prewarmed(address)) {
            gas -= cold_account_extra;
            if (gas < 0) {
                stop_with(f, Status::out_of_gas);
                return nullptr;
            }
        }
        if (a == nullptr) a = &m.state->account(address);
        m.state->warm_up(*a);
        return a;
    }
    return a != nullptr ? a : &m.state->account(address);
}

void trace_access(const Machine::Context& m, state::Account& a) noexcept {
    if (m.tracer != nullptr) [[unlikely]]
        m.tracer->account_access(a);
}

CallKind kind_of(uint8_t call) noexcept {
    return call == OP_CALL           ? CallKind::call
           : call == OP_CALLCODE     ? CallKind::callcode
           : call == OP_DELEGATECALL ? CallKind::delegatecall
                                     : CallKind::staticcall;
}

/// A call or creation that does not begin; its gas comes back.
void trace_refusal(Tracer& tracer, const Tracer::CallStart& call, bool too_deep, bool too_poor) noexcept {
    tracer.call_start(call);
    tracer.call_end({too_deep   ? Status::call_depth
                     : too_poor ? Status::insufficient_balance
                                : Status::nonce_overflow,
                     0,
                     {}});
}

/// Copies source[from, from + size) to memory, zeros behind its end. The memory is there.
void copy_padded(uint8_t* to, const uint8_t* source, uint64_t source_size, const u256& from, uint64_t size) noexcept {
    const uint64_t start = from.fits_u64() ? std::min(from.w[0], source_size) : source_size;
    const uint64_t n = std::min(size, source_size - start);
    if (n != 0) std::memcpy(to, source + start, n);
    if (n < size) std::memset(to + n, 0, size - n);
}

}  // namespace

int64_t stop_with(Frame* f, Status status) noexcept {
    f->status = status;
    f->gas = 0;
    return -1;
}

void fail_block(Frame* f, const u256* sp, const BlockInfo& info, int64_t gas) noexcept {
    const auto height = sp - f->stack_floor;
    if (info.stack_need <= 1024 && height < info.stack_need)
        stop_with(f, Status::stack_underflow);
    else
        stop_with(f, gas < 0 ? Status::out_of_gas : Status::stack_overflow);
}

int64_t grow_memory(Frame* f, int64_t gas, uint64_t end) noexcept {
    const uint64_t size = (end + 31) & ~uint64_t{31};
    const auto cost = [](uint64_t w) { return 3 * w + w * w / 512; };
    const auto price = static_cast<int64_t>(cost(size / 32) - cost(f->memory_size / 32));
    gas -= price;
    // The arena ends where no gas limit of any chain reaches.
    if (gas < 0 || f->memory + size > f->machine->memory_arena.end()) return stop_with(f, Status::out_of_gas);
    if (size > f->memory_zeroed) {
        // Ahead of need: small frames grow word by word.
        const auto room = static_cast<uint64_t>(f->machine->memory_arena.end() - f->memory);
        const uint64_t zeroed = std::min((size + 511) & ~uint64_t{511}, room);
        std::memset(f->memory + f->memory_zeroed, 0, zeroed - f->memory_zeroed);
        f->memory_zeroed = zeroed;
    }
    f->memory_size = size;
    return gas;
}

int64_t op_exp(Frame* f, u256* sp, int64_t gas) noexcept {
    const int64_t per_byte = f->machine->fork >= Fork::spurious_dragon ? 50 : 10;  // EIP-160
    gas -= per_byte * byte_width(sp[-1]);
    if (gas < 0) return stop_with(f, Status::out_of_gas);
    sp[-1] = osprey::exp(sp[0], sp[-1]);
    return gas;
}

int64_t op_keccak(Frame* f, u256* sp, int64_t gas) noexcept {
    const u256 offset = sp[0], size = sp[-1];
    if (!touch_range(f, offset, size, gas)) return gas;
    gas -= 6 * words(size.w[0]);
    if (gas < 0) return stop_with(f, Status::out_of_gas);
    const uint8_t* data = f->memory + (size ? offset.w[0] : 0);
    sp[-1] = to_u256(size.w[0] == 64 ? keccak256_64(data) : keccak256({data, size.w[0]}));
    return gas;
}

int64_t op_balance(Frame* f, u256* sp, int64_t gas) noexcept {
    state::Account* a = access_account(f, to_address(sp[0]), gas);
    if (a == nullptr) return -1;
    trace_access(*f->machine, *a);
    sp[0] = a->balance;
    return gas;
}

int64_t op_extcodesize(Frame* f, u256* sp, int64_t gas) noexcept {
    state::Account* a = access_account(f, to_address(sp[0]), gas);
    if (a == nullptr) return -1;
    trace_access(*f->machine, *a);
    sp[0] = a->has_code() ? u256{f->machine->state->code(*a)->size()} : u256{};
    return gas;
}

int64_t op_extcodehash(Frame* f, u256* sp, int64_t gas) noexcept {
    state::Account* a = access_account(f, to_address(sp[0]), gas);
    if (a == nullptr) return -1;
    trace_access(*f->machine, *a);
    sp[0] = !a->exists || a->is_empty() ? u256{} : to_u256(a->code_hash);
    return gas;
}

int64_t op_extcodecopy(Frame* f, u256* sp, int64_t gas) noexcept {
    const u256 to = sp[-1], from = sp[-2], size = sp[-3];
    if (!touch_range(f, to, size, gas)) return gas;
    gas -= 3 * words(size.w[0]);
    if (gas < 0) return stop_with(f, Status::out_of_gas);
    state::Account* a = access_account(f, to_address(sp[0]), gas);
    if (a == nullptr) return -1;
    trace_access(*f->machine, *a);
    if (size) {
        const Bytes& code = *f->machine->state->code(*a);
        copy_padded(f->memory + to.w[0], code.data(), code.size(), from, size.w[0]);
    }
    return gas;
}

int64_t op_copy(Frame* f, u256* sp, int64_t gas, const uint8_t* source, uint64_t source_size) noexcept {
    const u256 to = sp[0], from = sp[-1], size = sp[-2];
    if (!touch_range(f, to, size, gas)) return gas;
    gas -= 3 * words(size.w[0]);
    if (gas < 0) return stop_with(f, Status::out_of_gas);
    if (size) copy_padded(f->memory + to.w[0], source, source_size, from, size.w[0]);
    return gas;
}

int64_t op_returndatacopy(Frame* f, u256* sp, int64_t gas) noexcept {
    const u256 to = sp[0], from = sp[-1], size = sp[-2];
    if (!touch_range(f, to, size, gas)) return gas;
    gas -= 3 * words(size.w[0]);
    if (gas < 0) return stop_with(f, Status::out_of_gas);
    const Bytes& data = f->machine->return_data;
    if (from > u256{data.size()} || from.w[0] + size.w[0] > data.size() || !size.fits_u64())
        return stop_with(f, Status::return_data_bounds);
    if (size) std::memcpy(f->memory + to.w[0], data.data() + from.w[0], size.w[0]);
    return gas;
}

int64_t op_mcopy(Frame* f, u256* sp, int64_t gas) noexcept {
    const u256 to = sp[0], from = sp[-1], size = sp[-2];
    if (!touch_range(f, to < from ? from : to, size, gas)) return gas;
    gas -= 3 * words(size.w[0]);
    if (gas < 0) return stop_with(f, Status::out_of_gas);
    if (size) std::memmove(f->memory + to.w[0], f->memory + from.w[0], size.w[0]);
    return gas;
}

void op_blockhash(Frame* f, u256* sp) noexcept {
    const Machine::Context& m = *f->machine;
    const u256 number = sp[0];
    const uint64_t now = m.block->number;
    sp[0] = {};
    if (number >= u256{now} || now - number.w[0] > 256) return;
    auto hash = m.state->block_hash(number.w[0]);
    if (hash)
        sp[0] = to_u256(*hash);
    else
        m.state->set_fault(std::move(hash.error()));
}

int64_t op_sload_cold(Frame* f, u256* sp, int64_t gas) noexcept {
    Machine::Context& m = *f->machine;
    const u256 key = sp[0];
    if (m.fork >= Fork::berlin && !m.is_prewarmed(f->self->address, key)) {
        gas -= cold_slot_extra;
        if (gas < 0) return stop_with(f, Status::out_of_gas);
    }
    bool cold = false;
    const state::Slot& slot = m.state->access(*f->self, key, cold);
    if (m.tracer != nullptr) [[unlikely]]
        m.tracer->storage_access(*f->self, slot);
    sp[0] = slot.value;
    return gas;
}

int64_t op_sstore(Frame* f, u256* sp, int64_t gas) noexcept {
    Machine::Context& m = *f->machine;
    if (f->is_static) return stop_with(f, Status::static_violation);
    const Fork fork = m.fork;
    if (fork >= Fork::istanbul && gas <= call_stipend) {  // EIP-2200
        if (m.tracer != nullptr) m.tracer->fault({Status::out_of_gas, OP_SSTORE, 0, 0});
        return stop_with(f, Status::out_of_gas);
    }
    const u256 key = sp[0], after = sp[-1];
    bool cold = false;
    state::Slot& slot = m.state->access(*f->self, key, cold);
    const u256 before = slot.value;
    const bool net = fork == Fork::constantinople || fork >= Fork::istanbul;

    if (!net) {
        gas -= !before && after ? 20000 : 5000;
        if (before && !after) m.refund += 15000;
    } else {
        // EIP-1283, EIP-2200, EIP-2929 and EIP-3529 are one rule with different prices.
        const int64_t load = fork >= Fork::berlin ? 100 : fork >= Fork::istanbul ? 800 : 200;
        const int64_t reset = fork >= Fork::berlin ? 2900 : 5000;
        const int64_t clear_refund = fork >= Fork::london ? 4800 : 15000;
        if (cold && fork >= Fork::berlin && !m.is_prewarmed(f->self->address, key)) gas -= 2100;
        const u256& original = slot.original;
        if (before == after) {
            gas -= load;
        } else if (before == original) {
            gas -= !original ? 20000 : reset;
            if (original && !after) m.refund += clear_refund;
        } else {
            gas -= load;
            if (original) {
                if (!before) m.refund -= clear_refund;
                if (!after) m.refund += clear_refund;
            }
            if (after == original) m.refund += (!original ? 20000 : reset) - load;
        }
    }
    if (gas < 0) return stop_with(f, Status::out_of_gas);
    if (m.tracer != nullptr) [[unlikely]]
        m.tracer->storage_access(*f->self, slot);
    if (before != after) {
        m.state->set_slot(slot, after);
        if (m.tracer != nullptr) m.tracer->storage_change(f->self->address, key, before, after);
    }
    return gas;
}

int64_t op_log(Frame* f, u256* sp, int64_t gas, unsigned topics) noexcept {
    if (f->is_static) return stop_with(f, Status::static_violation);
    const u256 offset = sp[0], size = sp[-1];
    if (!touch_range(f, offset, size, gas)) return gas;
    gas -= 8 * static_cast<int64_t>(size.w[0]);
    if (gas < 0) return stop_with(f, Status::out_of_gas);
    Hash list[4];
    for (unsigned i = 0; i < topics; ++i) list[i] = to_hash(sp[-2 - static_cast<int>(i)]);
    f->machine->add_log(f->self->address, list, topics, f->memory + (size ? offset.w[0] : 0), size.w[0]);
    return gas;
}

int64_t op_call(Frame* f, u256* sp, int64_t gas, uint8_t op) noexcept {
    Machine::Context& m = *f->machine;
    const bool with_value = op == OP_CALL || op == OP_CALLCODE;
    const u256 requested = sp[0];
    const Address address = to_address(sp[-1]);
    const u256 value = with_value ? sp[-2] : u256{};
    const u256* args = sp - (with_value ? 3 : 2);
    const u256 in_offset = args[0], in_size = args[-1], out_offset = args[-2], out_size = args[-3];
    u256& result = const_cast<u256&>(args[-3]);

    if (op == OP_CALL && value && f->is_static) return stop_with(f, Status::static_violation);
    if (!touch_range(f, in_offset, in_size, gas) || !touch_range(f, out_offset, out_size, gas)) return gas;
    state::Account* target = access_account(f, address, gas);
    if (target == nullptr) return -1;

    state::Account* code = target;
    if (m.fork >= Fork::prague && target->has_code()) {
        Address delegate;
        if (m.delegation_of(*target, delegate)) {
            gas -= 100;  // EIP-7702: the target's access, warm or cold
            if (gas < 0) return stop_with(f, Status::out_of_gas);
            code = access_account(f, delegate, gas);
            if (code == nullptr) return -1;
        }
    }
    if (value) gas -= 9000;
    if (op == OP_CALL) {
        const bool makes_account =
            m.fork >= Fork::spurious_dragon ? value && target->is_empty() : !target->exists;  // EIP-161
        if (makes_account) gas -= 25000;
    }
    if (gas < 0) return stop_with(f, Status::out_of_gas);

    int64_t call_gas;
    if (m.fork >= Fork::tangerine_whistle) {  // EIP-150: all but one 64th
        const int64_t most = gas - gas / 64;
        call_gas = requested < u256{static_cast<uint64_t>(most)} ? static_cast<int64_t>(requested.w[0]) : most;
    } else {
        if (requested > u256{static_cast<uint64_t>(gas)}) return stop_with(f, Status::out_of_gas);
        call_gas = static_cast<int64_t>(requested.w[0]);
    }
    gas -= call_gas;
    if (value) call_gas += call_stipend;

    trace_access(m, *target);
    if (code != target) trace_access(m, *code);
    m.return_data.clear();
    if (f->depth >= 1024 || (value && f->self->balance < value)) {
        if (m.tracer != nullptr)
            trace_refusal(*m.tracer,
                          {kind_of(op),
                           f->depth + 1,
                           f->self->address,
                           address,
                           op == OP_CALL || op == OP_STATICCALL ? address : f->self->address,
                           op == OP_DELEGATECALL ? f->value : value,
                           static_cast<uint64_t>(call_gas),
                           {f->memory + (in_size ? in_offset.w[0] : 0), in_size.w[0]}},
                          f->depth >= 1024, true);
        result = {};
        return gas + call_gas;
    }

    CallRequest r;
    r.depth = f->depth + 1;
    r.is_static = f->is_static || op == OP_STATICCALL;
    r.input = f->memory + (in_size ? in_offset.w[0] : 0);
    r.input_size = in_size.w[0];
    r.gas = call_gas;
    r.stack_floor = sp;
    r.memory = f->memory + f->memory_size;
    r.code = code;
    r.target = target;
    r.self = op == OP_CALL || op == OP_STATICCALL ? target : f->self;
    r.caller = op == OP_DELEGATECALL ? f->caller : f->self->address;
    r.payer = op == OP_CALL ? f->self : nullptr;
    r.value = op == OP_DELEGATECALL ? f->value : value;
    r.kind = kind_of(op);
    f->memory_zeroed = f->memory_size;  // the callee's memory begins there
    const Outcome outcome = m.run_call(r);
    result = u256{outcome.status == Status::success ? 1U : 0U};
    const size_t n = std::min<size_t>(out_size.w[0], m.return_data.size());
    if (n != 0) std::memcpy(f->memory + out_offset.w[0], m.return_data.data(), n);
    return gas + outcome.gas_left;
}

int64_t op_create(Frame* f, u256* sp, int64_t gas, uint8_t op) noexcept {
    Machine::Context& m = *f->machine;
    if (f->is_static) return stop_with(f, Status::static_violation);
    const u256 value = sp[0], offset = sp[-1], size = sp[-2];
    const u256 salt = op == OP_CREATE2 ? sp[-3] : u256{};
    u256& result = op == OP_CREATE2 ? sp[-3] : sp[-2];
    if (!touch_range(f, offset, size, gas)) return gas;
    if (m.fork >= Fork::shanghai) {  // EIP-3860
        if (size.w[0] > max_init_code) return stop_with(f, Status::out_of_gas);
        gas -= 2 * words(size.w[0]);
    }
    if (op == OP_CREATE2) gas -= 6 * words(size.w[0]);
    if (gas < 0) return stop_with(f, Status::out_of_gas);

    m.return_data.clear();
    if (f->depth >= 1024 || f->self->balance < value || f->self->nonce == UINT64_MAX) {
        if (m.tracer != nullptr)
            trace_refusal(*m.tracer,
                          {op == OP_CREATE2 ? CallKind::create2 : CallKind::create,
                           f->depth + 1,
                           f->self->address,
                           {},
                           {},
                           value,
                           static_cast<uint64_t>(m.fork >= Fork::tangerine_whistle ? gas - gas / 64 : gas),
                           {f->memory + (size ? offset.w[0] : 0), size.w[0]}},
                          f->depth >= 1024, f->self->balance < value);
        result = {};
        return gas;
    }
    const int64_t call_gas = m.fork >= Fork::tangerine_whistle ? gas - gas / 64 : gas;
    gas -= call_gas;

    const BytesView init_code{f->memory + (size ? offset.w[0] : 0), size.w[0]};
    const uint64_t nonce = f->self->nonce;
    m.state->set_nonce(*f->self, nonce + 1);
    const Address address = op == OP_CREATE2 ? create2_address(f->self->address, to_hash(salt), keccak256(init_code))
                                             : create_address(f->self->address, nonce);
    state::Account& account = m.state->account(address);
    m.state->warm_up(account);  // stays warm even when the creation fails

    CreateRequest r;
    r.kind = op == OP_CREATE2 ? CallKind::create2 : CallKind::create;
    r.depth = f->depth + 1;
    r.creator = f->self;
    r.account = &account;
    r.value = value;
    r.init_code = init_code;
    r.gas = call_gas;
    r.stack_floor = sp;
    r.memory = f->memory + f->memory_size;
    f->memory_zeroed = f->memory_size;
    const Outcome outcome = m.run_create(r);
    result = outcome.status == Status::success ? to_u256(address) : u256{};
    return gas + outcome.gas_left;
}

int64_t op_selfdestruct(Frame* f, u256* sp, int64_t gas) noexcept {
    Machine::Context& m = *f->machine;
    if (f->is_static) return stop_with(f, Status::static_violation);
    const Address to = to_address(sp[0]);
    state::Account& self = *f->self;
    if (m.fork >= Fork::berlin) gas -= m.is_cold(to) ? 100 : 0;  // 2600 in all when cold, nothing when warm
    if (gas < 0) return stop_with(f, Status::out_of_gas);
    state::Account* heir = access_account(f, to, gas);
    if (heir == nullptr) return -1;
    const bool makes_account = m.fork >= Fork::spurious_dragon ? self.balance && heir->is_empty()
                                                               : m.fork >= Fork::tangerine_whistle && !heir->exists;
    if (makes_account) gas -= 25000;
    if (gas < 0) return stop_with(f, Status::out_of_gas);

    trace_access(m, *heir);
    const u256 balance = self.balance;
    const bool destroys = m.fork < Fork::cancun || self.created == m.state->tx();  // EIP-6780
    if (m.tracer != nullptr) m.tracer->selfdestruct(self.address, to, balance);
    if (heir != &self) {
        m.transfer(self, *heir, balance);
    } else if (destroys) {
        m.state->set_balance(self, {});
    }
    if (destroys && m.state->mark_destructed(self) && m.fork < Fork::london) m.refund += 24000;  // EIP-3529
    m.return_data.clear();
    f->gas = gas;
    return gas;
}

int64_t op_return(Frame* f, u256* sp, int64_t gas, Status status) noexcept {
    const u256 offset = sp[0], size = sp[-1];
    if (!touch_range(f, offset, size, gas)) return gas;
    const uint8_t* data = f->memory + (size ? offset.w[0] : 0);
    f->machine->return_data.assign(data, data + size.w[0]);
    f->status = status;
    f->gas = gas;
    return gas;
}

template <>
constexpr std::array<Handler, 256> handlers<false> = Ops<false>::table();

void execute(Frame& frame) noexcept {
    const BlockInfo& first = *frame.block;
    const int64_t gas = frame.gas - static_cast<int64_t>(first.gas);
    if (gas < 0 || first.stack_need != 0) {
        fail_block(&frame, frame.stack_floor, first, gas);
        return;
    }
    const uint8_t* pc = frame.ops + first.entry;
    handlers<false>[*pc](pc, frame.stack_floor, gas, &frame);
}

}  // namespace osprey::evm
