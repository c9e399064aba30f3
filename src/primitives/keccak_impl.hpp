#pragma once
// Inside of keccak.cpp, for its variants and their tests: every implementation, by name.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "primitives/bytes.hpp"

static_assert(std::endian::native == std::endian::little, "lanes are loaded as they lie in memory");

namespace osprey::keccak {

/// Bytes that one permutation absorbs: 1600 bits less twice the 256 of the digest.
inline constexpr size_t rate = 136;

alignas(64) inline constexpr std::array<uint64_t, 24> round_constants{
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

inline uint64_t load_lane(const uint8_t* p) noexcept {
    uint64_t v;
    std::memcpy(&v, p, 8);
    return v;
}

/// The last block: what is left of the input (fewer than `rate` bytes), then 1, zeros and the closing bit.
inline void pad_block(uint8_t* block, const uint8_t* data, size_t size) noexcept {
    std::memset(block, 0, rate);
    if (size != 0) std::memcpy(block, data, size);
    block[size] ^= 0x01;
    block[rate - 1] ^= 0x80;
}

/// One state at a time.
struct Single {
    const char* name;
    bool (*supported)() noexcept;
    Hash (*hash)(const uint8_t* data, size_t size) noexcept;
    Hash (*hash_64)(const uint8_t* data) noexcept;
};
/// Best first; the last runs on every CPU that the program runs on.
std::span<const Single> singles() noexcept;

Hash scalar_hash(const uint8_t* data, size_t size) noexcept;
Hash scalar_hash_64(const uint8_t* data) noexcept;

}  // namespace osprey::keccak
