#include "protocol/amm/curve_cryptoswap/math.hpp"

#include <algorithm>

#include "protocol/amm/checked_signed.hpp"

namespace osprey::protocol::curve_cryptoswap {

namespace {

constexpr u256 n{coins};
constexpr u256 a_multiplier{10'000};
constexpr u256 min_a{2'700}, max_a{270'000'000};
constexpr u256 min_gamma{10'000'000'000ULL}, max_gamma{50'000'000'000'000'000ULL};
constexpr u256 e14{100'000'000'000'000ULL}, e16{10'000'000'000'000'000ULL};
constexpr u256 e17{100'000'000'000'000'000ULL};
constexpr u256 e20 = 100'000'000'000'000'000'000_u256;
constexpr u256 e33 = 1'000'000'000'000'000'000'000'000'000'000'000_u256;
constexpr u256 e36 = 1'000'000'000'000'000'000'000'000'000'000'000'000_u256;
constexpr int max_steps = 255;

const u256& larger(const u256& a, const u256& b) noexcept { return a > b ? a : b; }
u256 distance(const u256& a, const u256& b) noexcept { return a > b ? a - b : b - a; }

/// High to low. Equal values are alike, so that every sort gives the same.
Balances sorted(Balances x) noexcept {
    if (x[0] < x[1]) std::swap(x[0], x[1]);
    if (x[1] < x[2]) std::swap(x[1], x[2]);
    if (x[0] < x[1]) std::swap(x[0], x[1]);
    return x;
}

bool sane_a_gamma(const u256& ann, const u256& gamma) noexcept {
    return ann >= min_a && ann <= max_a && gamma >= min_gamma && gamma <= max_gamma;
}
bool sane_d(const u256& d) noexcept { return d >= e17 && d <= e33; }
bool sane_part(const u256& frac) noexcept { return frac >= e16 && frac <= e20; }

/// _newton_y() of either contract, after the checks of A, gamma and D: they are the same.
Solution newton_y_of(const u256& ann, const u256& gamma, const Balances& x, const u256& d, size_t i) noexcept {
    Checked check;
    for (size_t k = 0; k < coins; ++k)
        if (k != i) check.require(sane_part(check.div(check.mul(x[k], wad), d)));
    if (!check.ok()) return {};

    Balances high_to_low = x;
    high_to_low[i] = u256{};
    high_to_low = sorted(high_to_low);
    const u256 limit = larger(larger(high_to_low[0] / e14, d / e14), u256{100});
    u256 y = d / n, k0_i = wad, s_i;
    for (size_t k = coins - 1; k-- > 0;) {
        y = check.div(check.mul(y, d), check.mul(high_to_low[k], n));
        s_i = check.add(s_i, high_to_low[k]);
    }
    for (size_t k = 0; k + 1 < coins; ++k) k0_i = check.div(check.mul(check.mul(k0_i, high_to_low[k]), n), d);
    const u256 g1 = check.add(gamma, wad);
    const u256 d_over_gamma = check.mul(wad, d) / gamma;
    const u256 wad_d = check.mul(wad, d);

    for (int step = 0; step < max_steps; ++step) {
        const u256 before = y;
        const u256 k0 = check.div(check.mul(check.mul(k0_i, y), n), d);
        const u256 s = check.add(s_i, y);
        const u256 g1k0 = check.add(distance(g1, k0), u256{1});
        // D / (A * N^N) * g1k0^2 / gamma^2
        const u256 mul1 = check.mul(check.mul(check.mul(d_over_gamma, g1k0) / gamma, g1k0), a_multiplier) / ann;
        const u256 mul2 = check.add(wad, check.div(check.mul(wad + wad, k0), g1k0));
        u256 yfprime = check.add(check.add(check.mul(wad, y), check.mul(s, mul2)), mul1);
        const u256 dyfprime = check.mul(d, mul2);
        if (!check.ok()) return {};
        if (yfprime < dyfprime) {
            y = before >> uint64_t{1};
            continue;
        }
        yfprime -= dyfprime;
        const u256 fprime = check.div(yfprime, y);
        u256 minus = check.div(mul1, fprime);
        const u256 plus = check.add(check.div(check.add(yfprime, wad_d), fprime), check.div(check.mul(minus, wad), k0));
        minus = check.add(minus, check.div(check.mul(wad, s), fprime));
        if (!check.ok()) return {};
        y = plus < minus ? before >> uint64_t{1} : plus - minus;
        if (distance(y, before) < larger(limit, y / e14)) {
            check.require(sane_part(check.div(check.mul(y, wad), d)));
            return {y, check.ok()};
        }
    }
    return {};
}

}  // namespace

namespace first {

namespace {

Solution mean_of(const Balances& x) noexcept {
    Checked check;
    u256 d = x[0];
    for (int step = 0; step < max_steps; ++step) {
        const u256 before = d;
        u256 product = wad;
        for (const u256& part : x) product = check.div(check.mul(product, part), d);
        d = check.mul(d, check.add(wad + wad, product)) / (wad * n);
        if (!check.ok()) return {};
        const u256 moved = distance(d, before);
        if (moved <= u256{1} || check.mul(moved, wad) < d) return {d, check.ok()};
        if (!check.ok()) return {};
    }
    return {};
}

}  // namespace

Solution geometric_mean(const Balances& x) noexcept { return mean_of(sorted(x)); }

Solution reduction_coefficient(const Balances& x, const u256& fee_gamma) noexcept {
    Checked check;
    u256 s;
    for (const u256& part : x) s = check.add(s, part);
    u256 k = wad;
    for (const u256& part : x) k = check.div(check.mul(check.mul(k, n), part), s);
    if (fee_gamma) k = check.div(check.mul(fee_gamma, wad), check.sub(check.add(fee_gamma, wad), k));
    return {k, check.ok()};
}

Solution newton_d(const u256& ann, const u256& gamma, const Balances& unsorted) noexcept {
    if (!sane_a_gamma(ann, gamma)) return {};
    const Balances x = sorted(unsorted);
    if (x[0] < u256{1'000'000'000} || x[0] > e33) return {};
    for (size_t i = 1; i < coins; ++i)
        if (x[i] * wad / x[0] < u256{100'000'000'000ULL}) return {};  // at most 10^33 * 10^18
    const Solution mean = mean_of(x);
    if (!mean.ok) return {};

    Checked check;
    u256 d = check.mul(n, mean.value);
    const u256 s = x[0] + x[1] + x[2];
    const u256 g1 = gamma + wad;
    for (int step = 0; step < max_steps; ++step) {
        const u256 before = d;
        u256 k0 = wad;
        for (const u256& part : x) k0 = check.div(check.mul(check.mul(k0, part), n), d);
        const u256 g1k0 = distance(g1, k0) + u256{1};
        const u256 mul1 =
            check.mul(check.mul(check.mul(check.mul(wad, d) / gamma, g1k0) / gamma, g1k0), a_multiplier) / ann;
        const u256 mul2 = check.div(check.mul(wad * u256{6}, k0), g1k0);
        const u256 neg_fprime =
            check.sub(check.add(check.add(s, check.mul(s, mul2) / wad), check.div(check.mul(mul1, n), k0)),
                      check.mul(mul2, d) / wad);
        const u256 plus = check.div(check.mul(d, check.add(neg_fprime, s)), neg_fprime);
        u256 minus = check.div(check.mul(d, d), neg_fprime);
        const u256 tilt = check.div(check.mul(check.mul(d, check.div(mul1, neg_fprime)) / wad, distance(wad, k0)), k0);
        minus = wad > k0 ? check.add(minus, tilt) : check.sub(minus, tilt);
        if (!check.ok()) return {};
        d = plus > minus ? plus - minus : (minus - plus) >> uint64_t{1};
        if (check.mul(distance(d, before), e14) < larger(e16, d)) {
            for (const u256& part : x) check.require(sane_part(check.div(check.mul(part, wad), d)));
            return {d, check.ok()};
        }
        if (!check.ok()) return {};
    }
    return {};
}

Solution newton_y(const u256& ann, const u256& gamma, const Balances& x, const u256& d, size_t i) noexcept {
    if (!sane_a_gamma(ann, gamma) || !sane_d(d)) return {};
    return newton_y_of(ann, gamma, x, d, i);
}

Solution halfpow(const u256& power, const u256& precision) noexcept {
    const u256 whole = power / wad, rest = power % wad;
    if (whole > u256{59}) return {{}, true};
    const u256 result = wad >> whole;
    if (!rest) return {result, true};
    Checked check;
    u256 term = wad, s = wad;
    const u256 half = wad >> uint64_t{1};
    bool negative = false;
    for (uint64_t i = 1; i < 256; ++i) {
        const u256 k = u256{i} * wad, less = k - wad;
        negative ^= rest > less;
        const u256 c = distance(rest, less);
        term = check.mul(term, c * half / wad) / k;
        s = negative ? check.sub(s, term) : check.add(s, term);
        if (!check.ok()) return {};
        if (term < precision) return {check.mul(result, s) / wad, check.ok()};
    }
    return {};
}

Solution sqrt_int(const u256& x) noexcept {
    if (!x) return {{}, true};
    Checked check;
    u256 z = check.add(x, wad) >> uint64_t{1}, y = x;
    for (int step = 0; step < 256; ++step) {
        if (z == y) return {y, check.ok()};
        y = z;
        z = check.add(check.div(check.mul(x, wad), z), z) >> uint64_t{1};
        if (!check.ok()) return {};
    }
    return {};
}

}  // namespace first

namespace ng {

u256 cbrt(const u256& x) noexcept {
    constexpr u256 small = 115'792'089'237'316'195'423'570'985'008'687'907'853'269_u256;
    const bool is_large = x >= small * wad, is_middle = !is_large && x >= small;
    const u256 xx = is_large ? x : is_middle ? x * wad : x * e36;
    const unsigned log2 = xx ? 255 - clz(xx) : 0;
    constexpr uint64_t above[] = {1, 1260, 1260 * 1260}, below[] = {1, 1000, 1000 * 1000};
    u256 a = (u256{1} << uint64_t{log2 / 3}) * u256{above[log2 % 3]} / u256{below[log2 % 3]};
    for (int step = 0; step < 7; ++step) a = (a + a + xx / (a * a)) / u256{3};
    if (is_large) return a * u256{1'000'000'000'000ULL};
    if (is_middle) return a * u256{1'000'000};
    return a;
}

Solution geometric_mean(const Balances& x) noexcept {
    Checked check;
    const u256 product = check.mul(check.mul(x[0], x[1]) / wad, x[2]) / wad;
    return {product ? cbrt(product) : u256{}, check.ok()};
}

Solution reduction_coefficient(const Balances& x, const u256& fee_gamma) noexcept {
    Checked check;
    const u256 s = check.add(check.add(x[0], x[1]), x[2]);
    u256 k = check.div(check.mul(wad * n, x[0]), s);
    k = check.mul(check.mul(k, n), x[1]) / s;
    k = check.mul(check.mul(k, n), x[2]) / s;
    if (fee_gamma) k = check.div(check.mul(fee_gamma, wad), check.sub(check.add(fee_gamma, wad), k));
    return {k, check.ok()};
}

Solution newton_d(const u256& ann, const u256& gamma, const Balances& unsorted, const u256& k0_prev) noexcept {
    const Balances x = sorted(unsorted);
    constexpr u256 e24 = 1'000'000'000'000'000'000'000'000_u256;
    if (x[0] >= u256::max() / wad * u256{27} || !x[0]) return {};
    const u256 s = x[0] + x[1] + x[2];
    Checked check;
    u256 d;
    if (!k0_prev) {
        const Solution mean = geometric_mean(x);
        if (!mean.ok) return {};
        d = n * mean.value;
    } else {
        const bool large = s > e36, middle = !large && s > e24;
        const u256& less = large ? e36 : middle ? e24 : wad;
        const u256 product = check.mul(check.mul(x[0], x[1]) / less, x[2]) / k0_prev;
        u256 scaled = check.mul(product, u256{27});
        if (large) scaled = check.mul(scaled, u256{1'000'000'000'000ULL});
        if (middle) scaled = check.mul(scaled, u256{1'000'000});
        if (!check.ok()) return {};
        d = cbrt(scaled);
    }

    const u256 g1 = gamma + wad;
    for (int step = 0; step < max_steps; ++step) {
        const u256 before = d;
        // Unchecked in the contract, as here.
        u256 k0 = wad * x[0] * n / d;
        k0 = k0 * x[1] * n / d;
        k0 = k0 * x[2] * n / d;
        const u256 g1k0 = distance(g1, k0) + u256{1};
        const u256 mul1 = wad * d / gamma * g1k0 / gamma * g1k0 * a_multiplier / ann;
        const u256 mul2 = wad * u256{6} * k0 / g1k0;
        const u256 neg_fprime = s + s * mul2 / wad + mul1 * n / k0 - mul2 * d / wad;
        const u256 plus = check.mul(d, neg_fprime + s) / neg_fprime;
        u256 minus = check.mul(d, d) / neg_fprime;
        const u256 tilt = check.mul(d, mul1 / neg_fprime) / wad * distance(wad, k0) / k0;
        minus = wad > k0 ? check.add(minus, tilt) : check.sub(minus, tilt);
        if (!check.ok()) return {};
        d = plus > minus ? plus - minus : (minus - plus) >> uint64_t{1};
        if (distance(d, before) * e14 < larger(e16, d)) {
            for (const u256& part : x) {
                const u256 frac = part * wad / d;
                check.require(frac >= e16 - u256{1} && frac <= e20);
            }
            return {d, check.ok()};
        }
    }
    return {};
}

Y get_y(const u256& ann, const u256& gamma, const Balances& x, const u256& d, size_t i) noexcept {
    if (!sane_a_gamma(ann, gamma) || !sane_d(d)) return {};
    {
        Checked check;
        for (size_t k = 0; k < coins; ++k)
            if (k != i) check.require(sane_part(check.mul(x[k], wad) / d));
        if (!check.ok()) return {};
    }
    const u256& x_j = x[i == 0 ? 1 : 0];
    const u256& x_k = x[i == 2 ? 1 : 2];
    CheckedSigned check;
    const auto over = unsafe_div_signed;
    const u256 gamma2 = gamma * gamma;
    const u256 three{3}, u27{27};

    u256 a = e36 / u27;
    u256 b = check.sub(e36 / u256{9} + over((wad + wad) * gamma, u27),
                       over(over(over(check.mul(over(d * d, x_j) * gamma2, ann), u256{729}), a_multiplier), x_k));
    u256 c = check.add(e36 / u256{9} + over(gamma * (gamma + u256{4} * wad), u27),
                       over(over(over(check.mul(gamma2, x_j + x_k - d), d) * ann, u27), a_multiplier));
    u256 e = over(check.mul(wad + gamma, wad + gamma), u27);

    const u256 d0 = check.abs(check.sub(check.div(check.mul(three * a, c), b), b));
    if (!check.ok()) return {};
    // 10^48 and 10^30 down to 10^20 and 10^2, both by 10^4.
    u256 divider{1};
    {
        constexpr u256 e48 = 1'000'000'000'000'000'000'000'000'000'000'000'000'000'000'000'000_u256;
        constexpr u256 e30 = 1'000'000'000'000'000'000'000'000'000'000_u256;
        u256 bound = e48, by = e30;
        for (int k = 0; k < 8; ++k) {
            if (d0 > bound) {
                divider = by;
                break;
            }
            bound = bound / a_multiplier;
            by = by / a_multiplier;
        }
    }

    if (check.abs(a) > check.abs(b)) {
        const u256 more = check.abs(over(a, b));
        a = over(a * more, divider);
        b = over(check.mul(b, more), divider);
        c = over(check.mul(c, more), divider);
        e = over(check.mul(e, more), divider);
    } else {
        const u256 less = check.abs(over(b, a));
        a = over(check.div(a, less), divider);
        b = over(over(b, less), divider);
        c = over(over(c, less), divider);
        e = over(over(e, less), divider);
    }

    const u256 ac3 = check.mul(three * a, c);
    const u256 delta0 = check.sub(over(ac3, b), b);
    const u256 delta1 = check.sub(check.sub(over(check.mul(three, ac3), b), b + b),
                                  over(check.mul(over(check.mul(u27, check.mul(a, a)), b), e), b));
    const u256 sqrt_arg =
        check.add(check.mul(delta1, delta1), check.mul(over(check.mul(u256{4}, check.mul(delta0, delta0)), b), delta0));
    if (!check.ok()) return {};
    if (sqrt_arg.is_negative() || !sqrt_arg) {
        const Solution y = newton_y_of(ann, gamma, x, d, i);
        return {y.value, {}, y.ok};
    }
    const u256 root_of_arg = isqrt(sqrt_arg);

    const u256 b_cbrt_size = cbrt(CheckedSigned::magnitude(b));
    const u256 b_cbrt = b.is_negative() ? -b_cbrt_size : b_cbrt_size;
    u256 second;
    if (!delta1.is_negative() && delta1) {
        second = cbrt(check.in_range(check.add(delta1, root_of_arg)) >> uint64_t{1});
    } else {
        const u256 sum = check.sub(u256{}, check.sub(delta1, root_of_arg));
        second = -cbrt(check.in_range(sum) >> uint64_t{1});
    }
    const u256 c1 = over(check.mul(over(check.mul(b_cbrt, b_cbrt), wad), second), wad);
    const u256 root_k0 = over(check.sub(check.add(b, check.div(check.mul(b, delta0), c1)), c1), three);
    const u256 root = over(check.mul(over(check.mul(over(over(check.mul(d, d), u27), x_k), d), x_j), root_k0), a);
    const Y out{check.in_range(root), check.in_range(over(wad * root_k0, a)), true};
    const u256 frac = out.y * wad / d;
    check.require(frac >= e16 - u256{1} && frac <= e20);
    if (!check.ok()) return {};
    return out;
}

P get_p(const Balances& xp, const u256& d, const u256& ann, const u256& gamma) noexcept {
    if (!sane_d(d)) return {};
    Checked check;
    const auto& [x, y, z] = xp;
    const u256 two{2}, three{3};
    const u256 k0 = check.mul(check.mul(check.mul(check.mul(u256{27}, x), y) / d, z) / d, e36) / d;
    const u256 g1 = gamma + wad;
    const u256 gk0 = check.sub(check.add(check.mul(check.mul(check.mul(two, k0), k0) / e36, k0) / e36, g1 * g1),
                               check.mul(k0 * k0 / e36, two * gamma + three * wad) / wad);
    // N^N A gamma^2
    const u256 steep = ann * (gamma * gamma) / a_multiplier;
    const auto pull = [&](const u256& balance) {
        return check.add(gk0, check.mul(check.mul(steep, balance) / d, k0) / e36);
    };
    const u256 denominator = pull(x);
    const auto price = [&](const u256& other) {
        return check.mul(check.div(check.mul(x, pull(other)), other), wad) / denominator;
    };
    const u256 first_price = price(y), second_price = price(z);
    return {{first_price, second_price}, check.ok()};
}

/// snekmate's wad_exp: shifts that round down, not divisions that truncate.
Solution wad_exp(const u256& power) noexcept {
    constexpr u256 ln2_96 = 54'916'777'467'707'473'351'141'471'128_u256;
    if (power.is_negative() && -power >= 42'139'678'854'452'767'551_u256) return {{}, true};
    if (!power.is_negative() && power >= 135'305'999'368'893'231'589_u256) return {};
    const auto down = [](const u256& value) { return sar(value, u256{96}); };
    const auto times = [&](const u256& a, const u256& b) { return down(a * b); };
    constexpr u256 five_to_18{3'814'697'265'625ULL};
    u256 x = unsafe_div_signed(power << uint64_t{78}, five_to_18);
    const u256 k = down(unsafe_div_signed(x << uint64_t{96}, ln2_96) + (u256{1} << uint64_t{95}));
    x = x - k * ln2_96;
    u256 y = x + 1'346'386'616'545'796'478'920'950'773'328_u256;
    y = times(y, x) + 57'155'421'227'552'351'082'224'309'758'442_u256;
    u256 p = y + x - 94'201'549'194'550'492'254'356'042'504'812_u256;
    p = times(p, y) + 28'719'021'644'029'726'153'956'944'680'412'240_u256;
    p = p * x + (4'385'272'521'454'847'904'659'076'985'693'276_u256 << uint64_t{96});
    u256 q = x - 2'855'989'394'907'223'263'936'484'059'900_u256;
    q = times(q, x) + 50'020'603'652'535'783'019'961'831'881'945_u256;
    q = times(q, x) - 533'845'033'583'426'703'283'633'433'725'380_u256;
    q = times(q, x) + 3'604'857'256'930'695'427'073'651'918'091'429_u256;
    q = times(q, x) - 14'423'608'567'350'463'180'887'372'962'807'573_u256;
    q = times(q, x) + 26'449'188'498'355'588'339'934'803'723'976'023_u256;
    const u256 r = unsafe_div_signed(p, q);
    // The shift is to the right for every power in range: k is 195 at most.
    return {(r * 3'822'833'074'963'236'453'042'738'258'902'158'003'155'416'615'667_u256) >> (u256{195} - k), true};
}

}  // namespace ng

}  // namespace osprey::protocol::curve_cryptoswap
