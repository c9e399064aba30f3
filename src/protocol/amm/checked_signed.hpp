#pragma once
// Vyper's int256: two's complement in a u256; what leaves the range reverts, as in checked.hpp. The plain operators of
// u256 are its unsafe_add, unsafe_sub and unsafe_mul.

#include "protocol/amm/checked.hpp"

namespace osprey::protocol {

class CheckedSigned {
public:
    bool ok() const noexcept { return ok_; }
    void require(bool condition) noexcept { ok_ &= condition; }

    u256 add(const u256& a, const u256& b) noexcept {
        const u256 sum = a + b;
        ok_ &= a.is_negative() != b.is_negative() || sum.is_negative() == a.is_negative();
        return sum;
    }
    u256 sub(const u256& a, const u256& b) noexcept {
        const u256 difference = a - b;
        ok_ &= a.is_negative() == b.is_negative() || difference.is_negative() == a.is_negative();
        return difference;
    }
    u256 mul(const u256& a, const u256& b) noexcept {
        const bool negative = a.is_negative() != b.is_negative();
        Checked check;
        const u256 size = check.mul(magnitude(a), magnitude(b));
        const u256 product = negative ? -size : size;
        ok_ &= check.ok() && (!size || product.is_negative() == negative);
        return product;
    }
    u256 div(const u256& a, const u256& b) noexcept {
        ok_ &= static_cast<bool>(b) && !(b == u256::max() && a == least);
        return sdivrem(a, b).quot;
    }
    u256 abs(const u256& a) noexcept {
        ok_ &= a != least;
        return magnitude(a);
    }
    /// convert(uint256, int256) and back: the same bits, where they mean the same.
    u256 in_range(const u256& a) noexcept {
        ok_ &= !a.is_negative();
        return a;
    }

    static u256 magnitude(const u256& a) noexcept { return a.is_negative() ? -a : a; }

private:
    static constexpr u256 least = u256{1} << uint64_t{255};
    bool ok_ = true;
};

/// unsafe_div() of int256: truncates, and is 0 for a divisor of 0.
inline u256 unsafe_div_signed(const u256& a, const u256& b) noexcept { return sdivrem(a, b).quot; }

}  // namespace osprey::protocol
