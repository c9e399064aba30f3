#pragma once
// Signed-digit forms of scalars. For bn254.cpp and its neighbours only.

#include <array>
#include <cstdint>

#include "primitives/u256.hpp"

namespace osprey::evm::bn254 {

struct SignedDigits {
    std::array<int8_t, 129> digit{};  ///< by weight: digit[i]·2^i
    int length = 0;                   ///< one past the highest digit that is not 0
};

/// n in width-w non-adjacent form: digits odd and below 2^(w-1) in magnitude, at most one of any w neighbours not 0
/// (Hankerson, Menezes, Vanstone: "Guide to Elliptic Curve Cryptography", 2004, algorithm 3.35). n below 2^127 + 2^126.
constexpr SignedDigits non_adjacent_form(u128 n, int width) noexcept {
    SignedDigits r;
    const int base = 1 << width;
    for (int i = 0; n != 0; ++i, n >>= 1) {
        if ((n & 1) == 0) continue;
        int d = static_cast<int>(n & static_cast<u128>(base - 1));
        if (d >= base / 2) d -= base;
        n -= static_cast<u128>(d);
        r.digit[static_cast<size_t>(i)] = static_cast<int8_t>(d);
        r.length = i + 1;
    }
    return r;
}

}  // namespace osprey::evm::bn254
