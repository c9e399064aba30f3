// BLAKE2b's compression function as a precompile: EIP-152, the function F of RFC 7693, section 3.2.

#include <immintrin.h>

#include "evm/precompile_functions.hpp"

namespace osprey::evm::precompile {
namespace {

constexpr size_t input_size = 213;  // rounds 4, h 64, m 128, t 16, f 1

constexpr uint64_t iv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                            0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

constexpr uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

/// The 4 x 4 working matrix, a row a register.
struct Matrix {
    __m256i a, b, c, d;
};

template <int Bits>
__m256i rotate_right(__m256i v) noexcept {
    if constexpr (Bits == 32) return _mm256_shuffle_epi32(v, 0xb1);
    if constexpr (Bits == 24)
        return _mm256_shuffle_epi8(v, _mm256_setr_epi8(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10,  //
                                                       3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10));
    if constexpr (Bits == 16)
        return _mm256_shuffle_epi8(v, _mm256_setr_epi8(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9,  //
                                                       2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9));
    if constexpr (Bits == 63) return _mm256_xor_si256(_mm256_srli_epi64(v, 63), _mm256_add_epi64(v, v));
}

/// G on all four columns at once; x and y are the message words of the columns.
inline void mix(Matrix& v, __m256i x, __m256i y) noexcept {
    v.a = _mm256_add_epi64(v.a, _mm256_add_epi64(v.b, x));
    v.d = rotate_right<32>(_mm256_xor_si256(v.d, v.a));
    v.c = _mm256_add_epi64(v.c, v.d);
    v.b = rotate_right<24>(_mm256_xor_si256(v.b, v.c));
    v.a = _mm256_add_epi64(v.a, _mm256_add_epi64(v.b, y));
    v.d = rotate_right<16>(_mm256_xor_si256(v.d, v.a));
    v.c = _mm256_add_epi64(v.c, v.d);
    v.b = rotate_right<63>(_mm256_xor_si256(v.b, v.c));
}

template <int Round, int First>
__m256i words_of(const uint64_t* m) noexcept {
    constexpr const uint8_t* s = sigma[Round];
    const auto at = [m](int i) { return static_cast<long long>(m[i]); };
    return _mm256_setr_epi64x(at(s[First]), at(s[First + 2]), at(s[First + 4]), at(s[First + 6]));
}

template <int Round>
void round(Matrix& v, const uint64_t* m) noexcept {
    mix(v, words_of<Round, 0>(m), words_of<Round, 1>(m));
    // The diagonals become columns by turning each row by its number, and turn back after.
    v.b = _mm256_permute4x64_epi64(v.b, 0x39);
    v.c = _mm256_permute4x64_epi64(v.c, 0x4e);
    v.d = _mm256_permute4x64_epi64(v.d, 0x93);
    mix(v, words_of<Round, 8>(m), words_of<Round, 9>(m));
    v.b = _mm256_permute4x64_epi64(v.b, 0x93);
    v.c = _mm256_permute4x64_epi64(v.c, 0x4e);
    v.d = _mm256_permute4x64_epi64(v.d, 0x39);
}

void rounds(Matrix& v, const uint64_t* m, uint32_t count) noexcept {
    for (; count >= 10; count -= 10)
        [&]<int... Round>(std::integer_sequence<int, Round...>) {
            (round<Round>(v, m), ...);
        }(std::make_integer_sequence<int, 10>{});
    [&]<int... Round>(std::integer_sequence<int, Round...>) {
        (void)((static_cast<uint32_t>(Round) < count && (round<Round>(v, m), true)) && ...);
    }(std::make_integer_sequence<int, 9>{});
}

uint32_t round_count(BytesView input) noexcept {
    uint32_t n;
    std::memcpy(&n, input.data(), 4);
    return __builtin_bswap32(n);
}

}  // namespace

int64_t blake2f_gas(BytesView input, Fork) noexcept {
    return input.size() == input_size ? int64_t{round_count(input)} : 0;  // a malformed input fails in the run
}

bool blake2f(BytesView input, Bytes& output) noexcept {
    if (input.size() != input_size || input[212] > 1) return false;
    uint64_t m[16];
    std::memcpy(m, &input[68], 128);
    const auto load = [](const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); };
    const __m256i h0 = load(&input[4]);
    const __m256i h1 = load(&input[36]);
    uint64_t t[2];
    std::memcpy(t, &input[196], 16);
    const auto offset = _mm256_setr_epi64x(static_cast<long long>(t[0]), static_cast<long long>(t[1]),
                                           -static_cast<long long>(input[212]), 0);
    Matrix v{h0, h1, load(&iv[0]), _mm256_xor_si256(load(&iv[4]), offset)};
    rounds(v, m, round_count(input));
    output.resize(64);
    const auto store = [&](size_t at, __m256i x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(&output[at]), x); };
    store(0, _mm256_xor_si256(h0, _mm256_xor_si256(v.a, v.c)));
    store(32, _mm256_xor_si256(h1, _mm256_xor_si256(v.b, v.d)));
    return true;
}

}  // namespace osprey::evm::precompile
