#pragma once
// What a database tells of the live engine's opportunities, for people and as JSON lines.

#include "cli/report_text.hpp"
#include "store/live_events.hpp"

namespace osprey::cli {

/// A line each, the first one the newest.
void print_opportunities(std::span<const store::Opportunity> list, const Painter& paint);
void print_opportunities_json(std::span<const store::Opportunity> list);

/// One opportunity from the pending transaction that it follows to the block that it landed in. The error: an event is
/// not as docs/live.md describes it.
Result<void> print_story(std::span<const store::LiveEvent> events, const Painter& paint);

void print_profits(std::span<const store::DayProfit> days);
void print_profits_json(std::span<const store::DayProfit> days);

}  // namespace osprey::cli
