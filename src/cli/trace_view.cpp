#include "cli/trace_view.hpp"

#include <fmt/format.h>

#include "cli/contract_names.hpp"
#include "evm/precompiles.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "protocol/amm/uniswap_v2/events.hpp"
#include "protocol/amm/uniswap_v3/events.hpp"
#include "state/overlay_view.hpp"
#include "strategy/revert_reason.hpp"

namespace osprey::cli {

namespace {

const Hash& transfer_topic() {
    static const Hash topic = abi::event_topic("Transfer(address,address,uint256)");
    return topic;
}
const Hash& approval_topic() {
    static const Hash topic = abi::event_topic("Approval(address,address,uint256)");
    return topic;
}
const Hash& deposit_topic() {
    static const Hash topic = abi::event_topic("Deposit(address,uint256)");
    return topic;
}
const Hash& withdrawal_topic() {
    static const Hash topic = abi::event_topic("Withdrawal(address,uint256)");
    return topic;
}

Address address_in(const Hash& topic) { return to_address(to_u256(topic)); }
bool is_amount(const evm::TracedLog& log, size_t topics) {
    return log.topics.size() == topics && log.data.size() == abi::word_size;
}
Log plain(const evm::TracedLog& log) { return {log.address, log.topics, log.data}; }

}  // namespace

std::string TraceView::draw(const evm::CallTracer& trace) {
    trace_ = &trace;
    out_.clear();
    const auto frames = trace.frames();
    children_.assign(frames.size(), {});
    for (size_t i = 0; i < frames.size(); ++i)
        if (frames[i].parent != evm::CallFrame::no_parent) children_[frames[i].parent].push_back(i);
    learn(trace);
    if (!frames.empty()) draw_frame(0, "", "");
    trace_ = nullptr;
    return std::move(out_);
}

/// Events and calls under a frame, in the order in which they came.
void TraceView::draw_frame(size_t index, const std::string& indent, const std::string& branch) {
    const evm::CallFrame& frame = trace_->frames()[index];
    out_ += paint_(Ink::dim, indent + branch) + line_of(frame) + '\n';
    std::string below = indent;
    if (!branch.empty()) below += branch.starts_with("└") ? "   " : "│  ";
    const auto& calls = children_[index];
    const size_t items = calls.size() + frame.logs.size();
    size_t call = 0, log = 0;
    for (size_t item = 0; item < items; ++item) {
        if (log < frame.logs.size() && (call == calls.size() || frame.logs[log].position <= call)) {
            out_ += paint_(Ink::dim, below + (item + 1 == items ? "└─ " : "├─ ")) + text_of(frame.logs[log++]) + '\n';
            continue;
        }
        // Vyper copies memory by a precompile, again and again: one line for all of a row.
        const size_t same = alike(calls, call, log < frame.logs.size() ? frame.logs[log].position : calls.size());
        item += same - 1;
        draw_frame(calls[call], below, item + 1 == items ? "└─ " : "├─ ");
        if (same > 1) out_.insert(out_.size() - 1, paint_(Ink::dim, fmt::format(" ×{}", same)));
        call += same;
    }
}

/// How many calls from `first` on, and before `end`, are to the same precompile; 1 for any other contract.
size_t TraceView::alike(const std::vector<size_t>& calls, size_t first, size_t end) const {
    const auto frames = trace_->frames();
    const Address& to = frames[calls[first]].to;
    if (evm::find_precompile(to, place_.env().fork) == nullptr) return 1;
    size_t last = first + 1;
    while (last < end && frames[calls[last]].to == to && frames[calls[last]].status == frames[calls[first]].status)
        ++last;
    return last - first;
}

std::string TraceView::line_of(const evm::CallFrame& f) const {
    const bool outermost = f.parent == evm::CallFrame::no_parent;
    std::string kind{evm::name_of(f.kind)};
    std::string text = f.kind == evm::CallKind::call ? "" : paint_(Ink::dim, kind) + " ";
    if (f.kind == evm::CallKind::selfdestruct)
        return fmt::format("{}{} leaves {} to {}", text, name_of(f.from), ether(f.value), name_of(f.to));
    if (f.is_create()) {
        text += f.status == evm::Status::success ? short_hex(f.to) : "no contract";
    } else {
        text += paint_(Ink::bold, name_of(f.to));
        if (evm::find_precompile(f.to, place_.env().fork) != nullptr) {
            // Its input has no selector.
        } else if (f.input.size() >= 4) {
            const std::string_view function = function_name(abi::selector_of(f.input));
            text += function.empty() ? "." + to_hex(BytesView{f.input}.first(4)) : fmt::format(".{}()", function);
        } else if (f.input.empty()) {
            text += " (no data)";
        }
    }
    if (outermost) text = fmt::format("{} {} {}", name_of(f.from), paint_(Ink::dim, "→"), text);
    if (f.value && f.kind != evm::CallKind::delegatecall) text += " " + ether(f.value);
    const uint64_t gas = outermost ? trace_->gas_used().value_or(f.gas_used) : f.gas_used;
    text += paint_(Ink::dim, fmt::format(" [{}]", grouped(gas)));
    if (f.status != evm::Status::success) text += " " + paint_(Ink::bad, what_failed(f));
    return text;
}

std::string TraceView::what_failed(const evm::CallFrame& f) const {
    if (f.status != evm::Status::revert) return "failed: " + f.error;
    return "reverted: " + strategy::reason_of(f.status, f.output);
}

std::string TraceView::text_of(const evm::TracedLog& log) {
    const auto arrow = paint_(Ink::dim, "→");
    const Hash topic = log.topics.empty() ? Hash{} : log.topics[0];
    if (topic == transfer_topic() && is_amount(log, 3))
        return fmt::format("{} {} {} {} {}", paint_(Ink::good, "Transfer"),
                           amount(log.address, abi::word_at(log.data, 0)), name_of(address_in(log.topics[1])), arrow,
                           name_of(address_in(log.topics[2])));
    if (topic == approval_topic() && is_amount(log, 3)) {
        const u256 value = abi::word_at(log.data, 0);
        return fmt::format("Approval {} may spend {} of {}", name_of(address_in(log.topics[2])),
                           bit_width(value) > 250 ? "any " + name_of(log.address) : amount(log.address, value),
                           name_of(address_in(log.topics[1])));
    }
    if (topic == deposit_topic() && is_amount(log, 2))
        return fmt::format("Deposit {} by {}", amount(log.address, abi::word_at(log.data, 0)),
                           name_of(address_in(log.topics[1])));
    if (topic == withdrawal_topic() && is_amount(log, 2))
        return fmt::format("Withdrawal {} by {}", amount(log.address, abi::word_at(log.data, 0)),
                           name_of(address_in(log.topics[1])));
    if (const auto v2 = protocol::uniswap_v2::decode_swap(plain(log)))
        return swap(log.address, v2->amount0_in, v2->amount1_in, v2->amount0_out, v2->amount1_out);
    if (const auto v3 = protocol::uniswap_v3::decode_swap(plain(log))) {
        const auto in = [](const u256& a) { return a.is_negative() ? u256{} : a; };
        return swap(log.address, in(v3->amount0), in(v3->amount1), in(-v3->amount0), in(-v3->amount1));
    }
    const std::string_view known = event_name(topic);
    if (!known.empty()) return paint_(Ink::dim, fmt::format("{} by {}", known, name_of(log.address)));
    return paint_(Ink::dim, fmt::format("event {} by {}, {}", log.topics.empty() ? "without topics" : short_hex(topic),
                                        name_of(log.address), plural(log.data.size(), "byte")));
}

std::string TraceView::swap(const Address& pool, const u256& in0, const u256& in1, const u256& out0, const u256& out1) {
    const auto tokens = tokens_of(pool);
    const auto side = [&](const u256& a, const u256& b) {
        const auto one = [&](const u256& v, bool first) {
            if (tokens) return amount(first ? tokens->token0 : tokens->token1, v);
            return fmt::format("{} of token{}", to_string(v), first ? 0 : 1);
        };
        if (a && b) return one(a, true) + " and " + one(b, false);
        return a ? one(a, true) : one(b, false);
    };
    return fmt::format("{} {} {} {} in {}", paint_(Ink::good, "Swap"), side(in0, in1), paint_(Ink::dim, "→"),
                       side(out0, out1), name_of(pool));
}

std::string TraceView::name_of(const Address& account) const {
    if (!account) return "nobody";
    if (account == place_.env().coinbase) return "coinbase " + short_hex(account);
    if (const auto* precompile = evm::find_precompile(account, place_.env().fork)) return precompile->name;
    if (const std::string_view known = contract_name(account); !known.empty()) return std::string{known};
    if (const auto kind = kinds_.find(account); kind != kinds_.end()) return kind->second + " " + short_hex(account);
    if (const auto token = tokens_.find(account); token != tokens_.end() && !token->second.symbol.empty())
        return token->second.symbol;
    return short_hex(account);
}

std::string TraceView::amount(const Address& token, const u256& amount) {
    static_cast<void>(describe(token));
    const TokenTexts texts{tokens_};
    return texts.amount(token, amount) + " " + texts.symbol(token);
}

/// Names of all that moves or trades, before the first line is drawn.
void TraceView::learn(const evm::CallTracer& trace) {
    for (const evm::CallFrame& f : trace.frames())
        for (const evm::TracedLog& log : f.logs) {
            if (log.topics.empty()) continue;
            const Hash& topic = log.topics[0];
            if (protocol::uniswap_v2::decode_swap(plain(log)))
                kinds_.emplace(log.address, "V2 pair");
            else if (protocol::uniswap_v3::decode_swap(plain(log)))
                kinds_.emplace(log.address, "V3 pool");
            else if (event_name(topic) == "TokenExchange" || event_name(topic) == "TokenExchangeUnderlying")
                kinds_.emplace(log.address, "Curve pool");
            else if (topic == transfer_topic() || topic == approval_topic())
                static_cast<void>(describe(log.address));
        }
}

const engine::TokenText& TraceView::describe(const Address& token) {
    const auto [at, is_new] = tokens_.try_emplace(token);
    if (!is_new) return at->second;
    engine::TokenText text = engine::token_text([&](uint32_t selector) { return ask(token, selector); });
    at->second = text;
    at->second = TokenTexts{tokens_}.text_of(token);
    return at->second;
}

std::optional<TraceView::PoolTokens> TraceView::tokens_of(const Address& pool) {
    const auto [at, is_new] = pool_tokens_.try_emplace(pool);
    if (!is_new) return at->second;
    constexpr uint32_t token0 = 0x0dfe1681, token1 = 0xd21220a7;
    const auto a = ask(pool, token0), b = ask(pool, token1);
    if (a && b && a->size() == abi::word_size && b->size() == abi::word_size)
        at->second = {abi::address_at(*a, 0), abi::address_at(*b, 0)};
    return at->second;
}

std::optional<Bytes> TraceView::ask(const Address& contract, uint32_t selector) {
    constexpr uint64_t view_gas = 1'000'000;
    place_.forget();
    state::OverlayView view{place_.state()};
    state::Overlay what_if{view};
    auto answer = machine_.call(
        what_if, place_.env(),
        {.from = {}, .to = contract, .value = {}, .data = abi::call(selector, {}), .gas = view_gas, .is_static = true});
    if (answer.status != evm::Status::success || !view.complete() || !place_.complete()) return {};
    return std::move(answer.output);
}

}  // namespace osprey::cli
