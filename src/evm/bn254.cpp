#include "evm/bn254.hpp"

#include <algorithm>
#include <cstring>

#include "evm/bn254_pairing.hpp"
#include "evm/bn254_scalar.hpp"

namespace osprey::evm::bn254 {
namespace {

// --- encoding ---------------------------------------------------------------------------------

bool is_infinity(const G1Affine& p) noexcept { return p.x.is_zero() && p.y.is_zero(); }
bool is_infinity(const G2Affine& q) noexcept { return q.x.is_zero() && q.y.is_zero(); }

bool read(Fp& r, const uint8_t* bytes) noexcept {
    const u256 v = load_be32(bytes);
    if (v >= field_modulus) return false;
    r = to_field(v);
    return true;
}

bool read(G1Affine& p, const uint8_t* bytes) noexcept {
    if (!read(p.x, bytes) || !read(p.y, bytes + 32)) return false;
    if (is_infinity(p)) return true;
    Fp left, right;
    sqr(left, p.y);
    sqr(right, p.x);
    mul(right, right, p.x);
    add(right, right, curve_b);
    return left == right;
}

bool read(G2Affine& q, const uint8_t* bytes) noexcept {
    if (!read(q.x.c1, bytes) || !read(q.x.c0, bytes + 32) || !read(q.y.c1, bytes + 64) || !read(q.y.c0, bytes + 96))
        return false;
    return is_infinity(q) || on_twist(q);
}

void write(uint8_t out[64], const G1Affine& p) noexcept {
    store_be32(out, from_field(p.x));
    store_be32(out + 32, from_field(p.y));
}

template <size_t N>
void copy_padded(uint8_t (&buffer)[N], BytesView input) noexcept {
    const size_t n = std::min(input.size(), N);
    if (n != 0) std::memcpy(buffer, input.data(), n);
    std::memset(buffer + n, 0, N - n);
}

// --- G1 ---------------------------------------------------------------------------------------

/// (X/Z², Y/Z³); infinity has a flag of its own, so that nothing need be tested for zero.
struct G1Jacobian {
    Fp x, y, z;
    bool infinity;
};

/// r = a·b + c·d with one reduction.
void sum_of_products(Fp& r, const Fp& a, const Fp& b, const Fp& c, const Fp& d) noexcept {
    FpWide v, w;
    multiply_wide(v, a, b);
    multiply_wide(w, c, d);
    add(v, v, w);
    reduce(r, v);
}

/// Three multiplications, four squarings; the group's order is odd, so y is never 0. With L = 3X²/2 and S = Y²:
/// X' = L² - 2XS, Y' = L(XS - X') - S², Z' = YZ (the doubling of Hankerson, Menezes, Vanstone, section 3.2, with a = 0
/// and coordinates scaled by 1/2).
void double_point(G1Jacobian& p) noexcept {
    Fp l, s, t, v;
    sqr(l, p.x);
    add(v, l, l);
    add(l, l, v);
    halve(l, l);
    sqr(s, p.y);
    mul(t, p.x, s);
    mul(p.z, p.z, p.y);
    sqr(p.x, l);
    sub(p.x, p.x, t);
    sub(p.x, p.x, t);
    sub(t, p.x, t);
    sum_of_products(v, l, t, s, s);
    neg(p.y, v);
}

/// p + q for finite p; `ratio`, where wanted, receives Z'/Z. Eight multiplications, three squarings (Hankerson,
/// Menezes, Vanstone, algorithm 3.22).
void add_affine(G1Jacobian& p, const G1Affine& q, Fp* ratio = nullptr) noexcept {
    Fp zz, h, s, hh, hhh, v, t;
    sqr(zz, p.z);
    mul(h, q.x, zz);
    sub(h, h, p.x);
    mul(s, zz, p.z);
    mul(s, s, q.y);
    sub(s, s, p.y);
    if (h.is_zero()) {
        if (s.is_zero()) {
            double_point(p);
        } else {
            p.infinity = true;
        }
        return;
    }
    if (ratio != nullptr) *ratio = h;
    mul(p.z, p.z, h);
    sqr(hh, h);
    mul(hhh, hh, h);
    mul(v, p.x, hh);
    sqr(p.x, s);
    sub(p.x, p.x, hhh);
    sub(p.x, p.x, v);
    sub(p.x, p.x, v);
    sub(v, v, p.x);
    neg(t, p.y);
    sum_of_products(p.y, s, v, hhh, t);
}

// --- scalar multiplication --------------------------------------------------------------------
// Gallant, Lambert, Vanstone: "Faster point multiplication on elliptic curves with efficient endomorphisms" (2001).
// φ(x, y) = (βx, y) is multiplication by λ, a cube root of 1 modulo r; k = k1 + k2·λ with k1 and k2 of 127 bits. The
// lattice of all (a, b) with a + bλ = 0 modulo r has the short basis (a1, -b1), (a2, a1):

constexpr Fp beta = to_field(0x59e26bcea0d48bacd4f263f1acdb5c4f5763473177fffffe_u256);
constexpr u256 lattice_a1 = 0x89d3256894d213e3_u256;
constexpr u256 lattice_b1 = 0x6f4d8248eeb859fc8211bbeb7d4f1128_u256;
constexpr u256 lattice_a2 = 0x6f4d8248eeb859fd0be4e1541221250b_u256;
/// floor(2^256·a1 / r) and floor(2^256·b1 / r).
constexpr u256 lattice_g1 = 0x2d91d232ec7e0b3d7_u256;
constexpr u256 lattice_g2 = 0x24ccef014a773d2cf7a7bd9d4391eb18d_u256;

struct HalfScalar {
    u128 magnitude;
    bool negative;
};
HalfScalar half_scalar(const u256& v) noexcept {
    return v.is_negative() ? HalfScalar{(-v).low_u128(), true} : HalfScalar{v.low_u128(), false};
}

u256 multiply_high(const u256& a, const u256& b) noexcept {
    const u512 p = mul_full(a, b);
    return {p.w[4], p.w[5], p.w[6], p.w[7]};
}

constexpr int window = 5;
constexpr size_t table_size = 1 << (window - 2);

/// table[i] = (2i + 1)·p, all over one common Z, which is returned: on the isomorphic curve on which that Z is 1 they
/// are affine, and the formulas above do not know the curve's constant. No inversion (the "effective affine" tables of
/// libsecp256k1; Meloni's co-Z idea of 2007).
Fp odd_multiples(G1Affine (&table)[table_size], const G1Affine& p) noexcept {
    G1Jacobian twice{p.x, p.y, fp_one, false};
    double_point(twice);
    // On the curve scaled by the double's Z, the double itself is affine.
    Fp zz, zzz;
    sqr(zz, twice.z);
    mul(zzz, zz, twice.z);
    const G1Affine step{twice.x, twice.y};
    G1Jacobian t{{}, {}, fp_one, false};
    mul(t.x, p.x, zz);
    mul(t.y, p.y, zzz);
    Fp ratio[table_size];
    table[0] = {t.x, t.y};
    for (size_t i = 1; i < table_size; ++i) {
        add_affine(t, step, &ratio[i]);
        table[i] = {t.x, t.y};
    }
    Fp scale = fp_one;
    for (size_t i = table_size - 1; i-- > 0;) {
        mul(scale, scale, ratio[i + 1]);
        sqr(zz, scale);
        mul(zzz, zz, scale);
        mul(table[i].x, table[i].x, zz);
        mul(table[i].y, table[i].y, zzz);
    }
    mul(t.z, t.z, twice.z);
    return t.z;
}

/// k·p for p finite and 0 < k < r.
G1Affine multiply(const G1Affine& p, const u256& k) noexcept {
    const u256 c1 = multiply_high(k, lattice_g1), c2 = multiply_high(k, lattice_g2);
    const HalfScalar half[2] = {half_scalar(k - c1 * lattice_a1 - c2 * lattice_a2),
                                half_scalar(c1 * lattice_b1 - c2 * lattice_a1)};
    const SignedDigits digits[2] = {non_adjacent_form(half[0].magnitude, window),
                                    non_adjacent_form(half[1].magnitude, window)};
    G1Affine table[2][table_size];
    const Fp common_z = odd_multiples(table[0], p);
    for (size_t i = 0; i < table_size; ++i) {
        mul(table[1][i].x, table[0][i].x, beta);
        table[1][i].y = table[0][i].y;
    }

    G1Jacobian acc{.infinity = true};
    for (int i = std::max(digits[0].length, digits[1].length) - 1; i >= 0; --i) {
        if (!acc.infinity) double_point(acc);
        for (int j = 0; j < 2; ++j) {
            const int d = digits[j].digit[static_cast<size_t>(i)];
            if (d == 0) continue;
            G1Affine q = table[j][(d < 0 ? -d : d) / 2];
            if ((d < 0) != half[j].negative) neg(q.y, q.y);
            if (acc.infinity) {
                acc = {q.x, q.y, fp_one, false};
            } else {
                add_affine(acc, q);
            }
        }
    }

    Fp z, zz;
    mul(z, acc.z, common_z);
    inverse(z, z);
    sqr(zz, z);
    G1Affine r;
    mul(r.x, acc.x, zz);
    mul(zz, zz, z);
    mul(r.y, acc.y, zz);
    return r;
}

}  // namespace

bool add(BytesView input, uint8_t out[64]) noexcept {
    uint8_t buffer[128];
    copy_padded(buffer, input);
    G1Affine p, q;
    if (!read(p, buffer) || !read(q, buffer + 64)) return false;
    if (is_infinity(p)) {
        write(out, q);
        return true;
    }
    if (is_infinity(q)) {
        write(out, p);
        return true;
    }
    // The slope: (y2 - y1)/(x2 - x1), or 3x²/2y at a double point.
    Fp dx, dy, slope;
    sub(dx, q.x, p.x);
    sub(dy, q.y, p.y);
    if (dx.is_zero()) {
        if (!dy.is_zero()) {
            std::memset(out, 0, 64);
            return true;
        }
        sqr(slope, p.x);
        add(dy, slope, slope);
        add(dy, dy, slope);
        dbl(dx, p.y);
    }
    inverse(dx, dx);
    mul(slope, dy, dx);
    G1Affine r;
    sqr(r.x, slope);
    sub(r.x, r.x, p.x);
    sub(r.x, r.x, q.x);
    sub(r.y, p.x, r.x);
    mul(r.y, r.y, slope);
    sub(r.y, r.y, p.y);
    write(out, r);
    return true;
}

bool mul(BytesView input, uint8_t out[64]) noexcept {
    uint8_t buffer[96];
    copy_padded(buffer, input);
    G1Affine p;
    if (!read(p, buffer)) return false;
    u256 k = load_be32(buffer + 64);
    while (k >= group_order) k -= group_order;  // at most five times
    if (!k || is_infinity(p)) {
        std::memset(out, 0, 64);
        return true;
    }
    write(out, multiply(p, k));
    return true;
}

bool pairing_check(BytesView input, bool& result) noexcept {
    constexpr size_t pair_size = 192;
    if (input.size() % pair_size != 0) return false;
    Fp12 product = fp12_one, f;
    Pair pairs[max_pairs_at_once];
    size_t count = 0;
    bool trivial = true;
    const auto flush = [&] {
        if (count == 0) return true;
        if (!miller_loop(f, {pairs, count})) return false;
        mul(product, product, f);
        count = 0;
        trivial = false;
        return true;
    };
    for (size_t offset = 0; offset < input.size(); offset += pair_size) {
        auto& [p, q] = pairs[count];
        if (!read(p, input.data() + offset) || !read(q, input.data() + offset + 64)) return false;
        if (is_infinity(q)) continue;
        if (is_infinity(p)) {
            // The Miller loop of a pair checks its q; here there is none.
            if (!in_subgroup(q)) return false;
            continue;
        }
        if (++count == max_pairs_at_once && !flush()) return false;
    }
    if (!flush()) return false;
    result = trivial || final_exponentiation_is_one(product);
    return true;
}

}  // namespace osprey::evm::bn254
