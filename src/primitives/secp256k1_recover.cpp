// Recovery of the signer's public key. Nothing here is secret, so everything runs in variable time; signing and key
// derivation, which must not, stay with libsecp256k1 (docs/decisions/0004).

#include <algorithm>
#include <cstring>
#include <memory>

#include "primitives/keccak.hpp"
#include "primitives/secp256k1.hpp"
#include "primitives/secp256k1_field.hpp"
#include "primitives/secp256k1_scalar.hpp"

namespace osprey::secp256k1 {
namespace {

constexpr Field beta = to_field(0x7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501ee_u256);

struct Affine {
    Field x, y;
};
constexpr Affine generator{to_field(0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798_u256),
                           to_field(0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8_u256)};

/// (X/Z², Y/Z³); infinity has a flag of its own, so that nothing need be tested for zero.
struct Jacobian {
    Field x, y, z;
    bool infinity;
};

/// p = 2p for finite p. Three multiplications, four squarings; the group's order is odd, so y is never 0. With
/// L = 3X²/2 and S = Y²: X' = L² - 2XS, Y' = L(XS - X') - S², Z' = YZ (the doubling of Hankerson, Menezes, Vanstone,
/// section 3.2, with a = 0 and coordinates scaled by 1/2).
void double_point(Jacobian& p) noexcept {
    Field l, s, t, u;
    sqr(s, p.y);
    sqr(l, p.x);
    mul(p.z, p.z, p.y);
    mul(t, p.x, s);
    halve(u, l);
    add(l, l, u);
    add(u, t, t);
    sqr(p.x, l);
    sub(p.x, p.x, u);
    sub(t, t, p.x);
    mul_sub_sqr(p.y, l, t, s);
}

/// p + q for finite p, where q is given on the curve on which p's true Z is `z`: 8 multiplications, 3 squarings
/// (Hankerson, Menezes, Vanstone, algorithm 3.22).
[[gnu::always_inline]] inline void add_affine_at(Jacobian& p, const Affine& q, const Field& z) noexcept {
    Field zz, h, s, hh, v;
    sqr(zz, z);
    mul(s, q.y, z);
    mul(h, q.x, zz);
    mul(s, s, zz);
    sub(h, h, p.x);
    sub(s, s, p.y);
    if (h.is_zero()) [[unlikely]] {
        if (s.is_zero()) {
            double_point(p);
        } else {
            p.infinity = true;
        }
        return;
    }
    mul(p.z, p.z, h);
    sqr(hh, h);
    mul(v, p.x, hh);
    mul(hh, hh, h);
    sqr(p.x, s);
    sub(p.x, p.x, hh);
    add(h, v, v);
    sub(p.x, p.x, h);
    sub(v, v, p.x);
    mul_sub(p.y, v, s, hh, p.y);
}
void add_affine(Jacobian& p, const Affine& q) noexcept { add_affine_at(p, q, p.z); }
/// p + q, where p stands on the curve scaled by `common_z` and q on the true one.
void add_affine_scaled(Jacobian& p, const Affine& q, const Field& common_z) noexcept {
    Field z;
    mul(z, p.z, common_z);
    add_affine_at(p, q, z);
}

/// table[i] = (2i + 1)·p for i < size, all over one common Z, which is returned: on the isomorphic curve on which that
/// Z is 1 they are affine, and the formulas above do not know the curve's constant (the "effective affine" tables of
/// libsecp256k1). No inversion. `ratio` is working space. The group's order is a prime above 2·size + 1, so none of the
/// additions is degenerate.
void odd_multiples(Affine* table, Field* ratio, size_t size, const Affine& p, Field& common_z) noexcept {
    Jacobian twice{p.x, p.y, field_one, false};
    double_point(twice);
    // On the curve scaled by the double's Z, the double itself is affine.
    Field zz, zzz, h, s, c, v;
    sqr(zz, twice.z);
    mul(zzz, zz, twice.z);
    mul(table[0].x, p.x, zz);
    mul(table[0].y, p.y, zzz);
    // Each sum and the double again, on the curve scaled by the difference of their abscissas: four multiplications and
    // two squarings (Meloni: "New Point Addition Formulae for ECC Applications", 2007, the addition with a common Z).
    Affine step{twice.x, twice.y};
    for (size_t i = 1; i < size; ++i) {
        const Affine& q = table[i - 1];
        Affine& sum = table[i];
        sub(h, step.x, q.x);
        sub(s, step.y, q.y);
        ratio[i] = h;
        sqr(c, h);
        mul(v, q.x, c);
        mul(step.x, step.x, c);
        sqr(sum.x, s);
        sub(c, step.x, v);
        sub(sum.x, sum.x, v);
        sub(sum.x, sum.x, step.x);
        mul(step.y, step.y, c);
        sub(v, step.x, sum.x);
        mul(v, v, s);
        sub(sum.y, v, step.y);
    }
    // Everything onto the last one's curve.
    Field scale = ratio[size - 1];
    for (size_t i = size - 1; i-- > 0;) {
        sqr(zz, scale);
        mul(zzz, zz, scale);
        mul(table[i].x, table[i].x, zz);
        mul(table[i].y, table[i].y, zzz);
        if (i != 0) mul(scale, scale, ratio[i]);
    }
    mul(common_z, scale, twice.z);
}

// --- the generator's multiples ----------------------------------------------------------------

/// Each entry is one cache line.
constexpr int generator_window = 15;
struct alignas(64) GeneratorTable {
    static constexpr size_t size = size_t{1} << (generator_window - 2);
    Affine entry[size];

    GeneratorTable() noexcept {
        const auto ratio = std::make_unique<Field[]>(size);
        Field z, zz;
        odd_multiples(entry, ratio.get(), size, generator, z);
        inverse(z, z);
        sqr(zz, z);
        mul(z, z, zz);
        for (Affine& e : entry) {
            mul(e.x, e.x, zz);
            mul(e.y, e.y, z);
        }
    }
};

/// Half a megabyte, made when first asked for, in about 2 ms: too much for a constant expression.
const GeneratorTable& generator_table() noexcept {
    static const GeneratorTable table;
    return table;
}

constexpr int point_window = 5;
constexpr size_t point_table_size = size_t{1} << (point_window - 2);

const Affine& entry_of(const Affine* table, int digit) noexcept { return table[(digit < 0 ? -digit : digit) / 2]; }

}  // namespace

std::optional<Address> recover(const Hash& digest, const u256& r, const u256& s, bool y_parity) noexcept {
    if (!r || !s || r >= order || s >= order) return {};

    // The key is -z/r·G + s/r·R.
    u256 z = load_be32(digest.data());
    if (z >= order) z -= order;
    const u256 r_inverse = scalar_inverse(r);
    const SplitScalar g_scalar = split(scalar_negate(scalar_mul(z, r_inverse)));
    const SplitScalar r_scalar = split(scalar_mul(s, r_inverse));
    const Digits g_digits[2] = {{g_scalar.first, generator_window}, {g_scalar.second, generator_window}};
    const Digits r_digits[2] = {{r_scalar.first, point_window}, {r_scalar.second, point_window}};
    // A block's transactions are far apart in time for a cache: fetch while the square root is taken.
    const Affine* const g_table = generator_table().entry;
    for (const Digits& digits : g_digits)
        for (int i = 0; i < digits.length; ++i)
            if (digits.digit[i] != 0) __builtin_prefetch(&entry_of(g_table, digits.digit[i]));

    // y² = x³ + 7; y is not 0, for no point has order 2.
    Affine point{to_field(r), {}};
    sqr(point.y, point.x);
    mul(point.y, point.y, point.x);
    add(point.y, point.y, Field{{7, 0, 0, 0}});
    if (!sqrt(point.y, point.y)) return {};
    if (((normalised(point.y).w[0] & 1) != 0) != y_parity) neg(point.y, point.y);

    Affine r_table[2][point_table_size];
    Field common_z;
    {
        Field ratio[point_table_size];
        odd_multiples(r_table[0], ratio, point_table_size, point, common_z);
    }
    for (size_t i = 0; i < point_table_size; ++i) {
        mul(r_table[1][i].x, r_table[0][i].x, beta);
        r_table[1][i].y = r_table[0][i].y;
    }

    // The four products at once, sharing the doublings (Straus 1964), on the curve scaled by common_z.
    Jacobian sum{.infinity = true};
    const int length = std::max({g_digits[0].length, g_digits[1].length, r_digits[0].length, r_digits[1].length});
    for (int i = length - 1; i >= 0; --i) {
        if (!sum.infinity) double_point(sum);
        for (int j = 0; j < 2; ++j) {
            const int d = r_digits[j].digit[i];
            if (d == 0) continue;
            Affine q = entry_of(r_table[j], d);
            if (d < 0) neg(q.y, q.y);
            if (sum.infinity) {
                sum = {q.x, q.y, field_one, false};
            } else {
                add_affine(sum, q);
            }
        }
        for (int j = 0; j < 2; ++j) {
            const int d = g_digits[j].digit[i];
            if (d == 0) continue;
            Affine q = entry_of(g_table, d);
            if (j != 0) mul(q.x, q.x, beta);
            if (d < 0) neg(q.y, q.y);
            if (sum.infinity) {
                Field zz;
                sqr(zz, common_z);
                mul(sum.x, q.x, zz);
                mul(zz, zz, common_z);
                mul(sum.y, q.y, zz);
                sum.z = field_one;
                sum.infinity = false;
            } else {
                add_affine_scaled(sum, q, common_z);
            }
        }
    }
    if (sum.infinity) return {};

    Field inverse_z, zz;
    mul(inverse_z, sum.z, common_z);
    inverse(inverse_z, inverse_z);
    sqr(zz, inverse_z);
    mul(sum.x, sum.x, zz);
    mul(zz, zz, inverse_z);
    mul(sum.y, sum.y, zz);
    uint8_t key[64];
    store_be32(key, normalised(sum.x));
    store_be32(key + 32, normalised(sum.y));
    const Hash h = keccak256_64(key);
    Address a;
    std::memcpy(a.data(), h.data() + 12, 20);
    return a;
}

}  // namespace osprey::secp256k1
