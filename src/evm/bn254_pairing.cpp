#include "evm/bn254_pairing.hpp"

#include "evm/bn254_scalar.hpp"

namespace osprey::evm::bn254 {
namespace {

/// The curve's parameter x.
constexpr uint64_t curve_x = 4965661367192848881;
constexpr SignedDigits loop_digits = non_adjacent_form(u128{6} * curve_x + 2, 2);

/// 3/ξ = 3(9 - u)/82, the constant of the twist.
constexpr Fp2 twist_b{to_field(0x2b149d40ceb8aaae81be18991be06ac3b5b4c5e559dbefa33267e6dc24a138e5_u256),
                      to_field(0x009713b03af0fed4cd2cafadeed8fdf4a74fa084e52d1852e4a2bd0685c315d2_u256)};
/// s² and s³ for an s with s⁶ = 82/3. (x, y) -> (s²x, s³y) turns the twist into y² = x³ + 9 - u, whose constant needs
/// no multiplication in the doublings, and the curve into one on which the same lines are evaluated (times s³). As s is
/// in Fp, ψ stays the same.
constexpr Fp scale_x = to_field(0x0e1fe0128a02cd0e0a58f93f91ca2c6f6f9164c3acbb7f7fa8c6cc539970d3d9_u256);
constexpr Fp scale_y = to_field(0x19556a657592548913666bb344b117b0cb2d74fd33b3f65c6ea3f74980340400_u256);

/// Homogeneous coordinates: (X/Z, Y/Z). A point with Z = 0 stays one through both steps below.
struct G2Projective {
    Fp2 x, y, z;
};

/// A point of G1, scaled, as the lines need it.
struct LineArguments {
    Fp x, y, negated_x, negated_y, triple_x;
};

/// t = 2t, and the tangent at t in the argument, up to a factor in Fp2 that the final exponentiation removes.
/// Costello, Lange, Naehrig: "Faster pairing computations on curves with high-degree twists" (2010), section 5, in the
/// form of Aranha et al. (2011), equations 11 and 12; on the scaled twist.
void doubling_step(G2Projective& t, Line& line, const LineArguments& at) noexcept {
    Fp2 a, b, c, d, e, f, g, h, j;
    mul(a, t.x, t.y);
    halve(a, a);
    sqr(b, t.y);
    sqr(c, t.z);
    add(d, c, c);
    add(d, d, c);
    mul_by_conjugated_xi(e, d);
    add(f, e, e);
    add(f, f, e);
    add(g, b, f);
    halve(g, g);
    mul(h, t.y, t.z);
    dbl(h, h);
    sqr(j, t.x);
    mul(line.c0, h, at.negated_y);
    mul(line.c1, j, at.triple_x);
    sub(line.c3, e, b);
    mul(t.z, b, h);
    sub(b, b, f);
    mul(t.x, b, a);
    // y = g² - 3e²
    Fp2Wide gg, ef;
    square_wide(gg, g);
    multiply_wide(ef, e, f);
    sub(gg, gg, ef);
    reduce(t.y, gg);
}

/// t = t + q, and the line through both in the argument. Sources as above; where t = ±q, t becomes a point with Z = 0.
void addition_step(G2Projective& t, Line& line, const G2Affine& q, const LineArguments& at) noexcept {
    Fp2 o, l, c, d, e, f, g, h;
    Fp2Wide v, w;
    mul(o, q.y, t.z);
    sub(o, t.y, o);
    mul(l, q.x, t.z);
    sub(l, t.x, l);
    sqr(c, o);
    sqr(d, l);
    mul(e, l, d);
    mul(f, t.z, c);
    mul(g, t.x, d);
    add(h, e, f);
    sub(h, h, g);
    sub(h, h, g);
    mul(t.x, l, h);
    sub(g, g, h);
    multiply_wide(v, g, o);
    multiply_wide(w, e, t.y);
    sub(v, v, w);
    reduce(t.y, v);
    mul(t.z, t.z, e);
    mul(line.c0, l, at.y);
    mul(line.c1, o, at.negated_x);
    multiply_wide(v, o, q.x);
    multiply_wide(w, l, q.y);
    sub(v, v, w);
    reduce(line.c3, v);
}

/// The untwist-Frobenius-twist endomorphism (Galbraith, Scott: "Exponentiation in pairing-friendly groups using
/// homomorphisms", 2008): multiplication by p on G2.
G2Affine psi(const G2Affine& q) noexcept {
    G2Affine r;
    conjugate(r.x, q.x);
    mul(r.x, r.x, frobenius_constants[2]);
    conjugate(r.y, q.y);
    mul(r.y, r.y, frobenius_constants[3]);
    return r;
}
/// -ψ²(q): ψ² takes y to -y.
G2Affine negated_psi_square(const G2Affine& q) noexcept {
    G2Affine r;
    mul(r.x, q.x, frobenius_square_constants[2]);
    r.y = q.y;
    return r;
}
G2Affine scaled(const G2Affine& q) noexcept {
    G2Affine r;
    mul(r.x, q.x, scale_x);
    mul(r.y, q.y, scale_y);
    return r;
}
G2Affine negated(const G2Affine& q) noexcept {
    G2Affine r;
    r.x = q.x;
    neg(r.y, q.y);
    return r;
}

/// Whether t = [6x + 2]q + ψ(q) - ψ²(q), as the end of the Miller loop has it, equals -ψ³(q).
///
/// That holds exactly on G2, and the loop computes it anyway (the argument of Dai, Lin, Zhao, Zhou: "Fast subgroup
/// membership testings for G1, G2 and GT on pairing-friendly curves", 2022, with the vector of the optimal ate
/// pairing): ψ² - tψ + p = 0 with t = 6x² + 1, so the order of whatever 6x + 2 + ψ - ψ² + ψ³ annihilates divides the
/// resultant of these two polynomials, and the greatest common divisor of that and the order of the twist is r. The
/// steps above are incomplete only where t = ±q or t is infinity; then Z = 0 from there on. That never happens to
/// points of order r, so refusing Z = 0 is right.
bool ends_in_subgroup(const G2Projective& t, const G2Affine& psi_q) noexcept {
    if (t.z.is_zero()) return false;
    Fp2 expected;
    mul(expected, psi_q.x, frobenius_square_constants[2]);
    mul(expected, expected, t.z);
    if (expected != t.x) return false;
    mul(expected, psi_q.y, t.z);
    return expected == t.y;
}

/// x in signed digits 5, 15 and 17, found by search: with the powers themselves 14 multiplications and 61 squarings.
struct ChainStep {
    int squarings, digit;
};
constexpr int chain_start = 17;
constexpr ChainStep chain[] = {{6, 15}, {5, -15}, {3, 17},  {6, 15}, {2, -17}, {6, 17},
                               {5, 5},  {6, 15},  {3, -15}, {7, 5},  {9, -15}};
static_assert([] {
    uint64_t v = chain_start;
    for (const auto& [squarings, digit] : chain) v = (v << squarings) + static_cast<uint64_t>(int64_t{digit});
    return v == curve_x;
}());

/// r = a^x for a in the cyclotomic subgroup, where inverses are conjugates.
void power_of_x(Fp12& r, const Fp12& a) noexcept {
    Fp12 square, a5, a15, a17, t;
    cyclotomic_sqr(square, a);
    cyclotomic_sqr(a5, square);
    mul(a5, a5, a);
    cyclotomic_sqr(a15, a5);
    mul(a15, a15, a5);
    mul(a17, a15, square);
    r = a17;
    for (const auto& [squarings, digit] : chain) {
        for (int i = 0; i < squarings; ++i) cyclotomic_sqr(r, r);
        const Fp12& power = digit == 5 ? a5 : digit == 17 || digit == -17 ? a17 : a15;
        if (digit > 0) {
            mul(r, r, power);
        } else {
            conjugate(t, power);
            mul(r, r, t);
        }
    }
}

}  // namespace

bool on_twist(const G2Affine& q) noexcept {
    Fp2 left, right;
    sqr(left, q.y);
    sqr(right, q.x);
    mul(right, right, q.x);
    add(right, right, twist_b);
    return left == right;
}

bool in_subgroup(const G2Affine& point) noexcept {
    const LineArguments nowhere{};
    Line unused;
    const G2Affine q = scaled(point);
    const G2Affine negated_q = negated(q), psi_q = psi(q);
    G2Projective t{q.x, q.y, fp2_one};
    for (int i = loop_digits.length - 2; i >= 0; --i) {
        doubling_step(t, unused, nowhere);
        const int digit = loop_digits.digit[static_cast<size_t>(i)];
        if (digit != 0) addition_step(t, unused, digit > 0 ? q : negated_q, nowhere);
    }
    addition_step(t, unused, psi_q, nowhere);
    addition_step(t, unused, negated_psi_square(q), nowhere);
    return ends_in_subgroup(t, psi_q);
}

bool miller_loop(Fp12& f, std::span<const Pair> pairs) noexcept {
    const size_t n = pairs.size();
    LineArguments at[max_pairs_at_once];
    G2Affine q[max_pairs_at_once], negated_q[max_pairs_at_once], psi_q[max_pairs_at_once];
    G2Projective t[max_pairs_at_once];
    for (size_t k = 0; k < n; ++k) {
        mul(at[k].x, pairs[k].p.x, scale_x);
        mul(at[k].y, pairs[k].p.y, scale_y);
        neg(at[k].negated_x, at[k].x);
        neg(at[k].negated_y, at[k].y);
        dbl(at[k].triple_x, at[k].x);
        add(at[k].triple_x, at[k].triple_x, at[k].x);
        q[k] = scaled(pairs[k].q);
        negated_q[k] = negated(q[k]);
        psi_q[k] = psi(q[k]);
        t[k] = {q[k].x, q[k].y, fp2_one};
    }

    // The lines of one step of the loop, multiplied two at a time.
    Line lines[2 * max_pairs_at_once];
    size_t count = 0;
    const auto multiply_lines = [&] {
        size_t i = 0;
        for (; i + 1 < count; i += 2) mul(f, f, lines[i], lines[i + 1]);
        if (i < count) mul(f, f, lines[i]);
        count = 0;
    };

    // Vercauteren: "Optimal pairings" (2010), section IV: f_{6x+2,Q}(P) times the lines through ψ(Q) and -ψ²(Q).
    f = fp12_one;
    for (int i = loop_digits.length - 2; i >= 0; --i) {
        if (i != loop_digits.length - 2) sqr(f, f);
        for (size_t k = 0; k < n; ++k) doubling_step(t[k], lines[count++], at[k]);
        const int digit = loop_digits.digit[static_cast<size_t>(i)];
        if (digit != 0)
            for (size_t k = 0; k < n; ++k) addition_step(t[k], lines[count++], digit > 0 ? q[k] : negated_q[k], at[k]);
        multiply_lines();
    }
    for (size_t k = 0; k < n; ++k) {
        addition_step(t[k], lines[count++], psi_q[k], at[k]);
        addition_step(t[k], lines[count++], negated_psi_square(q[k]), at[k]);
        if (!ends_in_subgroup(t[k], psi_q[k])) return false;
    }
    multiply_lines();
    return true;
}

bool final_exponentiation_is_one(const Fp12& f) noexcept {
    // Easy part: (p⁶ - 1)(p² + 1).
    Fp12 g, t;
    inverse(t, f);
    conjugate(g, f);
    mul(g, g, t);
    frobenius(t, g, 2);
    mul(g, g, t);

    // Hard part, times 2x(6x² + 3x + 1): exponents 1 + 6x + 12x² + 12x³, 4x + 6x² + 12x³, 6x + 6x² + 12x³ and
    // -1 + 4x + 6x² + 12x³ to the powers 0 to 3 of p (Fuentes-Castañeda, Knapp, Rodríguez-Henríquez: "Faster hashing
    // to G2", 2011, section 5).
    Fp12 g2x, g6x, g6xx, a, b;
    power_of_x(g2x, g);
    cyclotomic_sqr(g2x, g2x);
    cyclotomic_sqr(g6x, g2x);
    mul(g6x, g6x, g2x);
    power_of_x(g6xx, g6x);
    cyclotomic_sqr(a, g6xx);
    power_of_x(a, a);
    mul(a, a, g6xx);
    mul(a, a, g6x);  // 6x + 6x² + 12x³
    conjugate(g2x, g2x);
    mul(b, a, g2x);  // 4x + 6x² + 12x³
    mul(g6xx, g6xx, g);
    mul(g6xx, g6xx, a);  // 1 + 6x + 12x² + 12x³
    frobenius(t, b, 1);
    mul(g6xx, g6xx, t);
    frobenius(t, a, 2);
    mul(g6xx, g6xx, t);
    // The last factor moves to the other side.
    conjugate(g, g);
    mul(b, b, g);
    frobenius(t, b, 3);
    conjugate(t, t);
    return g6xx == t;
}

}  // namespace osprey::evm::bn254
