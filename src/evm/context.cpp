// Calls and creations: what happens around a frame.

#include "evm/context.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "evm/precompiles.hpp"
#include "primitives/rlp.hpp"

namespace osprey::evm {

namespace {

constexpr size_t stack_bytes = (size_t{1024} * 1025 + 64) * sizeof(u256);
constexpr size_t memory_bytes = size_t{8} << 30;
constexpr size_t max_code = 24576;  // EIP-170

const state::SharedBytes no_code = std::make_shared<const Bytes>();

}  // namespace

Arena::Arena(size_t bytes) : bytes_(bytes) {
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc{};
    begin_ = static_cast<uint8_t*>(p);
}
Arena::~Arena() { munmap(begin_, bytes_); }

std::string_view message_of(Status status) noexcept {
    switch (status) {
        case Status::success:
            return "";
        case Status::revert:
            return "execution reverted";
        case Status::out_of_gas:
            return "out of gas";
        case Status::invalid_opcode:
            return "invalid opcode";
        case Status::stack_underflow:
            return "stack underflow";
        case Status::stack_overflow:
            return "stack limit reached 1024";
        case Status::bad_jump:
            return "invalid jump destination";
        case Status::static_violation:
            return "write protection";
        case Status::return_data_bounds:
            return "return data out of bounds";
        case Status::precompile_failure:
            return "precompile failed";
        case Status::insufficient_balance:
            return "insufficient balance for transfer";
        case Status::call_depth:
            return "max call depth exceeded";
        case Status::nonce_overflow:
            return "nonce uint64 overflow";
        case Status::create_collision:
            return "contract address collision";
        case Status::init_code_size:
            return "max initcode size exceeded";
        case Status::code_size:
            return "max code size exceeded";
        case Status::code_prefix:
            return "invalid code: must not begin with 0xef";
        case Status::code_deposit_gas:
            return "contract creation code storage out of gas";
    }
    return "";
}

std::string_view name_of(CallKind kind) noexcept {
    constexpr std::string_view names[] = {"CALL",   "CALLCODE", "DELEGATECALL", "STATICCALL",
                                          "CREATE", "CREATE2",  "SELFDESTRUCT"};
    return names[static_cast<size_t>(kind)];
}

Address create_address(const Address& creator, uint64_t nonce) {
    rlp::Writer w;
    const size_t list = w.begin_list();
    w.bytes(creator);
    w.integer(nonce);
    w.end_list(list);
    return to_address(to_u256(keccak256(w.view())));
}

Address create2_address(const Address& creator, const Hash& salt, const Hash& init_code_hash) {
    uint8_t b[85];
    b[0] = 0xff;
    std::memcpy(b + 1, creator.data(), 20);
    std::memcpy(b + 21, salt.data(), 32);
    std::memcpy(b + 53, init_code_hash.data(), 32);
    return to_address(to_u256(keccak256(b)));
}

Machine::Context::Context() : stack_arena(stack_bytes), memory_arena(memory_bytes), recent_(1024), recent_init_(64) {}

void Machine::Context::begin(state::Overlay& s, const BlockEnv& b) {
    state = &s;
    block = &b;
    fork = b.fork;
    refund = 0;
    logs.clear();
    prewarmed.clear();
    blob_hashes = {};
    return_data.clear();
    coinbase_is_warm = fork >= Fork::shanghai;
    steps = tracer != nullptr && tracer->wants_steps();
    s.begin_transaction();
}

namespace {
uint64_t prewarm_hash(const Address& a, const Hash* slot) noexcept {
    return hash_value(a.data(), 20) ^ (slot != nullptr ? hash_value(slot->data(), 32) * 3 : 0);
}
}  // namespace

void Machine::Context::prewarm(std::span<const AccessListEntry> list) {
    for (const AccessListEntry& entry : list) {
        prewarmed.push_back({prewarm_hash(entry.address, nullptr), &entry.address, nullptr});
        for (const Hash& slot : entry.storage_keys)
            prewarmed.push_back({prewarm_hash(entry.address, &slot), &entry.address, &slot});
    }
    std::ranges::sort(prewarmed, {}, &Prewarmed::hash);
}

bool Machine::Context::is_prewarmed(const Address& a) const noexcept {
    if (find_precompile(a, fork, block->op_fork) != nullptr) return true;
    if (coinbase_is_warm && a == block->coinbase) return true;
    if (prewarmed.empty()) return false;
    const uint64_t h = prewarm_hash(a, nullptr);
    for (auto it = std::ranges::lower_bound(prewarmed, h, {}, &Prewarmed::hash); it != prewarmed.end() && it->hash == h;
         ++it)
        if (it->slot == nullptr && *it->address == a) return true;
    return false;
}

bool Machine::Context::is_prewarmed(const Address& a, const u256& slot) const noexcept {
    if (prewarmed.empty()) return false;
    const Hash key = to_hash(slot);
    const uint64_t h = prewarm_hash(a, &key);
    for (auto it = std::ranges::lower_bound(prewarmed, h, {}, &Prewarmed::hash); it != prewarmed.end() && it->hash == h;
         ++it)
        if (it->slot != nullptr && *it->address == a && *it->slot == key) return true;
    return false;
}

bool Machine::Context::delegation_of(state::Account& a, Address& target) {
    if (!a.has_code()) return false;
    const Bytes& code = *state->code(a);
    if (code.size() != 23 || code[0] != 0xef || code[1] != 0x01 || code[2] != 0x00) return false;
    std::memcpy(target.data(), code.data() + 3, 20);
    return true;
}

void Machine::Context::transfer(state::Account& from, state::Account& to, const u256& value) {
    state->touch(to);
    if (!value || &from == &to) return;
    if (tracer != nullptr) {
        tracer->balance_change(from.address, from.balance, from.balance - value);
        tracer->balance_change(to.address, to.balance, to.balance + value);
    }
    state->set_balance(from, from.balance - value);
    state->set_balance(to, to.balance + value);
}

void Machine::Context::add_log(const Address& address, const Hash* topics, size_t topic_count, const uint8_t* data,
                               size_t size) {
    logs.push_back({address, {topics, topics + topic_count}, {data, data + size}});
    if (tracer != nullptr) tracer->log(address, {topics, topic_count}, {data, size});
}

const Program* Machine::Context::program_of(state::Account& a) {
    if (a.compiled) {
        const auto* p = static_cast<const Program*>(a.compiled.get());
        if (suits(*p)) return p;
    }
    Recent& recent = recent_[(size_t{a.code_hash.bytes[0]} << 8 | a.code_hash.bytes[1]) % recent_.size()];
    if (!recent.program || recent.code_hash != a.code_hash || !suits(*recent.program)) {
        const state::SharedBytes& code = state->code(a);
        // The base could not give the code: the result is void, and nothing may remember it under this hash.
        if (state->fault()) {
            a.compiled = Program::compile(code, fork, !by_instruction);
            return static_cast<const Program*>(a.compiled.get());
        }
        recent = {a.code_hash, cached_program(a.code_hash, code, fork, !by_instruction)};
    }
    a.compiled = recent.program;
    return recent.program.get();
}

std::shared_ptr<const Program> Machine::Context::init_program(BytesView init_code) {
    auto& recent = recent_init_[hash_value(init_code.data(), init_code.size()) % recent_init_.size()];
    if (!recent || !suits(*recent) || !std::ranges::equal(recent->code(), init_code))
        recent =
            Program::compile(std::make_shared<const Bytes>(init_code.begin(), init_code.end()), fork, !by_instruction);
    return recent;
}

Outcome Machine::Context::run_call(const CallRequest& r) {
    if (tracer != nullptr)
        tracer->call_start({r.kind,
                            r.depth,
                            r.kind == CallKind::delegatecall ? r.self->address : r.caller,
                            r.target->address,
                            r.self->address,
                            r.value,
                            static_cast<uint64_t>(r.gas),
                            {r.input, r.input_size}});
    const auto checkpoint = state->checkpoint();
    const int64_t refund_before = refund;
    const size_t logs_before = logs.size();

    if (r.payer != nullptr)
        transfer(*r.payer, *r.self, r.value);
    else if (r.kind == CallKind::staticcall)
        state->touch(*r.self);

    Outcome out{Status::success, r.gas};
    if (const Precompile* precompile = find_precompile(r.target->address, fork, block->op_fork);
        precompile != nullptr) {
        const BytesView input{r.input, r.input_size};
        const int64_t cost = precompile->gas(input, fork);
        return_data.clear();
        if (cost > r.gas) {
            out = {Status::out_of_gas, 0};
        } else if (!precompile->run(input, return_data)) {
            out = {Status::precompile_failure, 0};
        } else {
            out.gas_left = r.gas - cost;
        }
    } else if (r.code->has_code() &&
               !(r.code != r.target && find_precompile(r.code->address, fork, block->op_fork) != nullptr)) {
        // Code that runs may itself replace what its account holds (EIP-7702 never does, SELFDESTRUCT waits for the
        // end of the transaction), so the account keeps the program alive.
        const Program* program = program_of(*r.code);
        Frame f;
        f.ops = program->ops();
        f.blocks = f.block = program->blocks();
        f.stack_floor = r.stack_floor;
        f.memory = r.memory;
        f.machine = this;
        f.self = r.self;
        f.input = r.input;
        f.input_size = r.input_size;
        f.value = r.value;
        f.caller = r.caller;
        f.is_static = r.is_static;
        f.depth = r.depth;
        f.gas = r.gas;
        f.program = program;
        return_data.clear();
        run_frame(f);
        out = {f.status, f.gas};
    }
    if (out.status != Status::success) {
        state->rollback(checkpoint);
        refund = refund_before;
        logs.resize(logs_before);
        if (out.status != Status::revert) {
            out.gas_left = 0;
            return_data.clear();
        }
    }
    if (tracer != nullptr) tracer->call_end({out.status, static_cast<uint64_t>(r.gas - out.gas_left), return_data});
    return out;
}

Outcome Machine::Context::run_create(const CreateRequest& r) {
    if (tracer != nullptr)
        tracer->call_start({r.kind, r.depth, r.creator->address, r.account->address, r.account->address, r.value,
                            static_cast<uint64_t>(r.gas), r.init_code});
    state::Account& a = *r.account;
    Outcome out{Status::success, r.gas};
    if (a.nonce != 0 || a.has_code() || (a.exists && state->has_storage(a))) {  // EIP-684, EIP-7610
        out = {Status::create_collision, 0};
        return_data.clear();
    } else {
        const auto checkpoint = state->checkpoint();
        const int64_t refund_before = refund;
        const size_t logs_before = logs.size();
        state->mark_created(a);
        if (fork >= Fork::spurious_dragon) state->set_nonce(a, 1);  // EIP-161
        transfer(*r.creator, a, r.value);

        return_data.clear();
        if (!r.init_code.empty()) {
            const auto program = init_program(r.init_code);
            Frame f;
            f.ops = program->ops();
            f.blocks = f.block = program->blocks();
            f.stack_floor = r.stack_floor;
            f.memory = r.memory;
            f.machine = this;
            f.self = &a;
            f.input = nullptr;
            f.input_size = 0;
            f.value = r.value;
            f.caller = r.creator->address;
            f.is_static = false;
            f.depth = r.depth;
            f.gas = r.gas;
            f.program = program.get();
            run_frame(f);
            out = {f.status, f.gas};
        }
        if (out.status == Status::success) {
            const int64_t deposit = 200 * static_cast<int64_t>(return_data.size());
            if (fork >= Fork::spurious_dragon && return_data.size() > max_code) {
                out.status = Status::code_size;
            } else if (fork >= Fork::london && !return_data.empty() && return_data[0] == 0xef) {
                out.status = Status::code_prefix;
            } else if (deposit <= out.gas_left) {
                out.gas_left -= deposit;
                if (!return_data.empty())
                    state->set_code(a, std::make_shared<const Bytes>(return_data), keccak256(return_data));
            } else if (fork >= Fork::homestead) {  // EIP-2; before it, a contract without code
                out.status = Status::code_deposit_gas;
            }
        }
        if (out.status != Status::success) {
            state->rollback(checkpoint);
            refund = refund_before;
            logs.resize(logs_before);
            if (out.status != Status::revert) {
                out.gas_left = 0;
                return_data.clear();
            }
        }
    }
    if (tracer != nullptr) tracer->call_end({out.status, static_cast<uint64_t>(r.gas - out.gas_left), return_data});
    if (out.status == Status::success) return_data.clear();
    return out;
}

}  // namespace osprey::evm
