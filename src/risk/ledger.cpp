#include "risk/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "risk/capped.hpp"

namespace osprey::risk {
namespace {

bool counts(const Loss& loss, uint64_t now) noexcept { return now < loss.at || now - loss.at < day_seconds; }

Verdict no(Reason reason, std::string text) { return {false, reason, std::move(text)}; }

/// What the most can come to when all in flight and this one are lost; none: that stays within the limit.
std::optional<Verdict> judge_loss(Reason reason, std::string_view what, const u256& lost, const Exposure& exposure,
                                  const u256& at_risk, const std::optional<u256>& limit, std::string_view whose) {
    if (!limit) return {};
    const u256 sum = add_capped(add_capped(lost, exposure.at_risk_wei), at_risk);
    if (sum <= *limit && !is_capped(sum)) return {};
    return no(reason, fmt::format("{}: {} wei {}, {} at risk in flight and {} now: more than the limit of {} wei",
                                  whose, to_string(lost), what, to_string(exposure.at_risk_wei), to_string(at_risk),
                                  to_string(*limit)));
}

}  // namespace

u256 daily_loss(const LedgerState& ledger, uint64_t now) noexcept {
    u256 sum;
    for (const Loss& loss : ledger.losses)
        if (counts(loss, now)) sum = add_capped(sum, loss.wei);
    return sum;
}

bool is_paused(const LedgerState& ledger, uint64_t now) noexcept {
    return ledger.paused_until && now < *ledger.paused_until;
}

void count_outcome(LedgerState& ledger, const RunningLimits& limits, const u256& gain_wei, const u256& loss_wei,
                   uint64_t now) {
    std::erase_if(ledger.losses, [&](const Loss& loss) { return !counts(loss, now); });
    ledger.total_gain_wei = add_capped(ledger.total_gain_wei, gain_wei);
    if (!loss_wei) {
        ledger.failures_in_row = 0;
        return;
    }
    ledger.total_loss_wei = add_capped(ledger.total_loss_wei, loss_wei);
    if (!ledger.losses.empty() && ledger.losses.back().at == now)
        ledger.losses.back().wei = add_capped(ledger.losses.back().wei, loss_wei);
    else
        ledger.losses.push_back({now, loss_wei});
    if (limits.most_total_loss_wei && ledger.total_loss_wei > *limits.most_total_loss_wei) ledger.stopped = true;

    if (ledger.failures_in_row < UINT32_MAX) ++ledger.failures_in_row;
    if (!limits.failures_before_pause || ledger.failures_in_row < *limits.failures_before_pause) return;
    const uint64_t pause = limits.pause_seconds.value_or(UINT64_MAX);
    ledger.paused_until = pause > UINT64_MAX - now ? UINT64_MAX : now + pause;
}

void take_back_outcome(LedgerState& ledger, const u256& gain_wei, const u256& loss_wei, uint64_t at) {
    // Of a sum beyond 256 bits it is not known what is left: it stays.
    const auto less = [](u256& sum, const u256& part) {
        if (!is_capped(sum)) sum = sum > part ? sum - part : u256{};
    };
    less(ledger.total_gain_wei, gain_wei);
    less(ledger.total_loss_wei, loss_wei);
    const auto loss = std::ranges::find(ledger.losses, at, &Loss::at);
    if (loss == ledger.losses.end()) return;
    less(loss->wei, loss_wei);
    if (!loss->wei) ledger.losses.erase(loss);
}

void resume(LedgerState& ledger) {
    if (ledger.stopped) ledger.total_loss_wei = {};
    ledger.stopped = false;
    ledger.paused_until.reset();
    ledger.failures_in_row = 0;
}

Verdict judge(const LedgerState& ledger, const RunningLimits& limits, const Exposure& exposure, const u256& at_risk_wei,
              uint64_t now, std::string_view whose) {
    if (ledger.stopped)
        return no(Reason::stopped, fmt::format("{}: stopped after a total loss of {} wei, until a person resumes",
                                               whose, to_string(ledger.total_loss_wei)));
    if (is_paused(ledger, now))
        return no(Reason::paused, fmt::format("{}: paused until {} after {} failures in a row", whose,
                                              *ledger.paused_until, ledger.failures_in_row));
    if (limits.most_in_flight && exposure.in_flight >= *limits.most_in_flight)
        return no(Reason::in_flight, fmt::format("{}: {} transactions in flight, the limit is {}", whose,
                                                 exposure.in_flight, *limits.most_in_flight));
    const u256 today = daily_loss(ledger, now);
    if (auto refused = judge_loss(Reason::daily_loss, "lost in 24 hours", today, exposure, at_risk_wei,
                                  limits.most_daily_loss_wei, whose))
        return std::move(*refused);
    if (auto refused = judge_loss(Reason::total_loss, "lost in total", ledger.total_loss_wei, exposure, at_risk_wei,
                                  limits.most_total_loss_wei, whose))
        return std::move(*refused);
    return {true, Reason::accepted, {}};
}

Result<void> check(const LedgerState& ledger, uint64_t now) {
    const auto& losses = ledger.losses;
    for (size_t i = 0; i < losses.size(); ++i) {
        if (i > 0 && losses[i].at <= losses[i - 1].at) return fail("losses are not in the order of their time");
        if (losses[i].at > now) return fail("a loss later than the book's time");
        if (!losses[i].wei) return fail("a loss of nothing");
    }
    return {};
}

}  // namespace osprey::risk
