#include "evm/fee_market.hpp"

#include <algorithm>

namespace osprey::evm {

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

}  // namespace osprey::evm
