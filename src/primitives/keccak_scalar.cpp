// Keccak-256 in general registers.

#include "primitives/keccak_impl.hpp"

namespace osprey::keccak {
namespace {

[[gnu::always_inline]] inline void round(uint64_t (&a)[25], uint64_t constant) noexcept {
    uint64_t c[5], d[5], b[25];
    for (size_t x = 0; x < 5; ++x) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (size_t x = 0; x < 5; ++x) d[x] = c[(x + 4) % 5] ^ std::rotl(c[(x + 1) % 5], 1);
    constexpr int rotation[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                  25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};
#pragma clang loop unroll(full)
    for (size_t y = 0; y < 5; ++y)
#pragma clang loop unroll(full)
        for (size_t x = 0; x < 5; ++x)
            b[y + 5 * ((2 * x + 3 * y) % 5)] = std::rotl(a[x + 5 * y] ^ d[x], rotation[x + 5 * y]);
#pragma clang loop unroll(full)
    for (size_t y = 0; y < 25; y += 5)
#pragma clang loop unroll(full)
        for (size_t x = 0; x < 5; ++x) a[x + y] = b[x + y] ^ (~b[(x + 1) % 5 + y] & b[(x + 2) % 5 + y]);
    a[0] ^= constant;
}

void permute(uint64_t (&a)[25]) noexcept {
    for (size_t i = 0; i < 24; i += 2) {
        round(a, round_constants[i]);
        round(a, round_constants[i + 1]);
    }
}

void absorb(uint64_t (&a)[25], const uint8_t* block) noexcept {
    for (size_t i = 0; i < rate / 8; ++i) a[i] ^= load_lane(block + 8 * i);
    permute(a);
}

Hash digest(const uint64_t (&a)[25]) noexcept {
    Hash h;
    std::memcpy(h.data(), a, 32);
    return h;
}

}  // namespace

Hash scalar_hash(const uint8_t* data, size_t size) noexcept {
    uint64_t a[25]{};
    for (; size >= rate; data += rate, size -= rate) absorb(a, data);
    uint8_t last[rate];
    pad_block(last, data, size);
    absorb(a, last);
    return digest(a);
}

Hash scalar_hash_64(const uint8_t* data) noexcept {
    uint64_t a[25]{};
    std::memcpy(a, data, 64);
    a[8] = 0x01;
    a[16] = 0x8000000000000000;
    permute(a);
    return digest(a);
}

}  // namespace osprey::keccak
