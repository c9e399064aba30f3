// Point evaluation, the check of a KZG proof against a blob's commitment: EIP-4844.

#include <blst.h>
#include <blst_aux.h>

#include <algorithm>

#include "evm/precompile_functions.hpp"
#include "primitives/hex.hpp"

namespace osprey::evm::precompile {
namespace {

constexpr u256 bls_modulus = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001_u256;
constexpr u256 field_elements_per_blob = 4096_u256;
constexpr uint8_t versioned_hash_version = 0x01;

/// [tau]G2, compressed: the second G2 power of the ceremony's trusted setup, and all of it that verifying needs.
constexpr std::string_view tau_g2 =
    "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72"
    "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2";

/// The lines that the Miller loop draws through a point of G2 that never changes.
struct FixedPoint {
    blst_fp6 lines[68];
};

/// What every check needs, computed at the first one.
struct Setup {
    FixedPoint g2, tau;

    Setup() noexcept {
        blst_precompute_lines(g2.lines, blst_p2_affine_generator());
        uint8_t compressed[96];
        parse_hex_to(tau_g2, compressed);
        blst_p2_affine p;
        blst_p2_uncompress(&p, compressed);
        blst_precompute_lines(tau.lines, &p);
    }
};

const Setup& setup() noexcept {
    static const Setup s;
    return s;
}

/// A compressed point of the subgroup; infinity is one.
bool read_point(const uint8_t* in, blst_p1_affine& out) noexcept {
    return blst_p1_uncompress(&out, in) == BLST_SUCCESS && (blst_p1_affine_is_inf(&out) || blst_p1_affine_in_g1(&out));
}

bool read_scalar(const uint8_t* in, blst_scalar& out) noexcept {
    if (load_be32(in) >= bls_modulus) return false;
    blst_scalar_from_bendian(&out, in);
    return true;
}

void miller_loop(blst_fp12& out, const FixedPoint& q, const blst_p1_affine& p) noexcept {
    if (blst_p1_affine_is_inf(&p))
        out = *blst_fp12_one();
    else
        blst_miller_loop_lines(&out, q.lines, &p);
}

/// p(z) = y for the polynomial p behind the commitment C and the proof P: e(C - [y]G1, G2) = e(P, [tau - z]G2), with
/// the multiple of z moved to the left, so that both points of G2 are fixed: e(C - [y]G1 + [z]P, G2) = e(P, [tau]G2).
bool verify(const blst_p1_affine& commitment, const blst_scalar& z, const blst_scalar& y,
            const blst_p1_affine& proof) noexcept {
    blst_p1 left, term;
    blst_p1_mult(&left, blst_p1_generator(), y.b, 255);
    blst_p1_cneg(&left, true);
    blst_p1_add_or_double_affine(&left, &left, &commitment);
    blst_p1_from_affine(&term, &proof);
    blst_p1_mult(&term, &term, z.b, 255);
    blst_p1_add_or_double(&left, &left, &term);
    blst_p1_affine left_affine;
    blst_p1_to_affine(&left_affine, &left);

    blst_fp12 a, b;
    miller_loop(a, setup().g2, left_affine);
    miller_loop(b, setup().tau, proof);
    return blst_fp12_finalverify(&a, &b);
}

}  // namespace

bool point_evaluation(BytesView input, Bytes& output) noexcept {
    if (input.size() != 192) return false;
    const uint8_t* versioned_hash = input.data();
    const uint8_t* commitment_bytes = input.data() + 96;
    uint8_t hash[32];
    blst_sha256(hash, commitment_bytes, 48);
    hash[0] = versioned_hash_version;
    if (std::memcmp(hash, versioned_hash, 32) != 0) return false;

    blst_scalar z, y;
    blst_p1_affine commitment, proof;
    if (!read_scalar(input.data() + 32, z) || !read_scalar(input.data() + 64, y)) return false;
    if (!read_point(commitment_bytes, commitment) || !read_point(input.data() + 144, proof)) return false;
    if (!verify(commitment, z, y, proof)) return false;

    output.resize(64);
    store_be32(output.data(), field_elements_per_blob);
    store_be32(output.data() + 32, bls_modulus);
    return true;
}

}  // namespace osprey::evm::precompile
