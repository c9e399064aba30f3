#pragma once
// UniswapV2Library's quotes on narrow operands: inline, for whoever quotes one curve after the other millions of times.

#include "primitives/u256.hpp"

namespace osprey::protocol {

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

/// high * 2^128 + low.
struct WideProduct {
    u128 high, low;
};

/// b below 2^112.
[[gnu::always_inline]] inline WideProduct wide_product(u128 a, u128 b) noexcept {
    const auto a0 = static_cast<uint64_t>(a), a1 = static_cast<uint64_t>(a >> 64);
    const auto b0 = static_cast<uint64_t>(b), b1 = static_cast<uint64_t>(b >> 64);
    const u128 p00 = u128{a0} * b0, p01 = u128{a0} * b1, p10 = u128{a1} * b0, p11 = u128{a1} * b1;
    const u128 middle = (p00 >> 64) + static_cast<uint64_t>(p01) + static_cast<uint64_t>(p10);
    return {p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64), (middle << 64) | static_cast<uint64_t>(p00)};
}

/// floor(product / d) where that is below 2^112; d not 0. Two DIVs at most: 64 bits of the quotient each.
[[gnu::always_inline]] inline u128 narrow_quotient(const WideProduct& product, u128 d) noexcept {
    const auto& [high, low] = product;
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

/// floor(a * b / d) where that is below 2^112; b below 2^112, d not 0.
[[gnu::always_inline]] inline u128 product_quotient(u128 a, u128 b, u128 d) noexcept {
    return narrow_quotient(wide_product(a, b), d);
}

/// A pool whose swaps are UniswapV2Library.getAmountOut and nothing else. Neither reserve is 0.
struct ConstantProduct {
    u128 reserve_in = 1, reserve_out = 1;  ///< below 2^112
    uint32_t part = 997, whole = 1000;     ///< what the fee leaves of the input: part / whole

    static constexpr unsigned reserve_bits = 112;
    /// Up to which `whole` denominators fit 128 bits: (reserve + amount) * whole is below 2^112 * 2^16.
    static constexpr uint32_t narrow_whole = 1 << 16;

    /// 0: refused, as nothing comes out or the pair's balance would pass 2^112. `amount` below 2^127.
    [[gnu::always_inline]] u128 paid(u128 amount) const noexcept {
        if ((reserve_in + amount) >> reserve_bits != 0) return 0;
        const u128 with_fee = amount * part;
        return product_quotient(with_fee, reserve_out, reserve_in * whole + with_fee);
    }

    /// UniswapV2Library.getAmountIn: one more than the quotient, also where the division leaves nothing over. 0:
    /// refused.
    [[gnu::always_inline]] u128 needed(u128 amount) const noexcept { return input_for(amount).quotient_and_one; }

    /// The least input that pays `amount` or more, which is what getAmountIn asks for or one less. 0: refused.
    ///
    /// paid(a) >= w  <=>  a part out >= w (in whole + a part)  <=>  a >= w in whole / (part (out - w)), rounded up.
    [[gnu::always_inline]] u128 least_in(u128 amount) const noexcept {
        const Input input = input_for(amount);
        return input.is_whole ? input.quotient_and_one - 1 : input.quotient_and_one;
    }

private:
    struct Input {
        u128 quotient_and_one = 0;
        bool is_whole = false;
    };
    [[gnu::always_inline]] Input input_for(u128 amount) const noexcept {
        if (amount == 0 || amount >= reserve_out || part == 0) return {};
        const WideProduct numerator = wide_product(reserve_in * whole, amount);
        const u128 divisor = (reserve_out - amount) * part;
        // A quotient of 2^112 is refused, whatever it is; below, the narrow division holds.
        if ((numerator.high << (128 - reserve_bits) | numerator.low >> reserve_bits) >= divisor) return {};
        const u128 quotient = narrow_quotient(numerator, divisor);
        if ((reserve_in + quotient + 1) >> reserve_bits != 0) return {};
        // The remainder is below the divisor: it is 0 where its low 128 bits are.
        return {quotient + 1, quotient * divisor == numerator.low};
    }
};

}  // namespace osprey::protocol
