#pragma once
// The optimal ate pairing on alt_bn128. For bn254.cpp only.

#include <span>

#include "evm/bn254_tower.hpp"

namespace osprey::evm::bn254 {

struct G1Affine {
    Fp x, y;
};
/// A point of the twist y² = x³ + 3/ξ over Fp2.
struct G2Affine {
    Fp2 x, y;
};
struct Pair {
    G1Affine p;
    G2Affine q;
};

/// 3, the constant of the curve.
inline constexpr Fp curve_b = to_field(3);
bool on_twist(const G2Affine& q) noexcept;
/// Whether a point of the twist has order r.
bool in_subgroup(const G2Affine& point) noexcept;

/// How many pairs share the squarings of one Miller loop.
inline constexpr size_t max_pairs_at_once = 8;
/// The product of the Miller loops of at most max_pairs_at_once pairs, none with a point at infinity, all on their
/// curves. False where a q is not in the subgroup: the loop finds that out by itself.
bool miller_loop(Fp12& f, std::span<const Pair> pairs) noexcept;
/// Whether f^((p¹² - 1)/r) is 1.
bool final_exponentiation_is_one(const Fp12& f) noexcept;

}  // namespace osprey::evm::bn254
