#include "cli/inspect_report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "cli/report_text.hpp"
#include "cli/token_names.hpp"
#include "inspect/json_lines.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

using inspect::Finding;
using inspect::Inspection;
using inspect::Kind;

namespace {

std::string amount_of(const inspect::TokenChange& change) {
    const std::string sign = change.amount.is_negative() ? "-" : "+";
    const u256 magnitude = change.amount.is_negative() ? -change.amount : change.amount;
    if (change.token == inspect::native_coin) return sign + ether(magnitude);
    if (const TokenName* name = find_token_name(change.token))
        return fmt::format("{}{} {}", sign, human(magnitude, name->decimals), name->symbol);
    return fmt::format("{}{} of {}", sign, to_string(magnitude), short_hex(change.token));
}

std::string list_of(std::span<const inspect::TokenChange> changes) {
    std::string text;
    for (const auto& c : changes) text += (text.empty() ? "" : ", ") + amount_of(c);
    return text.empty() ? "nothing" : text;
}

std::string places_of(const inspect::BlockView& view, std::span<const uint32_t> txs) {
    std::string text;
    for (const uint32_t tx : txs) text += fmt::format("{}{}", text.empty() ? "" : " ", view.txs[tx].index);
    return text;
}

std::string title_of(Kind kind) {
    std::string title{inspect::name_of(kind)};
    std::ranges::replace(title, '_', ' ');
    return title;
}

std::string reasons_of(const Finding& f) {
    std::string text;
    for (const auto reason : f.reasons) {
        std::string words{inspect::name_of(reason)};
        std::ranges::replace(words, '_', ' ');
        text += (text.empty() ? "" : ", ") + words;
    }
    return text;
}

void add_finding(std::string& out, const Inspection& seen, const Finding& f) {
    const auto& view = seen.view;
    out += fmt::format("  tx {:<12} {:<16} {}", places_of(view, f.txs), title_of(f.kind), short_hex(f.actor));
    if (!f.contracts.empty()) {
        out += " with";
        for (const Address& contract : f.contracts) out += " " + short_hex(contract);
    }
    out += "\n";
    constexpr auto line = "      {:<11} {}\n";
    for (const uint32_t tx : f.txs) out += fmt::format(line, "transaction", to_hex(view.txs[tx].hash));
    if (f.kind == Kind::swap) {
        const inspect::Swap& s = inspect::swap_of(seen.actions, f);
        out += fmt::format(line, "pool", to_hex(s.pool.contract) + " (" + std::string{name_of(s.protocol)} + ")");
        out += fmt::format(line, "trade", list_of(f.profit));
        return;
    }
    if (f.fill) {
        const inspect::Fill& fill = seen.actions.fills[*f.fill];
        out += fmt::format(line, "router", to_hex(fill.contract) + " (" + std::string{name_of(fill.router)} + ")");
        out += fmt::format(line, "trade", list_of(f.profit));
        return;
    }
    std::string pools;
    for (const auto& pool : f.pools) pools += (pools.empty() ? "" : " ") + short_hex(pool.contract);
    if (!pools.empty()) out += fmt::format(line, f.liquidation ? "market" : "pools", pools);
    out += fmt::format(line, "balances", list_of(f.profit));
    std::string worth = f.profit_wei ? "worth " + signed_ether(*f.profit_wei) : "worth not known here";
    worth += fmt::format("; gas {}", ether(f.cost_wei));
    if (const auto net = f.net_wei()) worth += fmt::format("; after gas {}", signed_ether(*net));
    if (f.builder_wei()) worth += fmt::format("; to the builder {}", ether(f.builder_wei()));
    out += fmt::format(line, "result", worth);
    for (const auto& v : f.victims)
        out += fmt::format(line, f.liquidation ? "borrower" : "victim",
                           fmt::format("tx {} {} lost {}", view.txs[v.tx].index, short_hex(v.sender),
                                       v.loss_known ? list_of(v.loss) : "what cannot be told from here"));
    if (!f.related.empty())
        out += fmt::format(line, f.kind == Kind::backrun ? "opened by" : "around", "tx " + places_of(view, f.related));
    out += fmt::format(line, "because", fmt::format("{} ({:.0f} %)", reasons_of(f), f.confidence * 100));
}

}  // namespace

std::string inspection_lines(const Inspection& seen, const KindFilter& kinds) {
    std::string out;
    JsonWriter json;
    if (!seen.note.empty()) {
        json.begin_object().member("block", seen.view.number).member("kind", "note").member("note", seen.note);
        json.end_object();
        out.append(json.view()).append(1, '\n');
    }
    for (const Finding& f : seen.findings) {
        if (!kinds[static_cast<size_t>(f.kind)]) continue;
        json.clear();
        write_json(json, seen, f);
        out.append(json.view()).append(1, '\n');
    }
    return out;
}

std::string inspection_report(const Inspection& seen, const KindFilter& kinds) {
    const auto& view = seen.view;
    std::string out = fmt::format("Block {}, ", view.number);
    if (view.timestamp != 0)
        out += fmt::format("{:%Y-%m-%d %H:%M:%S} UTC, ", fmt::gmtime(static_cast<std::time_t>(view.timestamp)));
    out += fmt::format("{} transactions\n", view.txs.size());
    size_t counts[inspect::kinds]{};
    for (const Finding& f : seen.findings) ++counts[static_cast<size_t>(f.kind)];
    std::string held;
    for (size_t i = 0; i < inspect::kinds; ++i)
        if (counts[i] != 0)
            held += fmt::format("{}{} {}", held.empty() ? "" : ", ", title_of(static_cast<Kind>(i)), counts[i]);
    out += fmt::format("  {}\n", held.empty() ? "nothing was traded" : held);
    if (!seen.note.empty()) out += fmt::format("  Inspected {}.\n", seen.note);
    for (const Finding& f : seen.findings)
        if (kinds[static_cast<size_t>(f.kind)]) add_finding(out, seen, f);
    return out;
}

}  // namespace osprey::cli
