#include "cli/db_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "inspect/json_lines.hpp"
#include "primitives/hex.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

using store::Cell;
using store::Opportunity;

const TokenTexts& tokens() {
    static const std::unordered_map<Address, engine::TokenText> none;
    static const TokenTexts texts{none};
    return texts;
}

/// Decimal text as the database has it, in two's complement.
u256 amount_of(const Cell& cell) {
    u256 amount;
    if (!cell) return amount;
    const bool negative = cell->starts_with('-');
    static_cast<void>(parse_u256(std::string_view{*cell}.substr(negative ? 1 : 0), amount));
    return negative ? -amount : amount;
}
std::string short_id(const std::string& hex) {
    Hash hash;
    return parse_hex_to(hex, hash.bytes) ? short_hex(hash.bytes) : hex;
}
std::string token_amount(const std::string& token, const u256& amount) {
    Address address;
    if (!parse_hex_to(token, address.bytes)) return to_string(amount);
    return fmt::format("{} {}", tokens().amount(address, amount), tokens().symbol(address));
}

/// What became of it, in a few words.
std::string state_of(const Opportunity& o, const Painter& paint) {
    const auto because = [](const Cell& reason) { return reason && !reason->empty() ? ": " + *reason : std::string{}; };
    if (o.outcome) {
        const u256 net = amount_of(o.net);
        const bool earned = (o.outcome == "landed" || o.outcome == "paper") && !net.is_negative();
        const std::string where = o.in_block && *o.in_block != "0" ? " in " + *o.in_block : "";
        return paint(earned ? Ink::good : Ink::bad,
                     fmt::format("{}{}, net {}{}", *o.outcome, where, signed_ether(net), because(o.outcome_reason)));
    }
    if (o.tx) return fmt::format("sent for {}", o.for_block.value_or("?"));
    if (!o.accepted) return paint(Ink::dim, "found");
    return o.accepted == "1" ? "accepted" + because(o.reason) : paint(Ink::dim, "refused" + because(o.reason));
}

/// Prints the events of one opportunity, line by line.
class StoryPrinter {
public:
    explicit StoryPrinter(const Painter& paint) : paint_(paint) {}

    JsonStatus print(const store::LiveEvent& event) {
        const auto document = JsonDocument::parse(event.json);
        if (!document) return json_fail(document.error().message);
        JsonObject o{document->root()};
        const std::string at = fmt::format("{}  {:>9}  ", store::time_text(event.received_at), event.block);
        if (event.event == "found") return found(at, o);
        if (event.event == "verdict") return verdict(at, o);
        if (event.event == "sent") return sent(at, o);
        if (event.event == "outcome") return outcome(at, o);
        fmt::print("{}{}\n", at, event.json);
        return o.end();
    }

private:
    static std::string text(JsonObject& o, std::string_view name) {
        std::string value;
        o.optional(name, value);
        return value;
    }
    static u256 number(JsonObject& o, std::string_view name) {
        u256 value;
        if (o.find(name)) o.integer(name, value);
        return value;
    }

    JsonStatus found(const std::string& at, JsonObject& o) const {
        const std::string follows = text(o, "follows"), token = text(o, "profit_token"), reason = text(o, "reason");
        fmt::print("{}{} {}\n", at, paint_(Ink::bold, "found"), text(o, "strategy"));
        if (!follows.empty()) line("behind pending " + follows);
        if (const auto swaps = o.find("swaps"))
            if (auto done = for_each_item(*swaps, [](JsonElement swap, size_t) { return print_swap(swap); }); !done)
                return done;
        line(fmt::format("profit {}, worth {}, gas {} for {}, net {}", token_amount(token, number(o, "profit")),
                         ether(number(o, "value")), to_string(number(o, "gas")), ether(number(o, "gas_cost")),
                         signed_ether(amount_of(text(o, "net")))));
        if (!reason.empty()) line("not as planned: " + reason);
        return o.end();
    }
    static JsonStatus print_swap(JsonElement swap) {
        JsonObject o{swap};
        const std::string in = token_amount(text(o, "token_in"), number(o, "amount_in"));
        const std::string out = token_amount(text(o, "token_out"), number(o, "amount_out"));
        line(fmt::format("{} {}: {} for {}", text(o, "kind"), text(o, "pool"), in, out));
        return o.end();
    }
    JsonStatus verdict(const std::string& at, JsonObject& o) const {
        bool accepted = false;
        o.required("accepted", accepted);
        const std::string reason = text(o, "reason");
        fmt::print("{}{}{}\n", at, accepted ? paint_(Ink::bold, "accepted") : paint_(Ink::bad, "refused"),
                   reason.empty() ? "" : ": " + reason);
        return o.end();
    }
    JsonStatus sent(const std::string& at, JsonObject& o) const {
        fmt::print("{}{} for block {}, nonce {}, {} wei of priority fee a gas\n", at, paint_(Ink::bold, "sent"),
                   to_string(number(o, "for_block")), to_string(number(o, "nonce")),
                   to_string(number(o, "priority_fee")));
        line("as " + text(o, "tx"));
        return o.end();
    }
    JsonStatus outcome(const std::string& at, JsonObject& o) const {
        const std::string kind = text(o, "kind"), reason = text(o, "reason"), token = text(o, "token");
        const u256 in_block = number(o, "in_block"), net = amount_of(text(o, "net"));
        fmt::print("{}{}{}{}\n", at, paint_(kind == "landed" || kind == "paper" ? Ink::good : Ink::bad, kind),
                   in_block ? " in block " + to_string(in_block) : "", reason.empty() ? "" : ": " + reason);
        if (kind == "unwound") return o.end();
        if (in_block) line("as " + text(o, "tx"));
        line(fmt::format("profit {}, gas {}, net {}", token_amount(token, number(o, "profit")),
                         ether(number(o, "gas_cost")), signed_ether(net)));
        return o.end();
    }
    static void line(const std::string& text) { fmt::print("{:39}{}\n", "", text); }

    const Painter& paint_;
};

}  // namespace

void print_opportunities(std::span<const Opportunity> list, const Painter& paint) {
    if (list.empty()) return fmt::print("there are none\n");
    fmt::print("{}\n", paint(Ink::dim, fmt::format("{:<19}  {:>8}  {:>9}  {:<13}  {:<10}  {:>14}  {}", "found (UTC)",
                                                   "chain", "block", "id", "strategy", "worth", "what became of it")));
    for (const Opportunity& o : list)
        fmt::print("{:<19}  {:>8}  {:>9}  {}  {:<10}  {:>14}  {}\n", o.first_at->substr(0, 19), *o.chain_id, *o.block,
                   left(short_id(*o.id), 13), o.strategy.value_or(""),
                   o.expected_value ? ether(amount_of(o.expected_value)) : "", state_of(o, paint));
}

void print_opportunities_json(std::span<const Opportunity> list) {
    using Kind = store::OpportunityField::Kind;
    for (const Opportunity& o : list) {
        JsonWriter out;
        out.begin_object();
        for (const store::OpportunityField& field : store::opportunity_fields()) {
            const Cell& cell = o.*field.cell;
            out.key(field.name);
            if (!cell)
                out.null();
            else if (field.kind == Kind::boolean)
                out.boolean(cell == "1");
            else if (field.kind == Kind::integer)
                out.raw(*cell);
            else
                out.string(*cell);
        }
        out.end_object();
        fmt::print("{}\n", out.view());
    }
}

Result<void> print_story(std::span<const store::LiveEvent> events, const Painter& paint) {
    fmt::print("{}\n", paint(Ink::bold, *events.front().id));
    StoryPrinter printer{paint};
    for (size_t i = 0; i < events.size(); ++i) {
        const store::LiveEvent& event = events[i];
        if (i == 0 || event.run != events[i - 1].run || event.chain_id != events[i - 1].chain_id)
            fmt::print("{}\n", paint(Ink::dim, fmt::format("chain {}, in the run that began {} UTC", event.chain_id,
                                                           store::time_text(event.run))));
        if (auto done = printer.print(event); !done) return std::unexpected(done.error().to_error());
    }
    return {};
}

void print_profits(std::span<const store::DayProfit> days) {
    if (days.empty()) return fmt::print("nothing has landed\n");
    fmt::print("{:<10}  {:>8}  {:<10}  {:>6}  {:>24}  {:>14}  {:>14}\n", "day (UTC)", "chain", "strategy", "landed",
               "profit", "gas", "net");
    for (const store::DayProfit& d : days)
        fmt::print("{:<10}  {:>8}  {:<10}  {:>6}  {:>24}  {:>14}  {:>14}\n", d.day, d.chain_id, d.strategy, d.landed,
                   token_amount(d.token, d.profit), ether(d.gas_cost), signed_ether(d.net));
}

void print_profits_json(std::span<const store::DayProfit> days) {
    for (const store::DayProfit& d : days) {
        JsonWriter out;
        out.begin_object().member("day", d.day).member("chain_id", d.chain_id).member("strategy", d.strategy);
        out.member("token", d.token).member("landed", d.landed).key("profit").decimal(d.profit);
        out.key("gas_cost").decimal(d.gas_cost).member("net", inspect::signed_decimal(d.net)).end_object();
        fmt::print("{}\n", out.view());
    }
}

}  // namespace osprey::cli
