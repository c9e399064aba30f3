// BLS12-381 over blst: EIP-2537.

#include <blst.h>

#include <algorithm>

#include "evm/precompile_functions.hpp"

namespace osprey::evm::precompile {
namespace {

constexpr size_t fp_size = 64;  // 16 zero bytes and 48 of number
constexpr size_t g1_size = 128;
constexpr size_t g2_size = 256;
constexpr size_t scalar_size = 32;
constexpr size_t pair_size = g1_size + g2_size;

constexpr uint8_t field_modulus[48] = {0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6,
                                       0x43, 0x4b, 0xac, 0xd7, 0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf,
                                       0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24, 0x1e, 0xab, 0xff, 0xfe,
                                       0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab};

/// EIP-2537, "G1/G2 MSM": thousandths of the price of single multiplications, by number of pairs less one.
constexpr uint16_t g1_discount[128] = {
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665, 661, 658, 654,
    651,  648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604,
    603,  601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576, 575, 574,
    573,  572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 551,
    550,  549, 548, 547, 547, 546, 545, 544, 543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532,
    532,  531, 530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519};
constexpr uint16_t g2_discount[128] = {
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704, 699, 693, 688, 683,
    679,  674,  670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632, 629, 627, 624, 622, 620, 618, 615,
    613,  611,  609, 607, 606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582, 580, 579,
    578,  576,  575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562, 561, 560, 559, 558, 557, 556, 555, 554,
    553,  552,  552, 551, 550, 549, 548, 547, 546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536,
    535,  535,  534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524};

int64_t msm_gas(size_t pairs, int64_t multiplication, const uint16_t (&discount)[128]) noexcept {
    if (pairs == 0) return 0;  // the run fails
    return static_cast<int64_t>(pairs) * multiplication * discount[std::min<size_t>(pairs, 128) - 1] / 1000;
}

// --- encoding ------------------------------------------------------------------------------------

bool read(const uint8_t* in, blst_fp& out) noexcept {
    uint64_t top[2];
    std::memcpy(top, in, 16);
    if ((top[0] | top[1]) != 0 || std::memcmp(in + 16, field_modulus, 48) >= 0) return false;
    blst_fp_from_bendian(&out, in + 16);
    return true;
}
bool read(const uint8_t* in, blst_fp2& out) noexcept { return read(in, out.fp[0]) && read(in + fp_size, out.fp[1]); }

void write(uint8_t* out, const blst_fp& v) noexcept {
    std::memset(out, 0, 16);
    blst_bendian_from_fp(out + 16, &v);
}
void write(uint8_t* out, const blst_fp2& v) noexcept {
    write(out, v.fp[0]);
    write(out + fp_size, v.fp[1]);
}

/// The two groups behind one set of names, so that each precompile is written once.
struct G1 {
    using Coordinate = blst_fp;
    using Affine = blst_p1_affine;
    using Point = blst_p1;
    static constexpr size_t size = g1_size;
    static constexpr auto on_curve = blst_p1_affine_on_curve;  // takes infinity, which blst has as (0, 0), as EIP-2537
    static constexpr auto in_group = blst_p1_affine_in_g1;
    static constexpr auto is_infinity = blst_p1_affine_is_inf;
    static constexpr auto from_affine = blst_p1_from_affine;
    static constexpr auto to_affine = blst_p1_to_affine;
    static constexpr auto add = blst_p1_add_or_double_affine;
    static constexpr auto multiply = blst_p1_mult;
    static constexpr auto msm = blst_p1s_mult_pippenger;
    static constexpr auto msm_scratch = blst_p1s_mult_pippenger_scratch_sizeof;
    static void map(Point* out, const Coordinate* u) noexcept { blst_map_to_g1(out, u, nullptr); }
};
struct G2 {
    using Coordinate = blst_fp2;
    using Affine = blst_p2_affine;
    using Point = blst_p2;
    static constexpr size_t size = g2_size;
    static constexpr auto on_curve = blst_p2_affine_on_curve;
    static constexpr auto in_group = blst_p2_affine_in_g2;
    static constexpr auto is_infinity = blst_p2_affine_is_inf;
    static constexpr auto from_affine = blst_p2_from_affine;
    static constexpr auto to_affine = blst_p2_to_affine;
    static constexpr auto add = blst_p2_add_or_double_affine;
    static constexpr auto multiply = blst_p2_mult;
    static constexpr auto msm = blst_p2s_mult_pippenger;
    static constexpr auto msm_scratch = blst_p2s_mult_pippenger_scratch_sizeof;
    static void map(Point* out, const Coordinate* u) noexcept { blst_map_to_g2(out, u, nullptr); }
};

/// A point of the curve, in the subgroup or not.
template <class G>
bool read_point(const uint8_t* in, typename G::Affine& out) noexcept {
    return read(in, out.x) && read(in + G::size / 2, out.y) && G::on_curve(&out);
}
template <class G>
bool read_group_point(const uint8_t* in, typename G::Affine& out) noexcept {
    return read_point<G>(in, out) && (G::is_infinity(&out) || G::in_group(&out));
}

template <class G>
void write_point(Bytes& output, const typename G::Point& p) noexcept {
    typename G::Affine a;
    G::to_affine(&a, &p);
    output.resize(G::size);
    write(output.data(), a.x);
    write(output.data() + G::size / 2, a.y);
}

// --- operations ----------------------------------------------------------------------------------

template <class G>
bool add(BytesView input, Bytes& output) noexcept {
    if (input.size() != 2 * G::size) return false;
    typename G::Affine a, b;
    if (!read_point<G>(input.data(), a) || !read_point<G>(input.data() + G::size, b)) return false;
    typename G::Point sum;
    G::from_affine(&sum, &a);
    G::add(&sum, &sum, &b);
    write_point<G>(output, sum);
    return true;
}

template <class G>
bool msm(BytesView input, Bytes& output) noexcept {
    constexpr size_t step = G::size + scalar_size;
    if (input.empty() || input.size() % step != 0) return false;
    thread_local std::vector<typename G::Affine> points;
    thread_local std::vector<blst_scalar> scalars;
    thread_local std::vector<limb_t> scratch;
    points.clear();
    scalars.clear();
    for (const uint8_t* in = input.data(); in != input.data() + input.size(); in += step) {
        typename G::Affine p;
        if (!read_group_point<G>(in, p)) return false;
        // Reduced by the group's order; a zero adds nothing, and blst's sums take no infinity among their points.
        blst_scalar s;
        if (!blst_scalar_from_be_bytes(&s, in + G::size, scalar_size) || G::is_infinity(&p)) continue;
        points.push_back(p);
        scalars.push_back(s);
    }
    typename G::Point sum{};
    if (points.size() == 1) {
        G::from_affine(&sum, points.data());
        G::multiply(&sum, &sum, scalars[0].b, 255);
    } else if (!points.empty()) {
        // A null pointer second: the rest follows the first in memory.
        const typename G::Affine* const p[] = {points.data(), nullptr};
        const byte* const s[] = {scalars[0].b, nullptr};
        scratch.resize(G::msm_scratch(points.size()) / sizeof(limb_t));
        G::msm(&sum, p, points.size(), s, 255, scratch.data());
    }
    write_point<G>(output, sum);
    return true;
}

template <class G>
bool map(BytesView input, Bytes& output) noexcept {
    typename G::Coordinate u;
    if (input.size() != G::size / 2 || !read(input.data(), u)) return false;
    typename G::Point p;
    G::map(&p, &u);
    write_point<G>(output, p);
    return true;
}

}  // namespace

int64_t bls12_g1_msm_gas(BytesView input, Fork) noexcept {
    return msm_gas(input.size() / (g1_size + scalar_size), 12'000, g1_discount);
}
int64_t bls12_g2_msm_gas(BytesView input, Fork) noexcept {
    return msm_gas(input.size() / (g2_size + scalar_size), 22'500, g2_discount);
}
int64_t bls12_pairing_gas(BytesView input, Fork) noexcept {
    return 37'700 + 32'600 * static_cast<int64_t>(input.size() / pair_size);
}

bool bls12_g1_add(BytesView input, Bytes& output) noexcept { return add<G1>(input, output); }
bool bls12_g1_msm(BytesView input, Bytes& output) noexcept { return msm<G1>(input, output); }
bool bls12_g2_add(BytesView input, Bytes& output) noexcept { return add<G2>(input, output); }
bool bls12_g2_msm(BytesView input, Bytes& output) noexcept { return msm<G2>(input, output); }
bool bls12_map_fp_to_g1(BytesView input, Bytes& output) noexcept { return map<G1>(input, output); }
bool bls12_map_fp2_to_g2(BytesView input, Bytes& output) noexcept { return map<G2>(input, output); }

bool bls12_pairing(BytesView input, Bytes& output) noexcept {
    if (input.empty() || input.size() % pair_size != 0) return false;
    thread_local std::vector<blst_p1_affine> ps;
    thread_local std::vector<blst_p2_affine> qs;
    ps.clear();
    qs.clear();
    for (const uint8_t* in = input.data(); in != input.data() + input.size(); in += pair_size) {
        blst_p1_affine p;
        blst_p2_affine q;
        if (!read_group_point<G1>(in, p) || !read_group_point<G2>(in + g1_size, q)) return false;
        if (G1::is_infinity(&p) || G2::is_infinity(&q)) continue;  // a factor of one
        ps.push_back(p);
        qs.push_back(q);
    }
    bool one = true;
    if (!ps.empty()) {
        const blst_p1_affine* const p[] = {ps.data(), nullptr};
        const blst_p2_affine* const q[] = {qs.data(), nullptr};
        blst_fp12 product;
        blst_miller_loop_n(&product, q, p, ps.size());
        blst_final_exp(&product, &product);
        one = blst_fp12_is_one(&product);
    }
    output.resize(32);
    output[31] = one;
    return true;
}

}  // namespace osprey::evm::precompile
