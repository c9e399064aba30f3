#pragma once
// Balancer V2's 18-decimal fixed point (FixedPoint.sol, Math.sol and LogExpMath.sol of
// @balancer-labs/v2-solidity-utils): every rounding as there, and what reverts there is remembered here.

#include "primitives/u256.hpp"

namespace osprey::protocol::balancer_v2 {

inline constexpr u256 one = 1'000'000'000'000'000'000_u256;

/// Which shape of FixedPoint.powUp a contract was compiled with.
enum class PowVersion : uint8_t {
    plain,       ///< always by logarithms: pools of 2021
    short_cuts,  ///< exponents 1, 2 and 4 are multiplied out
};

/// Arithmetic that reverts in Solidity sets `failed` instead, and its results mean nothing from there on.
struct Checked {
    bool failed = false;

    u256 add(const u256& a, const u256& b) noexcept {
        const AddResult sum = add_carry(a, b);
        failed |= sum.carry;
        return sum.value;
    }
    u256 sub(const u256& a, const u256& b) noexcept {
        const AddResult difference = sub_borrow(a, b);
        failed |= difference.carry;
        return difference.value;
    }
    u256 mul(const u256& a, const u256& b) noexcept {
        // Widths that add up to 257 leave both possible; only there the full product has to decide.
        const unsigned width = bit_width(a) + bit_width(b);
        if (width > 256) [[unlikely]] {
            const u512 product = mul_full(a, b);
            failed |= (product.w[4] | product.w[5] | product.w[6] | product.w[7]) != 0;
        }
        return a * b;
    }
    u256 div_down(const u256& a, const u256& b) noexcept {
        failed |= !b;
        return a / b;
    }
    u256 div_up(const u256& a, const u256& b) noexcept {
        failed |= !b;
        return a ? (a - u256{1}) / b + u256{1} : u256{};
    }

    u256 fixed_mul_down(const u256& a, const u256& b) noexcept { return mul(a, b) / one; }
    u256 fixed_mul_up(const u256& a, const u256& b) noexcept { return div_up(mul(a, b), one); }
    u256 fixed_div_down(const u256& a, const u256& b) noexcept { return div_down(mul(a, one), b); }
    u256 fixed_div_up(const u256& a, const u256& b) noexcept { return div_up(mul(a, one), b); }

    /// LogExpMath.pow.
    u256 pow(const u256& x, const u256& y) noexcept;
    /// FixedPoint.powUp: never below the true power.
    u256 pow_up(const u256& x, const u256& y, PowVersion version) noexcept;
};

/// FixedPoint.complement: 1 - x, and 0 above 1.
constexpr u256 complement(const u256& x) noexcept { return x < one ? one - x : u256{}; }

}  // namespace osprey::protocol::balancer_v2
