#include "evm/tracers/parity_tracer.hpp"

#include "evm/precompiles.hpp"

namespace osprey::evm {

void ParityTracer::transaction_start(const Transaction& tx, const BlockEnv& block, state::Overlay& state) {
    CallTracer::transaction_start(tx, block, state);
    fork_ = block.fork;
}

bool ParityTracer::is_left_out(const CallFrame& f) const noexcept {
    if (f.level == 0) return false;
    if (f.was_refused()) return true;
    if (f.is_create() || f.kind == CallKind::selfdestruct) return false;
    return !f.value && find_precompile(f.to, fork_) != nullptr;
}

std::vector<ParityTrace> ParityTracer::traces() const {
    std::vector<ParityTrace> list;
    list.reserve(frames().size());
    std::vector<size_t> item_of(frames().size());  // what is left out calls nothing
    for (size_t i = 0; i < frames().size(); ++i) {
        const CallFrame& f = frames()[i];
        if (is_left_out(f)) continue;
        item_of[i] = list.size();
        ParityTrace item{&f};
        if (f.parent != CallFrame::no_parent) {
            ParityTrace& parent = list[item_of[f.parent]];
            item.address = parent.address;
            item.address.push_back(parent.subtraces++);
        }
        list.push_back(std::move(item));
    }
    return list;
}

std::string_view parity_error(Status status) noexcept {
    switch (status) {
        case Status::success:
            return "";
        case Status::revert:
            return "Reverted";
        case Status::invalid_opcode:
            return "Bad instruction";
        case Status::bad_jump:
            return "Bad jump destination";
        case Status::stack_underflow:
            return "Stack underflow";
        case Status::stack_overflow:
            return "Out of stack";
        case Status::static_violation:
            return "Mutable Call In Static Context";
        case Status::return_data_bounds:
            return "Out of bounds";
        case Status::precompile_failure:
            return "Built-in failed";
        case Status::code_prefix:
            return "Invalid code";
        case Status::out_of_gas:
        case Status::code_deposit_gas:
        case Status::code_size:
        case Status::init_code_size:
        case Status::create_collision:
        case Status::insufficient_balance:
        case Status::call_depth:
        case Status::nonce_overflow:
            break;
    }
    return "Out of gas";
}

namespace {

std::string_view call_type(CallKind kind) noexcept {
    switch (kind) {
        case CallKind::callcode:
            return "callcode";
        case CallKind::delegatecall:
            return "delegatecall";
        case CallKind::staticcall:
            return "staticcall";
        default:
            return "call";
    }
}

void write_action(JsonWriter& out, const CallFrame& f) {
    out.key("action").begin_object();
    if (f.kind == CallKind::selfdestruct) {
        out.member("address", f.from).member("refundAddress", f.to).key("balance").quantity(f.value).end_object();
        return;
    }
    out.member("from", f.from).key("gas").quantity(u256{f.gas}).key("value").quantity(f.value);
    if (f.is_create()) {
        out.member("creationMethod", f.kind == CallKind::create2 ? "create2" : "create").member("init", f.input);
    } else {
        out.member("callType", call_type(f.kind)).member("to", f.to).member("input", f.input);
    }
    out.end_object();
}

void write_result(JsonWriter& out, const CallFrame& f) {
    if (f.status != Status::success) {
        out.member("error", parity_error(f.status));
        return;
    }
    out.key("result");
    if (f.kind == CallKind::selfdestruct) {
        out.null();
        return;
    }
    out.begin_object().key("gasUsed").quantity(u256{f.gas_used});
    if (f.is_create())
        out.member("address", f.to).member("code", f.output);
    else
        out.member("output", f.output);
    out.end_object();
}

}  // namespace

void write_json(JsonWriter& out, const ParityTracer& trace, const ParityPlace& place) {
    out.begin_array();
    for (const ParityTrace& item : trace.traces()) {
        const CallFrame& f = *item.frame;
        out.begin_object();
        write_action(out, f);
        out.member("blockHash", place.block_hash).member("blockNumber", place.block_number);
        write_result(out, f);
        out.member("subtraces", item.subtraces).key("traceAddress").begin_array();
        for (const uint32_t place_in_parent : item.address) out.number(place_in_parent);
        out.end_array();
        out.member("transactionHash", place.transaction_hash);
        out.member("transactionPosition", place.transaction_position);
        out.member("type", f.kind == CallKind::selfdestruct ? "suicide" : f.is_create() ? "create" : "call");
        out.end_object();
    }
    out.end_array();
}

void write_parity_rewards(JsonWriter& out, std::span<const Reward> rewards, const Hash& block_hash,
                          uint64_t block_number) {
    out.begin_array();
    for (const Reward& r : rewards) {
        out.begin_object().key("action").begin_object().member("author", r.to);
        out.member("rewardType", r.for_ommer ? "uncle" : "block").key("value").quantity(r.wei).end_object();
        out.member("blockHash", block_hash).member("blockNumber", block_number).key("result").null();
        out.member("subtraces", 0).key("traceAddress").begin_array().end_array();
        out.key("transactionHash").null().key("transactionPosition").null().member("type", "reward").end_object();
    }
    out.end_array();
}

}  // namespace osprey::evm
