#include "risk/book_state.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "primitives/hex.hpp"
#include "risk/ledger.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::risk {

namespace {

void write(JsonWriter& w, const LedgerState& ledger) {
    w.begin_object().key("losses").begin_array();
    for (const Loss& loss : ledger.losses) {
        w.begin_object().member("at", loss.at);
        w.key("wei").decimal(loss.wei).end_object();
    }
    w.end_array();
    w.key("total_loss_wei").decimal(ledger.total_loss_wei);
    w.key("total_gain_wei").decimal(ledger.total_gain_wei);
    w.member("failures_in_row", ledger.failures_in_row);
    if (ledger.paused_until) w.member("paused_until", *ledger.paused_until);
    w.member("stopped", ledger.stopped).end_object();
}

void write(JsonWriter& w, const ChainState& chain) {
    w.begin_object().member("chain_id", chain.chain_id).key("ledger");
    write(w, chain.ledger);
    w.key("blocks").begin_array();
    for (const BlockCount& each : chain.blocks)
        w.begin_object().member("block", each.block).member("transactions", each.transactions).end_object();
    w.end_array().member("blocks_forgotten_to", chain.blocks_forgotten_to).end_object();
}

}  // namespace

JsonStatus read_json(JsonElement e, Loss& out) {
    return JsonObject{e}.number("at", out.at).integer("wei", out.wei).end();
}

JsonStatus read_json(JsonElement e, BlockCount& out) {
    uint64_t transactions = 0;
    JsonStatus read = JsonObject{e}.number("block", out.block).number("transactions", transactions, UINT32_MAX).end();
    out.transactions = static_cast<uint32_t>(transactions);
    return read;
}

JsonStatus read_json(JsonElement e, LedgerState& out) {
    uint64_t failures = 0;
    JsonObject object{e};
    object.required("losses", out.losses)
        .integer("total_loss_wei", out.total_loss_wei)
        .integer("total_gain_wei", out.total_gain_wei)
        .number("failures_in_row", failures, UINT32_MAX)
        .required("stopped", out.stopped);
    if (object.find("paused_until")) object.number("paused_until", out.paused_until.emplace());
    out.failures_in_row = static_cast<uint32_t>(failures);
    return object.end();
}

JsonStatus read_json(JsonElement e, ChainState& out) {
    return JsonObject{e}
        .number("chain_id", out.chain_id)
        .required("ledger", out.ledger)
        .required("blocks", out.blocks)
        .number("blocks_forgotten_to", out.blocks_forgotten_to)
        .end();
}

JsonStatus read_json(JsonElement e, InFlight& out) {
    return JsonObject{e}
        .required("id", out.id)
        .number("chain_id", out.chain_id)
        .number("block_number", out.block_number)
        .integer("at_risk_wei", out.at_risk_wei)
        .integer("at_risk_reference_wei", out.at_risk_reference_wei)
        .end();
}

std::string to_json(const BookState& state) {
    JsonWriter w;
    w.begin_object().member("time", state.time).key("all");
    write(w, state.all);
    w.key("chains").begin_array();
    for (const ChainState& each : state.chains) write(w, each);
    w.end_array().key("in_flight").begin_array();
    for (const InFlight& each : state.in_flight) {
        w.begin_object().member("id", each.id).member("chain_id", each.chain_id);
        w.member("block_number", each.block_number).key("at_risk_wei").decimal(each.at_risk_wei);
        w.key("at_risk_reference_wei").decimal(each.at_risk_reference_wei).end_object();
    }
    w.end_array();
    if (state.killed) w.member("killed", *state.killed);
    w.end_object();
    return std::move(w).take();
}

Result<BookState> parse_book_state(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return std::unexpected(document.error());
    BookState state;
    JsonObject object{document->root()};
    object.number("time", state.time)
        .required("all", state.all)
        .required("chains", state.chains)
        .required("in_flight", state.in_flight)
        .optional("killed", state.killed);
    if (const JsonStatus read = object.end(); !read) return std::unexpected(read.error().to_error());
    if (Result<void> sound = check(state); !sound) return std::unexpected(std::move(sound).error());
    return state;
}

Result<void> check(const BookState& state) {
    if (auto sound = check(state.all, state.time); !sound) return std::unexpected(std::move(sound).error().in("all"));
    for (size_t i = 0; i < state.chains.size(); ++i) {
        const ChainState& chain = state.chains[i];
        const std::string where = fmt::format("chain {}", chain.chain_id);
        if (i > 0 && chain.chain_id <= state.chains[i - 1].chain_id)
            return fail("chains are not in the order of their ids");
        if (auto sound = check(chain.ledger, state.time); !sound)
            return std::unexpected(std::move(sound).error().in(where));
        if (std::ranges::adjacent_find(chain.blocks, std::ranges::greater_equal{}, &BlockCount::block) !=
            chain.blocks.end())
            return fail(where + ": blocks are not in their order");
    }
    for (size_t i = 0; i < state.in_flight.size(); ++i) {
        const InFlight& each = state.in_flight[i];
        if (std::ranges::find(state.chains, each.chain_id, &ChainState::chain_id) == state.chains.end())
            return fail(fmt::format("{} is in flight on a chain that is not there", to_hex(each.id)));
        if (std::ranges::find(state.in_flight, each.id, &InFlight::id) - state.in_flight.begin() !=
            static_cast<ptrdiff_t>(i))
            return fail(fmt::format("{} is in flight twice", to_hex(each.id)));
    }
    return {};
}

}  // namespace osprey::risk
