#pragma once
// The CryptoSwap invariant of two coins in integers, in the order that the published sources of Curve's pools of two
// coins compute it (newton_D, newton_y, geometric_mean of curvefi/curve-crypto-contract, contracts/two, and of
// curvefi/curve-factory-crypto). Formula: "Automatic market-making with dynamic peg" (M. Egorov, 2021).

#include <array>

#include "protocol/amm/curve_cryptoswap/math.hpp"

namespace osprey::protocol::curve_cryptoswap::two {

inline constexpr size_t coins = 2;
using Balances = std::array<u256, coins>;

Solution newton_d(const u256& ann, const u256& gamma, const Balances& x) noexcept;
/// Balance of coin `i` that belongs to the other's.
Solution newton_y(const u256& ann, const u256& gamma, const Balances& x, const u256& d, size_t i) noexcept;
Solution geometric_mean(const Balances& x) noexcept;
/// Part of the lower fee, over 10^18: fee_gamma / (fee_gamma + 1 - 4 x y / (x + y)^2).
Solution reduction_coefficient(const Balances& x, const u256& fee_gamma) noexcept;

}  // namespace osprey::protocol::curve_cryptoswap::two
