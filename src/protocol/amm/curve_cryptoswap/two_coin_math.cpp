#include "protocol/amm/curve_cryptoswap/two_coin_math.hpp"

#include <algorithm>

#include "protocol/amm/checked.hpp"

namespace osprey::protocol::curve_cryptoswap::two {

namespace {

constexpr u256 a_multiplier{10'000};
constexpr u256 min_a{4'000}, max_a{4'000'000'000ULL};
constexpr u256 min_gamma{10'000'000'000ULL}, max_gamma{20'000'000'000'000'000ULL};
constexpr u256 e14{100'000'000'000'000ULL}, e16{10'000'000'000'000'000ULL};
constexpr u256 e17{100'000'000'000'000'000ULL};
constexpr u256 e20 = 100'000'000'000'000'000'000_u256;
constexpr u256 e33 = 1'000'000'000'000'000'000'000'000'000'000'000_u256;
constexpr int max_steps = 255;

u256 distance(const u256& a, const u256& b) noexcept { return a > b ? a - b : b - a; }
u256 half(const u256& a) noexcept { return a >> uint64_t{1}; }

bool sane_a_gamma(const u256& ann, const u256& gamma) noexcept {
    return ann >= min_a && ann <= max_a && gamma >= min_gamma && gamma <= max_gamma;
}
bool sane_part(const u256& frac) noexcept { return frac >= e16 && frac <= e20; }

/// D / (A N^N) * g^2 / gamma^2.
u256 pull(Checked& check, const u256& d, const u256& gamma, const u256& g, const u256& ann) noexcept {
    const u256 once = check.mul(check.mul(wad, d) / gamma, g) / gamma;
    return check.mul(check.mul(once, g), a_multiplier) / ann;
}

}  // namespace

Solution geometric_mean(const Balances& x) noexcept {
    Checked check;
    const u256 product = check.mul(x[0], x[1]);
    if (!check.ok()) return {};
    u256 d = std::max(x[0], x[1]);
    for (int step = 0; step < max_steps; ++step) {
        const u256 before = d;
        d = half(check.add(d, check.div(product, d)));
        const u256 moved = distance(d, before);
        if (moved <= u256{1} || check.mul(moved, wad) < d) return {d, check.ok()};
        if (!check.ok()) return {};
    }
    return {};
}

Solution reduction_coefficient(const Balances& x, const u256& fee_gamma) noexcept {
    Checked check;
    const u256 sum = check.add(x[0], x[1]);
    const u256 even = check.div(check.mul(check.div(check.mul(wad * u256{4}, x[0]), sum), x[1]), sum);
    return {check.div(check.mul(fee_gamma, wad), check.sub(check.add(fee_gamma, wad), even)), check.ok()};
}

Solution newton_d(const u256& ann, const u256& gamma, const Balances& x) noexcept {
    if (!sane_a_gamma(ann, gamma)) return {};
    const u256 &high = std::max(x[0], x[1]), &low = std::min(x[0], x[1]);
    if (high < u256{1'000'000'000} || high > e33 || low * wad / high < e14) return {};
    const Solution mean = geometric_mean(x);
    if (!mean.ok) return {};

    Checked check;
    u256 d = mean.value + mean.value;
    const u256 s = high + low, g1 = gamma + wad;
    for (int step = 0; step < max_steps; ++step) {
        const u256 before = d;
        const u256 k0 = check.div(check.mul(check.div(wad * u256{4} * high, d), low), d);
        const u256 g = distance(g1, k0) + u256{1};
        const u256 mul1 = pull(check, d, gamma, g, ann);
        const u256 mul2 = check.mul(wad * u256{4}, k0) / g;
        const u256 slope =
            check.sub(check.add(check.add(s, check.mul(s, mul2) / wad), check.div(check.mul(mul1, u256{2}), k0)),
                      check.mul(mul2, d) / wad);
        const u256 plus = check.div(check.mul(d, check.add(slope, s)), slope);
        const u256 tilt = check.div(check.mul(check.mul(d, check.div(mul1, slope)) / wad, distance(wad, k0)), k0);
        u256 minus = check.div(check.mul(d, d), slope);
        minus = wad > k0 ? check.add(minus, tilt) : check.sub(minus, tilt);
        if (!check.ok()) return {};
        d = plus > minus ? plus - minus : half(minus - plus);
        if (check.mul(distance(d, before), e14) < std::max(e16, d)) {
            for (const u256& part : x) check.require(sane_part(check.div(check.mul(part, wad), d)));
            return {d, check.ok()};
        }
        if (!check.ok()) return {};
    }
    return {};
}

Solution newton_y(const u256& ann, const u256& gamma, const Balances& x, const u256& d, size_t i) noexcept {
    if (!sane_a_gamma(ann, gamma) || d < e17 || d > e33) return {};
    const u256& other = x[1 - i];
    Checked check;
    u256 y = check.div(d * d, check.mul(other, u256{4}));  // d <= 10^33
    const u256 k0_i = check.mul(wad + wad, other) / d;
    check.require(k0_i >= e16 + e16 && k0_i <= e20 + e20);
    if (!check.ok()) return {};
    const u256 limit = std::max(std::max(other / e14, d / e14), u256{100});
    const u256 g1 = gamma + wad, wad_d = wad * d;

    for (int step = 0; step < max_steps; ++step) {
        const u256 before = y;
        const u256 k0 = check.mul(check.mul(k0_i, y), u256{2}) / d;
        const u256 s = check.add(other, y);
        const u256 g = check.add(distance(g1, k0), u256{1});
        const u256 mul1 = pull(check, d, gamma, g, ann);
        const u256 mul2 = check.add(wad, check.div(check.mul(wad + wad, k0), g));
        u256 yfprime = check.add(check.add(check.mul(wad, y), check.mul(s, mul2)), mul1);
        const u256 dyfprime = check.mul(d, mul2);
        if (!check.ok()) return {};
        if (yfprime < dyfprime) {
            y = half(before);
            continue;
        }
        yfprime -= dyfprime;
        const u256 fprime = check.div(yfprime, y);
        u256 minus = check.div(mul1, fprime);
        const u256 plus = check.add(check.div(check.add(yfprime, wad_d), fprime), check.div(check.mul(minus, wad), k0));
        minus = check.add(minus, check.div(check.mul(wad, s), fprime));
        if (!check.ok()) return {};
        y = plus < minus ? half(before) : plus - minus;
        if (distance(y, before) < std::max(limit, y / e14)) {
            check.require(sane_part(check.mul(y, wad) / d));
            return {y, check.ok()};
        }
    }
    return {};
}

}  // namespace osprey::protocol::curve_cryptoswap::two
