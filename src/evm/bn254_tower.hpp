#pragma once
// Fp6 = Fp2[v] / (v³ - ξ) and Fp12 = Fp6[w] / (w² - v), ξ = 9 + u: the target group of the pairing.
// For bn254.cpp and its neighbours only. As in bn254_field.hpp, results may overwrite inputs.

#include "evm/bn254_field.hpp"

namespace osprey::evm::bn254 {

struct Fp6 {
    Fp2 c0, c1, c2;

    friend constexpr bool operator==(const Fp6&, const Fp6&) noexcept = default;
};
struct Fp12 {
    Fp6 c0, c1;

    friend constexpr bool operator==(const Fp12&, const Fp12&) noexcept = default;
};
inline constexpr Fp12 fp12_one{{fp2_one, {}, {}}, {}};

/// A line through points of the twist, evaluated at a point of G1: c0 + c1·w + c3·w³ (c3 stands beside v·w).
struct Line {
    Fp2 c0, c1, c3;
};

void mul(Fp12& r, const Fp12& a, const Fp12& b) noexcept;
void sqr(Fp12& r, const Fp12& a) noexcept;
/// r = a·line: 13 multiplications in Fp2.
void mul(Fp12& r, const Fp12& a, const Line& line) noexcept;
/// r = a·(first·second): 23 multiplications in Fp2 instead of 26.
void mul(Fp12& r, const Fp12& a, const Line& first, const Line& second) noexcept;
/// r = a^(p⁶): the inverse, for elements of the cyclotomic subgroup.
void conjugate(Fp12& r, const Fp12& a) noexcept;
/// r = 1/a; 0 for 0.
void inverse(Fp12& r, const Fp12& a) noexcept;
/// r = a^(p^power), for power 1, 2 or 3.
void frobenius(Fp12& r, const Fp12& a, int power) noexcept;
/// r = a² for a in the cyclotomic subgroup, of order p⁴ - p² + 1 (Granger, Scott: "Faster squaring in the cyclotomic
/// subgroup of sixth degree extensions", 2010, section 3.2).
void cyclotomic_sqr(Fp12& r, const Fp12& a) noexcept;

/// ξ^(i(p-1)/6) for i = 1..5, what the Frobenius map does to w^i.
extern const Fp2 frobenius_constants[6];
/// ξ^(i(p²-1)/6): these are in Fp.
extern const Fp frobenius_square_constants[6];

}  // namespace osprey::evm::bn254
