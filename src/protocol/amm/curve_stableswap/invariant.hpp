#pragma once
// The StableSwap invariant in integers, as Curve's contracts iterate it. Formula: "StableSwap - efficient mechanism for
// Stablecoin liquidity" (M. Egorov, 2019); the steps are get_D() and get_y() of the pools named at InvariantForm.

#include <span>

#include "primitives/u256.hpp"

namespace osprey::protocol::curve_stableswap {

inline constexpr size_t max_coins = 8;

/// How one step of get_D() takes D^(n+1) / (n^n * product): the roundings differ.
enum class InvariantForm : uint8_t {
    coin_by_coin,  ///< D_P * D / (x * n) for each coin: the pools of sBTC and sETH, 3pool, the first factories
    above_zero,    ///< D_P * D / (x * n + 1): the pools of sUSD and Aave
    at_the_end,    ///< D_P * D / x for each coin, then / n^n: StableSwap-NG
};

struct Invariant {
    InvariantForm form = InvariantForm::coin_by_coin;
    bool must_converge = true;   ///< 255 steps without an end revert; before 2020-09 the last step was taken
    uint32_t a_precision = 100;  ///< 1 before 2020-10
    u256 amplification;          ///< A * n^(n-1) * a_precision: what the contracts keep as A
};

struct Solution {
    u256 value;
    bool ok = false;  ///< false: the contract reverts
};

/// D of balances in one unit. At most max_coins of them.
Solution get_d(const Invariant& invariant, std::span<const u256> balances) noexcept;
/// Balance of coin `out` once coin `in` has balance `x` at the same D.
Solution get_y(const Invariant& invariant, std::span<const u256> balances, const u256& d, size_t in, size_t out,
               const u256& x) noexcept;

}  // namespace osprey::protocol::curve_stableswap
