#include "risk/verdict.hpp"

#include <array>

namespace osprey::risk {

std::string_view name_of(Reason reason) noexcept {
    constexpr std::array names = {"accepted",  "killed",    "stopped",    "time_went_back", "unknown_chain",
                                  "malformed", "duplicate", "overflow",   "denied_token",   "denied_pool",
                                  "gas_price", "gas_cost",  "stake",      "net_profit",     "paused",
                                  "in_flight", "per_block", "daily_loss", "total_loss"};
    static_assert(names.size() == static_cast<size_t>(Reason::total_loss) + 1);
    return names[static_cast<size_t>(reason)];
}

std::string_view name_of(Outcome::Kind kind) noexcept {
    constexpr std::array names = {"landed", "reverted", "never_landed"};
    return names[static_cast<size_t>(kind)];
}

}  // namespace osprey::risk
