#include "protocol/amm/curve_stableswap/invariant.hpp"

#include "protocol/amm/checked.hpp"

namespace osprey::protocol::curve_stableswap {

namespace {

constexpr int max_steps = 255;

bool within_one(const u256& a, const u256& b) noexcept { return (a > b ? a - b : b - a) <= u256{1}; }

u256 over_precision(const u256& value, uint32_t precision) noexcept {
    return precision == 1 ? value : value / u256{precision};
}

}  // namespace

Solution get_d(const Invariant& invariant, std::span<const u256> balances) noexcept {
    Checked check;
    const auto n = static_cast<uint64_t>(balances.size());
    u256 sum;
    for (const u256& x : balances) sum = check.add(sum, x);
    if (!check.ok()) return {};
    if (!sum) return {{}, true};

    const u256 ann = check.mul(invariant.amplification, u256{n});
    const u256 ann_sum = over_precision(check.mul(ann, sum), invariant.a_precision);
    const u256 ann_less = check.sub(ann, u256{invariant.a_precision});
    u256 divisors[max_coins];
    for (size_t i = 0; i < n; ++i) {
        divisors[i] = balances[i];
        if (invariant.form == InvariantForm::at_the_end) continue;
        divisors[i] = check.mul(divisors[i], u256{n});
        if (invariant.form == InvariantForm::above_zero) divisors[i] = check.add(divisors[i], u256{1});
    }
    uint64_t n_to_n = 1;
    for (size_t i = 0; i < n; ++i) n_to_n *= n;  // 8^8 at most

    u256 d = sum;
    for (int step = 0; step < max_steps; ++step) {
        u256 d_p = d;
        for (size_t i = 0; i < n; ++i) d_p = check.div(check.mul(d_p, d), divisors[i]);
        if (invariant.form == InvariantForm::at_the_end) d_p = d_p / u256{n_to_n};
        const u256 before = d;
        const u256 above = check.mul(check.add(ann_sum, check.mul(d_p, u256{n})), d);
        const u256 below =
            check.add(over_precision(check.mul(ann_less, d), invariant.a_precision), check.mul(d_p, u256{n + 1}));
        d = check.div(above, below);
        if (!check.ok()) return {};
        if (within_one(d, before)) return {d, true};
    }
    return {d, !invariant.must_converge};
}

Solution get_y(const Invariant& invariant, std::span<const u256> balances, const u256& d, size_t in, size_t out,
               const u256& x) noexcept {
    Checked check;
    const u256 n{balances.size()};
    const u256 ann = check.mul(invariant.amplification, n);
    u256 c = d, sum;
    for (size_t k = 0; k < balances.size(); ++k) {
        if (k == out) continue;
        const u256& balance = k == in ? x : balances[k];
        sum = check.add(sum, balance);
        c = check.div(check.mul(c, d), check.mul(balance, n));
    }
    const u256 precision{invariant.a_precision};
    c = check.div(check.mul(check.mul(c, d), precision), check.mul(ann, n));
    const u256 b = check.add(sum, check.div(check.mul(d, precision), ann));
    if (!check.ok()) return {};

    u256 y = d;
    for (int step = 0; step < max_steps; ++step) {
        const u256 before = y;
        const u256 twice = check.add(y, y);
        y = check.div(check.add(check.mul(y, y), c), check.sub(check.add(twice, b), d));
        if (!check.ok()) return {};
        if (within_one(y, before)) return {y, true};
    }
    return {y, !invariant.must_converge};
}

}  // namespace osprey::protocol::curve_stableswap
