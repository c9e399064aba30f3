#include "cli/demo_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/backtest_report.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

using engine::Admission;
using engine::Backtest;
using engine::Found;
using engine::FoundSwap;

namespace {

constexpr size_t cycles_shown = 5;

/// Columns of the longest label.
size_t label_width(const auto& of) {
    size_t most = 0;
    for (const auto& one : of) most = std::max(most, columns(label_of(*one.family)));
    return most;
}

uint64_t mgas_per_s(uint64_t gas, double ms) {
    return ms > 0 ? static_cast<uint64_t>(static_cast<double>(gas) / ms / 1000) : 0;
}

}  // namespace

bool DemoTotals::add(const chain::Record& record, const chain::Replay& replay, const Backtest& backtest) {
    ++blocks;
    blocks_ok += replay.ok() ? 1 : 0;
    transactions += record.block.transactions.size();
    gas += replay.gas;
    execute_ms += replay.execute_ms;
    swaps += backtest.swaps.size();
    pools += backtest.pools;
    for (size_t i = 0; i < pools_by_admission.size(); ++i) pools_by_admission[i] += backtest.pools_by_admission[i];
    moments += backtest.moments;
    search_ms += backtest.search_ms;
    prove_ms += backtest.execute_ms;
    dropped += backtest.dropped;
    refused += backtest.refused;
    found += backtest.found.size();
    equal += backtest.found.size() - backtest.differing();
    for (const Found& one : backtest.found)
        if (one.equal && one.value && (!best_value || *best_value < *one.value)) {
            best_value = one.value;
            best_block = record.number;
        }
    return replay.ok() && backtest.differing() == 0;
}

// --- for people ---------------------------------------------------------------------------------

void DemoText::block(const chain::Record& record, const chain::Replay& replay, const Backtest& backtest) const {
    const TokenTexts tokens{backtest.tokens};
    fmt::print("{}\n", paint_.rule(fmt::format("block {} · {}", grouped(record.number), replay.fork)));
    fmt::print("   {} · {} gas · {:.1f} ms · {} Mgas/s · {}\n", plural(record.block.transactions.size(), "transaction"),
               grouped(replay.gas), replay.execute_ms, grouped(mgas_per_s(replay.gas, replay.execute_ms)),
               replay.ok() ? paint_(Ink::good, "verified: all as recorded")
                           : paint_(Ink::bad, "differs from what the chain recorded"));
    for (const auto& line : replay.differences) fmt::print("     {}\n", paint_(Ink::bad, line));
    swaps(backtest, tokens);
    cycles(backtest, tokens);
    fmt::print("\n");
}

void DemoText::swaps(const Backtest& backtest, const TokenTexts& tokens) const {
    fmt::print("\n   {}\n", paint_(Ink::bold, plural(backtest.swaps.size(), "swap")));
    const size_t labels = label_width(backtest.swaps);
    for (const auto& s : backtest.swaps) {
        std::string what = fmt::format("{} → {} of tokens that the record does not name", to_string(s.amount_in),
                                       to_string(s.amount_out));
        if (s.token_in)
            what = fmt::format(
                "{} → {} {}",
                right(tokens.amount(*s.token_in, s.amount_in) + " " + left(tokens.symbol(*s.token_in), 11), 30),
                tokens.amount(*s.token_out, s.amount_out), tokens.symbol(*s.token_out));
        fmt::print("   {} {} {} {}\n", right(fmt::format("tx {}", s.tx), 7), left(label_of(*s.family), labels),
                   paint_(Ink::dim, short_hex(s.pool)), what);
    }
}

void DemoText::cycles(const Backtest& backtest, const TokenTexts& tokens) const {
    std::string summary = plural(backtest.found.size(), "plan");
    summary += backtest.found.size() == 1 ? " that gains something" : " that gain something";
    if (!backtest.found.empty()) summary += fmt::format(", {} proven", backtest.found.size() - backtest.differing());
    if (backtest.dropped != 0) summary += fmt::format(", {} beyond what the record can prove", backtest.dropped);
    fmt::print("\n   {}{}\n", paint_(Ink::bold, summary),
               paint_(Ink::dim, fmt::format(" · {} pools · searched in {:.2f} ms, executed in {:.1f} ms",
                                            backtest.pools, backtest.search_ms, backtest.execute_ms)));

    // Where a cycle stands over several moments, its best one; the same liquidity is not offered twice.
    std::vector<const Found*> shown, failures;
    for (const Found& found : backtest.found) {
        if (!found.equal) failures.push_back(&found);
        if (found.is_best) shown.push_back(&found);
    }
    std::ranges::sort(shown, [](const auto* a, const auto* b) { return b->value < a->value; });
    std::vector<const Found*> distinct;
    for (const Found* one : shown) {
        const bool repeats = std::ranges::any_of(distinct, [&](const Found* d) {
            return std::ranges::equal(one->swaps, d->swaps, {}, &FoundSwap::pool, &FoundSwap::pool);
        });
        if (!repeats) distinct.push_back(one);
    }
    for (size_t i = 0; i < std::min(distinct.size(), cycles_shown); ++i) cycle(backtest, tokens, *distinct[i]);
    if (distinct.size() > cycles_shown)
        fmt::print("\n     {}\n",
                   paint_(Ink::dim, fmt::format("and {} smaller ones; --json lists every plan of every moment",
                                                distinct.size() - cycles_shown)));
    for (const Found* one : failures) cycle(backtest, tokens, *one);
}

void DemoText::cycle(const Backtest& backtest, const TokenTexts& tokens, const Found& found) const {
    const std::string profit =
        found.value ? ether(*found.value)
                    : tokens.amount(found.profit_token, found.profit) + " " + tokens.symbol(found.profit_token);
    fmt::print("\n     {} {}", left(moment_of(found), 13), paint_(Ink::good, left("+" + profit, 22)));
    if (found.matches) {
        const engine::Realised& realised = backtest.realised[*found.matches];
        fmt::print(" {}",
                   paint_(Ink::dim, fmt::format("tx {} then takes {} of it", realised.tx, ether(realised.profit))));
    }
    fmt::print("\n");
    const size_t labels = label_width(found.swaps);
    for (const FoundSwap& s : found.swaps)
        fmt::print("       {} {} {} → {}\n", left(label_of(*s.family), labels),
                   paint_(Ink::dim, short_hex(s.pool.contract)),
                   right(tokens.amount(s.token_in, s.amount_in) + " " + left(tokens.symbol(s.token_in), 11), 30),
                   tokens.amount(s.token_out, s.amount_out) + " " + tokens.symbol(s.token_out));
    const std::string unit = tokens.text_of(found.profit_token).decimals == ether_decimals ? "wei" : "units";
    fmt::print("       leaves {} {} of {}, funded by {}\n", to_string(found.profit), unit,
               tokens.symbol(found.profit_token), found.funding);
    if (found.equal)
        fmt::print("       {}{}\n", paint_(Ink::good, "executed in the EVM: equal to the wei"),
                   paint_(Ink::dim, fmt::format(" · {} gas", grouped(found.gas))));
    else
        fmt::print("       {}\n", paint_(Ink::bad, fmt::format("FAILED: the EVM left {}, the estimate is {}: {}",
                                                               to_string(found.executed_profit),
                                                               to_string(found.profit), found.reason)));
}

void DemoText::end(const DemoTotals& t) const {
    fmt::print("{}\n", paint_.rule("in all"));
    const auto line = [&](std::string_view name, const std::string& text) {
        fmt::print("   {} {}\n", paint_(Ink::dim, left(std::string{name}, 9)), text);
    };
    line("blocks",
         fmt::format("{} executed, {} verified · {} · {} gas · {} Mgas/s", t.blocks, t.blocks_ok,
                     plural(t.transactions, "transaction"), grouped(t.gas), grouped(mgas_per_s(t.gas, t.execute_ms))));
    line("swaps", grouped(t.swaps));
    std::string_view name = "pools";
    for (const auto& text : pool_lines(t.pools_by_admission)) {
        line(name, text);
        name = "";
    }
    line("plans", fmt::format("{} found, {} proven to the wei, {} beyond the record, {}", grouped(t.found),
                              grouped(t.equal), grouped(t.dropped),
                              t.differs() == 0 ? paint_(Ink::good, "0 differ")
                                               : paint_(Ink::bad, fmt::format("{} differ", t.differs()))));
    if (t.best_value)
        line("best",
             fmt::format("{} in block {}, before gas", paint_(Ink::good, ether(*t.best_value)), grouped(t.best_block)));
    line("time", fmt::format("{:.2f} s; execution {:.1f} ms, {} {:.2f} ms, {} {:.1f} ms", t.seconds, t.execute_ms,
                             plural(t.moments, "search"), t.search_ms, plural(t.found, "proof"), t.prove_ms));
}

// --- as JSON ------------------------------------------------------------------------------------

void DemoJson::block(const chain::Record& record, const chain::Replay& replay, const Backtest& backtest) const {
    const TokenTexts tokens{backtest.tokens};
    JsonWriter out;
    out.begin_object().member("block", record.number).member("fork", replay.fork);
    out.member("txs", record.block.transactions.size()).member("gas", replay.gas).member("ok", replay.ok());
    out.member("execute_ms", replay.execute_ms)
        .member("search_ms", backtest.search_ms)
        .member("prove_ms", backtest.execute_ms);
    out.member("pools", backtest.pools).key("swaps").begin_array();
    for (const auto& s : backtest.swaps) {
        out.begin_object().member("tx", s.tx).member("pool", s.pool);
        out.member("kind", s.family->name);
        if (s.token_in) {
            write_token(out, tokens, "token_in", *s.token_in);
            write_token(out, tokens, "token_out", *s.token_out);
        }
        out.key("amount_in").decimal(s.amount_in).key("amount_out").decimal(s.amount_out).end_object();
    }
    out.end_array().key("cycles").begin_array();
    for (const Found& found : backtest.found) write_found(out, backtest, tokens, found);
    out.end_array().end_object();
    fmt::print("{}\n", out.view());
}

void DemoJson::end(const DemoTotals& t) const {
    JsonWriter out;
    out.begin_object().member("blocks", t.blocks).member("ok", t.blocks_ok).member("txs", t.transactions);
    out.member("gas", t.gas).member("swaps", t.swaps).member("pools", t.pools).member("cycles", t.found);
    out.member("proven", t.equal).member("differs", t.differs()).member("not_recorded", t.dropped);
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
