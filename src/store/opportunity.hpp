#pragma once
// One opportunity as its events tell it: a function of these events, and a row of the table `opportunities`.

#include <array>
#include <span>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace osprey::store {

/// An event of the live engine. The fields behind the first two are also in `json`, and come from there.
struct LiveEvent {
    uint64_t run = 0;          ///< the daemon's: microseconds since 1970 at its start
    uint64_t received_at = 0;  ///< microseconds since 1970
    uint64_t chain_id = 0, sequence = 0;
    uint64_t block = 0;  ///< the head
    std::string hash;
    std::string event;              ///< status, block, found, verdict, sent, outcome
    std::optional<std::string> id;  ///< of the opportunity
    std::string json;               ///< as the stream tells it
};
/// The error: not an event, as docs/live.md describes it.
Result<LiveEvent> read_live_event(uint64_t run, uint64_t received_at, std::string json);

/// Columns of the table. Amounts are decimal text; wei, but for those of the profit's token.
struct Opportunity {
    Cell run, chain_id, id;
    Cell first_at;     ///< UTC: "2026-01-31 23:59:59.000001"
    Cell block, hash;  ///< the head that it was found on
    Cell strategy, follows, profit_token;
    Cell expected_profit;  ///< of that token
    Cell expected_value, expected_gas, expected_gas_cost, expected_net;
    Cell accepted, reason;  ///< the last verdict
    Cell tx, nonce, for_block;
    Cell outcome, outcome_at, in_block, outcome_reason;  ///< the last one
    /// Of all outcomes but those whose block was taken back; null before the first.
    Cell profit, gas_cost, net;

    bool operator==(const Opportunity&) const = default;
};

struct OpportunityField {
    enum class Kind : uint8_t { text, integer, boolean, time };
    std::string_view name;
    Cell Opportunity::* cell;
    Kind kind = Kind::text;
};
/// In the order of the table's columns.
std::span<const OpportunityField> opportunity_fields();

/// Of the events of one opportunity in one run, in their order. Of each kind the last one counts; of outcomes the sum.
/// The error: one of them is not as docs/live.md describes it.
Result<Opportunity> opportunity_of(std::span<const LiveEvent> events);

/// "2026-01-31 23:59:59.000001"
std::string time_text(uint64_t microseconds);
/// The other way; 0 where it is none.
uint64_t microseconds_of(const std::string& time_text);

}  // namespace osprey::store
