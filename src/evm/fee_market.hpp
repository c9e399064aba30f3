#pragma once
// EIP-1559: how the base fee follows the use of gas.

#include "primitives/u256.hpp"

namespace osprey::evm {

/// What a chain's base fee moves by. Ethereum's: at most an eighth a block, target half of the limit.
struct FeeMarket {
    uint64_t elasticity = 2;
    uint64_t change_denominator = 8;
};

/// Wei: the base fee of the block after one of that limit, use and base fee. Saturates at 2^256-1.
u256 next_base_fee(const u256& base_fee, uint64_t gas_used, uint64_t gas_limit, const FeeMarket& market = {});

}  // namespace osprey::evm
