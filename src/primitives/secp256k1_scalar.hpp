#pragma once
// Scalars of secp256k1: integers modulo the group's order n, their halves under the curve's endomorphism, and their
// signed digits. For secp256k1_recover.cpp and its tests only. Variable time: for public values.

#include <bit>
#include <cstdint>

#include "primitives/modular_inverse.hpp"
#include "primitives/secp256k1.hpp"
#include "primitives/u256.hpp"

namespace osprey::secp256k1 {

/// a·b modulo n, for any a and b. 2^256 is a number of 129 bits modulo n: three folds leave 256 bits.
constexpr u256 scalar_mul(const u256& a, const u256& b) noexcept {
    constexpr u256 fold129 = -order;  // 2^256 - n
    const u512 z = mul_full(a, b);
    // high · fold129 + low, below 2^386; then below 2^260; then below 2^256 + 2^134.
    u256 low{z.w[0], z.w[1], z.w[2], z.w[3]}, high{z.w[4], z.w[5], z.w[6], z.w[7]};
    for (int i = 0; i < 3; ++i) {
        const u512 folded = mul_full(high, fold129);
        const auto [sum, carry] = add_carry({folded.w[0], folded.w[1], folded.w[2], folded.w[3]}, low);
        low = sum;
        high = u256{folded.w[4], folded.w[5], folded.w[6], folded.w[7]} + u256{carry};
    }
    if (high) low += fold129;
    return low < order ? low : low - order;
}
/// -a modulo n, for a < n.
constexpr u256 scalar_negate(const u256& a) noexcept { return a ? order - a : a; }
/// 1/a modulo n, for a < n; 0 for 0.
inline u256 scalar_inverse(const u256& a) noexcept { return modular_inverse<order>(a); }

// Gallant, Lambert, Vanstone: "Faster point multiplication on elliptic curves with efficient endomorphisms" (2001).
// φ(x, y) = (βx, y) is multiplication by λ, with λ² + λ + 1 = 0 modulo n and β² + β + 1 = 0 modulo p.

inline constexpr u256 lambda = 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72_u256;

struct HalfScalar {
    u128 magnitude;
    bool negative;
};
/// k = first + second·λ modulo n.
struct SplitScalar {
    HalfScalar first, second;
};

/// For k < n; both halves are below 2^128 in magnitude. With the short basis (a1, -b1), (a2, a1) of the lattice of all
/// (x, y) with x + yλ = 0 modulo n, and k/n-multiples of it rounded to the nearest: the halves are at most
/// (a1 + a2)/2 and (b1 + a1)/2, up to the error of the precomputed quotients, which libsecp256k1's scalar_impl.h
/// bounds.
constexpr SplitScalar split(const u256& k) noexcept {
    constexpr u256 a1 = 0x3086d221a7d46bcde86c90e49284eb15_u256;
    constexpr u256 b1 = 0xe4437ed6010e88286f547fa90abfe4c3_u256;
    constexpr u256 a2 = 0x114ca50f7a8e2f3f657c1108d9d44cfd8_u256;
    // round(2^384·a1/n) and round(2^384·b1/n).
    constexpr u256 g1 = 0x3086d221a7d46bcde86c90e49284eb153daa8a1471e8ca7fe893209a45dbb031_u256;
    constexpr u256 g2 = 0xe4437ed6010e88286f547fa90abfe4c4221208ac9df506c61571b4ae8ac47f71_u256;
    constexpr auto quotient = [](const u256& x, const u256& g) {
        const u512 z = mul_full(x, g);
        return u256{z.w[6], z.w[7], 0, 0} + u256{z.w[5] >> 63};
    };
    const u256 c1 = quotient(k, g1), c2 = quotient(k, g2);
    constexpr auto half = [](const u256& v) {
        return v.is_negative() ? HalfScalar{(-v).low_u128(), true} : HalfScalar{v.low_u128(), false};
    };
    return {half(k - c1 * a1 - c2 * a2), half(c1 * b1 - c2 * a1)};
}

/// Signed digits of a half scalar by position: sum of digit[i]·2^i.
constexpr int digit_positions = 129;
struct Digits {
    int16_t digit[digit_positions + 1]{};
    int length = 0;  ///< one past the highest digit that is not 0

    /// Width-w non-adjacent form: digits odd and below 2^(w-1) in magnitude, at most one of any w neighbours not 0
    /// (Hankerson, Menezes, Vanstone: "Guide to Elliptic Curve Cryptography", 2004, algorithm 3.35), with the half
    /// scalar's sign in the digits.
    constexpr Digits(const HalfScalar& half, int width) noexcept {
        const unsigned base = 1u << width;
        u128 n = half.magnitude;
        int i = 0;
        while (n != 0) {
            const auto low = static_cast<uint64_t>(n);
            const int zeros = low != 0 ? std::countr_zero(low) : 64 + std::countr_zero(static_cast<uint64_t>(n >> 64));
            n >>= zeros;
            i += zeros;
            int d = static_cast<int>(static_cast<unsigned>(n) & (base - 1));
            // Shifted before the carry comes in, which could otherwise not fit.
            n >>= width;
            if (d >= static_cast<int>(base / 2)) {
                d -= static_cast<int>(base);
                ++n;
            }
            digit[i] = static_cast<int16_t>(half.negative ? -d : d);
            length = i + 1;
            i += width;
        }
    }
};

}  // namespace osprey::secp256k1
