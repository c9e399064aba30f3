// The same instructions, each shown to the tracer and checked by itself.

#include "evm/interpreter_impl.hpp"

namespace osprey::evm {

namespace {
constexpr std::array<Handler, 256> instructions = Ops<true>::table();
}

template <>
OSPREY_OP void Ops<true>::inspect(Pc pc, u256* sp, int64_t gas, Frame* f) {
    Machine::Context& m = *f->machine;
    const auto at = static_cast<size_t>(pc - f->ops);
    const auto height = static_cast<size_t>(sp - f->stack_floor);
    const Bytes& code = f->program->code();
    const uint8_t op = at < code.size() ? code[at] : uint8_t{OP_STOP};
    if (m.steps)
        m.tracer->step({at, op, static_cast<uint64_t>(gas), f->depth, sp, height, BytesView{f->memory, f->memory_size},
                        f->self->address});
    const OpcodeFacts& facts = opcodes_of(m.fork)[op];
    if (facts.gas < 0) {
        m.tracer->fault({Status::invalid_opcode, op, height, 0});
        stop_with(f, Status::invalid_opcode);
        return;
    }
    if (height < facts.in) {
        m.tracer->fault({Status::stack_underflow, op, height, facts.in});
        stop_with(f, Status::stack_underflow);
        return;
    }
    if (height + facts.out > 1024U + facts.in) {
        m.tracer->fault({Status::stack_overflow, op, height, 1024U + facts.in - facts.out});
        stop_with(f, Status::stack_overflow);
        return;
    }
    gas -= facts.gas;
    if (gas < 0) {
        stop_with(f, Status::out_of_gas);
        return;
    }
    [[clang::musttail]] return instructions[op](pc, sp, gas, f);
}

template <>
constexpr std::array<Handler, 256> handlers<true> = [] {
    std::array<Handler, 256> t{};
    for (auto& h : t) h = Ops<true>::inspect;
    return t;
}();

void execute_traced(Frame& frame) noexcept {
    handlers<true>[*frame.ops](frame.ops, frame.stack_floor, frame.gas, &frame);
}

}  // namespace osprey::evm
