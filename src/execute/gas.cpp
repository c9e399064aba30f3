#include "execute/gas.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace osprey::execute {

u256 next_base_fee(const u256& base_fee, uint64_t gas_used, uint64_t gas_limit, const FeeMarket& market) {
    const uint64_t target = gas_limit / market.elasticity;
    if (target == 0 || gas_used == target) return base_fee;
    const uint64_t distance = gas_used > target ? gas_used - target : target - gas_used;
    const MulDiv scaled = mul_div(base_fee, u256{distance}, u256{target});
    if (scaled.overflow) return gas_used > target ? u256::max() : u256{};
    const u256 change = scaled.quot / u256{market.change_denominator};
    if (gas_used < target) return base_fee - change;
    const auto [sum, carry] = add_carry(base_fee, std::max(change, u256{1}));
    return carry ? u256::max() : sum;
}

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
