#include "inspect/traced_view.hpp"

#include <algorithm>

#include "primitives/hex.hpp"
#include "types/json.hpp"
#include "types/json_reader.hpp"

namespace osprey::inspect {

namespace {

struct Name {
    std::string_view snake, camel;
};

/// The member under either of its names; none when absent or null.
std::optional<JsonElement> find(const JsonObject& o, Name name) {
    auto found = o.find(name.snake);
    return found ? found : o.find(name.camel);
}

JsonStatus read_integer(const JsonObject& o, Name name, u256& out) {
    const auto e = find(o, name);
    if (!e) return {};
    if (auto done = read_json_integer(*e, out); !done)
        return std::unexpected(std::move(done).error().in_member(name.snake));
    return {};
}

JsonStatus read_number(const JsonObject& o, Name name, uint64_t& out) {
    u256 value;
    if (auto done = read_integer(o, name, value); !done) return done;
    if (!value.fits_u64()) return std::unexpected(JsonError{std::string{name.snake}, "larger than 64 bits"});
    out = value.w[0];
    return {};
}

struct Item {
    uint64_t tx = 0;
    std::vector<uint64_t> address;
    Hash hash;
    Call call;
};

class Reader {
public:
    Result<BlockView> read(JsonElement root) && {
        if (auto done = read_block(root); !done) return std::unexpected(done.error().to_error());
        return std::move(view_);
    }

private:
    JsonStatus read_block(JsonElement root) {
        JsonObject o{root};
        if (!o.ok()) return o.end();
        if (auto done = read_number(o, {"block_number", "number"}, view_.number); !done) return done;
        if (auto done = read_number(o, {"block_timestamp", "timestamp"}, view_.timestamp); !done) return done;
        if (auto done = read_integer(o, {"base_fee_per_gas", "baseFeePerGas"}, base_fee_); !done) return done;
        if (const auto miner = find(o, {"miner", "author"})) {
            Address a;
            if (read_json(*miner, a)) view_.coinbase = a;
        }
        if (const auto calls = o.find("call_traces")) {
            if (auto done = for_each_item(*calls, [&](JsonElement e, size_t i) { return read_call_trace(e, i); });
                !done)
                return std::unexpected(std::move(done).error().in_member("call_traces"));
            view_.link_calls();
        } else {
            const auto traces = find(o, {"traces", "trace"});
            if (!traces) return std::unexpected(JsonError{"traces", "missing"});
            if (auto done = for_each_item(*traces, [&](JsonElement e, size_t) { return read_trace(e); }); !done)
                return std::unexpected(std::move(done).error().in_member("traces"));
            if (auto done = place_calls(); !done) return done;
        }
        if (const auto receipts = find(o, {"receipts", "receipts"})) {
            if (auto done = for_each_item(*receipts, [&](JsonElement e, size_t) { return read_receipt(e); }); !done)
                return std::unexpected(std::move(done).error().in_member("receipts"));
        }
        return {};
    }

    JsonStatus read_trace(JsonElement e) {
        JsonObject o{e};
        std::string type;
        o.required("type", type);
        if (!o.ok()) return o.end();
        const auto action_member = o.find("action");
        if (!action_member) return std::unexpected(JsonError{"action", "missing"});
        JsonObject action{*action_member};
        if (type == "reward") return read_reward(action);

        Item& item = items_.emplace_back();
        if (auto done = read_number(o, {"transaction_position", "transactionPosition"}, item.tx); !done) return done;
        if (const auto hash = find(o, {"transaction_hash", "transactionHash"}))
            if (auto done = read_json(*hash, item.hash); !done)
                return std::unexpected(std::move(done).error().in_member("transaction_hash"));
        if (const auto address = find(o, {"trace_address", "traceAddress"})) {
            auto done = for_each_item(
                *address, [&](JsonElement n, size_t) { return read_json_number(n, item.address.emplace_back()); });
            if (!done) return std::unexpected(std::move(done).error().in_member("trace_address"));
        }
        item.call.failed = o.find("error").has_value();
        if (auto done = read_action(type, action, item.call); !done)
            return std::unexpected(std::move(done).error().in_member("action"));
        const auto result = o.find("result");
        if (!result || item.call.failed) return {};
        if (auto done = read_result(JsonObject{*result}, item.call); !done)
            return std::unexpected(std::move(done).error().in_member("result"));
        return {};
    }

    JsonStatus read_reward(JsonObject& action) {
        std::string kind;
        Address author;
        action.required("author", author);
        if (const auto e = find(action, {"reward_type", "rewardType"}); e && read_json(*e, kind) && kind == "block")
            view_.coinbase = author;
        return action.end();
    }

    JsonStatus read_action(std::string_view type, JsonObject& action, Call& call) {
        if (type == "suicide" || type == "selfdestruct") {
            call.kind = evm::CallKind::selfdestruct;
            action.required("address", call.from);
            if (const auto to = find(action, {"refund_address", "refundAddress"}))
                if (auto done = read_json(*to, call.to); !done) return done;
            if (auto done = read_integer(action, {"balance", "balance"}, call.value); !done) return done;
            return action.end();
        }
        action.required("from", call.from);
        if (auto done = read_integer(action, {"value", "value"}, call.value); !done) return done;
        if (type == "create") {
            call.kind = evm::CallKind::create;
            return keep_hex(action, "init", call.input);
        }
        if (type != "call") return std::unexpected(JsonError{"type", "no type of a trace: " + std::string{type}});
        action.required("to", call.to);
        std::string how = "call";
        if (const auto e = find(action, {"call_type", "callType"}))
            if (auto done = read_json(*e, how); !done) return done;
        call.kind = how == "delegatecall" ? evm::CallKind::delegatecall
                    : how == "staticcall" ? evm::CallKind::staticcall
                    : how == "callcode"   ? evm::CallKind::callcode
                                          : evm::CallKind::call;
        return keep_hex(action, "input", call.input);
    }

    JsonStatus read_result(JsonObject result, Call& call) {
        if (!call.is_create()) return keep_hex(result, "output", call.output);
        result.optional("address", call.to);
        return result.end();
    }

    JsonStatus keep_hex(JsonObject& o, std::string_view name, Span& out) {
        if (!o.ok()) return o.end();
        const auto e = o.find(name);
        if (!e) return {};
        std::string_view text;
        if (e->get(text) != simdjson::SUCCESS) return json_mismatch("hex digits", *e);
        if (text.starts_with("0x")) text.remove_prefix(2);
        out = {static_cast<uint32_t>(view_.arena.size()), static_cast<uint32_t>(text.size() / 2)};
        view_.arena.resize(view_.arena.size() + out.size);
        if (!parse_hex_to(text, std::span{view_.arena}.subspan(out.at, out.size)))
            return std::unexpected(JsonError{std::string{name}, "not hex digits"});
        return {};
    }

    /// The list as a list of calls with their parents. Nodes send it in order; it is put in order where they do not.
    JsonStatus place_calls() {
        const auto before = [](const Item& a, const Item& b) {
            return a.tx != b.tx ? a.tx < b.tx : a.address < b.address;
        };
        if (!std::ranges::is_sorted(items_, before)) std::ranges::sort(items_, before);
        std::vector<uint32_t> open;
        view_.calls.reserve(items_.size());
        for (Item& item : items_) {
            const auto index = static_cast<uint32_t>(view_.calls.size());
            if (item.address.empty()) {
                start_transaction(item, index);
                open.clear();
            } else if (item.address.size() > open.size()) {
                return std::unexpected(JsonError{
                    "traces", "a call without the call around it, in transaction " + std::to_string(item.tx)});
            }
            open.resize(item.address.size());
            Call& call = view_.calls.emplace_back(item.call);
            call.tx = static_cast<uint32_t>(view_.txs.size() - 1);
            call.parent = open.empty() ? Call::no_parent : open.back();
            call.level = static_cast<uint16_t>(open.size());
            open.push_back(index);
            view_.txs.back().end_call = index + 1;
        }
        view_.link_calls();
        return {};
    }

    void start_transaction(const Item& item, uint32_t index) {
        TxView& tx = view_.txs.emplace_back();
        tx.hash = item.hash;
        tx.index = static_cast<uint32_t>(item.tx);
        tx.sender = item.call.from;
        if (!item.call.is_create()) tx.to = item.call.to;
        tx.success = !item.call.failed;
        tx.first_call = index;
        tx.end_call = index + 1;
    }

    // --- geth's callTracer ------------------------------------------------------------------------

    /// {"txHash", "result": frame}
    JsonStatus read_call_trace(JsonElement e, size_t index) {
        const JsonObject o{e};
        const auto result = o.find("result");
        if (!result) return std::unexpected(JsonError{"result", "missing: the node could not trace the transaction"});
        TxView tx;
        tx.index = static_cast<uint32_t>(index);
        if (const auto hash = find(o, {"tx_hash", "txHash"}))
            if (auto done = read_json(*hash, tx.hash); !done) return done;
        tx.first_call = static_cast<uint32_t>(view_.calls.size());
        tx.first_log = static_cast<uint32_t>(view_.logs.size());
        view_.txs.push_back(tx);
        if (auto done = read_frame(*result, Call::no_parent, 0); !done)
            return std::unexpected(std::move(done).error().in_member("result"));
        TxView& seen = view_.txs.back();
        const Call& outermost = view_.calls[seen.first_call];
        seen.sender = outermost.from;
        if (!outermost.is_create()) seen.to = outermost.to;
        seen.success = !outermost.failed;
        seen.end_call = static_cast<uint32_t>(view_.calls.size());
        seen.end_log = static_cast<uint32_t>(view_.logs.size());
        return {};
    }

    /// A frame, its logs and its calls, in the order of execution: a log tells how many calls came before it.
    JsonStatus read_frame(JsonElement e, uint32_t parent, uint16_t level) {
        if (level > 1024) return json_fail("calls deeper than the EVM allows");
        JsonObject o{e};
        Call call;
        std::string type;
        o.required("type", type).required("from", call.from).optional("to", call.to).optional("value", call.value);
        call.kind = type == "DELEGATECALL"   ? evm::CallKind::delegatecall
                    : type == "STATICCALL"   ? evm::CallKind::staticcall
                    : type == "CALLCODE"     ? evm::CallKind::callcode
                    : type == "CREATE"       ? evm::CallKind::create
                    : type == "CREATE2"      ? evm::CallKind::create2
                    : type == "SELFDESTRUCT" ? evm::CallKind::selfdestruct
                                             : evm::CallKind::call;
        call.failed = o.find("error").has_value();
        call.tx = static_cast<uint32_t>(view_.txs.size() - 1);
        call.parent = parent;
        call.level = level;
        if (auto done = keep_hex(o, "input", call.input); !done) return done;
        if (!call.is_create() && !call.failed)
            if (auto done = keep_hex(o, "output", call.output); !done) return done;
        if (!o.ok()) return o.end();
        const auto index = static_cast<uint32_t>(view_.calls.size());
        view_.calls.push_back(call);

        std::vector<JsonElement> logs;
        if (const auto list = o.find("logs"))
            (void)for_each_item(*list, [&](JsonElement log, size_t) -> JsonStatus {
                logs.push_back(log);
                return {};
            });
        size_t next = 0;
        const auto logs_before = [&](uint64_t calls) -> JsonStatus {
            for (; next < logs.size(); ++next) {
                uint64_t position = 0;
                if (const auto p = JsonObject{logs[next]}.find("position"))
                    if (auto done = read_json(*p, position); !done) return done;
                if (position > calls) return {};
                if (auto done = read_log(logs[next], index); !done)
                    return std::unexpected(std::move(done).error().in_item(next).in_member("logs"));
            }
            return {};
        };
        if (const auto calls = o.find("calls")) {
            auto done = for_each_item(*calls, [&](JsonElement below, size_t i) {
                if (auto logged = logs_before(i); !logged) return logged;
                return read_frame(below, index, static_cast<uint16_t>(level + 1));
            });
            if (!done) return std::unexpected(std::move(done).error().in_member("calls"));
        }
        return logs_before(UINT64_MAX);
    }

    JsonStatus read_log(JsonElement e, uint32_t call) {
        JsonObject o{e};
        EventLog log;
        std::vector<Hash> topics;
        o.required("address", log.address).required("topics", topics);
        if (topics.size() > 4) o.refuse("topics", "more than four");
        if (auto done = keep_hex(o, "data", log.data); !done) return done;
        log.topic_count = static_cast<uint8_t>(topics.size());
        std::ranges::copy(topics, log.topics);
        log.call = call;
        log.calls_before = static_cast<uint32_t>(view_.calls.size());
        view_.logs.push_back(log);
        view_.has_logs = true;
        return {};
    }

    JsonStatus read_receipt(JsonElement e) {
        const JsonObject o{e};
        uint64_t index = 0, gas = 0;
        u256 price;
        if (auto done = read_number(o, {"transaction_index", "transactionIndex"}, index); !done) return done;
        if (auto done = read_number(o, {"gas_used", "gasUsed"}, gas); !done) return done;
        if (auto done = read_integer(o, {"effective_gas_price", "effectiveGasPrice"}, price); !done) return done;
        const auto at = std::ranges::lower_bound(view_.txs, index, {}, &TxView::index);
        if (at == view_.txs.end() || at->index != index) return {};
        at->gas_used = gas;
        at->fee = u256{gas} * price;
        at->priority_fee = u256{gas} * (price > base_fee_ ? price - base_fee_ : u256{});
        return {};
    }

    BlockView view_;
    std::vector<Item> items_;
    u256 base_fee_;
};

}  // namespace

Result<BlockView> read_traced_block(std::string_view json) {
    auto document = JsonDocument::parse(json);
    if (!document) document = JsonDocument::parse(quote_large_integers(json));
    if (!document) return std::unexpected(std::move(document.error()));
    return Reader{}.read(document->root());
}

bool is_traced_block(std::string_view json) { return json.find("\"traces\"") != std::string_view::npos; }

}  // namespace osprey::inspect
