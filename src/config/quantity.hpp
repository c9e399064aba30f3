#pragma once
// Quantities as people write them, with their unit: "0.05 ether", "500 ms", "12.5 %". Exact: what cannot be kept to the
// last digit is refused.

#include <chrono>
#include <string>
#include <string_view>

#include "primitives/error.hpp"
#include "primitives/u256.hpp"

namespace osprey::config {

/// Wei, of "N wei", "N gwei" or "N ether" (10^18 wei of whatever coin the chain has).
Result<u256> parse_amount(std::string_view text);
std::string amount_text(const u256& wei);

/// Of "N ms", "N s", "N min" or "N h".
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string duration_text(std::chrono::milliseconds duration);

/// A part of a whole.
struct Share {
    uint32_t millionths = 0;  ///< at most 1,000,000
    bool operator==(const Share&) const = default;
};
/// Of "N %", at most 100.
Result<Share> parse_share(std::string_view text);
std::string share_text(Share share);

}  // namespace osprey::config
