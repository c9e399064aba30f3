#include "protocol/amm/balancer_v2/fixed_point.hpp"

namespace osprey::protocol::balancer_v2 {

namespace {

constexpr u256 one_20 = 100'000'000'000'000'000'000_u256;
constexpr u256 one_36 = one * one;
/// FixedPoint.MAX_POW_RELATIVE_ERROR, 10^-14.
constexpr u256 max_relative_error{10'000};

/// x_n and a_n = e^(x_n) of LogExpMath, which are its definition: a_0 and a_1 without decimals, the others with 20.
struct Step {
    u256 x, a;
};
constexpr Step large_steps[] = {
    {128'000'000'000'000'000'000_u256, 38877084059945950922200000000000000000000000000000000000_u256},
    {64'000'000'000'000'000'000_u256, 6235149080811616882910000000_u256},
};
constexpr Step steps[] = {
    {3200000000000000000000_u256, 7896296018268069516100000000000000_u256},
    {1600000000000000000000_u256, 888611052050787263676000000_u256},
    {800000000000000000000_u256, 298095798704172827474000_u256},
    {400000000000000000000_u256, 5459815003314423907810_u256},
    {200000000000000000000_u256, 738905609893065022723_u256},
    {100000000000000000000_u256, 271828182845904523536_u256},
    {50000000000000000000_u256, 164872127070012814685_u256},
    {25000000000000000000_u256, 128402541668774148407_u256},
    {12500000000000000000_u256, 113314845306682631683_u256},
    {6250000000000000000_u256, 106449445891785942956_u256},
};
/// exp() stops at x_9, ln() goes on to x_11.
constexpr size_t exp_steps = 8;

/// Solidity's signed integers truncate towards zero, so that a sign and a magnitude follow them step by step.
struct Signed {
    u256 magnitude;
    bool negative = false;
};

/// n / 10^20 for n below 2^128: 10^20 is 2^20 * 5^20, and with 20 bits gone the upper word stays below 5^20.
uint64_t divide_by_one_20(u128 n) noexcept {
    constexpr uint64_t five_20 = 95'367'431'640'625;
    n >>= 20;
#if defined(__x86_64__)
    uint64_t quotient = static_cast<uint64_t>(n), rest = static_cast<uint64_t>(n >> 64);
    asm("divq %[d]" : "+a"(quotient), "+d"(rest) : [d] "r"(five_20) : "cc");
    return quotient;
#else
    return static_cast<uint64_t>(n / five_20);
#endif
}

/// 2 * (z + z^3/3 + z^5/5 + ...), the logarithm of (1 + z) / (1 - z), to the `last` odd power with `unit` as one.
template <uint64_t last>
u256 atanh_series(const u256& z, const u256& unit) noexcept {
    const u256 squared = z * z / unit;
    u256 power = z, sum = z;
    for (uint64_t n = 3; n <= last; n += 2) {
        power = power * squared / unit;
        if (!power) break;
        sum += power / u256{n};
    }
    return sum << 1;
}

/// As atanh_series<11> with 20 decimals for z up to 0.032: z is below 3.2e18 and every product below 2^128.
u256 small_series(uint64_t z) noexcept {
    const uint64_t squared = divide_by_one_20(u128{z} * z);
    uint64_t power = z, sum = z;
    for (uint64_t n = 3; n <= 11; n += 2) {
        power = divide_by_one_20(u128{power} * squared);
        sum += power / n;
    }
    return u256{sum} << 1;
}

/// LogExpMath._ln_36: 36 decimals, for arguments between 0.9 and 1.1. No product passes 2^240.
Signed ln_36(const u256& x) noexcept {
    const u256 wide = x * one;
    const bool negative = wide < one_36;
    const u256 distance = negative ? one_36 - wide : wide - one_36;
    return {atanh_series<15>(distance * one_36 / (wide + one_36), one_36), negative};
}

/// LogExpMath._ln: 18 decimals; the argument from 1 to 2^255 - 1.
Signed ln(u256 a) noexcept {
    const bool negative = a < one;
    if (negative) a = one_36 / a;
    u256 sum;
    for (const Step& step : large_steps) {
        if (a >= step.a * one) {
            a = a / step.a;
            sum += step.x;
        }
    }
    const u256 hundred{100};
    sum *= hundred;
    a *= hundred;
    for (const Step& step : steps) {
        if (a >= step.a) {
            a = a * one_20 / step.a;
            sum += step.x;
        }
    }
    // a is from 1 to e^(1/16) now: z is below 0.0313.
    const u256 z = (a - one_20) * one_20 / (a + one_20);
    return {(sum + small_series(z.w[0])) / hundred, negative};
}

/// LogExpMath.exp for exponents from 0 to 130.
u256 exp_positive(u256 x) noexcept {
    u256 first{1};
    for (const Step& step : large_steps) {
        if (x >= step.x) {
            x -= step.x;
            first = step.a;
            break;
        }
    }
    x *= u256{100};
    u256 product = one_20;
    for (size_t i = 0; i < exp_steps; ++i) {
        if (x >= steps[i].x) {
            x -= steps[i].x;
            product = product * steps[i].a / one_20;
        }
    }
    // x is below 0.25e20 now: its square is just above 2^128, every later term times x far below.
    u256 sum = one_20 + x;
    const u256 square = x * x / one_20;
    uint64_t term = square.w[0] / 2;
    uint64_t rest = term;
    const u128 factor = x.low_u128();
    for (uint64_t n = 3; n <= 12; ++n) {
        term = divide_by_one_20(factor * term) / n;
        rest += term;
    }
    sum += u256{rest};
    return product * sum / one_20 * first / u256{100};
}

}  // namespace

u256 Checked::pow(const u256& x, const u256& y) noexcept {
    if (!y) return one;
    if (!x) return {};
    constexpr u256 mild_exponent_bound =
        289480223093290488558927462521719769633174961664101410098_u256;  // 2^254 / 10^20
    if (x.is_negative() || y >= mild_exponent_bound) {
        failed = true;
        return {};
    }
    constexpr u256 tenth = 100'000'000'000'000'000_u256;
    u256 product;
    bool negative = false;
    if (one - tenth < x && x < one + tenth) {
        const Signed logarithm = ln_36(x);
        const DivResult parts = udivrem(logarithm.magnitude, one);
        product = parts.quot * y + parts.rem * y / one;
        negative = logarithm.negative;
    } else {
        const Signed logarithm = ln(x);
        product = logarithm.magnitude * y;
        negative = logarithm.negative;
    }
    product = product / one;
    constexpr u256 most = 130'000'000'000'000'000'000_u256, least = 41'000'000'000'000'000'000_u256;
    if (product > (negative ? least : most)) {
        failed = true;
        return {};
    }
    const u256 power = exp_positive(product);
    return negative && product ? one_36 / power : power;
}

u256 Checked::pow_up(const u256& x, const u256& y, PowVersion version) noexcept {
    if (version == PowVersion::short_cuts) {
        if (y == one) return x;
        if (y == one + one) return fixed_mul_up(x, x);
        if (y == u256{4} * one) {
            const u256 square = fixed_mul_up(x, x);
            return fixed_mul_up(square, square);
        }
    }
    const u256 raw = pow(x, y);
    return add(raw, add(fixed_mul_up(raw, max_relative_error), u256{1}));
}

}  // namespace osprey::protocol::balancer_v2
