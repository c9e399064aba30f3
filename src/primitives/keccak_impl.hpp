#pragma once
// Inside of Keccak-256, for its variants and their tests: the permutation over any lane type, and every
// implementation by name.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "primitives/bytes.hpp"

static_assert(std::endian::native == std::endian::little, "lanes are loaded as they lie in memory");

namespace osprey::keccak {

/// Bytes that one permutation absorbs: 1600 bits less twice the 256 of the digest.
inline constexpr size_t rate = 136;
inline constexpr size_t rate_lanes = rate / 8;
/// Room for a block in whole 512-bit vectors.
inline constexpr size_t padded_lanes = 24;

alignas(64) inline constexpr std::array<uint64_t, 24> round_constants{
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

/// How far lane x + 5y turns in the step rho.
inline constexpr std::array<uint8_t, 25> rotations{0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                                   25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};

/// One round, on a lane of one state (uint64_t) or on the same lane of several (a vector of them).
template <class Lane>
[[gnu::always_inline]] constexpr void round(Lane (&a)[25], uint64_t constant) noexcept {
    Lane c[5], b[25];
    for (size_t x = 0; x < 5; ++x) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
#pragma clang loop unroll(full)
    for (size_t x = 0; x < 5; ++x) {
        const Lane& next = c[(x + 1) % 5];
        const Lane d = c[(x + 4) % 5] ^ ((next << 1) | (next >> 63));
#pragma clang loop unroll(full)
        for (size_t y = 0; y < 5; ++y) {
            const Lane v = a[x + 5 * y] ^ d;
            const int n = rotations[x + 5 * y];
            b[y + 5 * ((2 * x + 3 * y) % 5)] = n == 0 ? v : (v << n) | (v >> ((64 - n) % 64));
        }
    }
#pragma clang loop unroll(full)
    for (size_t y = 0; y < 25; y += 5)
#pragma clang loop unroll(full)
        for (size_t x = 0; x < 5; ++x) a[x + y] = b[x + y] ^ (~b[(x + 1) % 5 + y] & b[(x + 2) % 5 + y]);
    a[0] ^= constant;
}

inline uint64_t load_lane(const uint8_t* p) noexcept {
    uint64_t v;
    std::memcpy(&v, p, 8);
    return v;
}

/// The last block: what is left of the input (fewer than `rate` bytes), then 1, zeros and the closing bit. Written lane
/// by lane, since the permutation reads lanes at once, and the CPU passes a store on only to a load that fits into it.
[[gnu::always_inline]] inline void pad_block(uint64_t (&block)[padded_lanes], const uint8_t* data,
                                             size_t size) noexcept {
    const size_t whole = size / 8, rest = size % 8;
    for (size_t i = 0; i < rate_lanes; ++i) block[i] = 0;
    for (size_t i = 0; i < whole; ++i) block[i] = load_lane(data + 8 * i);
    uint64_t lane = 0;
    if (rest != 0) {
        if (size >= 8)
            lane = load_lane(data + size - 8) >> (64 - 8 * rest);
        else
            for (size_t i = 0; i < rest; ++i) lane |= uint64_t{data[i]} << (8 * i);
    }
    block[whole] = lane | uint64_t{1} << (8 * rest);
    block[rate_lanes - 1] |= 0x8000000000000000;
}

/// One state at a time.
struct Single {
    const char* name;
    bool (*supported)() noexcept;
    Hash (*hash)(const uint8_t* data, size_t size) noexcept;
    Hash (*hash_64)(const uint8_t* data) noexcept;
};

/// Several states side by side, each in its own element of the vectors.
struct Batch {
    const char* name;
    bool (*supported)() noexcept;
    size_t lanes;
    size_t worth;  ///< from so many inputs on it beats hashing them one by one
    /// `lanes` inputs, all of the same number of blocks.
    void (*hash)(const BytesView* const* in, Hash* const* out) noexcept;
};
inline constexpr size_t max_lanes = 8;

// Best first. The last Single runs on every CPU that the program runs on.
std::span<const Single> singles() noexcept;
std::span<const Batch> batches() noexcept;

/// keccak256_batch by chosen means; `batch` may be null.
void hash_batch(const Single& single, const Batch* batch, std::span<const BytesView> in, Hash* out) noexcept;

Hash scalar_hash(const uint8_t* data, size_t size) noexcept;
Hash scalar_hash_64(const uint8_t* data) noexcept;
Hash avx512_hash(const uint8_t* data, size_t size) noexcept;
Hash avx512_hash_64(const uint8_t* data) noexcept;
void avx512_hash_8(const BytesView* const* in, Hash* const* out) noexcept;
void avx2_hash_4(const BytesView* const* in, Hash* const* out) noexcept;

}  // namespace osprey::keccak
