#pragma once
// The account of one chain, or of all together: what it makes of outcomes, and what its limits say.

#include "risk/book_state.hpp"
#include "risk/limits.hpp"
#include "risk/verdict.hpp"

namespace osprey::risk {

/// What is in flight on one ledger.
struct Exposure {
    uint32_t in_flight = 0;
    u256 at_risk_wei;
};

u256 daily_loss(const LedgerState& ledger, uint64_t now) noexcept;
bool is_paused(const LedgerState& ledger, uint64_t now) noexcept;

/// `loss_wei` zero: it landed without one. Trips what the limits say.
void count_outcome(LedgerState& ledger, const RunningLimits& limits, const u256& gain_wei, const u256& loss_wei,
                   uint64_t now);
/// Takes one outcome back that was counted at `at`. What it has tripped stays so, and so do the failures in a row.
void take_back_outcome(LedgerState& ledger, const u256& gain_wei, const u256& loss_wei, uint64_t at);
void resume(LedgerState& ledger);

/// Accepted, or why another transaction that can cost `at_risk_wei` may not go out. `whose`: "chain 1".
Verdict judge(const LedgerState& ledger, const RunningLimits& limits, const Exposure& exposure, const u256& at_risk_wei,
              uint64_t now, std::string_view whose);

/// The error says what no ledger can have written.
Result<void> check(const LedgerState& ledger, uint64_t now);

}  // namespace osprey::risk
