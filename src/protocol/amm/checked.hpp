#pragma once
// Integer arithmetic as Vyper and Solidity 0.8 compile it: what overflows, goes below zero or divides by zero reverts.
// A run of operations goes on after a failure with values that mean nothing; whoever asked looks at ok() at the end,
// and loops look often enough to end.

#include "primitives/u256.hpp"

namespace osprey::protocol {

class Checked {
public:
    bool ok() const noexcept { return ok_; }
    void require(bool condition) noexcept { ok_ &= condition; }

    u256 add(const u256& a, const u256& b) noexcept {
        const auto [sum, carry] = add_carry(a, b);
        ok_ &= !carry;
        return sum;
    }
    u256 sub(const u256& a, const u256& b) noexcept {
        const auto [difference, borrow] = sub_borrow(a, b);
        ok_ &= !borrow;
        return difference;
    }
    [[gnu::always_inline]] u256 mul(const u256& a, const u256& b) noexcept {
        // Nearly all products of market sizes are of two 128-bit numbers: four multiplications, no overflow.
        if (a.fits_u128() && b.fits_u128()) [[likely]]
            return product(a, b);
        return long_mul(a, b);
    }
    /// Of numbers below 2^128.
    [[gnu::always_inline]] static u256 product(const u256& a, const u256& b) noexcept {
        const u128 low = u128{a.w[0]} * b.w[0], high = u128{a.w[1]} * b.w[1];
        const u128 x = u128{a.w[0]} * b.w[1], y = u128{a.w[1]} * b.w[0];
        const u128 middle = (low >> 64) + static_cast<uint64_t>(x) + static_cast<uint64_t>(y);
        const u128 top = high + (x >> 64) + (y >> 64) + (middle >> 64);
        return {static_cast<uint64_t>(low), static_cast<uint64_t>(middle), static_cast<uint64_t>(top),
                static_cast<uint64_t>(top >> 64)};
    }
    u256 div(const u256& a, const u256& b) noexcept {
        ok_ &= static_cast<bool>(b);
        return a / b;
    }

private:
    [[gnu::noinline]] u256 long_mul(const u256& a, const u256& b) noexcept {
        const u512 p = mul_full(a, b);
        ok_ &= (p.w[4] | p.w[5] | p.w[6] | p.w[7]) == 0;
        return {p.w[0], p.w[1], p.w[2], p.w[3]};
    }

    bool ok_ = true;
};

}  // namespace osprey::protocol
