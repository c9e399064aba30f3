#include "cli/backtest_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "inspect/json_lines.hpp"
#include "primitives/hex.hpp"
#include "primitives/real.hpp"
#include "types/json_writer.hpp"

namespace osprey::cli {

using engine::Admission;
using engine::Backtest;
using engine::Found;
using engine::FoundSwap;
using engine::Realised;

namespace {

constexpr size_t found_shown = 12;

std::string percent(double part) { return fmt::format("{:.0f} %", 100 * part); }

/// "WETH → USDC → DAI → WETH"; a plan of several ways names its swaps by number alone.
std::string route_of(const TokenTexts& tokens, const Found& found) {
    std::string text = tokens.symbol(found.swaps.front().token_in);
    for (size_t i = 0; i < found.swaps.size(); ++i) {
        if (i > 0 && found.swaps[i].token_in != found.swaps[i - 1].token_out)
            return fmt::format("{} in {} over several ways", tokens.symbol(found.profit_token),
                               plural(found.swaps.size(), "swap"));
        text += " → " + tokens.symbol(found.swaps[i].token_out);
    }
    return text;
}

std::string labels_of(const Found& found) {
    std::string text;
    for (const FoundSwap& swap : found.swaps) text += (text.empty() ? "" : ", ") + label_of(*swap.family);
    return text;
}

void write_wei(JsonWriter& out, std::string_view name, const std::optional<u256>& wei) {
    out.key(name);
    if (wei)
        out.decimal(*wei);
    else
        out.null();
}

void write_number(JsonWriter& out, std::string_view name, const std::optional<double>& number) {
    out.key(name);
    if (number)
        out.number(*number);
    else
        out.null();
}

}  // namespace

std::string moment_of(const Found& found) {
    return found.after_tx ? fmt::format("after tx {}", *found.after_tx) : std::string{"before tx 0"};
}

std::vector<std::string> pool_lines(const std::array<size_t, engine::admissions>& pools) {
    const auto count = [&](Admission a) { return pools[static_cast<size_t>(a)]; };
    return {fmt::format("{} hold against their own code and were searched; left out:", count(Admission::admitted)),
            fmt::format("{} not wholly recorded, {} with another outcome (fee, taxed or limited token), {} empty,",
                        count(Admission::not_recorded), count(Admission::other_outcome), count(Admission::empty)),
            fmt::format("{} with a token that cannot be funded here, {} of kinds that cannot be swapped here",
                        count(Admission::not_fundable), count(Admission::not_executable))};
}

void write_token(JsonWriter& out, const TokenTexts& tokens, std::string_view name, const Address& token) {
    const auto text = tokens.text_of(token);
    out.key(name).begin_object().member("address", token);
    if (!text.symbol.empty()) out.member("symbol", text.symbol);
    if (text.decimals) out.member("decimals", *text.decimals);
    out.end_object();
}

void write_found(JsonWriter& out, const Backtest& backtest, const TokenTexts& tokens, const Found& found) {
    out.begin_object().key("after_tx");
    if (found.after_tx)
        out.number(*found.after_tx);
    else
        out.null();
    out.member("strategy", found.strategy);
    write_wei(out, "profit_wei", found.value);
    out.key("net_wei");
    if (found.value)
        out.string(inspect::signed_decimal(found.net));
    else
        out.null();
    out.member("gas", found.gas).key("path").begin_array();
    for (const FoundSwap& swap : found.swaps) {
        out.begin_object().member("pool", swap.pool.contract);
        if (swap.pool.id != Hash{}) out.member("id", swap.pool.id);
        out.member("kind", swap.family->name);
        write_token(out, tokens, "token_in", swap.token_in);
        write_token(out, tokens, "token_out", swap.token_out);
        out.key("amount_in").decimal(swap.amount_in).key("amount_out").decimal(swap.amount_out).end_object();
    }
    out.end_array().key("matches");
    if (found.matches)
        out.hex(backtest.realised[*found.matches].hash);
    else
        out.null();
    write_token(out, tokens, "profit_token", found.profit_token);
    out.key("profit").decimal(found.profit);
    out.member("funding", found.funding).key("payment_wei").decimal(found.payment);
    out.member("best", found.is_best).member("equal", found.equal);
    if (!found.equal) {
        out.key("executed_profit").decimal(found.executed_profit);
        out.member("reason", found.reason);
    }
    out.end_object();
}

void BacktestTotals::add(const chain::Record& record, const Backtest& backtest) {
    ++blocks;
    transactions += record.block.transactions.size();
    moments += backtest.moments;
    for (size_t i = 0; i < pools.size(); ++i) pools[i] += backtest.pools_by_admission[i];
    realised += backtest.realised.size();
    realised_found += backtest.realised_found();
    for (const Realised& one : backtest.realised) {
        realised_wei += to_double(one.profit);
        if (one.found_by) matched_wei += to_double(backtest.found[*one.found_by].value.value_or(u256{}));
    }
    found += backtest.found.size();
    differing += backtest.differing();
    dropped += backtest.dropped;
    refused += backtest.refused;
    for (const Found& one : backtest.found) {
        if (!one.is_best) continue;
        ++best;
        if (!one.value) continue;
        profit += *one.value;
        net += one.net;
        gas += one.gas;
    }
    search_ms += backtest.search_ms;
    execute_ms += backtest.execute_ms;
}

void BacktestTotals::add_failed(std::span<const Realised> taken) {
    ++failed_blocks;
    realised += taken.size();
    for (const Realised& one : taken) realised_wei += to_double(one.profit);
}

// --- for people ---------------------------------------------------------------------------------

void BacktestText::block(const chain::Record& record, const Backtest& backtest) const {
    fmt::print("{}\n", paint_.rule("block " + grouped(record.number)));
    fmt::print("   {}\n",
               paint_(Ink::dim, fmt::format("{} · {} · {} · searched in {:.2f} ms, executed in {:.1f} ms",
                                            plural(record.block.transactions.size(), "transaction"),
                                            plural(backtest.pools, "pool"), plural(backtest.moments, "moment"),
                                            backtest.search_ms, backtest.execute_ms)));
    realised(backtest);
    found(backtest);
    fmt::print("\n");
}

void BacktestText::realised(const Backtest& backtest) const {
    if (backtest.realised.empty()) {
        fmt::print("\n   {}\n", paint_(Ink::dim, "no searcher took anything here"));
        return;
    }
    const auto ratio = backtest.profit_ratio();
    fmt::print("\n   {}{}\n",
               paint_(Ink::bold, fmt::format("searchers took {}, {} found with at least their profit",
                                             backtest.realised.size(), backtest.realised_found())),
               ratio ? paint_(Ink::dim, fmt::format(" · ours is {:.2f} of theirs", *ratio)) : "");
    for (const Realised& one : backtest.realised) {
        std::string ours = paint_(Ink::bad, "not found");
        if (one.found_by) {
            const Found& best = backtest.found[*one.found_by];
            const bool enough = best.value >= std::optional{one.profit};
            ours = fmt::format("{} {}",
                               paint_(enough ? Ink::good : Ink::bad, left(ether(best.value.value_or(u256{})), 16)),
                               moment_of(best));
        }
        fmt::print("   {} {} {} {}\n", right(fmt::format("tx {}", one.tx), 7), paint_(Ink::dim, short_hex(one.hash)),
                   left(ether(one.profit), 16), ours);
    }
}

void BacktestText::found(const Backtest& backtest) const {
    const TokenTexts tokens{backtest.tokens};
    std::vector<const Found*> best, failures;
    for (const Found& one : backtest.found) {
        if (one.is_best) best.push_back(&one);
        if (!one.equal) failures.push_back(&one);
    }
    std::string summary = fmt::format("{} worth its gas", plural(best.size(), "plan"));
    if (best.size() != 1) summary = fmt::format("{} worth their gas", plural(best.size(), "plan"));
    fmt::print(
        "\n   {}{}\n", paint_(Ink::bold, summary),
        paint_(Ink::dim, fmt::format(" · {} executed, all moments and alternatives counted", backtest.found.size())));
    std::ranges::sort(best, [](const Found* a, const Found* b) {
        return a->net != b->net ? !(a->net - b->net).is_negative() : a < b;
    });
    if (!best.empty())
        fmt::print("   {}\n", paint_(Ink::dim, "moment        profit            net of gas        gas       path"));
    for (size_t i = 0; i < std::min(best.size(), found_shown); ++i) {
        const Found& one = *best[i];
        const std::string profit =
            one.value ? ether(*one.value)
                      : tokens.amount(one.profit_token, one.profit) + " " + tokens.symbol(one.profit_token);
        fmt::print("   {} {} {} {} {}\n", left(moment_of(one), 13), paint_(Ink::good, left(profit, 17)),
                   left(one.value ? ether(one.net) : "-", 17), right(grouped(one.gas), 9), route_of(tokens, one));
        fmt::print("   {}{}\n", left("", 14),
                   paint_(Ink::dim,
                          fmt::format("{} · {} · {}{}", one.strategy, labels_of(one), one.funding,
                                      one.matches ? fmt::format(" · taken by tx {}", backtest.realised[*one.matches].tx)
                                                  : "")));
    }
    if (best.size() > found_shown)
        fmt::print("   {}\n",
                   paint_(Ink::dim, fmt::format("and {} smaller ones; --json lists all", best.size() - found_shown)));
    for (const Found* one : failures)
        fmt::print("   {}\n",
                   paint_(Ink::bad, fmt::format("FAILED {}: {}: the EVM left {}, the estimate is {}: {}",
                                                moment_of(*one), route_of(tokens, *one),
                                                to_string(one->executed_profit), to_string(one->profit), one->reason)));
    if (backtest.dropped != 0)
        fmt::print("   {}\n", paint_(Ink::dim, fmt::format("{} dropped: they read state that the record lacks",
                                                           plural(backtest.dropped, "plan"))));
    if (backtest.refused != 0)
        fmt::print("   {}\n", paint_(Ink::dim, fmt::format("{} refused: the executor cannot swap or fund them",
                                                           plural(backtest.refused, "candidate"))));
}

void BacktestText::failed(const chain::Record& record, std::string_view why, std::span<const Realised> realised) const {
    fmt::print("{}\n   {}\n", paint_.rule("block " + grouped(record.number)), paint_(Ink::bad, why));
    fmt::print("   {}\n", paint_(Ink::dim, fmt::format("by its receipts alone: searchers took {}", realised.size())));
    for (const Realised& one : realised)
        fmt::print("   {} {} {}\n", right(fmt::format("tx {}", one.tx), 7), paint_(Ink::dim, short_hex(one.hash)),
                   ether(one.profit));
    fmt::print("\n");
}

void BacktestText::end(const BacktestTotals& t) const {
    fmt::print("{}\n", paint_.rule("in all"));
    const auto line = [&](std::string_view name, const std::string& text) {
        fmt::print("   {} {}\n", paint_(Ink::dim, left(std::string{name}, 10)), text);
    };
    line("blocks",
         fmt::format(
             "{}{} · {} · {}", grouped(t.blocks),
             t.failed_blocks != 0 ? paint_(Ink::bad, fmt::format(", {} that cannot be executed", t.failed_blocks)) : "",
             plural(t.transactions, "transaction"), plural(t.moments, "moment")));
    std::string_view name = "pools";
    for (const auto& text : pool_lines(t.pools)) {
        line(name, text);
        name = "";
    }
    line("searchers",
         t.realised == 0
             ? std::string{"took nothing here"}
             : fmt::format("took {} ({:.4f} ETH); found with at least their profit: {} ({}), ours {:.4f} ETH",
                           t.realised, t.realised_wei / 1e18, t.realised_found,
                           percent(static_cast<double>(t.realised_found) / static_cast<double>(t.realised)),
                           t.matched_wei / 1e18));
    line("plans", fmt::format("{} executed, {} dropped, {} refused, {}", grouped(t.found), grouped(t.dropped),
                              grouped(t.refused),
                              t.differing == 0 ? paint_(Ink::good, "every one to the wei as estimated")
                                               : paint_(Ink::bad, fmt::format("{} differ", t.differing))));
    line("worth it", fmt::format("{}: {} before gas, {} after", plural(t.best, "plan"), ether(t.profit), ether(t.net)));
    line("time", fmt::format("{:.2f} s; strategies {:.1f} ms, executing plans {:.1f} ms", t.seconds, t.search_ms,
                             t.execute_ms));
}

// --- as JSON ------------------------------------------------------------------------------------

namespace {

void write_realised(JsonWriter& out, std::span<const Realised> realised) {
    out.key("realised").begin_array();
    for (const Realised& one : realised) {
        out.begin_object().member("tx", one.hash).key("profit_wei").decimal(one.profit);
        out.key("tokens").begin_object();
        for (const Realised::Change& change : one.tokens)
            out.key(to_hex(change.token)).string(inspect::signed_decimal(change.amount));
        out.end_object().member("index", one.tx).end_object();
    }
    out.end_array();
}

}  // namespace

void BacktestJson::block(const chain::Record& record, const Backtest& backtest) const {
    const TokenTexts tokens{backtest.tokens};
    JsonWriter out;
    out.begin_object().member("block", record.number);
    write_realised(out, backtest.realised);
    out.key("found").begin_array();
    for (const Found& found : backtest.found) write_found(out, backtest, tokens, found);
    out.end_array();
    write_number(out, "recall", backtest.recall());
    write_number(out, "profit_ratio", backtest.profit_ratio());
    out.member("pools", backtest.pools).member("moments", backtest.moments);
    out.member("dropped", backtest.dropped).member("refused", backtest.refused).end_object();
    fmt::print("{}\n", out.view());
}

void BacktestJson::failed(const chain::Record& record, std::string_view why, std::span<const Realised> realised) const {
    JsonWriter out;
    out.begin_object().member("block", record.number).member("error", why);
    write_realised(out, realised);
    out.key("found").begin_array().end_array();
    const auto nothing = realised.empty() ? std::nullopt : std::optional{0.0};
    write_number(out, "recall", nothing);
    write_number(out, "profit_ratio", nothing);
    out.end_object();
    fmt::print("{}\n", out.view());
}

void BacktestJson::end(const BacktestTotals& t) const {
    JsonWriter out;
    out.begin_object().key("summary").begin_object();
    out.member("blocks", t.blocks).member("failed_blocks", t.failed_blocks).member("transactions", t.transactions);
    out.member("moments", t.moments).member("pools", t.pools[static_cast<size_t>(Admission::admitted)]);
    out.member("realised", t.realised).member("realised_found", t.realised_found);
    const auto part = [](double a, double b) { return b > 0 ? std::optional{a / b} : std::nullopt; };
    write_number(out, "recall", part(static_cast<double>(t.realised_found), static_cast<double>(t.realised)));
    write_number(out, "profit_ratio", part(t.matched_wei, t.realised_wei));
    out.member("found", t.found).member("differing", t.differing);
    out.member("dropped", t.dropped).member("refused", t.refused).member("best", t.best);
    out.key("profit_wei").decimal(t.profit).key("net_wei").decimal(t.net).member("gas", t.gas);
    out.member("search_ms", t.search_ms).member("execute_ms", t.execute_ms).member("seconds", t.seconds);
    out.end_object().end_object();
    fmt::print("{}\n", out.view());
}

}  // namespace osprey::cli
