#pragma once
// How much to put into a cycle: the integer input with the greatest gain.

#include <functional>
#include <optional>

#include "primitives/u256.hpp"

namespace osprey::market {

/// What comes back for an input; none beyond what the pools can take. Grows with its input, ever more slowly but for
/// the rounding of integers.
using Return = std::function<std::optional<u256>(const u256& amount_in)>;

struct Size {
    u256 amount_in;
    u256 amount_out;
    u256 gain() const noexcept { return amount_out - amount_in; }
};

/// The best input, or none when no input gains anything. Only exact outputs are compared, and neither one more nor one
/// less of the input gains more. Gains may differ from the very best by what rounding does to one output unit of each
/// hop: the search climbs a curve that rounding has made into stairs.
std::optional<Size> best_size(const Return& returns);

}  // namespace osprey::market
