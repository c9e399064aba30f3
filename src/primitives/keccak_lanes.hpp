#pragma once
// Keccak-256 of several inputs at once: element i of every vector belongs to input i.

#include "primitives/keccak_impl.hpp"

namespace osprey::keccak {

template <size_t lanes>
struct Lanes {
    using Vector = uint64_t __attribute__((vector_size(8 * lanes)));

    /// Exchanges the blocks of `step` elements that lie across from each other in a square of 2 * step.
    template <size_t step, size_t... i>
    [[gnu::always_inline]] static void exchange(Vector& a, Vector& b, std::index_sequence<i...>) noexcept {
        const Vector low = __builtin_shufflevector(a, b, ((i & step) != 0 ? lanes + (i ^ step) : i)...);
        b = __builtin_shufflevector(a, b, ((i & step) != 0 ? lanes + i : (i ^ step))...);
        a = low;
    }
    template <size_t step>
    [[gnu::always_inline]] static void transpose(Vector (&rows)[lanes]) noexcept {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < lanes; ++i)
            if ((i & step) == 0) exchange<step>(rows[i], rows[i | step], std::make_index_sequence<lanes>{});
        if constexpr (2 * step < lanes) transpose<2 * step>(rows);
    }

    [[gnu::always_inline]] static void absorb(Vector (&a)[25], const uint8_t* const (&block)[lanes]) noexcept {
        static_assert(rate_lanes % lanes == 1);
#pragma clang loop unroll(full)
        for (size_t first = 0; first + lanes <= rate_lanes; first += lanes) {
            Vector rows[lanes];
            for (size_t i = 0; i < lanes; ++i) std::memcpy(&rows[i], block[i] + 8 * first, sizeof(Vector));
            transpose<1>(rows);
            for (size_t i = 0; i < lanes; ++i) a[first + i] ^= rows[i];
        }
        Vector rest;
        for (size_t i = 0; i < lanes; ++i) rest[i] = load_lane(block[i] + rate - 8);
        a[rate_lanes - 1] ^= rest;
#pragma clang loop unroll(disable)
        for (const auto constant : round_constants) round(a, constant);
    }

    /// The inputs' last blocks, padded: by the caller, since how that is done best depends on the CPU.
    struct Last {
        alignas(64) uint64_t block[lanes][padded_lanes];
    };

    [[gnu::always_inline]] static void hash(const BytesView* const* in, const Last& last, Hash* const* out) noexcept {
        Vector a[25]{};
        const uint8_t* block[lanes];
        for (size_t i = 0; i < lanes; ++i) block[i] = in[i]->data();
        for (size_t n = in[0]->size() / rate; n != 0; --n) {
            absorb(a, block);
            for (auto& b : block) b += rate;
        }
        for (size_t i = 0; i < lanes; ++i) block[i] = reinterpret_cast<const uint8_t*>(last.block[i]);
        absorb(a, block);
        uint64_t digests[4][lanes];
        std::memcpy(digests, a, sizeof(digests));
        for (size_t i = 0; i < lanes; ++i)
            for (size_t j = 0; j < 4; ++j) std::memcpy(out[i]->data() + 8 * j, &digests[j][i], 8);
    }
};

}  // namespace osprey::keccak
