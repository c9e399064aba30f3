#pragma once
// What a simulated bundle does, as a table for people.

#include "cli/report_text.hpp"
#include "cli/simulation_place.hpp"

namespace osprey::cli {

void print_bundle(const execute::BundleOutcome& outcome, const SimulationPlace& place, const Painter& paint);

}  // namespace osprey::cli
