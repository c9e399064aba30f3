#include "engine/live/event.hpp"

#include <array>

#include "protocol/amm/family.hpp"

namespace osprey::engine {

std::string_view name_of(Mode mode) noexcept {
    constexpr std::array<std::string_view, 3> names = {"watch", "paper", "live"};
    return names[static_cast<size_t>(mode)];
}

std::string_view name_of(OutcomeEvent::Kind kind) noexcept {
    constexpr std::array<std::string_view, 5> names = {"landed", "reverted", "never_landed", "unwound", "paper"};
    return names[static_cast<size_t>(kind)];
}

namespace {

class Writer {
public:
    explicit Writer(JsonWriter& out) : out_(out) {}

    void operator()(const StatusEvent& e) {
        out_.member("event", "status").member("state", e.state).member("reason", e.reason);
    }
    void operator()(const BlockEvent& e) {
        out_.member("event", "block").member("timestamp", e.timestamp).member("removed", e.removed);
        out_.member("pools_moved", e.pools_moved).member("pools", e.pools);
    }
    void operator()(const FoundEvent& e) {
        const Find& f = e.find;
        out_.member("event", "found").member("id", f.id.bytes).member("strategy", f.strategy);
        if (f.follows) out_.member("follows", f.follows->bytes);
        out_.member("placeable", f.placeable).member("best", f.is_best).key("swaps").begin_array();
        for (const FoundSwap& swap : f.swaps) {
            out_.begin_object().member("pool", swap.pool.contract.bytes);
            if (swap.pool.id != Hash{}) out_.member("pool_id", swap.pool.id.bytes);
            out_.member("kind", swap.family->name).member("token_in", swap.token_in.bytes);
            out_.member("token_out", swap.token_out.bytes);
            out_.key("amount_in").decimal(swap.amount_in).key("amount_out").decimal(swap.amount_out).end_object();
        }
        out_.end_array().member("profit_token", f.plan.profit_token.bytes);
        out_.key("profit").decimal(f.plan.profit).key("value").decimal(f.value);
        out_.member("as_planned", f.as_planned).member("gas", f.gas_used);
        out_.key("gas_cost").decimal(f.gas_cost).key("payment").decimal(f.plan.payment);
        out_.member("net", to_string(f.net));
        if (!f.reason.empty()) out_.member("reason", f.reason);
    }
    void operator()(const VerdictEvent& e) {
        out_.member("event", "verdict").member("id", e.id.bytes).member("accepted", e.accepted);
        out_.member("reason", e.reason);
    }
    void operator()(const SentEvent& e) {
        out_.member("event", "sent").member("id", e.id.bytes).member("tx", e.tx.bytes).member("nonce", e.nonce);
        out_.member("for_block", e.block_number).key("priority_fee").decimal(e.priority_fee);
    }
    void operator()(const WithdrawnEvent& e) {
        out_.member("event", "withdrawn").member("id", e.id.bytes).member("tx", e.tx.bytes).member("nonce", e.nonce);
        out_.key("priority_fee").decimal(e.priority_fee).member("reason", e.reason);
    }
    void operator()(const OutcomeEvent& e) {
        out_.member("event", "outcome").member("id", e.id.bytes).member("kind", name_of(e.kind));
        out_.member("tx", e.tx.bytes).member("in_block", e.block_number).member("token", e.token.bytes);
        out_.key("profit").decimal(e.profit).key("gas_cost").decimal(e.gas_cost).member("net", to_string(e.net));
        if (!e.reason.empty()) out_.member("reason", e.reason);
    }

private:
    JsonWriter& out_;
};

}  // namespace

void write_json(JsonWriter& out, const Event& event) {
    out.begin_object().member("seq", event.sequence).member("chain", event.chain_id);
    out.member("block", event.at.number).member("hash", event.at.hash.bytes);
    std::visit(Writer{out}, event.what);
    out.end_object();
}

std::string to_json(const Event& event) {
    JsonWriter out;
    write_json(out, event);
    return std::move(out).take();
}

}  // namespace osprey::engine
