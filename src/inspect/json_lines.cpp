#include "inspect/json_lines.hpp"

#include "primitives/hex.hpp"

namespace osprey::inspect {

namespace {

void write_pool(JsonWriter& out, const protocol::PoolKey& pool) {
    if (pool.id)
        out.hex(pool.id);
    else
        out.hex(pool.contract);
}

void write_changes(JsonWriter& out, std::span<const TokenChange> changes) {
    out.begin_object();
    for (const TokenChange& c : changes) out.key(to_hex(c.token)).string(signed_decimal(c.amount));
    out.end_object();
}

void write_txs(JsonWriter& out, const BlockView& view, std::string_view name, std::span<const uint32_t> txs) {
    out.key(name).begin_array();
    for (const uint32_t tx : txs) out.hex(view.txs[tx].hash);
    out.end_array();
}

void write_victims(JsonWriter& out, const BlockView& view, std::span<const Victim> victims) {
    out.key("victims").begin_array();
    for (const Victim& v : victims) {
        out.begin_object().member("tx", view.txs[v.tx].hash).member("sender", v.sender).key("loss");
        if (v.loss_known)
            write_changes(out, v.loss);
        else
            out.null();
        out.end_object();
    }
    out.end_array();
}

void write_place(JsonWriter& out, const BlockView& view, uint32_t call) {
    if (!view.has_calls) return;
    out.key("trace_address").begin_array();
    for (const uint32_t n : trace_address(view, call)) out.number(n);
    out.end_array();
}

void write_swap(JsonWriter& out, const BlockView& view, const Swap& s) {
    out.member("protocol", name_of(s.protocol));
    write_place(out, view, s.call);
    out.member("contract", s.pool.contract).member("caller", s.caller).member("recipient", s.recipient);
    out.member("token_in", s.token_in).key("amount_in").decimal(s.amount_in);
    out.member("token_out", s.token_out).key("amount_out").decimal(s.amount_out);
}

/// Null: the source does not tell.
void write_amount(JsonWriter& out, std::string_view name, bool told, const u256& amount) {
    out.key(name);
    if (told)
        out.decimal(amount);
    else
        out.null();
}

void write_address(JsonWriter& out, std::string_view name, const Address& address) {
    out.key(name);
    if (address)
        out.hex(address);
    else
        out.null();
}

void write_liquidation(JsonWriter& out, const BlockView& view, const Finding& f, const Liquidation& l) {
    out.member("protocol", name_of(l.protocol)).member("step", name_of(l.step));
    write_place(out, view, l.call);
    out.member("liquidator", l.liquidator);
    write_address(out, "borrower", l.borrower);
    write_address(out, "debt_token", l.debt_token);
    write_amount(out, "debt_amount", l.debt_told, l.debt_amount);
    write_address(out, "collateral_token", l.collateral_token);
    write_amount(out, "collateral_amount", l.collateral_told, l.collateral_amount);
    write_amount(out, "received_amount", l.collateral_told, l.received_amount);
    out.key("bonus_wei");
    if (f.bonus_wei)
        out.string(signed_decimal(*f.bonus_wei));
    else
        out.null();
}

void write_fill(JsonWriter& out, const BlockView& view, const Fill& fill) {
    out.member("router", name_of(fill.router));
    write_place(out, view, fill.call);
    out.member("contract", fill.contract).member("user", fill.user).member("recipient", fill.recipient);
    out.member("token_in", fill.token_sold).key("amount_in").decimal(fill.sold);
    out.member("token_out", fill.token_bought).key("amount_out").decimal(fill.bought);
}

}  // namespace

std::string signed_decimal(const u256& amount) {
    return amount.is_negative() ? "-" + to_string(-amount) : to_string(amount);
}

void write_json(JsonWriter& out, const Inspection& inspection, const Finding& f) {
    const BlockView& view = inspection.view;
    out.begin_object().member("block", view.number).member("kind", name_of(f.kind));
    write_txs(out, view, "txs", f.txs);
    out.member("actor", f.actor).key("contracts").begin_array();
    for (const Address& contract : f.contracts) out.hex(contract);
    out.end_array().key("pools").begin_array();
    for (const protocol::PoolKey& pool : f.pools) write_pool(out, pool);
    out.end_array().key("profit");
    write_changes(out, f.profit);
    out.key("profit_wei");
    if (f.profit_wei)
        out.string(signed_decimal(*f.profit_wei));
    else
        out.null();
    out.key("cost_wei").decimal(f.cost_wei).key("builder_wei").decimal(f.builder_wei());
    write_victims(out, view, f.victims);
    out.member("confidence", f.confidence).key("reasons").begin_array();
    for (const Reason reason : f.reasons) out.string(name_of(reason));
    out.end_array();
    if (!f.related.empty()) write_txs(out, view, "related", f.related);
    if (f.kind == Kind::swap) write_swap(out, view, swap_of(inspection.actions, f));
    if (f.liquidation) write_liquidation(out, view, f, inspection.actions.liquidations[*f.liquidation]);
    if (f.fill) write_fill(out, view, inspection.actions.fills[*f.fill]);
    out.end_object();
}

}  // namespace osprey::inspect
