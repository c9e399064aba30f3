#include "protocol/amm/balancer_v1/math.hpp"

namespace osprey::protocol::balancer_v1 {

namespace {

/// BConst.sol: MIN_BPOW_BASE, MAX_BPOW_BASE, BPOW_PRECISION.
constexpr u256 least_base{1};
constexpr u256 greatest_base = u256{2} * one - u256{1};
constexpr u256 precision = 100'000'000_u256;

struct Difference {
    u256 size;
    bool negative;
};
Difference difference(const u256& a, const u256& b) noexcept {
    return a >= b ? Difference{.size = a - b, .negative = false} : Difference{.size = b - a, .negative = true};
}

}  // namespace

u256 Math::whole_power(u256 base, uint64_t exponent) noexcept {
    u256 power = exponent % 2 != 0 ? base : one;
    for (exponent /= 2; exponent != 0 && ok(); exponent /= 2) {
        base = fixed_mul(base, base);
        if (exponent % 2 != 0) power = fixed_mul(power, base);
    }
    return power;
}

/// (1 + x)^a = 1 + a x + a (a - 1) / 2 x^2 + ...
u256 Math::series(const u256& base, const u256& exponent) noexcept {
    const Difference x = difference(base, one);
    u256 term = one, sum = one;
    bool negative = false;
    for (u256 k = one; term >= precision && ok(); k += one) {
        const Difference c = difference(exponent, k - one);
        term = fixed_div(fixed_mul(term, fixed_mul(c.size, x.size)), k);
        if (!term) break;
        negative ^= x.negative ^ c.negative;
        sum = negative ? sub(sum, term) : add(sum, term);
    }
    return sum;
}

u256 Math::power(const u256& base, const u256& exponent) noexcept {
    require(base >= least_base && base <= greatest_base);
    const u256 whole = exponent / one, rest = exponent - whole * one;
    require(whole.fits_u64());
    if (!ok()) return {};
    const u256 power = whole_power(base, whole.w[0]);
    return rest && ok() ? fixed_mul(power, series(base, rest)) : power;
}

u256 Math::spot_price(const Entry& in, const Entry& out, const u256& fee) noexcept {
    const u256 ratio = fixed_div(fixed_div(in.balance, in.weight), fixed_div(out.balance, out.weight));
    return fixed_mul(ratio, fixed_div(one, sub(one, fee)));
}

u256 Math::out_given_in(const Entry& in, const Entry& out, const u256& amount_in, const u256& fee) noexcept {
    const u256 ratio = fixed_div(in.weight, out.weight);
    const u256 kept = fixed_mul(amount_in, sub(one, fee));
    const u256 base = fixed_div(in.balance, add(in.balance, kept));
    return fixed_mul(out.balance, sub(one, power(base, ratio)));
}

u256 Math::in_given_out(const Entry& in, const Entry& out, const u256& amount_out, const u256& fee) noexcept {
    const u256 ratio = fixed_div(out.weight, in.weight);
    const u256 base = fixed_div(out.balance, sub(out.balance, amount_out));
    const u256 net = fixed_mul(in.balance, sub(power(base, ratio), one));
    return fixed_div(net, sub(one, fee));
}

}  // namespace osprey::protocol::balancer_v1
