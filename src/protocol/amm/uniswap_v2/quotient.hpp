#pragma once
// The one division of a constant product quote, for operands as narrow as reserves make them.

#include "primitives/u256.hpp"

namespace osprey::protocol::uniswap_v2 {

namespace detail {

struct Digit {
    uint64_t quot;
    u128 rem;
};

/// u2:u1:u0 / d for a d with its top bit set and u2 below its high word.
[[gnu::always_inline]] inline Digit divide_three_by_two(uint64_t u2, uint64_t u1, uint64_t u0, u128 d) noexcept {
    uint64_t q, rest;
    asm("divq %[d]" : "=a"(q), "=d"(rest) : "a"(u1), "d"(u2), [d] "r"(static_cast<uint64_t>(d >> 64)) : "cc");
    const u128 top = (u128{rest} << 64) | u0;
    const u128 low_part = u128{q} * static_cast<uint64_t>(d);
    // At most two too many (Knuth, TAOCP 2, 4.3.1, theorem B). One too many is too common for a branch.
    const bool over = top < low_part;
    u128 r = top - low_part;
    q -= over;
    const u128 back = over ? d : 0;
    r += back;
    if (over && r >= d) [[unlikely]] {  // no carry out: still negative
        --q;
        r += d;
    }
    return {q, r};
}

}  // namespace detail

/// floor(a * b / d) where that is below 2^112; b below 2^112, d not 0. Two DIVs at most: 64 bits of the quotient each.
[[gnu::always_inline]] inline u128 product_quotient(u128 a, u128 b, u128 d) noexcept {
    const auto a0 = static_cast<uint64_t>(a), a1 = static_cast<uint64_t>(a >> 64);
    const auto b0 = static_cast<uint64_t>(b), b1 = static_cast<uint64_t>(b >> 64);
    const u128 p00 = u128{a0} * b0, p01 = u128{a0} * b1, p10 = u128{a1} * b0, p11 = u128{a1} * b1;
    const u128 middle = (p00 >> 64) + static_cast<uint64_t>(p01) + static_cast<uint64_t>(p10);
    const u128 low = (middle << 64) | static_cast<uint64_t>(p00);
    const u128 high = p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64);
    // Normalised, the product stays below d * 2^112 < 2^240: nothing is shifted out, and its top word is below 2^48,
    // the divisor's above 2^63.
    const auto d1 = static_cast<uint64_t>(d >> 64);
    const auto n0 = static_cast<uint64_t>(low), n1 = static_cast<uint64_t>(low >> 64);
    const auto n2 = static_cast<uint64_t>(high);
    if (d1 == 0) {
        // The product is below 2^176, n2 below d.
        const auto word = static_cast<uint64_t>(d);
        uint64_t q1, q0, r;
        asm("divq %[d]" : "=a"(q1), "=d"(r) : "a"(n1), "d"(n2), [d] "r"(word) : "cc");
        asm("divq %[d]" : "=a"(q0), "=d"(r) : "a"(n0), "d"(r), [d] "r"(word) : "cc");
        return (u128{q1} << 64) | q0;
    }
    const auto shift = static_cast<unsigned>(std::countl_zero(d1));
    const auto n3 = static_cast<uint64_t>(high >> 64);
    const u128 divisor = d << shift;
    const uint64_t u3 = osprey::detail::funnel_up(n3, n2, shift), u2 = osprey::detail::funnel_up(n2, n1, shift);
    const uint64_t u1 = osprey::detail::funnel_up(n1, n0, shift), u0 = n0 << shift;
    const auto [q1, rest] = detail::divide_three_by_two(u3, u2, u1, divisor);
    const auto r1 = static_cast<uint64_t>(rest >> 64);
    if (r1 == static_cast<uint64_t>(divisor >> 64)) [[unlikely]] {
        // The estimate would not fit a word: from 2^64 - 1 downwards, at most two steps.
        // rest * 2^64 + u0 - (2^64 - 1) * divisor, which is below 2 * divisor in size.
        uint64_t q0 = ~0ULL;
        const auto tail = u256{static_cast<uint64_t>(divisor), static_cast<uint64_t>(divisor >> 64), 0, 0};
        u256 left = u256{u0, static_cast<uint64_t>(rest), r1, 0} - ((tail << 64) - tail);
        while (left.is_negative()) {
            --q0;
            left += tail;
        }
        return (u128{q1} << 64) | q0;
    }
    const auto [q0, last] = detail::divide_three_by_two(r1, static_cast<uint64_t>(rest), u0, divisor);
    return (u128{q1} << 64) | q0;
}

}  // namespace osprey::protocol::uniswap_v2
