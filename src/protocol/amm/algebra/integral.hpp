#pragma once
// Algebra Integral pools: the swap of Uniswap V3 over a list of ticks, a fee that can change, and a plugin.
// Contract references: @cryptoalgebra/integral-core 1.2.10.

#include "protocol/amm/uniswap_v3/tick_pool.hpp"

namespace osprey::protocol::algebra {

/// Reserves are kept in 128 bits, and what passes them is refused: no input of more is quoted. Reserves themselves are
/// not in the model, so a swap that would lead a balance beyond 2^128 is quoted although the contract refuses it.
inline constexpr u256 most_in = (u256{1} << 128) - u256{1};

/// Pools whose plugin is asked before each swap are not built (unavailable): it may set another fee for that swap, and
/// most do. Any other plugin can act only after a swap, and tells of a new fee by an event.
extern const Family integral_family;

/// Ticks to each side of the price that are asked for: a factor of 4 in price.
inline constexpr int32_t window_ticks = 13'864;

class IntegralPool final : public uniswap_v3::TickPool {
public:
    IntegralPool(const PoolKey& key, const Address& token0, const Address& token1, const uniswap_v3::PoolHead& head,
                 std::shared_ptr<const uniswap_v3::TickTable> table) noexcept
        : TickPool(key, token0, token1, head, std::move(table), most_in) {}

    const Family& family() const noexcept override { return integral_family; }
    Applied apply(const Log& log) override;
    std::unique_ptr<Pool> clone() const override { return std::make_unique<IntegralPool>(*this); }
};

}  // namespace osprey::protocol::algebra
