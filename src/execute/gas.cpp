#include "execute/gas.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace osprey::execute {

std::optional<u256> priority_fee(const Transaction& tx, const u256& base_fee) {
    if (tx.max_fee_per_gas < base_fee) return std::nullopt;
    return std::min(tx.max_priority_fee_per_gas, tx.max_fee_per_gas - base_fee);
}

std::optional<u256> effective_gas_price(const Transaction& tx, const u256& base_fee) {
    const auto priority = priority_fee(tx, base_fee);
    if (!priority) return std::nullopt;
    return base_fee + *priority;
}

Result<u256> bid(const u256& profit, const BidPolicy& policy) {
    constexpr uint32_t whole = 1'000'000;
    if (policy.share > whole)
        return fail(fmt::format("a bid of {} millionths of the profit is more than all of it", policy.share));
    const u256 wei = std::max(mul_div(profit, u256{policy.share}, u256{whole}).quot, policy.floor);
    if (wei > profit)
        return fail(
            fmt::format("the bid's floor of {} wei is above the profit of {} wei", to_string(wei), to_string(profit)));
    return wei;
}

}  // namespace osprey::execute
