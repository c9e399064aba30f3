// Keccak-256 with AVX-512: eight states at once, and one state in 128-bit vectors.
//
// For one state each 128-bit vector holds two lanes of the same column x, of rows 0 and 1, of rows 2 and 3, or of row 4
// and nothing. Theta then needs 3 operations a column instead of 5, and chi combines the columns of two rows at once.
// The price is pi: it wants lanes side by side that theta has above each other, which takes 12 shuffles a round. Zen 4
// issues four vector operations a cycle, or two vpternlogq when their operands were just computed. So a round costs 103
// slots in this layout, 25.75 cycles, where one lane a vector (no shuffles) costs 130, as many as in general registers.

#include <immintrin.h>

#include "primitives/keccak_lanes.hpp"

namespace osprey::keccak {

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,bmi2"))), apply_to = function)

namespace {

/// As pad_block, without a branch on the size: bytes that the mask leaves out are not touched.
[[gnu::always_inline]] inline void pad_block_masked(uint64_t (&block)[padded_lanes], const uint8_t* data,
                                                    size_t size) noexcept {
    const __m512i one = _mm512_set1_epi8(1);
    for (size_t i = 0; i < 3; ++i) {
        const size_t here = size > 64 * i ? size - 64 * i : 0;
        const __mmask64 taken = here < 64 ? (uint64_t{1} << here) - 1 : ~uint64_t{0};
        const __mmask64 closing = size / 64 == i ? uint64_t{1} << (size % 64) : 0;
        __m512i v =
            _mm512_mask_blend_epi8(closing, _mm512_maskz_loadu_epi8(taken, here != 0 ? data + 64 * i : data), one);
        if (i == 2) v ^= _mm512_set_epi64(0, 0, 0, 0, 0, 0, 0, static_cast<long long>(0x8000000000000000));
        _mm512_store_si512(block + 8 * i, v);
    }
}

/// How far the two lanes of each vector turn, in the order in which `Paired::round` has them.
struct Turns {
    alignas(16) uint64_t rows01[5][2], rows23[5][2], row4[5][2];
};
constexpr Turns turns = [] {
    Turns t{};
    for (size_t y = 0; y < 5; ++y) {
        const auto turn = [y](size_t x) { return uint64_t{rotations[x % 5 + 5 * y]}; };
        t.rows01[y][0] = turn(y);
        t.rows01[y][1] = turn(y + 3);
        t.rows23[y][0] = turn(y + 1);
        t.rows23[y][1] = turn(y + 4);
        t.row4[y][0] = turn(y + 2);
    }
    return t;
}();

struct Paired {
    using Pair = __m128i;

    Pair rows01[5], rows23[5], row4[5];  // by column; row4's upper halves are 0

    [[gnu::always_inline]] static Pair low(Pair a, Pair b) noexcept { return _mm_unpacklo_epi64(a, b); }
    [[gnu::always_inline]] static Pair high(Pair a, Pair b) noexcept { return _mm_unpackhi_epi64(a, b); }
    [[gnu::always_inline]] static Pair load(const uint64_t* p) noexcept {
        return _mm_load_si128(reinterpret_cast<const Pair*>(p));
    }
    [[gnu::always_inline]] static void chi(Pair (&to)[5], const Pair (&from)[5]) noexcept {
        for (size_t x = 0; x < 5; ++x)
            to[x] = _mm_ternarylogic_epi64(from[x], from[(x + 1) % 5], from[(x + 2) % 5], 0xd2);  // a ^ (~b & c)
    }

    /// `lower_half` is 1. The compiler must not know that, or it makes six operations of the five that it masks.
    [[gnu::always_inline]] void round(uint64_t constant, const Turns* turn, __mmask8 lower_half) noexcept {
        Pair c[5];
        for (size_t x = 0; x < 5; ++x) {
            const Pair halves = rows01[x] ^ rows23[x] ^ row4[x];
            c[x] = halves ^ _mm_shuffle_epi32(halves, 0x4e);  // the parity, in both halves
        }
        for (size_t x = 0; x < 5; ++x) {
            const Pair d = c[(x + 4) % 5] ^ _mm_rol_epi64(c[(x + 1) % 5], 1);
            rows01[x] ^= d;
            rows23[x] ^= d;
            row4[x] ^= d;
        }
        // Pi sends lane (x, y) to column y and row 2x + 3y: what column y gets all stands in row y.
        Pair b01[5] = {low(rows01[0], rows01[3]), high(rows01[1], rows01[4]), low(rows23[2], rows23[0]),
                       high(rows23[3], rows23[1]), low(row4[4], row4[2])};
        Pair b23[5] = {low(rows01[1], rows01[4]), high(rows01[2], rows01[0]), low(rows23[3], rows23[1]),
                       high(rows23[4], rows23[2]), low(row4[0], row4[3])};
        Pair b4[5] = {rows01[2], high(rows01[3], rows01[3]), rows23[4], high(rows23[0], rows23[0]), row4[1]};
        for (size_t y = 0; y < 5; ++y) {
            b01[y] = _mm_rolv_epi64(b01[y], load(turn->rows01[y]));
            b23[y] = _mm_rolv_epi64(b23[y], load(turn->rows23[y]));
            b4[y] = _mm_maskz_rolv_epi64(lower_half, b4[y], load(turn->row4[y]));
        }
        chi(rows01, b01);
        chi(rows23, b23);
        chi(row4, b4);
        rows01[0] ^= _mm_cvtsi64_si128(static_cast<long long>(constant));
    }

    template <size_t from, size_t to>
    [[gnu::always_inline]] void rounds() noexcept {
        const Turns* turn = &turns;
        __mmask8 lower_half = 1;
        asm("" : "+r"(turn), "+k"(lower_half));
#pragma clang loop unroll(disable)  // one round fills the schedulers, and the loop leaves the caches to the caller
        for (size_t i = from; i < to; ++i) round(round_constants[i], turn, lower_half);
    }

    [[gnu::always_inline]] Hash digest() const noexcept {
        Hash h;
        _mm_storeu_si128(reinterpret_cast<Pair*>(h.data()), low(rows01[0], rows01[1]));
        _mm_storeu_si128(reinterpret_cast<Pair*>(h.data() + 16), low(rows01[2], rows01[3]));
        return h;
    }

    [[gnu::always_inline]] void add(const uint8_t* block) noexcept {
        const auto lane = [block](size_t i) { return static_cast<long long>(load_lane(block + 8 * i)); };
        for (size_t x = 0; x < 5; ++x) {
            rows01[x] ^= _mm_set_epi64x(lane(x + 5), lane(x));
            rows23[x] ^= _mm_set_epi64x(x < 2 ? lane(x + 15) : 0, lane(x + 10));
        }
    }
};

}  // namespace

void avx512_hash_8(const BytesView* const* in, Hash* const* out) noexcept {
    Lanes<8>::Last last;
    for (size_t i = 0; i < 8; ++i) {
        const size_t rest = in[i]->size() % rate;
        pad_block_masked(last.block[i], in[i]->data() + (in[i]->size() - rest), rest);
    }
    Lanes<8>::hash(in, last, out);
}

Hash avx512_hash(const uint8_t* data, size_t size) noexcept {
    Paired s{};
    alignas(64) uint64_t last[padded_lanes];
    for (bool more = true; more;) {
        more = size >= rate;
        if (!more) {
            pad_block_masked(last, data, size);
            data = reinterpret_cast<const uint8_t*>(last);
        }
        s.add(data);
        s.rounds<0, 24>();
        data += rate;
        size -= rate;
    }
    return s.digest();
}

Hash avx512_hash_64(const uint8_t* data) noexcept {
    const auto lane = [data](size_t i) { return static_cast<long long>(load_lane(data + 8 * i)); };
    Paired s{};
    for (size_t x = 0; x < 3; ++x) s.rows01[x] = _mm_set_epi64x(lane(x + 5), lane(x));
    s.rows01[3] = _mm_set_epi64x(0x01, lane(3));
    s.rows01[4] = _mm_cvtsi64_si128(lane(4));
    s.rows23[1] = _mm_set_epi64x(static_cast<long long>(0x8000000000000000), 0);
    // Outside the loop, the first round does without what the padding settles, and the last without what the digest
    // omits.
    s.rounds<0, 1>();
    s.rounds<1, 23>();
    s.rounds<23, 24>();
    return s.digest();
}

#pragma clang attribute pop

}  // namespace osprey::keccak
