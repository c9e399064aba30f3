#pragma once
// Division by 10^18, which the stable curve does a dozen times a step.

#include "primitives/u256.hpp"

namespace osprey::protocol::solidly {

inline constexpr uint64_t wad = 1'000'000'000'000'000'000;

namespace detail {

inline constexpr unsigned wad_shift = std::countl_zero(wad);
inline constexpr uint64_t wad_high = wad << wad_shift;
/// floor((2^128 - 1) / wad_high) - 2^64.
inline constexpr uint64_t wad_reciprocal = static_cast<uint64_t>(~u128{} / wad_high - (u128{1} << 64));

/// One word of the quotient; `rest` below wad_high before and after (Moller and Granlund, "Improved division by
/// invariant integers", algorithm 4).
[[gnu::always_inline]] inline uint64_t wad_digit(uint64_t& rest, uint64_t next) noexcept {
    const u128 q = u128{wad_reciprocal} * rest + ((u128{rest} << 64) | next);
    uint64_t digit = static_cast<uint64_t>(q >> 64) + 1;
    uint64_t r = next - digit * wad_high;
    const bool over = r > static_cast<uint64_t>(q);
    digit -= over;
    r += over ? wad_high : 0;
    if (r >= wad_high) [[unlikely]] {
        ++digit;
        r -= wad_high;
    }
    rest = r;
    return digit;
}

}  // namespace detail

/// floor(v / 10^18).
inline u256 over_wad(const u256& v) noexcept {
    constexpr unsigned s = detail::wad_shift;
    u256 out;
    const auto digits_below = [&](uint64_t rest, size_t top) {
        for (size_t i = top; i > 0; --i)
            out.w[i] = detail::wad_digit(rest, osprey::detail::funnel_up(v.w[i], v.w[i - 1], s));
        out.w[0] = detail::wad_digit(rest, v.w[0] << s);
    };
    if (v.w[3] != 0) {
        digits_below(v.w[3] >> (64 - s), 3);
    } else if (v.w[2] != 0) {
        digits_below(v.w[2] >> (64 - s), 2);
    } else {
        digits_below(v.w[1] >> (64 - s), 1);
    }
    return out;
}

}  // namespace osprey::protocol::solidly
