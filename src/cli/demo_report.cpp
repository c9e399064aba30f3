#include "cli/demo_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/token_names.hpp"
#include "primitives/hex.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

using engine::Admission;
using engine::FoundCycle;
using engine::FoundHop;
using engine::Survey;
using Verdict = FoundCycle::Verdict;

namespace {

constexpr size_t width = 100;
constexpr size_t cycles_shown = 5;
constexpr unsigned ether_decimals = 18;

std::string grouped(std::string digits) {
    for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
    return digits;
}
std::string grouped(uint64_t n) { return grouped(std::to_string(n)); }

/// As many places as tell something of a value of this size; what is cut off is cut, not rounded.
std::string human(const u256& amount, unsigned decimals) {
    std::string digits = to_string(amount);
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    const std::string whole = digits.substr(0, digits.size() - decimals);
    std::string fraction = digits.substr(digits.size() - decimals);
    size_t places = whole.size() > 3 ? 2 : 4;
    if (whole == "0") places = std::max<size_t>(places, fraction.find_first_not_of('0') + 4);
    if (fraction.size() > places) fraction.resize(places);
    while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
    return fraction.empty() ? grouped(whole) : grouped(whole) + "." + fraction;
}

std::string ether(const u256& wei) { return human(wei, ether_decimals) + " ETH"; }

std::string short_address(const Address& a) {
    const std::string hex = to_hex(a);
    return hex.substr(0, 6) + "…" + hex.substr(hex.size() - 4);
}

/// What fits in a column: forks of Uniswap's pairs are of the same family as the original.
std::string label_of(const protocol::Family& family) {
    static constexpr std::pair<std::string_view, std::string_view> labels[] = {
        {"uniswap_v2", "V2"},         {"uniswap_v3", "V3"},   {"pancakeswap_v3", "Pancake V3"},
        {"slipstream", "Slipstream"}, {"solidly", "Solidly"},
    };
    for (const auto& [name, label] : labels)
        if (name == family.name) return std::string{label};
    return std::string{family.name};
}
/// Columns of the longest label.
size_t label_width(const auto& of) {
    size_t most = 0;
    for (const auto& one : of) most = std::max(most, label_of(*one.family).size());
    return most;
}

/// What the record tells of a token, else what is commonly known.
engine::TokenText text_of(const Survey& survey, const Address& token) {
    engine::TokenText text;
    if (const auto at = survey.tokens.find(token); at != survey.tokens.end()) text = at->second;
    if (const auto* known = find_token_name(token)) {
        if (text.symbol.empty()) text.symbol = known->symbol;
        if (!text.decimals) text.decimals = known->decimals;
    }
    return text;
}

std::string symbol(const Survey& survey, const Address& token) {
    auto text = text_of(survey, token);
    return text.symbol.empty() ? short_address(token) : std::move(text.symbol);
}

/// In powers of ten of the smallest unit where nobody knows the decimals: "51.3183e18".
std::string amount_of(const Survey& survey, const Address& token, const u256& amount) {
    if (const auto decimals = text_of(survey, token).decimals) return human(amount, *decimals);
    const auto digits = static_cast<unsigned>(to_string(amount).size());
    const unsigned power = (digits - 1) / 3 * 3;
    return human(amount, power) + (power == 0 ? "" : fmt::format("e{}", power));
}

size_t columns(std::string_view utf8) {
    return static_cast<size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xc0) != 0x80; }));
}
std::string left(std::string text, size_t size) {
    const size_t used = columns(text);
    return used < size ? text.append(size - used, ' ') : text;
}
std::string right(std::string text, size_t size) {
    const size_t used = columns(text);
    return used < size ? text.insert(0, size - used, ' ') : text;
}

uint64_t mgas_per_s(uint64_t gas, double ms) {
    return ms > 0 ? static_cast<uint64_t>(static_cast<double>(gas) / ms / 1000) : 0;
}

std::string moment(const FoundCycle& cycle) {
    return cycle.after_tx ? fmt::format("after tx {}", *cycle.after_tx) : std::string{"before tx 0"};
}

std::string plural(size_t n, std::string_view one) {
    return fmt::format("{} {}{}", grouped(n), one, n == 1 ? "" : one.ends_with('s') || one.ends_with('h') ? "es" : "s");
}

}  // namespace

bool DemoTotals::add(const chain::Record& record, const chain::Replay& replay, const Survey& survey) {
    ++blocks;
    blocks_ok += replay.ok() ? 1 : 0;
    transactions += record.block.transactions.size();
    gas += replay.gas;
    execute_ms += replay.execute_ms;
    swaps += survey.swaps.size();
    pools += survey.pools;
    for (size_t i = 0; i < pools_by_admission.size(); ++i) pools_by_admission[i] += survey.pools_by_admission[i];
    cycles += survey.cycles.size();
    searches += survey.searches;
    search_ms += survey.search_ms;
    prove_ms += survey.prove_ms;
    bool all_equal = true;
    for (const FoundCycle& cycle : survey.cycles) {
        equal += cycle.verdict == Verdict::equal ? 1 : 0;
        not_recorded += cycle.verdict == Verdict::not_recorded ? 1 : 0;
        if (cycle.verdict == Verdict::differs) {
            ++differs;
            all_equal = false;
        }
        if (cycle.verdict == Verdict::equal && cycle.value && (!best_value || *best_value < *cycle.value)) {
            best_value = cycle.value;
            best_block = record.number;
        }
    }
    return replay.ok() && all_equal;
}

// --- for people ---------------------------------------------------------------------------------

std::string DemoText::paint(Ink ink, std::string_view text) const {
    if (!color_) return std::string{text};
    static constexpr const char* codes[] = {"1", "2", "32", "31"};
    return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<size_t>(ink)], text);
}

void DemoText::rule(std::string_view title) const {
    std::string line;
    for (size_t i = columns(title) + 4; i < width; ++i) line += "─";
    fmt::print("── {} {}\n", paint(Ink::bold, title), paint(Ink::dim, line));
}

void DemoText::block(const chain::Record& record, const chain::Replay& replay, const Survey& survey) const {
    rule(fmt::format("block {} · {}", grouped(record.number), replay.fork));
    fmt::print("   {} · {} gas · {:.1f} ms · {} Mgas/s · {}\n", plural(record.block.transactions.size(), "transaction"),
               grouped(replay.gas), replay.execute_ms, grouped(mgas_per_s(replay.gas, replay.execute_ms)),
               replay.ok() ? paint(Ink::good, "verified: all as recorded")
                           : paint(Ink::bad, "differs from what the chain recorded"));
    for (const auto& line : replay.differences) fmt::print("     {}\n", paint(Ink::bad, line));
    swaps(survey);
    cycles(survey);
    fmt::print("\n");
}

void DemoText::swaps(const Survey& survey) const {
    fmt::print("\n   {}\n", paint(Ink::bold, plural(survey.swaps.size(), "swap")));
    const size_t labels = label_width(survey.swaps);
    for (const auto& s : survey.swaps) {
        std::string what = fmt::format("{} → {} of tokens that the record does not name", to_string(s.amount_in),
                                       to_string(s.amount_out));
        if (s.token_in)
            what = fmt::format(
                "{} → {} {}",
                right(amount_of(survey, *s.token_in, s.amount_in) + " " + left(symbol(survey, *s.token_in), 11), 30),
                amount_of(survey, *s.token_out, s.amount_out), symbol(survey, *s.token_out));
        fmt::print("   {} {} {} {}\n", right(fmt::format("tx {}", s.tx), 7), left(label_of(*s.family), labels),
                   paint(Ink::dim, short_address(s.pool)), what);
    }
}

void DemoText::cycles(const Survey& survey) const {
    const auto count = [&](Verdict v) { return std::ranges::count(survey.cycles, v, &FoundCycle::verdict); };
    std::string summary = plural(survey.cycles.size(), "cycle");
    summary += survey.cycles.size() == 1 ? " that gains something" : " that gain something";
    if (!survey.cycles.empty()) summary += fmt::format(", {} proven", count(Verdict::equal));
    if (const auto n = count(Verdict::not_recorded); n != 0)
        summary += fmt::format(", {} beyond what the record can prove", n);
    fmt::print("\n   {}{}\n", paint(Ink::bold, summary),
               paint(Ink::dim, fmt::format(" · {} pools · searched in {:.2f} ms, proven in {:.1f} ms", survey.pools,
                                           survey.search_ms, survey.prove_ms)));

    // Where a cycle stands over several moments, its best one; the same liquidity is not offered twice.
    std::vector<const FoundCycle*> shown, failures;
    for (const FoundCycle& c : survey.cycles) {
        if (c.verdict == Verdict::differs) failures.push_back(&c);
        if (c.is_best) shown.push_back(&c);
    }
    std::ranges::sort(shown, [](const auto* a, const auto* b) { return b->value < a->value; });
    std::vector<const FoundCycle*> distinct;
    for (const FoundCycle* c : shown) {
        const bool repeats = std::ranges::any_of(distinct, [&](const FoundCycle* d) {
            return std::ranges::equal(c->hops, d->hops, {}, &FoundHop::pool, &FoundHop::pool);
        });
        if (!repeats) distinct.push_back(c);
    }
    for (size_t i = 0; i < std::min(distinct.size(), cycles_shown); ++i) cycle(survey, *distinct[i]);
    if (distinct.size() > cycles_shown)
        fmt::print("\n     {}\n",
                   paint(Ink::dim, fmt::format("and {} smaller ones; --json lists every cycle of every moment",
                                               distinct.size() - cycles_shown)));
    for (const FoundCycle* c : failures) cycle(survey, *c);
}

void DemoText::cycle(const Survey& survey, const FoundCycle& c) const {
    const Address& start = c.hops[0].token_in;
    const std::string profit =
        c.value ? ether(*c.value) : amount_of(survey, start, c.gain) + " " + symbol(survey, start);
    fmt::print("\n     {} {}", left(moment(c), 13), paint(Ink::good, left("+" + profit, 22)));
    if (c.taken_by)
        fmt::print(" {}", paint(Ink::dim, fmt::format("tx {} then swaps through the same pools", *c.taken_by)));
    fmt::print("\n");
    const size_t labels = label_width(c.hops);
    for (const FoundHop& h : c.hops)
        fmt::print("       {} {} {} → {}\n", left(label_of(*h.family), labels), paint(Ink::dim, short_address(h.pool)),
                   right(amount_of(survey, h.token_in, h.amount_in) + " " + left(symbol(survey, h.token_in), 11), 30),
                   amount_of(survey, h.token_out, h.amount_out) + " " + symbol(survey, h.token_out));
    const std::string unit = text_of(survey, start).decimals == ether_decimals ? "wei" : "units";
    fmt::print("       in {} {} of {}, gain {} {}\n", to_string(c.amount_in()), unit, symbol(survey, start),
               to_string(c.gain), unit);
    if (c.verdict == Verdict::equal)
        fmt::print("       {}{}\n", paint(Ink::good, "proven in the EVM: equal to the wei"),
                   paint(Ink::dim, fmt::format(" · {} gas", grouped(c.gas_used))));
    else
        fmt::print("       {}\n", paint(Ink::bad, fmt::format("FAILED: the EVM gave back {}, the estimate is {}",
                                                              to_string(c.executed_out), to_string(c.amount_out()))));
}

void DemoText::end(const DemoTotals& t) const {
    rule("in all");
    const auto line = [&](std::string_view name, const std::string& text) {
        fmt::print("   {} {}\n", paint(Ink::dim, left(std::string{name}, 9)), text);
    };
    line("blocks",
         fmt::format("{} executed, {} verified · {} · {} gas · {} Mgas/s", t.blocks, t.blocks_ok,
                     plural(t.transactions, "transaction"), grouped(t.gas), grouped(mgas_per_s(t.gas, t.execute_ms))));
    line("swaps", grouped(t.swaps));
    const auto pools = [&](Admission a) { return t.pools_by_admission[static_cast<size_t>(a)]; };
    line("pools",
         fmt::format("{} hold against their own code and were searched; left out:", pools(Admission::admitted)));
    line("", fmt::format("{} not wholly recorded, {} with another outcome (fee, taxed or limited token), {} empty,",
                         pools(Admission::not_recorded), pools(Admission::other_outcome), pools(Admission::empty)));
    line("", fmt::format("{} with a token that cannot be funded here, {} of kinds that cannot be swapped here yet",
                         pools(Admission::not_fundable), pools(Admission::not_executable)));
    line("cycles", fmt::format("{} found, {} proven to the wei, {} beyond the record, {}", grouped(t.cycles),
                               grouped(t.equal), grouped(t.not_recorded),
                               t.differs == 0 ? paint(Ink::good, "0 differ")
                                              : paint(Ink::bad, fmt::format("{} differ", t.differs))));
    if (t.best_value)
        line("best",
             fmt::format("{} in block {}, before gas", paint(Ink::good, ether(*t.best_value)), grouped(t.best_block)));
    line("time", fmt::format("{:.2f} s; execution {:.1f} ms, {} {:.2f} ms, {} {:.1f} ms", t.seconds, t.execute_ms,
                             plural(t.searches, "search"), t.search_ms, plural(t.cycles, "proof"), t.prove_ms));
}

// --- as JSON ------------------------------------------------------------------------------------

namespace {

void write_text(JsonWriter& out, const Survey& survey, std::string_view name, const Address& token) {
    const auto text = text_of(survey, token);
    out.key(name).begin_object().member("address", token);
    if (!text.symbol.empty()) out.member("symbol", text.symbol);
    if (text.decimals) out.member("decimals", *text.decimals);
    out.end_object();
}

void write(JsonWriter& out, const Survey& survey, const FoundCycle& c) {
    out.begin_object().key("after_tx");
    if (c.after_tx)
        out.number(*c.after_tx);
    else
        out.null();
    out.key("path").begin_array();
    for (const FoundHop& h : c.hops) {
        out.begin_object().member("pool", h.pool).member("kind", h.family->name);
        out.member("fee", h.fee);
        write_text(out, survey, "token_in", h.token_in);
        write_text(out, survey, "token_out", h.token_out);
        out.key("amount_in").decimal(h.amount_in).key("amount_out").decimal(h.amount_out).end_object();
    }
    out.end_array();
    out.key("amount_in").decimal(c.amount_in()).key("amount_out").decimal(c.amount_out());
    out.key("profit").decimal(c.gain).key("value_wei");
    if (c.value)
        out.decimal(*c.value);
    else
        out.null();
    static constexpr const char* verdicts[] = {"equal", "differs", "not_recorded"};
    out.member("proof", verdicts[static_cast<size_t>(c.verdict)]);
    if (c.verdict != Verdict::not_recorded) {
        out.key("executed_out").decimal(c.executed_out);
        out.member("gas_used", c.gas_used).member("best", c.is_best);
    }
    if (c.taken_by) out.member("taken_by", *c.taken_by);
    out.end_object();
}

}  // namespace

void DemoJson::block(const chain::Record& record, const chain::Replay& replay, const Survey& survey) const {
    JsonWriter out;
    out.begin_object().member("block", record.number).member("fork", replay.fork);
    out.member("txs", record.block.transactions.size()).member("gas", replay.gas).member("ok", replay.ok());
    out.member("execute_ms", replay.execute_ms)
        .member("search_ms", survey.search_ms)
        .member("prove_ms", survey.prove_ms);
    out.member("pools", survey.pools).key("swaps").begin_array();
    for (const auto& s : survey.swaps) {
        out.begin_object().member("tx", s.tx).member("pool", s.pool);
        out.member("kind", s.family->name);
        if (s.token_in) {
            write_text(out, survey, "token_in", *s.token_in);
            write_text(out, survey, "token_out", *s.token_out);
        }
        out.key("amount_in").decimal(s.amount_in).key("amount_out").decimal(s.amount_out).end_object();
    }
    out.end_array().key("cycles").begin_array();
    for (const FoundCycle& c : survey.cycles) write(out, survey, c);
    out.end_array().end_object();
    fmt::print("{}\n", out.view());
}

void DemoJson::end(const DemoTotals& t) const {
    JsonWriter out;
    out.begin_object().member("blocks", t.blocks).member("ok", t.blocks_ok).member("txs", t.transactions);
    out.member("gas", t.gas).member("swaps", t.swaps).member("pools", t.pools).member("cycles", t.cycles);
    out.member("proven", t.equal).member("differs", t.differs).member("not_recorded", t.not_recorded);
    out.key("best_value_wei");
    if (t.best_value)
        out.decimal(*t.best_value);
    else
        out.null();
    out.member("execute_ms", t.execute_ms).member("search_ms", t.search_ms).member("prove_ms", t.prove_ms);
    out.member("seconds", t.seconds).end_object();
    fmt::print("{}\n", out.view());
}

}  // namespace osprey::cli
