#include "evm/tracers/call_tracer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evm/opcodes.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "types/transaction.hpp"

namespace osprey::evm {

namespace {

/// geth names an instruction that a later fork has, and gives the number of one that no fork has.
std::string bad_opcode(uint8_t op) {
    const std::string_view name = op == OP_INVALID ? "INVALID" : opcodes_of(Fork::osaka)[op].name;
    return name.empty() ? fmt::format("invalid opcode: opcode 0x{:x} not defined", op)
                        : fmt::format("invalid opcode: {}", name);
}

/// Solidity's panic codes ("Panic via assert and Error via require", docs.soliditylang.org), in geth's words.
std::string panic_reason(const u256& code) {
    if (code.fits_u64()) switch (code.w[0]) {
            case 0x00:
                return "generic panic";
            case 0x01:
                return "assert(false)";
            case 0x11:
                return "arithmetic underflow or overflow";
            case 0x12:
                return "division or modulo by zero";
            case 0x21:
                return "enum overflow";
            case 0x22:
                return "invalid encoded storage byte array accessed";
            case 0x31:
                return "out-of-bounds array access; popping on an empty array";
            case 0x32:
                return "out-of-bounds access of an array or bytesN";
            case 0x41:
                return "out of memory";
            case 0x51:
                return "uninitialized function";
            default:
                break;
        }
    JsonWriter quantity;
    quantity.quantity(code);
    const std::string_view quoted = quantity.view();
    return fmt::format("unknown panic code: {}", quoted.substr(1, quoted.size() - 2));
}

}  // namespace

std::optional<std::string> revert_reason(BytesView output) {
    constexpr uint32_t error_selector = 0x08c379a0, panic_selector = 0x4e487b71;
    if (output.size() < 4) return std::nullopt;
    const BytesView args = output.subspan(4);
    switch (abi::selector_of(output)) {
        case error_selector: {
            static const std::vector<abi::Type> types{abi::parse_type("string").value()};
            const auto values = abi::decode(types, args);
            if (!values) return std::nullopt;
            return values->front().string();
        }
        case panic_selector:
            if (!abi::has_words(args, 1)) return std::nullopt;
            return panic_reason(abi::word_at(args, 0));
        default:
            return std::nullopt;
    }
}

void CallTracer::transaction_start(const Transaction& tx, const BlockEnv&, state::Overlay&) {
    frames_.clear();
    open_.clear();
    gas_limit_ = tx.gas_limit;
    gas_used_.reset();
}

void CallTracer::transaction_end(uint64_t gas_used) { gas_used_ = gas_used; }

CallFrame& CallTracer::add(CallKind kind, const Address& from, const Address& to, const u256& value) {
    CallFrame& f = frames_.emplace_back();
    f.kind = kind;
    f.parent = open_.empty() ? CallFrame::no_parent : open_.back().frame;
    f.level = static_cast<uint32_t>(open_.size());
    f.from = from;
    f.to = to;
    f.value = value;
    f.gas = 0;
    if (!open_.empty()) ++frames_[f.parent].calls;
    return f;
}

void CallTracer::call_start(const CallStart& call) {
    if (options_.only_top_call && !open_.empty()) {
        open_.push_back({hidden, next_log_});
        return;
    }
    if (open_.empty() && (!gas_limit_ || gas_used_)) {  // a call by itself
        frames_.clear();
        gas_limit_.reset();
        gas_used_.reset();
    }
    CallFrame& f = add(call.kind, call.from, call.to, call.value);
    f.gas = call.gas;
    f.input.assign(call.input.begin(), call.input.end());
    open_.push_back({static_cast<uint32_t>(frames_.size() - 1), next_log_});
}

void CallTracer::call_end(const CallEnd& end) {
    const std::string fault = std::exchange(fault_, {});
    const Open open = open_.back();
    open_.pop_back();
    if (end.status != Status::success) next_log_ = open.next_log;
    if (open.frame == hidden) return;
    CallFrame& f = frames_[open.frame];
    f.status = end.status;
    f.gas_used = end.gas_used;
    f.output.assign(end.output.begin(), end.output.end());
    if (end.status == Status::success) return;
    f.error = fault.empty() ? std::string{message_of(end.status)} : fault;
    // What it called stands behind it in the list.
    for (size_t i = open.frame; i < frames_.size(); ++i) frames_[i].logs.clear();
}

void CallTracer::log(const Address& address, std::span<const Hash> topics, BytesView data) {
    const uint64_t index = next_log_++;
    if (!options_.with_logs || open_.empty() || open_.back().frame == hidden) return;
    CallFrame& f = frames_[open_.back().frame];
    f.logs.push_back({address, {topics.begin(), topics.end()}, {data.begin(), data.end()}, index, f.calls});
}

void CallTracer::selfdestruct(const Address& contract, const Address& beneficiary, const u256& balance) {
    if (options_.only_top_call) return;
    add(CallKind::selfdestruct, contract, beneficiary, balance);
}

void CallTracer::fault(const Fault& fault) {
    switch (fault.status) {
        case Status::invalid_opcode:
            fault_ = bad_opcode(fault.op);
            break;
        case Status::stack_underflow:
            fault_ = fmt::format("stack underflow ({} <=> {})", fault.stack_size, fault.limit);
            break;
        case Status::stack_overflow:
            fault_ = fmt::format("stack limit reached {} ({})", fault.stack_size, fault.limit);
            break;
        default:
            fault_ = "out of gas: not enough gas for reentrancy sentry";
            break;
    }
}

namespace {

/// Members of the frame up to its calls.
void write_frame(JsonWriter& out, const CallTracer& trace, const CallFrame& f) {
    const bool outermost = f.parent == CallFrame::no_parent;
    out.begin_object().member("from", f.from);
    out.key("gas").quantity(u256{outermost ? trace.gas_limit().value_or(f.gas) : f.gas});
    out.key("gasUsed").quantity(u256{outermost ? trace.gas_used().value_or(f.gas_used) : f.gas_used});
    const bool failed = f.status != Status::success;
    if (!failed || !f.is_create()) out.member("to", f.to);
    out.member("input", f.input);
    if (!f.output.empty()) out.member("output", f.output);
    if (failed) {
        out.member("error", f.error);
        if (f.status == Status::revert)
            if (const auto reason = revert_reason(f.output); reason && !reason->empty())
                out.member("revertReason", *reason);
    }
    if (!f.logs.empty()) {
        out.key("logs").begin_array();
        for (const TracedLog& log : f.logs) {
            out.begin_object().member("address", log.address).key("topics").begin_array();
            for (const Hash& topic : log.topics) out.hex(topic);
            out.end_array().member("data", log.data);
            out.key("index").quantity(u256{log.index}).key("position").quantity(u256{log.position}).end_object();
        }
        out.end_array();
    }
    if (f.kind != CallKind::staticcall) out.key("value").quantity(f.value);
    out.member("type", name_of(f.kind));
    if (f.calls != 0) out.key("calls").begin_array();
}

void end_frame(JsonWriter& out, const CallFrame& f) {
    if (f.calls != 0) out.end_array();
    out.end_object();
}

}  // namespace

void write_json(JsonWriter& out, const CallTracer& trace) {
    const auto frames = trace.frames();
    if (frames.empty()) {
        out.null();
        return;
    }
    std::vector<const CallFrame*> open;
    for (const CallFrame& f : frames) {
        for (; open.size() > f.level; open.pop_back()) end_frame(out, *open.back());
        write_frame(out, trace, f);
        open.push_back(&f);
    }
    for (; !open.empty(); open.pop_back()) end_frame(out, *open.back());
}

namespace {

/// Wei as ether, all digits that matter.
std::string in_ether(const u256& wei) {
    constexpr size_t decimals = 18;
    std::string digits = to_string(wei);
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, ".");
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
    return digits;
}

}  // namespace

std::string call_tree(const CallTracer& trace) {
    std::string out;
    for (const CallFrame& f : trace.frames()) {
        const bool outermost = f.parent == CallFrame::no_parent;
        out.append(size_t{2} * f.level, ' ');
        out += fmt::format("{} {} -> {}", name_of(f.kind), to_hex(f.from),
                           f.is_create() && f.status != Status::success ? "no contract" : to_hex(f.to));
        if (!f.is_create() && f.input.size() >= 4) out += ' ' + to_hex(BytesView{f.input}.first(4));
        if (f.value && f.kind != CallKind::delegatecall) out += fmt::format(" {} ether", in_ether(f.value));
        if (f.kind != CallKind::selfdestruct)
            out += fmt::format(" [{} gas]", outermost ? trace.gas_used().value_or(f.gas_used) : f.gas_used);
        if (f.status != Status::success) out += " failed: " + f.error;
        if (f.status == Status::revert)
            if (const auto reason = revert_reason(f.output); reason && !reason->empty()) {
                // The text is the contract's: nothing in it may reach the terminal as a control.
                std::string text = *reason;
                std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
                out += fmt::format(" \"{}\"", text);
            }
        out += '\n';
    }
    return out;
}

}  // namespace osprey::evm
