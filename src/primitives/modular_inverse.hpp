#pragma once
// Inverses modulo an odd 256-bit number, in variable time: for public values only.
//
// Bernstein and Yang: "Fast constant-time gcd computation and modular inversion" (2019), in the variable-time form that
// removes runs of zero bits at once: 62 division steps at a time on the low words make a 2x2 matrix, which is then
// applied to the full-length values. The order of the tests is that of libsecp256k1's modinv64; eta is the paper's
// -delta.

#include <bit>
#include <cstdint>

#include "primitives/u256.hpp"

namespace osprey {
namespace detail {

using i128 = __int128;

/// Five signed 62-bit digits, least significant first.
struct Signed62 {
    int64_t v[5];
};
inline constexpr uint64_t mask62 = ~uint64_t{0} >> 2;

constexpr Signed62 to_signed62(const u256& a) noexcept {
    return {{static_cast<int64_t>(a.w[0] & mask62), static_cast<int64_t>((a.w[0] >> 62 | a.w[1] << 2) & mask62),
             static_cast<int64_t>((a.w[1] >> 60 | a.w[2] << 4) & mask62),
             static_cast<int64_t>((a.w[2] >> 58 | a.w[3] << 6) & mask62), static_cast<int64_t>(a.w[3] >> 56)}};
}

/// Modulo 2^62.
constexpr uint64_t inverse62(uint64_t odd) noexcept {
    uint64_t x = 1;
    for (int i = 0; i < 6; ++i) x *= 2 - odd * x;  // Newton: doubles the number of right bits
    return x & mask62;
}

/// 2^62 times the transition of 62 division steps: (f, g) becomes (u·f + v·g, q·f + r·g) / 2^62.
struct Transition {
    int64_t u, v, q, r;
};

inline int64_t division_steps_62(int64_t eta, uint64_t f, uint64_t g, Transition& t) noexcept {
    uint64_t u = 1, v = 0, q = 0, r = 1;
    int left = 62;
    for (;;) {
        // A sentinel bit ends the count at the number of steps that are left.
        const int zeros = std::countr_zero(g | (~uint64_t{0} << left));
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0) break;
        // f and g are odd. Where eta is negative they swap, with one sign; then a multiple of f cancels as many low
        // bits of g as the steps until the next swap allow. The swap is unpredictable: conditional moves, no branch.
        const bool swap = eta < 0;
        const uint64_t f_old = f, u_old = u, v_old = v;
        f = swap ? g : f;
        g = swap ? 0 - f_old : g;
        u = swap ? q : u;
        q = swap ? 0 - u_old : q;
        v = swap ? r : v;
        r = swap ? 0 - v_old : r;
        eta = swap ? -eta : eta;
        const int limit = eta + 1 > left ? left : static_cast<int>(eta) + 1;
        const uint64_t mask = (~uint64_t{0} >> (64 - limit)) & 63;
        const uint64_t w = (f * g * (f * f - 2)) & mask;  // -g/f modulo 2^6
        g += f * w;
        q += u * w;
        r += v * w;
    }
    t = {static_cast<int64_t>(u), static_cast<int64_t>(v), static_cast<int64_t>(q), static_cast<int64_t>(r)};
    return eta;
}

/// (d, e) = (u·d + v·e, q·d + r·e) / 2^62 modulo m; both stay in (-2m, m).
template <u256 modulus>
[[gnu::always_inline]] inline void update_cofactors(Signed62& d, Signed62& e, const Transition& t) noexcept {
    constexpr Signed62 m = to_signed62(modulus);
    constexpr uint64_t m_inverse = inverse62(modulus.w[0]);
    // Adding m where d or e is negative keeps the range; the rest of the multiple of m makes the low 62 bits vanish.
    const int64_t sign_d = d.v[4] >> 63, sign_e = e.v[4] >> 63;
    int64_t md = (t.u & sign_d) + (t.v & sign_e);
    int64_t me = (t.q & sign_d) + (t.r & sign_e);
    i128 cd = i128{t.u} * d.v[0] + i128{t.v} * e.v[0];
    i128 ce = i128{t.q} * d.v[0] + i128{t.r} * e.v[0];
    md -= static_cast<int64_t>((m_inverse * static_cast<uint64_t>(cd) + static_cast<uint64_t>(md)) & mask62);
    me -= static_cast<int64_t>((m_inverse * static_cast<uint64_t>(ce) + static_cast<uint64_t>(me)) & mask62);
    cd = (cd + i128{m.v[0]} * md) >> 62;
    ce = (ce + i128{m.v[0]} * me) >> 62;
    for (int i = 1; i < 5; ++i) {
        cd += i128{t.u} * d.v[i] + i128{t.v} * e.v[i] + i128{m.v[i]} * md;
        ce += i128{t.q} * d.v[i] + i128{t.r} * e.v[i] + i128{m.v[i]} * me;
        d.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(cd) & mask62);
        e.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(ce) & mask62);
        cd >>= 62;
        ce >>= 62;
    }
    d.v[4] = static_cast<int64_t>(cd);
    e.v[4] = static_cast<int64_t>(ce);
}

/// (f, g) = (u·f + v·g, q·f + r·g) / 2^62, exactly, over the lowest `length` digits.
inline void update_values(Signed62& f, Signed62& g, const Transition& t, int length) noexcept {
    i128 cf = (i128{t.u} * f.v[0] + i128{t.v} * g.v[0]) >> 62;
    i128 cg = (i128{t.q} * f.v[0] + i128{t.r} * g.v[0]) >> 62;
    for (int i = 1; i < length; ++i) {
        cf += i128{t.u} * f.v[i] + i128{t.v} * g.v[i];
        cg += i128{t.q} * f.v[i] + i128{t.r} * g.v[i];
        f.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(cf) & mask62);
        g.v[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(cg) & mask62);
        cf >>= 62;
        cg >>= 62;
    }
    f.v[length - 1] = static_cast<int64_t>(cf);
    g.v[length - 1] = static_cast<int64_t>(cg);
}

/// d = ±d + (m where that is negative): from (-2m, m) into (-m, m), or from (-m, m) into [0, m).
template <u256 modulus>
inline void negate_and_lift(Signed62& d, bool negate_first, bool lift_first) noexcept {
    constexpr Signed62 m = to_signed62(modulus);
    const int64_t sign = negate_first ? -1 : 0;
    const int64_t mask = lift_first ? d.v[4] >> 63 : 0;
    int64_t carry = 0;
    for (int i = 0; i < 5; ++i) {
        const int64_t s = (((d.v[i] + (m.v[i] & mask)) ^ sign) - sign) + carry;
        d.v[i] = i < 4 ? static_cast<int64_t>(static_cast<uint64_t>(s) & mask62) : s;
        carry = s >> 62;
    }
}

}  // namespace detail

/// 1/a modulo m, below m, for an odd m and an a < m that is coprime to it; 0 for 0.
template <u256 modulus>
u256 modular_inverse(const u256& a) noexcept {
    using namespace detail;
    static_assert((modulus.w[0] & 1) != 0);
    Signed62 d{}, e{{1}}, f = to_signed62(modulus), g = to_signed62(a);
    int length = 5;
    int64_t eta = -1;
    for (;;) {
        Transition t;
        eta = division_steps_62(eta, static_cast<uint64_t>(f.v[0]), static_cast<uint64_t>(g.v[0]), t);
        update_cofactors<modulus>(d, e, t);
        update_values(f, g, t, length);
        int64_t rest = 0;
        for (int i = 0; i < length; ++i) rest |= g.v[i];
        if (rest == 0) break;
        // Drop the top digit once it only repeats the sign of the one below it in both values.
        const int64_t top_f = f.v[length - 1], top_g = g.v[length - 1];
        if (length > 1 && (top_f ^ (top_f >> 63)) == 0 && (top_g ^ (top_g >> 63)) == 0) {
            f.v[length - 2] |= static_cast<int64_t>(static_cast<uint64_t>(top_f) << 62);
            g.v[length - 2] |= static_cast<int64_t>(static_cast<uint64_t>(top_g) << 62);
            --length;
        }
    }
    // f is now ±1 and d the inverse up to that sign, in (-2m, m).
    negate_and_lift<modulus>(d, f.v[length - 1] < 0, true);
    negate_and_lift<modulus>(d, false, true);
    const auto digit = [&d](int i) { return static_cast<uint64_t>(d.v[i]); };
    return {digit(0) | digit(1) << 62, digit(1) >> 2 | digit(2) << 60, digit(2) >> 4 | digit(3) << 58,
            digit(3) >> 6 | digit(4) << 56};
}

}  // namespace osprey
