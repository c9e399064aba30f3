#include "protocol/amm/solidly/curve.hpp"

#include <algorithm>

#include "protocol/amm/solidly/wad.hpp"

namespace osprey::protocol::solidly {

namespace {

constexpr u256 one_wad{wad};
constexpr u256 camelot_most = (u256{1} << 112) - u256{1};

/// Arithmetic of Solidity 0.8: what would revert is remembered, and everything after it counts for nothing.
struct Checked {
    bool failed = false;

    u256 mul(const u256& a, const u256& b) noexcept {
        if (a.fits_u128() && b.fits_u128()) [[likely]]
            return a * b;
        const u512 p = mul_full(a, b);
        failed |= (p.w[4] | p.w[5] | p.w[6] | p.w[7]) != 0;
        return {p.w[0], p.w[1], p.w[2], p.w[3]};
    }
    u256 add(const u256& a, const u256& b) noexcept {
        const AddResult sum = add_carry(a, b);
        failed |= sum.carry;
        return sum.value;
    }
    u256 sub(const u256& a, const u256& b) noexcept {
        const AddResult difference = sub_borrow(a, b);
        failed |= difference.carry;
        return difference.value;
    }
    u256 div(const u256& a, const u256& b) noexcept {
        failed |= !b;
        return a / b;
    }
};

/// Arithmetic of Solidity 0.5 outside of SafeMath: only a division by zero reverts.
struct Wrapping {
    bool failed = false;

    u256 mul(const u256& a, const u256& b) noexcept { return a * b; }
    u256 add(const u256& a, const u256& b) noexcept { return a + b; }
    u256 sub(const u256& a, const u256& b) noexcept { return a - b; }
    u256 div(const u256& a, const u256& b) noexcept {
        failed |= !b;
        return a / b;
    }
};

/// What Camelot's stable pairs pay out of an input, amount * (10^5 share) * fee / 10^15, in lower terms.
constexpr uint64_t owner_whole = 10'000'000'000;
uint64_t owner_part(const Curve& curve, TokenIndex in) noexcept { return uint64_t{curve.owner_share} * curve.fees[in]; }

/// _k of a stable pool. Camelot's is SafeMath's: checked as the others are.
u256 stable_k(Checked& math, const std::array<u256, 2>& units, const u256& amount0, const u256& amount1) noexcept {
    const u256 x = math.div(math.mul(amount0, one_wad), units[0]);
    const u256 y = math.div(math.mul(amount1, one_wad), units[1]);
    const u256 a = over_wad(math.mul(x, y));
    const u256 b = math.add(over_wad(math.mul(x, x)), over_wad(math.mul(y, y)));
    return over_wad(math.mul(a, b));
}

/// _d: 3 x y^2 + x^3, of which the second part is `cube`.
template <class Math>
u256 derivative(Math& math, const u256& three_x, const u256& cube, const u256& y) noexcept {
    return math.add(over_wad(math.mul(three_x, over_wad(math.mul(y, y)))), cube);
}

constexpr int most_steps = 255;

/// _get_y of Solidly, Velodrome V1 and Camelot.
template <class Math>
u256 solve_as_solidly(Math& math, const u256& x, const u256& k, u256 y) noexcept {
    const u256 cube = over_wad(math.mul(over_wad(math.mul(x, x)), x));
    const u256 three_x = math.mul(3, x);
    for (int i = 0; i < most_steps && !math.failed; ++i) {
        const u256 square = over_wad(math.mul(y, y));
        const u256 here = math.add(over_wad(math.mul(x, over_wad(math.mul(square, y)))), over_wad(math.mul(cube, y)));
        const u256 slope = math.add(over_wad(math.mul(three_x, square)), cube);
        const bool below = here < k;
        const u256 step = math.div(math.mul(below ? k - here : here - k, one_wad), slope);
        const u256 before = y;
        y = below ? math.add(y, step) : math.sub(y, step);
        if ((y > before ? y - before : before - y) <= u256{1}) break;
    }
    return y;
}

/// _f of Velodrome V2's Pool.
u256 velodrome_f(Checked& math, const u256& x, const u256& xx, const u256& y) noexcept {
    const u256 a = over_wad(math.mul(x, y));
    const u256 b = math.add(xx, over_wad(math.mul(y, y)));
    return over_wad(math.mul(a, b));
}

/// _get_y of Velodrome V2 and Aerodrome. Its look at the next y goes through _k, which scales both by the tokens' units
/// once more, whichever token they are of.
u256 solve_as_velodrome(Checked& math, const std::array<u256, 2>& units, const u256& x, const u256& k,
                        u256 y) noexcept {
    const u256 xx = over_wad(math.mul(x, x));
    const u256 cube = over_wad(math.mul(xx, x));
    const u256 three_x = math.mul(3, x);
    for (int i = 0; i < most_steps && !math.failed; ++i) {
        const u256 here = velodrome_f(math, x, xx, y);
        const u256 slope = derivative(math, three_x, cube, y);
        if (here < k) {
            u256 step = math.div(math.mul(k - here, one_wad), slope);
            if (!step) {
                if (stable_k(math, units, x, math.add(y, 1)) > k) return y + u256{1};
                step = 1;
            }
            y = math.add(y, step);
        } else {
            u256 step = math.div(math.mul(here - k, one_wad), slope);
            if (!step) {
                if (here == k) return y;
                if (velodrome_f(math, x, xx, math.sub(y, 1)) < k) return y;
                step = 1;
            }
            y = math.sub(y, step);
        }
    }
    math.failed = true;
    return y;
}

/// amountIn - amountIn * fee / unit.
u256 after_fee(Checked& math, const u256& amount, uint32_t fee, uint32_t unit) noexcept {
    return amount - math.mul(amount, fee) / u256{unit};
}

/// The other coordinate of the curve through the reserves, where the first is `x`: in 10^18ths, as x is.
u256 other_side(Checked& math, const Curve& curve, const u256& x, const u256& from) noexcept {
    const u256 k = stable_k(math, curve.units, curve.reserves[0], curve.reserves[1]);
    if (math.failed) return {};
    switch (curve.kind) {
        case Kind::velodrome:
            return solve_as_velodrome(math, curve.units, x, k, from);
        case Kind::solidly:
            return solve_as_solidly(math, x, k, from);
        case Kind::camelot:
            break;
    }
    Wrapping wrapping;
    const u256 y = solve_as_solidly(wrapping, x, k, from);
    math.failed |= wrapping.failed;
    return y;
}

/// `amount` of the token in 10^18ths. Camelot does it unchecked, with amounts that a pair can hold.
u256 scaled(Checked& math, const Curve& curve, TokenIndex token, const u256& amount) noexcept {
    if (curve.kind == Kind::camelot) return amount * one_wad / curve.units[token];
    return math.div(math.mul(amount, one_wad), curve.units[token]);
}

Amount stable_out(const Curve& curve, TokenIndex in, const u256& amount) noexcept {
    const auto out = static_cast<TokenIndex>(in ^ 1);
    if (!curve.units[0] || !curve.units[1]) return {};
    Checked math;
    const u256 kept = after_fee(math, amount, curve.fees[in], fee_unit(curve.kind));
    const u256 x = scaled(math, curve, in, curve.reserves[in]), y = scaled(math, curve, out, curve.reserves[out]);
    const u256 added = scaled(math, curve, in, kept);
    if (curve.kind == Kind::camelot) {
        const u256 paid = y - other_side(math, curve, added + x, y);
        return {paid * curve.units[out] / one_wad, !math.failed};
    }
    const u256 x_after = math.add(added, x);
    if (math.failed) return {};
    const u256 paid = math.sub(y, other_side(math, curve, x_after, y));
    return {over_wad(math.mul(paid, curve.units[out])), !math.failed};
}

Amount volatile_out(const Curve& curve, TokenIndex in, const u256& amount) noexcept {
    const u256 &reserve_in = curve.reserves[in], &reserve_out = curve.reserves[in ^ 1];
    Checked math;
    if (curve.kind == Kind::camelot) {
        const uint32_t unit = fee_unit(curve.kind);
        const u256 kept = math.mul(amount, unit - curve.fees[in]);
        const u256 paid = math.div(math.mul(kept, reserve_out), math.add(math.mul(reserve_in, unit), kept));
        return {paid, !math.failed};
    }
    const u256 kept = after_fee(math, amount, curve.fees[in], fee_unit(curve.kind));
    const u256 paid = math.div(math.mul(kept, reserve_out), math.add(reserve_in, kept));
    return {paid, !math.failed};
}

u256 k_of(Checked& math, const Curve& curve, const u256& amount0, const u256& amount1) noexcept {
    return curve.stable ? stable_k(math, curve.units, amount0, amount1) : math.mul(amount0, amount1);
}

constexpr u256 saturated(const MulDiv& r) noexcept { return r.overflow ? u256::max() : r.quot; }

/// The smallest input of which at least `kept` is left: in - floor(in fee / unit) = ceil(in (unit - fee) / unit).
u256 before_fee(const u256& kept, uint32_t fee, uint32_t unit) noexcept {
    if (!kept) return {};
    const u256 below = saturated(mul_div(kept - u256{1}, unit, unit - fee));
    return below == u256::max() ? below : below + u256{1};
}

Amount stable_in(const Curve& curve, TokenIndex in, const u256& amount_out) noexcept {
    const auto out = static_cast<TokenIndex>(in ^ 1);
    const u256 most = most_in(curve, in);
    const auto pays = [&](const u256& amount) {
        const Amount paid = get_amount_out(curve, in, amount);
        return paid.ok && paid.value >= amount_out && swapped(curve, in, amount, paid.value).ok;
    };
    if (!curve.units[0] || !curve.units[1] || !most) return {};
    // The curve is the same seen from the other side.
    u256 guess{1};
    {
        Checked math;
        const u256 x = scaled(math, curve, in, curve.reserves[in]);
        const u256 left = scaled(math, curve, out, curve.reserves[out] - amount_out);
        if (!math.failed) {
            const u256 needed = other_side(math, curve, left, x);
            if (!math.failed && needed > x) {
                const u256 kept = saturated(mul_div(needed - x, curve.units[in], one_wad));
                guess = std::clamp(before_fee(kept, curve.fees[in], fee_unit(curve.kind)), u256{1}, most);
            }
        }
    }
    // Steps that double, first to a side of the guess that pays enough, then to one that does not, then in between.
    u256 step{1}, enough = guess, too_little{};
    if (pays(guess)) {
        while (true) {
            if (enough <= step) break;  // too_little stays 0, which pays nothing
            const u256 lower = enough - step;
            if (!pays(lower)) {
                too_little = lower;
                break;
            }
            enough = lower;
            step <<= 1;
        }
    } else {
        too_little = guess;
        while (true) {
            if (too_little >= most) return {};
            const u256 higher = most - too_little <= step ? most : too_little + step;
            if (pays(higher)) {
                enough = higher;
                break;
            }
            too_little = higher;
            step <<= 1;
        }
    }
    while (enough - too_little > u256{1}) {
        const u256 middle = too_little + ((enough - too_little) >> 1);
        (pays(middle) ? enough : too_little) = middle;
    }
    return {enough, true};
}

}  // namespace

Amount get_amount_out(const Curve& curve, TokenIndex in, const u256& amount_in) noexcept {
    return curve.stable ? stable_out(curve, in, amount_in) : volatile_out(curve, in, amount_in);
}

Swapped swapped(const Curve& curve, TokenIndex in, const u256& amount_in, const u256& amount_out) noexcept {
    const auto out = static_cast<TokenIndex>(in ^ 1);
    // Both outputs have to be below their reserves, the one of 0 too.
    if (!amount_out || amount_out >= curve.reserves[out] || !curve.reserves[in] || !amount_in) return {};
    if (curve.stable && (!curve.units[0] || !curve.units[1])) return {};
    Checked math;
    const uint32_t unit = fee_unit(curve.kind);
    const u256 fee = math.mul(amount_in, curve.fees[in]) / u256{unit};
    std::array<u256, 2> counted, left;  // by K; and in the pool afterwards
    counted[out] = left[out] = curve.reserves[out] - amount_out;
    counted[in] = left[in] = math.sub(math.add(curve.reserves[in], amount_in), fee);
    if (curve.kind == Kind::camelot) {
        // Twice what a pair holds stays too much whatever is paid out of it.
        if (bit_width(amount_in) > 113) return {};
        left[in] = curve.reserves[in] + amount_in;
        if (curve.stable) left[in] -= amount_in * u256{owner_part(curve, in)} / u256{owner_whole};
        if (left[in] > camelot_most) return {};
    } else {
        math.mul(fee, one_wad);  // _update0: (amount * 1e18) / totalSupply
    }
    const u256 before = k_of(math, curve, curve.reserves[0], curve.reserves[1]);
    const u256 after = k_of(math, curve, counted[0], counted[1]);
    return {left, !math.failed && after >= before};
}

u256 most_in(const Curve& curve, TokenIndex in) noexcept {
    const u256 &reserve_in = curve.reserves[in], &reserve_out = curve.reserves[in ^ 1];
    if (!reserve_in || !reserve_out) return {};
    if (curve.kind == Kind::camelot) {
        const u256 room = camelot_most - reserve_in;
        return curve.stable ? mul_div(room, owner_whole, owner_whole - owner_part(curve, in)).quot : room;
    }
    const uint32_t fee = curve.fees[in], unit = fee_unit(curve.kind);
    if (curve.stable) {
        // Every way of the three computes x^3 / 10^18, which passes 2^256 from x = 2^106 on.
        const u256 room =
            (u256{1} << 106) - std::min(u256{1} << 106, saturated(mul_div(reserve_in, one_wad, curve.units[in])));
        const u256 kept = saturated(mul_div(room, curve.units[in], one_wad));
        return before_fee(kept + u256{1}, fee, unit);
    }
    // kept * reserve_out overflows above the first; from the second on, all but one unit is paid.
    const u256 kept = std::min(u256::max() / reserve_out, saturated(mul_div(reserve_in, reserve_out, 1)));
    return std::min(before_fee(kept, fee, unit), u256::max() - reserve_in);
}

Amount amount_in_for(const Curve& curve, TokenIndex in, const u256& amount_out) noexcept {
    const u256 &reserve_in = curve.reserves[in], &reserve_out = curve.reserves[in ^ 1];
    if (!amount_out || amount_out >= reserve_out || !reserve_in) return {};
    if (curve.stable) return stable_in(curve, in, amount_out);
    const u256 left = reserve_out - amount_out;
    const uint32_t fee = curve.fees[in], unit = fee_unit(curve.kind);
    Amount needed;
    if (curve.kind == Kind::camelot) {
        // The smallest a with a (unit - fee) left >= amount_out * reserve_in * unit: all below 2^241.
        const MulDiv r = mul_div(amount_out * reserve_in, unit, left * u256{unit - fee});
        if (r.overflow) return {};
        needed.value = r.quot + u256{r.inexact};
    } else {
        // The smallest kept with kept * left >= amount_out * reserve_in.
        const MulDiv r = mul_div(amount_out, reserve_in, left);
        if (r.overflow || r.quot == u256::max()) return {};
        needed.value = before_fee(r.quot + u256{r.inexact}, fee, unit);
    }
    const Amount paid = get_amount_out(curve, in, needed.value);
    needed.ok = paid.ok && swapped(curve, in, needed.value, paid.value).ok;
    return needed;
}

}  // namespace osprey::protocol::solidly
