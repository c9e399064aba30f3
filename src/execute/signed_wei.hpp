#pragma once
// Differences of balances: wei with a sign, as two's complement in a u256 (no balance reaches 2^255).

#include <string>

#include "primitives/u256.hpp"

namespace osprey::execute {

struct SignedWei {
    u256 bits;

    constexpr SignedWei() noexcept = default;
    constexpr explicit SignedWei(const u256& two_complement) noexcept : bits(two_complement) {}
    /// after - before
    static constexpr SignedWei difference(const u256& after, const u256& before) noexcept {
        return SignedWei{after - before};
    }

    constexpr bool is_negative() const noexcept { return bits.is_negative(); }
    constexpr u256 magnitude() const noexcept { return is_negative() ? -bits : bits; }
    friend constexpr bool operator==(const SignedWei&, const SignedWei&) noexcept = default;
    friend constexpr SignedWei operator+(SignedWei a, SignedWei b) noexcept { return SignedWei{a.bits + b.bits}; }
    friend constexpr SignedWei operator-(SignedWei a, SignedWei b) noexcept { return SignedWei{a.bits - b.bits}; }
};

/// Rounded down, also below zero: -7 / 2 = -4, as the big.Int.Div of the builders' eth_callBundle. 0 for d = 0.
SignedWei floor_div(SignedWei n, uint64_t d) noexcept;
std::string to_string(SignedWei v);  ///< decimal, with a minus sign below zero

}  // namespace osprey::execute
