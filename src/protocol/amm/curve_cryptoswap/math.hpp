#pragma once
// The CryptoSwap invariant of three coins in integers, as Curve's math contracts compute it. Formula: "Automatic
// market-making with dynamic peg" (M. Egorov, 2021).

#include <array>

#include "primitives/u256.hpp"

namespace osprey::protocol::curve_cryptoswap {

inline constexpr size_t coins = 3;
using Balances = std::array<u256, coins>;
using Prices = std::array<u256, coins - 1>;

/// 10^18, in which ratios and prices are counted.
inline constexpr u256 wad{1'000'000'000'000'000'000ULL};

struct Solution {
    u256 value;
    bool ok = false;  ///< false: the contract reverts
};

/// The math contract that tricrypto2 calls (CurveCryptoMath3 of 2021).
namespace first {
Solution newton_d(const u256& ann, const u256& gamma, const Balances& x) noexcept;
Solution newton_y(const u256& ann, const u256& gamma, const Balances& x, const u256& d, size_t i) noexcept;
Solution geometric_mean(const Balances& x) noexcept;
Solution reduction_coefficient(const Balances& x, const u256& fee_gamma) noexcept;
/// 10^18 / 2^(power / 10^18).
Solution halfpow(const u256& power, const u256& precision) noexcept;
Solution sqrt_int(const u256& x) noexcept;
}  // namespace first

/// CurveTricryptoMathOptimized v2.0.0, which Tricrypto-NG calls.
namespace ng {
struct Y {
    u256 y;
    u256 k0;  ///< a first guess for the next D; 0 for none
    bool ok = false;
};
struct P {
    Prices p;
    bool ok = false;
};
Y get_y(const u256& ann, const u256& gamma, const Balances& x, const u256& d, size_t i) noexcept;
/// `k0_prev` 0: from the geometric mean.
Solution newton_d(const u256& ann, const u256& gamma, const Balances& x, const u256& k0_prev) noexcept;
P get_p(const Balances& x, const u256& d, const u256& ann, const u256& gamma) noexcept;
Solution geometric_mean(const Balances& x) noexcept;
Solution reduction_coefficient(const Balances& x, const u256& fee_gamma) noexcept;
u256 cbrt(const u256& x) noexcept;
/// e^(power / 10^18); `power` as two's complement.
Solution wad_exp(const u256& power) noexcept;
}  // namespace ng

}  // namespace osprey::protocol::curve_cryptoswap
