// Keccak-256 in general registers.

#include "primitives/keccak_impl.hpp"

namespace osprey::keccak {
namespace {

/// Inlined, for the lanes to begin and end in registers.
[[gnu::always_inline]] inline void permute(uint64_t (&a)[25]) noexcept {
#pragma clang loop unroll(disable)

    for (size_t i = 0; i < 24; i += 2) {
        round(a, round_constants[i]);
        round(a, round_constants[i + 1]);
    }
}

Hash digest(const uint64_t (&a)[25]) noexcept {
    Hash h;
    std::memcpy(h.data(), a, 32);
    return h;
}

}  // namespace

Hash scalar_hash(const uint8_t* data, size_t size) noexcept {
    uint64_t a[25]{}, last[padded_lanes];
    for (bool more = true; more;) {
        more = size >= rate;
        if (!more) {
            pad_block(last, data, size);
            data = reinterpret_cast<const uint8_t*>(last);
        }
        for (size_t i = 0; i < rate_lanes; ++i) a[i] ^= load_lane(data + 8 * i);
        permute(a);
        data += rate;
        size -= rate;
    }
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
