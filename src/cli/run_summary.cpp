#include "cli/run_summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "types/json_writer.hpp"

namespace osprey::cli {

namespace {

using Kind = engine::OutcomeEvent::Kind;

constexpr Kind told_kinds[] = {Kind::landed, Kind::reverted, Kind::never_landed, Kind::paper};

void write(JsonWriter& out, std::string_view name, const engine::Histogram& times) {
    out.key(name).begin_object().member("count", times.count());
    out.member("p50_ms", 1e3 * times.percentile(0.5)).member("p99_ms", 1e3 * times.percentile(0.99));
    out.member("max_ms", 1e3 * times.most()).end_object();
}

}  // namespace

std::string milliseconds(double seconds) { return fmt::format("{:.2f} ms", 1e3 * seconds); }

std::string percentiles(const engine::Histogram& times) {
    return fmt::format("p50 {}, p99 {}", milliseconds(times.percentile(0.5)), milliseconds(times.percentile(0.99)));
}

void RunSummary::add_chain(uint64_t chain_id, std::string name) {
    chains_.push_back({.chain_id = chain_id, .name = std::move(name), .outcomes = {}, .stats = {}});
}

ChainSummary* RunSummary::find(uint64_t chain_id) {
    const auto at = std::ranges::find(chains_, chain_id, &ChainSummary::chain_id);
    return at == chains_.end() ? nullptr : &*at;
}

void RunSummary::take(const engine::Event& event) {
    ChainSummary* chain = find(event.chain_id);
    if (chain == nullptr) return;
    chain->blocks += std::holds_alternative<engine::BlockEvent>(event.what);
    chain->found += std::holds_alternative<engine::FoundEvent>(event.what);
    chain->sent += std::holds_alternative<engine::SentEvent>(event.what);
    const auto* outcome = std::get_if<engine::OutcomeEvent>(&event.what);
    if (outcome == nullptr) return;
    if (outcome->kind == Kind::unwound)
        --chain->outcomes[Kind::landed];
    else
        ++chain->outcomes[outcome->kind];
}

void RunSummary::set_stats(uint64_t chain_id, const engine::PipelineStats& stats) {
    if (ChainSummary* chain = find(chain_id)) chain->stats = stats;
}

void print(const ChainSummary& chain, const Painter& paint) {
    std::string done = fmt::format("{}, {} found", plural(chain.blocks, "block"), grouped(chain.found));
    if (chain.sent != 0) done += fmt::format(", {} sent", grouped(chain.sent));
    for (const Kind kind : told_kinds) {
        const auto at = chain.outcomes.find(kind);
        if (at == chain.outcomes.end() || at->second == 0) continue;
        std::string name{name_of(kind)};
        std::ranges::replace(name, '_', ' ');
        done += fmt::format(", {} {}", grouped(at->second), kind == Kind::paper ? "on paper" : name);
    }
    fmt::print("{}\n  {}\n", paint.rule(chain.name), done);
    if (chain.stats.block_to_decision.count() + chain.stats.pending_to_decision.count() == 0) return;
    fmt::print("  {}\n",
               paint(Ink::dim, fmt::format("{:<20}{:>10}{:>14}{:>14}{:>14}", "", "times", "p50", "p99", "worst")));
    const auto row = [](std::string_view name, const engine::Histogram& times) {
        if (times.count() == 0) return;
        fmt::print("  {:<20}{:>10}{:>14}{:>14}{:>14}\n", name, grouped(times.count()),
                   milliseconds(times.percentile(0.5)), milliseconds(times.percentile(0.99)),
                   milliseconds(times.most()));
    };
    row("block to decision", chain.stats.block_to_decision);
    row("pending to decision", chain.stats.pending_to_decision);
    for (size_t i = 0; i < engine::search_stages; ++i)
        row(fmt::format("  {}", name_of(static_cast<engine::SearchStage>(i))), chain.stats.stages[i]);
}

std::string to_json(const ChainSummary& chain) {
    JsonWriter out;
    out.begin_object().member("event", "timing").member("chain", chain.chain_id).member("name", chain.name);
    out.member("blocks", chain.blocks).member("found", chain.found).member("sent", chain.sent);
    for (const Kind kind : told_kinds) {
        const auto at = chain.outcomes.find(kind);
        out.member(name_of(kind), at == chain.outcomes.end() ? uint64_t{0} : at->second);
    }
    write(out, "block_to_decision", chain.stats.block_to_decision);
    write(out, "pending_to_decision", chain.stats.pending_to_decision);
    out.key("stages").begin_object();
    for (size_t i = 0; i < engine::search_stages; ++i)
        write(out, name_of(static_cast<engine::SearchStage>(i)), chain.stats.stages[i]);
    out.end_object().end_object();
    return std::string{out.view()};
}

}  // namespace osprey::cli
